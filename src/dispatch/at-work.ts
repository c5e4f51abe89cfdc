// Jobs that were claimed and run now, however it was decided when to claim them.

import type { DispatcherDeps } from "../dispatch-port.ts";
import { StorageError } from "../domain/errors.ts";
import type { Job, LaneRoom, WriteTx } from "../store-port.ts";

export interface Running {
  readonly lane: string;
  readonly own: AbortController;
  readonly done: Promise<void>;
}

/**
 * Aborts with `source`, and leaves no trace there once `leave` is called: AbortSignal.any leaves one for as
 * long as its sources live (nodejs/node#54614), and these live for months.
 */
export function follow(source: AbortSignal): { readonly own: AbortController; leave(): void } {
  const own = new AbortController();
  const abort = () => own.abort(source.reason);
  source.addEventListener("abort", abort, { once: true });
  if (source.aborted) abort();
  return { own, leave: () => source.removeEventListener("abort", abort) };
}

/** One listener for all of them: Node takes more than ten for a leak, and says so. */
export async function killedBy<Result>(
  kill: AbortSignal,
  running: Iterable<Running>,
  work: () => Promise<Result>,
): Promise<Result> {
  const killAll = () => {
    for (const { own } of running) own.abort(kill.reason);
  };
  kill.addEventListener("abort", killAll);
  try {
    return await work();
  } finally {
    kill.removeEventListener("abort", killAll);
  }
}

/** What is run as one. */
export function groupsOf(jobs: readonly Job[], { together = {} }: DispatcherDeps): Job[][] {
  const groups: Job[][] = [];
  for (const job of jobs) {
    const last = groups.at(-1);
    if (last?.[0]?.lane === job.lane && together[job.lane] !== undefined) last.push(job);
    else groups.push([job]);
  }
  return groups;
}

/** Taken back, the claim is no write, for which the dispatcher would look again at once and for ever. */
export class NothingClaimed extends Error {}

/** A job that is due may have to wait for another of its ticket. */
export async function claimAny(
  tx: WriteTx,
  now: number,
  rooms: readonly LaneRoom[],
): Promise<Job[]> {
  const jobs = await tx.jobs.claim(now, rooms);
  if (jobs.length === 0) throw new NothingClaimed();
  return jobs;
}

export interface AtWork {
  readonly running: ReadonlySet<Running>;
  /** Nothing can be recorded any more, and the worker must stop. */
  fatal(): StorageError | null;
  fail(error: unknown): void;
  start(jobs: readonly Job[], kill: AbortSignal): Running;
  /** However the loop ends: the jobs at work still need the store, and are waited for. Throws what is fatal. */
  untilAllAreDone(loop: () => Promise<void>): Promise<void>;
}

/** `onDone` hears of each group that has ended. */
export function keepAtWork({ run }: Pick<DispatcherDeps, "run">, onDone: () => void): AtWork {
  const running = new Set<Running>();
  let fatal: StorageError | null = null;
  const fail = (error: unknown) => {
    fatal =
      error instanceof StorageError ? error : new StorageError("fatal", { why: String(error) });
  };
  return {
    fail,
    running,
    fatal: () => fatal,
    start(jobs, kill) {
      const own = new AbortController();
      if (kill.aborted) own.abort(kill.reason);
      const done = run(jobs, own.signal)
        .catch(fail)
        .finally(() => {
          running.delete(entry);
          onDone();
        });
      const entry = { lane: jobs[0]?.lane ?? "", own, done };
      running.add(entry);
      return entry;
    },
    async untilAllAreDone(loop) {
      try {
        await loop();
      } finally {
        await Promise.all([...running].map(({ done }) => done));
      }
      if (fatal !== null) throw fatal;
    },
  };
}
