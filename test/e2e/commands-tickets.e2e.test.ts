// The commands over a shop's database, each on its own copy of one shop with four tickets.

import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test as plain } from "vitest";
import { type ContactFormOptions, contactForm, staffReply } from "../support/mails.ts";
import { runCommand } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, STAFF, TIMEOUT_MS } from "./rig.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const OPERATOR = `cli:${userInfo().username}`;

const paid = (id: string, amount: number, order: string, payerName: string, payerEmail: string) => {
  const description = `注文 ${order}`;
  const facts = { currency: "jpy", status: "succeeded", method: "card", payerName, payerEmail };
  return { id, amount, description, ...facts };
};

const PAYMENTS = [
  paid("p_688", 2779, "688", "別の客", "info@kidfeed.net"),
  paid("p_679", 2467, "679", "田中太郎", "geguhama@svk.jp"),
  paid("p_701", 5400, "701", "鈴木一郎", "suzuki@example.com"),
  paid("p_702", 3200, "702", "高橋美咲", "takahashi@example.com"),
  paid("p_703", 1980, "703", "伊藤健", "ito@example.com"),
];

/** In the order of their tickets; the first names the wrong order. */
const FORMS: ContactFormOptions[] = PAYMENTS.slice(1).map(
  ({ payerName: name, payerEmail: email, description }, at) => {
    return { name, email, orderNumber: at === 0 ? "678" : description.slice(-3) };
  },
);

function shopIn(directory: string) {
  const database = join(directory, "data", "henkin.db");
  const outbox = join(directory, "outbox", "new");
  const shop = {
    directory,
    henkin: (...args: string[]) =>
      runCommand(args, { cwd: directory, env: FILE_SETTINGS, timeoutMs: PATIENCE_MS }),
    async work(): Promise<void> {
      expect(await shop.henkin("run", "--once")).toMatchObject({ code: 0 });
    },
    async ticket(number: number) {
      return (await shop.henkin("ticket", String(number), "--json")).json[0];
    },
    async deliver(name: string, raw: Buffer, at = new Date()): Promise<void> {
      const path = join(directory, "inbox", "new", name);
      await writeFile(path, raw);
      await utimes(path, at, at);
    },
    async sent(): Promise<string[]> {
      const names = await readdir(outbox);
      return Promise.all(names.map((name) => readFile(join(outbox, name), "utf8")));
    },
    async answer(ticket: number, text: string): Promise<void> {
      const request = (await shop.sent()).find((raw) => raw.includes(`[R-${ticket}]`)) ?? "";
      const from = `店員 <${STAFF}>`;
      await shop.deliver(`answer-${ticket}`, await staffReply({ request, from, text }));
    },
    async refunds(): Promise<number[]> {
      const state = await readFile(join(directory, "payments.json.state.json"), "utf8");
      return JSON.parse(state).refunds.map(({ amount }: { amount: number }) => amount);
    },
    /** The whole trail, read past henkin. */
    events(): unknown[] {
      const file = new SqliteDatabase(database, { readonly: true });
      const rows = file.prepare("select seq, type, actor, data from event order by seq").all();
      file.close();
      return rows;
    },
    tamper(statements: string): void {
      const file = new SqliteDatabase(database);
      for (const what of ["update", "delete"]) {
        file.exec(`drop trigger event_is_append_only_${what}`);
      }
      file.exec(statements);
      file.close();
    },
  };
  return shop;
}

type Shop = ReturnType<typeof shopIn>;

let template: Shop;
const newFolder = () => mkdtemp(join(tmpdir(), "henkin-tickets-"));

/** R-1 asks which payment is meant, R-2 is refunded, R-3 rejected, R-4 waits for a decision. */
beforeAll(async () => {
  template = shopIn(await newFolder());
  await mkdir(join(template.directory, "inbox", "new"), { recursive: true });
  await writeFile(join(template.directory, "payments.json"), JSON.stringify(PAYMENTS));
  for (const [minute, form] of FORMS.entries()) {
    const at = new Date(Date.now() - DAY_MS + minute * 60_000);
    await template.deliver(`form-${form.orderNumber}`, contactForm(form), at);
  }
  await template.work();
  await template.answer(2, "OK");
  await template.answer(3, "NG 発送済み");
  await template.work();
}, TIMEOUT_MS);

afterAll(() => rm(template.directory, { recursive: true }));

/** Else the worker would see that its data was copied, and start without paying. */
async function forgetInstallation(directory: string): Promise<void> {
  const path = join(directory, "data/henkin.db");
  await rm(`${path}.installation`);
  const database = new SqliteDatabase(path);
  database.exec("delete from switch where name = 'installation'");
  database.close();
}

