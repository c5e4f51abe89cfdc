// Every night the provider's refunds and ours are compared both ways. Nothing is paid by it.

import { afterEach, describe, expect, it } from "vitest";
import { armReconciliation } from "../../src/jobs/reconcile-refunds.ts";
import { findNextPeriod } from "../../src/jobs/summarize-day.ts";
import {
  type DeskOptions,
  MANAGER,
  openDesk,
  PROVIDER,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { DAY, FakeClock, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

const HALF = 30 * MINUTE;

let desk: TestDesk;
afterEach(() => desk.close());

/** As the worker does at each start. */
async function start(): Promise<void> {
  await desk.store.write(async (tx) => {
    await tx.jobs.releaseAll();
    await armReconciliation(tx, desk.desk, "memory");
    const { to } = await findNextPeriod(tx, desk.desk);
    const summary = { id: "summarize_day", kind: "summarize_day", lane: "local" } as const;
    await tx.jobs.arm({ ...summary, ticketId: null, payload: {}, dueAt: to });
  });
  await desk.work();
}

/** At ten in the morning; the comparison is at half past eight, the summary at nine in the evening. */
async function open(options: DeskOptions = {}): Promise<void> {
  desk = await openDesk({
    clock: new FakeClock(Date.parse("2026-11-09T10:00:00+09:00")),
    ...options,
  });
  await start();
  desk.clock.advance(MINUTE);
}

async function refund(): Promise<void> {
  await desk.ask();
  await desk.reply("OK");
  await desk.work();
}

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= HALF) await desk.advance(Math.min(HALF, left));
}

const night = () => pass(12 * HOUR);
const summary = () => desk.mail("summary", MANAGER).variables;
const tasks = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);
const compared = async () => (await desk.store.read((tx) => tx.reconciliations.list()))[0];
const toTaro = () => desk.mails("refunded", TARO).length;

function lose(id = "re_1"): void {
  const { refunds } = desk.provider;
  refunds.splice(0, refunds.length, ...refunds.filter((refund) => refund.id !== id));
}

async function types(number = 1): Promise<string[]> {
  return (await desk.events(number)).map(({ type }) => type);
}

