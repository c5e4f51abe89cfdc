// The command line on a real terminal (a pseudo-terminal of python3) and beside it in a pipe: colours,
// widths, progress, and that nothing a customer writes steers the terminal.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textWidth } from "../../src/commands/text-width.ts";
import { contactForm } from "../support/mails.ts";
import { atTerminal, MAIN, type Terminal } from "../support/terminal.ts";
import { runCommand } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, STAFF, TIMEOUT_MS } from "./rig.ts";

const ESC = "\u001b";
/** What would clear the screen, rename the window, or write over an amount. */
const STEERING = `${ESC}[2J${ESC}]0;paid\u0007\u009b8m\r\u202e`;
const NAME = `田中${STEERING}太郎`;
const SHOWN_NAME = "田中\\u001b[2J\\u001b]0;paid\\u0007\\u009b8m \\u202e太郎";

const PAYMENTS = [
  {
    id: "p_701",
    amount: 5400,
    description: "注文 701",
    payerName: "鈴木一郎",
    payerEmail: "suzuki@example.com",
  },
  {
    id: "p_702",
    amount: 125400,
    description: "注文 702",
    payerName: "高橋美咲",
    payerEmail: "takahashi@example.com",
  },
].map((payment) => ({ ...payment, currency: "jpy", status: "succeeded", method: "card" }));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-terminal-"));
  await mkdir(join(directory, "inbox", "new"), { recursive: true });
  await writeFile(join(directory, "payments.json"), JSON.stringify(PAYMENTS));
  for (const { payerName: name, payerEmail: email, description } of PAYMENTS) {
    const orderNumber = description.slice(-3);
    const raw = contactForm({ name, email, orderNumber });
    await writeFile(join(directory, "inbox", "new", orderNumber), raw);
  }
  expect(await inPipe("run", "--once")).toMatchObject({ code: 0 });
  expect(await inPipe("approve", "1")).toMatchObject({ code: 0 });
  expect(await inPipe("run", "--once")).toMatchObject({ code: 0 });
  const database = new SqliteDatabase(join(directory, "data", "henkin.db"));
  database.prepare("update ticket set requester_name = ? where number = 2").run(NAME);
  database.prepare("update message set subject = ? where ticket_id is not null").run(NAME);
  database.close();
}, TIMEOUT_MS);

afterAll(() => rm(directory, { recursive: true }));

function inPipe(...args: string[]) {
  return runCommand(args, { cwd: directory, env: FILE_SETTINGS, timeoutMs: PATIENCE_MS });
}

function onTerminal(
  args: readonly string[],
  { columns = 120, env = {} }: Partial<Pick<Terminal, "columns" | "env">> = {},
) {
  const all = { ...FILE_SETTINGS, ...env };
  return atTerminal(args, { cwd: directory, env: all, timeoutMs: PATIENCE_MS, columns });
}

const COLOUR = new RegExp(`${ESC}\\[\\d{1,2}m`, "g");
const withoutColours = (text: string) => text.replace(COLOUR, "");
/** Controls but the end of a line, and marks of direction. */
const CONTROLS = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

