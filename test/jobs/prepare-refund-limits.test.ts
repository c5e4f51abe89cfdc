// Rules 3 and 4 at their edges: to the yen and to the millisecond what a limit lets through, and for how
// long an approved refund waits.

import { afterEach, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import {
  type DeskOptions,
  MANAGER,
  openApproved,
  openDesk,
  SATO,
  TANAKA,
  type TestDesk,
} from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";

const AUTHORIZED = { status: "authorized", capturedMinor: 0, paidAt: null } as const;

let desk: TestDesk;
afterEach(() => desk.close());

/** Asked and answered; the job that looks once more has not run yet. */
async function approved(options: DeskOptions = {}, answer = "OK"): Promise<void> {
  desk = await openApproved(options, answer);
}

const told = () => desk.mails("staff_task", MANAGER).map(({ variables }) => variables["reason"]);

async function expectNothingDone(): Promise<void> {
  expect(desk.provider.creations).toEqual([]);
  expect(await desk.refunds()).toEqual([]);
  expect(desk.logged.filter(({ level }) => level === "error")).toEqual([]);
}

describe("a refund that waits for a cap", () => {
  it("is told to the managers, and to nobody as waiting for another refund", async () => {
    await approved({ shop: { refundsPerDayMax: 0 } });
    await desk.work();
    await desk.advance(2 * HOUR);
    expect(told()).toEqual([expect.stringContaining("(REFUND_MAX_PER_DAY)")]);
    expect(desk.mails("staff_task", TANAKA)).toEqual([]);
    await expectNothingDone();
  });
});

describe("the sum of all refunds of a payment", () => {
  async function refundedThenAsked(answer: string): Promise<void> {
    await approved({}, answer);
    await desk.work();
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
  }

  it("may reach what was captured to the yen", async () => {
    await refundedThenAsked("OK 1000");
    await desk.reply("OK 1467", SATO);
    await desk.work();
    expect(desk.provider.creations.map(({ amountMinor }) => amountMinor)).toEqual([1000, 1467]);
  });

  it("may not pass it by a yen, which the manager hears", async () => {
    await approved({}, "OK 1000");
    await desk.work();
    desk.provider.change("pi_679", { refundedMinor: 999 });
    await desk.ask();
    await desk.reply("OK 1468");
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.ticket(2)).status).toBe("approved");
    expect(told()).toEqual([expect.stringContaining("(sum_of_refunds)")]);
  });

  it.each(["failed", "canceled"] as const)("does not count a refund that %s", async (status) => {
    desk = await openDesk();
    desk.provider.nextStatus = status;
    await desk.ask();
    await desk.reply("OK 2000");
    await desk.work();
    desk.provider.change("pi_679", { refundedMinor: 0 });
    desk.provider.nextStatus = "succeeded";
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply("OK", SATO);
    await desk.work();
    expect(desk.provider.creations.at(-1)).toMatchObject({ amountMinor: 2467 });
  });

  it("does not count a refund that was refused", async () => {
    await approved({}, "OK 2000");
    desk.provider.fail("createRefund", aFailure(PermanentError, "refused", "No."));
    await desk.work();
    await desk.ask({ name: "山田花子", email: "hanako@mail.example" });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply("OK", SATO);
    await desk.work();
    expect(desk.provider.refunds).toMatchObject([{ amountMinor: 2467 }]);
  });
});

describe("a limit", () => {
  it.each([
    ["REFUND_MAX_PER_HOUR", { refundsPerHourMax: 0 }],
    ["REFUND_MAX_PER_DAY", { refundsPerDayMax: 0 }],
    ["REFUND_MAX_AMOUNT_PER_DAY", { refundMinorPerDayMax: 2466 }],
  ])("is named to the manager and in the history, once a day: %s", async (name, shop) => {
    await approved({ shop });
    for (let hours = 0; hours < 30; hours += 1) await desk.advance(HOUR);
    await expectNothingDone();
    expect(told()).toEqual([1, 2].map(() => expect.stringContaining(`(${name})`)));
    expect(await desk.noted("refund_waits")).toEqual([{ reason: name, round: 1 }]);
  });

  it("keeps no void waiting", async () => {
    const shop = { refundsPerHourMax: 0, refundsPerDayMax: 0, refundMinorPerDayMax: 0 };
    await approved({ shop, payments: [aPayment(AUTHORIZED)] });
    await desk.work();
    expect((await desk.ticket()).resolution).toBe("voided");
  });

  it.each([
    ["refunds an hour", { refundsPerHourMax: 1 }, HOUR],
    ["refunds a day", { refundsPerDayMax: 1 }, DAY],
    ["money a day", { refundMinorPerDayMax: 2467 }, DAY],
  ])("on %s ends to the millisecond", async (_name, shop, window) => {
    const other = aPayment({ id: "pi_701", orderNumbers: ["701"] });
    desk = await openDesk({ payments: [aPayment(), other], shop });
    await desk.ask();
    await desk.reply("OK");
    await desk.work();
    const { keyStoredAt } = await desk.theRefund();
    await desk.ask({ order: "701" });
    desk.clock.set(keyStoredAt + window);
    await desk.reply("OK");
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
    expect(await desk.noted("refund_waits")).toEqual([]);
    await desk.advance(MINUTE - 1);
    expect(desk.provider.refunds).toHaveLength(1);
    await desk.advance(1);
    expect(desk.provider.refunds).toHaveLength(2);
  });
});

describe("a wait", () => {
  it.each<[string, () => Promise<void>, () => Promise<void>]>([
    [
      "the stop switch",
      () => desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on")),
      () => desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "off")),
    ],
    [
      "a wrong clock",
      async () => {
        desk.provider.offsetMs = HOUR;
      },
      async () => {
        desk.provider.offsetMs = null;
      },
    ],
  ])("for %s is over at the next minute", async (_name, on, off) => {
    await approved();
    await on();
    await desk.work();
    await off();
    await desk.advance(MINUTE - 1);
    await expectNothingDone();
    await desk.advance(1);
    expect(desk.provider.refunds).toHaveLength(1);
  });

  it("for the stop switch is nothing that the manager must hear of", async () => {
    await approved();
    await desk.store.write((tx) => tx.switches.set(STOP_SWITCH, "on"));
    await desk.advance(HOUR);
    expect(await desk.noted("refund_waits")).toEqual([{ reason: "stop_switch", round: 1 }]);
    expect(told()).toEqual([]);
  });
});