const test = plain.extend<{ shop: Shop }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  shop: async ({}, use) => {
    const directory = await newFolder();
    await cp(template.directory, directory, { recursive: true });
    await forgetInstallation(directory);
    await use(shopIn(directory));
    await rm(directory, { recursive: true });
  },
});

describe.concurrent("henkin tickets", { timeout: TIMEOUT_MS }, () => {
  test("prints one object a ticket", async ({ shop }) => {
    const { json } = await shop.henkin("tickets", "--json", "--status", "refunded");
    expect(json).toEqual([
      {
        ...{ number: 2, status: "refunded", resolution: "refunded", orderNumbers: ["701"] },
        ...{ email: "suzuki@example.com", name: "鈴木一郎", provider: "sandbox" },
        ...{ paymentId: "p_701", amount: 5400, currency: "JPY", refundStatus: "succeeded" },
        refundId: expect.stringMatching(/^re_/),
        ...{ openedAt: expect.stringMatching(TIME), updatedAt: expect.stringMatching(TIME) },
      },
    ]);
  });

  test("filters by status, amount, name and day", async ({ shop }) => {
    const day = (offset: number) =>
      new Date(Date.now() + 9 * 60 * 60 * 1_000 + offset * DAY_MS).toISOString().slice(0, 10);
    const filters: [string[], number[]][] = [
      [[], [1, 2, 3, 4]],
      [["--status", "awaiting_approval"], [4]],
      [["--amount", "¥5,400"], [2]],
      [["--name", "高橋"], [3]],
      [
        ["--from", day(-1), "--to", day(1)],
        [1, 2, 3, 4],
      ],
      [["--from", day(2)], []],
      [["--to", day(-2)], []],
    ];
    for (const [filter, numbers] of filters) {
      const { code, json } = await shop.henkin("tickets", "--json", ...filter);
      expect({ filter, code, found: json.map(({ number }) => number).sort() }).toEqual({
        filter,
        code: 0,
        found: numbers,
      });
    }
  });

  test("ticket N --json tells its history, in order", async ({ shop }) => {
    const found = await shop.ticket(2);
    const history = found?.["history"] as { at: string; type: string; actor: string }[];
    const story = ["ticket_opened", "approval_asked", "mail_sent", "decision", "refund_planned"];
    const told = [...new Set(history.map(({ type }) => type))];
    expect(told.filter((type) => story.includes(type))).toEqual(story);
    expect(history.find(({ type }) => type === "decision")).toMatchObject({ actor: STAFF });
    const times = history.map(({ at }) => at);
    expect(times).toEqual([...times].sort());

    const { stdout } = await shop.henkin("ticket", "R-2");
    expect(stdout).toMatch(/^R-2 .*refunded .*701 .*5,400 .*鈴木一郎/);
  });
});

