// Every provider, every call, and every way in which an answer cannot be read or says something new:
// what came is there for staff to see, nobody takes it for an outcome, and no secret stands in it.

import { afterEach, describe, expect, it } from "vitest";
import { AppError, OutcomeUnknownError, UnreadableError } from "../../src/domain/errors.ts";
import { createEpsilonProvider } from "../../src/payments/epsilon.ts";
import { createMakeshopOrders } from "../../src/payments/makeshop.ts";
import { createSmartpayProvider } from "../../src/payments/smartpay.ts";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { MONDAY } from "../support/fake-clock.ts";
import { FakeEpsilon } from "../support/fake-epsilon.ts";
import { FakeMakeshop } from "../support/fake-makeshop.ts";
import { type Answer, startCannedStripe as startCanned } from "./canned-stripe.ts";

const SECRETS = ["sk_test_51SecretSecret", "61efa02bde9d", "pi_1_secret_abcdef"];
const ECHO = `${SECRETS[0]} token=${SECRETS[1]} ${SECRETS[2]}`;
const HTML = `<html><body>Down for maintenance ${ECHO}</body></html>`;

/** What comes, and what of it staff must be able to read. */
const DAMAGES: readonly (readonly [name: string, body: string, shown: string])[] = [
  ["a page", HTML, "Down for maintenance"],
  ["JSON that is cut off", `{"id":"re_1","stat`, '{"id":"re_1","stat'],
  ["a field of the wrong type", `{"id":7,"amount":"much","note":"${ECHO}"}`, '"amount":"much"'],
  ["a list in place of one", `[{"id":"re_1"}]`, '[{"id":"re_1"}]'],
  ["a number", "42", "42"],
];

const signal = new AbortController().signal;

function answering(body: string): Answer {
  return (response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end(body);
  };
}

/** Except for the account, which Stripe is asked for first. */
function exceptAccount(answer: Answer): Answer {
  return (response, path) => {
    if (path === "/v1/account") answering('{"id":"acct_1"}')(response, path);
    else answer(response, path);
  };
}

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const failure = await call.then(
    (answer) => `it succeeded: ${JSON.stringify(answer)}`,
    (error: unknown) => error,
  );
  if (failure instanceof AppError) return failure;
  throw new Error(`no AppError: ${failure}`);
}

function expectShown(raw: string | null | undefined, shown: string): void {
  expect(raw).toContain(shown);
  for (const secret of SECRETS) expect(raw).not.toContain(secret);
}

const REFUND = {
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: {},
  idempotencyKey: "key-1",
} as const;

type Call = (provider: PaymentProvider) => Promise<unknown>;

interface Api {
  readonly name: string;
  readonly open: (url: string) => PaymentProvider;
  readonly payment: string;
  readonly voidable: string;
  readonly refund: string;
}

const APIS: readonly Api[] = [
  {
    name: "Stripe",
    open: (apiBase) => createStripeProvider({ apiKey: "sk_test_henkin", apiBase }),
    payment: "pi_1",
    voidable: "pi_1",
    refund: "re_1",
  },
  {
    name: "Smartpay",
    open: (apiBase) => createSmartpayProvider({ secretKey: "sk_test_henkin", apiBase }),
    payment: "payment_test_1",
    voidable: "order_test_1",
    refund: "refund_test_1",
  },
];

