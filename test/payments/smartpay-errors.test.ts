// What an answer of Smartpay means, one row each, over a socket.

import { describe, expect, it } from "vitest";
import { createSmartpayProvider } from "../../src/payments/smartpay.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { type Answer, html, json, startCannedStripe } from "./canned-stripe.ts";

const signal = new AbortController().signal;
const REFUND = {
  paymentId: "payment_test_1",
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: {},
  idempotencyKey: "key-1",
} as const;

const error = (status: number, errorCode: string, headers: Record<string, string> = {}) =>
  json(status, { errorCode, message: "Words of sk_test_secret to taro@example.jp" }, headers);

async function provider(answer: Answer): Promise<PaymentProvider> {
  const { url } = await startCannedStripe(answer);
  return createSmartpayProvider({ secretKey: "sk_test_henkin", apiBase: url, timeoutMs: 2_000 });
}

async function failures(answer: Answer): Promise<readonly string[]> {
  const smartpay = await provider(answer);
  const calls = [
    () => smartpay.createRefund(REFUND, signal),
    () => smartpay.listAllRefunds({ createdFrom: 0, page: null, signal }),
  ];
  const seen: string[] = [];
  for (const call of calls) {
    const failure = await call().then(
      () => ({ name: "none", code: "" }),
      (reason: { name: string; code: string }) => reason,
    );
    seen.push(`${failure.name} ${failure.code}`);
  }
  return seen;
}

const UNKNOWN = "OutcomeUnknownError";
const REPLAYED = { "Idempotent-Replayed": "true" };

describe("an answer of Smartpay", () => {
  it.each<[string, Answer, string, string]>([
    [
      "404 payment.not-found",
      error(404, "payment.not-found"),
      "PermanentError payment_not_found",
      "PermanentError payment_not_found",
    ],
    [
      "403 amount.insufficient",
      error(403, "amount.insufficient"),
      "PermanentError amount_insufficient",
      "PermanentError amount_insufficient",
    ],
    [
      "400 request.invalid",
      error(400, "request.invalid"),
      "PermanentError request_invalid",
      "PermanentError request_invalid",
    ],
    [
      "400 request.malformed",
      error(400, "request.malformed"),
      "PermanentError request_malformed",
      "PermanentError request_malformed",
    ],
    [
      "a refusal kept under the key",
      error(403, "amount.insufficient", REPLAYED),
      "PermanentError amount_insufficient",
      "PermanentError amount_insufficient",
    ],
    ["401", json(401, { message: "no" }), "AccessError unauthorized", "AccessError unauthorized"],
    ["403 alone", json(403, { message: "no" }), "AccessError forbidden", "AccessError forbidden"],
    [
      "403 of the key",
      error(403, "apikey.revoked"),
      "AccessError forbidden",
      "AccessError forbidden",
    ],
    [
      "429",
      json(429, { message: "slow" }),
      "TransientError rate_limit",
      "TransientError rate_limit",
    ],
    ["409", error(409, "key.in-use"), `${UNKNOWN} key_in_use`, "TransientError key_in_use"],
    [
      "another body under the key",
      error(422, "idempotency.mismatch"),
      `${UNKNOWN} idempotency_mismatch`,
      "PermanentError idempotency_mismatch",
    ],
    ["500", error(500, "internal-error"), `${UNKNOWN} server_error`, "TransientError server_error"],
    [
      "500 kept under the key",
      error(500, "internal-error", REPLAYED),
      `${UNKNOWN} stored_server_error`,
      "TransientError server_error",
    ],
    ["502 in HTML", html(502), `${UNKNOWN} unreadable_answer`, "TransientError unreadable_answer"],
    ["404 in HTML", html(404), `${UNKNOWN} unreadable_answer`, "TransientError unreadable_answer"],
    ["200 in HTML", html(200), `${UNKNOWN} unreadable_answer`, "UnreadableError unreadable_answer"],
    [
      "404 without a code",
      json(404, { message: "no" }),
      `${UNKNOWN} unreadable_answer`,
      "TransientError unreadable_answer",
    ],
    [
      "a redirection",
      json(307, {}, { location: "http://127.0.0.1:9/" }),
      `${UNKNOWN} unreadable_answer`,
      "TransientError unreadable_answer",
    ],
    [
      "200 of another shape",
      json(200, { hello: 1 }),
      `${UNKNOWN} unreadable_answer`,
      "UnreadableError unreadable_answer",
    ],
  ])("%s", async (_, answer, writing, reading) => {
    expect(await failures(answer)).toEqual([writing, reading]);
  });

  it("is told without keys and addresses", async () => {
    const smartpay = await provider(error(400, "request.invalid"));
    await expect(smartpay.createRefund(REFUND, signal)).rejects.toThrow(
      "Smartpay refuses: Words of [key] to [address] (HTTP 400, request.invalid)",
    );
  });
});

describe("no answer of Smartpay", () => {
  it("is no doubt where nobody was reached", async () => {
    const smartpay = createSmartpayProvider({
      secretKey: "sk_test_henkin",
      // A port that fetch may use, and nobody listens on.
      apiBase: "http://127.0.0.1:2",
    });
    await expect(smartpay.createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "TransientError",
      code: "unreachable",
    });
  });

  it.each([
    ["createRefund", "OutcomeUnknownError"],
    ["retrieveRefund", "TransientError"],
  ] as const)("is %s's doubt where the caller gives up waiting", async (method, name) => {
    const stop = new AbortController();
    const smartpay = await provider(() => stop.abort(new Error("the worker stops")));
    const call =
      method === "createRefund"
        ? smartpay.createRefund(REFUND, stop.signal)
        : smartpay.retrieveRefund("refund_test_1", stop.signal);
    await expect(call).rejects.toMatchObject({ name, code: "aborted" });
  });
});
