// Since when there is this shop's worker: what was before, it cannot know.

import type { ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";

const FIRST_START = "first_started_at";

/** When this shop's worker first started, epoch ms. */
export async function firstStartedAt(tx: ReadTx, desk: Desk): Promise<number> {
  return Number((await tx.switches.find(FIRST_START)) ?? desk.clock.now());
}

/** Remembers when this shop's worker first started; the first summary counts from there. */
export async function rememberFirstStart(
  tx: Pick<WriteTx, "switches">,
  now: number,
): Promise<void> {
  if ((await tx.switches.find(FIRST_START)) === undefined) {
    await tx.switches.set(FIRST_START, String(now));
  }
}
