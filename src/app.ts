// The composition root: the only place where adapters meet the core.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createCalendar } from "./calendar.ts";
import { newInstallationId, systemClock, systemRandom } from "./clock.ts";
import {
  ALL_SETTINGS,
  type Config,
  type Environment,
  loadConfig,
  loadOptionalConfig,
  type SettingName,
} from "./config.ts";
import { buildCore } from "./core.ts";
import { ensureDataKey } from "./data-key.ts";
import { AppError, ConfigError, PermanentError } from "./domain/errors.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import type { ShopAddresses } from "./domain/mail-reading.ts";
import { startHealth } from "./health/health.ts";
import type { DecisionFolder } from "./jobs/read-folders.ts";
import { createMailComposer } from "./mail/composer.ts";
import { createDkimVerifier } from "./mail/dkim-verifier.ts";
import { createImapInbox } from "./mail/imap-inbox.ts";
import { createSentFolder } from "./mail/imap-sent.ts";
import { createMaildirInbox } from "./mail/maildir-inbox.ts";
import { createMaildirTransport } from "./mail/maildir-transport.ts";
import { createSmtpTransport } from "./mail/smtp-transport.ts";
import { loadTemplates } from "./mail/templates.ts";
import { createThreadedReader } from "./mail/threaded-reader.ts";
import type { Inbox, Log, MailTransport, SentFolder, SignatureVerifier } from "./ports.ts";
import { buildManualProvider, buildProviders } from "./providers.ts";
import { createSigner } from "./signer.ts";
import { databaseExists, lockForWorker } from "./store/database.ts";
import { openInstallation } from "./store/installation.ts";
import { type OpenStore, openStore } from "./store/store.ts";
import type { Desk, ShopSettings } from "./ticket/desk.ts";
import { findHalt } from "./ticket/guard-rails.ts";
import { createVault } from "./vault.ts";

/** One shop a process for now; the rows are ready for many. */
const SHOP_ID = "shop";

export const STORE_SETTINGS = ["DATABASE_URL", "TIMEZONE", "SUMMARY_AT", "LOCALE"] as const;

export const DESK_SETTINGS = [
  ...STORE_SETTINGS,
  "SHOP_NAME",
  "SHOP_EMAIL",
  "STAFF_EMAILS",
  "MANAGER_EMAILS",
  "FORM_FROM",
  "ORDER_URL",
  "CLOSED_DAYS",
  "ACKNOWLEDGE",
  "INVOICE_NUMBER",
  "INVOICE_TAX_RATE",
  "AUTHSERV_IDS",
  "APPROVAL_AUTH",
  "TOKEN_MAX_AMOUNT",
  "SECOND_APPROVAL_FROM",
  "APPROVAL_COOLING_MINUTES",
  "APPROVAL_REMIND_DAYS",
  "APPROVAL_EXPIRES_DAYS",
  "REFUND_MAX_PER_HOUR",
  "REFUND_MAX_PER_DAY",
  "REFUND_MAX_AMOUNT_PER_DAY",
  "DRY_RUN",
  "REFUND_RECHECK_SECONDS",
  "DATA_KEY",
] as const satisfies readonly SettingName[];

export type DeskConfig = Config<(typeof DESK_SETTINGS)[number]>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export function shopSettings(config: DeskConfig): ShopSettings {
  return {
    name: config.SHOP_NAME,
    email: config.SHOP_EMAIL,
    staff: [...new Set(config.STAFF_EMAILS)],
    managers: [...new Set(config.MANAGER_EMAILS)],
    formFrom: config.FORM_FROM ?? [],
    locale: config.LOCALE,
    orderUrl: config.ORDER_URL ?? null,
    acknowledge: config.ACKNOWLEDGE,
    invoiceIssuer: invoiceIssuer(config),
    authservIds: config.AUTHSERV_IDS,
    approvalAuth: config.APPROVAL_AUTH,
    tokenMaxMinor: config.TOKEN_MAX_AMOUNT,
    secondApprovalFromMinor: config.SECOND_APPROVAL_FROM ?? null,
    coolingMs: config.APPROVAL_COOLING_MINUTES * MINUTE_MS,
    remindDays: config.APPROVAL_REMIND_DAYS,
    expiresMs: config.APPROVAL_EXPIRES_DAYS * DAY_MS,
    refundsPerHourMax: config.REFUND_MAX_PER_HOUR,
    refundsPerDayMax: config.REFUND_MAX_PER_DAY,
    refundMinorPerDayMax: config.REFUND_MAX_AMOUNT_PER_DAY ?? null,
    dryRun: config.DRY_RUN,
    recheckMs: config.REFUND_RECHECK_SECONDS * 1_000,
  };
}

