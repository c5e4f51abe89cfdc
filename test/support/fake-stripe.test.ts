// The fake is only worth what it shares with Stripe, so every rule and every fault is tried through
// the real `stripe` package over a socket.

import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeStripe, type Fault, type RunningFakeStripe } from "./fake-stripe.ts";

const NOW = Date.UTC(2026, 10, 21, 3);
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

let fake: FakeStripe;
let server: RunningFakeStripe;
let stripe: Stripe;

beforeEach(async () => {
  fake = new FakeStripe({ now: () => NOW, apiKeys: ["sk_test_henkin", "sk_live_henkin"] });
  server = await fake.start();
  stripe = client();
});

afterEach(() => server.close());

function client(options: { apiKey?: string; timeout?: number } = {}): Stripe {
  const { apiKey = "sk_test_henkin", timeout = 5000 } = options;
  const { host, port } = server;
  const quiet = { maxNetworkRetries: 0, telemetry: false };
  return new Stripe(apiKey, { host, port, protocol: "http", timeout, ...quiet });
}

/** The facts of an error that a worker decides by. */
async function problem(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error("It was not refused."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { type, code, param, statusCode } = error;
  return { type, code, param, statusCode };
}

function refund(amount: number, idempotencyKey?: string, on: Stripe = stripe) {
  const options = idempotencyKey === undefined ? {} : { idempotencyKey };
  return on.refunds.create({ payment_intent: "pi_1", amount }, options);
}

async function chargeOf(id: string): Promise<Stripe.Charge> {
  const intent = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
  if (intent.latest_charge === null || typeof intent.latest_charge === "string") {
    throw new Error(`${id} has no expanded charge`);
  }
  return intent.latest_charge;
}

const ids = (list: { data: readonly { id: string }[] }) => list.data.map(({ id }) => id);

describe("payments", () => {
  it("shows the payment intent and, expanded, its charge and customer", async () => {
    fake.addPayment({
      id: "pi_1",
      chargeId: "ch_9",
      amount: 2779,
      description: "店 - 注文 688",
      metadata: { order_id: "688" },
      payerName: "佐藤 花子",
      payerEmail: "hanako@example.jp",
      customer: "cus_1",
      createdAt: NOW - DAY_MS,
    });
    const intent = await stripe.paymentIntents.retrieve("pi_1", {
      expand: ["latest_charge", "customer"],
    });
    expect(intent).toMatchObject({
      object: "payment_intent",
      amount: 2779,
      amount_received: 2779,
      currency: "jpy",
      status: "succeeded",
      description: "店 - 注文 688",
      metadata: { order_id: "688" },
      created: (NOW - DAY_MS) / 1000,
      livemode: false,
      customer: { object: "customer", id: "cus_1", email: "hanako@example.jp" },
      latest_charge: {
        id: "ch_9",
        object: "charge",
        payment_intent: "pi_1",
        captured: true,
        amount_captured: 2779,
        amount_refunded: 0,
        billing_details: { name: "佐藤 花子", email: "hanako@example.jp" },
        payment_method_details: { type: "card" },
      },
    });
    expect(await stripe.customers.retrieve("cus_1")).toMatchObject({ name: "佐藤 花子" });
    expect((await stripe.paymentIntents.retrieve("pi_1")).latest_charge).toBe("ch_9");
  });

  it.each([
    { status: "succeeded", charge: { status: "succeeded", paid: true, captured: true } },
    { status: "requires_capture", charge: { status: "succeeded", paid: true, captured: false } },
    { status: "processing", charge: { status: "pending", paid: false, captured: false } },
    { status: "requires_payment_method", charge: { status: "failed", paid: false } },
    { status: "requires_action", charge: null },
    { status: "canceled", charge: null },
  ] as const)("gives a payment in $status the charge $charge", async ({ status, charge }) => {
    fake.addPayment({ id: "pi_1", amount: 500, status });
    const intent = await stripe.paymentIntents.retrieve("pi_1", { expand: ["latest_charge"] });
    if (charge === null) expect(intent.latest_charge).toBeNull();
    else expect(intent.latest_charge).toMatchObject(charge);
  });

  it("shows what the shop writes late and what the customer pays late", async () => {
    fake.addPayment({ id: "pi_1", amount: 500, status: "requires_action", method: "konbini" });
    fake.updatePayment("pi_1", { description: "注文 678", status: "succeeded" });
    expect(await stripe.paymentIntents.retrieve("pi_1")).toMatchObject({
      description: "注文 678",
      status: "succeeded",
      amount_received: 500,
    });
    expect((await chargeOf("pi_1")).description).toBe("注文 678");
  });

  it("lists a charge without a payment intent among the charges only", async () => {
    fake.addPayment({ id: "ch_bare", amount: 300, withoutPaymentIntent: true });
    fake.addPayment({ id: "pi_1", chargeId: "ch_1", amount: 500 });
    expect(ids(await stripe.charges.list())).toEqual(["ch_1", "ch_bare"]);
    expect(ids(await stripe.charges.list({ payment_intent: "pi_1" }))).toEqual(["ch_1"]);
    expect(ids(await stripe.paymentIntents.list())).toEqual(["pi_1"]);
    expect((await stripe.charges.retrieve("ch_bare")).payment_intent).toBeNull();
    expect(await stripe.refunds.create({ charge: "ch_bare" })).toMatchObject({
      amount: 300,
      charge: "ch_bare",
      payment_intent: null,
    });
  });

  it("hides an object from a key of the other mode", async () => {
    fake.addPayment({ id: "pi_live", amount: 500, livemode: true });
    expect(ids(await stripe.paymentIntents.list())).toEqual([]);
    expect(await problem(stripe.refunds.create({ payment_intent: "pi_live" }))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
    const live = client({ apiKey: "sk_live_henkin" });
    expect((await live.paymentIntents.retrieve("pi_live")).livemode).toBe(true);
  });
});

describe("lists", () => {
  const day = (n: number) => NOW - n * DAY_MS;

  it("pages through everything, newest first, without a gap or a repeat", async () => {
    for (let n = 0; n < 25; n += 1)
      fake.addPayment({ id: `pi_${n}`, amount: 1, createdAt: day(n) });
    const seen: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ limit: 5 })) seen.push(id);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `pi_${n}`));
    expect(fake.requestsTo("GET", "/v1/payment_intents")).toHaveLength(5);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(10);
  });

  it("goes back a page with ending_before", async () => {
    for (let n = 0; n < 5; n += 1) fake.addPayment({ id: `pi_${n}`, amount: 1, createdAt: day(n) });
    const page = await stripe.paymentIntents.list({ limit: 2, ending_before: "pi_3" });
    expect(ids(page)).toEqual(["pi_1", "pi_2"]);
    expect(page.has_more).toBe(true);
  });

  it.each([
    { created: { gte: day(2) / 1000 }, found: ["pi_1", "pi_2"] },
    { created: { gt: day(2) / 1000 }, found: ["pi_1"] },
    { created: { lte: day(2) / 1000 }, found: ["pi_2", "pi_3"] },
    { created: { gte: day(2) / 1000, lt: day(1) / 1000 }, found: ["pi_2"] },
    { created: day(3) / 1000, found: ["pi_3"] },
  ])("filters by created $created", async ({ created, found }) => {
    for (const n of [1, 2, 3]) fake.addPayment({ id: `pi_${n}`, amount: 1, createdAt: day(n) });
    expect(ids(await stripe.paymentIntents.list({ created }))).toEqual(found);
  });

  it("filters by customer and expands what is in data", async () => {
    fake.addPayment({ id: "pi_1", amount: 1, customer: { id: "cus_1", email: "a@example.jp" } });
    fake.addPayment({ id: "pi_2", amount: 1 });
    const expand = ["data.latest_charge", "data.customer", "data.payment_method"];
    const list = await stripe.paymentIntents.list({ customer: "cus_1", expand });
    expect(list.data).toMatchObject([
      {
        latest_charge: { object: "charge" },
        customer: { email: "a@example.jp" },
        payment_method: { type: "card" },
      },
    ]);
  });

  it("finds the refunds of a payment and of a charge", async () => {
    fake.addPayment({ id: "pi_1", chargeId: "ch_1", amount: 500 });
    fake.addPayment({ id: "pi_2", amount: 500, amountRefunded: 500 });
    const first = await refund(100);
    const second = await refund(100);
    expect(ids(await stripe.refunds.list({ payment_intent: "pi_1" }))).toEqual([
      second.id,
      first.id,
    ]);
    expect(ids(await stripe.refunds.list({ charge: "ch_1" }))).toEqual([second.id, first.id]);
    expect((await stripe.refunds.list({ created: { gte: NOW / 1000 } })).data).toHaveLength(3);
  });
});

