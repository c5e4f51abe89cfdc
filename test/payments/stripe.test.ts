import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider, RefundRequest } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import { byPath, startCannedStripe } from "./canned-stripe.ts";
import { describeProviderContract, STRIPE_REFUSALS } from "./provider-contract.ts";

const API_KEY = "sk_test_henkin";
const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
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
  stripe = connect();
});
afterEach(() => stop());

const connect = (options: { timeoutMs?: number } = {}): PaymentProvider =>
  createStripeProvider({ apiKey: API_KEY, apiBase: url, ...options });

const REFUND: RefundRequest = {
  paymentId: "pi_1",
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: { henkin_ticket: "R-1", henkin_refund: "abc" },
  idempotencyKey: "key-1",
};

describeProviderContract("Stripe", {
  capabilities: {
    search: false,
    partial: true,
    void: true,
    asynchronous: true,
    manual: false,
    keyWindowMs: DAY_MS,
    atOnce: 10,
  },
  refusals: STRIPE_REFUSALS,
  start: async (payments) => {
    for (const { name, orderNumber: _, ...payment } of payments) {
      fake.addPayment({
        ...payment,
        id: `pi_${name}`,
        status: name === "authorized" ? "requires_capture" : "succeeded",
        method: name === "waiting" ? "konbini" : "card",
        disputed: name === "disputed",
      });
    }
    return {
      provider: connect(),
      ids: {
        paid: "pi_paid",
        waiting: "pi_waiting",
        authorized: "pi_authorized",
        disputed: "pi_disputed",
      },
      unknown: { payment: "pi_nobody", refund: "re_nobody" },
      stop: async () => undefined,
    };
  },
});

