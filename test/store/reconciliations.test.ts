import { describe, expect, it } from "vitest";
import type { SeenRefund } from "../../src/domain/reconciliation.ts";
import type { StoredMismatch } from "../../src/store-port.ts";
import { aNewRefund, PLACES, useStore } from "./store-bench.ts";

const SEEN: SeenRefund = {
  provider: "memory",
  id: "re_1",
  paymentId: "pi_679",
  amountMinor: 500,
  currency: "JPY",
  status: "pending",
  statusAt: 5,
  origin: "elsewhere",
  refundId: null,
  ticketId: null,
  createdAt: 10,
  firstSeenAt: 20,
  adoptedAt: 20,
  seenIn: 15,
};

const MISMATCH: StoredMismatch = {
  provider: "memory",
  kind: "vanished",
  subject: "refund-1",
  ticketId: "ticket-1",
  values: ["re_1", "¥500", "pi_679"],
  foundAt: 30,
};

describe.each(PLACES)("the provider's refunds %s", (place) => {
  const bench = useStore(place);

  it("are kept once each, as last seen", async () => {
    const { store, write } = bench();
    await write((tx) => tx.providerRefunds.save(SEEN));
    const changed: SeenRefund = { ...SEEN, status: "succeeded", refundId: "refund-1", seenIn: 40 };
    await write((tx) => tx.providerRefunds.save(changed));
    await write((tx) => tx.providerRefunds.save({ ...SEEN, provider: "other" }));
    expect(await store.read((tx) => tx.providerRefunds.find("memory", "re_1"))).toEqual(changed);
    expect(await store.read((tx) => tx.providerRefunds.find("memory", "re_2"))).toBeUndefined();
  });

  it("are listed from a moment on, and those adopted in a time", async () => {
    const { store, write } = bench();
    await write(async (tx) => {
      await tx.providerRefunds.save(SEEN);
      await tx.providerRefunds.save({ ...SEEN, id: "re_2", createdAt: 11, adoptedAt: null });
      await tx.providerRefunds.save({ ...SEEN, id: "re_3", createdAt: 9, adoptedAt: 21 });
    });
    const ids = (refunds: readonly SeenRefund[]) => refunds.map(({ id }) => id);
    const since = await store.read((tx) => tx.providerRefunds.listSince("memory", 10));
    expect(ids(since)).toEqual(["re_1", "re_2"]);
    const adopted = (from: number, to: number) =>
      store.read((tx) => tx.providerRefunds.listAdopted(from, to));
    expect(ids(await adopted(20, 21))).toEqual(["re_1"]);
    expect(ids(await adopted(20, 22))).toEqual(["re_3", "re_1"]);
  });

  it("lead to ours by the provider's id", async () => {
    const { store, write } = bench();
    await write((tx) => tx.refunds.insert(aNewRefund()));
    await write((tx) => tx.refunds.update("refund-1", { providerRefundId: "re_1" }));
    const find = (provider: string, id: string) =>
      store.read((tx) => tx.refunds.findByProviderId(provider, id));
    expect(await find("memory", "re_1")).toMatchObject({ id: "refund-1" });
    expect(await find("memory", "re_2")).toBeUndefined();
    expect(await find("other", "re_1")).toBeUndefined();
  });

  it("stand beside ours of the same time, voids left out", async () => {
    const { store, write } = bench();
    const other = (id: string, change: Parameters<typeof aNewRefund>[0]) =>
      write((tx) =>
        tx.refunds.insert(
          aNewRefund({ id, ticketId: id, paymentId: id, idempotencyKey: id, ...change }),
        ),
      );
    await other("a", { keyStoredAt: 10 });
    await other("b", { keyStoredAt: 9 });
    await other("c", { keyStoredAt: 11, action: "void" });
    await other("d", { keyStoredAt: 12, provider: "other" });
    const ours = await store.read((tx) => tx.refunds.listSince("memory", 10));
    expect(ours.map(({ id }) => id)).toEqual(["a"]);
  });
});

describe.each(PLACES)("a comparison %s", (place) => {
  const bench = useStore(place);

  it("is kept once a provider", async () => {
    const { store, write } = bench();
    const run = {
      provider: "memory",
      createdFrom: 1,
      page: null,
      state: "listing",
      startedAt: 2,
      doneAt: null,
    } as const;
    await write((tx) => tx.reconciliations.save(run));
    const next = { ...run, page: "10", state: "done", doneAt: 3 } as const;
    await write((tx) => tx.reconciliations.save(next));
    expect(await store.read((tx) => tx.reconciliations.find("memory"))).toEqual(next);
    expect(await store.read((tx) => tx.reconciliations.list())).toEqual([next]);
    expect(await store.read((tx) => tx.reconciliations.find("other"))).toBeUndefined();
  });

  it("raises a mismatch once while it is open, with its latest words", async () => {
    const { store, write } = bench();
    const raise = (change: Partial<StoredMismatch> = {}) =>
      write((tx) => tx.mismatches.raise({ ...MISMATCH, ...change }));
    expect(await raise()).toBe(true);
    expect(await raise({ values: ["re_2"], foundAt: 99 })).toBe(false);
    expect(await raise({ provider: "other" })).toBe(true);
    expect(await store.read((tx) => tx.mismatches.listOpen())).toEqual([
      { ...MISMATCH, values: ["re_2"] },
      { ...MISMATCH, provider: "other" },
    ]);
    await write((tx) => tx.mismatches.clear(MISMATCH, 100));
    expect(await store.read((tx) => tx.mismatches.listOpen())).toHaveLength(1);
    expect(await raise({ foundAt: 101 })).toBe(true);
  });
});
