import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveIndexChange } from "../../src/jobs/sync-payments.ts";
import { createManualProvider } from "../../src/payments/manual.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { buildManualProvider } from "../../src/providers.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import { FakeClock, MONDAY } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";
import { describeProviderContract, STRIPE_REFUSALS } from "./provider-contract.ts";

const never = new AbortController().signal;
const PAYMENT = aPayment({ provider: "manual", account: "manual", id: "T1", description: null });
const OPEN = aPayment({
  ...{ provider: "manual", account: "manual", id: "T2", description: "未入金" },
  ...{ status: "processing", capturedMinor: 0 },
});

describeProviderContract("imported payments", {
  capabilities: {
    search: false,
    partial: true,
    void: false,
    asynchronous: false,
    manual: true,
    imported: true,
    keyWindowMs: 0,
  },
  refusals: {
    ...STRIPE_REFUSALS,
    refund: "imported_payment",
    cancelCaptured: "imported_payment",
  },
  start: async (samples) => {
    const clock = new FakeClock();
    const store = await openStore({ path: ":memory:", shopId: "shop", now: clock.now });
    const imported = samples.map(
      ({ name, amount, orderNumber, payerEmail, createdAt, ...payment }) => ({
        ...aPayment({ ...payment, provider: "manual", account: "manual", livemode: false }),
        ...{ id: name, amountMinor: amount, capturedMinor: amount, orderNumbers: [orderNumber] },
        ...{ payerEmail: payerEmail.toLowerCase(), createdAt, paidAt: createdAt },
      }),
    );
    await store.write((tx) => tx.payments.upsert(imported, clock.now()));
    return {
      provider: buildManualProvider(store),
      ids: { paid: "paid" },
      unknown: { payment: "nobody", refund: "nobody" },
      stop: () => store.close(),
    };
  },
});

describe("the provider of imported payments", () => {
  const clock = new FakeClock();
  let store: OpenStore;
  let provider: PaymentProvider;

  async function imports(...payments: (typeof PAYMENT)[]): Promise<void> {
    const next = { page: null, complete: true, syncedAt: clock.now() };
    await store.write((tx) =>
      saveIndexChange(tx, { clock }, { provider: "manual", payments, next }),
    );
  }

  beforeEach(async () => {
    store = await openStore({ path: ":memory:", shopId: "shop", now: clock.now });
    provider = buildManualProvider(store);
  });
  afterEach(() => store.close());

  it("finds what was imported, to be given back by hand", async () => {
    await imports(PAYMENT);
    expect(await provider.retrievePayment("T1", never)).toEqual({ ...PAYMENT, byHand: true });
    expect(await provider.retrievePayment("T3", never)).toBeNull();
  });

  it("finds no other provider's payment", async () => {
    await store.write((tx) => tx.payments.upsert([aPayment({ id: "T1" })], MONDAY));
    expect(await provider.retrievePayment("T1", never)).toBeNull();
    expect(await provider.diagnose(never)).toEqual([]);
  });

  it("tells the file's own word for what is not simply paid", async () => {
    await imports(OPEN);
    expect(await provider.retrievePayment("T2", never)).toMatchObject({
      status: "processing",
      systems: [{ system: "CSV", state: "未入金" }],
    });
  });

  it("finds the same in the index after it was read", async () => {
    await imports(PAYMENT, OPEN);
    const read = [
      await provider.retrievePayment("T1", never),
      await provider.retrievePayment("T2", never),
    ].filter((payment) => payment !== null);
    expect(await store.write((tx) => tx.payments.upsert(read, MONDAY + 1))).toEqual([]);
  });

  it("lists nothing: the import is the listing", async () => {
    await imports(PAYMENT);
    const all = { createdFrom: null, page: null, signal: never };
    expect(await provider.listPayments(all)).toEqual({ payments: [], next: null });
    expect(await provider.changedPayments(0, never)).toBeNull();
    expect(await provider.searchPayments("679", never)).toEqual([]);
    expect(await provider.listRefunds("T1", never)).toEqual([]);
    expect(await provider.listAllRefunds({ ...all, createdFrom: 0 })).toEqual({
      refunds: [],
      next: null,
    });
    expect(await provider.retrieveRefund("re_1", never)).toBeNull();
    expect(await provider.account(never)).toBe("manual");
    expect(provider.clockOffsetMs()).toBeNull();
  });

  it("refuses to refund and to cancel, for good and in clear words", async () => {
    await imports(PAYMENT);
    const request = {
      ...{ paymentId: "T1", amountMinor: 1, currency: "JPY", idempotencyKey: "key" },
      ...{ reason: "requested_by_customer" as const, metadata: {} },
    };
    await expect(provider.createRefund(request, never)).rejects.toMatchObject({
      name: "PermanentError",
      message: expect.stringContaining("by hand"),
    });
    await expect(provider.cancelPayment(request, never)).rejects.toMatchObject({
      name: "PermanentError",
      message: expect.stringContaining("at its processor"),
    });
  });

  it("is silent to doctor until something was imported", async () => {
    expect(await provider.diagnose(never)).toEqual([]);
    await imports(PAYMENT, OPEN);
    expect(await provider.diagnose(never)).toEqual([
      {
        level: "ok",
        check: "imported payments",
        message: expect.stringMatching(/^2 payments, last imported at 2026-11-09T01:00:00/),
        mend: null,
      },
    ]);
  });

  it("hides no failure of the store", async () => {
    const broken = createManualProvider({
      find: () => Promise.reject(new Error("disk")),
      summary: () => Promise.reject(new Error("disk")),
    });
    await expect(broken.retrievePayment("T1", never)).rejects.toThrow("disk");
    await expect(broken.diagnose(never)).rejects.toThrow("disk");
  });
});
