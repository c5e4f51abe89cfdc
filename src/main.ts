#!/usr/bin/env node
// The command line: which command, which exit code, and the signals that stop it.

import type { Command, CommandContext } from "./commands/command.ts";
import { EXIT } from "./commands/command.ts";
import { explanation, overview, usageOf } from "./commands/help.ts";
import { COMMANDS, GROUPS } from "./commands/manual.ts";
import { nearest } from "./commands/nearest.ts";
import { harmless, screenOf } from "./commands/screen.ts";
import { takeShopOption } from "./commands/shop-option.ts";
import { AppError, ConfigError, UsageError } from "./domain/errors.ts";
import {
  type Environment,
  hasEnvShop,
  processEnvironment,
  readEnvironment,
} from "./environment.ts";
import { redact } from "./redact.ts";
import { version } from "./version.ts";

const OUT = screenOf(process.stdout);
const ERR = screenOf(process.stderr);
const write = (line: string) => process.stdout.write(`${harmless(line, OUT)}\n`);
const complain = (line: string) => process.stderr.write(`${harmless(line, ERR)}\n`);

/** Returns the exit code. */
async function main(given: readonly string[], stop: AbortSignal): Promise<number> {
  const { shop, args } = takeShopOption(given);
  const [name, ...rest] = args;
  if (name === undefined) {
    complain(overview(GROUPS, ERR));
    return EXIT.usage;
  }
  if (name === "--version" || name === "-v") return print(version());
  if (["--help", "-h", "help"].includes(name)) {
    const [about] = rest;
    return print(about === undefined ? overview(GROUPS, OUT) : explanation(find(about), OUT));
  }
  const command = find(name);
  if (rest.includes("--help") || rest.includes("-h")) return print(explanation(command, OUT));
  const directory = process.cwd();
  try {
    const env = await environmentOf(command, directory, shop);
    const context: CommandContext = { env, directory, print: write, screen: OUT, stop };
    return await command.run(rest, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const code = exitCodeOf(error);
    complain(`Usage: ${usageOf(command)}`);
    return code;
  }
}

/** The demo has settings of its own, and whoever makes a new .env is not bound by the old one. */
async function environmentOf(
  { name, isOfAllShops = false }: Command,
  directory: string,
  shop: string | undefined,
): Promise<Environment> {
  if (isOfAllShops && shop !== undefined) throw new UsageError("shop_of_all");
  if (name === "demo") return {};
  const { HENKIN_SHOP, ...env } =
    name === "init" ? processEnvironment() : readEnvironment(directory);
  const asked = shop ?? (HENKIN_SHOP?.trim() || undefined);
  if (isOfAllShops || (asked === undefined && hasEnvShop(env))) return env;
  const { chooseShop } = await import("./commands/choose-shop.ts");
  return chooseShop(env, directory, asked);
}

function find(name: string): Command {
  const command = COMMANDS.find((one) => one.name === name);
  if (command !== undefined) return command;
  const near = nearest(
    name,
    COMMANDS.map((one) => one.name),
  );
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
