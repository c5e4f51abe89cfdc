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

export interface LaneDeps extends DispatcherDeps {
  /** False for as long as this worker is to leave all jobs to others. */
  readonly mayClaim?: () => boolean;
}

/** `stop`: nothing more is claimed; `kill`: what runs is given up. */
interface Work {
  readonly deps: LaneDeps;
  readonly atWork: AtWork;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

const atWorkIn = ({ atWork }: Work, lane: string) =>
  [...atWork.running].filter((group) => group.lane === lane);
const isOver = ({ stop, atWork }: Work) => stop.aborted || atWork.fatal() !== null;

function roomOf({ deps }: Work, lane: string): LaneRoom[] {
  const { lanes, clock, limits, together = {} } = deps;
  const limit = deps.mayClaim?.() === false ? undefined : limits[lane];
  if (limit === undefined || lanes.waiting(clock.now()).has(lane)) return [];
  const row = together[lane];
  return [{ lane, limit, ...(row !== undefined && { together: row }) }];
}

/** The first claim of a turn also begins it: what becomes due after that needs another. */
async function claim(work: Work, lane: string, number: number | null): Promise<Job[]> {
  const { store, clock } = work.deps;
  try {
    return await store.write(async (tx) => {
      if (number === null) return claimAny(tx, clock.now(), roomOf(work, lane));
      await tx.jobs.begin(lane, number);
      return tx.jobs.claim(clock.now(), roomOf(work, lane));
    });
  } catch (error) {
    if (error instanceof NothingClaimed) return [];
    throw error;
  }
}

/** Returns how many were claimed and run now. */
async function startMore(work: Work, lane: string, number: number | null): Promise<number> {
  const jobs = await claim(work, lane, number);
  for (const group of groupsOf(jobs, work.deps)) work.atWork.start(group, work.kill);
  // Jobs that share a commit end in turns of their own: one claim for all of them.
  await new Promise((resolve) => setImmediate(resolve));
  return jobs.length;
}

async function sleep({ deps, stop }: Work, ms: number): Promise<void> {
  const { own, leave } = follow(stop);
  await deps.clock.sleep(ms, own.signal);
  leave();
}

/** Until one of them has ended, or the time is over. */
async function waitForOne(work: Work, done: readonly Promise<void>[], ms: number): Promise<void> {
  const { own, leave } = follow(work.stop);
  await Promise.race([...done, work.deps.clock.sleep(Math.max(0, ms), own.signal)]);
  own.abort("one has ended");
  leave();
}

/** False where nothing more is due so soon. */
async function waitForSoon(work: Work, lane: string): Promise<boolean> {
  const { store, clock } = work.deps;
  if (roomOf(work, lane).length === 0) return false;
  const next = await store.read((tx) => tx.jobs.listNextDue());
  const dueAt = next.find((due) => due.lane === lane)?.dueAt;
  if (dueAt === undefined || dueAt > clock.now() + SOON_MS) return false;
  await sleep(work, Math.max(SKEW_MS, dueAt - clock.now()));
  return true;
}

/** Returns whether there may be more to claim. */
async function workOff(work: Work, lane: string, number: number): Promise<boolean> {
  const { clock, limits } = work.deps;
  const until = clock.now() + TURN_MS;
  const isFull = () => atWorkIn(work, lane).length >= (limits[lane] ?? 0);
  let mayWait = true;
  let started = await startMore(work, lane, number);
  while (!isOver(work)) {
    if (clock.now() >= until) return true;
    const busy = atWorkIn(work, lane).map(({ done }) => done);
    if (started > 0) mayWait = true;
    else if (busy.length > 0) await waitForOne(work, busy, until - clock.now());
    else if (mayWait && (await waitForSoon(work, lane))) mayWait = false;
    // What is due and waits for its ticket does not keep the turn.
    else return false;
    started = isFull() ? 0 : await startMore(work, lane, null);
  }
  return false;
}

/** That the server is away ends no turn before its time. */
async function tryToWorkOff(work: Work, lane: string, number: number): Promise<boolean> {
  const { clock, lanes } = work.deps;
  const until = clock.now() + TURN_MS;
  for (;;) {
    try {
      await lanes.renew();
      return await workOff(work, lane, number);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (isOver(work) || clock.now() >= until) return true;
      await sleep(work, PAUSE_MS);
    }
  }
}

export function workLanes(
  deps: LaneDeps,
  atWork: AtWork,
  stop: AbortSignal,
  kill: AbortSignal,
): ShopLanes {
  const work: Work = { deps, atWork, stop, kill };
  const { store } = deps;

  async function ask(lane: string, lostTurn?: number): Promise<void> {
    await store.write((tx) => tx.jobs.ask(lane, lostTurn));
  }

  /** Who sweeps finds it, if this does not succeed. */
  const askIfPossible = (lane: string) => ask(lane).catch(() => undefined);

  return {
    ask,
    canUse: (lane) => roomOf(work, lane).length > 0,
    release: async () => void (await store.write((tx) => tx.jobs.releaseAll())),
    async takeTurn(lane, number) {
      if (isOver(work)) return;
      let hasMore = true;
      try {
        hasMore = await tryToWorkOff(work, lane, number);
      } catch (error) {
        atWork.fail(error);
      }
      if (!hasMore || isOver(work)) return;
      const busy = atWorkIn(work, lane).map(({ done }) => done);
      if (busy.length === 0) return askIfPossible(lane);
      // The lane goes on without us as soon as there is room in it.
      void Promise.race(busy).then(() => (isOver(work) ? undefined : askIfPossible(lane)));
    },
  };
}
