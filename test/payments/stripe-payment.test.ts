import { describe, expect, it } from "vitest";
import { createStripeProvider } from "../../src/payments/stripe.ts";
import type { PaymentProvider } from "../../src/ports.ts";
import { byPath, startCannedStripe } from "./canned-stripe.ts";

const API_KEY = "sk_test_henkin";
const signal = new AbortController().signal;

async function serve(answers: Readonly<Record<string, unknown>>): Promise<PaymentProvider> {
  const { url } = await startCannedStripe(byPath(answers));
  return createStripeProvider({ apiKey: API_KEY, apiBase: url });
}

const CHARGE = {
  id: "ch_1",
  object: "charge",
  amount: 2467,
  amount_captured: 2467,
  amount_refunded: 0,
  captured: true,
  created: 1793502000,
  currency: "jpy",
  disputed: false,
  livemode: false,
  metadata: {},
  payment_intent: "pi_1",
  payment_method_details: { type: "card" },
  status: "succeeded",
};
const INTENT = {
  id: "pi_1",
  object: "payment_intent",
  amount: 2467,
  created: 1793501000,
  currency: "jpy",
  latest_charge: CHARGE as unknown,
  livemode: false,
  metadata: {},
  payment_method_types: ["card"],
  status: "succeeded",
};

async function read(intent: object, more: Readonly<Record<string, unknown>> = {}) {
  const provider = await serve({
    "/v1/payment_intents/pi_1": { ...INTENT, ...intent },
    ...more,
  });
  return provider.retrievePayment("pi_1", signal);
}

async function readCharge(charge: object) {
  const bare = { ...CHARGE, payment_intent: null, ...charge };
  const provider = await serve({ "/v1/charges/ch_1": bare });
  return provider.retrievePayment("ch_1", signal);
}

