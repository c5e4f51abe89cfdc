import { createLocalTime } from "../local-time.ts";
// Messages that were put aside because they could not be read: another try, or nothing more to do.

import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { mendOf } from "../domain/error-table.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { openExistingStore, STORE_SETTINGS } from "../open-store.ts";
import type { LocalTime } from "../ports.ts";
import type { MessageRecord, WriteTx } from "../store-port.ts";
import { EXIT, operator, type Run, readArgs } from "./command.ts";
import { PLAIN_SCREEN, type Screen } from "./screen.ts";
import { table } from "./table.ts";

/** Long enough to be told apart, short enough to type. */
const ID_LENGTH = 12;

/** The digest in the key, without what names its kind. */
function digestOf({ pk }: MessageRecord): string {
  return pk.slice(pk.indexOf(":") + 1);
}

function findByPrefix(messages: readonly MessageRecord[], id: string): MessageRecord {
  const [found, second] = messages.filter((message) => digestOf(message).startsWith(id));
  if (found === undefined) {
    throw new PermanentError("no_message", { id });
  }
  if (second !== undefined) throw new UsageError("quarantine_id_ambiguous", { id });
  return found;
}

async function retry(tx: WriteTx, id: string): Promise<MessageRecord> {
  const message = findByPrefix(await tx.messages.listQuarantined(), id);
  if (message.truncated) {
    throw new PermanentError("message_cut");
  }
  await tx.messages.markNew(message.pk);
  await tx.jobs.arm({
    id: `process_message/${message.pk}`,
    kind: "process_message",
    lane: "local",
    ticketId: null,
    payload: { messagePk: message.pk, size: String(message.size) },
    dueAt: systemClock.now(),
  });
  await noteAbout(tx, message, "message_retried");
  return message;
}

/** A person has seen to it in the mailbox; from now on it is a mail that concerns no refund. */
async function drop(tx: WriteTx, id: string): Promise<MessageRecord> {
  const message = findByPrefix(await tx.messages.listQuarantined(), id);
  const { pk, ticketId } = message;
  await tx.messages.markProcessed(pk, { kind: "other", ticketId, reason: "dropped" });
  await noteAbout(tx, message, "message_dropped");
  return message;
}

function noteAbout(tx: WriteTx, { pk }: MessageRecord, type: string) {
  const data = { message: pk };
  return tx.events.append({ ticketId: null, type, actor: operator(), at: systemClock.now(), data });
}

const VERBS = {
  retry: { act: retry, done: "the worker reads it again" },
  drop: { act: drop, done: "dealt with; its stored copy is erased after 7 days" },
} as const;

function isVerb(text: string | undefined): text is keyof typeof VERBS {
  return text !== undefined && Object.hasOwn(VERBS, text);
}

function describe(message: MessageRecord) {
  const { fromAddress, subject, reason, size, receivedAt } = message;
  const at = new Date(receivedAt).toISOString();
  return {
    id: digestOf(message).slice(0, ID_LENGTH),
    at,
    from: fromAddress,
    subject,
    size,
    reason,
  };
}

const HEADER = ["Id", "Received", "Reason", "Bytes", "From", "Subject"];

function listOf(
  messages: readonly ReturnType<typeof describe>[],
  localTime: LocalTime,
  screen: Screen,
): string[] {
  if (messages.length === 0) return ["Nothing is in quarantine."];
  const rows = messages.map(({ id, at, reason, size, from, subject }) => {
    const receivedAt = localTime.formatDateTime(Date.parse(at));
    return [id, receivedAt, reason ?? "", String(size), from, subject];
  });
  const reasons = new Set(messages.map(({ reason }) => reason ?? ""));
  const mends = [...reasons].flatMap((reason) => {
    const mend = mendOf(reason);
    return mend === null ? [] : [`${reason}: ${mend}`];
  });
  return [
    ...table(rows, { screen, header: HEADER, right: [HEADER.indexOf("Bytes")] }),
    "",
    ...mends,
  ];
}

export const quarantine: Run = async (args, { env, directory, print, screen = PLAIN_SCREEN }) => {
  const { values, positionals } = readArgs(
    args,
    { json: { type: "boolean" } },
    { least: 0, most: 2 },
  );
  const [verb, id] = positionals;
  const isAsked = isVerb(verb) && id !== undefined && /^[0-9a-f]{6,64}$/.test(id);
  if (verb !== undefined && !isAsked) throw new UsageError("bad_quarantine_verb");
  const config = loadConfig(STORE_SETTINGS, env, directory);
  const store = await openExistingStore(config, directory);
  try {
    if (isVerb(verb) && id !== undefined) {
      const { act, done } = VERBS[verb];
      const message = describe(await store.write((tx) => act(tx, id)));
      print(values.json ? JSON.stringify(message) : `${message.id}: ${done}`);
      return EXIT.done;
    }
    const messages = await store.read((tx) => tx.messages.listQuarantined());
    const described = messages.map(describe);
    const lines = values.json
      ? described.map((message) => JSON.stringify(message))
      : listOf(described, createLocalTime(config.TIMEZONE), screen);
    for (const line of lines) print(line);
    return EXIT.done;
  } finally {
    await store.close();
  }
};