function invoiceIssuer({ INVOICE_NUMBER: number, INVOICE_TAX_RATE: rate }: DeskConfig) {
  return number === undefined ? null : ({ number, taxRate: rate === "8" ? 8 : 10 } as const);
}

export function buildCalendar(
  config: Config<"TIMEZONE" | "SUMMARY_AT"> & Partial<Config<"CLOSED_DAYS">>,
) {
  return createCalendar({
    timeZone: config.TIMEZONE,
    summaryAt: config.SUMMARY_AT,
    closed: config.CLOSED_DAYS ?? { weekdays: [], dates: [] },
  });
}

export function buildDesk(config: DeskConfig, directory: string): Desk {
  const dataKey = ensureDataKey(config.DATA_KEY, resolve(directory, config.DATABASE_URL));
  return {
    shop: shopSettings(config),
    signer: createSigner(dataKey),
    vault: createVault(dataKey),
    calendar: buildCalendar(config),
    clock: systemClock,
  };
}

export function buildStore(config: Config<"DATABASE_URL">, directory: string): Promise<OpenStore> {
  const path = resolve(directory, config.DATABASE_URL);
  return openStore({ path, shopId: SHOP_ID, now: systemClock.now });
}

/** For commands about what is there: a wrong folder must not look like an empty shop. */
export async function openExistingStore(
  config: Config<"DATABASE_URL">,
  directory: string,
): Promise<OpenStore> {
  const path = resolve(directory, config.DATABASE_URL);
  if (!databaseExists(path)) {
    throw new PermanentError("no_database", { path });
  }
  return buildStore(config, directory);
}

/** For a look that writes nothing: where there is no database yet, an empty one in memory. */
export async function openStoreToLook(
  config: Config<"DATABASE_URL">,
  directory: string,
): Promise<{ readonly store: OpenStore; readonly path: string; readonly isNew: boolean }> {
  const path = resolve(directory, config.DATABASE_URL);
  if (databaseExists(path)) {
    return { store: await buildStore(config, directory), path, isNew: false };
  }
  const store = await openStore({ path: ":memory:", shopId: SHOP_ID, now: systemClock.now });
  return { store, path, isNew: true };
}

const MAILDIR = "maildir:";

/** An IMAP mailbox is opened to be read in any case; with `readOnly` a Maildir that is missing is not made. */
export function buildInbox(
  url: string,
  directory: string,
  log: Log,
  { readOnly = false } = {},
): Inbox {
  return url.startsWith(MAILDIR)
    ? createMaildirInbox({ dir: resolve(directory, url.slice(MAILDIR.length)), readOnly, log })
    : createImapInbox({ url, log });
}

export function buildVerifier(config: Partial<Config<"DNS_SERVERS">>): SignatureVerifier {
  return createDkimVerifier({ dnsServers: config.DNS_SERVERS ?? [], now: systemClock.now });
}

const REJECTION_FOLDER = "返金却下";

/** The folder whose mails are approvals, and beside it the one for rejections. */
export function buildFolders(
  config: Config<"INBOX_URL"> & Partial<Config<"APPROVAL_FOLDER">>,
  log: Log,
): DecisionFolder[] {
  const approvals = config.APPROVAL_FOLDER;
  if (approvals === undefined) return [];
  const rejections = approvals.replace(/[^/.]*$/, REJECTION_FOLDER);
  const open = (folder: string) => createImapInbox({ url: config.INBOX_URL, folder, log });
  return [
    { verdict: "approve", inbox: open(approvals) },
    { verdict: "reject", inbox: open(rejections) },
  ];
}

/** Null where the mail provider keeps no mails it has sent, or nobody has said where. */
export function buildSentFolder(
  config: Config<"INBOX_URL"> & Partial<Config<"SENT_MAILBOX">>,
  log: Log,
): SentFolder | null {
  const folder = config.SENT_MAILBOX;
  return folder === undefined ? null : createSentFolder({ url: config.INBOX_URL, folder, log });
}

