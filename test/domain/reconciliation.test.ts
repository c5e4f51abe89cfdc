import { describe, expect, it } from "vitest";
import {
  type Compared,
  findMismatches,
  isDead,
  type Look,
  missingRefunds,
  refundsToCheck,
  type SeenRefund,
} from "../../src/domain/reconciliation.ts";
import type { Refund } from "../../src/domain/ticket.ts";
import { DAY, HOUR } from "../support/fake-clock.ts";

const NOW = Date.parse("2026-11-09T20:30:00Z");
const RUN = NOW - 1_000;
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

function ours(change: Partial<Refund> = {}): Refund {
  return {
    id: "ours",
    ticketId: "ticket",
    round: 1,
    action: "refund",
    provider: "memory",
    account: "acct_1",
    paymentId: "pi_1",
    amountMinor: 1000,
    currency: "JPY",
    reason: "requested_by_customer",
    metadata: {},
    idempotencyKey: "key",
    instructionsEmail: null,
    state: "succeeded",
    providerRefundId: "re_1",
    failureReason: null,
    storedErrors: 0,
    needsPerson: false,
    keyStoredAt: NOW - DAY,
    followUntil: null,
    accountAskedAt: null,
    accountUntil: null,
    updatedAt: NOW - DAY,
    ...change,
  };
}

function seen(change: Partial<SeenRefund> = {}): SeenRefund {
  return {
    provider: "memory",
    id: "re_1",
    paymentId: "pi_1",
    amountMinor: 1000,
    currency: "JPY",
    status: "succeeded",
    statusAt: RUN - DAY,
    origin: "henkin",
    refundId: "ours",
    ticketId: "ticket",
    createdAt: NOW - DAY,
    firstSeenAt: NOW - DAY,
    adoptedAt: null,
    seenIn: RUN,
    ...change,
  };
}

const elsewhere = (change: Partial<SeenRefund> = {}) =>
  seen({ id: "re_9", origin: "elsewhere", refundId: null, ticketId: null, ...change });

const before = { seenIn: RUN - DAY };

function compared(mine: readonly Refund[], theirs: readonly SeenRefund[]): Compared {
  return { ours: mine, seen: theirs, startedAt: RUN, createdFrom: NOW - 90 * DAY, now: NOW };
}

function kinds(
  mine: readonly Refund[],
  theirs: readonly SeenRefund[],
  looks: Record<string, Look> = {},
): string[] {
  const found = findMismatches(compared(mine, theirs), new Map(Object.entries(looks)), dayOf);
  return found.map(({ kind, subject }) => `${kind} ${subject}`);
}

const TOTAL = "total 2026-11-08 JPY";

describe("what agrees", () => {
  it.each<[string, Refund[], SeenRefund[]]>([
    ["nothing at all", [], []],
    ["a refund of ours that is shown", [ours()], [seen()]],
    ["one made elsewhere", [], [elsewhere()]],
    ["one from before henkin", [], [elsewhere({ origin: "earlier" })]],
    ["one that both say has failed", [ours({ state: "failed" })], [seen({ status: "failed" })]],
    ["one refused, never made", [ours({ state: "refused", providerRefundId: null })], []],
    [
      "failed here and cancelled there",
      [ours({ state: "failed" })],
      [seen({ status: "canceled" })],
    ],
    ["one not called yet", [ours({ state: "planned", providerRefundId: null })], []],
    [
      "one whose answer was lost, and that is shown",
      [ours({ state: "unknown", providerRefundId: null })],
      [seen()],
    ],
    [
      "a status that has just changed",
      [ours()],
      [seen({ status: "failed", statusAt: NOW - HOUR })],
    ],
  ])("is %s", (_name, mine, theirs) => {
    expect(kinds(mine, theirs)).toEqual([]);
  });
});

