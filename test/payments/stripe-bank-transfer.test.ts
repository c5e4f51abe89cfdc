// Konbini, bank transfers and cash balances through the real client, against the fake on loopback.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError } from "../../src/domain/errors.ts";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider, RefundRequest } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import type { PaymentSeed } from "../support/fake-stripe-rules.ts";
import { json, startCannedStripe } from "./canned-stripe.ts";

const API_KEY = "sk_test_henkin";
const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const BALANCE = "cash_balance:cus_1:jpy";
const signal = new AbortController().signal;

let fake: FakeStripe;
let url = "";
let stripe: PaymentProvider;
let stop: () => Promise<void>;

beforeEach(async () => {
  fake = new FakeStripe({ now: () => NOW });
  const running = await fake.start();
  stop = running.close;
  url = running.url;
  stripe = createStripeProvider({ apiKey: API_KEY, apiBase: url });
});
afterEach(() => stop());

const REFUND: RefundRequest = {
  paymentId: "pi_1",
  amountMinor: 500,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: { henkin_digest: "abc" },
  idempotencyKey: "key-1",
};
const sent = () => fake.requestsTo("POST", "/v1/refunds");
const retrieve = (id: string) => stripe.retrievePayment(id, signal);

function transferred(seed: Partial<PaymentSeed> = {}): void {
  fake.addPayment({
    id: "pi_1",
    amount: 2467,
    method: "customer_balance",
    description: "注文 679",
    payerEmail: "taro@customer.example.jp",
    customer: "cus_1",
    ...seed,
  });
}

describe("the address for the bank account", () => {
  it("is sent where it is given, and answered with until when", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, method: "konbini" });
    const instructionsEmail = "taro@customer.example.jp";
    const refund = await stripe.createRefund({ ...REFUND, instructionsEmail }, signal);
    expect(sent()[0]?.params).toMatchObject({ instructions_email: instructionsEmail });
    expect(refund).toMatchObject({
      status: "requires_action",
      accountAsked: { email: instructionsEmail, at: NOW, until: NOW + 45 * DAY_MS },
    });
  });

  it("is no parameter of other refunds", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467 });
    await stripe.createRefund({ ...REFUND, instructionsEmail: null }, signal);
    expect(sent()[0]?.params).not.toHaveProperty("instructions_email");
  });

  it("is needed of a bank transfer whose payer has none", async () => {
    transferred({ payerEmail: null });
    await expect(stripe.createRefund(REFUND, signal)).rejects.toMatchObject({
      code: expect.stringMatching(/invalid_request/),
    });
  });

  it("is asked no more of a refund that goes on, and again where the bank returns it", async () => {
    transferred();
    const { id } = await stripe.createRefund(REFUND, signal);
    for (const status of ["pending", "succeeded"]) {
      fake.setRefundStatus(id, status);
      expect(await stripe.retrieveRefund(id, signal)).not.toHaveProperty("accountAsked");
    }
    fake.setRefundStatus(id, "requires_action");
    expect(await stripe.retrieveRefund(id, signal)).toMatchObject({
      accountAsked: { email: "taro@customer.example.jp" },
    });
    fake.expireRefund(id);
    expect(await stripe.retrieveRefund(id, signal)).toMatchObject({ status: "failed" });
  });
});

describe("a voucher", () => {
  it("that is being paid cannot be cancelled, and nothing has happened", async () => {
    const voucher = { amount: 2467, method: "konbini", status: "requires_action" } as const;
    fake.addPayment({ id: "pi_1", ...voucher, atTheTill: true });
    const cancel = (idempotencyKey: string) =>
      stripe.cancelPayment({ paymentId: "pi_1", idempotencyKey }, signal);
    const refused = { code: "payment_intent_unexpected_state" };
    await expect(cancel("void-1")).rejects.toMatchObject(refused);
    expect((await retrieve("pi_1"))?.status).toBe("unpaid");
    fake.updatePayment("pi_1", { atTheTill: false, status: "processing" });
    await expect(cancel("void-2")).rejects.toMatchObject(refused);
    expect((await retrieve("pi_1"))?.status).toBe("processing");
    fake.updatePayment("pi_1", { status: "succeeded" });
    expect(await retrieve("pi_1")).toMatchObject({ status: "paid", capturedMinor: 2467 });
  });
});