describe("a refund at Stripe", () => {
  beforeEach(() => {
    fake.addPayment({ id: "pi_1", amount: 2467 });
    fake.addPayment({ id: "ch_2", amount: 2467, withoutPaymentIntent: true });
  });

  const sent = () => fake.requestsTo("POST", "/v1/refunds");

  it("is asked for with payment, amount, reason, metadata and key", async () => {
    await stripe.createRefund(REFUND, signal);
    expect(sent()).toMatchObject([{ idempotencyKey: "key-1" }]);
    expect(sent()[0]?.params).toEqual({
      payment_intent: "pi_1",
      amount: "1000",
      reason: "requested_by_customer",
      metadata: { henkin_ticket: "R-1", henkin_refund: "abc" },
    });
  });

  it("has no reason where ours has no word at Stripe", async () => {
    await stripe.createRefund({ ...REFUND, reason: "other" }, signal);
    expect(sent()[0]?.params).not.toHaveProperty("reason");
  });

  it("is of the charge where there is no intent", async () => {
    const refund = await stripe.createRefund({ ...REFUND, paymentId: "ch_2" }, signal);
    expect(sent()[0]?.params).toMatchObject({ charge: "ch_2" });
    expect(refund.paymentId).toBe("ch_2");
    expect(await stripe.listRefunds("ch_2", signal)).toEqual([refund]);
  });

  it.each([0, -1, 1.5, Number.NaN])("of %d is not even asked for", async (amountMinor) => {
    const refused = stripe.createRefund({ ...REFUND, amountMinor }, signal);
    await expect(refused).rejects.toMatchObject({ code: "invalid_amount" });
    expect(sent()).toHaveLength(0);
  });

  it.each(["", "x".repeat(256)])(
    "under the key %j is not even asked for",
    async (idempotencyKey) => {
      const refused = stripe.createRefund({ ...REFUND, idempotencyKey }, signal);
      await expect(refused).rejects.toMatchObject({ code: "invalid_idempotency_key" });
      expect(sent()).toHaveLength(0);
    },
  );

  it("is listed only for a payment, never for all", async () => {
    await expect(stripe.listRefunds("", signal)).rejects.toMatchObject({
      code: "unknown_payment_id",
    });
    expect(fake.requestsTo("GET", "/v1/refunds")).toHaveLength(0);
  });

  it("is found among many", async () => {
    for (let n = 0; n < 130; n += 1) fake.addRefund("pi_1", 1);
    expect(await stripe.listRefunds("pi_1", signal)).toHaveLength(130);
  });

  it.each(["pending", "requires_action", "succeeded", "failed", "canceled"] as const)(
    "keeps Stripe's status %s",
    async (status) => {
      const { id } = await stripe.createRefund(REFUND, signal);
      fake.setRefundStatus(id, status, "declined");
      const over = status === "failed" || status === "canceled";
      expect(await stripe.retrieveRefund(id, signal)).toMatchObject({
        status,
        failureReason: over ? "declined" : null,
      });
    },
  );

  it.each([
    ["available", "74088286000000001234567", "74088286000000001234567"],
    ["pending", null, null],
    // It may change until it is available (docs.stripe.com/refunds#tracing-refunds).
    ["pending", "74088286000000001234567", null],
  ])(
    "is traced by its card reference once that is there: %s %s",
    async (status, reference, traceReference) => {
      const refund = {
        id: "re_1",
        amount: 1000,
        currency: "jpy",
        status: "succeeded",
        created: 1_795_000_000,
        metadata: {},
        failure_reason: null,
        payment_intent: "pi_1",
        charge: "ch_1",
        destination_details: { type: "card", card: { reference, reference_status: status } },
      };
      const server = await startCannedStripe(byPath({ "/v1/refunds/re_1": refund }));
      const provider = createStripeProvider({ apiKey: API_KEY, apiBase: server.url });
      expect(await provider.retrieveRefund("re_1", signal)).toMatchObject({ traceReference });
    },
  );

  it("with a status of the future is unknown and keeps the word", async () => {
    const { id } = await stripe.createRefund(REFUND, signal);
    fake.setRefundStatus(id, "teleported");
    expect(await stripe.retrieveRefund(id, signal)).toMatchObject({
      status: "unknown",
      rawStatus: "teleported",
    });
  });

  it.each([
    ["cut-before-effect", "connection_lost"],
    ["cut-after-effect", "connection_lost"],
    ["hang-before-effect", "timeout"],
    ["hang-after-effect", "timeout"],
    ["html-502", "unreadable_answer"],
    ["html-502-after-effect", "unreadable_answer"],
    ["503", "server_error"],
  ] as const)("is made once although the answer fails: %s", async (how, code) => {
    fake.fail({ method: "POST", path: "/v1/refunds", how });
    const impatient = connect({ timeoutMs: 300 });
    await expect(impatient.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
      code,
    });
    const refund = await stripe.createRefund(REFUND, signal);
    // A request that hung arrives late, and finds its key used.
    fake.release();
    expect(await stripe.listRefunds("pi_1", signal)).toEqual([refund]);
    expect(await stripe.retrievePayment("pi_1", signal)).toMatchObject({ refundedMinor: 1000 });
  });

  it.each([
    ["500-before-effect", 0],
    ["500-after-effect", 1],
  ] as const)("keeps a server error under its key: %s", async (how, made) => {
    fake.fail({ method: "POST", path: "/v1/refunds", how });
    const codes: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      await stripe
        .createRefund(REFUND, signal)
        .catch((error: { name: string; code: string }) =>
          codes.push(`${error.name} ${error.code}`),
        );
    }
    const kept = "OutcomeUnknownError stored_server_error";
    expect(codes).toEqual(["OutcomeUnknownError server_error", kept, kept]);
    expect(await stripe.listRefunds("pi_1", signal)).toHaveLength(made);
  });

  it("is made twice by one key that Stripe has forgotten, so that the caller must look", async () => {
    await stripe.createRefund(REFUND, signal);
    fake.forgetKeys();
    await stripe.createRefund(REFUND, signal);
    expect(await stripe.listRefunds("pi_1", signal)).toHaveLength(2);
    expect(stripe.capabilities.keyWindowMs).toBe(DAY_MS);
  });

  it("is unknown while another request with its key is at work", async () => {
    fake.fail({ method: "POST", path: "/v1/refunds", delayMs: 300 });
    const first = stripe.createRefund(REFUND, signal);
    await fake.waitFor(() => sent().length === 1);
    await expect(stripe.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
      code: "idempotency_key_in_use",
    });
    expect(await stripe.createRefund(REFUND, signal).catch(() => first)).toEqual(await first);
  });
});

