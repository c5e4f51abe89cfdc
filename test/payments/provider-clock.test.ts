// Our clock against the Date of Stripe's answers, over a socket.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";

const MINUTE = 60_000;
const signal = new AbortController().signal;

let fake: FakeStripe;
let stripe: PaymentProvider;
let stop: () => Promise<void>;
let warned: string[];

beforeEach(async () => {
  fake = new FakeStripe();
  const running = await fake.start();
  stop = running.close;
  warned = [];
  const warn = (_fields: object, message: string) => void warned.push(message);
  const log = { info() {}, debug() {}, error() {}, warn };
  stripe = createStripeProvider({ apiKey: "sk_test_henkin", apiBase: running.url, log });
});
afterEach(() => stop());

const look = () => stripe.retrievePayment("pi_1", signal);

/** In whole minutes; an answer takes less than half of one. */
async function offsetAt(minutes: number): Promise<number | null> {
  fake.dateOffsetMs = minutes * MINUTE;
  await look();
  const offset = stripe.clockOffsetMs();
  return offset === null ? null : Math.round(offset / MINUTE) + 0;
}

describe("the clock of Stripe", () => {
  it("is unknown before the first answer, and compared at each", async () => {
    expect(stripe.clockOffsetMs()).toBeNull();
    expect(await offsetAt(0)).toBe(0);
    expect(await offsetAt(30)).toBe(30);
    expect(await offsetAt(-30)).toBe(-30);
    expect(await offsetAt(0)).toBe(0);
  });

  it("is compared at errors, too", async () => {
    fake.dateOffsetMs = 30 * MINUTE;
    fake.fail({ how: "503" });
    await expect(look()).rejects.toThrow();
    expect(stripe.clockOffsetMs()).toBeGreaterThan(29 * MINUTE);
  });

  it("is warned of once while it differs by more than two minutes", async () => {
    await offsetAt(1);
    expect(warned).toEqual([]);
    await offsetAt(4);
    await offsetAt(5);
    expect(warned).toEqual([
      expect.stringMatching(/4 minutes behind the one of Stripe.*timedatectl/),
    ]);
    await offsetAt(0);
    await offsetAt(-4);
    expect(warned[1]).toMatch(/4 minutes ahead of/);
    expect(warned).toHaveLength(2);
  });

  it.each([
    [0, "ok", /agrees with Stripe/],
    [4, "warn", /4 minutes behind/],
    [-30, "fail", /30 minutes ahead.*no refund is made/],
  ] as const)("is a line of doctor: %i minutes, %s", async (minutes, level, words) => {
    fake.dateOffsetMs = minutes * MINUTE;
    const findings = await stripe.diagnose(signal);
    const finding = findings.find(({ check }) => check === "clock");
    expect(finding).toMatchObject({ level, message: expect.stringMatching(words) });
    expect(finding?.mend === null).toBe(level === "ok");
  });
});
