// README.md and .env.example, held against the code they describe.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { EXIT } from "../src/commands/command.ts";
import { COMMANDS } from "../src/commands/manual.ts";
import { ALL_SETTINGS, loadConfig, type SettingName } from "../src/config.ts";
import { readWords } from "../src/domain/approval/approval-words.ts";
import { ERRORS, type ErrorCode } from "../src/domain/error-table.ts";
import { ConfigError } from "../src/domain/errors.ts";
import type { Environment } from "../src/environment.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const README = read("README.md");
const EXAMPLE = read(".env.example");
const folder = mkdtempSync(join(tmpdir(), "henkin-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(env: Environment, names: readonly SettingName[]): readonly string[] {
  try {
    loadConfig(names, env, folder);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The settings whose value may stand in a file: those that complain about a missing one. */
const SECRETS = ALL_SETTINGS.filter((name) =>
  problemsOf({ [`${name}_FILE`]: "no-such-file" }, [name]).some((problem) =>
    problem.startsWith(`${name}_FILE:`),
  ),
);

/** The body rows of every table under a header row that starts with these cells. */
function rowsUnder(...header: readonly string[]): string[][] {
  const cellsOf = (line: string) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const rows: string[][] = [];
  let inside = false;
  for (const line of README.split("\n")) {
    const cells = line.startsWith("|") ? cellsOf(line) : [];
    if (cells.length === 0) inside = false;
    else if (header.every((cell, index) => cells[index] === cell)) inside = true;
    else if (inside && !/^-+$/.test(cells[0] ?? "")) rows.push(cells);
  }
  expect(rows, `no table under ${header.join(" | ")}`).not.toEqual([]);
  return rows;
}

const codeIn = (cell = "") => Array.from(cell.matchAll(/`([^`]+)`/g), (match) => match[1] ?? "");

/** Anything shaped like a setting of several words. */
const namesIn = (text: string) =>
  new Set(Array.from(text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g), (match) => match[0]));

const KNOWN = new Set<string>([
  ...ALL_SETTINGS,
  ...SECRETS.map((name) => `${name}_FILE`),
  "NAME_FILE",
  // Of the terminal and of Node.js, and no settings of the worker.
  "NO_COLOR",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_EXTRA_CA_CERTS",
]);

interface Line {
  readonly name: string;
  readonly value: string;
}

function linesLike(pattern: RegExp): Line[] {
  return Array.from(EXAMPLE.matchAll(pattern), ([, name = "", value = ""]) => ({ name, value }));
}

const SET = linesLike(/^([A-Z_]+)=(.*)$/gm);
const DEFAULTS = linesLike(/^#([A-Z_]+)=(.*)$/gm);
const EXAMPLES = linesLike(/^# Example: ([A-Z_]+)=(.*)$/gm);

/** Read as a person's own .env would be. */
const REQUIRED: Environment = Object.fromEntries(
  SET.map(({ name }) => {
    const example = EXAMPLES.find((line) => line.name === name);
    return [name, parseEnv(`${name}=${example?.value}`)[name]];
  }),
);
const withLine = ({ name, value }: Line) => ({ ...REQUIRED, ...parseEnv(`${name}=${value}`) });

/** Of no use alone: whoever sets one of a group sets them all. */
const TOGETHER = [
  ["EPSILON_CONTRACT_CODE", "MAKESHOP_SHOP_ID", "MAKESHOP_TOKEN"],
  ["MAIL_OAUTH", "OAUTH_CLIENT_ID", "OAUTH_TENANT"],
];
const withCompany = (line: Line): Environment => {
  const group = TOGETHER.find((names) => names.includes(line.name)) ?? [];
  const company = [line, ...EXAMPLES.filter(({ name }) => group.includes(name))];
  return Object.assign({}, REQUIRED, ...company.map(withLine), withLine(line));
};

describe(".env.example", () => {
  it("has every setting once and no other", () => {
    const names = [...SET, ...DEFAULTS].map(({ name }) => name).sort();
    expect(names).toEqual([...ALL_SETTINGS].sort());
    expect([...namesIn(EXAMPLE)].filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it("leaves what is required empty, and henkin names exactly that", () => {
    const env = parseEnv(EXAMPLE);
    expect(Object.keys(env).sort()).toEqual(SET.map(({ name }) => name).sort());
    expect(Object.values(env).every((value) => value === "")).toBe(true);
    const named = problemsOf(env, ALL_SETTINGS).map((problem) => problem.split(":")[0]);
    expect(named.sort()).toEqual(Object.keys(env).sort());
  });

  it("is accepted once that is filled in", () => {
    expect(loadConfig(ALL_SETTINGS, { ...parseEnv(EXAMPLE), ...REQUIRED }, folder)).toMatchObject({
      STAFF_EMAILS: expect.arrayContaining([expect.stringContaining("@")]),
    });
  });

  it.each(DEFAULTS)("shows the default of $name", (line) => {
    const { [line.name as SettingName]: unset } = loadConfig(ALL_SETTINGS, REQUIRED, folder);
    const { [line.name as SettingName]: shown } = loadConfig(ALL_SETTINGS, withLine(line), folder);
    expect(shown).toEqual(unset);
    const hasDefault = unset !== undefined && line.name !== "AUTHSERV_IDS";
    // A default that is no text (an empty list) cannot be shown.
    if (hasDefault && typeof unset !== "object") expect(line.value).not.toBe("");
  });

  it.each(EXAMPLES)("has an example of $name that is accepted", (line) => {
    expect(problemsOf(withCompany(line), ALL_SETTINGS)).toEqual([]);
  });

  it("gives an example of every setting without a default", () => {
    const shown = new Set(EXAMPLES.map(({ name }) => name));
    const bare = [...SET, ...DEFAULTS].filter(({ value }) => value === "");
    // An example of a key might be used as one.
    const missing = bare.filter(({ name }) => !name.endsWith("DATA_KEY") && !shown.has(name));
    expect(missing).toEqual([]);
  });

  it("names the file of exactly the secrets", () => {
    expect(SECRETS).not.toEqual([]);
    const files = [...namesIn(EXAMPLE)].filter((name) => name.endsWith("_FILE"));
    const expected = [...SECRETS.map((name) => `${name}_FILE`), "NAME_FILE"];
    expect(files.sort()).toEqual(expected.sort());
  });
});

describe("the settings in README", () => {
  const rows = rowsUnder("Setting", "Default", "Meaning");

  it("are all settings, once, and no other is named anywhere", () => {
    const names = rows.map(([name]) => codeIn(name)[0]);
    expect(names.sort()).toEqual([...ALL_SETTINGS].sort());
    expect([...namesIn(README)].filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it.each(rows)("has the default of .env.example for %s", (cell, shown) => {
    const [name] = codeIn(cell);
    const line = DEFAULTS.find((other) => other.name === name);
    if (line === undefined) expect(shown).toBe("required");
    else expect(shown).toBe(line.value === "" ? "–" : `\`${line.value}\``);
  });

  it("calls exactly the secrets secret, and names their files", () => {
    const secret = rows.filter(([, , meaning = ""]) => /\bSecret$/.test(meaning));
    expect(secret.map(([name]) => codeIn(name)[0]).sort()).toEqual([...SECRETS].sort());
    for (const name of SECRETS) expect(README).toContain(`\`${name}_FILE\``);
  });
});

