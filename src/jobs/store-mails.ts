// Puts mails that were fetched and read into the store, in one commit: their raw bytes, where they lie, and
// the jobs that will understand them.

import { maskCardNumbers } from "../domain/card-numbers.ts";
import { AppError, TransientError } from "../domain/errors.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { Clock, FetchedMessage, Inbox, Log, MailReader } from "../ports.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";

export interface StoringDeps {
  readonly inbox: Inbox;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Readable {
  readonly fetched: FetchedMessage;
  readonly reading: MailReading | null;
  readonly problem: string | null;
}

/** Throws TransientError where no mail can be read at the moment. */
export async function readOne(reader: MailReader, fetched: FetchedMessage): Promise<Readable> {
  try {
    const reading = await reader.read(fetched.raw);
    return { fetched, reading, problem: fetched.truncated ? "too_large" : null };
  } catch (error) {
    // A message that cannot be read must not stop the mailbox: it is kept and put aside.
    // An outage of the reader is no mail's fault.
    if (error instanceof TransientError) throw error;
    const problem = error instanceof AppError ? error.code : "unreadable_message";
    return { fetched, reading: null, problem };
  }
}

/** What the database calls this mail. */
export function keyOf({ signer }: Desk, { reading, fetched }: Readable): string {
  return reading?.message.identity ?? `raw:${signer.digest(fetched.raw)}`;
}

/** Returns how many were new. */
export async function storeMails(
  tx: WriteTx,
  deps: StoringDeps,
  mails: readonly Readable[],
): Promise<number> {
  let stored = 0;
  for (const read of mails) {
    const { fetched, problem } = read;
    const message = read.reading?.message;
    const pk = keyOf(deps.desk, read);
    const isNew = await tx.messages.insert({
      pk,
      messageId: message?.messageId ?? null,
      fromAddress: message?.from[0]?.address ?? "",
      subject: maskCardNumbers(message?.subject ?? ""),
      receivedAt: fetched.receivedAt,
      size: fetched.size,
      raw: fetched.raw,
      truncated: fetched.truncated,
      quarantineReason: problem,
    });
    await tx.messages.insertLocation(deps.inbox.mailbox, fetched.location, pk);
    if (!isNew) continue;
    stored += 1;
    if (problem === null) await queueToUnderstand(tx, pk, fetched.raw.byteLength, deps.clock.now());
    else await putAside(tx, deps, pk, fetched.size, problem);
  }
  return stored;
}

async function queueToUnderstand(
  tx: WriteTx,
  pk: string,
  size: number,
  dueAt: number,
): Promise<void> {
  await tx.jobs.add({
    id: `process_message/${pk}`,
    kind: "process_message",
    lane: "local",
    ticketId: null,
    payload: { messagePk: pk, size: String(size) },
    dueAt,
  });
}

async function putAside(
  tx: WriteTx,
  { clock, log }: StoringDeps,
  pk: string,
  size: number,
  reason: string,
): Promise<void> {
  log.warn({ reason, size }, "a message was put into quarantine");
  await tx.events.append({
    ticketId: null,
    type: "message_quarantined",
    actor: "henkin",
    at: clock.now(),
    data: { message: pk, reason },
  });
}
