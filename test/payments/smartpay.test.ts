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
    mayForgetMarks: true,
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

/** The answer and all it lists, without this field. */
function without(name: string, answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value) => (key === name ? undefined : value)));
}

const sent = () => fake.requestsTo("POST", "/v1/refunds");
const bodyOf = (at: number) => sent()[at]?.body as Record<string, unknown>;

describe("a refund at Smartpay", () => {
  beforeEach(() => {
    fake.addOrder({ suffix: "one", amount: 2467, reference: "679", createdAt: NOW });
  });

  it("is asked for with payment, yen, reason, reference, metadata and key", async () => {
    await smartpay.createRefund(REFUND, signal);
    expect(sent()).toMatchObject([{ idempotencyKey: "key-1" }]);
    expect(bodyOf(0)).toEqual({
      payment: PAYMENT,
      amount: 1000,
      currency: "JPY",
      reason: "requested_by_customer",
      reference: "abc",
      metadata: REFUND.metadata,
    });
  });

  it.each([
    ["requested_by_customer", "requested_by_customer", undefined],
    ["fraudulent", "fraudulent", undefined],
    ["duplicate", "requested_by_customer", "duplicate"],
    ["other", "requested_by_customer", "other"],
  ] as const)("for the reason %s is %s at Smartpay", async (reason, its, kept) => {
    await smartpay.createRefund({ ...REFUND, reason }, signal);
    expect(bodyOf(0)["reason"]).toBe(its);
    expect(bodyOf(0)["metadata"]).toEqual({
      ...REFUND.metadata,
      ...(kept !== undefined && { henkin_reason: kept }),
    });
  });

  it.each<[string, Partial<RefundRequest>, string]>([
    ["no amount", { amountMinor: 0 }, "invalid_amount"],
    ["half a yen", { amountMinor: 1.5 }, "invalid_amount"],
    ["less than nothing", { amountMinor: -1 }, "invalid_amount"],
    ["dollars", { currency: "USD" }, "unsupported_currency"],
    ["an order", { paymentId: ORDER }, "unknown_payment_id"],
    ["a payment of Stripe", { paymentId: "pi_1" }, "unknown_payment_id"],
    ["a path", { paymentId: "payment_test_a/../b" }, "unknown_payment_id"],
    ["a live payment", { paymentId: "payment_live_one" }, "livemode_mismatch"],
    ["without a key", { idempotencyKey: "" }, "invalid_idempotency_key"],
    [
      "too much metadata",
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, "v"])) },
      "too_much_metadata",
    ],
  ])("of %s is not even asked for", async (_, change, code) => {
    const refused = smartpay.createRefund({ ...REFUND, ...change }, signal);
    await expect(refused).rejects.toMatchObject({ name: "PermanentError", code });
    expect(sent()).toHaveLength(0);
  });

  it.each([
    ["succeeded", "succeeded"],
    ["failed", "failed"],
    ["pending", "unknown"],
    ["", "unknown"],
  ])("with the status %j is read as %s", async (raw, status) => {
    const { id } = await smartpay.createRefund(REFUND, signal);
    fake.setRefundStatus(id, raw);
    const refund = await smartpay.retrieveRefund(id, signal);
    expect(refund).toMatchObject({ status, rawStatus: raw });
  });

  it.each([
    ["cut-before-effect", "connection_lost"],
    ["cut-after-effect", "connection_lost"],
    ["hang-before-effect", "timeout"],
    ["hang-after-effect", "timeout"],
    ["html-502", "unreadable_answer"],
    ["html-502-after-effect", "unreadable_answer"],
  ] as const)("is made once although the answer fails: %s", async (how, code) => {
    fake.fail({ method: "POST", path: "/v1/refunds", how });
    const impatient = connect({ timeoutMs: 300 });
    await expect(impatient.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
      code,
    });
    const refund = await smartpay.createRefund(REFUND, signal);
    // A request that hung arrives late, and finds its key used.
    fake.release();
    expect(await smartpay.listRefunds(PAYMENT, signal)).toEqual([refund]);
    expect(await smartpay.retrievePayment(PAYMENT, signal)).toMatchObject({ refundedMinor: 1000 });
  });

  it.each([
    ["500-before-effect", 0],
    ["500-after-effect", 1],
  ] as const)("keeps a server error under its key: %s", async (how, made) => {
    fake.fail({ method: "POST", path: "/v1/refunds", how });
    const codes: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      await smartpay
        .createRefund(REFUND, signal)
        .catch((error: { name: string; code: string }) =>
          codes.push(`${error.name} ${error.code}`),
        );
    }
    const kept = "OutcomeUnknownError stored_server_error";
    expect(codes).toEqual(["OutcomeUnknownError server_error", kept, kept]);
    expect(fake.refunds).toHaveLength(made);
  });

  it("is tried later where there were too many requests", async () => {
    fake.fail({ method: "POST", path: "/v1/refunds", how: "429" });
    await expect(smartpay.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "TransientError",
      code: "rate_limit",
    });
  });

  it("is made twice by one key after 6 hours, so that the caller must look", async () => {
    await smartpay.createRefund(REFUND, signal);
    now += 6 * HOUR_MS;
    await smartpay.createRefund(REFUND, signal);
    expect(fake.refunds).toHaveLength(1);
    now += 1;
    await smartpay.createRefund(REFUND, signal);
    expect(fake.refunds).toHaveLength(2);
    expect(smartpay.capabilities.keyWindowMs).toBe(6 * HOUR_MS);
  });

  it.each([
    ["amount", { amount: 900 }],
    ["payment", { payment: "payment_test_two" }],
    ["currency", { currency: "USD" }],
  ])("is not taken for made where the answer has another %s", async (_, change) => {
    fake.twist = (answer, { method }) =>
      method === "POST" ? { ...(answer as object), ...change } : answer;
    await expect(smartpay.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
      code: "idempotency_mismatch",
    });
  });

  it("is unknown where the answer is not a refund", async () => {
    fake.twist = (answer, { method }) => (method === "POST" ? { ok: true } : answer);
    await expect(smartpay.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
      code: "unreadable_answer",
    });
  });

  it.each([true, false])(
    "is found where payments name their refunds: %s",
    async (paymentsNameRefunds) => {
      fake.paymentsNameRefunds = paymentsNameRefunds;
      fake.addOrder({ suffix: "two", amount: 900, createdAt: NOW });
      const refund = await smartpay.createRefund(REFUND, signal);
      for (let n = 0; n < 45; n += 1) {
        const other = { paymentId: "payment_test_two", amountMinor: 1, idempotencyKey: `k${n}` };
        await smartpay.createRefund({ ...REFUND, ...other }, signal);
      }
      expect(await smartpay.listRefunds(PAYMENT, signal)).toEqual([refund]);
      expect(await smartpay.listRefunds("payment_test_two", signal)).toHaveLength(45);
      expect(await smartpay.retrievePayment(PAYMENT, signal)).toMatchObject({
        refundedMinor: 1000,
      });
    },
  );

  it.each([true, false])(
    "is known by its reference where its metadata is not given back, payments name refunds: %s",
    async (paymentsNameRefunds) => {
      fake.paymentsNameRefunds = paymentsNameRefunds;
      const id = "0123456789abcdef0123456789abcdef";
      const made = { henkin_ticket: "1", henkin_refund: id, henkin_digest: `${id}${id}` };
      fake.twist = (answer) => without("metadata", answer);
      await smartpay.createRefund({ ...REFUND, metadata: made }, signal);
      const [refund] = await smartpay.listRefunds(PAYMENT, signal);
      expect(refund?.metadata).toEqual({ henkin_refund: id });
      expect((await smartpay.retrieveRefund(refund?.id ?? "", signal))?.metadata).toEqual({
        henkin_refund: id,
      });
    },
  );

  it("of the shop's own plugin is nobody's, whatever its reference", async () => {
    const body = { payment: PAYMENT, amount: 5, currency: "JPY", reason: "requested_by_customer" };
    const headers = { Authorization: "Basic sk_test_henkin", "Idempotency-Key": "k" };
    const reference = "creditmemo_100000012";
    await fetch(`${url}/v1/refunds`, {
      ...{ method: "POST", headers: { ...headers, "Content-Type": "application/json" } },
      body: JSON.stringify({ ...body, reference }),
    });
    const [refund] = await smartpay.listRefunds(PAYMENT, signal);
    expect(refund?.metadata).toEqual({});
  });

  it("is never overlooked: a list with one that cannot be read is refused", async () => {
    await smartpay.createRefund(REFUND, signal);
    fake.twist = (answer, { path }) =>
      path.startsWith("/v1/refunds/") ? { ...(answer as object), amount: "1000" } : answer;
    await expect(smartpay.listRefunds(PAYMENT, signal)).rejects.toMatchObject({
      name: "UnreadableError",
      code: "unreadable_answer",
    });
    fake.twist = (answer, { path }) =>
      path === "/v1/refunds" ? { ...(answer as object), data: [{ id: "refund_test_x" }] } : answer;
    const all = { createdFrom: 0, page: null, signal };
    expect(await smartpay.listAllRefunds(all)).toMatchObject({
      refunds: [],
      unreadable: [{ id: "refund_test_x" }],
    });
    await expect(smartpay.listRefunds("payment_test_nobody", signal)).rejects.toMatchObject({
      code: "payment_not_found",
    });
  });
});

