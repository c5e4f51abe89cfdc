// Runs one claimed job and decides, by the class of what it threw, what becomes of it.

import {
  AccessError,
  AppError,
  isOfDatabase,
  OutcomeUnknownError,
  PermanentError,
  StorageError,
  TransientError,
  UnreadableError,
} from "../domain/errors.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Clock, Log } from "../ports.ts";
import type { Job, JobKind, Store, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { showAnswer, showListAnswer, tellLateRefund, tellStaff } from "../ticket/staff-mail.ts";
import { giveBack, type RunnableJob } from "./job.ts";
import type { LaneKeeper } from "./lanes.ts";

export interface RunnerDeps {
  readonly store: Store;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly lanes: LaneKeeper;
  readonly random: () => number;
  readonly jobs: Readonly<Record<JobKind, RunnableJob>>;
}

/** A bug is tried this often before the job is put before a person. */
const BUG_ATTEMPTS_MAX = 5;
const BUSY_WAIT_MS = 1_000;
/** A provider that was updated, or a page of maintenance: neither is over in a minute. */
const UNREADABLE_WAIT_MS = 15 * 60_000;

/**
 * Jobs of one lane in their order: they read and act at once, and none asks to write before the one in
 * front of it has asked, or has ended. Each commits, fails and is tried again for itself.
 */
export async function runInOrder(
  deps: RunnerDeps,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  const done = jobs.map((job) => {
    const before = turn;
    const { promise, resolve: pass } = withResolver();
    turn = promise;
    const store: Store = {
      ...deps.store,
      async write(work) {
        await before;
        const written = deps.store.write(work);
        pass();
        return written;
      },
    };
    return runJob({ ...deps, store }, job, signal).finally(pass);
  });
  const failed = (await Promise.allSettled(done)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Never throws but StorageError: nothing can be recorded then, and the worker must stop. */
export async function runJob(deps: RunnerDeps, job: Job, signal: AbortSignal): Promise<void> {
  const { log } = deps;
  try {
    const hasAsked = await deps.jobs[job.kind](deps.store, job, signal);
    // Work that came to nothing before it asked says nothing about an outage.
    if (hasAsked) await deps.lanes.ok(job.lane);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    if (signal.aborted) {
      log.debug(
        { job: job.id },
        "stopped before the job was done; it runs again at the next start",
      );
      return;
    }
    await recordFailure(deps, job, error, signal);
  }
}

/** A busy database must not make the job disappear: the failure is recorded when it is free. */
async function recordFailure(
  deps: RunnerDeps,
  job: Job,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await afterFailure(deps, job, error);
    } catch (failure) {
      if (!(failure instanceof TransientError)) throw failure;
      if (failure.code === "lease_lost") return;
      await deps.clock.sleep(BUSY_WAIT_MS, signal);
    }
  }
}

async function afterFailure(deps: RunnerDeps, job: Job, error: unknown): Promise<void> {
  const { store, clock, log, lanes } = deps;
  if (error instanceof AccessError) {
    const retryAt = await lanes.failed(job.lane, error);
    await store.write(async (tx) => {
      await giveBack(tx, job, { next: "again", at: retryAt });
      await tellIfLate(tx, deps.desk, job, error);
    });
    return;
  }
  if (error instanceof TransientError || error instanceof OutcomeUnknownError) {
    if (isAboutLane(error)) await lanes.failed(job.lane, error);
    // The database is free by now, and its mails are to be understood in the order they came.
    const at = isOfDatabase(error)
      ? job.dueAt
      : clock.now() + backoffMs(job.attempt, deps.random());
    log.debug({ job: job.id, code: error.code, attempt: job.attempt }, "job will be tried again");
    await store.write(async (tx) => {
      await giveBack(tx, job, { next: "retry", at, error: error.code });
      await tellIfLate(tx, deps.desk, job, error);
    });
    return;
  }
  if (error instanceof UnreadableError) return waitForReadable(deps, job, error);
  const isBug = !(error instanceof PermanentError);
  if (isBug) {
    log.error({ job: job.id, error: describe(error) }, "job failed unexpectedly");
    if (job.attempt + 1 < BUG_ATTEMPTS_MAX) {
      const at = clock.now() + backoffMs(job.attempt + 3, deps.random());
      await store.write((tx) => giveBack(tx, job, { next: "retry", at, error: "bug" }));
      return;
    }
  }
  await park(deps, job, error);
}

/** A lost race of two commits, one recipient's 4yz or one provider of all says nothing about the lane. */
function isAboutLane(error: AppError): boolean {
  const others = ["ticket_changed", "lease_lost", "smtp_deferred", "dkim_dns", "provider_unasked"];
  return !isOfDatabase(error) && !others.includes(error.code);
}

/** Only what the job is of stops, in front of a person, and goes on once the answer can be read. */
async function waitForReadable(
  { store, desk, clock, log }: RunnerDeps,
  job: Job,
  error: UnreadableError,
): Promise<void> {
  const { code, message, mend, raw } = error;
  const at = clock.now() + UNREADABLE_WAIT_MS;
  log.warn({ job: job.id, code, mend }, `an answer cannot be read: ${message}`);
  await store.write(async (tx) => {
    await giveBack(tx, job, { next: "retry", at, error: code });
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    if (ticket !== undefined) {
      const told = {
        occasion: `unreadable/${job.id}`,
        values: [error.inWords(desk.shop.locale)],
        raw,
      };
      return showAnswer(tx, desk, ticket, { ...told, reason: "answer_unreadable" });
    }
    await showListAnswer(tx, desk, job.payload["provider"] ?? job.kind, error);
  });
}

async function park(deps: RunnerDeps, job: Job, error: unknown): Promise<void> {
  const failure = error instanceof AppError ? error : new PermanentError("unexpected");
  const { code, message, mend } = failure;
  deps.log.error({ job: job.id, code, mend }, `job is parked: ${message}`);
  await deps.store.write(async (tx) => {
    await giveBack(tx, job, { next: "park", error: code });
    if (job.kind === "process_message") {
      await tx.messages.markQuarantined(job.payload["messagePk"] ?? "", code);
      return;
    }
    if (job.kind === "send_mail" && (await isToStaff(tx, deps.desk, job))) return;
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    await tellStaff(tx, deps.desk, ticket ?? null, `parked/${job.id}`, "job_parked", [
      job.kind,
      `${code}: ${failure.inWords(deps.desk.shop.locale)}`,
    ]);
  });
}

async function tellIfLate(tx: WriteTx, desk: Desk, job: Job, error: AppError): Promise<void> {
  if (!["prepare_refund", "call_refund", "call_void"].includes(job.kind)) return;
  const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
  if (ticket !== undefined) {
    await tellLateRefund(tx, desk, ticket, error.inWords(desk.shop.locale));
  }
}

/** A mail to staff about a mail to staff that cannot be sent would not be sent either. */
async function isToStaff(tx: WriteTx, desk: Desk, job: Job): Promise<boolean> {
  const mail = await tx.mails.find(job.payload["mailId"] ?? "");
  return mail === undefined || desk.shop.staff.includes(mail.to);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
