// Stripe's objects as henkin reads them, and what they mean: a payment is a payment intent with its
// latest charge, or a charge of the time before payment intents.
//
// Only what henkin needs is expected to be there, and of that a missing amount is an error.

import { z } from "zod";
import { orderNumbersOfPayment } from "../domain/order-number/order-number.ts";
import type { Payment, PaymentStatus } from "../domain/payment.ts";
import { Currency, readAs } from "./exchange.ts";
import { rawAnswer } from "./raw-answer.ts";
import { cashBalanceId } from "./stripe-cash-balance.ts";

export const Text = z
  .string()
  .nullish()
  .transform((text) => (text === undefined || text === null || text.trim() === "" ? null : text));
/** An id, or the object it stands for where the server expanded it. */
export const Reference = z
  .union([z.string(), z.object({ id: z.string() }).transform((object) => object.id)])
  .nullish()
  .transform((id) => id ?? null);
export const Metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((metadata) => metadata ?? {});
export const Amount = z.int().min(0);

const Flag = z
  .boolean()
  .nullish()
  .transform((flag) => flag ?? null);

const ChargeShape = z.object({
  id: z.string().min(1),
  amount: Amount,
  /** Without it the whole was captured or nothing. */
  amount_captured: Amount.nullish(),
  amount_refunded: Amount,
  currency: Currency,
  status: z.string(),
  captured: z.boolean(),
  disputed: Flag,
  created: z.int(),
  livemode: Flag,
  description: Text,
  metadata: Metadata,
  receipt_email: Text,
  customer: Reference,
  payment_intent: Reference,
  billing_details: z.object({ email: Text, name: Text }).nullish(),
  payment_method_details: z.object({ type: z.string() }).nullish(),
});
export type Charge = z.infer<typeof ChargeShape>;

const IntentShape = z.object({
  id: z.string().min(1),
  amount: Amount,
  currency: Currency,
  status: z.string(),
  created: z.int(),
  livemode: Flag,
  description: Text,
  metadata: Metadata,
  receipt_email: Text,
  customer: Reference,
  latest_charge: z.union([z.string(), ChargeShape]).nullish(),
  payment_method_types: z.array(z.string()).nullish(),
  next_action: z
    .object({
      type: z.string().nullish(),
      display_bank_transfer_instructions: z
        .object({ amount_remaining: Amount.nullish() })
        .nullish(),
    })
    .nullish(),
});
export type Intent = z.infer<typeof IntentShape>;

const PageShape = z.object({
  data: z.array(z.looseObject({ id: z.string().min(1) })),
  has_more: z.boolean(),
});
export type Page = z.infer<typeof PageShape>;

/** As it came, for staff to see where it says something new. */
export interface Told {
  readonly answer: unknown;
}

export const readCharge = (answer: unknown): Charge & Told => ({
  ...readAs("charge", ChargeShape, answer),
  answer,
});
export const readPage = (answer: unknown): Page => readAs("list", PageShape, answer);
export const readIntent = (answer: unknown): Intent & Told => ({
  ...readAs("payment intent", IntentShape, answer),
  answer,
});

/** What a payment says beside the intent and the charge themselves. */
export interface Surroundings {
  readonly account: string;
  /** Of the key: it sees objects of its own mode only (docs.stripe.com/keys). */
  readonly livemode: boolean;
  /** Whether the charge has a dispute that is not over. */
  readonly disputed: boolean;
  /** As far as it was looked up. */
  readonly customer: { readonly email: string | null; readonly name: string | null } | null;
  /** Of a bank transfer, the sender in kana; undefined where it was not looked up. */
  readonly payerKana?: string | null | undefined;
}

/** docs.stripe.com/payments/customer-balance/refunding; counted from the earliest it could mean. */
const BANK_TRANSFER_REFUND_DAYS = 180;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Of the time before payment intents: docs.stripe.com/sources/ach-credit-transfer. */
const ACH_CREDIT_TRANSFER = "ach_credit_transfer";

export function paymentOfIntent(
  intent: Intent & Told,
  charge: Charge | null,
  around: Surroundings,
): Payment {
  const status = statusOfIntent(intent, charge);
  return {
    ...money(charge, intent),
    ...texts(intent, charge, around),
    ...aboutTransfer(intent, charge),
    id: intent.id,
    status,
    ...shown(status, intent),
    method: methodOf(charge, intent),
    livemode: intent.livemode ?? around.livemode,
    createdAt: intent.created * 1000,
  };
}

/** What goes for bank transfers alone. */
function aboutTransfer(intent: Intent, charge: Charge | null) {
  if (methodOf(charge, intent) !== "bank_transfer") return {};
  const customer = intent.customer ?? charge?.customer ?? null;
  const missingMinor = isPartlyFunded(intent) ? remainingOf(intent) : null;
  return {
    refundableUntil: intent.created * 1000 + BANK_TRANSFER_REFUND_DAYS * DAY_MS,
    ...(missingMinor !== null && { missingMinor }),
    ...(customer !== null && { alongside: [cashBalanceId(customer, intent.currency)] }),
  };
}

/** Only a status that is new, or contradicts the rest, is for staff to see as it came. */
function shown(status: PaymentStatus, { answer }: Told) {
  return status === "unknown" ? { raw: rawAnswer(answer, [["status"]]) } : {};
}

