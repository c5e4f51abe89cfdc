// Rule 2 at its edges: a call that comes again, a look that fails, a clock that jumps, and to the
// millisecond when the next call may be.

import { afterEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { Refund } from "../../src/domain/ticket.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import { MANAGER, openPlanned, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

/** Approved, planned and about to be called for the first time. */
async function planned(answer = "OK", payment = aPayment()): Promise<Refund> {
  desk = await openPlanned({ payments: [payment] }, answer);
  return desk.theRefund();
}

/** One call more for this refund, as an order that was written twice. */
async function callAgain(refundId: string): Promise<void> {
  const { id } = await desk.ticket();
  const [kind, lane] = ["call_refund", PROVIDER] as const;
  const dueAt = desk.clock.now();
  const job = { id: "again", kind, lane, ticketId: id, payload: { refundId }, dueAt };
  await desk.store.write((tx) => tx.jobs.add(job));
  await desk.work();
}

const lost = () => aFailure(OutcomeUnknownError, "connection_lost", "The answer is missing.");
const refused = (code: string) => aFailure(PermanentError, code, "Refused.");
const times = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);
const creations = () => desk.provider.creations.length;
const looks = () => desk.provider.calls.filter((call) => call === "listRefunds").length;
const tasks = () => desk.mails("staff_task", TANAKA).map(({ variables }) => variables["reason"]);
const errors = () => desk.logged.filter(({ level }) => level === "error");

/** The looks after these many fail. */
function failLooksAfter(good: number, error: Error): void {
  let seen = 0;
  desk.provider.on.listRefunds = async () => {
    seen += 1;
    if (seen > good) throw error;
  };
}

describe("a call that comes again", () => {
  it.each(["succeeded", "pending", "failed"] as const)(
    "asks the provider nothing where the refund is %s",
    async (status) => {
      const { id } = await planned();
      desk.provider.nextStatus = status;
      await desk.work();
      const before = desk.provider.calls.length;
      await callAgain(id);
      expect(desk.provider.calls).toHaveLength(before);
      expect((await desk.theRefund()).state).toBe(status);
    },
  );

  it("asks nothing where the provider knows the refund in a state that we do not know", async () => {
    const { id } = await planned();
    desk.provider.nextStatus = "unknown";
    await desk.work();
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", providerRefundId: "re_1" });
    const before = looks();
    await callAgain(id);
    expect(looks()).toBe(before);
  });

  it("calls nothing where the provider refused: a new attempt needs a new approval", async () => {
    const { id } = await planned();
    desk.provider.fail("createRefund", refused("charge_disputed"));
    await desk.work();
    await callAgain(id);
    expect(creations()).toBe(1);
    expect((await desk.theRefund()).state).toBe("refused");
  });

  it("is over where there is no such refund", async () => {
    await planned();
    await desk.work();
    await callAgain("gone");
    expect(errors()).toEqual([]);
    expect(creations()).toBe(1);
  });
});

