// Messages that were put aside because they could not be read, and another try at them.

import { openExistingStore, STORE_SETTINGS } from "../app.ts";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { mendOf } from "../domain/error-table.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import type { MessageRecord, WriteTx } from "../store-port.ts";
import { type Command, EXIT, operator, readArgs } from "./command.ts";

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
    payload: { messagePk: message.pk },
    dueAt: systemClock.now(),
  });
  await tx.events.append({
    ticketId: null,
    type: "message_retried",
    actor: operator(),
    at: systemClock.now(),
    data: { message: message.pk },
  });
  return message;
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

export const quarantine: Command = {
  name: "quarantine",
  usage: "[retry ID] [--json]",
  summary: "messages that could not be read; retry: read one again",
  async run(args, { env, directory, print }) {
    const { values, positionals } = readArgs(
      args,
      { json: { type: "boolean" } },
      { least: 0, most: 2 },
    );
    const [verb, id] = positionals;
    if (
      verb !== undefined &&
      (verb !== "retry" || id === undefined || !/^[0-9a-f]{6,64}$/.test(id))
    ) {
      throw new UsageError("bad_quarantine_verb");
    }
    const store = await openExistingStore(loadConfig(STORE_SETTINGS, env, directory), directory);
    try {
      if (id !== undefined) {
        const message = describe(await store.write((tx) => retry(tx, id)));
        print(values.json ? JSON.stringify(message) : `${message.id}: the worker reads it again`);
        return EXIT.done;
      }
      for (const each of await store.read((tx) => tx.messages.listQuarantined())) {
        const message = describe(each);
        const mend = mendOf(message.reason ?? "");
        print(
          values.json
            ? JSON.stringify(message)
            : `${message.id}  ${message.at.slice(0, 16)}  ${message.reason ?? ""}  ${message.size} bytes  ${message.from}  ${message.subject}`,
        );
        if (!values.json && mend !== null) print(`    → ${mend}`);
      }
      return EXIT.done;
    } finally {
      await store.close();
    }
  },
};