describe("a bank transfer", () => {
  it("is refundable for 180 days, and names the cash balance beside it", async () => {
    transferred();
    expect(await retrieve("pi_1")).toMatchObject({
      method: "bank_transfer",
      status: "paid",
      refundableUntil: NOW + 180 * DAY_MS,
      alongside: [BALANCE],
    });
  });

  it("that was too small says what is missing, and the rest lies in the balance", async () => {
    transferred({ status: "requires_action", amountRemaining: 467 });
    fake.transfer("cus_1", { amount: 2000 });
    expect(await retrieve("pi_1")).toMatchObject({
      status: "processing",
      capturedMinor: 0,
      missingMinor: 467,
    });
    expect(await retrieve(BALANCE)).toMatchObject({ capturedMinor: 2000, orderNumbers: ["679"] });
  });

  it("nobody has made yet misses nothing", async () => {
    transferred({ status: "requires_action" });
    expect(await retrieve("pi_1")).not.toHaveProperty("missingMinor");
  });

  it("shows its sender in kana, as long as it was one alone", async () => {
    transferred();
    fake.transfer("cus_1", { amount: 2467, sender: "ﾀﾅｶ ﾀﾛｳ", pays: "pi_1" });
    fake.transfer("cus_1", { amount: 100, sender: "タナカ　タロウ" });
    expect((await retrieve("pi_1"))?.payerKana).toBe("タナカ　タロウ");
    fake.transfer("cus_1", { amount: 100, sender: "ヤマダ ハナコ" });
    expect((await retrieve("pi_1"))?.payerKana).toBeNull();
  });

  it("says nothing of its sender in a list", async () => {
    transferred();
    const { payments } = await stripe.listPayments({ createdFrom: null, page: null, signal });
    expect(payments[0]).not.toHaveProperty("payerKana");
    expect(fake.requestsTo("GET", /cash_balance/)).toEqual([]);
  });

  it("of the Sources time is refunded in the Dashboard", async () => {
    const charge = { amount: 2467, method: "ach_credit_transfer", currency: "usd" } as const;
    fake.addPayment({ id: "ch_1", ...charge, withoutPaymentIntent: true });
    expect(await retrieve("ch_1")).toMatchObject({ method: "ach_credit_transfer", byHand: true });
  });
});