describe.each(APIS)("of $name", ({ open, payment, voidable, refund }) => {
  const all = { createdFrom: 0, page: null, signal };
  const READS: readonly (readonly [string, Call])[] = [
    ["the list of payments", (provider) => provider.listPayments(all)],
    ["a payment", (provider) => provider.retrievePayment(payment, signal)],
    ["the refunds of a payment", (provider) => provider.listRefunds(payment, signal)],
    ["all refunds", (provider) => provider.listAllRefunds(all)],
    ["a refund", (provider) => provider.retrieveRefund(refund, signal)],
  ];
  const WRITES: readonly (readonly [string, Call])[] = [
    ["a refund", (provider) => provider.createRefund({ ...REFUND, paymentId: payment }, signal)],
    [
      "a cancellation",
      (provider) =>
        provider.cancelPayment({ paymentId: voidable, idempotencyKey: "key-1" }, signal),
    ],
  ];

  describe.each(DAMAGES)("%s", (_, body, shown) => {
    const provider = async () => open((await startCanned(exceptAccount(answering(body)))).url);

    it.each(READS)("in place of %s is for a person to see", async (_call, call) => {
      const failure = await failureOf(call(await provider()));
      expect(failure).toBeInstanceOf(UnreadableError);
      expectShown(failure.raw, shown);
      expect(failure.message).not.toContain(shown);
      // As a logger walks an error.
      expect(JSON.stringify({ ...failure })).not.toContain("raw");
    });

    it.each(WRITES)("in answer to %s leaves its outcome unknown", async (_call, call) => {
      const failure = await failureOf(call(await provider()));
      expect(failure).toBeInstanceOf(OutcomeUnknownError);
      expectShown(failure.raw, shown);
    });
  });

  it("a page with the status of an outage is one, and passes", async () => {
    const outage: Answer = (response) => response.writeHead(502).end(HTML);
    const provider = open((await startCanned(outage)).url);
    const failure = await failureOf(provider.retrievePayment(payment, signal));
    expect(failure).toMatchObject({ name: "TransientError", raw: null });
  });
});

