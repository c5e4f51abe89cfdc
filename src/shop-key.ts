// The key of one shop, from which its identifiers and vaults are derived. A shop of a row has one of its
// own; that of .env has the DATA_KEY itself until a rekey, and from then on what its row keeps.

import { resolve } from "node:path";
import type { Config } from "./config.ts";
import { ensureDataKey, findDataKey } from "./data-key.ts";
import { PermanentError } from "./domain/errors.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import { createShopSeal } from "./shop-seal.ts";
import { readShops } from "./store/shop-rows.ts";

type KeyConfig = Config<"DATABASE_URL" | "HENKIN_SHOP"> & Partial<Config<"DATA_KEY">>;

/** The DATA_KEY is made where there is none yet. */
export function ensureShopKey(config: KeyConfig, directory: string): Uint8Array {
  const path = resolve(directory, config.DATABASE_URL);
  return keyOf(config.HENKIN_SHOP, ensureDataKey(config.DATA_KEY, path), path);
}

/** Null where nothing was written with a key yet. */
export function findShopKey(config: KeyConfig, directory: string): Uint8Array | null {
  const path = resolve(directory, config.DATABASE_URL);
  const dataKey = findDataKey(config.DATA_KEY, path);
  return dataKey === null ? null : keyOf(config.HENKIN_SHOP, dataKey, path);
}

function keyOf(id: string, dataKey: Uint8Array, database: string): Uint8Array {
  const [row] = readShops(database, id);
  if (row !== undefined) return createShopSeal(dataKey).openKey(id, row.keySealed);
  if (id === ENV_SHOP) return dataKey;
  throw new PermanentError("shop_gone", { id });
}
