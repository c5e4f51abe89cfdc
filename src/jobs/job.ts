// The one shape of every job: read → act → commit. `read` and `commit` are short and touch only the
// store; `act` is the only place that waits on a network, and holds no transaction. `commit` writes
// the new state, its events, the next jobs and the job's own completion in one transaction under the
// lease. A crash at any point is repaired by running the job again.

import { TransientError } from "../domain/errors.ts";
import type { Job, ReadTx, Store, WriteTx } from "../store-port.ts";

export type Next =
  | { readonly next: "done" }
  /** What was found is written; run on with what can be read now. */
  | { readonly next: "onward" }
  /** Run again then; not a failure. */
  | { readonly next: "again"; readonly at: number }
  | { readonly next: "retry"; readonly at: number; readonly error: string }
  | { readonly next: "park"; readonly error: string };

export const DONE: Next = { next: "done" };

/** A job that finds ever more to write is given back, and claimed anew. */
const ONWARD_MAX = 3;

export interface JobSpec<Input, Outcome> {
  /** Null where there is nothing left to do. */
  read(tx: ReadTx, job: Job): Promise<Input | null>;
  act(input: Input, job: Job, signal: AbortSignal): Promise<Outcome>;
  commit(tx: WriteTx, job: Job, input: Input, outcome: Outcome): Promise<Next>;
  /** Whether `act` came to this by asking its lane, which therefore works; unset: always. */
  hasAsked?(outcome: Outcome): boolean;
}

/** Returns whether the job's lane was asked, and answered; throws where it did not. */
export type RunnableJob = (store: Store, job: Job, signal: AbortSignal) => Promise<boolean>;

export function defineJob<Input, Outcome>(spec: JobSpec<Input, Outcome>): RunnableJob {
  return async (store, job, signal) => {
    let hasAsked = false;
    for (let run = 0; ; run += 1) {
      const input = await store.read((tx) => spec.read(tx, job));
      if (input === null) {
        await store.write((tx) => giveBack(tx, job, DONE));
        return hasAsked;
      }
      const outcome = await spec.act(input, job, signal);
      const goesOn = await store.write(async (tx) => {
        const next = await spec.commit(tx, job, input, outcome);
        const mayGoOn = next.next === "onward" && run < ONWARD_MAX;
        await (mayGoOn ? keep(tx, job) : giveBack(tx, job, next));
        return mayGoOn;
      });
      hasAsked = spec.hasAsked?.(outcome) ?? true;
      if (!goesOn) return hasAsked;
    }
  };
}

/**
 * Throws, and so rolls everything back, where another worker took the job over: this one was stopped, or cut off,
 * and taken for dead. To be asked, too, just before something is done that the other one may have done since.
 */
export async function keep(tx: ReadTx, job: Job): Promise<void> {
  if (!(await tx.jobs.findHeld(job))) throw new TransientError("lease_lost", { job: job.id });
}

/** Throws, and so rolls everything back, where another worker took the job over. */
export async function giveBack(tx: WriteTx, job: Job, next: Next): Promise<void> {
  const isOurs = await give(tx, job, next);
  if (!isOurs) throw new TransientError("lease_lost", { job: job.id });
}

function give(tx: WriteTx, job: Job, next: Next): Promise<boolean> {
  switch (next.next) {
    case "done":
      return tx.jobs.finish(job);
    case "onward":
      return tx.jobs.again(job, job.dueAt);
    case "again":
      return tx.jobs.again(job, next.at);
    case "retry":
      return tx.jobs.retry(job, next.at, next.error);
    case "park":
      return tx.jobs.park(job, next.error);
  }
}

/** A job without a network: read and commit in one transaction. */
export function defineLocalJob(commit: (tx: WriteTx, job: Job) => Promise<Next>): RunnableJob {
  return async (store, job) => {
    await store.write(async (tx) => giveBack(tx, job, await commit(tx, job)));
    return false;
  };
}
