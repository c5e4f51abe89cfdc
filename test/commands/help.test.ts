// The command line explains itself: what --help says is held against what the commands take, and
// against README.

import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { explanation, overview, usageOf } from "../../src/commands/help.ts";
import { COMMANDS, GROUPS } from "../../src/commands/manual.ts";
import { nearest } from "../../src/commands/nearest.ts";
import { PLAIN_SCREEN } from "../../src/commands/screen.ts";
import { textWidth } from "../../src/commands/text-width.ts";
import { AppError, UsageError } from "../../src/domain/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const known = COMMANDS.map(({ name }) => name);

class Accepted extends Error {}

/** Reading any setting comes after the arguments; the demo has none, and prints. */
const context = {
  env: new Proxy({}, { get: accept }),
  directory: join(tmpdir(), "henkin-no-such-folder"),
  print: accept,
  stop: new AbortController().signal,
};

function accept(): never {
  throw new Accepted();
}

/** As a shell would split it. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.split(/ +(?:#|2>>?|>)/);
  return Array.from(
    command.matchAll(/"([^"]*)"|(\S+)/g),
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
}

function examplesIn(text: string): string[] {
  const lines = text.split("\n");
  const from = lines.indexOf("Examples");
  return lines
    .slice(from + 1)
    .filter((line) => line.startsWith("  henkin "))
    .map((line) => line.trim());
}

describe("the list of commands", () => {
  const text = overview(GROUPS, PLAIN_SCREEN);
  const listed = Array.from(text.matchAll(/^ {2}(?!henkin)(\w+) {2,}(\S.*)$/gm));

  it("has every command once, and no other", () => {
    expect(known.length).toBeGreaterThan(15);
    expect(listed.map(([, name]) => name).sort()).toEqual([...known].sort());
    expect(new Set(known).size).toBe(known.length);
  });

  it("has every command of README's table, and no other", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const section = readme.slice(readme.indexOf("## Commands"), readme.indexOf("| Exit code"));
    const rows = Array.from(section.matchAll(/^\| `(henkin (\w+)[^`]*)` \|/gm));
    expect(rows.map(([, , name]) => name).sort()).toEqual([...known].sort());
    for (const [, usage, name] of rows) {
      const command = COMMANDS.find((one) => one.name === name);
      expect(usage?.replaceAll("\\|", "|")).toBe(command && usageOf(command));
    }
  });

  it("puts every command into a group", () => {
    const titles = Array.from(text.matchAll(/^([A-Z][\w ]*)$/gm), ([, title]) => title);
    expect(titles).toEqual([
      "Try it",
      "Watch",
      "Decide",
      "Operate",
      "Run many shops",
      "Answer for personal data",
      "Examples",
    ]);
  });

  it("takes one line of a terminal for each", () => {
    for (const line of text.split("\n")) expect(textWidth(line), line).toBeLessThanOrEqual(100);
  });

  it("has examples that are commands", async () => {
    const examples = examplesIn(text);
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) await expectAccepted(example);
  });
});

async function expectAccepted(example: string): Promise<void> {
  const [program, name, ...args] = wordsOf(example);
  expect(program).toBe("henkin");
  const command = COMMANDS.find((one) => one.name === name);
  const failure = await Promise.resolve(command?.run(args, context)).catch((error) => error);
  // What stands in a folder that is not there is looked for without a setting.
  const isOfArguments = failure instanceof UsageError;
  const isAccepted = failure instanceof Accepted || failure instanceof AppError;
  expect(isOfArguments || !isAccepted ? failure : null, example).toBeNull();
}

describe.each(COMMANDS.map((command) => ({ name: command.name, command })))(
  "henkin $name --help",
  ({ name, command }) => {
    const text = explanation(command, PLAIN_SCREEN);
    const optionsIn = (line: string) => line.match(/--[a-z][a-z-]*/g) ?? [];

    it("begins with the usage, then says what it does", () => {
      const [usage, blank, summary] = text.split("\n");
      expect(usage).toBe(`Usage: henkin ${`${name} ${command.usage}`.trim()}`);
      expect(blank).toBe("");
      expect(summary).toMatch(/^\S.*\.$/);
    });

    it("explains every option of the usage", () => {
      const explained = Object.keys(command.options ?? {}).flatMap(optionsIn);
      expect(explained).toEqual(expect.arrayContaining(optionsIn(command.usage)));
      for (const words of Object.values(command.options ?? {})) expect(words).not.toBe("");
    });

    it("explains no option that it does not take", async () => {
      for (const option of Object.keys(command.options ?? {}).flatMap(optionsIn)) {
        const run = async () => command.run([option, "1", "1"], context);
        const error = await run().catch((thrown) => thrown);
        expect(String(error)).not.toContain(`There is no option ${option}`);
      }
    });

    it("refuses an option that it does not have", async () => {
      const run = async () => command.run(["--no-such-option"], context);
      await expect(run()).rejects.toThrow(
        new UsageError("bad_option", { why: "There is no option --no-such-option." }),
      );
    });

    it("shows examples that it would take", async () => {
      const examples = examplesIn(text);
      expect(examples.length).toBeGreaterThan(0);
      expect(examples).toHaveLength(command.examples?.length ?? 0);
      for (const example of examples) {
        expect(wordsOf(example)[1]).toBe(name);
        await expectAccepted(example);
      }
    });

    it("shows every option in an example or in words", () => {
      for (const option of optionsIn(command.usage))
        expect(text.split(option).length).toBeGreaterThan(2);
    });
  },
);

describe("a mistyped command", () => {
  it.each([
    ["tikcets", "tickets"],
    ["ticktes", "tickets"],
    ["aprove", "approve"],
    ["aprrove", "approve"],
    ["quar", "quarantine"],
    ["Doctor", "doctor"],
    ["sumary", "summary"],
  ])("%s was meant to be %s", (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant);
  });

  it.each(["refund", "x", "", "constructor", "pay"])("%j is near nothing", (typed) => {
    expect(nearest(typed, known)).toBeNull();
  });
});
