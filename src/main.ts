#!/usr/bin/env node
// The command line: which command, which exit code, and the signals that stop it.

import { readFileSync } from "node:fs";
import type { Command, CommandContext } from "./commands/command.ts";
import { EXIT } from "./commands/command.ts";
import { readEnvironment } from "./config.ts";
import { AppError, ConfigError, UsageError } from "./domain/errors.ts";

/** Loaded only when asked for, so that a small command starts fast. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).run,
  demo: async () => (await import("./commands/demo.ts")).demo,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  parse: async () => (await import("./commands/parse.ts")).parse,
  decide: async () => (await import("./commands/decide.ts")).decide,
  tickets: async () => (await import("./commands/tickets.ts")).tickets,
  ticket: async () => (await import("./commands/tickets.ts")).ticket,
  approve: async () => (await import("./commands/decisions.ts")).approve,
  reject: async () => (await import("./commands/decisions.ts")).reject,
  received: async () => (await import("./commands/decisions.ts")).received,
  choose: async () => (await import("./commands/decisions.ts")).choose,
  done: async () => (await import("./commands/decisions.ts")).done,
  quarantine: async () => (await import("./commands/quarantine.ts")).quarantine,
  import: async () => (await import("./commands/import.ts")).importPayments,
  summary: async () => (await import("./commands/summary.ts")).summary,
  stop: async () => (await import("./commands/operations.ts")).stop,
  resume: async () => (await import("./commands/operations.ts")).resume,
  audit: async () => (await import("./commands/operations.ts")).audit,
};

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function help(): Promise<string> {
  const lines = [
    "henkin — a refund desk that asks before it pays",
    "",
    "Usage: henkin <command>",
    "",
  ];
  for (const load of Object.values(COMMANDS)) {
    const { name, usage, summary } = await load();
    lines.push(`  ${`${name} ${usage}`.trimEnd()}`, `      ${summary}`);
  }
  lines.push(
    "",
    "Settings come from the environment and from .env in the working directory; .env.example",
    "explains each. Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong settings.",
  );
  return lines.join("\n");
}

const write = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

/** Returns the exit code. */
async function main(args: readonly string[], stop: AbortSignal): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") return print(version());
  if (name === "--help" || name === "-h" || name === "help") return print(await help());
  const load = name === undefined ? undefined : COMMANDS[name];
  if (load === undefined) {
    complain(name === undefined ? await help() : `henkin: unknown command "${name}" (see --help)`);
    return EXIT.usage;
  }
  const command = await load();
  if (rest.includes("--help") || rest.includes("-h")) {
    const { name, usage, summary, details } = command;
    const end = details === undefined ? "" : `\n\n${details}`;
    return print(`Usage: henkin ${`${name} ${usage}`.trimEnd()}\n\n${summary}${end}`);
  }
  const directory = process.cwd();
  const context: CommandContext = {
    env: command.name === "demo" ? {} : readEnvironment(directory),
    directory,
    print: write,
    stop,
  };
  return command.run(rest, context);
}

function print(text: string): number {
  write(text);
  return EXIT.done;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) {
    complain("henkin cannot start; these settings need attention:");
    for (const problem of error.problems) complain(`  ${problem}`);
    return EXIT.badConfiguration;
  }
  if (error instanceof UsageError) {
    complain(`henkin: ${error.message}`);
    return EXIT.usage;
  }
  complain(`henkin: ${error instanceof AppError ? error.message : describe(error)}`);
  return EXIT.failed;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stopping.abort());
}
process.exitCode = await main(process.argv.slice(2), stopping.signal).catch(exitCodeOf);
