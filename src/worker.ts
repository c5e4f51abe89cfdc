// The long-running worker: one loop that reads the inbox, one dispatcher that runs the jobs.

import type { Dispatcher } from "./dispatch-port.ts";
import { AppError, StorageError, TransientError } from "./domain/errors.ts";
import type { ReadInTurn } from "./fleet-port.ts";
import type { LaneKeeper } from "./jobs/lanes.ts";
import { type FolderDeps, readFolders } from "./jobs/read-folders.ts";
import { type ReceiveDeps, receiveMail } from "./jobs/receive-mail.ts";
import type { Pulse } from "./ports.ts";

const INBOX_LANE = "inbox";
const FOLDER_LANE = "approval folder";
/** After a lost IDLE connection, so that a server that drops it at once is not hammered. */
const RECONNECT_MS = 1_000;
/**
 * SIGTERM lets the job in hand finish for this long. Then its call is given up, which leaves time to record
 * that its outcome is unknown: the worker has promised to end within 30 s.
 */
const GRACE_MS = 25_000;

export interface WorkerDeps extends ReceiveDeps, FolderDeps {
  readonly lanes: LaneKeeper;
  readonly dispatcher: Dispatcher;
  readonly pulse: Pulse;
  readonly pollMs: number;
  /** Null: nobody else reads this inbox. */
  readonly readInTurn: ReadInTurn | null;
}

/** Runs until `stop` aborts. Throws StorageError where nothing can be recorded any more. */
export async function runWorker(deps: WorkerDeps, stop: AbortSignal): Promise<void> {
  const halt = new AbortController();
  const stopping = AbortSignal.any([stop, halt.signal]);
  const kill = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const onStop = () => {
    grace = setTimeout(() => kill.abort(), GRACE_MS);
  };
  stopping.addEventListener("abort", onStop, { once: true });
  const either = async (loop: Promise<void>) => {
    try {
      await loop;
    } catch (error) {
      halt.abort();
      throw error;
    }
  };
  try {
    const loops = await Promise.allSettled([
      either(readOwnInbox(deps, stopping)),
      either(deps.dispatcher.run(stopping, kill.signal)),
    ]);
    const failed = loops.find((loop) => loop.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } finally {
    clearTimeout(grace);
  }
}

async function readOwnInbox(deps: WorkerDeps, stop: AbortSignal): Promise<void> {
  const { readInTurn, store } = deps;
  if (readInTurn === null) return readInbox(deps, stop);
  await readInTurn(async ({ lost, fence }) => {
    const ended = AbortSignal.any([stop, lost]);
    try {
      await readInbox({ ...deps, store: fence(store) }, ended);
    } catch (error) {
      if (!isOfAnother(error)) throw error;
    } finally {
      // Its next reader needs the connection that the host may allow him alone.
      await deps.inbox.hangUp?.();
    }
  }, stop);
}

/** Nothing has failed: somebody else reads the mailbox. */
const isOfAnother = (error: unknown) =>
  error instanceof TransientError && error.code === "mailbox_lost";

async function readInbox(deps: WorkerDeps, stop: AbortSignal): Promise<void> {
  const { clock, lanes, pulse } = deps;
  while (!stop.aborted) {
    try {
      await receiveMail(deps, stop);
      pulse.beat("inbox");
      await lanes.ok(INBOX_LANE);
    } catch (error) {
      if (stop.aborted) return;
      if (isOfAnother(error)) throw error;
      const retryAt = await lanes.failed(INBOX_LANE, asAppError(error));
      await clock.sleep(Math.max(0, retryAt - clock.now()), stop);
      continue;
    }
    await lookIntoFolders(deps, stop);
    await waitForMail(deps, stop);
  }
}

/** A folder that cannot be read must not keep the inbox waiting. */
async function lookIntoFolders(deps: WorkerDeps, stop: AbortSignal): Promise<void> {
  const { clock, lanes, folders } = deps;
  if (folders.length === 0 || lanes.waiting(clock.now()).has(FOLDER_LANE)) return;
  try {
    await readFolders(deps, stop);
    await lanes.ok(FOLDER_LANE);
  } catch (error) {
    if (stop.aborted) return;
    if (isOfAnother(error)) throw error;
    await lanes.failed(FOLDER_LANE, asAppError(error));
  }
}

/** Losing the connection while waiting is ordinary; the next reading tells whether it is more. */
async function waitForMail({ inbox, clock, log, pollMs }: WorkerDeps, stop: AbortSignal) {
  try {
    await inbox.wait(pollMs, stop);
  } catch (error) {
    if (stop.aborted) return;
    log.debug({ code: asAppError(error).code }, "the inbox connection was lost while waiting");
    await clock.sleep(RECONNECT_MS, stop);
  }
}

function asAppError(error: unknown): AppError {
  if (error instanceof StorageError) throw error;
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TransientError("inbox_unexpected", { why: message }, { cause: error });
}

/** Reads and works until nothing is due. Throws where the inbox cannot be read. */
export async function runOnce(deps: WorkerDeps, stop: AbortSignal): Promise<void> {
  const never = new AbortController().signal;
  for (;;) {
    const stored = (await receiveMail(deps, stop)) + (await readFolders(deps, stop));
    await deps.lanes.ok(INBOX_LANE);
    await deps.dispatcher.drain(stop, never);
    if (stored === 0 || stop.aborted) return;
  }
}
