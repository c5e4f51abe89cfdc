// What the text of the source must not hold: ambient time, randomness and settings outside their
// owner, and what nobody wants to find later.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LINES_MAX = 350;

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Files that own it, or have a reason. */
  readonly allowed: readonly string[];
  /** A line that breaks the rule. */
  readonly broken: string;
}

/** Owners of timers: each ends its own on close or abort. */
const TIMER_OWNERS = [
  "src/clock.ts",
  "src/worker.ts",
  "src/dispatch/in-process.ts",
  "src/dispatch/shop-lanes.ts",
  "src/store/installation.ts",
  "src/store/shared-commits.ts",
  "src/store/postgres-lock.ts",
  "src/mail/imap-waiting.ts",
  "src/mail/maildir-inbox.ts",
  "src/mail/resting-reader.ts",
  "src/mail/threaded-reader.ts",
  "src/mail/smtp-session.ts",
  "src/mail/smtp-transport.ts",
];

const SOURCE_RULES: readonly Rule[] = [
  {
    name: "the environment",
    pattern: /process\.env\b/,
    instead: "environment.ts",
    allowed: ["src/environment.ts"],
    broken: "const home = process.env.HOME;",
  },
  {
    name: "the time",
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(|\bprocess\.(?:hrtime|uptime)\b/,
    instead: "the injected clock",
    allowed: [
      "src/clock.ts",
      // It plays customer and staff from outside, where time is real.
      "src/commands/demo.ts",
      "src/commands/demo-mails.ts",
      // They compare with the times of files and of a mail server, which keep no injected clock.
      "src/mail/imap-inbox.ts",
      "src/mail/maildir-inbox.ts",
    ],
    broken: "const now = new Date();",
  },
  {
    name: "randomness",
    pattern: /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\bgetRandomValues\(|\brandomInt\(/,
    instead: "clock.ts, or an identifier derived by the signer",
    allowed: [
      "src/clock.ts",
      // A name that no mail can hold, forgotten with the process.
      "src/mail/html-text.ts",
    ],
    broken: "const id = randomUUID();",
  },
  {
    name: "timers",
    pattern: /\bset(?:Timeout|Interval|Immediate)\b/,
    instead: "a job with a due time, or clock.sleep",
    allowed: TIMER_OWNERS,
    broken: "setTimeout(retry, 1000);",
  },
  {
    name: "the end of the process",
    pattern: /\bprocess\.(?:exit|abort|kill)\(/,
    instead: "an error that reaches main.ts, which sets process.exitCode",
    allowed: [
      // The end after which nothing waits any more, and the second signal.
      "src/main.ts",
      // It prints what a probe is to run, in a process of its own.
      "src/setup/kubernetes.ts",
    ],
    broken: "process.exit(1);",
  },
  {
    name: "words for later",
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    instead: "do it",
    allowed: [],
    broken: "// TODO: retry",
  },
  {
    name: "silenced checks",
    pattern: /@ts-(?:ignore|nocheck|expect-error)|\bas any\b|: any\b/,
    instead: "the right type",
    allowed: [],
    broken: "// @ts-ignore",
  },
  {
    name: "the console",
    pattern: /\bconsole\.\w+\(/,
    instead: "the injected log, or print",
    allowed: [],
    broken: 'console.log("here");',
  },
];

const TEST_RULES: readonly Rule[] = [
  {
    name: "mocked modules",
    pattern: /\bvi\.(?:mock|doMock|hoisted)\(/,
    instead: "a small real implementation, injected",
    allowed: [],
    broken: 'vi.mock("../src/clock.ts");',
  },
  {
    name: "tests that stand alone or are left out",
    pattern: /\b(?:it|test|describe)\.(?:only|skip|todo|fails)\b|\.(?:only|skip|todo)\(/,
    instead: "describe.skipIf with a reason that is printed",
    allowed: [],
    broken: 'it.skip("later", () => {});',
  },
  {
    name: "words for later",
    pattern: /\b(?:TODO|FIXME)\b/,
    instead: "do it",
    allowed: [],
    broken: "// FIXME",
  },
];

function filesIn(folder: string): { path: string; lines: string[] }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: relative(ROOT, path),
      lines: readFileSync(path, "utf8").split("\n"),
    }));
}

/** Comments may name what the code must not do. */
function codeOf(line: string): string {
  return line
    .replace(/^\s*(?:\*|\/\*).*$/, "")
    .replace(/(^|\s)\/\/(?!\s*(?:TODO|FIXME|XXX|HACK|@ts-)).*$/, "");
}

function breaches(files: readonly { path: string; lines: string[] }[], rule: Rule): string[] {
  return files
    .filter(({ path }) => !rule.allowed.includes(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, at) =>
        rule.pattern.test(codeOf(line)) ? [`${path}:${at + 1} ${line.trim()}`] : [],
      ),
    );
}

describe("the source", () => {
  const files = filesIn("src");

  it("is read", () => {
    expect(files.length).toBeGreaterThan(60);
  });

  it.each(SOURCE_RULES)("holds $name only where it belongs", (rule) => {
    expect(breaches(files, rule)).toEqual([]);
  });

  it.each(SOURCE_RULES)("lists no file for $name that does without", (rule) => {
    const idle = rule.allowed.filter((path) => {
      const file = files.filter((other) => other.path === path);
      return breaches(file, { ...rule, allowed: [] }).length === 0;
    });
    expect(idle).toEqual([]);
  });

  it("has no file that is too long to read", () => {
    const long = files.filter(({ lines }) => lines.length > LINES_MAX + 1);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length - 1}`)).toEqual([]);
  });
});

describe("the tests", () => {
  const files = filesIn("test").filter(({ path }) => path !== "test/tidy.test.ts");

  it("are read", () => {
    expect(files.length).toBeGreaterThan(60);
  });

  it.each(TEST_RULES)("hold no $name", (rule) => {
    expect(breaches(files, rule)).toEqual([]);
  });
});

describe("each rule", () => {
  it.each([...SOURCE_RULES, ...TEST_RULES])("finds a breach: $broken", (rule) => {
    expect(breaches([{ path: "planted.ts", lines: [rule.broken] }], rule)).toHaveLength(1);
  });

  it.each([
    "// process.exit() would lose the last log line",
    " * setTimeout is not for days",
    "const at = new Date(ms);",
    "describe.skipIf(!hasDovecot)(name, work);",
  ])("lets pass: %s", (line) => {
    const found = [...SOURCE_RULES, ...TEST_RULES].flatMap((rule) =>
      breaches([{ path: "planted.ts", lines: [line] }], rule),
    );
    expect(found).toEqual([]);
  });
});
