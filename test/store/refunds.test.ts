import { describe, expect, it } from "vitest";
import type { RefundState } from "../../src/domain/ticket.ts";
import { aNewRefund, CHECK, PLACES, UNIQUE, useStore } from "./store-bench.ts";

const SECOND = { id: "refund-2", round: 2, idempotencyKey: "key-2" } as const;
const IN_FLIGHT: readonly RefundState[] = ["planned", "unknown"];
const ELSEWHERE: readonly RefundState[] = [
  "refused",
  "voided",
  "pending",
  "requires_action",
  "succeeded",
  "failed",
  "canceled",
];

describe.each(PLACES)("refunds %s", (place) => {
  const bench = useStore(place);
  const insert = (change: Parameters<typeof aNewRefund>[0] = {}) =>
    bench().write((tx) => tx.refunds.insert(aNewRefund(change)));
  const set = (state: RefundState) =>
    bench().write((tx) => tx.refunds.update("refund-1", { state }));

  it("are planned with their key and exact parameters", async () => {
    const { store, clock } = bench();
    await insert();
    expect(await store.read((tx) => tx.refunds.find("refund-1"))).toEqual({
      ...aNewRefund(),
      state: "planned",
      providerRefundId: null,
      failureReason: null,
      storedErrors: 0,
      needsPerson: false,
      followUntil: null,
      accountAskedAt: null,
      accountUntil: null,
      updatedAt: clock.now(),
    });
  });

  it.each(IN_FLIGHT)("that are %s leave no room for a second of the payment", async (state) => {
    await insert();
    await set(state);
    await expect(insert(SECOND)).rejects.toThrow(UNIQUE);
    await insert({ ...SECOND, paymentId: "pi_other" });
  });

  it.each(ELSEWHERE)("that are %s leave room for another", async (state) => {
    await insert();
    await set(state);
    await insert(SECOND);
    await expect(set("unknown")).rejects.toThrow(UNIQUE);
  });

  it.each([
    ["key", { idempotencyKey: "key-1" }],
    ["round of the ticket", { round: 1 }],
    ["identifier", { id: "refund-1" }],
  ])("never share a %s", async (_name, same) => {
    await insert();
    await expect(insert({ ...SECOND, paymentId: "pi_other", ...same })).rejects.toThrow(UNIQUE);
  });

  it("never share the provider's identifier", async () => {
    const { write } = bench();
    await insert();
    await insert({ ...SECOND, paymentId: "pi_other" });
    const mark = (id: string) =>
      write((tx) => tx.refunds.update(id, { providerRefundId: "re_1", state: "succeeded" }));
    await mark("refund-1");
    await expect(mark("refund-2")).rejects.toThrow(UNIQUE);
  });

  it.each([0, -1])("of %i are refused", async (amountMinor) => {
    await expect(insert({ amountMinor })).rejects.toThrow(CHECK);
  });

  it("change only in what a change names", async () => {
    const { store, write, clock } = bench();
    await insert();
    clock.advance(5);
    await write((tx) => tx.refunds.update("refund-1", { needsPerson: true, storedErrors: 5 }));
    await write((tx) => tx.refunds.update("refund-1", { failureReason: "x", followUntil: 9 }));
    expect(await store.read((tx) => tx.refunds.find("refund-1"))).toMatchObject({
      ...aNewRefund(),
      state: "planned",
      needsPerson: true,
      storedErrors: 5,
      failureReason: "x",
      followUntil: 9,
      updatedAt: clock.now(),
    });
  });

  it("are found by round, ticket and payment", async () => {
    const { store } = bench();
    await insert();
    await set("failed");
    await insert(SECOND);
    await insert({ ...SECOND, id: "r3", ticketId: "t2", paymentId: "pi_3", idempotencyKey: "k3" });
    await store.read(async ({ refunds }) => {
      expect((await refunds.findByRound("ticket-1", 2))?.id).toBe("refund-2");
      expect(await refunds.findByRound("ticket-1", 3)).toBeUndefined();
      const ids = async (list: Promise<{ id: string }[]>) => (await list).map(({ id }) => id);
      expect(await ids(refunds.listByTicket("ticket-1"))).toEqual(["refund-1", "refund-2"]);
      expect(await ids(refunds.listByPayment("memory", "pi_679"))).toEqual([
        "refund-1",
        "refund-2",
      ]);
      expect(await ids(refunds.listByPayment("stripe", "pi_679"))).toEqual([]);
    });
  });

  it("count from a moment on, without voids and refused ones", async () => {
    const { store, write } = bench();
    await insert({ keyStoredAt: 10, amountMinor: 1 });
    await set("succeeded");
    const more = (id: string, change: Parameters<typeof aNewRefund>[0]) =>
      insert({ id, ticketId: id, paymentId: id, idempotencyKey: id, ...change });
    await more("late", { keyStoredAt: 20, amountMinor: 2 });
    await more("void", { keyStoredAt: 20, action: "void" });
    await more("refused", { keyStoredAt: 20 });
    await write((tx) => tx.refunds.update("refused", { state: "refused" }));
    const count = (from: number) => store.read((tx) => tx.refunds.countSince(from));
    expect(await count(10)).toEqual({ count: 2, amountMinor: 3 });
    expect(await count(11)).toEqual({ count: 1, amountMinor: 2 });
    expect(await count(21)).toEqual({ count: 0, amountMinor: 0 });
  });
});