describe.concurrent("the operator", { timeout: TIMEOUT_MS }, () => {
  test("approves a part, is recorded, and the worker pays", async ({ shop }) => {
    expect(await shop.henkin("approve", "4", "--amount", "1,000")).toMatchObject({ code: 0 });
    expect(await shop.refunds()).toEqual([5400]);
    await shop.work();
    expect(await shop.refunds()).toEqual([5400, 1000]);
    const decision = expect.objectContaining({ type: "decision", actor: OPERATOR });
    const history = expect.arrayContaining([decision]);
    expect(await shop.ticket(4)).toMatchObject({ status: "refunded", amount: 1000, history });
  });

  test("rejects, and the customer is told", async ({ shop }) => {
    expect(await shop.henkin("reject", "4")).toMatchObject({ code: 0 });
    await shop.work();
    expect(await shop.ticket(4)).toMatchObject({ status: "rejected" });
    expect((await shop.sent()).filter((raw) => raw.includes("To: ito@"))).toHaveLength(1);
  });

  test("chooses a candidate, which is then asked about", async ({ shop }) => {
    expect(await shop.henkin("choose", "1", "1")).toMatchObject({ code: 0 });
    await shop.work();
    const chosen = { status: "awaiting_approval", paymentId: "p_679" };
    expect(await shop.ticket(1)).toMatchObject(chosen);
  });

  for (const [what, args, code, words] of [
    ["approves what is not there", ["approve", "99"], 1, "There is no ticket R-99"],
    ["shows what is not there", ["ticket", "99"], 1, "There is no ticket R-99"],
    ["approves candidates", ["approve", "1"], 1, "henkin choose"],
    ["approves what is refunded", ["approve", "2"], 1, "refunded"],
    ["rejects what is refunded", ["reject", "2"], 1, "refunded"],
    ["approves what is rejected", ["approve", "3"], 1, "rejected"],
    ["approves more than is left", ["approve", "4", "--amount", "1981"], 2, "what is left"],
    ["approves nothing", ["approve", "4", "--amount", "0"], 2, "above 0"],
    ["approves an amount that is none", ["approve", "4", "--amount", "all"], 2, '"all" is not'],
    ["asks for a day that is none", ["summary", "--date", "yesterday"], 2, '"yesterday" is not'],
    [
      "asks for no day of that month",
      ["tickets", "--from", "2026-02-30"],
      2,
      '"2026-02-30" is not',
    ],
    ["chooses where nothing is to choose", ["choose", "4", "1"], 1, "henkin ticket"],
    ["states a deposit that nobody asks for", ["received", "4", "100"], 1, "does not ask"],
    ["chooses a candidate that is not there", ["choose", "1", "9"], 1, "henkin ticket"],
  ] as const) {
    test(`who ${what} is told why not, and nothing happens`, async ({ shop }) => {
      const before = shop.events();
      const result = await shop.henkin(...args);
      expect(result.code).toBe(code);
      expect(result.stderr).toContain(words);
      expect(result.stderr).not.toMatch(/^ {4}at /m);
      expect(result.stderr.trim()).toMatch(/^henkin: .+\n→ .+\.(\nUsage: henkin .+)?$/);
      expect(shop.events()).toEqual(before);
    });
  }

  test("decides once", async ({ shop }) => {
    expect(await shop.henkin("approve", "4")).toMatchObject({ code: 0 });
    expect(await shop.henkin("approve", "4")).toMatchObject({ code: 1 });
    await shop.work();
    expect(await shop.refunds()).toEqual([5400, 1980]);
  });

  test("stops every refund, and lets them go on", async ({ shop }) => {
    expect(await shop.henkin("stop")).toMatchObject({ code: 0 });
    expect(await shop.henkin("approve", "4")).toMatchObject({ code: 0 });
    await shop.work();
    expect(await shop.refunds()).toEqual([5400]);
    expect((await shop.henkin("doctor")).stdout).toContain("henkin resume");
    expect(await shop.henkin("resume")).toMatchObject({ code: 0 });
    await shop.work();
    expect(await shop.refunds()).toEqual([5400, 1980]);
  });

  test("reads the nightly mail ahead, and nothing is sent", async ({ shop }) => {
    const before = await shop.sent();
    const { code, stdout } = await shop.henkin("summary");
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toContain("要対応 2件");
    expect(stdout).toContain("5,400");
    expect(await shop.henkin("summary", "--html", "night.html")).toMatchObject({ code: 0 });
    expect(await readFile(join(shop.directory, "night.html"), "utf8")).toContain("</html>");
    await shop.work();
    expect(await shop.sent()).toEqual(before);
  });
});

describe.concurrent("henkin audit verify", { timeout: TIMEOUT_MS }, () => {
  test("recomputes a trail that holds", async ({ shop }) => {
    const { code, json } = await shop.henkin("audit", "verify", "--json");
    const head = expect.stringMatching(/^[0-9a-f]{64}$/);
    const holds = { ok: true, events: shop.events().length, head, problem: null };
    expect({ code, json }).toEqual({ code: 0, json: [holds] });
  });

  for (const [what, statements, problem] of [
    ["changed", "update event set data = '{}' where seq = 6", "event 6 was changed"],
    ["given to another actor", "update event set actor = 'x' where seq = 7", "event 7 was changed"],
    ["removed", "delete from event where seq = 5", "event 5 is missing"],
    [
      "put in another's place",
      "update event set seq = -seq where seq in (8, 9); update event set seq = 17 + seq where seq < 0",
      "event 8 does not follow",
    ],
  ] as const) {
    test(`finds a row that was ${what}`, async ({ shop }) => {
      shop.tamper(statements);
      const { code, json } = await shop.henkin("audit", "verify", "--json");
      expect(code).toBe(1);
      expect(json).toMatchObject([{ ok: false, problem: expect.stringContaining(problem) }]);
    });
  }

  test("is part of doctor", async ({ shop }) => {
    shop.tamper("delete from event where seq = 5");
    const { code, json } = await shop.henkin("doctor", "--json");
    expect(code).toBe(1);
    expect(json).toContainEqual(expect.objectContaining({ level: "fail", check: "audit" }));
  });
});

describe("henkin doctor --json", { timeout: TIMEOUT_MS }, () => {
  test("prints one finding a line, and is content", async ({ shop }) => {
    const { code, json, stdout } = await shop.henkin("doctor", "--json");
    expect(code).toBe(0);
    expect(json).toHaveLength(stdout.trim().split("\n").length);
    for (const finding of json) {
      expect(Object.keys(finding).sort()).toEqual(["check", "level", "mend", "message"]);
      expect(["ok", "warn"]).toContain(finding["level"]);
    }
    const checks = json.map(({ check }) => check);
    const expected = ["templates", "database", "audit", "inbox", "smtp", "approval by mail"];
    expect(checks).toEqual(expect.arrayContaining(expected));
  });
});
