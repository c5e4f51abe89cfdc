// Opens the database by the settings. A part of app.ts that commands need alone.

import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { findDataKey, otherKey, requireDataKey } from "./data-key.ts";
import { databaseLocation } from "./database-location.ts";
import { PermanentError } from "./domain/errors.ts";
import { MARK_SWITCH, markOf } from "./store/data-key-mark.ts";
import type { Opening } from "./store/database.ts";
import { databaseExists, isPostgresUrl, placeOf } from "./store/location.ts";
import { type OpenStore, openStore } from "./store/store.ts";
import { createMailVault } from "./vault.ts";

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

export async function buildStore(
  config: StoreConfig,
  directory: string,
  opening: Opening = {},
): Promise<OpenStore> {
  const path = databaseLocation(config, directory);
  const vault = () => {
    const key = findDataKey(config.DATA_KEY, path);
    if (key === null) throw new PermanentError("data_key_missing");
    return createMailVault(key);
  };
  const store = await openStore({ path, shopId: SHOP_ID, now: systemClock.now, vault, ...opening });
  if (!isPostgresUrl(path) || config.DATA_KEY === undefined) return store;
  const mark = await store.read((tx) => tx.switches.find(MARK_SWITCH));
  if (mark === undefined || mark === markOf(config.DATA_KEY)) return store;
  await store.close();
  throw otherKey("the setting DATA_KEY", placeOf(path));
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
  const store = await openStore({ path: ":memory:", shopId: SHOP_ID, now: systemClock.now });
  return { store, path, isNew: true };
}