describe("a cancellation at Smartpay", () => {
  const cancel = (paymentId: string, provider = smartpay) =>
    provider.cancelPayment({ paymentId, idempotencyKey: "void-1" }, signal);

  it("has the key and no body", async () => {
    fake.addOrder({ suffix: "one", amount: 2467, status: "requires_capture" });
    expect(await cancel(ORDER)).toMatchObject({ id: ORDER, status: "canceled" });
    expect(fake.requestsTo("PUT", `/v1/orders/${ORDER}/cancellation`)).toMatchObject([
      { idempotencyKey: "void-1", body: null },
    ]);
  });

  it("is unknown when its answer is lost, and done once", async () => {
    fake.addOrder({ suffix: "one", amount: 2467, status: "requires_capture" });
    fake.fail({ method: "PUT", how: "cut-after-effect" });
    await expect(cancel(ORDER)).rejects.toMatchObject({ name: "OutcomeUnknownError" });
    expect(await smartpay.retrievePayment(ORDER, signal)).toMatchObject({ status: "canceled" });
    expect(await cancel(ORDER)).toMatchObject({ status: "canceled" });
  });

  it("is refused for an order of the other mode", async () => {
    await expect(cancel("order_live_one")).rejects.toMatchObject({ code: "livemode_mismatch" });
    const live = connect({ secretKey: "sk_live_henkin" });
    await expect(cancel(ORDER, live)).rejects.toMatchObject({ code: "livemode_mismatch" });
    expect(fake.requests).toEqual([]);
  });
});

