// Each row is an answer of Stripe, or the lack of one, and what it means for a read and for a refund.
// All of them come over a real socket and through the real `stripe` package.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import { ConnectionLost, translateStripeError } from "../../src/payments/stripe-errors.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { type Answer, html, json, refusal, startCannedStripe } from "./canned-stripe.ts";

type Expected = readonly [errorClass: string, code: string];

const API_KEY = "sk_test_51SecretSecretSecret";
const signal = new AbortController().signal;
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const connect = (apiBase: string, timeoutMs = 5000): PaymentProvider =>
  createStripeProvider({ apiKey: API_KEY, apiBase, timeoutMs });

const readFrom = (stripe: PaymentProvider, end = signal) => stripe.listRefunds("pi_1", end);
const refundAt = (stripe: PaymentProvider, end = signal) =>
  stripe.createRefund(
    {
      paymentId: "pi_1",
      amountMinor: 1000,
      currency: "JPY",
      reason: "requested_by_customer",
      metadata: {},
      idempotencyKey: "key-1",
    },
    end,
  );

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const failure = await call.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
  if (failure instanceof AppError) return failure;
  throw new Error(`Not an AppError: ${failure}`);
}

const TRANSIENT = "TransientError";
const UNKNOWN = "OutcomeUnknownError";
const PERMANENT = "PermanentError";
const UNREADABLE = "UnreadableError";
const ACCESS = "AccessError";