describe("a night on which all agrees", () => {
  it("is said to have been compared, and asks nothing of anybody", async () => {
    await open();
    await refund();
    await night();
    expect(summary()).toMatchObject({
      needsAction: 0,
      mismatches: [],
      refundsElsewhere: [],
      paidOut: [{ provider: "memory", count: 1, amount: "¥2,467" }],
      paidElsewhere: [],
      comparisons: [{ provider: "memory", at: "2026-11-09 20:31" }],
    });
    expect(tasks()).toEqual([]);
  });

  it("comes every night, and only reads", async () => {
    await open();
    await refund();
    await pass(3 * DAY);
    const runs = desk.provider.calls.filter((call) => call === "listAllRefunds");
    expect(runs).toHaveLength(3);
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("is not said of a night on which the provider could not be asked", async () => {
    await open();
    const down = new Error("down");
    desk.provider.fail("listAllRefunds", ...Array.from({ length: 50 }, () => down));
    await night();
    expect(summary()).toMatchObject({ comparisons: [{ provider: "memory", at: "" }] });
  });
});

describe("a refund made in the Dashboard", () => {
  it("is adopted once, and stands in the summary of its night alone", async () => {
    await open();
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    await night();
    expect(summary()).toMatchObject({
      needsAction: 0,
      refundsElsewhere: [
        {
          provider: "memory",
          refund: "re_1",
          amount: "¥500",
          date: "2026-11-09 10:01",
          status: "succeeded",
          reference: "",
          needsLook: false,
        },
      ],
      paidOut: [],
      paidElsewhere: [{ provider: "memory", count: 1, amount: "¥500" }],
      mismatches: [],
    });
    await pass(DAY);
    expect(summary()).toMatchObject({ refundsElsewhere: [], paidElsewhere: [], mismatches: [] });
  });

  it("is history where it was made before henkin first ran", async () => {
    const clock = new FakeClock(Date.parse("2026-11-08T10:00:00+09:00"));
    desk = await openDesk({ clock });
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    clock.advance(DAY);
    await desk.store.write((tx) => tx.switches.set("first_started_at", String(clock.now())));
    await start();
    await night();
    expect(summary()).toMatchObject({ refundsElsewhere: [], mismatches: [] });
  });

  it("makes an open question be asked anew, saying what changed", async () => {
    await open();
    await desk.ask();
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    await night();
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(variables).toMatchObject({
      amount: "¥1,967",
      changes: ["What is left changed from ¥2,467 to ¥1,967."],
    });
    expect(await desk.round()).toMatchObject({ round: 2, state: "open" });
    expect(await types()).toContain("refund_adopted");
    expect(summary()).toMatchObject({ refundsElsewhere: [{ reference: "R-1" }] });
  });

  it("does not repeat a question that was asked after it", async () => {
    await open();
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    await desk.ask();
    await night();
    expect(await desk.round()).toMatchObject({ round: 1, state: "open" });
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥1,967");
  });

  it("ends a ticket that waits for approval where it gave all back", async () => {
    await open();
    await desk.ask();
    desk.provider.refundByHand("pi_679", 2467, "succeeded");
    await night();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "done_elsewhere" });
    expect(desk.provider.creations).toEqual([]);
    expect(desk.mails("already_refunded", TARO)).toHaveLength(1);
  });

  it("beside a refund of ours is put before a person, once", async () => {
    await open();
    await desk.ask();
    await desk.reply("OK 2000");
    await desk.work();
    desk.provider.refundByHand("pi_679", 467, "succeeded");
    await night();
    expect(tasks()).toEqual([
      expect.stringMatching(/re_2 \(¥467\) of this ticket's payment outside henkin/),
    ]);
    expect(summary()).toMatchObject({
      needsAction: 1,
      refundsElsewhere: [{ refund: "re_2", reference: "R-1", needsLook: true }],
      paidOut: [{ count: 1, amount: "¥2,000" }],
      paidElsewhere: [{ count: 1, amount: "¥467" }],
    });
    await pass(2 * DAY);
    expect(tasks()).toHaveLength(1);
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("that failed at once disturbs no ticket and counts as no money out", async () => {
    await open();
    await desk.ask();
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    desk.provider.settle("re_1", "failed");
    await night();
    expect(await desk.round()).toMatchObject({ round: 1, state: "open" });
    expect(summary()).toMatchObject({
      refundsElsewhere: [{ status: "failed" }],
      paidElsewhere: [],
      mismatches: [],
    });
  });
});

describe("a refund of ours that the provider does not show", () => {
  it("is put before a person once, stands in every summary, and is never paid again", async () => {
    await open();
    await refund();
    lose();
    await night();
    const words = /R-1: The provider does not show refund re_1 \(¥2,467, payment pi_679\)/;
    expect(summary()).toMatchObject({
      needsAction: 1,
      mismatches: [
        expect.stringMatching(words),
        expect.stringMatching(/2026-11-09 do not add up: henkin's records say ¥2,467, .* ¥0/),
      ],
    });
    await pass(5 * DAY);
    expect(tasks()).toHaveLength(1);
    expect(summary()["mismatches"]).toEqual([expect.stringMatching(words), expect.anything()]);
    expect(desk.provider.creations).toHaveLength(1);
    expect(await desk.ticket()).toMatchObject({ status: "refunded" });
    expect((await types()).filter((type) => type === "refund_mismatch")).toHaveLength(1);
  });

  it("is over when it is shown again", async () => {
    await open();
    await refund();
    const [lost] = desk.provider.refunds;
    lose();
    await night();
    if (lost !== undefined) desk.provider.refunds.push(lost);
    await pass(DAY);
    expect(summary()).toMatchObject({ needsAction: 0, mismatches: [] });
    expect(await types()).toContain("refund_mismatch_cleared");
  });

  it("is no alarm where it is only missing from the list", async () => {
    await open();
    await refund();
    desk.provider.listDelayMs = 3 * DAY;
    await pass(2 * DAY);
    expect(desk.provider.calls.filter((call) => call === "retrieveRefund").length).toBeGreaterThan(
      0,
    );
    expect(summary()).toMatchObject({ needsAction: 0, mismatches: [] });
    expect(tasks()).toEqual([]);
  });

  it("is no alarm while it is younger than six hours", async () => {
    await open();
    await pass(9 * HOUR);
    await refund();
    lose();
    await pass(3 * HOUR);
    expect(summary()).toMatchObject({ date: "2026-11-09", needsAction: 0, mismatches: [] });
    await pass(DAY);
    expect(summary()).toMatchObject({ date: "2026-11-10", needsAction: 1 });
  });

  it("is no alarm where the key shows neither it nor its payment: another account or mode", async () => {
    await open();
    await refund();
    lose();
    desk.provider.remove("pi_679");
    await pass(3 * DAY);
    expect(summary()).toMatchObject({ needsAction: 0, mismatches: [] });
    expect(tasks()).toEqual([]);
  });

  it("is not missed where it is planned and was never made", async () => {
    await open();
    await desk.ask();
    await desk.reply("OK");
    desk.provider.fail("createRefund", ...Array.from({ length: 200 }, () => "before" as const));
    await night();
    expect((await desk.refunds())[0]?.state).toBe("unknown");
    expect(summary()).toMatchObject({ mismatches: [] });
  });
});

describe("a refund that differs", () => {
  it.each([
    ["amount", { amountMinor: 2000 }, "¥2,000"],
    ["currency", { currency: "USD" }, "$24.67"],
  ])("in its %s is put before a person, once", async (_name, change, shown) => {
    await open();
    await refund();
    const [made] = desk.provider.refunds;
    if (made !== undefined) desk.provider.refunds[0] = { ...made, ...change };
    await pass(3 * DAY);
    const words = `henkin's records say ¥2,467 succeeded, the provider says ${shown} succeeded`;
    expect(summary()["mismatches"]).toContainEqual(expect.stringContaining(words));
    expect(tasks()).toEqual([expect.stringContaining(words)]);
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("by being paid although it had failed is put before a person, once", async () => {
    await open();
    await refund();
    desk.provider.settle("re_1", "failed");
    await pass(DAY);
    expect(desk.mails("refund_failed", TARO)).toHaveLength(1);
    desk.provider.settle("re_1", "succeeded");
    await pass(3 * DAY);
    const words = "henkin's records say ¥2,467 failed, the provider says ¥2,467 succeeded";
    expect(tasks().filter((task) => String(task).includes(words))).toHaveLength(1);
    expect(summary()["mismatches"]).toEqual([
      expect.stringContaining(words),
      expect.stringMatching(/records say ¥0, the provider says ¥2,467/),
    ]);
  });

  it("in its status alone is read again and settled, without an alarm", async () => {
    await open();
    await refund();
    for (let days = 0; days < 50; days += 1) await desk.advance(DAY);
    desk.provider.settle("re_1", "failed", "lost_or_stolen_card");
    await desk.advance(DAY);
    expect(await desk.ticket()).toMatchObject({ status: "refund_failed" });
    expect(desk.mails("refund_failed", TARO)).toHaveLength(1);
    expect(summary()["mismatches"]).toEqual([]);
  });

  it("by being there twice is money paid twice", async () => {
    await open();
    await refund();
    desk.provider.repeat("re_1");
    await night();
    expect(tasks()).toEqual([expect.stringMatching(/re_2 .* same approval as refund re_1/)]);
    expect(summary()).toMatchObject({
      needsAction: 1,
      mismatches: [
        expect.stringMatching(/^R-1: Refund re_2/),
        expect.stringMatching(/records say ¥2,467, the provider says ¥4,934/),
      ],
    });
  });

  it("by its id alone is known for the ticket's own", async () => {
    await open();
    await refund();
    const [made] = desk.provider.refunds;
    const { id } = await desk.theRefund();
    if (made !== undefined) desk.provider.refunds[0] = { ...made, metadata: { henkin_refund: id } };
    await desk.store.write((tx) => tx.refunds.update(id, { providerRefundId: null }));
    await night();
    expect(summary()).toMatchObject({ refundsElsewhere: [], mismatches: [] });
  });

  it("by bearing our mark without being in these records is told", async () => {
    await open();
    const metadata = { henkin_ticket: "1", henkin_refund: "abc", henkin_digest: "abcdef" };
    desk.provider.refundByHand("pi_679", 500, "succeeded");
    const [made] = desk.provider.refunds;
    if (made !== undefined) desk.provider.refunds[0] = { ...made, metadata };
    await night();
    expect(tasks()).toEqual([expect.stringMatching(/re_1 .* bears henkin's mark/)]);
    expect(summary()).toMatchObject({ needsAction: 1, refundsElsewhere: [] });
  });

  it("by staying open for more than 45 days is put before a person", async () => {
    await open({ payments: [aPayment({ method: "konbini" })] });
    await refund();
    for (let days = 0; days < 45; days += 1) await desk.advance(DAY);
    const isOverdue = expect.stringMatching(/re_1 .* not final after 45 days/);
    expect(tasks()).not.toContainEqual(isOverdue);
    const before = tasks().length;
    for (let days = 0; days < 4; days += 1) await desk.advance(DAY);
    expect(tasks().slice(before)).toEqual([isOverdue]);
    expect(toTaro()).toBe(0);
  });
});

describe("the comparison itself", () => {
  const byHand = (count: number) => {
    for (let at = 0; at < count; at += 1) desk.provider.refundByHand("pi_679", 1, "succeeded");
  };

  it("reads page by page, and goes on after a restart where it ended", async () => {
    await open();
    desk.provider.pageSize = 10;
    byHand(25);
    desk.clock.set(Date.parse("2026-11-09T20:31:00+09:00"));
    await desk.work([PROVIDER]);
    let job = await desk.next(PROVIDER);
    while (job !== "reconcile_refunds") job = await desk.next(PROVIDER);
    expect(await compared()).toMatchObject({ state: "listing", page: "10" });
    desk.provider.calls.length = 0;
    await start();
    expect(desk.provider.calls.filter((call) => call === "listAllRefunds")).toHaveLength(2);
    expect(await compared()).toMatchObject({ state: "done", doneAt: desk.clock.now() });
    await desk.advance(HOUR);
    expect(summary()).toMatchObject({ paidElsewhere: [{ count: 25, amount: "¥25" }] });
  });

  it("is made up for at the start after a night without the worker", async () => {
    await open();
    await night();
    desk.clock.advance(2 * DAY);
    desk.provider.calls.length = 0;
    await start();
    expect(desk.provider.calls).toContain("listAllRefunds");
  });

  it("is not repeated by restarts", async () => {
    await open();
    await night();
    desk.provider.calls.length = 0;
    for (let times = 0; times < 3; times += 1) await start();
    expect(desk.provider.calls).not.toContain("listAllRefunds");
  });

  it("begins anew where it was broken off a day ago", async () => {
    await open();
    desk.provider.pageSize = 10;
    byHand(15);
    desk.clock.set(Date.parse("2026-11-09T20:31:00+09:00"));
    await desk.work([PROVIDER]);
    let job = await desk.next(PROVIDER);
    while (job !== "reconcile_refunds") job = await desk.next(PROVIDER);
    desk.clock.advance(2 * DAY);
    desk.provider.calls.length = 0;
    await start();
    expect(desk.provider.calls.filter((call) => call === "listAllRefunds")).toHaveLength(2);
  });

  it("does no harm twice: a crash before its end repeats it", async () => {
    await open();
    await refund();
    desk.provider.refundByHand("pi_679", 1, "succeeded");
    lose();
    desk.clock.set(Date.parse("2026-11-09T20:31:00+09:00"));
    await desk.work();
    await desk.store.write(async (tx) => {
      const run = await tx.reconciliations.find("memory");
      if (run !== undefined) await tx.reconciliations.save({ ...run, state: "listed" });
    });
    await start();
    expect(tasks()).toEqual([
      expect.stringContaining("outside henkin"),
      expect.stringContaining("does not show refund re_1"),
    ]);
    const events = await types();
    expect(events.filter((type) => type === "refund_mismatch")).toHaveLength(1);
    expect(events.filter((type) => type === "refund_adopted")).toHaveLength(1);
  });
});