describe("refunds", () => {
  it("lower what is left of the charge", async () => {
    fake.addPayment({ id: "pi_1", chargeId: "ch_1", amount: 2000 });
    const part = await stripe.refunds.create({
      payment_intent: "pi_1",
      amount: 1500,
      reason: "requested_by_customer",
      metadata: { ticket: "R-12" },
    });
    expect(part).toMatchObject({
      object: "refund",
      amount: 1500,
      charge: "ch_1",
      payment_intent: "pi_1",
      currency: "jpy",
      created: NOW / 1000,
      status: "succeeded",
      reason: "requested_by_customer",
      metadata: { ticket: "R-12" },
    });
    expect(await chargeOf("pi_1")).toMatchObject({ amount_refunded: 1500, refunded: false });
    expect((await stripe.refunds.create({ payment_intent: "pi_1" })).amount).toBe(500);
    expect(await chargeOf("pi_1")).toMatchObject({ amount_refunded: 2000, refunded: true });
    expect(await stripe.refunds.retrieve(part.id)).toMatchObject({ amount: 1500 });
    expect(fake.refunds.map(({ amount }) => amount)).toEqual([1500, 500]);
  });

  it("refuses more than is left", async () => {
    fake.addPayment({ id: "pi_1", amount: 2000, amountRefunded: 500 });
    const call = refund(1501);
    await expect(call).rejects.toThrow(
      "Refund amount (¥1,501) is greater than unrefunded amount on charge (¥1,500)",
    );
    expect(await problem(call)).toMatchObject({
      statusCode: 400,
      code: undefined,
      param: "amount",
    });
  });

  it.each([
    { name: "nothing is left", seed: { amountRefunded: 900 }, code: "charge_already_refunded" },
    { name: "the charge is disputed", seed: { disputed: true }, code: "charge_disputed" },
    { name: "it is not captured", seed: { status: "requires_capture" }, code: undefined },
    { name: "the charge failed", seed: { status: "requires_payment_method" }, code: undefined },
    { name: "nothing is paid yet", seed: { status: "requires_action" }, code: undefined },
  ] as const)("are refused when $name", async ({ seed, code }) => {
    fake.addPayment({ id: "pi_1", amount: 900, ...seed });
    expect(await problem(refund(100))).toMatchObject({ statusCode: 400, code });
    expect(fake.requests.at(-1)).toMatchObject({ status: 400, effect: false });
  });

  it("are possible while a dispute is only an inquiry", async () => {
    fake.addPayment({ id: "pi_1", amount: 900 });
    fake.openDispute("pi_1", "warning_needs_response");
    expect((await chargeOf("pi_1")).disputed).toBe(true);
    expect((await refund(900)).status).toBe("succeeded");
  });

  it("get the status that the payment, the account or the method gives them", async () => {
    fake.addPayment({ id: "pi_card", amount: 100 });
    fake.addPayment({ id: "pi_fail", amount: 100, refundStatus: "failed" });
    fake.addPayment({ id: "pi_cvs", amount: 100, method: "konbini", payerEmail: "a@example.jp" });
    const create = (id: string) => stripe.refunds.create({ payment_intent: id, amount: 10 });
    expect((await create("pi_card")).status).toBe("succeeded");
    expect(await create("pi_fail")).toMatchObject({ status: "failed", failure_reason: "unknown" });
    const waiting = await create("pi_cvs");
    expect(waiting.status).toBe("requires_action");
    expect(waiting.next_action?.display_details).toEqual({
      email_sent: { email_sent_at: NOW / 1000, email_sent_to: "a@example.jp" },
      expires_at: (NOW + 45 * DAY_MS) / 1000,
    });
    fake.newRefundStatus = "pending";
    expect(await create("pi_card")).toMatchObject({ status: "pending" });
    expect(await chargeOf("pi_fail")).toMatchObject({ amount_refunded: 0 });
  });

  it("of a bank transfer need an address to ask for the account", async () => {
    fake.addPayment({ id: "pi_1", amount: 100, method: "customer_balance" });
    expect(await problem(refund(100))).toMatchObject({ param: "instructions_email" });
    const instructions_email = "a@example.jp";
    const made = await stripe.refunds.create({ payment_intent: "pi_1", instructions_email });
    expect(made).toMatchObject({ instructions_email, status: "requires_action" });
  });

  it("give the amount back to the charge when they fail days later", async () => {
    fake.addPayment({ id: "pi_1", amount: 900 });
    const { id } = await refund(900);
    fake.setRefundStatus(id, "failed", "expired_or_canceled_card");
    expect(await stripe.refunds.retrieve(id)).toMatchObject({
      status: "failed",
      failure_reason: "expired_or_canceled_card",
      failure_balance_transaction: expect.any(String),
    });
    expect(await chargeOf("pi_1")).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await refund(900)).status).toBe("succeeded");
  });

  it("drop the fields of a status they leave", async () => {
    fake.addPayment({ id: "pi_1", amount: 900, refundStatus: "requires_action" });
    const { id } = await refund(900);
    for (const status of ["pending", "failed", "succeeded"]) fake.setRefundStatus(id, status);
    const fields = ["next_action", "pending_reason", "failure_reason"];
    const moved = await stripe.refunds.retrieve(id);
    expect(fields.filter((field) => field in moved)).toEqual([]);
  });

  it("can be cancelled only while they wait for the customer", async () => {
    fake.addPayment({ id: "pi_1", amount: 900, refundStatus: "requires_action" });
    const { id } = await refund(900);
    expect(await stripe.refunds.cancel(id)).toMatchObject({ status: "canceled" });
    expect(await chargeOf("pi_1")).toMatchObject({ amount_refunded: 0 });
    expect(await problem(stripe.refunds.cancel(id))).toMatchObject({ statusCode: 400 });
  });
});

