import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";

const API_KEY = "sk_test_henkin";
const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

let now = NOW;
let fake: FakeStripe;
let stripe: PaymentProvider;
let stop: () => Promise<void>;

beforeEach(async () => {
  now = NOW;
  fake = new FakeStripe({ now: () => now });
  const running = await fake.start();
  stop = running.close;
  stripe = createStripeProvider({ apiKey: API_KEY, apiBase: running.url });
});
afterEach(() => stop());

describe("the changes since a moment", () => {
  it("name each payment something happened to", async () => {
    for (const id of ["pi_1", "pi_2", "pi_3", "pi_4"]) fake.addPayment({ id, amount: 2467 });
    fake.addPayment({ id: "ch_5", amount: 2467, withoutPaymentIntent: true });
    now += 60_000;
    fake.addRefund("pi_2", 100);
    fake.openDispute("pi_3");
    fake.addRefund("ch_5", 100);
    const changed = await stripe.changedPayments(NOW + 30_000, signal);
    const ids = changed?.map(({ paymentId }) => paymentId);
    expect(ids?.toSorted()).toEqual(["ch_5", "pi_2", "pi_3"]);
  });

  it("name one event more once something more has happened", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467 });
    const look = () => stripe.changedPayments(NOW - 1_000, signal);
    const first = await look();
    expect(await look()).toEqual(first);
    now += 1_000;
    fake.addRefund("pi_1", 100);
    const second = await look();
    const known = first?.flatMap(({ events }) => events) ?? [];
    expect(second?.map(({ paymentId }) => paymentId)).toEqual(["pi_1"]);
    expect(second?.[0]?.events).toEqual(expect.arrayContaining(known));
    expect(second?.[0]?.events.length).toBeGreaterThan(known.length);
  });

  it("come in as many pages as there are", async () => {
    for (let n = 0; n < 230; n += 1) fake.addPayment({ id: `pi_${n}`, amount: 100 });
    expect(await stripe.changedPayments(NOW - 1000, signal)).toHaveLength(230);
  });

  it("are null where the key may not read events", async () => {
    fake.forbidden = ["/v1/events"];
    expect(await stripe.changedPayments(NOW, signal)).toBeNull();
  });
});
