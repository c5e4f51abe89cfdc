// Says that this run lives, and takes over what the dead have held.

import { TransientError } from "../domain/errors.ts";
import {
  BEAT_MS,
  type LaneTurn,
  type LaneTurns,
  LIVE_MS,
  type WorkerRun,
  type Workers,
} from "../fleet-port.ts";
import type { Clock, Log } from "../ports.ts";
import type { ShopLanes } from "./shop-lanes.ts";
import type { TurnQueue } from "./turn-queue.ts";

export interface FleetDeps {
  readonly run: WorkerRun;
  readonly workers: Workers;
  readonly turns: LaneTurns;
  readonly queue: TurnQueue;
  readonly shops: ReadonlyMap<string, ShopLanes>;
  /** Ids of the turns that this process has at hand. */
  readonly atHand: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A server that was away was so for everybody: whoever comes back first must not bury the others. */
const TRUCE_MS = 3 * BEAT_MS;
/** One that was taken for us, by an answer that never came. */
const UNHEARD_MS = 5_000;
/** Two beats were missed, and its connection is gone. */
const DISCONNECTED_MS = 5_000;
/** Rows of runs that are no more. */
const BURY_MS = 10 * LIVE_MS;

export function parseTurn(id: string): LaneTurn | null {
  const match = /^([^/]+)\/(.+)\/(\d+)$/.exec(id);
  const [, shopId, lane, number] = match ?? [];
  if (shopId === undefined || lane === undefined) return null;
  return { shopId, lane, number: Number(number) };
}

export function callRoll(deps: FleetDeps) {
  const { run, workers, turns, queue, shops, atHand, clock, log } = deps;
  let beatAt = clock.now();
  let truceUntil = clock.now() + TRUCE_MS;
  const unheard = new Map<string, number>();

  /** Those of the dead, and of our own those that we know nothing of. */
  async function listStuck(): Promise<string[]> {
    const live = new Set((await workers.listLive(LIVE_MS)).map((worker) => worker.run));
    const now = clock.now();
    const taken = await queue.listTaken();
    const ours = taken.filter((turn) => turn.run === run.run && !atHand.has(turn.id));
    for (const id of [...unheard.keys()]) {
      if (!ours.some((turn) => turn.id === id)) unheard.delete(id);
    }
    for (const { id } of ours) if (!unheard.has(id)) unheard.set(id, now);
    return taken
      .filter(({ id, run: owner }) =>
        owner === run.run ? now - (unheard.get(id) ?? now) >= UNHEARD_MS : !live.has(owner),
      )
      .map(({ id }) => id);
  }

  return {
    async beat(): Promise<void> {
      try {
        await workers.beat(run);
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        return;
      }
      if (clock.now() - beatAt > 2 * BEAT_MS) truceUntil = clock.now() + TRUCE_MS;
      beatAt = clock.now();
    },
    async reap(): Promise<void> {
      if (clock.now() < truceUntil) return;
      await turns.bury(BURY_MS, DISCONNECTED_MS);
      for (const shopId of await turns.listOrphaned()) {
        log.info({ shop: shopId }, "jobs of a worker that is gone are taken over");
        await shops.get(shopId)?.release();
      }
      const stuck = await listStuck();
      if (stuck.length > 0) await queue.giveUp(stuck);
      for (const turn of stuck.map(parseTurn)) {
        if (turn !== null) await shops.get(turn.shopId)?.ask(turn.lane, turn.number);
      }
    },
  };
}
