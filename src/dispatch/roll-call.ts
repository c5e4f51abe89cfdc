// Says that this run lives, and takes over what the dead have held.

import {
  BEAT_MS,
  type LaneTurn,
  type LaneTurns,
  LIVE_MS,
  type WorkerRun,
  type Workers,
} from "../fleet-port.ts";
import type { Clock, Log } from "../ports.ts";
import type { ClockWatch } from "./clock-watch.ts";
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
  /** Milliseconds that nobody sets back. */
  readonly monotonic: () => number;
  readonly random: () => number;
  /** Told at each beat. */
  readonly clockWatch: ClockWatch;
  readonly log: Log;
}

/** Who has not beaten for longer does not judge others: the server, or this process, was away. */
const FRESH_MS = 2 * BEAT_MS;
/** A server that was away was so for everybody: whoever comes back first must not bury the others. */
export const TRUCE_MS = 3 * BEAT_MS;
/** One that was taken for us, by an answer that never came. */
const UNHEARD_MS = 5_000;
/** Two beats were missed, and its connection is gone. */
const DISCONNECTED_MS = 5_000;
/** Rows of runs that are no more. */
export const BURY_MS = 10 * LIVE_MS;

export function parseTurn(id: string): LaneTurn | null {
  const match = /^([^/]+)\/(.+)\/(\d+)$/.exec(id);
  const [, shopId, lane, number] = match ?? [];
  if (shopId === undefined || lane === undefined) return null;
  return { shopId, lane, number: Number(number) };
}

export function callRoll(deps: FleetDeps) {
  const { run, workers, turns, queue, shops, atHand, clock, monotonic, log } = deps;
  /** When the last beat was answered, by our clock and by the database's. */
  let beatAt = Number.NEGATIVE_INFINITY;
  let beatAtTheirs = Number.NEGATIVE_INFINITY;
  let truceUntil = Number.POSITIVE_INFINITY;
  const unheard = new Map<string, number>();

  const mayReap = () => monotonic() - beatAt <= FRESH_MS && monotonic() >= truceUntil;

  /** Those of the dead, and of our own those that we know nothing of. */
  async function listStuck(live: ReadonlySet<string>): Promise<string[]> {
    const now = monotonic();
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

  async function giveUp(stuck: readonly string[]): Promise<void> {
    await queue.giveUp(stuck);
    for (const turn of stuck.map(parseTurn)) {
      if (turn !== null) await shops.get(turn.shopId)?.ask(turn.lane, turn.number);
    }
  }

  return {
    async beat(): Promise<void> {
      const startedAt = monotonic();
      const theirs = await workers.beat(run);
      const at = monotonic();
      deps.clockWatch.compare(theirs, clock.now(), at - startedAt);
      // A machine that is put to sleep may stop the monotonic clock; a server's clock may be set.
      const gap = Math.max(at - beatAt, theirs - beatAtTheirs);
      if (gap > FRESH_MS) truceUntil = at + TRUCE_MS;
      beatAt = at;
      beatAtTheirs = theirs;
    },
    async reap(): Promise<void> {
      if (!mayReap()) return;
      const live = new Set((await workers.listLive(LIVE_MS)).map((worker) => worker.run));
      // It is ourselves who are silent.
      if (!live.has(run.run)) return;
      await turns.bury(BURY_MS, DISCONNECTED_MS);
      for (const shopId of await turns.listOrphaned()) {
        // Each step may have taken long, or this process was stopped in it.
        if (!mayReap()) return;
        log.info({ shop: shopId }, "jobs of a worker that is gone are taken over");
        await shops.get(shopId)?.release();
      }
      const stuck = await listStuck(live);
      if (mayReap() && stuck.length > 0) await giveUp(stuck);
    },
  };
}
