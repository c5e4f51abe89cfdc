// Wakes due jobs inside one process. The rows are the truth; this only decides when to look.

import type { Dispatcher, DispatcherDeps } from "../dispatch-port.ts";
import { TransientError } from "../domain/errors.ts";
import type { Clock } from "../ports.ts";
import type { Job, LaneRoom } from "../store-port.ts";
import { claimAny, follow, groupsOf, keepAtWork, killedBy, NothingClaimed } from "./at-work.ts";

/** The command line writes from another process: look at least this often. */
const LOOK_MS = 1_000;

/** An abort without a reason makes a DOMException with its stack, each time it rings. */
const RUNG = "there may be more to claim";

/** Rings where something was written, or a job has ended: there may be more to claim. */
function createBell(clock: Clock) {
  let hasRung = false;
  let endNap = () => {};
  return {
    ring() {
      hasRung = true;
      endNap();
    },
    /** A claim begins: whatever rings from here on, it may not have seen. */
    listen() {
      hasRung = false;
    },
    /** Until it rings, if it has not yet, or LOOK_MS have passed. */
    async nap(stop: AbortSignal): Promise<void> {
      if (hasRung) return;
      const { own, leave } = follow(stop);
      endNap = () => own.abort(RUNG);
      await clock.sleep(LOOK_MS, own.signal);
      endNap = () => {};
      leave();
    },
  };
}

/** Those that do not wait and have room, and how much. */
function lanesWithRoom(
  { lanes, limits, together = {} }: DispatcherDeps,
  running: Iterable<{ readonly lane: string }>,
  now: number,
): LaneRoom[] {
  const waiting = lanes.waiting(now);
  const busy = new Map<string, number>();
  for (const { lane } of running) busy.set(lane, (busy.get(lane) ?? 0) + 1);
  return Object.entries(limits)
    .map(([lane, limit]) => {
      const row = together[lane];
      const room = { lane, limit: limit - (busy.get(lane) ?? 0) };
      return row === undefined ? room : { ...room, together: row };
    })
    .filter(({ lane, limit }) => limit > 0 && !waiting.has(lane));
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { store, clock, pulse } = deps;
  const bell = createBell(clock);
  const { running, fatal, start, untilAllAreDone } = keepAtWork(deps, bell.ring);
  store.onWrite(bell.ring);

  async function claim(): Promise<Job[][]> {
    const now = clock.now();
    bell.listen();
    try {
      const rooms = lanesWithRoom(deps, running, now);
      const next = await store.read((tx) => tx.jobs.listNextDue());
      const due = new Set(next.filter(({ dueAt }) => dueAt <= now).map(({ lane }) => lane));
      const wanted = rooms.filter(({ lane }) => due.has(lane));
      if (wanted.length === 0) return [];
      return groupsOf(await store.write((tx) => claimAny(tx, now, wanted)), deps);
    } catch (error) {
      if (error instanceof NothingClaimed) return [];
      // The command line holds the database for a moment: the next look finds the jobs again.
      if (error instanceof TransientError) return [];
      throw error;
    }
  }

  async function work(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    while (!stop.aborted && fatal() === null) {
      // Before the first look, too: who starts is alive.
      pulse.beat("jobs");
      const groups = await claim();
      for (const group of groups) start(group, kill);
      if (groups.length === 0) await bell.nap(stop);
      // Jobs that share a commit end in turns of their own: one look for all of them.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function workOff(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    while (!stop.aborted && fatal() === null) {
      // A job that ends during the claim may have left others behind it.
      const wasIdle = running.size === 0;
      const groups = await claim();
      for (const group of groups) start(group, kill);
      if (groups.length > 0) continue;
      if (wasIdle) break;
      if (running.size === 0) continue;
      await Promise.race([...running].map(({ done }) => done));
    }
  }

  return {
    run: (stop, kill) => killedBy(kill, running, () => untilAllAreDone(() => work(stop, kill))),
    drain: (stop, kill) =>
      killedBy(kill, running, () => untilAllAreDone(() => workOff(stop, kill))),
  };
}