describe.concurrent("on a terminal", { timeout: TIMEOUT_MS }, () => {
  test("statuses have colours, and the columns stand below each other", async () => {
    const { code, text } = await onTerminal(["tickets"]);
    expect(code).toBe(0);
    expect(text).toContain(`${ESC}[33mawaiting_approval${ESC}[39m`);
    expect(text).toContain(`${ESC}[32mrefunded${ESC}[39m`);
    const [header = "", ...rows] = withoutColours(text).trimEnd().split("\n");
    const end = textWidth(header.slice(0, header.indexOf("Amount") + "Amount".length));
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(textWidth(/^.*?¥[\d,]+/.exec(row)?.[0] ?? ""), row).toBe(end);
    }
  });

  test("no line is wider than the terminal", async () => {
    const { text } = await onTerminal(["tickets"], { columns: 60 });
    const lines = withoutColours(text).trimEnd().split("\n");
    for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(60);
    expect(text).toContain("…");
  });

  test.each([
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["a dumb terminal", { TERM: "dumb" }],
  ])("%s has no colours", async (_what, env) => {
    for (const args of [["tickets"], ["ticket", "1"], ["--help"], []]) {
      const { text } = await onTerminal(args, { env });
      expect(text).not.toContain(ESC);
    }
  });

  test("FORCE_COLOR has the last word", async () => {
    const env = { NO_COLOR: "1", FORCE_COLOR: "1" };
    expect((await onTerminal(["tickets"], { env })).text).toMatch(COLOUR);
  });

  test("--json has no colours", async () => {
    for (const args of [["tickets"], ["ticket", "1"], ["doctor"]]) {
      const { text } = await onTerminal([...args, "--json"]);
      expect(text).not.toMatch(CONTROLS);
      for (const line of text.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
    }
  });

  test("help has headings, and a wrong word is told about on the terminal, too", async () => {
    expect((await onTerminal(["--help"])).text).toContain(`${ESC}[1mDecide${ESC}[22m`);
    const { code, text } = await onTerminal([`tickets${ESC}`]);
    expect(code).toBe(2);
    expect(text).toContain('There is no command "tickets\\u001b". Did you mean "tickets"?');
  });

  test("nothing of a customer's name or subject steers it", async () => {
    for (const args of [["tickets"], ["ticket", "2"], ["ticket", "2", "--mails"]]) {
      const { text } = await onTerminal(args, { columns: 300 });
      expect(text).toContain(SHOWN_NAME);
      expect(withoutColours(text)).not.toMatch(CONTROLS);
    }
    const { text } = await onTerminal(["tickets", "--json"]);
    expect(text).not.toMatch(CONTROLS);
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).name),
    ).toContain(NAME);
  });

  test("the history says who did what, and shows the mails", async () => {
    const { text } = await onTerminal(["ticket", "1", "--mails"], { columns: 200 });
    const plain = withoutColours(text);
    expect(plain).toMatch(
      /^R-1 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}refunded {2}701 {2}¥5,400 {2}鈴木一郎 {2}suzuki@/m,
    );
    expect(plain).toMatch(/^ {2}payment +p_701 \(sandbox, test mode\), ¥5,400 card paid/m);
    expect(plain).toMatch(/^ {2}approval +\S+ at the command line, ¥5,400, /m);
    expect(plain).toMatch(/^ {2}refund +¥5,400 succeeded at sandbox, re_/m);
    expect(plain).toMatch(/^ {2}awaited +nobody; henkin watches until /m);
    expect(plain).toMatch(/henkin +← .*\(read as refund request\)$/m);
    expect(plain).toMatch(/henkin +asked the approvers to refund ¥5,400 \(round 1\)$/m);
    expect(plain).toMatch(new RegExp(`henkin +→ ${STAFF}: \\[R-1\\].* \\(sent\\)$`, "m"));
    expect(plain).toMatch(/at the command line +approved ¥5,400$/m);
    expect(plain).toMatch(/henkin +→ suzuki@example.com: .*\(sent\)$/m);
    expect(plain).toMatch(/^ {4}\| 鈴木一郎 様$/m);
    const [succeeded, told] = [/succeeded \(re_/, /→ suzuki@example.com/].map((line) =>
      plain.search(line),
    );
    expect(succeeded).toBeGreaterThan(0);
    expect(told).toBeGreaterThan(succeeded ?? 0);
  });
});

describe.concurrent("in a pipe", { timeout: TIMEOUT_MS }, () => {
  test.each([{}, { FORCE_COLOR: "1" }])(
    "there are no colours and nothing is cut, with %j",
    async (env) => {
      for (const args of [["tickets"], ["ticket", "2"], ["--help"], ["help", "approve"]]) {
        const settings = {
          cwd: directory,
          env: { ...FILE_SETTINGS, ...env },
          timeoutMs: PATIENCE_MS,
        };
        const { stdout } = await runCommand(args, settings);
        expect(stdout).not.toMatch(CONTROLS);
      }
      expect((await inPipe("tickets")).stdout).toContain(`${SHOWN_NAME}  takahashi@example.com`);
    },
  );

  test("a reader that stops early is no failure", async () => {
    const script = `{ "${process.execPath}" "${MAIN}" ticket 1 --mails; echo "ended with $?" >&2; } | true`;
    const env = { ...FILE_SETTINGS, PATH: process.env["PATH"] ?? "" };
    const said = await new Promise<string>((resolve) => {
      execFile("sh", ["-c", script], { cwd: directory, env }, (_error, _out, stderr) =>
        resolve(stderr),
      );
    });
    expect(said).toBe("ended with 0\n");
  });
});
