import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import { byPath, json, startCannedStripe } from "./canned-stripe.ts";

const API_KEY = "sk_test_henkin";
const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

let fake: FakeStripe;
let stripe: PaymentProvider;
let stop: () => Promise<void>;

beforeEach(async () => {
  fake = new FakeStripe({ now: () => NOW });
  const running = await fake.start();
  stop = running.close;
  stripe = createStripeProvider({ apiKey: API_KEY, apiBase: running.url });
});
afterEach(() => stop());

async function listAll(provider: PaymentProvider, createdFrom: number | null = null) {
  const payments = [];
  let page: string | null = null;
  do {
    const answer = await provider.listPayments({ createdFrom, page, signal });
    payments.push(...answer.payments);
    page = answer.next;
  } while (page !== null);
  return payments;
}

describe("the payer of a payment without an address", () => {
  const customer = { id: "cus_1", name: "顧客 名前", email: "Customer@example.jp" };

  it("is looked up at the customer when the payment is read alone", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, customer });
    expect(await stripe.retrievePayment("pi_1", signal)).toMatchObject({
      payerEmail: "customer@example.jp",
      payerName: "顧客 名前",
    });
  });

  it("is not looked up for each payment of a list, or where an address is known", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, customer });
    fake.addPayment({ id: "pi_2", amount: 2467, customer, payerEmail: "payer@example.jp" });
    await listAll(stripe);
    await stripe.retrievePayment("pi_2", signal);
    expect(fake.requestsTo("GET", "/v1/customers/cus_1")).toHaveLength(0);
  });

  it("stays unknown where the key may not read customers", async () => {
    fake.forbidden = ["/v1/customers"];
    fake.addPayment({ id: "pi_1", amount: 2467, customer });
    expect(await stripe.retrievePayment("pi_1", signal)).toMatchObject({ payerEmail: null });
  });
});

describe("a dispute", () => {
  it.each([
    ["needs_response", true],
    ["under_review", true],
    ["lost", true],
    ["warning_under_review", true],
    ["won", false],
    ["warning_closed", false],
    ["prevented", false],
  ] as const)("that is %s blocks refunds: %s", async (status, disputed) => {
    fake.addPayment({ id: "pi_1", amount: 2467 });
    fake.openDispute("pi_1", status);
    expect((await stripe.retrievePayment("pi_1", signal))?.disputed).toBe(disputed);
    expect((await listAll(stripe))[0]?.disputed).toBe(disputed);
  });

  it("blocks while another one of the same payment is won", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467 });
    fake.openDispute("pi_1", "won");
    fake.openDispute("pi_1", "needs_response");
    expect((await stripe.retrievePayment("pi_1", signal))?.disputed).toBe(true);
  });

  it("blocks where the key may not read disputes", async () => {
    fake.forbidden = ["/v1/disputes"];
    fake.addPayment({ id: "pi_1", amount: 2467 });
    fake.openDispute("pi_1", "won");
    expect((await stripe.retrievePayment("pi_1", signal))?.disputed).toBe(true);
  });
});

