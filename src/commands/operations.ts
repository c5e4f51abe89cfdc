// The stop switch and the audit trail.

import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { openExistingStore, STORE_SETTINGS } from "../open-store.ts";
import { parseHead, type QuotedHead } from "../store/events.ts";
import type { WriteTx } from "../store-port.ts";
import { STOP_SWITCH } from "../ticket/desk.ts";
import { findPause, PAUSE_SWITCH } from "../ticket/guard-rails.ts";
import { pauseWords } from "../ticket/paused-start.ts";
import { type CommandContext, EXIT, operator, type Run, readArgs } from "./command.ts";

/** The step tells what it did, in words. */
async function withSwitches(
  context: CommandContext,
  step: (tx: WriteTx) => Promise<string>,
): Promise<number> {
  const config = loadConfig(STORE_SETTINGS, context.env, context.directory);
  const store = await openExistingStore(config, context.directory);
  try {
    context.print(await store.write(step));
  } finally {
    await store.close();
  }
  return EXIT.done;
}

async function record(tx: WriteTx, type: string, data: Record<string, string>): Promise<void> {
  const at = systemClock.now();
  await tx.events.append({ ticketId: null, type, actor: operator(), at, data });
}

async function setStop(tx: WriteTx): Promise<string> {
  await tx.switches.set(STOP_SWITCH, "on");
  await record(tx, "stopped", {});
  return "Stopped: no refund and no void is made until `henkin resume`. Everything else goes on.";
}

async function liftStop(tx: WriteTx): Promise<string> {
  const pause = await findPause(tx);
  if (pause !== null) throw new PermanentError("paused_start", { why: pauseWords(pause, "en") });
  await tx.switches.set(STOP_SWITCH, "off");
  await record(tx, "resumed", {});
  return goOn(tx);
}

/** Lifts no stop: whoever gave it may have had a reason that no copy knows. */
async function endPause(tx: WriteTx): Promise<string> {
  const pause = await findPause(tx);
  if (pause !== null) {
    await tx.switches.set(PAUSE_SWITCH, "off");
    await record(tx, "resumed", { pause });
  }
  const isStopped = (await tx.switches.find(STOP_SWITCH)) === "on";
  const ended = pause === null ? "No start was paused." : "The paused start is over.";
  if (!isStopped) return `${ended} ${await goOn(tx)}`;
  return `${ended} Still on is the stop switch (\`henkin stop\`): nothing is paid until a plain \`henkin resume\`.`;
}

async function goOn(tx: WriteTx): Promise<string> {
  for (const kind of ["prepare_refund", "call_refund", "call_void"] as const) {
    await tx.jobs.hasten(kind, systemClock.now());
  }
  return "Resumed: approved refunds are carried out again.";
}

export const stop: Run = (args, context) => {
  readArgs(args, {}, { least: 0, most: 0 });
  return withSwitches(context, setStop);
};

export const resume: Run = (args, context) => {
  const options = { "i-am-the-only-one": { type: "boolean" } } as const;
  const { values } = readArgs(args, options, { least: 0, most: 0 });
  const isOnlyOne = values["i-am-the-only-one"] === true;
  return withSwitches(context, isOnlyOne ? endPause : liftStop);
};

/** The head as the last line of a summary prints it, which nobody with the database can change. */
function quotedHeads(text: string | undefined): QuotedHead[] {
  if (text === undefined) return [];
  const head = parseHead(text);
  if (head === null) {
    throw new UsageError("bad_head", { text });
  }
  return [{ ...head, by: "--head" }];
}

export const audit: Run = async (args, { env, directory, print }) => {
  const { values, positionals } = readArgs(
    args,
    { json: { type: "boolean" }, head: { type: "string" } },
    { least: 1, most: 1 },
  );
  if (positionals[0] !== "verify") throw new UsageError("bad_audit_verb");
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
};