describe("cancelling a payment", () => {
  it.each(["requires_payment_method", "requires_capture", "requires_action"] as const)(
    "voids one in %s",
    async (status) => {
      fake.addPayment({ id: "pi_1", amount: 900, status });
      const cancellation_reason = "requested_by_customer";
      const canceled = await stripe.paymentIntents.cancel("pi_1", { cancellation_reason });
      expect(canceled).toMatchObject({
        status: "canceled",
        cancellation_reason,
        canceled_at: NOW / 1000,
        amount_capturable: 0,
      });
    },
  );

  it("gives an authorisation back", async () => {
    fake.addPayment({ id: "pi_1", amount: 900, status: "requires_capture" });
    await stripe.paymentIntents.cancel("pi_1");
    expect(await chargeOf("pi_1")).toMatchObject({ captured: false, refunded: true });
  });

  it.each(["succeeded", "processing", "canceled"] as const)("refuses one in %s", async (status) => {
    fake.addPayment({ id: "pi_1", amount: 900, status });
    expect(await problem(stripe.paymentIntents.cancel("pi_1"))).toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
    });
  });
});

describe("other objects", () => {
  it("lists the disputes of a charge and of a payment", async () => {
    fake.addPayment({ id: "pi_1", chargeId: "ch_1", amount: 900, disputed: true });
    fake.addPayment({ id: "pi_2", amount: 900 });
    const [dispute] = (await stripe.disputes.list({ payment_intent: "pi_1" })).data;
    expect(dispute).toMatchObject({ status: "needs_response", is_charge_refundable: false });
    expect((await stripe.disputes.list({ charge: "ch_1" })).data).toHaveLength(1);
    expect((await stripe.disputes.list({ payment_intent: "pi_2" })).data).toEqual([]);
    expect((await chargeOf("pi_1")).disputed).toBe(true);
  });

  it("tells what happened in events, which name the key that caused them", async () => {
    fake.addPayment({ id: "pi_1", amount: 900, createdAt: NOW - HOUR_MS });
    fake.addPayment({ id: "pi_old", amount: 900, createdAt: NOW - 31 * DAY_MS });
    const { id } = await refund(900, "key-1");
    fake.setRefundStatus(id, "failed");
    const events = (await stripe.events.list()).data;
    expect(events.map(({ type }) => type)).toEqual([
      "refund.failed",
      "refund.updated",
      "charge.refunded",
      "refund.created",
      "charge.succeeded",
      "payment_intent.succeeded",
    ]);
    const types = ["refund.created", "refund.updated"];
    const [updated, created] = (await stripe.events.list({ types })).data;
    expect(created).toMatchObject({
      request: { id: "req_Fake1", idempotency_key: "key-1" },
      data: { object: { id, status: "succeeded" } },
    });
    expect(updated?.request).toEqual({ id: null, idempotency_key: null });
    expect(updated?.data.previous_attributes).toEqual({ status: "succeeded" });
  });

  it("tells the balance and the account", async () => {
    fake.balance = { available: 1200, pending: 300 };
    const balance = await stripe.balance.retrieve();
    expect(balance.available).toMatchObject([{ amount: 1200, currency: "jpy" }]);
    expect(balance.pending).toMatchObject([{ amount: 300, currency: "jpy" }]);
    expect(await stripe.accounts.retrieveCurrent()).toMatchObject({ charges_enabled: true });
  });
});

