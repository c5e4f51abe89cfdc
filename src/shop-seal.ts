// What a shop's row keeps sealed with the DATA_KEY: its settings, among them passwords, and the key of
// which everything is derived that must never change (design: idempotency keys, Message-IDs, vaults).

import { PermanentError } from "./domain/errors.ts";
import { createShopVault } from "./vault.ts";

/** By the names they have in .env. */
export type ShopSettingTexts = Readonly<Record<string, string>>;

export interface ShopSeal {
  sealKey(id: string, key: Uint8Array): string;
  openKey(id: string, sealed: string): Uint8Array;
  sealSettings(id: string, settings: ShopSettingTexts): string;
  openSettings(id: string, sealed: string): ShopSettingTexts;
}

/** One shop's cannot be put into another's row, nor its key in the place of its settings. */
export function createShopSeal(dataKey: Uint8Array): ShopSeal {
  const vault = createShopVault(dataKey);
  const about = (id: string, column: string) => JSON.stringify(["shop", id, column]);
  function open(id: string, column: string, sealed: string): string {
    const text = vault.open(sealed, about(id, column));
    if (text === null) throw new PermanentError("shop_sealed_otherwise", { id });
    return text;
  }
  return {
    sealKey: (id, key) => vault.seal(Buffer.from(key).toString("base64"), about(id, "key")),
    openKey: (id, sealed) => Buffer.from(open(id, "key", sealed), "base64"),
    sealSettings: (id, settings) => vault.seal(JSON.stringify(settings), about(id, "settings")),
    openSettings: (id, sealed) => JSON.parse(open(id, "settings", sealed)) as ShopSettingTexts,
  };
}
