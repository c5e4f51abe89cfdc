// The stop switch and the audit trail.

import { openExistingStore, STORE_SETTINGS } from "../app.ts";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { parseHead, type QuotedHead } from "../store/events.ts";
import { STOP_SWITCH } from "../ticket/desk.ts";
import { findPause, PAUSE_SWITCH } from "../ticket/guard-rails.ts";
import { pauseWords } from "../ticket/paused-start.ts";
import { type Command, type CommandContext, EXIT, operator, readArgs } from "./command.ts";

const BEFORE_RESUME =
  "Before it pays again: (1) no other henkin may run with a copy of this data; stop the one it was " +
  "copied from, for good. (2) After a restored backup compare `henkin tickets` with the refunds in " +
  "the provider's dashboard. Then run `henkin resume --i-am-the-only-one`.";

async function setStop(
  context: CommandContext,
  value: "on" | "off",
  isOnlyOne = false,
): Promise<number> {
  const config = loadConfig(STORE_SETTINGS, context.env, context.directory);
  const store = await openExistingStore(config, context.directory);
  try {
    await store.write(async (tx) => {
      const pause = value === "on" ? null : await findPause(tx);
      if (pause !== null && !isOnlyOne) {
        const message = `henkin has started without paying: ${pauseWords(pause, "en")}.`;
        throw new PermanentError("paused_start", `${message}\n${BEFORE_RESUME}`);
      }
      if (pause !== null) await tx.switches.set(PAUSE_SWITCH, "off");
      await tx.switches.set(STOP_SWITCH, value);
      await tx.events.append({
        ticketId: null,
        type: value === "on" ? "stopped" : "resumed",
        actor: operator(),
        at: systemClock.now(),
        data: pause === null ? {} : { pause },
      });
      if (value === "on") return;
      for (const kind of ["prepare_refund", "call_refund", "call_void"] as const) {
        await tx.jobs.hasten(kind, systemClock.now());
      }
    });
  } finally {
    await store.close();
  }
  context.print(
    value === "on"
      ? "Stopped: no refund and no void is made until `henkin resume`. Everything else goes on."
      : "Resumed: approved refunds are carried out again.",
  );
  return EXIT.done;
}

export const stop: Command = {
  name: "stop",
  usage: "",
  summary: "block every refund and void; nothing else",
  run: (args, context) => {
    readArgs(args, {}, { least: 0, most: 0 });
    return setStop(context, "on");
  },
};

export const resume: Command = {
  name: "resume",
  usage: "[--i-am-the-only-one]",
  summary: "let refunds go on; the option after a start that may be of a copy",
  run: (args, context) => {
    const options = { "i-am-the-only-one": { type: "boolean" } } as const;
    const { values } = readArgs(args, options, { least: 0, most: 0 });
    return setStop(context, "off", values["i-am-the-only-one"] === true);
  },
};

/** The head as the last line of a summary prints it, which nobody with the database can change. */
function quotedHeads(text: string | undefined): QuotedHead[] {
  if (text === undefined) return [];
  const head = parseHead(text);
  if (head === null) {
    throw new UsageError(
      `--head is the checksum of a summary, number and 64 digits: "120 3f9a…", not "${text}".`,
    );
  }
  return [{ ...head, by: "--head" }];
}

export const audit: Command = {
  name: "audit",
  usage: 'verify [--head "N HASH"]',
  summary: "recompute the hash chain of the audit trail; --head: as a summary quotes it",
  async run(args, { env, directory, print }) {
    const { values, positionals } = readArgs(
      args,
      { json: { type: "boolean" }, head: { type: "string" } },
      { least: 1, most: 1 },
    );
    if (positionals[0] !== "verify") throw new UsageError(`audit knows only "verify".`);
    const quoted = quotedHeads(values.head);
    const store = await openExistingStore(loadConfig(STORE_SETTINGS, env, directory), directory);
    try {
      const { rows, head, problem } = await store.verifyAudit(quoted);
      if (values.json) print(JSON.stringify({ ok: problem === null, events: rows, head, problem }));
      else if (problem === null) print(`The audit trail holds: ${rows} events, head ${head}`);
      else print(`The audit trail is broken: ${problem} (${rows} events before it hold)`);
      return problem === null ? EXIT.done : EXIT.failed;
    } finally {
      await store.close();
    }
  },
};
