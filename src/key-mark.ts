// A database remembers which DATA_KEY it was written with, by a digest of it. With another one its mails
// cannot be opened, and old approvals would become new refunds: nothing may start like that.

import { ConfigError } from "./domain/errors.ts";
import { createSigner } from "./signer.ts";
import type { Store } from "./store-port.ts";

const MARK_SWITCH = "data_key";

function markOf(key: Uint8Array): string {
  return createSigner(key).derive("mark of the key");
}

/** From now on the database is bound to this key. */
export async function bindToKey(store: Store, key: Uint8Array): Promise<void> {
  await checkKey(store, key);
  await store.write((tx) => tx.switches.set(MARK_SWITCH, markOf(key)));
}

/**
 * Throws ConfigError where the database is bound to another key. `key` is undefined where there is
 * none: a look that needs none may go on.
 */
export async function checkKey(
  store: Store,
  key: Uint8Array | undefined,
  { isNeeded = true } = {},
): Promise<void> {
  const known = await store.read((tx) => tx.switches.find(MARK_SWITCH));
  if (known === undefined) return;
  if (key === undefined && isNeeded) {
    throw new ConfigError([
      "DATA_KEY: is missing, and the database is sealed with it; restore it, or henkin.key beside the database",
    ]);
  }
  if (key !== undefined && markOf(key) !== known) {
    throw new ConfigError([
      "DATA_KEY: is not the key of this database; restore the right one, or henkin.key beside the database",
    ]);
  }
}
