// What is kept of people, and how it goes, through the built binary on a shop of files.

import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { beforeAll, describe, expect, test as plain } from "vitest";
import { contactForm, staffReply } from "../support/mails.ts";
import { runCommand } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, STAFF, TIMEOUT_MS } from "./rig.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const TARO = "taro@customer.example";
const HANA = "hana@customer.example";
const ADVERTISER = "sales@advertiser.example";
const WORDS = "いつも楽しみにしています";
const CARD = "4242 4242 4242 4242";

const PAYMENTS = [
  ["p_679", 2467, "679", "田中太郎", TARO],
  ["p_701", 5400, "701", "鈴木花", HANA],
].map(([id, amount, order, payerName, payerEmail]) => ({
  ...{ id, amount, payerName, payerEmail, description: `注文 ${order}` },
  ...{ currency: "jpy", status: "succeeded", method: "card" },
}));

function shopIn(directory: string) {
  const database = join(directory, "data", "henkin.db");
  const shop = {
    directory,
    henkin: (args: string[], env: Record<string, string> = {}) =>
      runCommand(args, {
        cwd: directory,
        env: { ...FILE_SETTINGS, RETENTION_DAYS: "400", ...env },
        timeoutMs: PATIENCE_MS,
      }),
    async work(env: Record<string, string> = {}): Promise<void> {
      expect(await shop.henkin(["run", "--once"], env)).toMatchObject({ code: 0 });
    },
    deliver: (name: string, raw: Buffer | string) =>
      writeFile(join(directory, "inbox", "new", name), raw),
    async sent(): Promise<string[]> {
      const folder = join(directory, "outbox", "new");
      const names = await readdir(folder);
      return Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    },
    sql(statement: string): unknown[] {
      const file = new SqliteDatabase(database);
      try {
        const prepared = file.prepare(statement);
        return prepared.reader ? prepared.all() : [prepared.run()];
      } finally {
        file.close();
      }
    },
    /** As if so many days had gone by. */
    age(days: number): void {
      const ms = days * DAY_MS;
      for (const [table, ...columns] of [
        ["ticket", "updated_at", "opened_at"],
        ["message", "received_at"],
        ["outgoing_mail", "date_at"],
        ["payment", "created_at"],
        ["refund", "updated_at", "follow_until"],
      ]) {
        for (const column of columns) {
          shop.sql(`update ${table} set ${column} = ${column} - ${ms}`);
        }
      }
    },
    /** The looks of the next 45 days have come to their end. */
    endTimers: () => shop.sql("update job set state = 'done' where ticket_id is not null"),
    /** All that lies in the folder of the database. */
    async files(): Promise<string> {
      const folder = join(directory, "data");
      const names = await readdir(folder);
      const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
      return Buffer.concat(files).toString("utf8");
    },
  };
  return shop;
}

let made: string;

/** R-1 is refunded, R-2 rejected; an advertisement came, too. */
async function makeShop(): Promise<string> {
  const shop = shopIn(await mkdtemp(join(tmpdir(), "henkin-privacy-")));
  await mkdir(join(shop.directory, "inbox", "new"), { recursive: true });
  await writeFile(join(shop.directory, "payments.json"), JSON.stringify(PAYMENTS));
  const message = `${WORDS}。注文をキャンセルして返金してください。カードは ${CARD} です。`;
  await shop.deliver(
    "a",
    await contactForm({ name: "田中太郎", email: TARO, orderNumber: "679", message }),
  );
  await shop.deliver(
    "b",
    await contactForm({ name: "鈴木花", email: HANA, orderNumber: "701", message }),
  );
  await shop.deliver(
    "c",
    `From: ${ADVERTISER}\r\nTo: shop@shop.example.jp\r\nSubject: Our catalogue\r\n\r\nPlease look at ${WORDS}.\r\n`,
  );
  await shop.work();
  const request = (await shop.sent()).find((raw) => raw.includes("[R-1]")) ?? "";
  await shop.deliver("d", await staffReply({ request, from: `店員 <${STAFF}>`, text: "OK" }));
  await shop.work();
  expect(await shop.henkin(["reject", "2"])).toMatchObject({ code: 0 });
  await shop.work();
  return shop.directory;
}

beforeAll(async () => {
  made = await makeShop();
  return () => rm(made, { recursive: true });
}, TIMEOUT_MS);

const test = plain.extend<{ shop: ReturnType<typeof shopIn> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  shop: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "henkin-privacy-"));
    await cp(made, directory, { recursive: true });
    // The file that names the place of a database does not move with it.
    await rm(join(directory, "data", "henkin.db.installation"));
    await use(shopIn(directory));
    await rm(directory, { recursive: true });
  },
});

