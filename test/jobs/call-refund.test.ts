// Rule 2: what is stored before the call, what a repeat may be, and where a person is asked.

import { afterEach, describe, expect, it } from "vitest";
import {
  AccessError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../../src/domain/errors.ts";
import type { Refund } from "../../src/domain/ticket.ts";
import { openDesk, openPlanned, PROVIDER, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Approved, planned and about to be called for the first time. */
async function planned(answer = "OK", payment = aPayment()): Promise<Refund> {
  desk = await openPlanned({ payments: [payment] }, answer);
  return desk.theRefund();
}

/** The refund and nothing else of it, as every call must say it. */
function parametersOf(refund: Refund) {
  const { paymentId, amountMinor, currency, reason, metadata, idempotencyKey } = refund;
  return { paymentId, amountMinor, currency, reason, metadata, idempotencyKey };
}

const lost = (code = "connection_lost") =>
  aFailure(OutcomeUnknownError, code, "The answer is missing.");
const times = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);
const tasks = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);

describe("before the provider is called", () => {
  it("key and exact parameters are durable", async () => {
    await planned();
    let seen: Refund | undefined;
    let status: string | undefined;
    desk.provider.on.createRefund = async () => {
      seen = await desk.theRefund();
      status = (await desk.ticket()).status;
    };
    await desk.work();
    expect([seen?.state, status]).toEqual(["planned", "approved"]);
    expect(seen && parametersOf(seen)).toEqual(desk.provider.creations[0]);
  });

  it("the job is asked for once more: whoever has it by now makes the call", async () => {
    await planned();
    desk.provider.on.listRefunds = async () => {
      delete desk.provider.on.listRefunds;
      await desk.store.write((tx) => tx.jobs.releaseAll());
      expect(await desk.claim("provider:memory")).toMatchObject({ kind: "call_refund", starts: 2 });
    };
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect((await desk.theRefund()).state).toBe("planned");
  });

  it("nobody is told that money was sent", async () => {
    await planned();
    desk.provider.fail("createRefund", ...times(9, "before" as const));
    await desk.work();
    for (let minute = 0; minute < 5; minute += 1) await desk.advance(MINUTE);
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
    expect((await desk.ticket()).status).toBe("approved");
    expect((await desk.theRefund()).state).toBe("unknown");
  });
});

