// Finds what nobody was asked about: timers, retries, writes of the command line, and turns that got lost.

import { turnId } from "../fleet-port.ts";
import type { FleetDeps } from "./roll-call.ts";

/** A lane whose jobs cannot be claimed just now is not asked about without a pause. */
const QUIET_MS = 2_000;
const LOST_MS = 10_000;

export async function sweepDue({ turns, shops }: Pick<FleetDeps, "turns" | "shops">) {
  const due = await turns.listUnasked(QUIET_MS);
  const asked = due.map(async ({ shopId, lane }) => {
    const shop = shops.get(shopId);
    if (shop?.canUse(lane) === true) await shop.ask(lane);
  });
  await Promise.all(asked);
}

export async function sweepLost({
  turns,
  shops,
  queue,
}: Pick<FleetDeps, "turns" | "shops" | "queue">) {
  const overdue = (await turns.listOverdue(LOST_MS)).filter(({ shopId }) => shops.has(shopId));
  if (overdue.length === 0) return;
  const alive = await queue.listAlive(overdue.map(turnId));
  for (const turn of overdue) {
    if (alive.has(turnId(turn))) continue;
    await shops.get(turn.shopId)?.ask(turn.lane, turn.number);
  }
}
