// Payments as read from orders, payments and refunds of Smartpay.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSmartpayProvider } from "../../src/payments/smartpay.ts";
import type { Log, PaymentProvider } from "../../src/ports.ts";
import { FakeSmartpay } from "../support/fake-smartpay.ts";
import type { OrderSeed } from "../support/fake-smartpay-account.ts";

const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const DAY_MS = 24 * 60 * 60 * 1000;
const signal = new AbortController().signal;
const warnings: object[] = [];
const silent = () => undefined;
const log: Log = { debug: silent, info: silent, error: silent, warn: (f) => warnings.push(f) };

let fake: FakeSmartpay;
let smartpay: PaymentProvider;
let stop: () => Promise<void>;
let skewMs = 0;

beforeEach(async () => {
  warnings.length = 0;
  skewMs = 0;
  fake = new FakeSmartpay({ now: () => NOW });
  const running = await fake.start();
  stop = running.close;
  smartpay = createSmartpayProvider({
    ...{ secretKey: "sk_test_henkin", apiBase: running.url, log },
    now: () => Date.now() + skewMs,
  });
});
afterEach(() => stop());

const add = (seed: Partial<OrderSeed> = {}) =>
  fake.addOrder({ suffix: "one", amount: 2467, createdAt: NOW, ...seed });

async function listAll(createdFrom: number | null = null) {
  const payments = [];
  let page: string | null = null;
  do {
    const answer = await smartpay.listPayments({ createdFrom, page, signal });
    payments.push(...answer.payments);
    page = answer.next;
  } while (page !== null);
  return payments;
}

const one = () => smartpay.retrievePayment("payment_test_one", signal);
const order = () => smartpay.retrievePayment("order_test_one", signal);

describe("a payment of Smartpay", () => {
  it.each([
    ["679", ["679"]],
    ["order_100000123", ["100000123"]],
    ["P171323551145213731", ["P171323551145213731"]],
  ])("has its order's reference %s and id as order numbers", async (reference, numbers) => {
    add({ reference });
    const ids = ["ORDER_TEST_ONE"];
    expect(await one()).toMatchObject({
      orderNumbers: [...numbers, ...ids],
      orderNumbersFrom: "metadata",
    });
  });

  it("has the order number of metadata or description where there is no reference", async () => {
    add({ metadata: { order_id: "680" } });
    add({ suffix: "two", description: "見本商店 - 注文 681" });
    expect((await one())?.orderNumbers).toContain("680");
    const two = await smartpay.retrievePayment("payment_test_two", signal);
    expect(two).toMatchObject({ orderNumbersFrom: "description" });
    expect(two?.orderNumbers).toContain("681");
  });

  it("has no payer where Smartpay tells none", async () => {
    add({ reference: "679" });
    expect(await one()).toMatchObject({ payerName: null, payerEmail: null });
  });

  it.each<[string, Partial<OrderSeed>]>([
    [
      "the customer of the checkout",
      { customerInfo: { emailAddress: "Hanako@Example.jp", lastName: "山田", firstName: "花子" } },
    ],
    [
      "the shop's metadata",
      { metadata: { customer_email: "hanako@example.jp", customer_name: "山田 花子" } },
    ],
  ])("has the payer of %s", async (_, seed) => {
    add(seed);
    expect(await one()).toMatchObject({
      payerName: "山田 花子",
      payerEmail: "hanako@example.jp",
    });
  });

  it.each([
    ["processed", 0, "paid", 2467, 0],
    ["processed", 1000, "paid", 2467, 1000],
    ["refunded", 2467, "paid", 2467, 2467],
    // Whether a part is enough for the word, nobody says.
    ["refunded", 1000, "unknown", 0, 0],
    ["frozen", 0, "unknown", 0, 0],
  ] as const)("%s with ¥%i given back is %s", async (raw, back, status, captured, refunded) => {
    add();
    if (back > 0) {
      const payment = "payment_test_one";
      const reason = "requested_by_customer";
      fake.createRefund({ payment, amount: back, currency: "JPY", reason });
    }
    fake.twist = (answer, { path }) =>
      path.startsWith("/v1/payments/") ? { ...(answer as object), status: raw } : answer;
    expect(await one()).toMatchObject({
      status,
      capturedMinor: captured,
      refundedMinor: refunded,
      amountMinor: 2467,
    });
  });

  it("counts a refund of an unknown status as given back, and a failed one not", async () => {
    add();
    const payment = "payment_test_one";
    const asked = { payment, amount: 1000, currency: "JPY", reason: "fraudulent" };
    const first = fake.createRefund(asked);
    const second = fake.createRefund(asked);
    fake.setRefundStatus(first.id, "failed");
    fake.setRefundStatus(second.id, "in_orbit");
    expect(await one()).toMatchObject({ refundedMinor: 1000 });
  });

  it("is one of several with the same order number", async () => {
    add({ reference: "679", captures: [1000, 1467] });
    const payments = await listAll();
    expect(payments.map(({ id, capturedMinor }) => [id, capturedMinor])).toEqual([
      ["payment_test_onex2", 1467],
      ["payment_test_one", 1000],
    ]);
    for (const payment of payments) expect(payment.orderNumbers).toContain("679");
  });

  it("of the other mode is refused", async () => {
    add();
    fake.twist = (answer) => ({ ...(answer as object), test: false });
    await expect(one()).rejects.toMatchObject({ name: "UnreadableError" });
  });

  it.each([{ amount: -1 }, { amount: 0.5 }, { amount: "2467" }, { createdAt: null }])(
    "with %j is not guessed at",
    async (change) => {
      add();
      fake.twist = (answer, { path }) =>
        path.startsWith("/v1/payments/") ? { ...(answer as object), ...change } : answer;
      await expect(one()).rejects.toMatchObject({ code: "unreadable_answer" });
    },
  );
});

