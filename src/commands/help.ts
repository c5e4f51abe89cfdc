// What --help says: all commands in groups, or one with its options and examples.

import type { Command, CommandGroup } from "./command.ts";
import type { Screen } from "./screen.ts";
import { table } from "./table.ts";

const EXAMPLES = [
  "henkin demo                         # the whole job on sample mails, without settings",
  "henkin init                         # asks for the settings, and tries them",
  "henkin doctor                       # does all it needs work?",
  "henkin run                          # the worker",
  "henkin tickets --status awaiting_approval",
  "henkin ticket 12                    # what happened, and what is awaited from whom",
];

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

export function overview(groups: readonly CommandGroup[], screen: Screen): string {
  const names = groups.flatMap(({ commands }) => commands.map(({ name }) => name));
  const longest = Math.max(...names.map((name) => name.length));
  const sections = groups.flatMap(({ title, commands }) => [
    screen.paint("heading", title),
    ...commands.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`),
    "",
  ]);
  return [
    "henkin — a refund desk that asks before it pays",
    "",
    "Usage: henkin <command> [arguments]",
    "       henkin <command> --help    its options, with examples",
    "",
    ...sections,
    screen.paint("heading", "Examples"),
    ...indented(EXAMPLES),
    "",
    "Settings come from the environment and from .env in the working directory; .env.example",
    "explains each. Of many shops, --shop ID says which one a command is about.",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong settings.",
  ].join("\n");
}

export function usageOf({ name, usage }: Pick<Command, "name" | "usage">): string {
  return `henkin ${name} ${usage}`.trimEnd();
}

export function explanation(command: Command, screen: Screen): string {
  const { summary, details, options = {}, examples = [] } = command;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", screen.paint("heading", title), ...indented(lines)];
  return [
    `Usage: ${usageOf(command)}`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(details === undefined ? [] : ["", details]),
    ...section("Options", table(Object.entries(options).flatMap(optionRows))),
    ...section("Examples", examples),
  ].join("\n");
}

const OPTION_COLUMNS = 56;

/** What an option does, in lines that fit a terminal beside its name. */
function optionRows([option, does]: readonly [string, string]): [string, string][] {
  const lines: string[] = [];
  for (const word of does.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= OPTION_COLUMNS) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, nth) => [nth === 0 ? option : "", line]);
}
