// How fast each adapter reads and refunds over a real socket, against the stateful servers of the tests. What a provider's own network costs comes on top; the share of ours is the last figure.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEpsilonProvider } from "../../src/payments/epsilon.ts";
import { createSmartpayProvider } from "../../src/payments/smartpay.ts";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { FakeEpsilon } from "../support/fake-epsilon.ts";
import { FakeSmartpay } from "../support/fake-smartpay.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import type { Figures } from "./report.ts";

const PAYMENTS = 1_000;
const CALLS = 200;
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

async function msEach(count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < count; n += 1) await work(n);
  return (performance.now() - start) / count;
}

/** A request and its answer with nothing to read in it. */
async function bareRequestMs(): Promise<number> {
  const server = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await msEach(CALLS, get);
  const ms = await msEach(CALLS, get);
  server.closeAllConnections();
  server.close();
  return ms;
}

const BARE = "providers: a bare request and its answer";

async function listAll(provider: PaymentProvider): Promise<number> {
  let count = 0;
  for (let page: string | null = null; ; ) {
    const listed = await provider.listPayments({ createdFrom: null, page, signal });
    count += listed.payments.length;
    page = listed.next;
    if (page === null) return count;
  }
}

async function measure(provider: PaymentProvider, idOf: (n: number) => string, figures: Figures) {
  const tell = (what: string, ms: number) =>
    figures.add(`providers: ${provider.name}, ${what}`, ms, "ms", BARE);
  const start = performance.now();
  const count = await listAll(provider);
  if (count > 0) tell("a payment listed", (performance.now() - start) / count);
  const look = await msEach(CALLS, (n) => provider.retrievePayment(idOf(n), signal));
  tell("a payment looked up", look);
  if (provider.capabilities.manual) return;
  const refund = await msEach(CALLS, (n) =>
    provider.createRefund(
      {
        ...{ paymentId: idOf(n), amountMinor: 100, currency: "JPY" },
        ...{ reason: "requested_by_customer", metadata: {}, idempotencyKey: `key-${n}` },
      },
      signal,
    ),
  );
  tell("a refund made", refund);
}

export async function measureProviders(figures: Figures): Promise<void> {
  figures.add(BARE, await bareRequestMs(), "ms");
  const payments = Array.from({ length: PAYMENTS }, (_, n) => n);

  const stripe = new FakeStripe({ now: () => NOW });
  const { url, close } = await stripe.start();
  for (const n of payments) stripe.addPayment({ id: `pi_${n}`, amount: 2467, createdAt: NOW - n });
  const apiKey = "sk_test_henkin";
  await measure(createStripeProvider({ apiKey, apiBase: url }), (n) => `pi_${n}`, figures);
  await close();

  const smartpay = new FakeSmartpay({ now: () => NOW });
  const running = await smartpay.start();
  for (const n of payments) {
    smartpay.addOrder({ suffix: `n${n}`, amount: 2467, reference: String(n), createdAt: NOW - n });
  }
  const options = { secretKey: "sk_test_henkin", apiBase: running.url };
  await measure(createSmartpayProvider(options), (n) => `payment_test_n${n}`, figures);
  await running.close();

  const epsilon = new FakeEpsilon();
  await epsilon.start();
  for (const n of payments) epsilon.add(`P${n}`);
  const { contractCode, base } = epsilon;
  const key = { contractCode, apiBase: base, orders: null, now: () => NOW };
  await measure(createEpsilonProvider(key), (n) => `P${n}`, figures);
  await epsilon.stop();
}
