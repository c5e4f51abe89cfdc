// The composition root: the only place where adapters meet the core.

import { systemClock } from "./clock.ts";
import { type Close, closeAll, openAll } from "./closing.ts";
import { ALL_SETTINGS, type Config, loadConfig, loadOptionalConfig } from "./config.ts";
import { ensureDataKey, otherKey, takeNextKey } from "./data-key.ts";
import { databaseLocation, lockDatabase } from "./database-location.ts";
import { AccessError, ConfigError } from "./domain/errors.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import { type Environment, hasEnvShop } from "./environment.ts";
import { startHealth } from "./health/health.ts";
import { createRestingReader } from "./mail/resting-reader.ts";
import type { Templates } from "./mail/templates.ts";
import { createSharedReader, type SharedReader } from "./mail/threaded-reader.ts";
import type { Fleet, FleetOptions } from "./open-fleet.ts";
import type { Premises } from "./open-shop.ts";
import { openShops, type Shops } from "./open-shops.ts";
import { buildStore, listShops, openSharedDatabase } from "./open-store.ts";
import { buildTemplates } from "./open-templates.ts";
import type { Log } from "./ports.ts";
import { PROCESS_SETTINGS } from "./shop-environment.ts";
import { MARK_SWITCH, markOf } from "./store/data-key-mark.ts";
import { removeOldUpdateCopies } from "./store/kept-copies.ts";
import { databaseExists, isPostgresUrl, placeOf } from "./store/location.ts";
import type { WriteTx } from "./store-port.ts";

const SANDBOX = "sandbox";

/**
 * Where other payments are known, too, the key has been lost, and they would not be found any more. Throws
 * where the database does not tell: it waits for an update, is newer, or cannot be read.
 */
async function livesOnImports(env: Environment, directory: string): Promise<boolean> {
  const DATABASE_URL = databaseUrlOf(env, directory);
  if (DATABASE_URL === null || !databaseExists(databaseLocation({ DATABASE_URL }, directory)))
    return false;
  const { HENKIN_SHOP } = loadConfig(["HENKIN_SHOP"], env, directory);
  const store = await buildStore({ DATABASE_URL, HENKIN_SHOP }, directory);
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

/** Of the process, and of the shop in .env where there is one. */
export interface AppSettings {
  readonly env: Environment;
  readonly ofProcess: Config<(typeof PROCESS_SETTINGS)[number]>;
  readonly envShop: Config | null;
}

/** Where .env names no shop, and rows do, only what is of the process is asked for. */
export async function loadAppSettings(env: Environment, directory: string): Promise<AppSettings> {
  if (hasEnvShop(env) || !(await hasShopRows(env, directory))) {
    const config = await loadWorkerConfig(env, directory);
    return { env, ofProcess: config, envShop: config };
  }
  return { env, ofProcess: loadConfig(PROCESS_SETTINGS, env, directory), envShop: null };
}

async function hasShopRows(env: Environment, directory: string): Promise<boolean> {
  const DATABASE_URL = databaseUrlOf(env, directory);
  if (DATABASE_URL === null) return false;
  return (await listShops({ DATABASE_URL }, directory)).some(({ id }) => id !== ENV_SHOP);
}

export interface App {
  readonly run: (stop: AbortSignal) => Promise<void>;
  readonly runOnce: (stop: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The standard texts are compiled once a language, however many shops there are. */
function createTemplatesOf(directory: string): Premises["templatesOf"] {
  const standard = new Map<string, Templates>();
  return (config) => {
    const { TEMPLATES_DIR: own, LOCALE: locale } = config;
    const known = own === undefined ? standard.get(locale) : undefined;
    const templates = known ?? buildTemplates(config, directory, locale);
    if (own === undefined) standard.set(locale, templates);
    return templates;
  };
}

/** From now on the database belongs to this key. Throws ConfigError where it is another's. */
async function bindToKey(tx: WriteTx, mark: string, place: string): Promise<void> {
  const known = await tx.switches.find(MARK_SWITCH);
  if (known !== undefined && known !== mark) throw otherKey("the setting DATA_KEY", place);
  await tx.switches.set(MARK_SWITCH, mark);
}

async function joinFleet(options: FleetOptions): Promise<Fleet> {
  const { openFleet } = await import("./open-fleet.ts");
  return openFleet(options);
}

/** The mailboxes are shared out for as long as a shop reads one: the last ones are given back after that. */
async function runAll(shops: Shops, fleet: Fleet | null, stop: AbortSignal): Promise<void> {
  if (fleet === null) return shops.run(stop);
  const halt = new AbortController();
  const ended = new AbortController();
  const sharing = fleet.run(ended.signal).finally(() => halt.abort());
  try {
    await shops.run(AbortSignal.any([stop, halt.signal, fleet.lost]));
  } finally {
    ended.abort();
    await sharing;
  }
}

export interface AppOptions {
  readonly log: Log;
  /** For `runOnce`, which needs the database for itself; other workers may be beside who `run`s on a server. */
  readonly once?: boolean;
}

/** Opens everything the worker needs; throws before anything has happened where it cannot. */
export async function buildApp(
  settings: AppSettings,
  directory: string,
  { log, once = false }: AppOptions,
): Promise<App> {
  return openAll((opened) => open(settings, directory, { log, once }, opened));
}

/** `opened` is filled with what is to be closed, the last first. */
async function open(
  settings: AppSettings,
  directory: string,
  { log, once }: Required<AppOptions>,
  opened: Close[],
): Promise<App> {
  const { ofProcess: config, envShop } = settings;
  const templatesOf = createTemplatesOf(directory);
  if (envShop !== null) templatesOf(envShop);
  const path = databaseLocation(config, directory);
  const lock = await lockDatabase(path, { beside: !once });
  opened.push(lock.release);
  takeNextKey(path);
  const database = await openSharedDatabase(config, directory, { holdsLock: true });
  opened.push(database.close);
  removeOldUpdateCopies(path, systemClock.now(), log);
  const dataKey = ensureDataKey(config.DATA_KEY, path);
  const register = database.storeOf(ENV_SHOP, dataKey);
  await register.write((tx) => bindToKey(tx, markOf(dataKey), placeOf(path)));
  const isShared = isPostgresUrl(path) && !once;
  const fleet = isShared ? await joinFleet({ config, database, dataKey, log }) : null;
  if (fleet !== null) opened.push(fleet.close);
  const reader: SharedReader = createRestingReader(createSharedReader);
  opened.push(reader.close);
  const premises: Premises = { directory, database, reader, fleet, templatesOf };
  const { env } = settings;
  const loadShopConfig = loadWorkerConfig;
  const shops = openShops({ premises, register, dataKey, log, env, envShop, loadShopConfig });
  opened.push(shops.close);
  // What is wrong with .env ends the start, as ever.
  if (envShop !== null) await shops.openFirst();
  return {
    async run(stop) {
      const endHealth = await startHealth({
        shops: shops.watched,
        ...{ log, clock: systemClock },
        port: config.HEALTH_PORT ?? null,
        heartbeatUrl: config.HEARTBEAT_URL ?? null,
      });
      try {
        await runAll(shops, fleet, AbortSignal.any([stop, lock.lost]));
        if (lock.lost.aborted) throw new AccessError("database_locked", { path: placeOf(path) });
      } finally {
        await endHealth();
      }
    },
    runOnce: shops.runOnce,
    close: () => closeAll(opened),
  };
}
