// Opens the database by the settings. A part of app.ts that commands need alone.

import { resolve } from "node:path";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { findDataKey, requireDataKey } from "./data-key.ts";
import { PermanentError } from "./domain/errors.ts";
import { databaseExists, type Opening } from "./store/database.ts";
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