const ANSWERS: readonly (readonly [name: string, Answer, read: Expected, write: Expected])[] = [
  [
    "a connection that is cut",
    (response) => response.destroy(),
    [TRANSIENT, "connection_lost"],
    [UNKNOWN, "connection_lost"],
  ],
  [
    "an answer that is cut in the middle",
    (response) => {
      response.writeHead(200, { "Content-Length": 1000 }).write('{"id":');
      setImmediate(() => response.destroy());
    },
    [TRANSIENT, "connection_lost"],
    [UNKNOWN, "connection_lost"],
  ],
  [
    "500",
    refusal(500, { type: "api_error" }),
    [TRANSIENT, "server_error"],
    [UNKNOWN, "server_error"],
  ],
  [
    "503",
    refusal(503, { type: "api_error" }),
    [TRANSIENT, "server_error"],
    [UNKNOWN, "server_error"],
  ],
  [
    "500 with the wish to be asked again",
    refusal(500, { type: "api_error" }, { "Stripe-Should-Retry": "true" }),
    [TRANSIENT, "server_error"],
    [UNKNOWN, "server_error"],
  ],
  [
    "a 500 that was kept under the key",
    refusal(500, { type: "api_error" }, { "Idempotent-Replayed": "true" }),
    [TRANSIENT, "server_error"],
    [UNKNOWN, "stored_server_error"],
  ],
  ["502 in HTML", html(502), [TRANSIENT, "unreadable_answer"], [UNKNOWN, "unreadable_answer"]],
  ["200 in HTML", html(200), [UNREADABLE, "unreadable_answer"], [UNKNOWN, "unreadable_answer"]],
  ["404 in HTML", html(404), [TRANSIENT, "unreadable_answer"], [UNKNOWN, "unreadable_answer"]],
  [
    "502 in JSON of a gateway",
    json(502, { id: "re_1", message: "bad gateway" }),
    [TRANSIENT, "unreadable_answer"],
    [UNKNOWN, "unreadable_answer"],
  ],
  [
    "404 with an error of a gateway",
    json(404, { error: "no route" }),
    [TRANSIENT, "unreadable_answer"],
    [UNKNOWN, "unreadable_answer"],
  ],
  [
    "200 with an error",
    refusal(200, {}),
    [UNREADABLE, "unreadable_answer"],
    [UNKNOWN, "unreadable_answer"],
  ],
  [
    "200 with something else",
    json(200, { hello: "world" }),
    [UNREADABLE, "unreadable_answer"],
    [UNKNOWN, "unreadable_answer"],
  ],
  [
    "200 with nothing",
    json(200, null),
    [UNREADABLE, "unreadable_answer"],
    [UNKNOWN, "unreadable_answer"],
  ],
  [
    "409 while the key is in use",
    refusal(409, { type: "idempotency_error", code: "idempotency_key_in_use" }),
    [TRANSIENT, "idempotency_key_in_use"],
    [UNKNOWN, "idempotency_key_in_use"],
  ],
  ["409 without a code", refusal(409, {}), [TRANSIENT, "conflict"], [UNKNOWN, "conflict"]],
  ["429", refusal(429, {}), [TRANSIENT, "rate_limit"], [TRANSIENT, "rate_limit"]],
  [
    "429 for a lock",
    refusal(429, { code: "lock_timeout" }),
    [TRANSIENT, "lock_timeout"],
    [TRANSIENT, "lock_timeout"],
  ],
  [
    "400 for the rate",
    refusal(400, { code: "rate_limit" }),
    [TRANSIENT, "rate_limit"],
    [TRANSIENT, "rate_limit"],
  ],
  ["401", refusal(401, {}), [ACCESS, "unauthorized"], [ACCESS, "unauthorized"]],
  [
    "401 for an expired key",
    refusal(401, { code: "api_key_expired" }),
    [ACCESS, "unauthorized"],
    [ACCESS, "unauthorized"],
  ],
  ["403", refusal(403, {}), [ACCESS, "forbidden"], [ACCESS, "forbidden"]],
  [
    "a key used with other parameters",
    refusal(400, { type: "idempotency_error" }),
    [PERMANENT, "invalid_request"],
    [UNKNOWN, "idempotency_mismatch"],
  ],
  [
    "a method that is away for a while",
    refusal(400, { code: "payment_method_not_available" }),
    [TRANSIENT, "payment_method_not_available"],
    [TRANSIENT, "payment_method_not_available"],
  ],
  [
    "a method that is asked too often",
    refusal(402, { type: "card_error", code: "payment_method_rate_limit_exceeded" }),
    [TRANSIENT, "payment_method_rate_limit_exceeded"],
    [TRANSIENT, "payment_method_rate_limit_exceeded"],
  ],
  [
    "a balance that is too low",
    refusal(400, { code: "balance_insufficient" }),
    [TRANSIENT, "balance_insufficient"],
    [TRANSIENT, "balance_insufficient"],
  ],
  [
    "a balance that is too low for a refund",
    refusal(400, { message_code: "insufficient_balance_for_refund" }),
    [TRANSIENT, "balance_insufficient"],
    [TRANSIENT, "balance_insufficient"],
  ],
  [
    "a refusal with a code",
    refusal(400, { code: "charge_already_refunded" }),
    [PERMANENT, "charge_already_refunded"],
    [PERMANENT, "charge_already_refunded"],
  ],
  [
    "a refusal of a parameter",
    refusal(400, { param: "amount" }),
    [PERMANENT, "invalid_request_amount"],
    [PERMANENT, "invalid_request_amount"],
  ],
  [
    "a refusal of a nested parameter",
    refusal(400, { param: "metadata[Ticket]" }),
    [PERMANENT, "invalid_request_metadata_ticket"],
    [PERMANENT, "invalid_request_metadata_ticket"],
  ],
  [
    "a refusal without a word",
    refusal(400, {}),
    [PERMANENT, "invalid_request"],
    [PERMANENT, "invalid_request"],
  ],
  [
    "402",
    refusal(402, { type: "card_error", code: "card_declined" }),
    [PERMANENT, "card_declined"],
    [PERMANENT, "card_declined"],
  ],
  [
    "404 for the payment",
    refusal(404, { code: "resource_missing", param: "payment_intent" }),
    [PERMANENT, "resource_missing"],
    [PERMANENT, "resource_missing"],
  ],
];

describe("an answer of Stripe", () => {
  it.each(ANSWERS)(
    "%s has its meaning for a read and for a refund",
    async (_, answer, read, write) => {
      const server = await startCannedStripe(answer);
      const stripe = connect(server.url);
      const onRead = await failureOf(readFrom(stripe));
      expect([onRead.name, onRead.code]).toEqual(read);
      const onWrite = await failureOf(refundAt(stripe));
      expect([onWrite.name, onWrite.code]).toEqual(write);
      expect(onWrite.cause).toBeInstanceOf(Error);
      // One call is one request: a repetition could hide what the first one did.
      expect(server.requests).toHaveLength(2);
    },
  );

  it("that does not come in time leaves a refund unknown, and its connection is closed", async () => {
    const server = await startCannedStripe(() => undefined);
    const onRead = await failureOf(readFrom(connect(server.url, 100)));
    expect([onRead.name, onRead.code]).toEqual([TRANSIENT, "timeout"]);
    await server.closed;
    const onWrite = await failureOf(refundAt(connect(server.url, 100)));
    expect([onWrite.name, onWrite.code]).toEqual([UNKNOWN, "timeout"]);
  });

  it("that trickles in does not outlast the deadline", async () => {
    const server = await startCannedStripe((response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      const drip = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(drip));
    });
    const failure = await failureOf(refundAt(connect(server.url, 200)));
    expect([failure.name, failure.code]).toEqual([UNKNOWN, "timeout"]);
  });
});

