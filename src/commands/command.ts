// What every command gets and gives. Results go to stdout, everything else to stderr.

import { userInfo } from "node:os";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "../domain/errors.ts";
import type { Environment } from "../environment.ts";
import { nearest } from "./nearest.ts";
import type { Screen } from "./screen.ts";

export const EXIT = { done: 0, failed: 1, usage: 2, badConfiguration: 78 } as const;

export interface CommandContext {
  readonly env: Environment;
  readonly directory: string;
  /** One line to stdout. */
  readonly print: (line: string) => void;
  /** What `print` writes to; absent: a file or a pipe. */
  readonly screen?: Screen;
  readonly stop: AbortSignal;
}

/** Returns the exit code. */
export type Run = (args: string[], context: CommandContext) => Promise<number>;

export interface Command {
  readonly name: string;
  /** "N [--amount A]" */
  readonly usage: string;
  /** One line, and no sentence: it stands in a list. */
  readonly summary: string;
  /** What its own --help says besides. */
  readonly details?: string;
  /** "--amount A" → what it does. */
  readonly options?: Readonly<Record<string, string>>;
  /** As they are typed; a comment may follow. */
  readonly examples?: readonly string[];
  /** It is about all shops at once, or about none: --shop says nothing to it. */
  readonly isOfAllShops?: boolean;
  readonly run: Run;
}

/** Commands that --help lists together. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** What does a command's work is loaded when it runs: who only describes itself starts at once. */
export function later(load: () => Promise<Run>): Run {
  return async (args, context) => (await load())(args, context);
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Parses a command's arguments; throws UsageError where they do not fit. */
export function readArgs<O extends Options>(
  args: string[],
  options: O,
  positionals: { readonly least: number; readonly most: number },
) {
  const parsed = parse(args, options);
  const count = parsed.positionals.length;
  if (count < positionals.least) throw new UsageError("argument_missing");
  if (count > positionals.most) {
    const argument = parsed.positionals[positionals.most] ?? "";
    throw new UsageError("argument_too_many", { argument });
  }
  return parsed;
}

function parse<O extends Options>(args: string[], options: O) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError("bad_option", { why: problemOf(error, Object.keys(options)) });
  }
}

function problemOf(error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '(--?[^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const near = nearest(unknown.replace(/^-+/, ""), known);
  return `There is no option ${unknown}.${near === null ? "" : ` Did you mean --${near}?`}`;
}

/** A day that there is, as YYYY-MM-DD; returns its noon in UTC, epoch ms. */
export function readDay(text: string): number {
  const noon = Date.parse(`${text}T12:00:00Z`);
  const isDay = !Number.isNaN(noon) && new Date(noon).toISOString().slice(0, 10) === text;
  if (!isDay) throw new UsageError("bad_date", { text });
  return noon;
}

/** "12" or "R-12" */
export function readTicketNumber(text: string | undefined): number {
  const match = /^(?:R-)?(\d{1,9})$/i.exec(text ?? "");
  if (match === null) throw new UsageError("bad_ticket_number", { text: text ?? "" });
  return Number(match[1]);
}

/** Recorded as the one who decided at the command line. */
export function operator(): string {
  return `cli:${userInfo().username}`;
}
