// The composition root: the only place where adapters meet the core.

import { newInstallationId, systemClock, systemRandom } from "./clock.ts";
import { ALL_SETTINGS, type Config, loadConfig, loadOptionalConfig } from "./config.ts";
import { buildCore } from "./core.ts";
import { ensureDataKey } from "./data-key.ts";
import { databaseLocation, lockDatabase } from "./database-location.ts";
import { AccessError, ConfigError } from "./domain/errors.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import type { ShopAddresses } from "./domain/mail-reading.ts";
import type { Environment } from "./environment.ts";
import { startHealth } from "./health/health.ts";
import { recordVersion } from "./jobs/record-version.ts";
import { createMailComposer } from "./mail/composer.ts";
import { rememberingReader } from "./mail/remembering-reader.ts";
import { createRestingReader } from "./mail/resting-reader.ts";
import { createThreadedReader } from "./mail/threaded-reader.ts";
import { buildAccessTokens } from "./mail-access.ts";
import {
  buildFolders,
  buildInbox,
  buildSentFolder,
  buildTransport,
  buildVerifier,
} from "./mail-servers.ts";
import { buildDesk } from "./open-desk.ts";
import { buildStore } from "./open-store.ts";
import { buildTemplates } from "./open-templates.ts";
import type { Log } from "./ports.ts";
import { buildManualProvider, buildProviders } from "./providers.ts";
import { MARK_SWITCH, markOf } from "./store/data-key-mark.ts";
import { openInstallation } from "./store/installation.ts";
import { removeOldUpdateCopies } from "./store/kept-copies.ts";
import { databaseExists, placeOf } from "./store/location.ts";
import { NEWEST_STEP } from "./store/migrate.ts";
import type { Desk } from "./ticket/desk.ts";
import { findHalt } from "./ticket/guard-rails.ts";
import { version } from "./version.ts";

const SANDBOX = "sandbox";

/**
 * Where other payments are known, too, the key has been lost, and they would not be found any more. Throws
 * where the database does not tell: it waits for an update, is newer, or cannot be read.
 */
async function livesOnImports(env: Environment, directory: string): Promise<boolean> {
  const DATABASE_URL = databaseUrlOf(env, directory);
  if (DATABASE_URL === null || !databaseExists(databaseLocation({ DATABASE_URL }, directory)))
    return false;
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
  const templates = buildTemplates(config, directory, config.LOCALE);
  const path = databaseLocation(config, directory);
  const lock = await lockDatabase(path);
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
  const providers = await buildProviders(config, directory, log);
  providers.set(IMPORTED, buildManualProvider(store));
  const tokens = buildAccessTokens(config, directory, store, log);
  const inbox = buildInbox(config.INBOX_URL, directory, log, { tokens });
  const folders = buildFolders(config, log, { inbox, tokens });
  const transport = buildTransport(config.OUTBOX_URL, directory, log, tokens);
  const sent = buildSentFolder(config, log, tokens);
  const composer = createMailComposer({ templates });
  const reader = createRestingReader(() =>
    rememberingReader(createThreadedReader(addressesOf(desk)), desk.signer),
  );
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
        await core.run(AbortSignal.any([stop, lock.lost]));
        if (lock.lost.aborted) throw new AccessError("database_locked", { path: placeOf(path) });
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
      await lock.release();
    },
  };
}
