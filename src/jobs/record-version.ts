// Since when which henkin has written this database: who reads the audit trail can tell which version
// decided as it did.

import type { WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { HENKIN, note } from "../ticket/transition.ts";

const VERSION = "version";

/** At every start; says something only where it is another version than the last time. */
export async function recordVersion(
  tx: WriteTx,
  desk: Desk,
  { version, schemaStep }: { readonly version: string; readonly schemaStep: number },
): Promise<void> {
  const now = `${version}, schema step ${schemaStep}`;
  const before = await tx.switches.find(VERSION);
  if (before === now) return;
  await tx.switches.set(VERSION, now);
  await note(tx, desk, null, "version_changed", HENKIN, { from: before ?? null, to: now });
}