describe("a caller who gives up", () => {
  it("leaves a refund unknown that is on its way, and closes its connection", async () => {
    const caller = new AbortController();
    const server = await startCannedStripe(() => caller.abort());
    const failure = await failureOf(refundAt(connect(server.url), caller.signal));
    expect([failure.name, failure.code]).toEqual([UNKNOWN, "aborted"]);
    await server.closed;
    expect(server.requests).toHaveLength(1);
  });

  it("before the request has left has sent nothing", async () => {
    const server = await startCannedStripe(json(200, {}));
    const caller = new AbortController();
    const call = refundAt(connect(server.url), caller.signal);
    caller.abort();
    const failure = await failureOf(call);
    expect([failure.name, failure.code]).toEqual([TRANSIENT, "aborted"]);
    await sleep(50);
    expect(server.requests).toHaveLength(0);
  });

  it("may ask again for what only was to be read", async () => {
    const caller = new AbortController();
    const server = await startCannedStripe(() => caller.abort());
    const failure = await failureOf(readFrom(connect(server.url), caller.signal));
    expect([failure.name, failure.code]).toEqual([TRANSIENT, "aborted"]);
  });

  it("before the call has sent nothing", async () => {
    const server = await startCannedStripe(json(200, {}));
    const failure = await failureOf(refundAt(connect(server.url), AbortSignal.abort()));
    expect([failure.name, failure.code]).toEqual([TRANSIENT, "aborted"]);
    expect(server.requests).toHaveLength(0);
  });
});

describe("a server nobody can reach", () => {
  it.each([
    ["by address", async () => `http://127.0.0.1:${await closedPort()}`],
    ["by a name with several addresses", async () => `http://localhost:${await closedPort()}`],
    ["because its name is unknown", async () => "https://henkin.invalid"],
  ])("%s got nothing: a refund may be tried again", async (_, url) => {
    const stripe = connect(await url());
    const onRead = await failureOf(readFrom(stripe));
    expect([onRead.name, onRead.code]).toEqual([TRANSIENT, "unreachable"]);
    const onWrite = await failureOf(refundAt(stripe));
    expect([onWrite.name, onWrite.code]).toEqual([TRANSIENT, "unreachable"]);
  });
});

describe("several addresses that were tried", () => {
  const failed = (syscall: string) => Object.assign(new Error(syscall), { syscall });
  const translate = (...errors: Error[]) => {
    const cause = new AggregateError(errors);
    const detail = new ConnectionLost("no answer", { cause });
    const error = new Stripe.errors.StripeConnectionError({ detail } as never);
    return translateStripeError(error, { mutates: true, left: true, status: null, body: null });
  };

  it("got nothing only if none of them was reached", () => {
    expect(translate(failed("connect"), failed("connect")).name).toBe(TRANSIENT);
    expect(translate(failed("connect"), failed("read")).name).toBe(UNKNOWN);
    expect(translate().name).toBe(UNKNOWN);
  });
});

describe("the message of a failure", () => {
  it("repeats neither keys nor addresses, and names Stripe's request", async () => {
    const message =
      "No customer hanako@example.jp (花子@例え.jp) for sk_test_***1234, rk_live_abc and whsec_1 here";
    const server = await startCannedStripe(refusal(400, { message }, { "Request-Id": "req_1" }));
    const failure = await failureOf(refundAt(connect(server.url)));
    expect(failure.message).toBe(
      "Stripe refuses: No customer [address] ([address]) for [key], [key] and [key] here (HTTP 400, req_1).",
    );
  });

  it("says nothing of a refused key but its fault", async () => {
    const refused = { code: "api_key_expired", message: `Expired API key: ${API_KEY}` };
    const server = await startCannedStripe(refusal(401, refused));
    const failure = await failureOf(readFrom(connect(server.url)));
    expect(failure.message).toBe("Stripe refuses the key (api_key_expired).");
  });
});