describe("an order of Smartpay", () => {
  it.each([
    ["pending", "processing"],
    ["requires_authorization", "processing"],
    ["requires_capture", "authorized"],
    ["canceled", "canceled"],
    ["rejected", "failed"],
    ["failed", "failed"],
  ] as const)("that is %s is %s", async (status, expected) => {
    add({ status, reference: "679" });
    const [payment, ...more] = await listAll();
    expect(more).toEqual([]);
    expect(payment).toMatchObject({ id: "order_test_one", status: expected, capturedMinor: 0 });
    expect(await order()).toEqual(payment);
  });

  it("with a status of the future, or succeeded without a payment, is unknown", async () => {
    add({ status: "succeeded", captures: [] });
    expect(await order()).toMatchObject({ status: "unknown" });
    fake.twist = (answer) => ({ ...(answer as object), status: "teleported" });
    expect(await order()).toMatchObject({ status: "unknown" });
  });

  it("captured in part is never cancelled without a person", async () => {
    add({ status: "requires_capture", captures: [1000] });
    const statuses = (await listAll()).map(({ id, status }) => `${id} ${status}`);
    expect(statuses.sort()).toEqual(["order_test_one unknown", "payment_test_one paid"]);
    expect(await order()).toMatchObject({ status: "unknown" });
  });

  it("becomes its payment once it is captured", async () => {
    add({ status: "requires_capture" });
    const id = fake.capture("order_test_one");
    const payment = await smartpay.retrievePayment(id, signal);
    expect(payment).toMatchObject({ id, status: "paid" });
    expect(await order()).toEqual(payment);
    expect(await smartpay.listRefunds("order_test_one", signal)).toEqual([]);
  });
});

