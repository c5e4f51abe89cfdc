// Opens the database by the settings. A part of app.ts that commands need alone.

import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { findDataKey, otherKey, requireDataKey } from "./data-key.ts";
import { databaseLocation } from "./database-location.ts";
import { PermanentError } from "./domain/errors.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import type { LaneTurns, MailboxLeases, Workers } from "./fleet-port.ts";
import type { SharedPace } from "./ports.ts";
import { type KeyConfig, shopKey } from "./shop-key.ts";
import { MARK_SWITCH, markOf } from "./store/data-key-mark.ts";
import type { Opening } from "./store/database.ts";
import { laneTurnsTable, type Sharing } from "./store/lane-turns.ts";
import { databaseExists, isFile, isPostgresUrl, placeOf } from "./store/location.ts";
import { mailboxLeasesTable } from "./store/mailbox-leases.ts";
import { paceTable } from "./store/pace.ts";
import { readShops } from "./store/shop-rows.ts";
import { type OpenStore, openStore, openTables, storeOn } from "./store/store.ts";
import { workersTable } from "./store/workers.ts";
import type { ShopRow } from "./store-port.ts";
import { createMailVault } from "./vault.ts";

export const STORE_SETTINGS = [
  "DATABASE_URL",
  "DATA_KEY",
  "HENKIN_SHOP",
  "TIMEZONE",
  "SUMMARY_AT",
  "LOCALE",
] as const;

/** Without the key a store opens, but none of its mails. */
type StoreConfig = KeyConfig;

export async function buildStore(
  config: StoreConfig,
  directory: string,
  opening: Opening = {},
): Promise<OpenStore> {
  const path = databaseLocation(config, directory);
  const { HENKIN_SHOP: shopId } = config;
  let row: ShopRow | undefined;
  const vault = () => {
    const key = findDataKey(config.DATA_KEY, path);
    if (key === null) throw new PermanentError("data_key_missing");
    return createMailVault(shopKey(shopId, key, row));
  };
  const store = await openStore({ path, shopId, now: systemClock.now, vault, ...opening });
  try {
    const { shop, mark } = await store.read(async (tx) => ({
      shop: await tx.shops.find(shopId),
      mark: await tx.switches.find(MARK_SWITCH),
    }));
    row = shop;
    // Of a file it was compared before it was opened.
    const { DATA_KEY: key } = isPostgresUrl(path) ? config : {};
    if (key !== undefined && mark !== undefined && mark !== markOf(key)) {
      throw otherKey("the setting DATA_KEY", placeOf(path));
    }
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Of all shops, whatever shop a command is about; none where there is no database yet. */
export async function listShops(
  config: Config<"DATABASE_URL">,
  directory: string,
): Promise<ShopRow[]> {
  const path = databaseLocation(config, directory);
  if (isFile(path)) return readShops(path);
  const store = await openStore({ path, shopId: ENV_SHOP, now: systemClock.now });
  try {
    return await store.read((tx) => tx.shops.list());
  } finally {
    await store.close();
  }
}

export interface FleetTables {
  readonly workers: Workers;
  readonly turns: LaneTurns;
  readonly leases: MailboxLeases;
  readonly pace: SharedPace;
}

/** One database for the stores of many shops. */
export interface SharedDatabase {
  readonly path: string;
  /** `key`: of that shop; `sharing`: where other workers work for it, too. To close it does nothing. */
  storeOf(shopId: string, key: Uint8Array, sharing?: Sharing): OpenStore;
  /** What its workers know of one another. */
  fleetTables(): FleetTables;
  close(): Promise<void>;
}

export async function openSharedDatabase(
  config: Config<"DATABASE_URL">,
  directory: string,
  opening: Opening,
): Promise<SharedDatabase> {
  const path = databaseLocation(config, directory);
  const { now } = systemClock;
  const { db, engine } = await openTables({ path, now, ...opening });
  return {
    path,
    storeOf: (shopId, key, sharing) => ({
      ...storeOn(
        db,
        { path, shopId, now, vault: () => createMailVault(key), ...(sharing && { sharing }) },
        engine,
      ),
      close: async () => undefined,
    }),
    fleetTables: () => ({
      workers: workersTable(db, engine, now),
      turns: laneTurnsTable(db, engine, now),
      leases: mailboxLeasesTable(db, engine, now),
      pace: paceTable(db, engine, now),
    }),
    close: () => db.destroy(),
  };
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
  const path = databaseLocation(config, directory);
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
  const path = databaseLocation(config, directory);
  if (databaseExists(path)) {
    return { store: await buildStore(config, directory), path, isNew: false };
  }
  const shopId = config.HENKIN_SHOP;
  const store = await openStore({ path: ":memory:", shopId, now: systemClock.now });
  return { store, path, isNew: true };
}