describe("what does not agree", () => {
  it.each<[string, Refund[], SeenRefund[], Record<string, Look>, string[]]>([
    ["ours is gone", [ours()], [], { re_1: "gone" }, ["vanished ours", TOTAL]],
    ["ours is out of sight", [ours()], [], { re_1: "out_of_sight" }, []],
    ["ours had failed, and is gone", [ours({ state: "failed" })], [], { re_1: "gone" }, []],
    [
      "one made elsewhere is gone",
      [],
      [elsewhere(before)],
      { re_9: "gone" },
      ["vanished re_9", TOTAL],
    ],
    ["a dead one elsewhere is gone", [], [elsewhere({ ...before, status: "failed" })], {}, []],
    ["one elsewhere is out of sight", [], [elsewhere(before)], { re_9: "out_of_sight" }, []],
    ["another amount", [ours()], [seen({ amountMinor: 1 })], {}, ["differs ours", TOTAL]],
    [
      "another currency",
      [ours()],
      [seen({ currency: "USD" })],
      {},
      ["differs ours", "total 2026-11-08 USD", TOTAL],
    ],
    ["failed here, paid there", [ours({ state: "failed" })], [seen()], {}, ["differs ours", TOTAL]],
    ["voided here, paid there", [ours({ state: "voided" })], [seen()], {}, ["differs ours"]],
    [
      "another status since yesterday",
      [ours()],
      [seen({ status: "failed" })],
      {},
      ["differs ours", TOTAL],
    ],
    [
      "paid twice under one approval",
      [ours()],
      [seen({ id: "re_0" }), seen()],
      {},
      ["paid_twice re_0", TOTAL],
    ],
    [
      "a second one that has failed pays nothing",
      [ours()],
      [seen(), seen({ id: "re_2", status: "failed" })],
      {},
      [],
    ],
    [
      "our mark, not our records",
      [],
      [elsewhere({ origin: "unrecorded" })],
      {},
      ["unrecorded re_9", TOTAL],
    ],
    [
      "open for 47 days",
      [ours({ state: "pending", keyStoredAt: NOW - 47 * DAY })],
      [seen({ status: "pending", createdAt: NOW - 47 * DAY })],
      {},
      ["overdue ours"],
    ],
    [
      "the first day, of which a part is compared",
      [],
      [elsewhere({ origin: "unrecorded", createdAt: NOW - 90 * DAY })],
      {},
      ["unrecorded re_9"],
    ],
  ])("is found: %s", (_name, mine, theirs, looks, expected) => {
    expect(kinds(mine, theirs, looks)).toEqual(expected);
  });

  it("is counted to the yen, day by day and currency by currency", () => {
    const mine = [ours(), ours({ id: "second", providerRefundId: "re_2", amountMinor: 1 })];
    const theirs = [
      seen(),
      seen({ id: "re_2", refundId: "second", amountMinor: 2 }),
      elsewhere({ amountMinor: 300 }),
      elsewhere({ id: "re_8", currency: "USD", amountMinor: 5 }),
      elsewhere({ id: "re_7", createdAt: NOW - 3 * DAY }),
    ];
    const found = findMismatches(compared(mine, theirs), new Map(), dayOf);
    expect(found.filter(({ kind }) => kind === "total")).toEqual([
      {
        kind: "total",
        subject: "2026-11-08 JPY",
        ticketId: null,
        values: ["2026-11-08", "¥1,301", "¥1,302"],
      },
    ]);
  });
});

describe("what is looked for by its id", () => {
  it.each<[string, Refund[], SeenRefund[], string[]]>([
    ["ours, not listed", [ours()], [], ["re_1"]],
    ["ours, listed some other night", [ours()], [seen(before)], ["re_1"]],
    ["not ours that is listed", [ours()], [seen()], []],
    ["not ours that is young", [ours({ keyStoredAt: NOW - 6 * HOUR })], [], []],
    ["ours that is seven hours old", [ours({ keyStoredAt: NOW - 7 * HOUR })], [], ["re_1"]],
    ["not ours that has failed", [ours({ state: "failed" })], [], []],
    ["ours of a status nobody knows", [ours({ state: "unknown" })], [], ["re_1"]],
    ["not ours that has no id yet", [ours({ state: "unknown", providerRefundId: null })], [], []],
    ["elsewhere, not listed", [], [elsewhere(before)], ["re_9"]],
    ["not elsewhere, young", [], [elsewhere({ ...before, createdAt: NOW - HOUR })], []],
    ["not elsewhere, dead", [], [elsewhere({ ...before, status: "canceled" })], []],
  ])("is %s", (_name, mine, theirs, expected) => {
    const missing = missingRefunds(compared(mine, theirs));
    expect(missing.map(({ providerRefundId }) => providerRefundId)).toEqual(expected);
  });
});

describe("what is read again", () => {
  it.each<[string, Refund, SeenRefund[], number]>([
    ["one shown with another status", ours(), [seen({ status: "failed" })], 1],
    ["not one that agrees", ours(), [seen()], 0],
    ["not one that is not shown", ours(), [], 0],
    [
      "not one that call_refund still looks for",
      ours({ state: "planned", providerRefundId: null }),
      [seen()],
      0,
    ],
    ["not one that ended", ours({ state: "failed" }), [seen()], 0],
  ])("is %s", (_name, mine, theirs, count) => {
    expect(refundsToCheck(compared([mine], theirs))).toHaveLength(count);
  });
});

it.each(["failed", "canceled", "refused"] as const)("%s moves no money", (status) => {
  expect(isDead(status)).toBe(true);
});

it.each(["pending", "requires_action", "succeeded", "unknown", "planned"] as const)(
  "%s may move money",
  (status) => {
    expect(isDead(status)).toBe(false);
  },
);