describe("a cancellation at Stripe", () => {
  it("says that the customer asked for it", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, status: "requires_capture" });
    await stripe.cancelPayment({ paymentId: "pi_1", idempotencyKey: "void-1" }, signal);
    expect(fake.requestsTo("POST", "/v1/payment_intents/pi_1/cancel")).toMatchObject([
      { idempotencyKey: "void-1", params: { cancellation_reason: "requested_by_customer" } },
    ]);
  });

  it("ends an unpaid voucher", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, status: "requires_action", method: "konbini" });
    expect(await stripe.retrievePayment("pi_1", signal)).toMatchObject({
      status: "unpaid",
      method: "konbini",
    });
    const request = { paymentId: "pi_1", idempotencyKey: "void-1" };
    expect(await stripe.cancelPayment(request, signal)).toMatchObject({ status: "canceled" });
  });

  it("is unknown when its answer is lost, and done once", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, status: "requires_capture" });
    fake.fail({ path: "/v1/payment_intents/pi_1/cancel", how: "cut-after-effect" });
    const request = { paymentId: "pi_1", idempotencyKey: "void-1" };
    await expect(stripe.cancelPayment(request, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
    });
    expect(await stripe.cancelPayment(request, signal)).toMatchObject({ status: "canceled" });
  });

  it("needs nothing else once it is done", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, status: "requires_capture" });
    await stripe.account(signal);
    const before = fake.requests.length;
    await stripe.cancelPayment({ paymentId: "pi_1", idempotencyKey: "void-1" }, signal);
    expect(fake.requests).toHaveLength(before + 1);
  });

  it("is not for charges without an intent", async () => {
    fake.addPayment({
      id: "ch_1",
      amount: 100,
      status: "requires_capture",
      withoutPaymentIntent: true,
    });
    const request = { paymentId: "ch_1", idempotencyKey: "void-1" };
    await expect(stripe.cancelPayment(request, signal)).rejects.toMatchObject({
      name: "PermanentError",
      code: "void_not_supported",
    });
  });
});

describe("every request to Stripe", () => {
  it("names the API version henkin was written for, and tells nothing of this machine", async () => {
    const server = await startCannedStripe(byPath({ "/v1/account": { id: "acct_1" } }));
    const provider = createStripeProvider({ apiKey: API_KEY, apiBase: server.url });
    await provider.account(signal);
    await provider.retrievePayment("pi_1", signal).catch(() => undefined);
    expect(server.requests).toHaveLength(2);
    for (const { headers } of server.requests) {
      expect(headers["stripe-version"]).toBe("2026-10-28.endive");
      expect(headers).not.toHaveProperty("x-stripe-client-telemetry");
      expect(headers["x-stripe-client-user-agent"]).not.toContain("platform");
    }
  });

  it("is logged without query, key and answer", async () => {
    const lines: string[] = [];
    const debug = (fields: object, message: string) =>
      lines.push(JSON.stringify({ ...fields, message }));
    const silent = () => undefined;
    const log = { debug, info: silent, warn: silent, error: silent };
    fake.addPayment({ id: "pi_1", amount: 100, payerEmail: "hanako@example.jp" });
    const provider = createStripeProvider({ apiKey: API_KEY, apiBase: url, log });
    await provider.listPayments({ createdFrom: 0, page: null, signal });
    expect(lines[0]).toMatch(
      /^\{"method":"GET","path":"\/v1\/payment_intents","status":200,"elapsedMs":\d+,"requestId":"\w+","message":"Stripe answered"\}$/,
    );
    expect(lines.join()).not.toContain("hanako");
  });

  it.each([
    "http://api.stripe.com",
    "http://192.168.0.1:80",
    "http://localhost.example.jp",
    "http://127.0.0.1.example.jp",
    "https://api.stripe.com/v1",
    "https://user:password@api.stripe.com",
    "ftp://localhost",
    "api.stripe.com",
  ])("goes to a safe origin, which %s is not", (apiBase) => {
    expect(() => createStripeProvider({ apiKey: API_KEY, apiBase })).toThrow(/STRIPE_API_BASE/);
  });

  it.each([
    "https://api.stripe.com",
    "http://localhost:1",
    "http://[::1]:1/",
    "http://127.0.0.2:1",
  ])("may go to %s", (apiBase) => {
    expect(createStripeProvider({ apiKey: API_KEY, apiBase }).name).toBe("stripe");
  });
});
