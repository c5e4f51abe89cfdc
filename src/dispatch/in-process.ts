// Wakes due jobs inside one process. The rows are the truth; this only decides when to look.

import { StorageError, TransientError } from "../domain/errors.ts";
import type { LaneKeeper } from "../jobs/lanes.ts";
import type { Clock, Pulse } from "../ports.ts";
import type { Job, Store } from "../store-port.ts";

export interface DispatcherDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly pulse: Pulse;
  readonly lanes: LaneKeeper;
  /** How many jobs of each lane may run at once. */
  readonly limits: Readonly<Record<string, number>>;
  /** Rejects only where the worker must stop. */
  readonly run: (job: Job, signal: AbortSignal) => Promise<void>;
}

export interface Dispatcher {
  /** Runs due jobs until `stop` aborts; then waits for those at work. */
  run(stop: AbortSignal, kill: AbortSignal): Promise<void>;
  /** Runs jobs until none is due. */
  drain(stop: AbortSignal, kill: AbortSignal): Promise<void>;
}

/**
 * Aborts with `source`, and leaves no trace there once `leave` is called: AbortSignal.any leaves one for as
 * long as its sources live (nodejs/node#54614), and these live for months.
 */
function follow(source: AbortSignal): { readonly own: AbortController; leave(): void } {
  const own = new AbortController();
  const abort = () => own.abort(source.reason);
  source.addEventListener("abort", abort, { once: true });
  if (source.aborted) abort();
  return { own, leave: () => source.removeEventListener("abort", abort) };
}

/** The command line writes from another process: look at least this often. */
const LOOK_MS = 1_000;

/** Those that do not wait, and how many jobs more each may take. */
function freeLanes(
  { lanes, limits }: DispatcherDeps,
  running: readonly { readonly lane: string }[],
  now: number,
): { lane: string; limit: number }[] {
  const waiting = lanes.waiting(now);
  return Object.entries(limits)
    .filter(([lane]) => !waiting.has(lane))
    .map(([lane, limit]) => {
      const busy = running.filter((job) => job.lane === lane).length;
      return { lane, limit: limit - busy };
    })
    .filter(({ limit }) => limit > 0);
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { store, clock, pulse } = deps;
  const running = new Map<string, { lane: string; done: Promise<void> }>();
  let fatal: StorageError | null = null;
  let wake = () => {};
  store.onWrite(() => wake());

  async function claim(): Promise<Job[]> {
    const now = clock.now();
    try {
      const next = await store.read((tx) => tx.jobs.findNextDueAt());
      if (next === undefined || next > now) return [];
      return await store.write((tx) =>
        tx.jobs.claim(now, freeLanes(deps, [...running.values()], now)),
      );
    } catch (error) {
      // The command line holds the database for a moment: the next look finds the jobs again.
      if (error instanceof TransientError) return [];
      throw error;
    }
  }

  function start(job: Job, kill: AbortSignal): void {
    const { own, leave } = follow(kill);
    const done = deps
      .run(job, own.signal)
      .catch((error: unknown) => {
        fatal =
          error instanceof StorageError ? error : new StorageError("fatal", { why: String(error) });
      })
      .finally(() => {
        leave();
        running.delete(job.id);
        wake();
      });
    running.set(job.id, { lane: job.lane, done });
  }

  /** Something was written, a job ended, or LOOK_MS have passed. */
  async function nap(stop: AbortSignal): Promise<void> {
    const { own, leave } = follow(stop);
    wake = () => own.abort();
    await clock.sleep(LOOK_MS, own.signal);
    wake = () => {};
    leave();
  }

  /** However the loop ends: the jobs at work still need the store, and are waited for. */
  async function untilAllAreDone(loop: () => Promise<void>): Promise<void> {
    try {
      await loop();
    } finally {
      await Promise.all([...running.values()].map(({ done }) => done));
    }
    if (fatal !== null) throw fatal;
  }

  async function work(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    while (!stop.aborted && fatal === null) {
      const jobs = await claim();
      pulse.beat("jobs");
      for (const job of jobs) start(job, kill);
      if (jobs.length === 0) await nap(stop);
    }
  }

  async function workOff(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    while (!stop.aborted && fatal === null) {
      // A job that ends during the claim may have left others behind it.
      const wasIdle = running.size === 0;
      const jobs = await claim();
      for (const job of jobs) start(job, kill);
      if (jobs.length > 0) continue;
      if (wasIdle) break;
      if (running.size === 0) continue;
      await Promise.race([...running.values()].map(({ done }) => done));
    }
  }

  return {
    run: (stop, kill) => untilAllAreDone(() => work(stop, kill)),
    drain: (stop, kill) => untilAllAreDone(() => workOff(stop, kill)),
  };
}
