// How an IMAP session waits: for mail, for its turn, and before it troubles the server again.

import type { ImapFlow } from "imapflow";
import { TransientError } from "../domain/errors.ts";

/** RFC 2177 allows 29 minutes, but routers forget silent connections sooner. */
export const IDLE_MS = 4 * 60_000;

/** Ends when something arrives, the connection is lost, the time is over or the signal aborts. */
export function idle(
  client: ImapFlow,
  ms: number,
  signal: AbortSignal,
  sleepers: Set<() => void>,
): Promise<void> {
  // Ends only with the next command or the connection, so it is not waited for. Where it fails, the
  // timer remains; where the server has none, too: imapflow would send NOOP in its place, at which
  // some servers hang up, and the next look is a command anyway.
  if (client.capabilities.has("IDLE") || client.capabilities.has("IMAP4rev2")) {
    client.idle().catch(() => undefined);
  }
  return rest(ms, signal, sleepers);
}

export async function rest(ms: number, signal: AbortSignal, sleepers = new Set<() => void>()) {
  let rise: () => void = () => undefined;
  const risen = new Promise<void>((resolve) => {
    rise = resolve;
  });
  const timer = setTimeout(rise, ms);
  sleepers.add(rise);
  signal.addEventListener("abort", rise, { once: true });
  if (signal.aborted) rise();
  await risen;
  clearTimeout(timer);
  sleepers.delete(rise);
  signal.removeEventListener("abort", rise);
}

/** Ours, because imapflow lets a command on a dead connection wait for minutes. */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let stop: (reason: Error) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = reject;
  });
  const abort = () => stop(new TransientError("imap_aborted"));
  const late = () => stop(new TransientError("imap_timeout"));
  const timer = setTimeout(late, ms);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([stopped, work()]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** So that no two pieces of work meet on one connection, where one would read the other's mailbox. */
export function createTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * One lost connection is made anew at once. A server that ends every connection would then see a
 * login for each, and many lock such a user out: each further one waits twice as long.
 */
export function countLosses() {
  let count = 0;
  let isNew = false;
  return {
    add() {
      count += 1;
      isNew = true;
    },
    /** How long to wait before the next connection. */
    take(): number {
      if (!isNew) count = 0;
      isNew = false;
      return count > 1 ? 1_000 * 2 ** count : 0;
    },
  };
}
