// Every night after the summary, and at each start: what nobody needs any more is erased.

import type { Clock } from "../ports.ts";
import type { Store, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { type Erased, type Keeper, purgeOld, type Step, sealOlder } from "../ticket/purge.ts";
import { HENKIN } from "../ticket/transition.ts";
import { giveBack, type RunnableJob } from "./job.ts";

export const PURGE_LANE = "purge";

/** Mail, answers and refunds go on between two steps. */
const PAUSE_MS = 2;
/** The manager's summary tells of the day with its names. */
const AFTER_SUMMARY_MS = 60 * 60 * 1_000;

export function purgeJob(desk: Desk): RunnableJob {
  return async (store, job, signal) => {
    await purgeStore(store, desk, HENKIN, stepsOf(store, desk.clock, signal));
    const at = desk.calendar.nextSummaryAt(desk.clock.now()) + AFTER_SUMMARY_MS;
    await store.write((tx) => giveBack(tx, job, { next: "again", at }));
    return false;
  };
}

export async function armPurge(tx: WriteTx, at: number): Promise<void> {
  await tx.jobs.arm({
    ...{ id: "purge", kind: "purge", lane: PURGE_LANE },
    ...{ ticketId: null, payload: {}, dueAt: at },
  });
}

export async function purgeStore(
  store: Store,
  desk: Keeper,
  actor: string,
  step: Step = store.write,
): Promise<Erased> {
  await sealOlder(step);
  const erased = await purgeOld(desk, actor, step);
  await store.scrub();
  return erased;
}

/** With a pause after each that was long, and none after the signal. */
function stepsOf(store: Store, clock: Clock, signal: AbortSignal): Step {
  let isFirst = true;
  return async (work) => {
    signal.throwIfAborted();
    if (!isFirst) await clock.sleep(PAUSE_MS, signal);
    isFirst = false;
    return store.write(work);
  };
}

class Undone extends Error {}

/** All of the work in one transaction, of which nothing stays; no mail is rewritten for it. */
export async function tryOut<Result>(
  store: Store,
  work: (step: Step) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  try {
    await store.write(async (tx) => {
      const { passMessage, passMail } = tx.personal;
      const personal = { ...tx.personal, eraseMessage: passMessage, eraseMail: passMail };
      results.push(await work((one) => one({ ...tx, personal })));
      throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  return results[0] as Result;
}
