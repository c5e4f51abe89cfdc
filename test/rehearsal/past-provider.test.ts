import { describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import type { Payment, ProviderRefund } from "../../src/domain/payment.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { asOf, onlyReads, pastProvider, readHistory } from "../../src/rehearsal/past-provider.ts";

const DAY = 24 * 60 * 60 * 1_000;
const signal = new AbortController().signal;
/** Waits in no time, and remembers for how long it would have. */
const waited: number[] = [];
const HURRIED = {
  sleep: async (ms: number) => {
    waited.push(ms);
  },
};

const PAID: Payment = {
  ...{ provider: "stripe", account: "acct_1", livemode: true, id: "pi_1", currency: "JPY" },
  ...{ amountMinor: 3_000, capturedMinor: 3_000, refundedMinor: 3_000, status: "paid" },
  ...{
    method: "card",
    description: "注文 1",
    orderNumbers: ["1"],
    orderNumbersFrom: "description",
  },
  ...{ payerName: "田中", payerEmail: "taro@example.jp", disputed: false },
  ...{ createdAt: 10 * DAY, paidAt: 10 * DAY },
};

function refund(id: string, amountMinor: number, day: number, status = "succeeded") {
  return {
    ...{ id, paymentId: "pi_1", amountMinor, currency: "JPY", status, rawStatus: status },
    ...{ metadata: {}, failureReason: null, createdAt: day * DAY, traceReference: null },
  } as ProviderRefund;
}

/** Counts what would have moved money. */
function spendthrift(payments: readonly Payment[], refunds: readonly ProviderRefund[] = []) {
  const writes: string[] = [];
  const asked: string[] = [];
  const provider = {
    name: "stripe",
    capabilities: { search: false, manual: false },
    account: async () => "acct_1",
    listPayments: async () => ({ payments, next: null }),
    listAllRefunds: async () => ({ refunds, next: null }),
    retrievePayment: async (id: string) => {
      asked.push(id);
      return payments.find((one) => one.id === id) ?? null;
    },
    searchPayments: async () => [],
    createRefund: async () => writes.push("refund"),
    cancelPayment: async () => writes.push("void"),
  } as unknown as PaymentProvider;
  return { provider, writes, asked };
}

describe("a provider of the past", () => {
  it("cannot refund or void, and the real one is out of its reach", async () => {
    const { provider, writes } = spendthrift([PAID]);
    const source = onlyReads(provider, HURRIED);
    expect(Object.keys(source).filter((name) => /create|cancel/i.test(name))).toEqual([]);
    const past = pastProvider(await readHistory(source, 0, signal, () => {}), () => 20 * DAY);
    const void1 = past.cancelPayment({ paymentId: "pi_1", idempotencyKey: "k" }, signal);
    await expect(void1).rejects.toMatchObject({ code: "rehearsal_writes" });
    const wish = { paymentId: "pi_1", amountMinor: 1, currency: "JPY", metadata: {} };
    const refund1 = past.createRefund({ ...wish, reason: "other", idempotencyKey: "k" }, signal);
    await expect(refund1).rejects.toMatchObject({ code: "rehearsal_writes" });
    expect(writes).toEqual([]);
  });

  it("knows no payment before it was made", () => {
    expect(asOf(PAID, [], 10 * DAY - 1)).toBeNull();
    expect(asOf(PAID, [], 10 * DAY)).not.toBeNull();
  });

  it("knows no refund before it was made, and those whose day nobody tells as made long ago", () => {
    const refunds = [refund("re_1", 1_000, 12), refund("re_2", 500, 14)];
    const left = (day: number) => asOf(PAID, refunds, day * DAY)?.refundedMinor;
    expect([left(11), left(12), left(13), left(14)]).toEqual([1_500, 2_500, 2_500, 3_000]);
  });

  it("takes for unpaid what was paid later", () => {
    const voucher = { ...PAID, method: "konbini", paidAt: 13 * DAY };
    expect(asOf(voucher, [refund("re_1", 3_000, 15)], 12 * DAY)).toMatchObject({
      ...{ status: "unpaid", capturedMinor: 0, refundedMinor: 0, paidAt: null },
    });
  });

  it("leaves out refunds that have failed: they gave nothing back", async () => {
    const { provider } = spendthrift([PAID], [refund("re_1", 3_000, 12, "failed")]);
    const history = await readHistory(onlyReads(provider, HURRIED), 0, signal, () => {});
    const past = pastProvider(history, () => 11 * DAY);
    expect(await past.retrievePayment("pi_1", signal)).toMatchObject({ refundedMinor: 3_000 });
  });

  it("is asked itself only for what a list does not tell, once a payment", async () => {
    const unnamed = { ...PAID, id: "pi_2", payerEmail: null };
    const { provider, asked } = spendthrift([PAID, unnamed]);
    const history = await readHistory(onlyReads(provider, HURRIED), 0, signal, () => {});
    const past = pastProvider(history, () => 20 * DAY);
    for (const id of ["pi_1", "pi_2", "pi_1", "pi_2"]) await past.retrievePayment(id, signal);
    expect(asked).toEqual(["pi_2"]);
  });

  it("is asked again where it could not answer for a moment, but not for ever", async () => {
    const { provider } = spendthrift([PAID]);
    let refused = 0;
    const listPayments: PaymentProvider["listPayments"] = async () => {
      refused += 1;
      if (refused < 4) throw new TransientError("imap_timeout");
      return { payments: [PAID], next: null };
    };
    waited.length = 0;
    const source = onlyReads({ ...provider, listPayments }, HURRIED);
    expect((await readHistory(source, 0, signal, () => {})).payments.size).toBe(1);
    expect(waited).toEqual([2_000, 4_000, 8_000]);
    refused = -5;
    await expect(readHistory(source, 0, signal, () => {})).rejects.toThrow(TransientError);
  });
});