describe("a repeat", () => {
  it.each([
    ["was lost on the way there", "before"],
    ["was answered by a server error", lost("server_error")],
    ["was too many", aFailure(TransientError, "rate_limited", "Later.")],
    ["met another of the same key", aFailure(TransientError, "idempotency_key_in_use", "Later.")],
  ] as const)("says exactly the same where the first call %s", async (_name, fault) => {
    const refund = await planned();
    desk.provider.fail("createRefund", fault, fault, fault);
    await desk.work();
    for (let left = 0; left < 6; left += 1) await desk.advance(MINUTE);
    expect(desk.provider.creations).toEqual(times(4, parametersOf(refund)));
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("is none where a look finds the refund", async () => {
    await planned();
    desk.provider.calls.length = 0;
    desk.provider.fail("createRefund", "after");
    await desk.work();
    await desk.advance(MINUTE);
    const order = desk.provider.calls.filter((call) => call !== "retrievePayment");
    expect(order.slice(0, 3)).toEqual(["listRefunds", "createRefund", "listRefunds"]);
    expect(desk.provider.creations).toHaveLength(1);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", providerRefundId: "re_1" });
    expect(desk.mails("refunded", TARO)).toHaveLength(1);
  });

  it.each([
    ["without the digest, by its id", "the id", 1],
    ["by nobody's id", "another", 2],
  ])("is none where the look finds it %s", async (_how, mark, creations) => {
    const { id } = await planned("OK 1000");
    desk.provider.fail("createRefund", "before");
    await desk.work();
    desk.provider.refundByHand("pi_679", 1000, "succeeded");
    const [made] = desk.provider.refunds;
    if (made === undefined) throw new Error("no refund");
    const metadata = { henkin_refund: mark === "the id" ? id : mark };
    desk.provider.refunds[0] = { ...made, metadata };
    await desk.advance(MINUTE);
    expect(desk.provider.creations).toHaveLength(creations);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("looks before each call, not only before the second", async () => {
    await planned();
    desk.provider.fail("createRefund", "before", "before");
    desk.provider.calls.length = 0;
    await desk.work();
    for (let left = 0; left < 3; left += 1) await desk.advance(MINUTE);
    const order = desk.provider.calls.filter(
      (call) => call === "createRefund" || call === "listRefunds",
    );
    expect(order).toEqual([
      "listRefunds",
      "createRefund",
      "listRefunds",
      "createRefund",
      "listRefunds",
      "createRefund",
    ]);
  });

  it("is safe by its key while listings lag behind", async () => {
    await planned();
    desk.provider.listDelayMs = HOUR;
    desk.provider.fail("createRefund", "after");
    await desk.work();
    await desk.advance(MINUTE);
    expect(desk.provider.creations).toHaveLength(2);
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.theRefund()).state).toBe("succeeded");
  });

  it("that stays without an answer for hours is told to staff", async () => {
    await planned();
    desk.provider.fail("createRefund", ...times(1_000, lost("server_error")));
    await desk.work();
    for (let left = 0; left < 36; left += 1) await desk.advance(5 * MINUTE);
    expect((await desk.theRefund()).state).toBe("unknown");
    expect(tasks()).toHaveLength(1);
  });

  it("takes no refund of someone else for its own", async () => {
    await planned("OK 1000");
    desk.provider.fail("createRefund", "before");
    await desk.work();
    desk.provider.refundByHand("pi_679", 1000, "succeeded");
    await desk.advance(MINUTE);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", providerRefundId: "re_2" });
  });
});

describe("a job that starts for the first time long after the key was stored", () => {
  it("looks first: a restored backup may have called before", async () => {
    const refund = await planned();
    await desk.provider.createRefund(parametersOf(refund), new AbortController().signal);
    desk.provider.forgetKeys();
    await desk.advance(2 * MINUTE);
    expect(desk.provider.creations).toHaveLength(1);
    expect(desk.provider.refunds).toHaveLength(1);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", providerRefundId: "re_1" });
  });
});

describe("beyond the provider's promise to know the key", () => {
  async function lostThenLater(answer: string, fault: "before" | "after", ms: number) {
    const refund = await planned(answer);
    desk.provider.fail("createRefund", fault);
    await desk.work();
    desk.provider.forgetKeys();
    await desk.advance(ms);
    return refund;
  }

  it("repeats with the same key where nothing is missing from what was captured", async () => {
    const refund = await lostThenLater("OK", "before", 2 * DAY);
    expect(desk.provider.creations).toEqual(times(2, parametersOf(refund)));
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it.each([
    ["all of it", "OK"],
    ["a part of it", "OK 1000"],
  ])("asks a person where %s is gone and no listing shows why", async (_name, answer) => {
    const refund = await planned(answer);
    desk.provider.listDelayMs = 10 * DAY;
    desk.provider.fail("createRefund", "after");
    await desk.work();
    desk.provider.forgetKeys();
    await desk.advance(23 * HOUR + MINUTE);
    await desk.advance(DAY);
    expect(desk.provider.refunds).toHaveLength(1);
    expect(desk.provider.creations).toEqual([parametersOf(refund)]);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
    expect(tasks().join()).toMatch(/was stopped, because the payment has changed/);
    desk.provider.listDelayMs = 0;
    await desk.advance(6 * HOUR);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("still repeats blindly an hour before the promise ends, and no later", async () => {
    await planned();
    desk.provider.listDelayMs = 10 * DAY;
    desk.provider.fail("createRefund", "after");
    await desk.work();
    await desk.advance(23 * HOUR);
    expect(desk.provider.creations).toHaveLength(2);
    expect((await desk.theRefund()).state).toBe("succeeded");
  });

  it("keeps to the promise of the provider in question", async () => {
    await planned();
    desk.provider.capabilities = { ...desk.provider.capabilities, keyWindowMs: 6 * HOUR };
    desk.provider.listDelayMs = 10 * DAY;
    desk.provider.fail("createRefund", "after");
    await desk.work();
    desk.provider.forgetKeys();
    await desk.advance(5 * HOUR + MINUTE);
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.theRefund()).needsPerson).toBe(true);
  });
});

describe("a definite refusal", () => {
  it("ends the attempt: staff hear of it, the customer does not", async () => {
    await planned();
    desk.provider.fail(
      "createRefund",
      aFailure(PermanentError, "charge_disputed", "A dispute is open."),
    );
    await desk.work();
    await desk.advance(HOUR);
    expect(desk.provider.creations).toHaveLength(1);
    expect(await desk.theRefund()).toMatchObject({
      state: "refused",
      failureReason: "charge_disputed",
    });
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(tasks().join()).toMatch(/charge_disputed: The other side refuses: A dispute is open/);
    expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
  });

  it("by charge_already_refunded is not read as our own success", async () => {
    await planned();
    desk.provider.on.createRefund = async () => {
      desk.provider.refundByHand("pi_679", 2467, "succeeded");
    };
    await desk.work();
    expect(await desk.theRefund()).toMatchObject({ state: "refused", providerRefundId: null });
    expect((await desk.ticket()).status).toBe("refund_failed");
    expect(desk.mails("refunded")).toEqual([]);
  });

  it("by charge_already_refunded is our own success where the listing shows our mark", async () => {
    const refund = await planned();
    desk.provider.on.createRefund = async () => {
      delete desk.provider.on.createRefund;
      await desk.provider.createRefund(parametersOf(refund), new AbortController().signal);
      desk.provider.forgetKeys();
    };
    await desk.work();
    expect(desk.provider.refunds).toHaveLength(1);
    expect(await desk.theRefund()).toMatchObject({ state: "succeeded", providerRefundId: "re_1" });
  });
});

describe("a refund that is blocked", () => {
  it("waits where the key is refused, and spends no attempt", async () => {
    await planned();
    desk.provider.fail("createRefund", aFailure(AccessError, "unauthorized", "The key is wrong."));
    await desk.work();
    const lane = await desk.store.read((tx) => tx.lanes.find(PROVIDER));
    expect(lane).toMatchObject({ state: "paused", code: "unauthorized" });
    await desk.advance(10 * MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("is put before a person where the payment is disputed meanwhile", async () => {
    await planned();
    desk.provider.fail("createRefund", "before");
    await desk.work();
    desk.provider.change("pi_679", { disputed: true });
    await desk.advance(DAY);
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.theRefund()).needsPerson).toBe(true);
    expect(desk.mails("staff_task", SATO)).toHaveLength(1);
  });

  it("waits while the stop switch is on, although its key is stored", async () => {
    await planned();
    await desk.store.write((tx) => tx.switches.set("stop", "on"));
    await desk.work();
    await desk.advance(HOUR);
    expect(desk.provider.creations).toEqual([]);
    await desk.store.write((tx) => tx.switches.set("stop", "off"));
    await desk.advance(MINUTE);
    expect(desk.provider.refunds).toHaveLength(1);
  });

  it("is not called in a dry run, although its key is stored", async () => {
    await planned();
    const dry = await openDesk({ on: desk, shop: { dryRun: true } });
    await dry.work();
    await dry.advance(HOUR);
    expect(desk.provider.creations).toEqual([]);
  });
});