export function buildTransport(url: string, directory: string, log: Log): MailTransport {
  return url.startsWith(MAILDIR)
    ? createMaildirTransport({ dir: resolve(directory, url.slice(MAILDIR.length)) })
    : createSmtpTransport({ url, log });
}

const SANDBOX = "sandbox";

/** Where other payments are known, too, the key has been lost, and they would not be found any more. */
async function livesOnImports(env: Environment, directory: string): Promise<boolean> {
  try {
    const { DATABASE_URL } = loadOptionalConfig(["DATABASE_URL"], env, directory);
    if (DATABASE_URL === undefined || !databaseExists(resolve(directory, DATABASE_URL)))
      return false;
    const store = await buildStore({ DATABASE_URL }, directory);
    try {
      const counts = await store.read((tx) => tx.payments.countByProvider());
      const others = [...counts.keys()].filter((name) => name !== IMPORTED && name !== SANDBOX);
      return counts.has(IMPORTED) && others.length === 0;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** All settings. A shop that imports all its payments needs no provider's key. */
export async function loadWorkerConfig(env: Environment, directory: string): Promise<Config> {
  try {
    return loadConfig(ALL_SETTINGS, env, directory);
  } catch (error) {
    if (!(error instanceof ConfigError) || !(await livesOnImports(env, directory))) throw error;
    return loadConfig(ALL_SETTINGS, env, directory, { needsProvider: false });
  }
}

/** templates/ beside src/ and dist/. */
const TEMPLATES = join(dirname(fileURLToPath(import.meta.url)), "..", "templates");

export function buildTemplates(config: Config<"TEMPLATES_DIR">, directory: string) {
  const override = config.TEMPLATES_DIR;
  return loadTemplates(TEMPLATES, override === undefined ? null : resolve(directory, override));
}

function addressesOf({ shop }: Desk): ShopAddresses {
  const { email, staff, managers, formFrom } = shop;
  return { shop: email, staff, managers, formFrom, answersFrom: "shop" };
}

export interface App {
  readonly run: (stop: AbortSignal) => Promise<void>;
  readonly runOnce: (stop: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the worker depends on, by the names under which its outages are kept. */
function lanesOf(config: Config<"APPROVAL_FOLDER">, providers: Iterable<string>): string[] {
  const folder = config.APPROVAL_FOLDER === undefined ? [] : ["approval folder"];
  const asked = [...providers].filter((name) => name !== IMPORTED);
  return ["inbox", ...folder, "smtp", ...asked.map((name) => `provider:${name}`)];
}

/** Opens everything the worker needs; throws before anything has happened where it cannot. */
export async function buildApp(config: Config, directory: string, log: Log): Promise<App> {
  const templates = buildTemplates(config, directory);
  const path = resolve(directory, config.DATABASE_URL);
  const unlock = lockForWorker(path);
  const store = await buildStore(config, directory);
  const installation = await openInstallation(store, path, {
    newId: newInstallationId,
    log,
  });
  const desk = buildDesk(config, directory);
  const providers = buildProviders(config, directory, log);
  providers.set(IMPORTED, buildManualProvider(store));
  const inbox = buildInbox(config.INBOX_URL, directory, log);
  const folders = buildFolders(config, log);
  const transport = buildTransport(config.OUTBOX_URL, directory, log);
  const sent = buildSentFolder(config, log);
  const composer = createMailComposer({ templates });
  const reader = createThreadedReader(addressesOf(desk));
  const core = await buildCore({
    ...{ desk, store, installation, providers, inbox, folders, transport, sent, reader, log },
    composer,
    verifier: buildVerifier(config),
    random: systemRandom,
    since: config.INBOX_SINCE ?? null,
    pollMs: config.POLL_SECONDS * 1_000,
  });
  return {
    async run(stop) {
      const endHealth = await startHealth({
        ...{ store, findHalt, log, clock: systemClock, now: systemClock.now },
        pulse: core.pulse,
        lanes: lanesOf(config, providers.keys()),
        pollMs: config.POLL_SECONDS * 1_000,
        port: config.HEALTH_PORT ?? null,
        heartbeatUrl: config.HEARTBEAT_URL ?? null,
      });
      try {
        await core.run(stop);
      } finally {
        await endHealth();
      }
    },
    runOnce: core.runOnce,
    async close() {
      await inbox.close();
      for (const folder of folders) await folder.inbox.close();
      await transport.close();
      await reader.close();
      await installation.close();
      await store.close();
      unlock();
    },
  };
}