describe("a balance that is too low", () => {
  const empty = () => aFailure(TransientError, "balance_insufficient", "The balance is too low.");

  it("lets the refund wait for a day, no less and no more, and is told to staff once", async () => {
    const { id } = await planned();
    desk.provider.fail("createRefund", empty(), empty());
    await desk.work();
    await desk.advance(DAY - 1);
    expect(creations()).toBe(1);
    await desk.advance(1);
    expect(creations()).toBe(2);
    expect((await desk.theRefund()).state).toBe("planned");
    expect(tasks()).toEqual([expect.stringMatching(/balance .*¥2,467/)]);
    expect(await desk.noted("staff_told")).toContainEqual({
      reason: "balance_too_low",
      occasion: `balance/${id}`,
    });
    await desk.advance(DAY);
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("a halt right before the call", () => {
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
        desk.provider.offsetMs = 0;
      },
    ],
  ])("by %s is asked about again a minute later", async (_name, on, off) => {
    await planned();
    await on();
    await desk.work();
    await off();
    await desk.advance(MINUTE - 1);
    expect(creations()).toBe(0);
    await desk.advance(1);
    expect(creations()).toBe(1);
  });

  it("by a wrong clock is written down and told to the manager", async () => {
    await planned();
    desk.provider.offsetMs = HOUR;
    await desk.work();
    await desk.advance(MINUTE);
    expect(await desk.noted("refund_waits")).toEqual([{ reason: "clock_wrong", round: 1 }]);
    const told = desk.mails("staff_task", MANAGER).map(({ variables }) => variables["reason"]);
    expect(told).toEqual([expect.stringMatching(/60 minutes behind/)]);
  });

  it("is none where the provider has told no time", async () => {
    await planned();
    desk.provider.offsetMs = null;
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("a look that fails", () => {
  it("for good says nothing about the refund: no call, and the outcome is unknown", async () => {
    const { id } = await planned();
    failLooksAfter(0, refused("listing_forbidden"));
    await desk.work();
    expect(creations()).toBe(0);
    expect((await desk.theRefund()).state).toBe("unknown");
    expect((await desk.ticket()).status).toBe("approved");
    const told = { refund: id, code: "listing_forbidden" };
    expect(await desk.noted("refund_outcome_unknown")).toEqual([told]);
    delete desk.provider.on.listRefunds;
    await desk.advance(MINUTE);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("for now is made again, and nothing is known otherwise", async () => {
    await planned();
    failLooksAfter(0, aFailure(TransientError, "unavailable", "Later."));
    await desk.work();
    expect(creations()).toBe(0);
    expect((await desk.theRefund()).state).toBe("planned");
    expect(await desk.noted("refund_outcome_unknown")).toEqual([]);
  });

  it("for good after a refusal leaves open whether our own earlier call was why", async () => {
    await planned();
    desk.provider.fail("createRefund", refused("charge_already_refunded"));
    failLooksAfter(1, refused("listing_forbidden"));
    await desk.work();
    expect((await desk.theRefund()).state).toBe("unknown");
    expect((await desk.ticket()).status).toBe("approved");
    expect(tasks()).toEqual([]);
  });

  it("for now after a refusal leaves it open, too", async () => {
    await planned();
    desk.provider.fail("createRefund", refused("charge_already_refunded"));
    failLooksAfter(1, aFailure(TransientError, "unavailable", "Later."));
    await desk.work();
    expect((await desk.theRefund()).state).toBe("planned");
    expect(await desk.noted("refund_outcome_unknown")).toEqual([]);
    delete desk.provider.on.listRefunds;
    await desk.advance(MINUTE);
    expect((await desk.ticket()).status).toBe("refunded");
  });
});

describe("an unknown outcome", () => {
  it("is written down once, with the code of the first", async () => {
    const { id } = await planned();
    desk.provider.fail("createRefund", ...times(3, lost()));
    await desk.work();
    for (let left = 0; left < 3; left += 1) await desk.advance(MINUTE);
    expect(creations()).toBe(4);
    const told = { refund: id, code: "connection_lost" };
    expect(await desk.noted("refund_outcome_unknown")).toEqual([told]);
  });

  it("counts the errors that the key repeats, and no others", async () => {
    await planned();
    desk.provider.fail("createRefund", lost());
    await desk.work();
    expect((await desk.theRefund()).storedErrors).toBe(0);
    desk.provider.fail(
      "createRefund",
      aFailure(OutcomeUnknownError, "stored_server_error", "500."),
    );
    await desk.advance(MINUTE);
    expect((await desk.theRefund()).storedErrors).toBe(1);
  });

  it("waits longer each time before the next call", async () => {
    await planned();
    desk.provider.fail("createRefund", ...times(9, lost()));
    const calledAt: number[] = [];
    desk.provider.on.createRefund = async () => {
      calledAt.push(desk.clock.now());
    };
    await desk.work();
    for (let second = 0; second < 8; second += 1) await desk.advance(1_000);
    const [first = 0] = calledAt;
    expect(calledAt.map((at) => at - first)).toEqual([0, 1_000, 3_000, 7_000]);
  });
});

describe("a refund that needs a person", () => {
  it("because its payment is gone is not called", async () => {
    const { id } = await planned();
    desk.provider.remove("pi_679");
    await desk.work();
    expect(creations()).toBe(0);
    expect(await desk.theRefund()).toMatchObject({ state: "unknown", needsPerson: true });
    const told = { refund: id, reason: "payment_changed" };
    expect(await desk.noted("refund_needs_person")).toEqual([told]);
  });

  it("is looked for every six hours, told once, and never called by itself", async () => {
    const { id } = await planned();
    desk.provider.change("pi_679", { disputed: true });
    await desk.work();
    const toldAt = desk.clock.now();
    desk.provider.change("pi_679", { disputed: false });
    const before = looks();
    await desk.advance(6 * HOUR - 1);
    expect(looks()).toBe(before);
    await desk.advance(1);
    expect(looks()).toBe(before + 1);
    for (let left = 0; left < 8; left += 1) await desk.advance(6 * HOUR);
    expect(looks()).toBe(before + 9);
    expect(creations()).toBe(0);
    expect(tasks()).toEqual([expect.stringMatching(/has changed.*henkin approve 1\b/)]);
    expect(await desk.noted("refund_needs_person")).toHaveLength(1);
    expect(await desk.noted("staff_told")).toContainEqual({
      reason: "refund_stopped",
      occasion: `unknown/${id}/${toldAt}`,
    });
  });

  it("because the key was used otherwise says so", async () => {
    const { id } = await planned();
    desk.provider.fail(
      "createRefund",
      aFailure(OutcomeUnknownError, "idempotency_mismatch", "Other."),
    );
    await desk.work();
    expect(await desk.noted("refund_needs_person")).toEqual([
      { refund: id, reason: "idempotency_mismatch" },
    ]);
  });
});

describe("the age of the key", () => {
  /** A part of the payment is gone by another hand than ours, seen in this look. */
  const takeAway = (amountMinor: number) =>
    desk.provider.refundByHand("pi_679", amountMinor, "succeeded");

  it("is no obstacle at the very moment it was stored, whatever left the payment", async () => {
    await planned("OK 1000");
    takeAway(467);
    await desk.work();
    expect(creations()).toBe(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("less than nothing counts as old: our clock was set back meanwhile", async () => {
    const { id } = await planned("OK 1000");
    takeAway(467);
    desk.provider.on.retrievePayment = async () => desk.clock.advance(-1);
    await desk.work();
    expect(creations()).toBe(0);
    expect(await desk.noted("refund_needs_person")).toEqual([
      { refund: id, reason: "remainder_changed" },
    ]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])("of 23 hours and %i ms allows %i calls beside a changed remainder", async (ms, calls) => {
    await planned("OK 1000");
    takeAway(467);
    desk.clock.advance(23 * HOUR + ms);
    await desk.work();
    expect(creations()).toBe(calls);
    expect((await desk.theRefund()).needsPerson).toBe(calls === 0);
  });

  it("does not matter where what was left then is left now", async () => {
    await planned("OK", aPayment({ refundedMinor: 467 }));
    await desk.advance(2 * DAY);
    expect(creations()).toBe(1);
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("does not matter where more is left than then", async () => {
    await planned("OK 1000", aPayment({ refundedMinor: 467 }));
    desk.provider.change("pi_679", { refundedMinor: 0 });
    await desk.advance(2 * DAY);
    expect(creations()).toBe(1);
  });
});