describe("what the database shows to who has no key", { timeout: TIMEOUT_MS }, () => {
  test("is no mail, and no card number anywhere", async ({ shop }) => {
    const files = await shop.files();
    expect(files).toContain(TARO);
    expect(files).not.toContain(WORDS);
    expect(files).not.toContain(Buffer.from(WORDS).toString("base64").slice(4, 24));
    const mails = (await shop.sent()).join();
    for (const text of [files, mails]) expect(text).not.toMatch(/4242[ -]?4242/);
    const shown = (await shop.henkin(["ticket", "1", "--mails"])).stdout;
    expect(shown).toContain(WORDS);
    expect(shown).toContain("**** **** **** 4242");
  });

  test("another key starts nothing, and quarantines nothing", async ({ shop }) => {
    const DATA_KEY = Buffer.alloc(32, 9).toString("base64");
    for (const args of [["run", "--once"], ["tickets"], ["approve", "2"]]) {
      const { code, stderr } = await shop.henkin(args, { DATA_KEY });
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: expect.stringContaining("DATA_KEY"),
      });
    }
    await rm(join(shop.directory, "data", "henkin.key"));
    const lost = await shop.henkin(["run", "--once"]);
    expect(lost).toMatchObject({ code: 78, stderr: expect.stringContaining("Put it back") });
    expect(await readdir(join(shop.directory, "data"))).not.toContain("henkin.key");
    expect(await shop.henkin(["tickets", "--json"])).toMatchObject({ code: 0 });
    expect(await shop.henkin(["audit", "verify"])).toMatchObject({ code: 0 });
    expect(await shop.henkin(["ticket", "1"])).toMatchObject({ code: 0 });
    expect((await shop.henkin(["quarantine"])).stdout).toContain("Nothing is in quarantine");
  });
});

describe("purge", { timeout: TIMEOUT_MS }, () => {
  test("erases by both clocks, for good", async ({ shop }) => {
    shop.age(500);
    shop.endTimers();
    const before = shop.sql("select count(*) as events from event");
    const dry = await shop.henkin(["purge", "--dry-run", "--json"]);
    expect(dry.json[0]).toMatchObject({ tickets: 1, messages: 2, payments: 1 });
    expect(shop.sql("select count(*) as events from event")).toEqual(before);
    const wet = await shop.henkin(["purge", "--json"]);
    expect(wet.json).toEqual(dry.json);
    const files = await shop.files();
    for (const gone of [HANA, "鈴木花", ADVERTISER, "catalogue"]) expect(files).not.toContain(gone);
    expect(files).toContain(TARO);
    const found = (name: string) => shop.henkin(["tickets", "--name", name, "--json"]);
    expect((await found("鈴木")).json).toEqual([]);
    expect((await found("田中")).json).toMatchObject([{ number: 1, refundStatus: "succeeded" }]);
    expect((await shop.henkin(["ticket", "2", "--json"])).json).toMatchObject([
      { number: 2, status: "rejected", email: null, name: null, orderNumbers: ["701"] },
    ]);
    expect(await shop.henkin(["audit", "verify"])).toMatchObject({ code: 0 });
    const [event] = shop.sql("select data from event where type = 'personal_data_purged'");
    expect(event).toEqual({ data: expect.stringMatching(/^\{("\w+":\d+,?)+\}$/) });
    expect((await shop.henkin(["purge", "--json"])).json).toMatchObject([{ tickets: 0, mails: 0 }]);
  });

  test("what is read again does not come back", async ({ shop }) => {
    shop.age(500);
    shop.endTimers();
    await shop.henkin(["purge"]);
    shop.sql("delete from message_location");
    shop.sql("delete from mailbox_cursor");
    await shop.work();
    const tickets = await shop.henkin(["tickets", "--json"]);
    expect(tickets.json.map(({ number, email }) => [number, email])).toEqual([
      [1, TARO],
      [2, null],
    ]);
    expect(await shop.files()).not.toContain(HANA);
  });

  test("runs in the worker, too, and takes mails of no concern after a week", async ({ shop }) => {
    shop.age(8);
    await shop.work({ RETENTION_DAYS: "" });
    const files = await shop.files();
    expect(files).not.toContain(ADVERTISER);
    expect(files).toContain(HANA);
  });

  test("takes what the books need once they do not need it", async ({ shop }) => {
    shop.age(2_500);
    shop.endTimers();
    await shop.henkin(["purge"]);
    expect(await shop.files()).toContain(TARO);
    shop.age(100);
    await shop.henkin(["purge"]);
    expect(await shop.files()).not.toContain(TARO);
    expect(shop.sql("select amount_minor, state from refund")).toEqual([
      { amount_minor: 2467, state: "succeeded" },
    ]);
  });
});

