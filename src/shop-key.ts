// The key of one shop, from which its identifiers and vaults are derived. A shop of a row has one of its
// own; that of .env has the DATA_KEY itself until a rekey, and from then on what its row keeps.

import type { Config } from "./config.ts";
import { ensureDataKey } from "./data-key.ts";
import { databaseLocation } from "./database-location.ts";
import { PermanentError } from "./domain/errors.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import { createShopSeal } from "./shop-seal.ts";
import type { ShopRow, Store } from "./store-port.ts";

export type KeyConfig = Config<"DATABASE_URL" | "HENKIN_SHOP"> & Partial<Config<"DATA_KEY">>;

/** The DATA_KEY is made where there is none yet. */
export async function ensureShopKey(
  config: KeyConfig,
  directory: string,
  store: Pick<Store, "read">,
): Promise<Uint8Array> {
  const { HENKIN_SHOP: id } = config;
  const dataKey = ensureDataKey(config.DATA_KEY, databaseLocation(config, directory));
  return shopKey(id, dataKey, await store.read((tx) => tx.shops.find(id)));
}

/** `row`: the shop's, where it has one. */
export function shopKey(id: string, dataKey: Uint8Array, row: ShopRow | undefined): Uint8Array {
  if (row !== undefined) return createShopSeal(dataKey).openKey(id, row.keySealed);
  if (id === ENV_SHOP) return dataKey;
  throw new PermanentError("shop_gone", { id });
}
