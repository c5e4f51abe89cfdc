// The manager's mail from the command line of the built program, for tonight and for last year.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { parse } from "csv-parse/sync";
import { type ParsedMail, simpleParser } from "mailparser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contactForm, staffReply } from "../support/mails.ts";
import { runCommand } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, STAFF, TIMEOUT_MS } from "./rig.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const HEADINGS = "日時,チケット,注文番号,相手先,金額,通貨,決済サービス,返金ID,状態,出金額";
const day = (at: number) => new Date(at + DAY_MS * (9 / 24)).toISOString().slice(0, 10);
const LAST_YEAR = Date.now() - 400 * DAY_MS;

let directory: string;
const henkin = (...args: string[]) =>
  runCommand(args, { cwd: directory, env: FILE_SETTINGS, timeoutMs: PATIENCE_MS });

async function work(): Promise<void> {
  expect(await henkin("run", "--once")).toMatchObject({ code: 0 });
}

const paid = (id: string, amount: number, order: string, payerName: string, payerEmail: string) => {
  const facts = { currency: "jpy", status: "succeeded", method: "card", payerName, payerEmail };
  return { id, amount, description: `注文 ${order}`, ...facts };
};

const deliver = (name: string, raw: Buffer) => writeFile(join(directory, "inbox/new", name), raw);

async function outbox(): Promise<string[]> {
  const folder = join(directory, "outbox/new");
  return Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
}

/** R-1 is refunded tonight; its payment was given back by 1,980 yen last year, too. R-2 waits. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-summary-"));
  await mkdir(join(directory, "inbox/new"), { recursive: true });
  const payments = [
    paid("p_701", 5400, "701", "=HYPERLINK(鈴木)", "suzuki@example.com"),
    paid("p_702", 3200, "702", "髙橋 美咲", "takahashi@example.com"),
  ];
  await writeFile(join(directory, "payments.json"), JSON.stringify(payments));
  const suzuki = { name: "鈴木一郎", email: "suzuki@example.com", orderNumber: "701" };
  await deliver("form-1", contactForm(suzuki));
  await work();
  const takahashi = { name: "髙橋ﾐｻｷ", email: "takahashi@example.com", orderNumber: "702" };
  await deliver("form-2", contactForm(takahashi));
  await work();
  const request = (await outbox()).find((raw) => raw.includes("[R-1]")) ?? "";
  await deliver("answer-1", await staffReply({ request, from: `店員 <${STAFF}>`, text: "OK" }));
  await work();
  const file = new SqliteDatabase(join(directory, "data/henkin.db"));
  const data = {
    ...{ refund: "r0", provider: "sandbox", providerRefundId: "re_old" },
    ...{ amountMinor: 1980, currency: "JPY", status: "succeeded" },
  };
  file
    .prepare(
      `insert into event select shop_id, 1000000, id, 'refund_succeeded', 'henkin', ?, ?, '', ''
        from ticket where number = 1`,
    )
    .run(LAST_YEAR, JSON.stringify(data));
  file.close();
}, TIMEOUT_MS);

afterAll(() => rm(directory, { recursive: true }));

describe("henkin summary", { timeout: TIMEOUT_MS }, () => {
  it("prints what waits, what was paid and how the limits stand", async () => {
    const { code, stdout } = await henkin("summary");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^要対応 1件/);
    expect(stdout).toContain("[R-2] 承認待ち　¥3,200　注文 702");
    expect(stdout).toContain("・sandbox: 1件 ¥5,400");
    expect(stdout).toContain("・直近1時間の返金: 1件（上限 20件）");
  });

  it("writes the page and the accountant's file", async () => {
    const { code } = await henkin("summary", "--html", "night.html", "--csv", "night.csv");
    expect(code).toBe(0);
    expect(await readFile(join(directory, "night.html"), "utf8")).toContain("mailto:");
    const csv = await readFile(join(directory, "night.csv"), "utf8");
    expect(csv.startsWith(`\uFEFF${HEADINGS}\r\n`)).toBe(true);
    const rows: string[][] = parse(csv, { bom: true });
    expect(rows.slice(1).map((row) => row.toSpliced(7, 1).slice(1))).toEqual([
      ["R-1", "701", "'=HYPERLINK(鈴木)", "5400", "JPY", "sandbox", "返金済み", "5400"],
    ]);
  });

  it("tells of a night of last year by its own figures, and of when the rest is", async () => {
    // The hour of the summary may lie before or after that moment.
    const nights = await Promise.all(
      [0, 1].map((days) => henkin("summary", "--date", day(LAST_YEAR + days * DAY_MS))),
    );
    const [that] = nights.filter(({ stdout }) => stdout.includes("・sandbox: 1件 ¥1,980"));
    expect(nights.filter((night) => night === that)).toHaveLength(1);
    expect(that?.stdout).not.toContain("1件 ¥5,400");
    expect(that?.stdout).toMatch(/対応待ちと上限の状況は \d{4}-\d\d-\d\d \d\d:\d\d 現在です/);
    expect(that?.stdout).toContain("・直近1時間の返金: 1件");
  });

  it.each([
    [["--date", day(Date.now() + 9 * DAY_MS)], "has not begun yet"],
    [["--date", "2026-02-30"], '"2026-02-30" is not a date'],
    [["--send", "--csv", "x.csv"], "--send mails the summary"],
  ])("refuses %j", async (args, words) => {
    const { code, stderr } = await henkin("summary", ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
  });

  it("is sent with the file attached", async () => {
    expect(await henkin("summary", "--send")).toMatchObject({ code: 0 });
    await work();
    const mails: ParsedMail[] = [];
    for (const raw of await outbox()) mails.push(await simpleParser(raw));
    const [mail] = mails.filter(({ attachments }) => attachments.length > 0);
    expect(mail?.subject).toContain("要対応 1件");
    expect(mail?.attachments[0]?.filename).toMatch(/^henkin-\d{4}-\d\d-\d\d\.csv$/);
    expect(mail?.attachments[0]?.content.toString("utf8")).toContain(HEADINGS);
  });
});

describe("henkin tickets", { timeout: TIMEOUT_MS }, () => {
  it.each<[string, string[], number[]]>([
    ["the day of a refund of past years", ["--from", day(LAST_YEAR), "--to", day(LAST_YEAR)], [1]],
    ["the amount that was paid", ["--amount", "5,400"], [1]],
    ["the amount of what only waits", ["--amount", "¥3,200"], [2]],
    ["the name of whoever asked, in another writing", ["--name", "鈴木 一郎 様"], [1]],
    ["a part of the name in other kana", ["--name", "みさき"], [2]],
    ["the payer's name", ["--name", "髙橋美咲"], [2]],
    ["nobody's name", ["--name", "佐藤"], []],
  ])("finds by %s", async (_what, filter, numbers) => {
    const { code, json } = await henkin("tickets", "--json", ...filter);
    expect({ code, found: json.map(({ number }) => number) }).toEqual({ code: 0, found: numbers });
  });
});
