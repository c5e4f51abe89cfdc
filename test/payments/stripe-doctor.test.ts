import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { FakeStripe } from "../support/fake-stripe.ts";
import { byPath, startCannedStripe } from "./canned-stripe.ts";

const API_KEY = "sk_test_henkin";
const signal = new AbortController().signal;

let fake: FakeStripe;
let url = "";
let stripe: PaymentProvider;
let stop: () => Promise<void>;

beforeEach(async () => {
  fake = new FakeStripe({ apiKeys: [API_KEY, "rk_live_henkin"] });
  const running = await fake.start();
  stop = running.close;
  url = running.url;
  stripe = connect(API_KEY);
});
afterEach(() => stop());

const connect = (apiKey: string): PaymentProvider => createStripeProvider({ apiKey, apiBase: url });

describe("doctor", () => {
  const levels = async (provider = stripe) => {
    const findings = await provider.diagnose(signal);
    for (const { level, mend } of findings) expect(mend === null).toBe(level === "ok");
    return Object.fromEntries(findings.map(({ check, level }) => [check, level]));
  };
  const HEALTHY = {
    key: "ok",
    "payment intents": "ok",
    charges: "ok",
    refunds: "ok",
    events: "ok",
    disputes: "ok",
    "refund permission": "ok",
    "void permission": "ok",
    customers: "ok",
    balance: "ok",
    account: "ok",
    clock: "ok",
  };

  it("finds nothing wrong with a healthy account, and makes nothing", async () => {
    expect(await levels()).toEqual(HEALTHY);
    expect(await levels(connect("rk_live_henkin"))).toEqual(HEALTHY);
    expect(fake.requests.some(({ effect }) => effect)).toBe(false);
    const written = fake.requests.filter(({ method }) => method !== "GET");
    expect(new Set(written.map(({ path }) => path))).toEqual(
      new Set([
        "/v1/refunds/re_henkin_doctor/cancel",
        "/v1/payment_intents/pi_henkin_doctor/cancel",
      ]),
    );
  });

  it("finds out what a restricted key may not write, and changes nothing", async () => {
    fake.addPayment({ id: "pi_1", amount: 2467, amountRefunded: 467 });
    fake.addPayment({ id: "pi_2", amount: 900, status: "requires_capture" });
    fake.forbidden = ["POST /v1/refunds", "POST /v1/payment_intents", "/v1/customers"];
    const provider = connect("rk_live_henkin");
    expect(await levels(provider)).toEqual({
      ...HEALTHY,
      "refund permission": "fail",
      "void permission": "warn",
      customers: "warn",
    });
    const findings = await provider.diagnose(signal);
    const mendOf = (check: string) => findings.find((one) => one.check === check)?.mend;
    expect(mendOf("refund permission")).toContain("Charges and Refunds: Write");
    expect(mendOf("void permission")).toContain("PaymentIntents: Write");
    expect(mendOf("customers")).toContain("Customers: Read");
    expect(fake.requests.some(({ effect }) => effect)).toBe(false);
  });

  it("does not take trouble of the moment for a missing permission", async () => {
    fake.fail({ method: "POST", how: "500-before-effect", times: 2 });
    const findings = await stripe.diagnose(signal);
    expect(findings.filter(({ level }) => level !== "ok")).toMatchObject([
      {
        level: "warn",
        check: "refund permission",
        message: expect.stringContaining("cannot be told"),
      },
      {
        level: "warn",
        check: "void permission",
        message: expect.stringContaining("cannot be told"),
      },
    ]);
  });

  it("says which kind of key it is", async () => {
    const messageOf = async (apiKey: string) =>
      (await connect(apiKey).diagnose(signal))[0]?.message;
    expect(await messageOf(API_KEY)).toBe("a secret key, test mode: no money moves");
    expect(await messageOf("rk_live_henkin")).toBe(
      "a restricted key, live mode: refunds move real money",
    );
    expect(await messageOf("pk_live_henkin")).toContain("publishable");
    expect(await messageOf("henkin")).toContain("does not look like");
  });

  it("fails on what refunds need and warns of the rest", async () => {
    fake.forbidden = ["/v1/charges", "/v1/events", "/v1/disputes", "/v1/balance", "/v1/account"];
    expect(await levels()).toEqual({
      ...HEALTHY,
      charges: "fail",
      events: "warn",
      disputes: "warn",
      balance: "warn",
    });
  });

  it("warns of a balance that pays no refund", async () => {
    fake.balance.available = 0;
    expect(await levels()).toEqual({ ...HEALTHY, balance: "warn" });
    fake.balance.available = -3000;
    const balance = (await stripe.diagnose(signal)).find(({ check }) => check === "balance");
    expect(balance?.message).toBe(
      "-¥3,000: the balance is negative, and refunds wait until there is money",
    );
  });

  it("warns of an account with restrictions", async () => {
    const requirements = { disabled_reason: null, past_due: [], currently_due: ["company.tax_id"] };
    const account = { id: "acct_1", charges_enabled: true, payouts_enabled: false, requirements };
    const empty = { object: "list", data: [], has_more: false };
    const lists = ["payment_intents", "charges", "refunds", "events", "disputes"];
    const answers = Object.fromEntries(lists.map((name) => [`/v1/${name}`, empty]));
    const server = await startCannedStripe(byPath({ ...answers, "/v1/account": account }));
    const provider = createStripeProvider({ apiKey: API_KEY, apiBase: server.url });
    expect(await provider.diagnose(signal)).toContainEqual({
      level: "warn",
      check: "account",
      message: "acct_1: payouts are disabled, information is due",
      mend: "Answer what Stripe asks for in the Dashboard, Settings > Account status.",
    });
  });

  it("says once that the key is refused, or that nobody answers", async () => {
    expect(await levels(connect("sk_test_unknown"))).toEqual({ key: "fail" });
    fake.setDown(true);
    expect(await levels()).toEqual({ key: "ok", connection: "fail" });
  });
});
