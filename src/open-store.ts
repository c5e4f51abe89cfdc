// Opens the database by the settings. A part of app.ts that commands need alone.

import { resolve } from "node:path";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { findDataKey, requireDataKey } from "./data-key.ts";
import { PermanentError } from "./domain/errors.ts";
import { findShopKey } from "./shop-key.ts";
import { databaseExists, type Opening, openDatabase } from "./store/database.ts";
import { type OpenStore, openStore, storeOn } from "./store/store.ts";
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
type StoreConfig = Config<"DATABASE_URL" | "HENKIN_SHOP"> & Partial<Config<"DATA_KEY">>;

export function buildStore(
  config: StoreConfig,
  directory: string,
  opening: Opening = {},
): Promise<OpenStore> {
  const path = resolve(directory, config.DATABASE_URL);
  const vault = () => {
    const key = findShopKey(config, directory);
    if (key === null) throw new PermanentError("data_key_missing");
    return createMailVault(key);
  };
  const shopId = config.HENKIN_SHOP;
  return openStore({ path, shopId, now: systemClock.now, vault, ...opening });
}

/** One database for the stores of many shops. */
export interface SharedDatabase {
  readonly path: string;
  /** `key`: of that shop. To close it does nothing: the others go on. */
  storeOf(shopId: string, key: Uint8Array): OpenStore;
  close(): Promise<void>;
}

export async function openSharedDatabase(
  config: Config<"DATABASE_URL">,
  directory: string,
  opening: Opening,
): Promise<SharedDatabase> {
  const path = resolve(directory, config.DATABASE_URL);
  const { now } = systemClock;
  const db = await openDatabase(path, now(), opening);
  return {
    path,
    storeOf: (shopId, key) => ({
      ...storeOn(db, { path, shopId, now, vault: () => createMailVault(key) }),
      close: async () => undefined,
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
  const shopId = config.HENKIN_SHOP;
  const store = await openStore({ path: ":memory:", shopId, now: systemClock.now });
  return { store, path, isNew: true };
}