describe("a cash balance", () => {
  beforeEach(() => {
    transferred();
    fake.transfer("cus_1", { amount: 3000, sender: "ﾀﾅｶ ﾀﾛｳ", pays: "pi_1" });
  });

  it("is a payment of the payer and the order of which something is left", async () => {
    expect(await retrieve(BALANCE)).toMatchObject({
      provider: "stripe",
      id: BALANCE,
      method: "cash_balance",
      status: "paid",
      currency: "JPY",
      capturedMinor: 533,
      refundedMinor: 0,
      orderNumbers: ["679"],
      payerEmail: "taro@customer.example.jp",
      payerKana: "ﾀﾅｶ ﾀﾛｳ",
      livemode: false,
    });
  });

  it("bears the numbers of all the customer's transfers, of which it may be", async () => {
    fake.addPayment({ id: "pi_2", amount: 900, description: "注文 700", customer: "cus_1" });
    transferred({ id: "pi_3", description: "注文 680", createdAt: NOW - DAY_MS });
    expect((await retrieve(BALANCE))?.orderNumbers).toEqual(["679", "680"]);
  });

  it("is the payer's of a transfer that arrived, not of a newer order that nobody has paid", async () => {
    const other = { payerEmail: "other@customer.example.jp" };
    transferred({ ...other, id: "pi_5", status: "requires_action", createdAt: NOW + DAY_MS });
    expect(await retrieve(BALANCE)).toMatchObject({ payerEmail: "taro@customer.example.jp" });
    fake.updatePayment("pi_5", { amountRemaining: 467 });
    expect(await retrieve(BALANCE)).toMatchObject({ payerEmail: "other@customer.example.jp" });
  });

  it("is nobody's where no order of the customer was paid", async () => {
    fake.updatePayment("pi_1", { status: "canceled" });
    expect(await retrieve(BALANCE)).toMatchObject({
      capturedMinor: 533,
      payerName: null,
      payerEmail: null,
    });
  });

  it("is given back by a refund of its own, once however often it is asked for", async () => {
    const request = {
      ...REFUND,
      paymentId: BALANCE,
      instructionsEmail: "taro@customer.example.jp",
    };
    const refund = await stripe.createRefund(request, signal);
    expect(sent()[0]?.params).toEqual({
      origin: "customer_balance",
      customer: "cus_1",
      currency: "jpy",
      amount: "500",
      reason: "requested_by_customer",
      metadata: { henkin_digest: "abc" },
      instructions_email: "taro@customer.example.jp",
    });
    expect(refund).toMatchObject({ paymentId: BALANCE, status: "requires_action" });
    expect((await stripe.createRefund(request, signal)).id).toBe(refund.id);
    expect(await retrieve(BALANCE)).toMatchObject({ capturedMinor: 533, refundedMinor: 500 });
    fake.setRefundStatus(refund.id, "canceled");
    expect(await retrieve(BALANCE)).toMatchObject({ capturedMinor: 533, refundedMinor: 0 });
  });

  it("finds its own refunds among all of the account, on any page", async () => {
    const made = await stripe.createRefund({ ...REFUND, paymentId: BALANCE }, signal);
    fake.addPayment({ id: "pi_many", amount: 100_000 });
    for (let n = 0; n < 120; n += 1) fake.addRefund("pi_many", 1);
    const found = await stripe.listRefunds(BALANCE, signal);
    expect(found.map(({ id }) => id)).toEqual([made.id]);
    expect(found[0]?.metadata).toEqual({ henkin_digest: "abc" });
    expect(fake.requestsTo("GET", "/v1/refunds").length).toBeGreaterThan(1);
    expect(fake.requestsTo("GET", "/v1/refunds")[0]?.params).toMatchObject({ created: {} });
  });

  it("takes a refund that names neither payment nor customer for its own only by our mark", async () => {
    const refund = (id: string, metadata: object) => ({
      ...{ id, object: "refund", amount: 500, currency: "jpy", status: "pending", metadata },
      ...{ created: NOW / 1000, payment_intent: null, charge: null, customer: null },
    });
    const others = { ...refund("re_others", {}), customer: "cus_2" };
    const data = [refund("re_unmarked", {}), refund("re_ours", { henkin_digest: "abc" }), others];
    const canned = await startCannedStripe(json(200, { object: "list", data, has_more: false }));
    const client = createStripeProvider({ apiKey: API_KEY, apiBase: canned.url });
    const found = await client.listRefunds(BALANCE, signal);
    expect(found.map(({ id }) => id)).toEqual(["re_ours"]);
  });

  it("leaves the outcome unknown where the answer is lost, and is found then", async () => {
    fake.fail({ method: "POST", path: "/v1/refunds", how: "cut-after-effect" });
    const request = { ...REFUND, paymentId: BALANCE };
    const lost = stripe.createRefund(request, signal);
    await expect(lost).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(await stripe.listRefunds(BALANCE, signal)).toHaveLength(1);
  });

  it("gives back no more than there is", async () => {
    const request = { ...REFUND, paymentId: BALANCE, amountMinor: 534 };
    await expect(stripe.createRefund(request, signal)).rejects.toThrow();
    expect(fake.refunds).toEqual([]);
  });

  it("is not shown where nothing lies there, or the customer is nobody's", async () => {
    transferred({ id: "pi_4", customer: "cus_2" });
    expect(await retrieve("cash_balance:cus_2:jpy")).toBeNull();
    expect(await retrieve("cash_balance:cus_2:usd")).toBeNull();
    expect(await retrieve("cash_balance:cus_9:jpy")).toBeNull();
    expect(await retrieve("cash_balance:../refunds:jpy")).toBeNull();
  });

  it("does no harm where the key may not see it", async () => {
    fake.forbidden = ["/v1/customers"];
    expect(await retrieve(BALANCE)).toBeNull();
    expect(await retrieve("pi_1")).toMatchObject({ status: "paid", payerKana: null });
  });

  it("cannot be voided", async () => {
    const request = { paymentId: BALANCE, idempotencyKey: "k" };
    await expect(stripe.cancelPayment(request, signal)).rejects.toMatchObject({
      code: "void_not_supported",
    });
  });
});

describe("the fake", () => {
  const post = async (body: Record<string, string>) => {
    const headers = { Authorization: `Bearer ${API_KEY}` };
    const request = { method: "POST", headers, body: new URLSearchParams(body) };
    return (await fetch(`${url}/v1/refunds`, request)).status;
  };

  it("takes a refund of a balance only with customer, currency and amount, and of nothing else", async () => {
    transferred();
    fake.transfer("cus_1", { amount: 900 });
    const whole = { origin: "customer_balance", customer: "cus_1", currency: "jpy", amount: "1" };
    for (const missing of ["customer", "currency", "amount"] as const) {
      const { [missing]: _left, ...rest } = whole;
      expect(await post(rest)).toBe(400);
    }
    expect(await post({ ...whole, payment_intent: "pi_1" })).toBe(400);
    expect(await post({ payment_intent: "pi_1", customer: "cus_1" })).toBe(400);
    expect(await post({ ...whole, customer: "cus_9" })).toBe(404);
    expect(await post(whole)).toBe(200);
  });
});