describe("export", { timeout: TIMEOUT_MS }, () => {
  test("hands out what is kept of a person, and of nobody else", async ({ shop }) => {
    const output = await shop.henkin([
      "export",
      " Ｔaro@Customer.example ",
      "--output",
      "taro.json",
    ]);
    expect(output).toMatchObject({ code: 0 });
    const path = join(shop.directory, "taro.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, "utf8");
    const record = JSON.parse(text);
    expect(record).toMatchObject({
      address: TARO,
      tickets: [
        {
          ...{ number: 1, email: TARO, name: "田中太郎", resolution: "refunded" },
          ...{ keptUntil: null, approvals: [{ amountMinor: 2467 }] },
          refunds: [{ state: "succeeded", amountMinor: 2467 }],
        },
      ],
      payments: [{ id: "p_679", payerEmail: TARO }],
    });
    expect(record.messages).toHaveLength(1);
    expect(record.messages[0].raw).toContain("Subject:");
    const theirs = record.mails.filter(({ to }: { to: string }) => to === TARO);
    expect(theirs).toMatchObject([{ raw: expect.stringContaining(TARO) }]);
    const staffs = record.mails.filter(({ to }: { to: string }) => to !== TARO);
    expect(staffs.map(({ raw }: { raw: unknown }) => raw)).toEqual(staffs.map(() => null));
    for (const other of [HANA, STAFF, "鈴木"]) expect(text).not.toContain(other);
  });

  test("knows nobody else, and says what is no address", async ({ shop }) => {
    const { code, stdout } = await shop.henkin(["export", "nobody@customer.example"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      tickets: [],
      messages: [],
      mails: [],
      payments: [],
    });
    expect(await shop.henkin(["export", "田中"])).toMatchObject({ code: 2 });
  });
});

describe("forget", { timeout: TIMEOUT_MS }, () => {
  test("erases what the books do not need, only when it is confirmed", async ({ shop }) => {
    shop.endTimers();
    const unconfirmed = await shop.henkin(["forget", HANA]);
    expect(unconfirmed).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    const dry = await shop.henkin(["forget", HANA, "--dry-run"]);
    expect(dry.stdout).toMatch(/^Would be erased: .* 1 tickets, 1 mails received/);
    expect(await shop.files()).toContain(HANA);
    const done = await shop.henkin(["forget", "HANA@customer.example", "--yes"]);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("メールボックス") });
    const files = await shop.files();
    for (const gone of [HANA, "鈴木花"]) expect(files).not.toContain(gone);
    expect(files).toContain(TARO);
    const [event] = shop.sql("select data from event where type = 'person_forgotten'");
    expect(event).toEqual({ data: expect.stringMatching(/"person":"[0-9a-f]{64}"/) });
    shop.sql("delete from message_location");
    await shop.work();
    expect((await shop.henkin(["export", HANA])).stdout).toMatch(/"messages": \[\]/);
    expect(await shop.henkin(["audit", "verify"])).toMatchObject({ code: 0 });
  });

  test("says what the books forbid, until when", async ({ shop }) => {
    shop.endTimers();
    shop.sql("update refund set follow_until = 1");
    const kept = await shop.henkin(["forget", TARO, "--yes"]);
    expect(kept.stdout).toMatch(/R-1: 20\d\d-\d\d-\d\d まで保存します.*法人税法/);
    expect((await shop.henkin(["forget", TARO, "--yes"], { LOCALE: "en" })).stdout).toMatch(
      /R-1: kept until 20\d\d-\d\d-\d\d.*tax law/,
    );
    expect(await shop.files()).toContain(TARO);
  });

  test("refuses while a ticket is open or a refund is looked after, and for staff", async ({
    shop,
  }) => {
    const followed = await shop.henkin(["forget", TARO, "--yes"]);
    expect(followed).toMatchObject({ code: 1, stderr: expect.stringContaining("R-1 (refunded)") });
    const staff = await shop.henkin(["forget", STAFF, "--yes"]);
    expect(staff).toMatchObject({ code: 1, stderr: expect.stringContaining("STAFF_EMAILS") });
    expect(await shop.files()).toContain(TARO);
  });
});