describe("a payment of Stripe", () => {
  const uncaptured = { ...CHARGE, captured: false, amount_captured: 0 };
  it.each([
    ["succeeded", CHARGE, "paid"],
    ["succeeded", null, "unknown"],
    ["succeeded", uncaptured, "unknown"],
    ["requires_capture", uncaptured, "authorized"],
    ["requires_capture", { ...CHARGE, amount_captured: 500 }, "unknown"],
    ["requires_action", null, "unpaid"],
    ["processing", null, "processing"],
    ["requires_payment_method", { ...uncaptured, status: "failed" }, "failed"],
    ["requires_confirmation", null, "failed"],
    ["canceled", uncaptured, "canceled"],
    ["canceled", CHARGE, "unknown"],
    ["teleported", CHARGE, "unknown"],
  ])("is, with an intent that is %s", async (status, charge, expected) => {
    expect((await read({ status, latest_charge: charge }))?.status).toBe(expected);
  });

  it.each([
    [{}, "paid"],
    [{ captured: false, amount_captured: 0 }, "authorized"],
    [{ captured: false, amount_captured: 0, amount_refunded: 2467 }, "canceled"],
    [{ captured: false, amount_captured: 0, status: "failed" }, "failed"],
    [{ captured: false, amount_captured: 0, status: "pending" }, "processing"],
    [{ status: "teleported" }, "unknown"],
  ])("is, with a charge alone that says %j, %s", async (charge, expected) => {
    expect((await readCharge(charge))?.status).toBe(expected);
  });

  it("counts what was captured, not what was asked", async () => {
    const charge = { ...CHARGE, amount_captured: 2000, amount_refunded: 500 };
    expect(await read({ latest_charge: charge })).toMatchObject({
      amountMinor: 2467,
      capturedMinor: 2000,
      refundedMinor: 500,
    });
  });

  it("has given nothing back of what it never took", async () => {
    const charge = { ...CHARGE, captured: false, amount_captured: 0, amount_refunded: 2467 };
    expect(await read({ status: "canceled", latest_charge: charge })).toMatchObject({
      status: "canceled",
      capturedMinor: 0,
      refundedMinor: 0,
      paidAt: null,
    });
  });

  it("is captured whole or not at all where an old version tells no more", async () => {
    const { amount_captured: _, ...old } = CHARGE;
    expect(await read({ latest_charge: old })).toMatchObject({ capturedMinor: 2467 });
    const uncapturedOld = { ...old, captured: false };
    const waiting = { status: "requires_capture", latest_charge: uncapturedOld };
    expect(await read(waiting)).toMatchObject({ capturedMinor: 0, status: "authorized" });
  });

  it("is refused where an amount is missing", async () => {
    const { amount_refunded: _, ...broken } = CHARGE;
    await expect(readCharge({ ...broken, amount_refunded: undefined })).rejects.toMatchObject({
      name: "UnreadableError",
      code: "unreadable_answer",
      message: expect.stringContaining("not a charge: amount_refunded"),
    });
  });

  it("is undecided while a bank transfer has come in part", async () => {
    const instructions = { amount_remaining: 467 };
    const next_action = {
      type: "display_bank_transfer_instructions",
      display_bank_transfer_instructions: instructions,
    };
    const waiting = { status: "requires_action", latest_charge: null, next_action };
    expect((await read(waiting))?.status).toBe("processing");
    instructions.amount_remaining = 2467;
    expect((await read(waiting))?.status).toBe("unpaid");
  });

  it.each([
    ["card", { latest_charge: CHARGE }, "card"],
    [
      "konbini",
      { latest_charge: { ...CHARGE, payment_method_details: { type: "konbini" } } },
      "konbini",
    ],
    [
      "bank transfer",
      { latest_charge: { ...CHARGE, payment_method_details: { type: "customer_balance" } } },
      "bank_transfer",
    ],
    [
      "another",
      { latest_charge: { ...CHARGE, payment_method_details: { type: "paypay" } } },
      "paypay",
    ],
    [
      "a voucher that is not paid yet",
      {
        latest_charge: null,
        payment_method_types: ["card", "konbini"],
        next_action: { type: "konbini_display_details" },
      },
      "konbini",
    ],
    [
      "the only one on offer",
      { latest_charge: null, payment_method_types: ["konbini"] },
      "konbini",
    ],
    [
      "several on offer",
      { latest_charge: null, payment_method_types: ["card", "konbini"] },
      "unknown",
    ],
  ])("names its method: %s", async (_, intent, method) => {
    expect((await read(intent))?.method).toBe(method);
  });

  it("takes the payer from where one is named first", async () => {
    const metadata = { customer_email: "Meta@example.jp", customer_name: "メタ 名前" };
    const billed = { ...CHARGE, billing_details: { email: "Bill@example.jp", name: "請求 名前" } };
    const everywhere = { latest_charge: billed, receipt_email: "receipt@example.jp", metadata };
    expect(await read(everywhere)).toMatchObject({
      payerEmail: "bill@example.jp",
      payerName: "請求 名前",
    });
    expect(await read({ ...everywhere, latest_charge: CHARGE })).toMatchObject({
      payerEmail: "receipt@example.jp",
      payerName: "メタ 名前",
    });
    expect(await read({ metadata })).toMatchObject({ payerEmail: "meta@example.jp" });
    const blank = { ...CHARGE, billing_details: { email: " ", name: "" } };
    expect(await read({ latest_charge: blank })).toMatchObject({
      payerEmail: null,
      payerName: null,
    });
  });

  it("has the order number of its metadata, else of its description", async () => {
    expect(await read({ metadata: { order_id: "679" }, description: "注文 1" })).toMatchObject({
      orderNumbers: ["679"],
      orderNumbersFrom: "metadata",
      description: "注文 1",
    });
    const charge = { ...CHARGE, description: "見本商店 - 注文 680" };
    expect(await read({ latest_charge: charge })).toMatchObject({
      orderNumbers: ["680"],
      orderNumbersFrom: "description",
    });
  });

  it("is dated by its own creation and paid by that of its charge", async () => {
    expect(await read({})).toMatchObject({ createdAt: 1793501000_000, paidAt: 1793502000_000 });
  });

  it("is complete although the server expands nothing and knows nothing else", async () => {
    const payment = await read({ latest_charge: "ch_1" }, { "/v1/charges/ch_1": CHARGE });
    expect(payment).toMatchObject({ account: "stripe", status: "paid", capturedMinor: 2467 });
  });

  it("is in the mode of the key where it does not say", async () => {
    expect((await read({ livemode: undefined }))?.livemode).toBe(false);
    expect((await read({ livemode: true }))?.livemode).toBe(true);
  });
});