describe("the list of Smartpay's payments", () => {
  const orderPages = () => fake.requestsTo("GET", "/v1/orders").length;
  const refundLists = () => fake.requestsTo("GET", "/v1/refunds").length;
  const refund = (paymentId: string, amountMinor: number) =>
    smartpay.createRefund(
      {
        ...{ paymentId, amountMinor, currency: "JPY", reason: "requested_by_customer" },
        ...{ metadata: {}, idempotencyKey: `key-${fake.refunds.length}` },
      },
      signal,
    );

  it("shows one that cannot be read as one of an unknown status, beside the others", async () => {
    add();
    add({ suffix: "two" });
    const bad = { id: "order_test_bad", amount: "much", reference: "680" };
    fake.twist = (answer, { path }) => {
      const page = answer as { data: object[] };
      if (path !== "/v1/orders") return answer;
      return { ...page, data: [bad, 7, ...page.data] };
    };
    const payments = await listAll();
    expect(payments.find(({ id }) => id === bad.id)).toMatchObject({
      status: "unknown",
      orderNumbers: ["680"],
      raw: expect.stringContaining('"amount":"much"'),
    });
    expect(payments.map(({ id }) => id).sort()).toEqual([
      "order_test_bad",
      "payment_test_one",
      "payment_test_two",
    ]);
    expect(warnings).toMatchObject([{ id: "order_test_bad" }, { id: "" }]);
  });

  it("ends early only where a page in order ends before the time", async () => {
    for (let n = 0; n < 60; n += 1) add({ suffix: `n${n}`, createdAt: NOW - (60 - n) * DAY_MS });
    expect(await listAll(NOW - 5 * DAY_MS)).toHaveLength(5);
    expect(orderPages()).toBe(1);
  });

  it("goes on to the end where pages are in another order", async () => {
    // The oldest were written last, so that they are listed first.
    for (let n = 0; n < 60; n += 1) add({ suffix: `n${n}`, createdAt: NOW - n * DAY_MS });
    expect(await listAll(NOW - 4 * DAY_MS)).toHaveLength(5);
    expect(orderPages()).toBe(3);
  });

  it("asks for the list of refunds once where payments name none, however many pages it has", async () => {
    fake.paymentsNameRefunds = false;
    for (let n = 0; n < 50; n += 1) add({ suffix: `n${n}` });
    expect(await listAll()).toHaveLength(50);
    expect(refundLists()).toBe(1);
    await smartpay.retrievePayment("order_test_n1", signal);
    expect(refundLists()).toBe(1);
  });

  it("asks for it anew from its beginning, and where it is older than a minute", async () => {
    fake.paymentsNameRefunds = false;
    add();
    await listAll();
    await refund("payment_test_one", 500);
    expect((await listAll())[0]?.refundedMinor).toBe(500);
    expect(refundLists()).toBe(2);
    await refund("payment_test_one", 500);
    skewMs += 58_000;
    expect(await order()).toMatchObject({ refundedMinor: 500 });
    skewMs += 2_000;
    expect(await order()).toMatchObject({ refundedMinor: 1000 });
    expect(refundLists()).toBe(3);
  });

  it("is not asked by the look before a refund, which reads the refunds anew", async () => {
    fake.paymentsNameRefunds = false;
    add();
    await listAll();
    await refund("payment_test_one", 500);
    expect(await one()).toMatchObject({ refundedMinor: 500 });
    expect(await smartpay.listRefunds("payment_test_one", signal)).toHaveLength(1);
    expect(refundLists()).toBe(3);
  });

  it("asks for the list of refunds again where it could not be read", async () => {
    fake.paymentsNameRefunds = false;
    add();
    fake.fail({ method: "GET", path: "/v1/refunds", how: "cut-before-effect" });
    await expect(listAll()).rejects.toThrow();
    expect(await order()).toMatchObject({ status: "paid" });
  });

  it("shows the others where a refund cannot be read, and its payment only where it is known", async () => {
    fake.paymentsNameRefunds = false;
    add();
    add({ suffix: "two" });
    await refund("payment_test_one", 500);
    const bad = { id: "refund_test_bad", payment: "payment_test_two", amount: "much" };
    fake.twist = (answer, { path }) =>
      path === "/v1/refunds"
        ? { ...(answer as object), data: [{ id: "refund_test_odd" }, bad, ...fake.refunds] }
        : answer;
    const [odd, ...others] = (await listAll()).sort((a) => (a.status === "unknown" ? -1 : 1));
    expect(odd).toMatchObject({ id: "payment_test_two", status: "unknown" });
    expect(others).toMatchObject([{ id: "payment_test_one", refundedMinor: 500 }]);
    expect(warnings).toMatchObject([{ id: "refund_test_odd" }, { id: "payment_test_two" }]);
    await expect(one()).rejects.toMatchObject({ code: "unreadable_answer" });
  });

  it("is refused where it never ends", async () => {
    for (let n = 0; n < 30; n += 1) add({ suffix: `n${n}` });
    fake.twist = (answer) => ({ ...(answer as object), nextPageToken: btoa("20") });
    await expect(listAll()).rejects.toMatchObject({ code: "endless_list" });
  });
});