export function paymentOfCharge(charge: Charge & Told, around: Surroundings): Payment {
  const status = statusOfCharge(charge);
  return {
    ...money(charge, charge),
    ...texts(charge, charge, around),
    id: charge.id,
    status,
    ...shown(status, charge),
    method: methodOf(charge, null),
    // The Dashboard can, and lets Stripe ask the customer for the account.
    ...(methodOf(charge, null) === ACH_CREDIT_TRANSFER && { byHand: true }),
    livemode: charge.livemode ?? around.livemode,
    createdAt: charge.created * 1000,
  };
}

function money(charge: Charge | null, whole: { amount: number; currency: string }) {
  const capturedMinor = capturedOf(charge);
  return {
    currency: whole.currency.toUpperCase(),
    amountMinor: whole.amount,
    capturedMinor,
    // Before 2025-03-31.basil an authorisation that was released counted as refunded
    // (docs.stripe.com/changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow);
    // what was never taken cannot have been given back.
    refundedMinor: Math.min(charge?.amount_refunded ?? 0, capturedMinor),
    paidAt: charge !== null && capturedMinor > 0 ? charge.created * 1000 : null,
  };
}

function capturedOf(charge: Charge | null): number {
  if (charge === null) return 0;
  return charge.amount_captured ?? (charge.captured ? charge.amount : 0);
}

function texts(main: Intent | Charge, charge: Charge | null, around: Surroundings) {
  const description = main.description ?? charge?.description ?? null;
  const metadata = Object.keys(main.metadata).length > 0 ? main.metadata : (charge?.metadata ?? {});
  const orderNumbers = orderNumbersOfPayment({ metadata, description });
  return {
    provider: "stripe",
    account: around.account,
    disputed: around.disputed,
    description,
    orderNumbers: orderNumbers.numbers,
    orderNumbersFrom: orderNumbers.from,
    payerEmail:
      payerEmail(main, charge)?.toLowerCase() ?? around.customer?.email?.toLowerCase() ?? null,
    payerName: payerName(main, charge) ?? around.customer?.name ?? null,
    ...(around.payerKana !== undefined && { payerKana: around.payerKana }),
  };
}

/** WooCommerce writes customer_email and customer_name into the metadata. */
export function payerEmail(main: Intent | Charge, charge: Charge | null): string | null {
  const { metadata } = main;
  return (
    trimmed(charge?.billing_details?.email) ??
    trimmed(charge?.receipt_email) ??
    trimmed(main.receipt_email) ??
    trimmed(metadata["customer_email"])
  );
}

function payerName(main: Intent | Charge, charge: Charge | null): string | null {
  return trimmed(charge?.billing_details?.name) ?? trimmed(main.metadata["customer_name"]);
}

function trimmed(text: string | null | undefined): string | null {
  const bare = text?.trim() ?? "";
  return bare === "" ? null : bare;
}

function statusOfIntent(intent: Intent, charge: Charge | null): PaymentStatus {
  const captured = capturedOf(charge);
  switch (intent.status) {
    case "succeeded":
      return charge?.captured === true ? "paid" : "unknown";
    case "requires_capture":
      // With multicapture a part may have been taken already; cancelling would not give it back
      // (docs.stripe.com/payments/multicapture).
      return captured === 0 ? "authorized" : "unknown";
    case "requires_action":
      // A transfer that was too small waits in the customer's cash balance, and no charge shows it
      // (docs.stripe.com/payments/customer-balance/reconciliation).
      return isPartlyFunded(intent) ? "processing" : "unpaid";
    case "processing":
      return "processing";
    case "requires_payment_method":
    case "requires_confirmation":
      return "failed";
    case "canceled":
      return captured === 0 ? "canceled" : "unknown";
    default:
      return "unknown";
  }
}

function remainingOf(intent: Intent): number | null {
  return intent.next_action?.display_bank_transfer_instructions?.amount_remaining ?? null;
}

function isPartlyFunded(intent: Intent): boolean {
  const remaining = remainingOf(intent);
  return remaining !== null && remaining < intent.amount;
}

function statusOfCharge(charge: Charge): PaymentStatus {
  if (charge.status === "failed") return "failed";
  if (charge.status === "pending") return "processing";
  if (charge.status !== "succeeded") return "unknown";
  if (charge.captured) return "paid";
  // Released or expired: Stripe then says refunded of what it never took.
  return charge.amount_refunded > 0 ? "canceled" : "authorized";
}

export function methodOf(charge: Charge | null, intent: Intent | null): string {
  const types = intent?.payment_method_types ?? [];
  const type =
    charge?.payment_method_details?.type ??
    NEXT_ACTION_OF[intent?.next_action?.type ?? ""] ??
    // Several are an offer to the customer, not yet a choice.
    (types.length === 1 ? types[0] : undefined);
  return type === "customer_balance" ? "bank_transfer" : (type ?? "unknown");
}

const NEXT_ACTION_OF: Readonly<Record<string, string>> = {
  konbini_display_details: "konbini",
  display_bank_transfer_instructions: "customer_balance",
};

export function isIntentId(id: string): boolean {
  return /^pi_\w+$/.test(id);
}

/** py_ is what Stripe calls a charge of a method other than cards. */
export function isChargeId(id: string): boolean {
  return /^(?:ch|py)_\w+$/.test(id);
}

export function nextCursor(page: Page): string | null {
  return page.has_more ? (page.data.at(-1)?.id ?? null) : null;
}
