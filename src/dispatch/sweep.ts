// Finds what nobody was asked about: timers, retries, writes of the command line, and turns that got lost.

import { turnId } from "../fleet-port.ts";
import type { FleetDeps } from "./roll-call.ts";

/** A lane whose jobs cannot be claimed just now is not asked about without a pause. */
const QUIET_MS = 2_000;
const LOST_MS = 10_000;
/** At midnight every shop has a summary to write: the next look, or another worker, has the rest. */
const ASKED_MAX = 200;
/** The shops' own work needs connections, too. */
const AT_ONCE = 4;

type SweepDeps = Pick<FleetDeps, "turns" | "shops" | "queue" | "random">;

/** In any order, so that workers that look at the same time hardly do the same. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function fewAtOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<void>) {
  const rest = items.values();
  const workOff = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOff));
}

export async function sweepDue({ turns, shops, random }: Omit<SweepDeps, "queue">): Promise<void> {
  const due = await turns.listUnasked(QUIET_MS);
  const usable = due.filter(({ shopId, lane }) => shops.get(shopId)?.canUse(lane) === true);
  const chosen = shuffled(usable, random).slice(0, ASKED_MAX);
  await fewAtOnce(chosen, async ({ shopId, lane }) => shops.get(shopId)?.ask(lane));
}

export async function sweepLost({ turns, shops, queue, random }: SweepDeps): Promise<void> {
  const overdue = (await turns.listOverdue(LOST_MS)).filter(({ shopId }) => shops.has(shopId));
  if (overdue.length === 0) return;
  const chosen = shuffled(overdue, random).slice(0, ASKED_MAX);
  const alive = await queue.listAlive(chosen.map(turnId));
  const lost = chosen.filter((turn) => !alive.has(turnId(turn)));
  await fewAtOnce(lost, async ({ shopId, lane, number }) => shops.get(shopId)?.ask(lane, number));
}
