import { afterEach, describe, expect, it } from "vitest";
import { findNextPeriod } from "../../src/jobs/summarize-day.ts";
import { armSync } from "../../src/jobs/sync-payments.ts";
import { type DeskOptions, MANAGER, openDesk, SATO, type TestDesk } from "../support/desk.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** As the worker does at each start. */
async function start(on: TestDesk): Promise<void> {
  const now = on.clock.now();
  await on.store.write(async (tx) => {
    await tx.jobs.releaseAll();
    await armSync(tx, "memory", now);
    const { to } = await findNextPeriod(tx, on.desk);
    await tx.jobs.arm({
      id: "summarize_day",
      kind: "summarize_day",
      lane: "local",
      ticketId: null,
      payload: {},
      dueAt: to,
    });
  });
  await on.work();
}

async function open(at: string, options: DeskOptions = {}): Promise<void> {
  desk = await openDesk({ clock: new FakeClock(Date.parse(at)), ...options });
  await start(desk);
}

const dates = () => desk.mails("summary", MANAGER).map(({ variables }) => variables["date"]);
const periods = () => desk.mails("summary", MANAGER).map(({ variables }) => variables["period"]);

async function pass(ms: number, step = HOUR, of = desk): Promise<void> {
  for (let left = ms; left > 0; left -= step) await of.advance(Math.min(step, left));
}

describe("the nightly mail", () => {
  it("comes at the first hour set after the first start, then every night", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await pass(11 * HOUR - 1);
    expect(dates()).toEqual([]);
    await desk.advance(1);
    expect(dates()).toEqual(["2026-11-09"]);
    await pass(2 * DAY);
    expect(dates()).toEqual(["2026-11-09", "2026-11-10", "2026-11-11"]);
    expect(periods()).toEqual([
      "2026-11-09 10:00 – 2026-11-09 21:00",
      "2026-11-09 21:00 – 2026-11-10 21:00",
      "2026-11-10 21:00 – 2026-11-11 21:00",
    ]);
  });

  it("comes when nothing happened, and to each manager", async () => {
    const second = "second@shop.example";
    await open("2026-11-09T10:00:00+09:00", { shop: { managers: [MANAGER, second] } });
    await pass(DAY);
    expect(dates()).toEqual(["2026-11-09"]);
    expect(desk.mails("summary", second)).toHaveLength(1);
    expect(desk.mail("summary", MANAGER).variables).toMatchObject({
      needsAction: 0,
      waiting: [],
      paidOut: [],
      stopped: false,
    });
  });

  it("is caught up for each day the worker was down", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await pass(DAY);
    desk.clock.advance(4 * DAY);
    await start(desk);
    expect(dates()).toEqual(["2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13"]);
  });

  it("is not sent twice by restarts", async () => {
    await open("2026-11-09T20:00:00+09:00");
    for (let left = 0; left < 10; left += 1) {
      await start(desk);
      await desk.advance(10 * MINUTE);
    }
    expect(dates()).toEqual(["2026-11-09"]);
  });

  it("is neither repeated nor lost where the clock is set back", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await pass(12 * HOUR);
    desk.clock.advance(-3 * HOUR);
    await start(desk);
    await pass(6 * HOUR);
    expect(dates()).toEqual(["2026-11-09"]);
    await pass(DAY);
    expect(dates()).toEqual(["2026-11-09", "2026-11-10"]);
  });

  it("is neither repeated nor lost where the clock is far ahead for a while", async () => {
    await open("2026-11-09T10:00:00+09:00");
    desk.clock.advance(2 * DAY);
    await desk.work();
    desk.clock.advance(-2 * DAY);
    await start(desk);
    const before = dates();
    await pass(4 * DAY);
    expect(new Set(dates()).size).toBe(dates().length);
    expect(dates().length).toBeGreaterThan(before.length);
  });

  it.each([
    ["later", "21:00", "22:00"],
    ["earlier", "21:00", "08:00"],
    ["just before", "21:00", "20:59"],
  ])("goes on where its hour is moved: %s", async (_name, first, second) => {
    await open("2026-11-09T10:00:00+09:00", { summaryAt: first });
    await pass(11 * HOUR + MINUTE);
    expect(dates()).toEqual(["2026-11-09"]);
    const moved = await openDesk({ on: desk, summaryAt: second });
    await start(moved);
    await pass(5 * DAY, HOUR, moved);
    expect(new Set(dates()).size).toBe(dates().length);
    expect(dates().length).toBeGreaterThanOrEqual(5);
  });

  it("goes on where the shop moves to another time zone", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await pass(12 * HOUR);
    const moved = await openDesk({ on: desk, timeZone: "America/New_York" });
    await start(moved);
    await pass(5 * DAY, HOUR, moved);
    expect(dates().length).toBeGreaterThanOrEqual(5);
    expect(new Set(dates()).size).toBe(dates().length);
  });
});

