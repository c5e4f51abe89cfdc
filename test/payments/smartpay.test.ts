import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSmartpayProvider } from "../../src/payments/smartpay.ts";
import type { PaymentProvider, RefundRequest } from "../../src/ports.ts";
import { FakeSmartpay } from "../support/fake-smartpay.ts";
import { describeProviderContract } from "./provider-contract.ts";

const HOUR_MS = 60 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

let fake: FakeSmartpay;
let url = "";
let smartpay: PaymentProvider;
let stop: () => Promise<void>;
let now = NOW;

beforeEach(async () => {
  now = NOW;
  fake = new FakeSmartpay({ now: () => now });
  const running = await fake.start();
  stop = running.close;
  url = running.url;
  smartpay = connect();
});
afterEach(() => stop());

const connect = (options: { secretKey?: string; timeoutMs?: number } = {}): PaymentProvider =>
  createSmartpayProvider({ secretKey: "sk_test_henkin", apiBase: url, ...options });

const PAYMENT = "payment_test_one";
const ORDER = "order_test_one";
const HANAKO = { emailAddress: "Hanako@Example.jp", lastName: "山田", firstName: "花子" };

const REFUND: RefundRequest = {
  paymentId: PAYMENT,
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: { henkin_ticket: "1", henkin_refund: "abc", henkin_digest: "d1" },
  idempotencyKey: "key-1",
};

describeProviderContract("Smartpay", {
  capabilities: {
    search: false,
    partial: true,
    void: true,
    asynchronous: false,
    manual: false,
    keyWindowMs: 6 * HOUR_MS,
  },
  refusals: {
    moreThanLeft: "amount_insufficient",
    nothing: "invalid_amount",
    notCaptured: "unknown_payment_id",
    disputed: "",
    unknownPayment: "payment_not_found",
    withoutKey: "invalid_idempotency_key",
    alreadyRefunded: "amount_insufficient",
    cancelCaptured: "void_not_supported",
    cancelAgain: "order_not_cancelable",
  },
  start: async (payments) => {
    const samples = payments.filter(({ name }) => name === "paid" || name === "authorized");
    for (const { name, amount, orderNumber, createdAt } of samples) {
      const status = name === "paid" ? "succeeded" : "requires_capture";
      const customerInfo = HANAKO;
      const order = { suffix: name, amount, reference: orderNumber, createdAt, customerInfo };
      fake.addOrder({ ...order, status });
    }
    return {
      provider: connect(),
      ids: { paid: "payment_test_paid", authorized: "order_test_authorized" },
      unknown: { payment: "payment_test_nobody", refund: "refund_test_nobody" },
      stop: async () => undefined,
    };
  },
});