describe("a request Stripe would not take", () => {
  const invalid = { type: "StripeInvalidRequestError", statusCode: 400 };
  const unknown = { ...invalid, code: "parameter_unknown" };
  const noInteger = { ...invalid, code: "parameter_invalid_integer" };

  it.each([
    { params: "amount=1", is: { ...invalid, code: "parameter_missing" } },
    { params: "payment_intent=pi_1&charge=ch_1", is: invalid },
    { params: "payment_intent=pi_1&description=x", is: { ...unknown, param: "description" } },
    { params: "payment_intent=pi_1&amount=abc", is: { ...noInteger, param: "amount" } },
    { params: "payment_intent=pi_1&amount=1.5", is: { ...noInteger, param: "amount" } },
    { params: "payment_intent=pi_1&amount=0", is: { ...noInteger, param: "amount" } },
    { params: "payment_intent=pi_1&reason=other", is: { ...invalid, param: "reason" } },
    { params: "payment_intent[id]=pi_1", is: { ...invalid, param: "payment_intent" } },
    { params: "payment_intent=pi_1&metadata=x", is: { ...invalid, param: "metadata" } },
    { params: "payment_intent=pi_1&expand=charge", is: { ...invalid, param: "expand" } },
    { params: "payment_intent=pi_1&expand[]=nothing", is: { ...invalid, param: "expand" } },
    {
      params: "payment_intent=pi_1&reverse_transfer=1",
      is: { ...invalid, param: "reverse_transfer" },
    },
    { params: "payment_intent=", is: { ...invalid, code: "parameter_invalid_empty" } },
    { params: `payment_intent=pi_1&metadata[a]=${"x".repeat(501)}`, is: invalid },
    { params: "payment_intent=pi_2", is: { code: "resource_missing", statusCode: 404 } },
  ])("is refused without an effect: refund with $params", async ({ params, is }) => {
    fake.addPayment({ id: "pi_1", amount: 900 });
    const sent: Record<string, unknown> = {};
    for (const [name, value] of new URLSearchParams(params)) sent[name] = value;
    expect(await problem(stripe.rawRequest("POST", "/v1/refunds", sent))).toMatchObject(is);
    expect(fake.refunds).toEqual([]);
  });

  it.each([
    { path: "/v1/payment_intents?description=678", is: { ...unknown, param: "description" } },
    { path: "/v1/payment_intents?created[since]=1", is: { ...unknown, param: "created[since]" } },
    { path: "/v1/payment_intents?created[gte]=x", is: { ...noInteger, param: "created[gte]" } },
    { path: "/v1/charges?limit=101", is: { ...noInteger, param: "limit" } },
    { path: "/v1/charges?limit=0", is: { ...noInteger, param: "limit" } },
    { path: "/v1/charges?starting_after=ch_0", is: { ...invalid, code: "resource_missing" } },
    { path: "/v1/charges?expand[]=customer", is: { ...invalid, param: "expand" } },
    { path: "/v1/charges/ch_0", is: { statusCode: 404, code: "resource_missing" } },
    { path: "/v1/payment_intents/search?query=x", is: { statusCode: 404, code: undefined } },
    { path: "/v1/payouts", is: { statusCode: 404, code: undefined } },
  ])("is refused: GET $path", async ({ path, is }) => {
    expect(await problem(stripe.rawRequest("GET", path))).toMatchObject(is);
  });

  it("is refused for a missing, wrong or revoked key", async () => {
    const answer = await fetch(`${server.url}/v1/balance`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    const unauthenticated = { type: "StripeAuthenticationError", statusCode: 401 };
    const stranger = client({ apiKey: "sk_test_other" });
    expect(await problem(stranger.balance.retrieve())).toMatchObject(unauthenticated);
    fake.apiKeys.delete("sk_test_henkin");
    expect(await problem(stripe.balance.retrieve())).toMatchObject(unauthenticated);
  });

  it("is refused where the key lacks a permission", async () => {
    fake.forbidden = ["/v1/events", "POST /v1/refunds"];
    fake.addPayment({ id: "pi_1", amount: 900 });
    const forbidden = { type: "StripePermissionError", statusCode: 403 };
    expect(await problem(stripe.events.list())).toMatchObject(forbidden);
    expect(await problem(refund(900))).toMatchObject(forbidden);
    expect(await problem(stripe.refunds.cancel("re_1"))).toMatchObject(forbidden);
    expect(ids(await stripe.refunds.list())).toEqual([]);
  });
});

describe("an idempotency key", () => {
  beforeEach(() => {
    fake.addPayment({ id: "pi_1", amount: 900 });
  });

  it("makes a repeated request one refund and replays its answer", async () => {
    const first = await refund(300, "key-1");
    const again = await refund(300, "key-1");
    expect(again.id).toBe(first.id);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(fake.refunds).toHaveLength(1);
    expect(fake.requestsTo("POST", "/v1/refunds")).toMatchObject([
      { idempotencyKey: "key-1", status: 200, replayed: false, effect: true },
      { idempotencyKey: "key-1", status: 200, replayed: true, effect: false },
    ]);
  });

  it("replays the first answer though the refund has moved on", async () => {
    const { id } = await refund(300, "key-1");
    fake.setRefundStatus(id, "failed");
    expect((await refund(300, "key-1")).status).toBe("succeeded");
    expect((await stripe.refunds.retrieve(id)).status).toBe("failed");
  });

  it("replays a stored 500 under the same key", async () => {
    fake.fail({ method: "POST", path: /\/v1\/refunds$/, how: "500-before-effect" });
    const failure = { type: "StripeAPIError", statusCode: 500 };
    expect(await problem(refund(300, "key-1"))).toMatchObject(failure);
    expect(await problem(refund(300, "key-1"))).toMatchObject(failure);
    expect(fake.refunds).toEqual([]);
    expect(fake.requests.map(({ replayed }) => replayed)).toEqual([false, true]);
    expect((await refund(300, "key-2")).status).toBe("succeeded");
  });

  it("replays a refusal by the state of the charge", async () => {
    const { id } = await refund(900, "key-1");
    expect(await problem(refund(900, "key-2"))).toMatchObject({ code: "charge_already_refunded" });
    fake.setRefundStatus(id, "failed");
    expect(await problem(refund(900, "key-2"))).toMatchObject({ code: "charge_already_refunded" });
  });

  it("is refused with other parameters, or for another request", async () => {
    const { id } = await refund(300, "key-1");
    const mismatch = { type: "StripeIdempotencyError", statusCode: 400 };
    expect(await problem(refund(301, "key-1"))).toMatchObject(mismatch);
    const cancel = stripe.refunds.cancel(id, {}, { idempotencyKey: "key-1" });
    expect(await problem(cancel)).toMatchObject(mismatch);
    expect(fake.refunds).toHaveLength(1);
  });

  it("does not care for the order of the parameters", async () => {
    const options = { idempotencyKey: "key-1" };
    const one = await stripe.refunds.create({ payment_intent: "pi_1", amount: 300 }, options);
    const two = await stripe.refunds.create({ amount: 300, payment_intent: "pi_1" }, options);
    expect(two.id).toBe(one.id);
  });

  it("is in use while its first request is at work", async () => {
    fake.fail({ delayMs: 150 });
    const first = refund(300, "key-1");
    await fake.waitFor(() => fake.requests.length === 1);
    expect(await problem(refund(300, "key-1"))).toMatchObject({
      type: "StripeAPIError",
      statusCode: 409,
      code: "idempotency_key_in_use",
    });
    const { id } = await first;
    expect((await refund(300, "key-1")).id).toBe(id);
  });

  it.each([
    { what: "a parameter error", spoil: () => refund(0, "key-1") },
    {
      what: "a refund of nothing",
      spoil: () => stripe.refunds.create({ amount: 300 }, { idempotencyKey: "key-1" }),
    },
    { what: "a 401", spoil: () => refund(300, "key-1", client({ apiKey: "sk_test_other" })) },
    {
      what: "a 429",
      spoil: () => {
        fake.fail({ how: "429" });
        return refund(300, "key-1");
      },
    },
  ])("does not keep $what", async ({ spoil }) => {
    await problem(spoil());
    expect((await refund(300, "key-1")).status).toBe("succeeded");
  });

  it("has at most 255 characters", async () => {
    expect(await problem(refund(300, "k".repeat(256)))).toMatchObject({ statusCode: 400 });
    expect((await refund(300, "k".repeat(255))).status).toBe("succeeded");
  });

  it("makes a second refund once it is forgotten", async () => {
    await refund(300, "key-1");
    fake.forgetKeys();
    await refund(300, "key-1");
    expect(fake.refunds).toHaveLength(2);
  });
});

describe("a fault", () => {
  const failRefunds = (how: Fault, times = 1) =>
    fake.fail({ method: "POST", path: "/v1/refunds", how, times });
  const lost = { type: "StripeConnectionError", statusCode: undefined };

  beforeEach(() => {
    fake.addPayment({ id: "pi_1", amount: 900 });
  });

  // stripe-node repeats a request once after a reset, even with maxNetworkRetries 0.
  it.each([
    { how: "cut-before-effect", refunds: 0 },
    { how: "cut-after-effect", refunds: 1 },
  ] as const)("$how twice loses the answer, with $refunds refunds made", async (fault) => {
    failRefunds(fault.how, 2);
    expect(await problem(refund(300, "key-1"))).toMatchObject(lost);
    expect(fake.refunds).toHaveLength(fault.refunds);
    expect(fake.requests.map(({ status }) => status)).toEqual([null, null]);
    await refund(300, "key-1");
    expect(fake.refunds).toHaveLength(1);
  });

  it("cut-after-effect once is healed by the SDK's own repetition", async () => {
    failRefunds("cut-after-effect");
    const { id } = await refund(300);
    expect(fake.refunds.map((made) => made.id)).toEqual([id]);
    expect(fake.requests).toMatchObject([
      { status: null, effect: true },
      { status: 200, effect: false, replayed: true },
    ]);
  });

  it.each([
    { how: "hang-before-effect", effect: false },
    { how: "hang-after-effect", effect: true },
  ] as const)("$how keeps silent until the client gives up", async ({ how, effect }) => {
    failRefunds(how);
    const impatient = client({ timeout: 100 });
    expect(await problem(refund(300, "key-1", impatient))).toMatchObject(lost);
    expect(fake.requests).toMatchObject([{ status: null, effect }]);
    expect((await refund(300, "key-1")).lastResponse.headers["idempotent-replayed"]).toBe(
      effect ? "true" : undefined,
    );
  });

  it.each(["hang-before-effect", "hang-after-effect"] as const)(
    "%s answers a patient client when released",
    async (how) => {
      failRefunds(how);
      const patient = refund(300);
      await fake.waitFor(() => fake.requests.length === 1);
      fake.release();
      expect((await patient).status).toBe("succeeded");
    },
  );

  it("hang-before-effect lets a request arrive after its client has gone", async () => {
    failRefunds("hang-before-effect");
    await problem(refund(300, "key-1", client({ timeout: 100 })));
    expect(fake.refunds).toEqual([]);
    fake.release();
    await fake.waitFor(() => fake.refunds.length === 1);
    expect((await refund(300, "key-1")).id).toBe(fake.refunds[0]?.id);
  });

  it.each([
    { how: "429", is: { type: "StripeRateLimitError", statusCode: 429, code: "rate_limit" } },
    { how: "429-lock-timeout", is: { type: "StripeRateLimitError", code: "lock_timeout" } },
    { how: "503", is: { type: "StripeAPIError", statusCode: 503 } },
    { how: "html-502", is: { type: "StripeAPIError", statusCode: undefined } },
  ] as const)("$how has no effect and is over the next time", async ({ how, is }) => {
    failRefunds(how);
    expect(await problem(refund(300, "key-1"))).toMatchObject(is);
    expect(fake.refunds).toEqual([]);
    expect((await refund(300, "key-1")).lastResponse.headers).not.toHaveProperty(
      "idempotent-replayed",
    );
  });

  it("says why a rate was limited, but not that a lock is one", async () => {
    fake.fail({ how: "429" });
    fake.fail({ how: "429-lock-timeout" });
    const headers = { Authorization: "Bearer sk_test_henkin" };
    const reason = async () =>
      (await fetch(`${server.url}/v1/balance`, { headers })).headers.get(
        "stripe-rate-limited-reason",
      );
    expect([await reason(), await reason()]).toEqual(["global-rate", null]);
  });

  it("500-after-effect makes the refund and replays the 500", async () => {
    failRefunds("500-after-effect");
    expect(await problem(refund(300, "key-1"))).toMatchObject({ statusCode: 500 });
    expect(await problem(refund(300, "key-1"))).toMatchObject({ statusCode: 500 });
    expect(fake.requests).toMatchObject([{ effect: true }, { replayed: true, effect: false }]);
    expect((await stripe.refunds.list({ payment_intent: "pi_1" })).data).toHaveLength(1);
  });

  it("html-502-after-effect hides a refund that was made and saved", async () => {
    failRefunds("html-502-after-effect");
    expect(await problem(refund(300, "key-1"))).toMatchObject({ statusCode: undefined });
    expect((await refund(300, "key-1")).id).toBe(fake.refunds[0]?.id);
    expect(fake.refunds).toHaveLength(1);
  });

  it("meets only the requests it is aimed at, as often as it is told", async () => {
    fake.fail({ when: ({ params }) => params["amount"] === "300", times: 2, how: "503" });
    expect((await refund(200)).status).toBe("succeeded");
    await problem(refund(300));
    await problem(refund(300));
    expect((await refund(300)).status).toBe("succeeded");
    failRefunds("503");
    fake.clearFaults();
    expect((await refund(100)).status).toBe("succeeded");
  });

  it("down destroys every connection until it is up again", async () => {
    await stripe.balance.retrieve();
    fake.setDown(true);
    expect(await problem(refund(300, "key-1"))).toMatchObject(lost);
    expect(fake.requestsTo("POST", "/v1/refunds")).toEqual([]);
    fake.setDown(false);
    expect((await refund(300, "key-1")).status).toBe("succeeded");
  });
});

describe("the log", () => {
  it("keeps what was asked for", async () => {
    fake.addPayment({ id: "pi_1", amount: 900 });
    const metadata = { ticket: "R-1", "678": "注文" };
    const { lastResponse } = await stripe.refunds.create({ payment_intent: "pi_1", metadata });
    await stripe.refunds.list({ created: { gte: 5 }, expand: ["data.charge"] });
    expect(fake.requests).toMatchObject([
      {
        method: "POST",
        params: { payment_intent: "pi_1", metadata },
        receivedAt: NOW,
        requestId: lastResponse.requestId,
      },
      { method: "GET", params: { created: { gte: "5" }, expand: { 0: "data.charge" } } },
    ]);
  });

  it("says what it has seen when a wait is over", async () => {
    await stripe.balance.retrieve();
    await expect(fake.waitFor(() => fake.refunds[0], 30)).rejects.toThrow("GET /v1/balance -> 200");
  });

  it("does not hold a closing server back, hanging requests or not", async () => {
    fake.fail({ how: "hang-before-effect", times: 2 });
    const call = problem(refund(300));
    await fake.waitFor(() => fake.requests.length === 1);
    await server.close();
    expect(await call).toMatchObject({ type: "StripeConnectionError" });
  });
});
