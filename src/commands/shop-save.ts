// Shops from a file: added, changed or left as they are, all of them or none.

import { newDataKey, systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { ensureDataKey } from "../data-key.ts";
import { databaseLocation } from "../database-location.ts";
import { PermanentError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { hasEnvShop } from "../environment.ts";
import { buildStore } from "../open-store.ts";
import { createShopSeal, type ShopSeal, type ShopSettingTexts } from "../shop-seal.ts";
import { MARK_SWITCH, markOf } from "../store/data-key-mark.ts";
import type { ShopRow, WriteTx } from "../store-port.ts";
import { type CommandContext, operator } from "./command.ts";
import { refuseSharedMailboxes } from "./shop-mailboxes.ts";
import type { GivenShop } from "./shop-settings.ts";

export type Saved = "added" | "changed" | "brought back" | "left";

/** What became of each, in their order. With `mustBeNew` one that is here already is refused. */
export async function saveShops(
  shops: readonly GivenShop[],
  { env, directory }: CommandContext,
  { mustBeNew }: { readonly mustBeNew: boolean },
): Promise<Saved[]> {
  const config = loadConfig(["DATABASE_URL", "DATA_KEY", "HENKIN_SHOP"], env, directory);
  const dataKey = ensureDataKey(config.DATA_KEY, databaseLocation(config, directory));
  const store = await buildStore(config, directory);
  try {
    return await store.write(async (tx) => {
      // From now on the database is bound to this key.
      await tx.switches.set(MARK_SWITCH, markOf(dataKey));
      const saving: Saving = {
        tx,
        seal: createShopSeal(dataKey),
        at: systemClock.now(),
        mustBeNew,
      };
      const saved: Saved[] = [];
      for (const shop of shops) saved.push(await saveShop(shop, saving));
      const rows = (await tx.shops.list()).filter(({ settingsSealed }) => settingsSealed !== null);
      const mailboxes = [
        { id: ENV_SHOP, url: hasEnvShop(env) ? env["INBOX_URL"]?.trim() : undefined },
        ...rows.map((row) => ({ id: row.id, url: settingsOf(row, saving.seal)["INBOX_URL"] })),
      ];
      refuseSharedMailboxes(new Set(shops.map(({ id }) => id)), mailboxes, directory);
      return saved;
    });
  } finally {
    await store.close();
  }
}

interface Saving {
  readonly tx: WriteTx;
  readonly seal: ShopSeal;
  readonly at: number;
  readonly mustBeNew: boolean;
}

async function saveShop({ id, settings }: GivenShop, saving: Saving): Promise<Saved> {
  const { tx, seal, at, mustBeNew } = saving;
  const row = await tx.shops.find(id);
  const settingsSealed = seal.sealSettings(id, settings);
  if (row === undefined) {
    const keySealed = seal.sealKey(id, newDataKey());
    const times = { createdAt: at, updatedAt: at };
    await tx.shops.insert({ id, status: "active", keySealed, settingsSealed, ...times });
    await record(saving, id, "shop_added", settings);
    return "added";
  }
  if (row.status === "removed") {
    await tx.shops.update(id, { status: "active", settingsSealed }, at);
    await record(saving, id, "shop_added", settings);
    return "brought back";
  }
  if (mustBeNew) throw new PermanentError("shop_exists", { id });
  const changed = changedIn(settingsOf(row, seal), settings);
  if (Object.keys(changed).length === 0) return "left";
  await tx.shops.update(id, { settingsSealed }, at);
  await record(saving, id, "shop_changed", changed);
  return "changed";
}

/** Which settings, never what they are: approvers and limits are among them, and passwords. */
async function record({ tx, at }: Saving, id: string, type: string, settings: ShopSettingTexts) {
  const data = { settings: Object.keys(settings).sort() };
  await tx.shops.record(id, { type, actor: operator(), at, data });
}

export function settingsOf({ id, settingsSealed }: ShopRow, seal: ShopSeal): ShopSettingTexts {
  return settingsSealed === null ? {} : seal.openSettings(id, settingsSealed);
}

function changedIn(before: ShopSettingTexts, after: ShopSettingTexts): ShopSettingTexts {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => before[name] !== after[name]);
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? ""]));
}
