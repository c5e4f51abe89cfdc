// Rule 3 and the guard rails: what keeps an approved refund waiting, or from happening at all.

import { afterEach, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import type { Refund } from "../../src/domain/ticket.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import {
  type DeskOptions,
  MANAGER,
  openApproved,
  openDesk,
  PROVIDER,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";
import { anAnswer } from "./recorded-mail.ts";

const ORDERS = ["701", "702", "703", "704"];

let desk: TestDesk;
afterEach(() => desk.close());

/** Asked and answered; the job that looks once more has not run yet. */
async function approved(options: DeskOptions = {}, answer = "OK"): Promise<void> {
  desk = await openApproved(options, answer);
}

/** Several orders of one customer, each paid by ¥1,000 and approved. */
async function manyApproved(shop: DeskOptions["shop"] = {}): Promise<void> {
  const payments = ORDERS.map((order) =>
    aPayment({ id: `pi_${order}`, orderNumbers: [order], amountMinor: 1000, capturedMinor: 1000 }),
  );
  desk = await openDesk({ payments, shop });
  for (const order of ORDERS) await desk.ask({ order });
  for (const request of desk.mails("approval_request", TANAKA)) {
    await desk.receive(anAnswer(request, "OK"));
  }
  await desk.work([PROVIDER]);
}

function setStop(value: "on" | "off") {
  return desk.store.write((tx) => tx.switches.set(STOP_SWITCH, value));
}

async function expectNoRefund(): Promise<void> {
  expect(desk.provider.creations).toEqual([]);
  expect(await desk.refunds()).toEqual([]);
}

const told = () => desk.mails("staff_task", MANAGER).map(({ variables }) => variables["reason"]);

describe("a cap", () => {
  it.each([
    ["refunds an hour", { refundsPerHourMax: 2 }, HOUR],
    ["refunds a day", { refundsPerDayMax: 2 }, DAY],
    ["money a day", { refundMinorPerDayMax: 2999 }, DAY],
  ])("on %s lets what is over it wait, and tells the manager once", async (_name, shop, window) => {
    await manyApproved(shop);
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(2);
    await desk.advance(MINUTE);
    await desk.advance(window - 2 * MINUTE);
    expect(desk.provider.refunds).toHaveLength(2);
    expect((await desk.ticket(3)).status).toBe("approved");
    expect((await desk.ticket(4)).status).toBe("approved");
    expect(new Set(told()).size).toBe(1);
    expect(told()[0]).toMatch(/limit/);
    expect(desk.mails("refund_failed")).toEqual([]);
    await desk.advance(2 * MINUTE);
    expect(desk.provider.refunds).toHaveLength(4);
  });

  it("is told once, not each time the refund has to wait", async () => {
    await manyApproved({ refundsPerHourMax: 3 });
    for (let minute = 0; minute < 30; minute += 1) await desk.advance(MINUTE);
    expect(told()).toHaveLength(1);
  });

  it("is reached, not passed, by the exact amount", async () => {
    await manyApproved({ refundMinorPerDayMax: 4000 });
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(4);
    expect(told()).toEqual([]);
  });

  it("does not count what the provider refused", async () => {
    await manyApproved({ refundsPerDayMax: 1 });
    desk.provider.fail("createRefund", aFailure(PermanentError, "charge_disputed", "Refused."));
    await desk.work();
    expect(desk.provider.refunds).toEqual([]);
    await desk.advance(2 * MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
    await desk.advance(2 * MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
  });
});

describe("one payment of two tickets", () => {
  /** A second ticket for 679, of someone else; staff chose the payment. Both are approved. */
  async function approvedTwice(first: string, second: string): Promise<void> {
    desk = await openDesk();
    await desk.ask();
    const request = desk.mail("approval_request", TANAKA);
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply(second, SATO);
    await desk.receive(anAnswer(request, first));
    await desk.work([PROVIDER]);
    expect((await desk.ticket(1)).status).toBe("approved");
    expect((await desk.ticket(2)).status).toBe("approved");
  }

  it("has at most one refund in flight; the second looks again and asks anew", async () => {
    await approvedTwice("OK 1000", "OK 1000");
    desk.provider.fail("createRefund", ...Array.from({ length: 3 }, () => "before" as const));
    await desk.work();
    const inFlight = (refunds: Refund[]) =>
      refunds.filter(({ state }) => state === "planned" || state === "unknown");
    expect(inFlight([...(await desk.refunds(1)), ...(await desk.refunds(2))])).toHaveLength(1);
    const events = [...(await desk.events(1)), ...(await desk.events(2))];
    const waits = events.filter(({ type }) => type === "refund_waits").map(({ data }) => data);
    expect(waits).toEqual([{ reason: "refund_in_flight", round: expect.any(Number) }]);
    expect(told()).toEqual([]);
    for (let minute = 0; minute < 10; minute += 1) await desk.advance(MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
    const statuses = [(await desk.ticket(1)).status, (await desk.ticket(2)).status].sort();
    expect(statuses).toEqual(["awaiting_approval", "refunded"]);
    expect(desk.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("names the other ticket in its request", async () => {
    await approvedTwice("OK 1000", "OK 2000");
    const warnings = desk.mail("approval_request", SATO).variables["warnings"] as string[];
    expect(warnings.join()).toMatch(/Another ticket.*R-1 \(awaiting_approval\)/);
  });

  it("is never refunded by more than was captured, whatever the provider shows as left", async () => {
    await approved({}, "OK 2000");
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
    desk.provider.change("pi_679", { refundedMinor: 0 });
    await desk.advance(HOUR);
    await desk.ask();
    await desk.reply("OK");
    await desk.advance(HOUR);
    expect((await desk.ticket(2)).status).toBe("approved");
    expect(desk.provider.creations).toHaveLength(1);
    expect(told().join()).toMatch(/sum_of_refunds/);
  });

  it("may be refunded again by what a failed refund has left", async () => {
    await approved({}, "OK 2000");
    await desk.work();
    desk.provider.settle("re_1", "failed", "expired_or_canceled_card");
    await desk.advance(DAY);
    expect((await desk.ticket(1)).status).toBe("refund_failed");
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply("OK", SATO);
    await desk.work();
    expect(desk.provider.creations.at(-1)).toMatchObject({ amountMinor: 2467 });
    expect((await desk.ticket(2)).status).toBe("refunded");
  });
});

describe("the stop switch", () => {
  it("keeps an approved refund from being planned, until it is off", async () => {
    await approved();
    await setStop("on");
    await desk.work();
    await desk.advance(HOUR);
    await expectNoRefund();
    expect((await desk.ticket()).status).toBe("approved");
    await setStop("off");
    await desk.advance(MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
  });

  it("keeps nothing else from going on", async () => {
    desk = await openDesk();
    await setStop("on");
    await desk.ask();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    await desk.reply("NG");
    await desk.work();
    expect((await desk.ticket()).status).toBe("rejected");
    expect(desk.mails("rejected", TARO)).toHaveLength(1);
  });
});

describe("a dry run", () => {
  it("ends without a refund and without a mail to the customer, for good", async () => {
    await approved({ shop: { dryRun: true } });
    await desk.work();
    await expectNoRefund();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "dry_run" });
    const wet = await openDesk({ on: desk });
    await wet.advance(HOUR);
    await expectNoRefund();
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
    expect(desk.mail("decision_made", SATO).variables["decision"]).toMatch(/DRY_RUN/);
    expect(desk.mails("decision_made", MANAGER)).toEqual([]);
  });
});