describe("in a zone with summer time", () => {
  it.each([
    ["spring", "2026-03-05T12:00:00-05:00", "21:00"],
    ["spring, at an hour that is skipped", "2026-03-05T12:00:00-05:00", "02:30"],
    ["autumn", "2026-10-29T12:00:00-04:00", "21:00"],
    ["autumn, at an hour that comes twice", "2026-10-29T12:00:00-04:00", "01:30"],
  ])("every local day has one summary: %s", async (_name, from, summaryAt) => {
    await open(from, { timeZone: "America/New_York", summaryAt });
    await pass(7 * DAY, 30 * MINUTE);
    expect(dates().length).toBeGreaterThanOrEqual(6);
    expect(new Set(dates()).size).toBe(dates().length);
    const days = dates().map((date) => Date.parse(`${date}T12:00:00Z`));
    expect(days.slice(1).map((day, at) => day - (days[at] ?? 0))).toEqual(
      days.slice(1).map(() => DAY),
    );
  });
});

describe("what it says", () => {
  it("counts the day: mails, tickets, decisions and money out", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await desk.receive({ from: "newsletter@mail.example", subject: "Sale", text: "Buy." });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    await pass(11 * HOUR);
    const { variables } = desk.mail("summary", MANAGER);
    expect(variables["paidOut"]).toEqual([{ provider: "memory", count: 1, amount: "¥2,467" }]);
    const figures = variables["figures"] as { label: string; value: string }[];
    expect(Object.fromEntries(figures.map(({ label, value }) => [label, value]))).toMatchObject({
      "Mails received": "3",
      "Refund requests": "1",
      "New tickets": "1",
      Approved: "1",
      Rejected: "0",
      Closed: "1",
    });
  });

  it("quotes the end of the audit trail every night, by which a cut-off end shows", async () => {
    await open("2026-11-09T10:00:00+09:00");
    await desk.ask();
    await pass(3 * DAY);
    const heads = desk.mails("summary", MANAGER).map(({ variables }) => variables["auditHead"]);
    expect(new Set(heads).size).toBe(3);
    for (const head of heads) expect(head).toMatch(/^\d+ [0-9a-f]{64}$/);
    const seqs = heads.map((head) => Number(String(head).split(" ")[0]));
    expect(await desk.store.verifyAudit()).toMatchObject({ problem: null });
    const quoted = [{ seq: (seqs[0] ?? 0) + 1, hash: "0".repeat(64), by: "another summary" }];
    expect((await desk.store.verifyAudit(quoted)).problem).toContain("another summary");
  });

  it("counts nothing twice and leaves nothing out over the nights", async () => {
    await open("2026-11-09T20:59:00+09:00");
    for (let left = 0; left < 4; left += 1) {
      await desk.receive({
        from: "newsletter@mail.example",
        subject: "Sale",
        text: `Buy ${left}.`,
      });
      await desk.work();
      await desk.advance(30_000);
    }
    await pass(2 * DAY);
    const received = desk.mails("summary", MANAGER).map(({ variables }) => {
      const figures = variables["figures"] as { label: string; value: string }[];
      return Number(figures.find(({ label }) => label === "Mails received")?.value);
    });
    expect(received.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it("lists what waits by its age, what failed, what was put aside and what stands still", async () => {
    await open("2026-11-09T10:00:00+09:00", { shop: { staff: [SATO] } });
    await desk.ask();
    await desk.store.write((tx) => tx.switches.set("stop", "on"));
    await desk.store.write((tx) =>
      tx.lanes.save({
        name: "inbox",
        state: "paused",
        code: "imap_auth",
        message: "The password is wrong.",
        since: 0,
        retryAt: 0,
        failures: 1,
      }),
    );
    await desk.receive({ text: "x" });
    await desk.store.write((tx) =>
      tx.messages.markQuarantined("identity of received-2@mail.example", "unreadable_message"),
    );
    await pass(35 * HOUR);
    const { variables } = desk.mail("summary", MANAGER);
    expect(variables).toMatchObject({
      date: "2026-11-10",
      // Ticket, mail, lane and the stop switch.
      needsAction: 4,
      stopped: true,
      waiting: [{ number: 1, order: "679", amount: "¥2,467", age: "1 day" }],
      quarantined: [{ reason: "unreadable_message" }],
      lanes: ["inbox: The password is wrong."],
    });
    expect(variables["auditHead"]).toMatch(/^\d+ [0-9a-f]{64}$/);
  });
});
