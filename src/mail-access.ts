// Puts together what opens a mailbox without a password: settings, the sealed consent and the OAuth
// server. A part of app.ts that commands need alone.

import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { databaseLocation, tryLockConsent } from "./database-location.ts";
import { AccessError } from "./domain/errors.ts";
import { endOf, endsSoon } from "./domain/mail-grant.ts";
import { parseServerUrl } from "./mail/server-url.ts";
import {
  type AccessTokenDeps,
  createAccessTokens,
  type OpenAccessTokens,
} from "./oauth/access-tokens.ts";
import { createOauthClient, type OauthClient } from "./oauth/client.ts";
import { type GrantKeeper, keepGrants } from "./oauth/grant-keeper.ts";
import { type OauthProvider, oauthProvider } from "./oauth/provider.ts";
import type { Finding, Log } from "./ports.ts";
import { needsToken } from "./setting-types.ts";
import { ensureShopKey } from "./shop-key.ts";
import { databaseExists } from "./store/location.ts";
import type { Store } from "./store-port.ts";
import { createVault } from "./vault.ts";

export const MAIL_ACCESS_SETTINGS = [
  "INBOX_URL",
  "MAIL_OAUTH",
  "OAUTH_CLIENT_ID",
  "OAUTH_CLIENT_SECRET",
  "OAUTH_TENANT",
  "DATABASE_URL",
  "DATA_KEY",
  "HENKIN_SHOP",
] as const;

export type MailAccessConfig = Config<(typeof MAIL_ACCESS_SETTINGS)[number]> &
  Partial<Config<"OUTBOX_URL">>;

/** The parts, for `authorize`. */
export interface MailAccess extends Pick<AccessTokenDeps, "tryLock"> {
  readonly user: string;
  readonly provider: OauthProvider;
  readonly client: OauthClient;
  readonly grants: GrantKeeper;
}

/** The user that only a token proves; null where both URLs have passwords, or need none. */
export function tokenUser(config: MailAccessConfig): string | null {
  if (config.MAIL_OAUTH === undefined) return null;
  const { INBOX_URL: inbox, OUTBOX_URL: outbox } = config;
  if (needsToken(inbox, "imap")) return parseServerUrl(inbox, "imap").user;
  const isOutbox = outbox !== undefined && needsToken(outbox, "smtp");
  return isOutbox ? parseServerUrl(outbox, "smtp").user : null;
}

/** Null where no mailbox is opened by OAuth. */
export async function mailAccess(
  config: MailAccessConfig,
  directory: string,
  store: Pick<Store, "read" | "write">,
): Promise<MailAccess | null> {
  const user = tokenUser(config);
  const { MAIL_OAUTH: setting, OAUTH_CLIENT_ID: clientId = "" } = config;
  if (user === null || setting === undefined) return null;
  const path = databaseLocation(config, directory);
  const provider = oauthProvider(setting, user, config.OAUTH_TENANT);
  const vault = createVault(await ensureShopKey(config, directory, store));
  const about = [user.toLowerCase(), provider.issuer, clientId];
  return {
    user,
    provider,
    client: createOauthClient({ provider, clientId, clientSecret: config.OAUTH_CLIENT_SECRET }),
    grants: keepGrants(store, vault, about, systemClock.now),
    tryLock: () => tryLockConsent(path, user),
  };
}

/** Null where no mailbox is opened by OAuth. To be closed before the store. */
export async function buildAccessTokens(
  config: MailAccessConfig,
  directory: string,
  store: Pick<Store, "read" | "write">,
  log: Log,
): Promise<OpenAccessTokens | null> {
  const access = await mailAccess(config, directory, store);
  return access === null ? null : createAccessTokens({ ...access, clock: systemClock, log });
}

/** The same for a command: the store is opened once a token is needed. */
export function openAccessTokens(
  config: MailAccessConfig,
  directory: string,
  log: Log,
  openStore: () => Promise<Store>,
): OpenAccessTokens | null {
  if (tokenUser(config) === null) return null;
  let opened: Promise<{ store: Store; tokens: OpenAccessTokens | null }> | null = null;
  async function open() {
    const store = await openStore();
    return { store, tokens: await buildAccessTokens(config, directory, store, log) };
  }
  return {
    async take(signal, refused) {
      // A look must not make a database.
      const isNew = !databaseExists(databaseLocation(config, directory));
      opened ??= isNew ? null : open();
      const tokens = (await opened)?.tokens ?? null;
      if (tokens === null) throw new AccessError("oauth_not_authorized");
      return tokens.take(signal, refused);
    },
    async close() {
      const both = await opened?.catch(() => null);
      await both?.tokens?.close();
      await both?.store.close();
    },
  };
}

const MEND = "Run `henkin authorize` and give consent as the user of the mailbox.";

/** What doctor tells of the consent; empty where no mailbox is opened by OAuth. */
export async function grantFindings(
  config: MailAccessConfig,
  directory: string,
  store: Pick<Store, "read" | "write">,
  now: number,
): Promise<Finding[]> {
  const access = await mailAccess(config, directory, store);
  if (access === null) return [];
  const check = `consent of ${access.provider.name}`;
  const grant = await access.grants.find();
  if (grant === null) {
    return [{ level: "fail", check, message: "nobody has consented yet", mend: MEND }];
  }
  const { idleMs } = access.provider;
  const end = endOf(grant, idleMs);
  const given = `given ${dayOf(grant.grantedAt)}, last used ${dayOf(grant.renewedAt)}`;
  const unless = end === grant.expiresAt && !grant.moves ? "" : " unless used";
  const message = end === null ? given : `${given}, ends ${dayOf(end)}${unless}`;
  if (!endsSoon(grant, now, idleMs)) return [{ level: "ok", check, message, mend: null }];
  return [{ level: "warn", check, message, mend: endMend(access.provider) }];
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function endMend({ name }: OauthProvider): string {
  return name === "google"
    ? `${MEND} Google ends consents to an app "in testing" after 7 days: make it internal, or publish it.`
    : MEND;
}