describe("the commands in README", () => {
  const shown = rowsUnder("Command", "Does").map(([usage]) => codeIn(usage)[0]);

  it("are those that there are", () => {
    expect(shown).toHaveLength(COMMANDS.length);
  });

  it.each(COMMANDS)("has $name with its usage", ({ name, usage }) => {
    expect(shown).toContain(`henkin ${name} ${usage}`.trim());
  });

  it("has every exit code", () => {
    const codes = rowsUnder("Exit code", "Meaning").map(([code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });

  it("names only commands that exist", () => {
    const known = new Set(["COMMAND", ...COMMANDS.map(({ name }) => name)]);
    const used = Array.from(README.matchAll(/`(?:npx )?henkin ([A-Za-z]\w*)/g), ([, name]) => name);
    expect(used.filter((name) => !known.has(name ?? ""))).toEqual([]);
  });
});

describe("the words of an answer in README", () => {
  const rows = [...rowsUnder("Reply", "Meaning"), ...rowsUnder("返信", "意味")];
  const words = rows.flatMap(([cell]) => codeIn(cell));

  it.each(words)("%s decides something", (word) => {
    expect(readWords(word).kind).not.toBe("ambiguous");
  });

  it("are one kind of decision a row", () => {
    for (const [cell] of rows) {
      const kinds = codeIn(cell).map((word) => {
        const { kind, ...more } = readWords(word);
        return "choice" in more && more.choice === 0 ? "ask" : kind;
      });
      expect(new Set(kinds).size, cell).toBe(1);
    }
  });

  const lines = rowsUnder("Line", "Meaning").flatMap(([cell]) =>
    codeIn(cell).filter((code) => !code.endsWith(":")),
  );
  it.each(lines)("OK with the line %s is still one", (line) => {
    const { note, customerNote, code, refundReason, ...answer } = readWords(`OK\n${line}`);
    expect(answer).toEqual({ kind: "approve", figure: null });
    expect([note, customerNote, code, refundReason].filter((part) => part !== null)).toHaveLength(
      1,
    );
  });
});

describe("what README points at", () => {
  const targets = Array.from(README.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1] ?? "");

  it("exists: relative links", () => {
    const paths = targets.filter((target) => !/^(?:https?:|mailto:|#)/.test(target));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("exists: headings", () => {
    const slugs = Array.from(README.matchAll(/^#{1,4} (.+)$/gm), ([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
        .replaceAll(" ", "-"),
    );
    const anchors = targets.filter((target) => target.startsWith("#"));
    expect(anchors.filter((anchor) => !slugs.includes(anchor.slice(1)))).toEqual([]);
  });

  it("exists: files named in the text", () => {
    const named = Array.from(README.matchAll(/`([\w./-]+)`/g), (match) => match[1] ?? "");
    const files = named.filter((name) =>
      /^(?:src|test|templates|\.ci)\/|^\.env\.example$/.test(name),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it("exists: npm scripts", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const used = Array.from(README.matchAll(/npm run ([\w:-]+)/g), (match) => match[1] ?? "");
    expect(used).toContain("demo");
    expect(used.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe("what to do about a failure", () => {
  it.each(rowsUnder("Code", "What happened", "What to do"))("%s", (cell, happened, toDo) => {
    const [code = ""] = codeIn(cell);
    expect(Object.keys(ERRORS)).toContain(code);
    const { message, mend } = ERRORS[code as ErrorCode];
    expect({ happened, toDo }).toEqual({ happened: message, toDo: mend });
  });
});