describe("a status of tomorrow", () => {
  const NEW = "settled_later";

  it.each([
    ["re_1", createStripeProvider, { payment_intent: "pi_1", currency: "jpy", created: 1 }],
    [
      "refund_test_1",
      createSmartpayProvider,
      { payment: "payment_test_1", currency: "JPY", createdAt: 1 },
    ],
  ] as const)("of the refund %s is unknown, with the answer", async (id, create, more) => {
    const answer = { note: "x".repeat(3_000), id, amount: 100, ...more, status: NEW };
    const server = await startCanned(answering(JSON.stringify(answer)));
    const keys = { apiKey: "sk_test_henkin", secretKey: "sk_test_henkin" };
    const provider = create({ ...keys, apiBase: server.url });
    const refund = await provider.retrieveRefund(id, signal);
    expect(refund).toMatchObject({ status: "unknown", rawStatus: NEW });
    // Far behind the cut, and shown all the same.
    expect(refund?.raw).toMatch(/^status = "settled_later"\n\{"note":"xxx/);
    expect(refund?.raw?.length).toBeLessThanOrEqual(2_000);
  });

  it("of a payment of Stripe is unknown, with the answer", async () => {
    const intent = { id: "pi_1", amount: 100, currency: "jpy", status: NEW, created: 1 };
    const body = JSON.stringify({ ...intent, client_secret: SECRETS[2] });
    const server = await startCanned(exceptAccount(answering(body)));
    const provider = createStripeProvider({ apiKey: "sk_test_henkin", apiBase: server.url });
    const payment = await provider.retrievePayment("pi_1", signal);
    expect(payment).toMatchObject({ status: "unknown", capturedMinor: 0 });
    expectShown(payment?.raw, `status = "${NEW}"`);
  });

  it.each([
    ["a currency that is none", { currency: "yen!" }],
    ["an amount in a text", { amount: "100" }],
    ["a time in a text", { created: "today" }],
    ["metadata that is no object", { metadata: "679" }],
    ["an amount below nothing", { amount: -1 }],
  ])("is no guess where Stripe's refund has %s", async (_, change) => {
    const refund = { id: "re_1", amount: 100, currency: "jpy", status: "succeeded", created: 1 };
    const server = await startCanned(answering(JSON.stringify({ ...refund, ...change })));
    const provider = createStripeProvider({ apiKey: "sk_test_henkin", apiBase: server.url });
    const failure = await failureOf(provider.retrieveRefund("re_1", signal));
    expect(failure).toBeInstanceOf(UnreadableError);
    const [field = "", value] = Object.entries(change)[0] ?? [];
    expectShown(failure.raw, `${field} = ${JSON.stringify(value)}`);
  });
});

describe("one refund that cannot be read", () => {
  it.each([
    ["Stripe", createStripeProvider, { payment_intent: "pi_1", currency: "jpy", created: 9 }],
    [
      "Smartpay",
      createSmartpayProvider,
      { payment: "payment_test_1", currency: "JPY", createdAt: 9 },
    ],
  ] as const)("is told beside the others of %s's list", async (_, create, more) => {
    const fine = { id: "re_2", amount: 100, status: "succeeded", ...more };
    const page = { data: [{ id: "re_1", amount: "much" }, fine], has_more: false };
    const server = await startCanned(answering(JSON.stringify(page)));
    const keys = { apiKey: "sk_test_henkin", secretKey: "sk_test_henkin" };
    const provider = create({ ...keys, apiBase: server.url });
    const listed = await provider.listAllRefunds({ createdFrom: 0, page: null, signal });
    expect(listed.refunds.map(({ id }) => id)).toEqual(["re_2"]);
    expect(listed.unreadable).toEqual([
      { id: "re_1", raw: expect.stringContaining('amount = "much"') },
    ]);
  });
});

describe("of Epsilon", () => {
  const XML = "text/xml; charset=CP932";
  const ENCODED = '<?xml version="1.0" encoding="x-nobody-knows"?><Epsilon_res';
  const EPSILON: typeof DAMAGES = [...DAMAGES, ["XML that is cut off", ENCODED, "x-nobody-knows"]];
  let stop: () => Promise<unknown> = async () => undefined;
  afterEach(() => stop());

  async function start(withShop = false) {
    const [fake, shop] = [new FakeEpsilon(), new FakeMakeshop(() => elapsed)];
    let elapsed = 0;
    const clock = {
      now: () => MONDAY + elapsed,
      sleep: async (ms: number) => {
        elapsed += ms;
      },
    };
    await Promise.all([fake.start(), shop.start()]);
    stop = () => Promise.all([fake.stop(), shop.stop()]);
    const { shopId, token, origin: apiBase } = shop;
    const orders = withShop ? createMakeshopOrders({ shopId, token, apiBase, clock }) : null;
    const { contractCode, base } = fake;
    const options = { contractCode, apiBase: base, orders, now: clock.now };
    return { fake, shop, provider: createEpsilonProvider(options) };
  }

  it.each(EPSILON)("%s is an order nobody knows the state of", async (_, body, shown) => {
    const { fake, provider } = await start();
    const id = fake.add("P1", { state: "5" });
    const answer = { status: 200, contentType: XML, body };
    fake.fail(answer, answer);
    const [found] = await provider.searchPayments("P1", signal);
    const read = await provider.retrievePayment(id, signal);
    for (const payment of [found, read]) {
      expect(payment).toMatchObject({ status: "unknown", capturedMinor: 0, byHand: true });
      expectShown(payment?.raw, shown);
    }
  });

  it.each(EPSILON)("%s leaves a cancellation unknown", async (_, body, shown) => {
    const { fake, provider } = await start();
    const paymentId = fake.add("P1", { state: "5" });
    const good = await fetch(`${fake.base}getsales2.cgi`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ contract_code: fake.contractCode, order_number: "P1" }),
    });
    const bytes = new Uint8Array(await good.arrayBuffer());
    fake.fail(
      { status: 200, contentType: XML, body: bytes },
      { status: 200, contentType: XML, body },
    );
    const failure = await failureOf(
      provider.cancelPayment({ paymentId, idempotencyKey: "key-1" }, signal),
    );
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expectShown(failure.raw, shown);
  });

  it.each(EPSILON)("%s in place of makeshop's order is shown beside it", async (_, body, shown) => {
    const { fake, shop, provider } = await start(true);
    fake.add("P1");
    shop.fail({ status: 200, contentType: "text/xml", body });
    const [payment] = await provider.searchPayments("P1", signal);
    expect(payment).toMatchObject({ status: "paid", orderNumbers: ["P1"] });
    expectShown(payment?.raw, shown);
  });
});
