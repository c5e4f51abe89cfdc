// Puts mails that were fetched and read into the store, in one commit: their raw bytes, where they lie, and
// what they mean; or else the jobs that will understand them.

import { maskCardNumbers } from "../domain/card-numbers.ts";
import { AppError, isOfDatabase, StorageError, TransientError } from "../domain/errors.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { Clock, FetchedMessage, Inbox, Log, MailReader } from "../ports.ts";
import type { Store, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { needsNoSignature } from "./process-message.ts";
import { understand } from "./understand.ts";

const KIND = "process_message";

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

/**
 * Which of them to store is said in the transaction, which also holds what is written there; returns how many
 * were new.
 */
export async function storeMails(
  store: Store,
  deps: StoringDeps,
  choose: (tx: WriteTx) => Promise<readonly Readable[]>,
): Promise<number> {
  try {
    return await store.write(async (tx) => storeAll(tx, deps, await choose(tx), true));
  } catch (error) {
    // It would refuse a second time, too. What else may pass by itself is one mail's, and stops no others.
    if (error instanceof StorageError || isOfDatabase(error)) throw error;
    // One of them fails when it is understood. Each for itself then: it alone is put aside in the end.
    return store.write(async (tx) => storeAll(tx, deps, await choose(tx), false));
  }
}

async function storeAll(
  tx: WriteTx,
  deps: StoringDeps,
  mails: readonly Readable[],
  mayUnderstand: boolean,
): Promise<number> {
  let stored = 0;
  // Mails are understood in the order they came: once one waits, those behind it wait, too.
  let isFree = mayUnderstand && !(await tx.jobs.isDue("local", KIND, deps.clock.now()));
  for (const read of mails) {
    const pk = keyOf(deps.desk, read);
    if (!(await insertRaw(tx, deps, pk, read))) continue;
    stored += 1;
    const { fetched, reading, problem } = read;
    if (reading === null || problem !== null) {
      await putAside(tx, deps, pk, fetched.size, problem ?? "unreadable_message");
      continue;
    }
    isFree &&= needsNoSignature(deps.desk, reading);
    if (!isFree) await queueToUnderstand(tx, pk, fetched.raw.byteLength, deps.clock.now());
    else {
      const { receivedAt } = fetched;
      await understand(tx, deps.desk, { ...reading, pk, receivedAt, signatures: [] });
    }
  }
  return stored;
}

/** Returns whether it was new. */
async function insertRaw(
  tx: WriteTx,
  { inbox }: StoringDeps,
  pk: string,
  { fetched, reading, problem }: Readable,
): Promise<boolean> {
  const isNew = await tx.messages.insert({
    pk,
    messageId: reading?.message.messageId ?? null,
    fromAddress: reading?.message.from[0]?.address ?? "",
    subject: maskCardNumbers(reading?.message.subject ?? ""),
    receivedAt: fetched.receivedAt,
    size: fetched.size,
    raw: fetched.raw,
    truncated: fetched.truncated,
    quarantineReason: problem,
  });
  await tx.messages.insertLocation(inbox.mailbox, fetched.location, pk);
  return isNew;
}

async function queueToUnderstand(
  tx: WriteTx,
  pk: string,
  size: number,
  dueAt: number,
): Promise<void> {
  await tx.jobs.add({
    id: `${KIND}/${pk}`,
    kind: KIND,
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
