// One shop's part in the turns: whoever has the turn of a lane claims its due jobs and runs them, until none is
// due or it has been at it for long enough. How many run at once is counted at the claim, over all workers.

import type { DispatcherDeps } from "../dispatch-port.ts";
import { TransientError } from "../domain/errors.ts";
import type { Job, LaneRoom } from "../store-port.ts";
import { type AtWork, claimAny, follow, groupsOf, NothingClaimed } from "./at-work.ts";

/** Then another worker, or another shop of the same provider account, may have the next turn. */
const TURN_MS = 3_000;
/** What is due so soon is waited for: our clock and the database's differ a little. */
const SOON_MS = 500;
const SKEW_MS = 50;
/** After which a database that was away is asked again. */
const PAUSE_MS = 500;

export interface ShopLanes {
  /** Never rejects. `number`: of the turn. */
  takeTurn(lane: string, number: number): Promise<void>;
  /** Whether a job of this lane could run here now. */
  canUse(lane: string): boolean;
  /** For another turn, after one that got lost. */
  ask(lane: string, lostTurn?: number): Promise<void>;
  /** Gives back what dead runs held. */
  release(): Promise<void>;
}

/** `stop`: nothing more is claimed; `kill`: what runs is given up. */
export function workLanes(
  deps: DispatcherDeps,
  atWork: AtWork,
  stop: AbortSignal,
  kill: AbortSignal,
): ShopLanes {
  const { store, clock, lanes, limits, together = {} } = deps;

  const atWorkIn = (lane: string) => [...atWork.running].filter((group) => group.lane === lane);
  const isOver = () => stop.aborted || atWork.fatal() !== null;

  function roomOf(lane: string): LaneRoom[] {
    const limit = limits[lane];
    if (limit === undefined || lanes.waiting(clock.now()).has(lane)) return [];
    const row = together[lane];
    return [{ lane, limit, ...(row !== undefined && { together: row }) }];
  }

  /** The first claim of a turn also begins it: what becomes due after that needs another. */
  async function claim(lane: string, number: number | null): Promise<Job[]> {
    try {
      return await store.write(async (tx) => {
        if (number === null) return claimAny(tx, clock.now(), roomOf(lane));
        await tx.jobs.begin(lane, number);
        return tx.jobs.claim(clock.now(), roomOf(lane));
      });
    } catch (error) {
      if (error instanceof NothingClaimed) return [];
      throw error;
    }
  }

  async function ask(lane: string, lostTurn?: number): Promise<void> {
    await store.write((tx) => tx.jobs.ask(lane, lostTurn));
  }

  /** Who sweeps finds it, if this does not succeed. */
  const askIfPossible = (lane: string) => ask(lane).catch(() => undefined);

  async function sleep(ms: number): Promise<void> {
    const { own, leave } = follow(stop);
    await clock.sleep(ms, own.signal);
    leave();
  }

  /** False where nothing more is due so soon. */
  async function waitForSoon(lane: string): Promise<boolean> {
    const next = await store.read((tx) => tx.jobs.listNextDue());
    const dueAt = next.find((due) => due.lane === lane)?.dueAt;
    if (dueAt === undefined || dueAt > clock.now() + SOON_MS) return false;
    await sleep(Math.max(SKEW_MS, dueAt - clock.now()));
    return true;
  }

  /** Returns whether there may be more to claim. */
  async function workOff(lane: string, number: number): Promise<boolean> {
    const until = clock.now() + TURN_MS;
    let begins: number | null = number;
    let hasWaited = false;
    while (!isOver()) {
      const limit = limits[lane] ?? 0;
      if (clock.now() >= until) return true;
      if (atWorkIn(lane).length < limit || begins !== null) {
        const jobs = await claim(lane, begins);
        begins = null;
        for (const group of groupsOf(jobs, deps)) atWork.start(group, kill);
        // Jobs that share a commit end in turns of their own: one claim for all of them.
        await new Promise((resolve) => setImmediate(resolve));
        if (jobs.length > 0) {
          hasWaited = false;
          continue;
        }
      }
      const busy = atWorkIn(lane);
      if (busy.length > 0) {
        await raceUntil(
          busy.map(({ done }) => done),
          until - clock.now(),
        );
      } else {
        if (hasWaited || roomOf(lane).length === 0 || !(await waitForSoon(lane))) return false;
        hasWaited = true;
      }
    }
    return false;
  }

  async function raceUntil(done: readonly Promise<void>[], ms: number): Promise<void> {
    const { own, leave } = follow(stop);
    await Promise.race([...done, clock.sleep(Math.max(0, ms), own.signal)]);
    own.abort("one has ended");
    leave();
  }

  /** Nothing that is said about the server being away ends a turn but its time. */
  async function tryToWorkOff(lane: string, number: number): Promise<boolean> {
    const until = clock.now() + TURN_MS;
    for (;;) {
      try {
        await lanes.renew();
        return await workOff(lane, number);
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        if (isOver() || clock.now() >= until) return true;
        await sleep(PAUSE_MS);
      }
    }
  }

  return {
    ask,
    canUse: (lane) => roomOf(lane).length > 0,
    release: async () => void (await store.write((tx) => tx.jobs.releaseAll())),
    async takeTurn(lane, number) {
      if (isOver()) return;
      let hasMore = true;
      try {
        hasMore = await tryToWorkOff(lane, number);
      } catch (error) {
        atWork.fail(error);
      }
      if (!hasMore || isOver()) return;
      const busy = atWorkIn(lane).map(({ done }) => done);
      if (busy.length === 0) return askIfPossible(lane);
      // The lane goes on without us as soon as there is room in it.
      void Promise.race(busy).then(() => (isOver() ? undefined : askIfPossible(lane)));
    },
  };
}
