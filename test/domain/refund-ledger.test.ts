import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  changeOf,
  entriesOf,
  type LedgerState,
  type RefundChange,
  sumsOf,
} from "../../src/domain/refund-ledger.ts";

function change(state: LedgerState, of: Partial<RefundChange> = {}): RefundChange {
  return {
    at: 1,
    ticketId: "t1",
    refund: "r1",
    provider: "stripe",
    providerRefundId: "re_1",
    amountMinor: 100,
    currency: "JPY",
    state,
    wasPaid: false,
    ...of,
  };
}

const told = (changes: readonly RefundChange[]) =>
  entriesOf(changes).map(({ state, paidMinor }) => [state, paidMinor]);

describe("the ledger of refunds", () => {
  it.each<[string, RefundChange[], [LedgerState, number][]]>([
    ["one that succeeded", [change("succeeded")], [["succeeded", 100]]],
    [
      "one on its way: how it stood last",
      [change("pending"), change("requires_action", { at: 2 })],
      [["requires_action", 0]],
    ],
    [
      "one on its way and done in the same night: once",
      [change("pending"), change("succeeded", { at: 2 })],
      [["succeeded", 100]],
    ],
    ["one that failed before it was out", [change("failed")], [["failed", 0]]],
    [
      "one that came back in a later night",
      [change("failed", { wasPaid: true })],
      [["failed", -100]],
    ],
    [
      "one that was out and came back in one night: twice",
      [change("failed", { at: 2, wasPaid: true }), change("succeeded")],
      [
        ["succeeded", 100],
        ["failed", -100],
      ],
    ],
    [
      "one that waits for another account after it was out",
      [change("requires_action", { wasPaid: true }), change("failed", { at: 2 })],
      [
        ["requires_action", -100],
        ["failed", 0],
      ],
    ],
  ])("has %s", (_what, changes, expected) => {
    expect(told(changes)).toEqual(expected);
  });

  it("reads events of the trail, and leaves out an attempt that was refused", () => {
    const event = (type: string, data: Record<string, unknown>) =>
      changeOf({ type, at: 5, ticketId: "t1", data });
    const money = { refund: "r1", provider: "stripe", amountMinor: 100, currency: "JPY" };
    const failed = { ...money, providerRefundId: "re_1", status: "failed", from: "refunded" };
    expect(event("refund_failed", failed)).toMatchObject({ state: "failed", wasPaid: true });
    expect(event("refund_failed", { refund: "r1", code: "card_declined" })).toBeNull();
    expect(event("refund_failed", money)).toMatchObject({ state: "canceled", wasPaid: false });
    const byHand = { ...money, provider: "manual", reference: "20261121-01" };
    expect(event("refund_succeeded", byHand)).toMatchObject({
      state: "succeeded",
      providerRefundId: "20261121-01",
    });
    expect(event("ticket_opened", money)).toBeNull();
  });

  it("adds up to what left by each provider and currency, to the yen", () => {
    const changes = fc.array(
      fc.record({
        at: fc.nat(1_000),
        refund: fc.constantFrom("r1", "r2", "r3", "r4"),
        provider: fc.constantFrom("stripe", "smartpay", "manual"),
        currency: fc.constantFrom("JPY", "USD"),
        amountMinor: fc.integer({ min: 1, max: 5_000_000 }),
        state: fc.constantFrom<LedgerState>("pending", "requires_action", "succeeded", "failed"),
        wasPaid: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(changes, (list) => {
        const entries = entriesOf(list.map((one) => change(one.state, one)));
        const net = new Map<string, number>();
        const add = (key: string, minor: number) => net.set(key, (net.get(key) ?? 0) + minor);
        for (const { provider, currency, paidMinor } of entries) {
          if (paidMinor !== 0) add(`${provider} ${currency}`, -paidMinor);
        }
        for (const sum of sumsOf(entries, "out")) {
          add(`${sum.provider} ${sum.currency}`, sum.amountMinor);
        }
        for (const sum of sumsOf(entries, "back")) {
          add(`${sum.provider} ${sum.currency}`, -sum.amountMinor);
        }
        expect([...net.values()].every((rest) => rest === 0)).toBe(true);
        expect(new Set(entries.map(({ refund }) => refund))).toEqual(
          new Set(list.map(({ refund }) => refund)),
        );
      }),
    );
  });
});
