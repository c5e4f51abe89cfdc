#!/usr/bin/env node
// The command line: which command, which exit code, and the signals that stop it.

import type { Command, CommandContext } from "./commands/command.ts";
import { EXIT } from "./commands/command.ts";
import { explanation, overview, usageOf } from "./commands/help.ts";
import { nearest } from "./commands/nearest.ts";
import { harmless, type Screen, screenOf } from "./commands/screen.ts";
import { type Environment, processEnvironment, readEnvironment } from "./config.ts";
import { AppError, ConfigError, UsageError } from "./domain/errors.ts";
import { redact } from "./redact.ts";
import { version } from "./version.ts";

/** Loaded only when asked for, so that a small command starts fast. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./commands/init.ts")).init,
  run: async () => (await import("./commands/run.ts")).run,
  demo: async () => (await import("./commands/demo.ts")).demo,
  service: async () => (await import("./commands/service.ts")).service,
  authorize: async () => (await import("./commands/authorize.ts")).authorize,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  parse: async () => (await import("./commands/parse.ts")).parse,
  decide: async () => (await import("./commands/decide.ts")).decide,
  preview: async () => (await import("./commands/preview.ts")).preview,
  tickets: async () => (await import("./commands/tickets.ts")).tickets,
  ticket: async () => (await import("./commands/ticket.ts")).ticket,
  approve: async () => (await import("./commands/decisions.ts")).approve,
  reject: async () => (await import("./commands/decisions.ts")).reject,
  received: async () => (await import("./commands/decisions.ts")).received,
  choose: async () => (await import("./commands/decisions.ts")).choose,
  done: async () => (await import("./commands/decisions.ts")).done,
  quarantine: async () => (await import("./commands/quarantine.ts")).quarantine,
  purge: async () => (await import("./commands/purge.ts")).purge,
  export: async () => (await import("./commands/person.ts")).exportPerson,
  forget: async () => (await import("./commands/person.ts")).forget,
  import: async () => (await import("./commands/import.ts")).importPayments,
  rehearse: async () => (await import("./commands/rehearse.ts")).rehearse,
  summary: async () => (await import("./commands/summary.ts")).summary,
  backup: async () => (await import("./commands/backup.ts")).backup,
  restore: async () => (await import("./commands/restore.ts")).restore,
  stop: async () => (await import("./commands/operations.ts")).stop,
  resume: async () => (await import("./commands/operations.ts")).resume,
  audit: async () => (await import("./commands/operations.ts")).audit,
};

const OUT = screenOf(process.stdout);
const ERR = screenOf(process.stderr);
const write = (line: string) => process.stdout.write(`${harmless(line, OUT)}\n`);
const complain = (line: string) => process.stderr.write(`${harmless(line, ERR)}\n`);

async function help(screen: Screen): Promise<string> {
  return overview(await Promise.all(Object.values(COMMANDS).map((load) => load())), screen);
}

/** Returns the exit code. */
async function main(args: readonly string[], stop: AbortSignal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    complain(await help(ERR));
    return EXIT.usage;
  }
  if (name === "--version" || name === "-v") return print(version());
  if (["--help", "-h", "help"].includes(name)) {
    const [about] = rest;
    return print(about === undefined ? await help(OUT) : explanation(await find(about), OUT));
  }
  const command = await find(name);
  if (rest.includes("--help") || rest.includes("-h")) return print(explanation(command, OUT));
  const directory = process.cwd();
  const context: CommandContext = {
    env: environmentOf(command, directory),
    directory,
    print: write,
    screen: OUT,
    stop,
  };
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const code = exitCodeOf(error);
    complain(`Usage: ${usageOf(command)}`);
    return code;
  }
}

/** The demo has settings of its own, and whoever makes a new .env is not bound by the old one. */
function environmentOf({ name }: Command, directory: string): Environment {
  if (name === "demo") return {};
  return name === "init" ? processEnvironment() : readEnvironment(directory);
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return load();
  const near = nearest(name, Object.keys(COMMANDS));
  const hint = near === null ? "" : `. Did you mean "${near}"?`;
  throw new UsageError("unknown_command", { what: `"${name}"${hint}` });
}

function print(text: string): number {
  write(text);
  return EXIT.done;
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) {
    complain(`henkin: ${redact(harmless(describe(error)))}`);
    return EXIT.failed;
  }
  const message = harmless(error.message);
  complain(error instanceof ConfigError ? message : `henkin: ${message}`);
  complain(`→ ${harmless(error.mend)}`);
  if (error instanceof ConfigError) return EXIT.badConfiguration;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Counted from the first signal: a worker has promised to end within 30 s, whatever hangs. What is cut off
 * then is repaired at the next start, as after a power cut. Any other command has not done its work.
 */
const END_MS = 29_000;
const args = process.argv.slice(2);
const isWorker = args[0] === "run";

function endWithoutWaiting(): void {
  complain("henkin: ended without waiting for what hangs");
  process.exit(isWorker ? EXIT.done : EXIT.failed);
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for the job in hand.
    if (stopping.signal.aborted) process.exit(EXIT.failed);
    stopping.abort();
    AbortSignal.timeout(END_MS).addEventListener("abort", endWithoutWaiting);
  });
}
// Whoever reads our output may stop early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(args, stopping.signal).catch(exitCodeOf);