describe("the list of payments", () => {
  it.each([
    ["all", null, 4],
    // The first of them is asked for beside the intents, in case these are few.
    ["those since a time", 0, 5],
  ])(
    "goes through all pages of intents, then of charges without one: %s",
    async (...[, from, pages]) => {
      for (let n = 0; n < 230; n += 1) {
        const createdAt = NOW - n * 1000;
        fake.addPayment({ id: `pi_${n}`, amount: 100 + n, createdAt });
        if (n % 2 === 0) {
          fake.addPayment({
            id: `ch_bare_${n}`,
            amount: 100,
            createdAt,
            withoutPaymentIntent: true,
          });
        }
      }
      const ids = (await listAll(stripe, from)).map((payment) => payment.id);
      expect(ids).toHaveLength(345);
      expect(new Set(ids).size).toBe(345);
      expect(ids.slice(0, 2)).toEqual(["pi_0", "pi_1"]);
      expect(ids.slice(230, 232)).toEqual(["ch_bare_0", "ch_bare_2"]);
      expect(fake.requestsTo("GET", "/v1/payment_intents")).toHaveLength(3);
      expect(fake.requestsTo("GET", "/v1/charges")).toHaveLength(pages);
      expect(fake.requestsTo("GET", /^\/v1\/charges\/./)).toHaveLength(0);
    },
  );

  it("asks for the days it is told, of intents and of charges", async () => {
    for (const days of [1, 10]) {
      const createdAt = NOW - days * DAY_MS;
      fake.addPayment({ id: `pi_${days}`, amount: 100, createdAt });
      fake.addPayment({
        id: `ch_bare_${days}`,
        amount: 100,
        createdAt,
        withoutPaymentIntent: true,
      });
    }
    const payments = await listAll(stripe, NOW - 3 * DAY_MS);
    expect(payments.map((payment) => payment.id)).toEqual(["pi_1", "ch_bare_1"]);
  });

  it("asks for the newest intents and charges at once", async () => {
    const waiting: (() => void)[] = [];
    const server = await startCannedStripe((response, path) => {
      waiting.push(() => json(200, { data: [], has_more: false })(response, path));
      if (waiting.length === 2) for (const answer of waiting) answer();
    });
    const provider = createStripeProvider({ apiKey: API_KEY, apiBase: server.url });
    expect(await listAll(provider, NOW)).toEqual([]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/payment_intents", "/v1/charges"]);
  });

  it("shows a payment it cannot read as one of an unknown status, beside the others", async () => {
    const page = (...data: object[]) => ({ data, has_more: false });
    const intent = { amount: 100, created: 1, currency: "jpy", status: "requires_action" };
    const description = "見本商店 - 注文 680";
    const metadata = { customer_email: "Taro@Mail.example", customer_name: "田中 太郎" };
    const about = { description, metadata, client_secret: "pi_broken_secret_abc123" };
    const broken = { ...intent, ...about, id: "pi_broken", latest_charge: { id: "ch_2" } };
    const server = await startCannedStripe(
      byPath({
        "/v1/payment_intents": page(broken, { ...intent, id: "pi_1" }),
        "/v1/charges": page(),
      }),
    );
    const provider = createStripeProvider({ apiKey: API_KEY, apiBase: server.url });
    const [odd, ...others] = await listAll(provider);
    expect(odd).toMatchObject({
      id: "pi_broken",
      status: "unknown",
      capturedMinor: 0,
      orderNumbers: ["680"],
      payerEmail: "taro@mail.example",
      payerName: "田中 太郎",
      createdAt: 1000,
      raw: expect.stringContaining('"latest_charge":{"id":"ch_2"}'),
    });
    expect(odd?.raw).not.toContain("abc123");
    expect(others.map((payment) => payment.id)).toEqual(["pi_1"]);
  });

  it("does not take a page that is not its own", async () => {
    const listing = stripe.listPayments({ createdFrom: null, page: "elsewhere", signal });
    await expect(listing).rejects.toMatchObject({ code: "invalid_page" });
  });
});

describe("the account", () => {
  it("is asked for once", async () => {
    const account = await stripe.account(signal);
    expect(account).toBe(fake.accountId);
    await stripe.account(signal);
    expect(fake.requestsTo("GET", "/v1/account")).toHaveLength(1);
  });

  it("has a name of its own where the key may not read it", async () => {
    fake.forbidden = ["/v1/account"];
    expect(await stripe.account(signal)).toBe("stripe");
  });

  it("is not guessed while Stripe is ill", async () => {
    const gateway = await startCannedStripe(json(502, { message: "bad gateway" }));
    const behind = createStripeProvider({ apiKey: API_KEY, apiBase: gateway.url });
    await expect(behind.account(signal)).rejects.toMatchObject({ name: "TransientError" });
    fake.fail({ path: "/v1/account", how: "html-502" });
    await expect(stripe.account(signal)).rejects.toMatchObject({ name: "TransientError" });
    expect(await stripe.account(signal)).toBe(fake.accountId);
  });
});
