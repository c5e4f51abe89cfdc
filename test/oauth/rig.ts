// The chain from the sealed consent to an access token, with a real database and a real HTTP client.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccessTokens, type OpenAccessTokens } from "../../src/oauth/access-tokens.ts";
import { createOauthClient, type OauthClient, type Tokens } from "../../src/oauth/client.ts";
import { type GrantKeeper, keepGrants } from "../../src/oauth/grant-keeper.ts";
import { oauthProvider } from "../../src/oauth/provider.ts";
import { tryLock } from "../../src/store/database.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import { createVault } from "../../src/vault.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { CLIENT_ID, CLIENT_SECRET, type FakeOpenid } from "../support/fake-openid.ts";

export interface Chain {
  readonly path: string;
  readonly clock: FakeClock;
  readonly store: OpenStore;
  readonly client: OauthClient;
  readonly grants: GrantKeeper;
  readonly tokens: OpenAccessTokens;
  readonly logged: unknown[];
  /** As `henkin authorize` does: a person consents, and it is kept. */
  authorize(): Promise<Tokens>;
  /** Another process on the same database; it has its own memory. */
  second(changed?: Partial<Pick<Chain, "grants">>): Promise<OpenAccessTokens>;
  close(): Promise<void>;
}

const VAULT = createVault(Buffer.alloc(32, 7));
const REDIRECT = "http://127.0.0.1:9/";

export async function openChain(openid: FakeOpenid): Promise<Chain> {
  const directory = mkdtempSync(join(tmpdir(), "henkin-oauth-"));
  const path = join(directory, "henkin.db");
  const clock = new FakeClock();
  const logged: unknown[] = [];
  const write = (...line: unknown[]) => void logged.push(line);
  const log = { info: write, warn: write, error: write, debug: write };
  const provider = oauthProvider(openid.issuer, "shop", undefined);
  const clientOf = () =>
    createOauthClient({ provider, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
  const stores: OpenStore[] = [];
  async function open() {
    const store = await openStore({ path, shopId: "shop", now: clock.now });
    stores.push(store);
    return { store, grants: keepGrants(store, VAULT, ["shop", openid.issuer], clock.now) };
  }
  const { store, grants } = await open();
  const client = clientOf();
  // The lock's waiting is real, and the rest of time stands still.
  const waiting = { now: clock.now, sleep: () => new Promise<void>((done) => setTimeout(done, 5)) };
  const tokensOn = (grants: GrantKeeper, client: OauthClient) =>
    createAccessTokens({
      ...{ client, grants, log, clock: waiting },
      tryLock: async () => tryLock(path, "oauth-lock"),
    });
  const tokens = tokensOn(grants, client);
  return {
    ...{ path, clock, store, client, grants, tokens, logged },
    async authorize() {
      const question = await client.ask(REDIRECT, "shop");
      const got = await client.redeem(question, new URL(await openid.consent(question.url)));
      await grants.begin(got.refreshToken ?? "", got.refreshLifeMs, async () => {});
      return got;
    },
    async second(changed = {}) {
      return tokensOn(changed.grants ?? (await open()).grants, clientOf());
    },
    async close() {
      await tokens.close();
      for (const opened of stores) await opened.close();
      rmSync(directory, { recursive: true });
    },
  };
}
