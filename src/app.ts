// The composition root: the only place where adapters meet the core.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createCalendar } from "./calendar.ts";
import { newInstallationId, systemClock, systemRandom } from "./clock.ts";
import {
  ALL_SETTINGS,
  type Config,
  loadConfig,
  loadOptionalConfig,
  type SettingName,
} from "./config.ts";
import { buildCore } from "./core.ts";
import { ensureDataKey, findDataKey, requireDataKey } from "./data-key.ts";
import { ConfigError, PermanentError } from "./domain/errors.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import type { ShopAddresses } from "./domain/mail-reading.ts";
import type { Environment } from "./environment.ts";
import { startHealth } from "./health/health.ts";
import { recordVersion } from "./jobs/record-version.ts";
import { createMailComposer } from "./mail/composer.ts";
import { loadTemplates } from "./mail/templates.ts";
import { createThreadedReader } from "./mail/threaded-reader.ts";
import { buildAccessTokens } from "./mail-access.ts";
import {
  buildFolders,
  buildInbox,
  buildSentFolder,
  buildTransport,
  buildVerifier,
} from "./mail-servers.ts";
import type { Log } from "./ports.ts";
import { buildManualProvider, buildProviders } from "./providers.ts";
import { createSigner } from "./signer.ts";
import { MARK_SWITCH, markOf } from "./store/data-key-mark.ts";
import { databaseExists, lockForWorker, type Opening } from "./store/database.ts";
import { openInstallation } from "./store/installation.ts";
import { removeOldUpdateCopies } from "./store/kept-copies.ts";
import { NEWEST_STEP } from "./store/migrate.ts";
import { type OpenStore, openStore } from "./store/store.ts";
import type { Desk, ShopSettings } from "./ticket/desk.ts";
import { findHalt } from "./ticket/guard-rails.ts";
import { createMailVault, createVault } from "./vault.ts";
import { version } from "./version.ts";

/** One shop a process for now; the rows are ready for many. */
export const SHOP_ID = "shop";

export const STORE_SETTINGS = [
  "DATABASE_URL",
  "DATA_KEY",
  "TIMEZONE",
  "SUMMARY_AT",
  "LOCALE",
] as const;

/** Without the key a store opens, but none of its mails. */
type StoreConfig = Config<"DATABASE_URL"> & Partial<Config<"DATA_KEY">>;

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
  "RETENTION_DAYS",
  "BOOKS_YEARS",
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
    retention: { personalDays: config.RETENTION_DAYS ?? null, booksYears: config.BOOKS_YEARS },
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

export function buildStore(
  config: StoreConfig,
  directory: string,
  opening: Opening = {},
): Promise<OpenStore> {
  const path = resolve(directory, config.DATABASE_URL);
  const vault = () => {
    const key = findDataKey(config.DATA_KEY, path);
    if (key === null) throw new PermanentError("data_key_missing");
    return createMailVault(key);
  };
  return openStore({ path, shopId: SHOP_ID, now: systemClock.now, vault, ...opening });
}

/**
 * For commands about what is there: a wrong folder must not look like an empty shop. Throws ConfigError
 * where the DATA_KEY is another database's, and with `needsKey` where there is none.
 */
export async function openExistingStore(
  config: StoreConfig,
  directory: string,
  { needsKey = false } = {},
): Promise<OpenStore> {
  const path = resolve(directory, config.DATABASE_URL);
  if (!databaseExists(path)) {
    throw new PermanentError("no_database", { path });
  }
  (needsKey ? requireDataKey : findDataKey)(config.DATA_KEY, path);
  return buildStore(config, directory);
}

/** For a look that writes nothing: where there is no database yet, an empty one in memory. */
export async function openStoreToLook(
  config: StoreConfig,
  directory: string,
): Promise<{ readonly store: OpenStore; readonly path: string; readonly isNew: boolean }> {
  const path = resolve(directory, config.DATABASE_URL);
  if (databaseExists(path)) {
    return { store: await buildStore(config, directory), path, isNew: false };
  }
  const store = await openStore({ path: ":memory:", shopId: SHOP_ID, now: systemClock.now });
  return { store, path, isNew: true };
}

const SANDBOX = "sandbox";

/**
 * Where other payments are known, too, the key has been lost, and they would not be found any more. Throws
 * where the database does not tell: it waits for an update, is newer, or cannot be read.
 */
async function livesOnImports(env: Environment, directory: string): Promise<boolean> {
  const DATABASE_URL = databaseUrlOf(env, directory);
  if (DATABASE_URL === null || !databaseExists(resolve(directory, DATABASE_URL))) return false;
  const store = await buildStore({ DATABASE_URL }, directory);
  try {
    const counts = await store.read((tx) => tx.payments.countByProvider());
    const others = [...counts.keys()].filter((name) => name !== IMPORTED && name !== SANDBOX);
    return counts.has(IMPORTED) && others.length === 0;
  } finally {
    await store.close();
  }
}

/** Null where it is wrong, which is told with the other settings. */
function databaseUrlOf(env: Environment, directory: string): string | null {
  try {
    return loadOptionalConfig(["DATABASE_URL"], env, directory).DATABASE_URL ?? null;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

const lacksProvider = (error: unknown): error is ConfigError =>
  error instanceof ConfigError &&
  error.problems.some((problem) => problem.startsWith("STRIPE_API_KEY: is required"));

/** All settings. A shop that imports all its payments needs no provider's key. */
export async function loadWorkerConfig(env: Environment, directory: string): Promise<Config> {
  try {
    return loadConfig(ALL_SETTINGS, env, directory);
  } catch (error) {
    if (!lacksProvider(error) || !(await livesOnImports(env, directory))) throw error;
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
  const store = await buildStore(config, directory, { holdsLock: true });
  removeOldUpdateCopies(path, systemClock.now(), log);
  const dataKey = ensureDataKey(config.DATA_KEY, path);
  // From now on the database is bound to this key.
  await store.write((tx) => tx.switches.set(MARK_SWITCH, markOf(dataKey)));
  const installation = await openInstallation(store, path, {
    newId: newInstallationId,
    log,
  });
  const desk = buildDesk(config, directory);
  const providers = buildProviders(config, directory, log);
  providers.set(IMPORTED, buildManualProvider(store));
  const tokens = buildAccessTokens(config, directory, store, log);
  const inbox = buildInbox(config.INBOX_URL, directory, log, { tokens });
  const folders = buildFolders(config, log, { inbox, tokens });
  const transport = buildTransport(config.OUTBOX_URL, directory, log, tokens);
  const sent = buildSentFolder(config, log, tokens);
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
  await store.write((tx) =>
    recordVersion(tx, desk, { version: version(), schemaStep: NEWEST_STEP }),
  );
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
      // Their connection is the inbox's.
      await inbox.close();
      await transport.close();
      await tokens?.close();
      await reader.close();
      await installation.close();
      await store.close();
      unlock();
    },
  };
}
