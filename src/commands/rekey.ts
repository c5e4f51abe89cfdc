// Another DATA_KEY. What is derived from a key never changes: each shop's own key is sealed anew, that of
// the shop of .env is the DATA_KEY of before, and mails and bank accounts stay as they lie.

import { newDataKey, systemClock } from "../clock.ts";
import { type Config, loadConfig } from "../config.ts";
import { layDownNextKey, otherKey, requireDataKey, takeNextKey } from "../data-key.ts";
import { databaseLocation, lockDatabase } from "../database-location.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { buildStore } from "../open-store.ts";
import { createShopSeal } from "../shop-seal.ts";
import { MARK_SWITCH, markOf } from "../store/data-key-mark.ts";
import { databaseExists, placeOf } from "../store/location.ts";
import type { Store, WriteTx } from "../store-port.ts";
import { EXIT, operator, type Run, readArgs } from "./command.ts";

const SETTINGS = ["DATABASE_URL", "DATA_KEY", "NEW_DATA_KEY"] as const;

type RekeyConfig = Config<(typeof SETTINGS)[number]>;

export const rekey: Run = async (args, { env, directory, print }) => {
  readArgs(args, {}, { least: 0, most: 0 });
  const config = loadConfig(SETTINGS, env, directory);
  const path = databaseLocation(config, directory);
  if (!databaseExists(path)) throw new PermanentError("no_database", { path });
  const lock = await lockDatabase(path);
  try {
    // Nothing is read of it that the key of before opens.
    const { DATABASE_URL } = config;
    const opening = { DATABASE_URL, HENKIN_SHOP: ENV_SHOP };
    const store = await buildStore(opening, directory, { holdsLock: true });
    const shops = await exchange(config, path, store).finally(() => store.close());
    print(
      shops === null
        ? "The database has this new key already."
        : `The database has a new key: the keys and settings of ${shops} shops are sealed with it.`,
    );
    if (config.DATA_KEY !== undefined) {
      print(
        "Next: put the new key into DATA_KEY, keep a copy of it elsewhere, and forget the old one.",
      );
    }
    print("Backups from before open with the old key alone: make a new one.");
    return EXIT.done;
  } finally {
    await lock.release();
  }
};

/** Returns how many shops there are; null where an earlier run has come to its end after all. */
async function exchange(config: RekeyConfig, path: string, store: Store): Promise<number | null> {
  const { DATA_KEY: setting, NEW_DATA_KEY: given } = config;
  const isInFile = setting === undefined;
  if (isInFile) takeNextKey(path);
  const mark = await store.read((tx) => tx.switches.find(MARK_SWITCH));
  if (given !== undefined && mark === markOf(given)) return null;
  const old = requireDataKey(setting, path);
  if (old === null) throw new PermanentError("rekey_without_key");
  // Of a server nobody has compared it yet.
  if (mark !== undefined && mark !== markOf(old)) {
    throw otherKey("the setting DATA_KEY", placeOf(path));
  }
  if (!isInFile && given === undefined) throw new UsageError("rekey_needs_key");
  const next = given ?? newDataKey();
  if (isInFile) layDownNextKey(path, next);
  const shops = await store.write((tx) => sealAnew(tx, old, next));
  if (isInFile) takeNextKey(path);
  // What the old key opens is gone from the log, too.
  await store.scrub();
  return shops;
}

async function sealAnew(tx: WriteTx, old: Uint8Array, next: Uint8Array): Promise<number> {
  const at = systemClock.now();
  const before = createShopSeal(old);
  const after = createShopSeal(next);
  const rows = await tx.shops.list();
  for (const { id, keySealed, settingsSealed } of rows) {
    const key = after.sealKey(id, before.openKey(id, keySealed));
    const settings =
      settingsSealed === null
        ? null
        : after.sealSettings(id, before.openSettings(id, settingsSealed));
    await tx.shops.update(id, { keySealed: key, settingsSealed: settings }, at);
  }
  if (!rows.some(({ id }) => id === ENV_SHOP)) {
    const times = { createdAt: at, updatedAt: at };
    const keySealed = after.sealKey(ENV_SHOP, old);
    await tx.shops.insert({
      ...{ id: ENV_SHOP, status: "active", keySealed, settingsSealed: null, ...times },
    });
  }
  await tx.switches.set(MARK_SWITCH, markOf(next));
  const shops = rows.filter(({ id }) => id !== ENV_SHOP).length + 1;
  await tx.events.append({
    ticketId: null,
    type: "rekeyed",
    actor: operator(),
    at,
    data: { shops },
  });
  return shops;
}