describe("the account at Smartpay", () => {
  it.each([
    ["sk_test_one", "smartpay_test"],
    ["sk_test_rolled", "smartpay_test"],
    ["sk_live_one", "smartpay_live"],
  ])("of %s is %s, without a request", async (secretKey, account) => {
    expect(await connect({ secretKey }).account(signal)).toBe(account);
    expect(fake.requests).toEqual([]);
  });

  it("refuses a wrong key as an access that is missing", async () => {
    const stranger = connect({ secretKey: "sk_test_stranger" });
    const look = stranger.listPayments({ createdFrom: 0, page: null, signal });
    await expect(look).rejects.toMatchObject({ name: "AccessError", code: "unauthorized" });
    await expect(stranger.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "AccessError",
    });
  });

  it.each([
    "http://api.smartpay.co",
    "http://localhost.example.jp",
    "https://api.smartpay.co/v1",
    "https://user:password@api.smartpay.co",
    "api.smartpay.co",
  ])("is at a safe origin, which %s is not", (apiBase) => {
    expect(() => createSmartpayProvider({ secretKey: "sk_test_a", apiBase })).toThrow(
      /SMARTPAY_API_BASE/,
    );
  });

  it("is asked without a word of its key or of customers in the log", async () => {
    const lines: string[] = [];
    const note = (fields: object, message: string) =>
      lines.push(JSON.stringify({ ...fields, message }));
    const log = { debug: note, info: note, warn: note, error: note };
    fake.addOrder({ amount: 1, customerInfo: HANAKO });
    const provider = createSmartpayProvider({ secretKey: "sk_test_henkin", apiBase: url, log });
    await provider.listPayments({ createdFrom: 0, page: null, signal });
    expect(lines[0]).toMatch(
      /^\{"method":"GET","path":"\/v1\/orders","status":200,"elapsedMs":\d+,"message":"Smartpay answered"\}$/,
    );
    expect(lines.join().toLowerCase()).not.toMatch(/hanako|sk_test/);
  });

  it("tells how far its clock is off", async () => {
    fake.dateOffsetMs = 20 * 60_000;
    const provider = createSmartpayProvider({
      secretKey: "sk_test_henkin",
      apiBase: url,
      now: Date.now,
    });
    expect(provider.clockOffsetMs()).toBeNull();
    await provider.listPayments({ createdFrom: 0, page: null, signal });
    expect(provider.clockOffsetMs()).toBeGreaterThan(19 * 60_000);
    const findings = await provider.diagnose(signal);
    expect(findings).toContainEqual(expect.objectContaining({ check: "clock", level: "fail" }));
  });
});

describe("doctor at Smartpay", () => {
  it("shows mode, orders and refunds", async () => {
    const findings = await smartpay.diagnose(signal);
    expect(findings.map(({ level, check }) => `${level} ${check}`)).toEqual([
      "ok Smartpay key",
      "ok Smartpay orders",
      "ok Smartpay refunds",
      expect.stringContaining("clock"),
    ]);
  });

  it.each([
    ["pk_test_a", "Smartpay key", "public key"],
    ["sk_test_stranger", "Smartpay key", "refuses the key"],
  ])("says of %s what is wrong and what to do", async (secretKey, check, words) => {
    const [finding, ...more] = await connect({ secretKey }).diagnose(signal);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      level: "fail",
      check,
      message: expect.stringContaining(words),
      mend: expect.stringContaining("SMARTPAY_SECRET_KEY"),
    });
  });

  it("tells a server out of reach from a wrong key", async () => {
    fake.fail({ method: "GET", how: "html-502" });
    const findings = await smartpay.diagnose(signal);
    expect(findings.at(-1)).toMatchObject({ level: "fail", check: "Smartpay connection" });
  });

  it("sees a server of the other mode", async () => {
    fake.secretKeys = ["sk_live_henkin"];
    fake.addOrder({ amount: 1 });
    const findings = await connect({ secretKey: "sk_live_henkin" }).diagnose(signal);
    expect(findings).toContainEqual(
      expect.objectContaining({ level: "fail", check: "Smartpay mode" }),
    );
  });
});
