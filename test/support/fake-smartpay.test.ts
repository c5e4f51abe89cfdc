// The fake answers as Smartpay's documents and SDKs show it, and refuses what they do not know.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeSmartpay } from "./fake-smartpay.ts";

const NOW = 1_644_978_270_631;
const KEPT_MS = 6 * 60 * 60 * 1000;

let fake: FakeSmartpay;
let url = "";
let stop: () => Promise<void>;
let now = NOW;

beforeEach(async () => {
  now = NOW;
  fake = new FakeSmartpay({ now: () => now });
  fake.addOrder({ suffix: "bA1zn", amount: 2100 });
  const running = await fake.start();
  url = running.url;
  stop = running.close;
});
afterEach(() => stop());

interface Ask {
  readonly key?: string;
  readonly body?: unknown;
  readonly secret?: string;
}

async function ask(target: string, { key, body, secret = "sk_test_henkin" }: Ask = {}) {
  const [method = "", path = ""] = target.split(" ");
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Basic ${secret}`,
      connection: "close",
      ...(key !== undefined && { "idempotency-key": key }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return {
    status: response.status,
    replayed: response.headers.get("idempotent-replayed"),
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

const PAYMENT = "payment_test_bA1zn";
/** The example of the refund guide (en.docs.smartpay.co/docs/refund-an-order). */
const REFUND = {
  amount: 1000,
  currency: "JPY",
  description: "Customer return",
  lineItems: [],
  payment: PAYMENT,
  reason: "requested_by_customer",
  reference: "my_merchant_refund_reference",
};

describe("what the fake shows", () => {
  it("is the order of the refund guide", async () => {
    const { status, body } = await ask("GET /orders/order_test_bA1zn?expand=no");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: "order_test_bA1zn",
      object: "order",
      amount: 2100,
      createdAt: NOW,
      currency: "JPY",
      discounts: [],
      lineItems: [expect.stringMatching(/^li_test_/)],
      metadata: {},
      payments: [PAYMENT],
      status: "succeeded",
      test: true,
      updatedAt: NOW,
    });
    expect(body["expiresAt"]).toBeGreaterThan(NOW);
    expect(body).not.toHaveProperty("customerInfo");
  });

  it("is the payment itself where the order is expanded", async () => {
    const { body } = await ask("GET /orders?expand=all");
    const payment = { id: PAYMENT, object: "payment", status: "processed", refunds: [] };
    expect(body).toMatchObject({ data: [{ payments: [payment] }] });
  });

  it("is a collection, page by page, the newest first", async () => {
    for (let n = 0; n < 24; n += 1) fake.addOrder({ suffix: `n${n}`, amount: 1 });
    const first = (await ask("GET /orders")).body;
    expect(first).toMatchObject({ object: "collection", maxResults: 20, results: 20 });
    const second = (await ask(`GET /orders?pageToken=${first["nextPageToken"]}`)).body;
    expect(second).toMatchObject({ results: 5, pageToken: first["nextPageToken"] });
    expect(second).not.toHaveProperty("nextPageToken");
    const data = [first, second].flatMap((page) => page["data"] as { id: string }[]);
    expect(new Set(data.map(({ id }) => id)).size).toBe(25);
    expect(data.at(-1)?.id).toBe("order_test_bA1zn");
  });

  it.each([
    ["GET /orders/order_test_x", "order.not-found"],
    ["GET /payments/payment_test_x", "payment.not-found"],
    ["GET /refunds/refund_test_x", "refund.not-found"],
    ["GET /orders/search", "order.not-found"],
    ["GET /events", "resource.not-found"],
  ])("is nothing for %s", async (target, errorCode) => {
    expect(await ask(target)).toMatchObject({ status: 404, body: { errorCode } });
  });

  it.each([
    "/orders?reference=679",
    "/orders?createdAt=1",
    "/payments?order=1",
    "/refunds?payment=1",
    "/refunds?limit=100",
    "/orders?maxResults=0",
    "/orders?expand=payments",
  ])("cannot be asked for by %s", async (path) => {
    const { status, body } = await ask(`GET ${path}`);
    expect([status, body["errorCode"]]).toEqual([400, "request.invalid"]);
  });

  it("is nothing for another key", async () => {
    expect((await ask("GET /orders", { secret: "sk_test_other" })).status).toBe(401);
    expect((await ask("GET /orders", { secret: btoa("sk_test_henkin:") })).status).toBe(401);
  });
});

describe("a refund of the fake", () => {
  it("is made as the guide makes it", async () => {
    const { status, body } = await ask("POST /refunds", { body: REFUND });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...REFUND, object: "refund", status: "succeeded", test: true });
    expect(body["id"]).toMatch(/^refund_test_[0-9a-zA-Z]+$/);
    const payment = (await ask(`GET /payments/${PAYMENT}`)).body;
    expect(payment).toMatchObject({ refunds: [body["id"]], status: "processed" });
    await ask("POST /refunds", { body: { ...REFUND, amount: 1100 } });
    expect((await ask(`GET /payments/${PAYMENT}`)).body["status"]).toBe("refunded");
    expect(await ask("POST /refunds", { body: { ...REFUND, amount: 1 } })).toMatchObject({
      status: 403,
      body: { errorCode: "amount.insufficient" },
    });
  });

  it.each<[string, unknown, string]>([
    ["an unknown parameter", { ...REFUND, charge: "x" }, "request.invalid"],
    ["no payment", { ...REFUND, payment: undefined }, "request.invalid"],
    ["small letters", { ...REFUND, currency: "jpy" }, "request.invalid"],
    ["half a yen", { ...REFUND, amount: 0.5 }, "request.invalid"],
    ["another reason", { ...REFUND, reason: "duplicate" }, "request.invalid"],
    ["metadata of numbers", { ...REFUND, metadata: { a: 1 } }, "request.invalid"],
    ["no JSON", "amount=1000", "request.malformed"],
  ])("is refused with %s", async (_, body, errorCode) => {
    expect(await ask("POST /refunds", { body })).toMatchObject({
      status: 400,
      body: { errorCode },
    });
    expect(fake.refunds).toEqual([]);
  });

  it("is made once a key, for 6 hours", async () => {
    const first = await ask("POST /refunds", { body: REFUND, key: "k" });
    const again = await ask("POST /refunds", { body: REFUND, key: "k" });
    expect(again).toEqual({ ...first, replayed: "true" });
    const other = await ask("POST /refunds", { body: { ...REFUND, amount: 1 }, key: "k" });
    expect(other.status).toBe(422);
    now += KEPT_MS;
    expect((await ask("POST /refunds", { body: REFUND, key: "k" })).replayed).toBe("true");
    now += 1;
    await ask("POST /refunds", { body: REFUND, key: "k" });
    expect(fake.refunds).toHaveLength(2);
  });
});

it("cancels an order that is not captured, and no other", async () => {
  fake.addOrder({ suffix: "open", amount: 1, status: "requires_capture" });
  const { body } = await ask("PUT /orders/order_test_open/cancellation", { key: "v" });
  expect(body).toMatchObject({ id: "order_test_open", status: "canceled" });
  const again = await ask("PUT /orders/order_test_open/cancellation", { key: "v2" });
  expect(again.status).toBe(403);
  expect((await ask("PUT /orders/order_test_bA1zn/cancellation")).status).toBe(403);
});

describe("the fake in trouble", () => {
  it.each([
    ["cut-before-effect", 0],
    ["cut-after-effect", 1],
  ] as const)("breaks the connection: %s", async (how, made) => {
    fake.fail({ method: "POST", how });
    await expect(ask("POST /refunds", { body: REFUND })).rejects.toThrow("fetch failed");
    expect(fake.refunds).toHaveLength(made);
  });

  it.each([
    ["hang-before-effect", 0],
    ["hang-after-effect", 1],
  ] as const)("says nothing until it is let go: %s", async (how, made) => {
    fake.fail({ method: "POST", how });
    const asked = ask("POST /refunds", { body: REFUND });
    await fake.waitFor(() => fake.requests.length === 1 && fake.refunds.length === made);
    expect(fake.refunds).toHaveLength(made);
    fake.release();
    expect((await asked).status).toBe(200);
    expect(fake.refunds).toHaveLength(1);
  });

  it.each([
    ["html-502", 502, 0],
    ["html-502-after-effect", 502, 1],
    ["429", 429, 0],
    ["refuse", 403, 0],
    ["500-before-effect", 500, 0],
    ["500-after-effect", 500, 1],
  ] as const)("answers: %s", async (how, status, made) => {
    fake.fail({ method: "POST", path: "/v1/refunds", how });
    expect((await ask("POST /refunds", { body: REFUND, key: "k" })).status).toBe(status);
    expect(fake.refunds).toHaveLength(made);
    expect((await ask("GET /refunds")).status).toBe(200);
  });
});
