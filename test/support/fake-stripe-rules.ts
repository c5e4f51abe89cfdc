// How payments, refunds and disputes come into being and change at Stripe, and what Stripe refuses.
// A request that breaks a rule is refused by throwing the answer it gets.

import type Stripe from "stripe";
import {
  amountRefunded,
  balanceTransactionId,
  CHARGE_OF_STATUS,
  type Dispute,
  type Payment,
  type PaymentMethodName,
  type PaymentStatus,
  type RefundStatus,
  seconds,
} from "./fake-stripe-objects.ts";

/** Times are epoch milliseconds, amounts minor units (yen). */
export type PaymentSeed = {
  /** Of the payment intent, or of the charge where there is no intent. */
  readonly id?: string;
  readonly chargeId?: string;
  readonly amount: number;
  readonly currency?: string;
  readonly status?: PaymentStatus;
  readonly description?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly payerName?: string | null;
  readonly payerEmail?: string | null;
  readonly createdAt?: number;
  readonly method?: PaymentMethodName;
  /** The status new refunds of this payment get, whatever the account says. */
  readonly refundStatus?: RefundStatus | null;
  readonly amountRemaining?: number | null;
  readonly atTheTill?: boolean;
  readonly disputed?: boolean;
  /** Makes a refund of that amount, as if from the Dashboard. */
  readonly amountRefunded?: number;
  /** Stripe shows an object only to a key of its own mode. */
  readonly livemode?: boolean;
  readonly withoutPaymentIntent?: boolean;
  /** A customer with that id and, unless others are given, the payer's name and address. */
  readonly customer?:
    | string
    | { readonly id: string; readonly name?: string; readonly email?: string };
};

export type PaymentPatch = Partial<
  Pick<
    PaymentSeed,
    | "amountRemaining"
    | "atTheTill"
    | "description"
    | "metadata"
    | "payerEmail"
    | "payerName"
    | "refundStatus"
    | "status"
  >
>;

export type RefundRequest = {
  readonly amount?: number;
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly instructions_email?: string;
};

export type ErrorBody = {
  readonly type?: "api_error" | "idempotency_error" | "invalid_request_error";
  readonly code?: string;
  readonly param?: string;
  readonly message: string;
};

/** An answer in Stripe's error envelope. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

const DAY_S = 24 * 60 * 60;
// How long a customer may take to give bank details (docs.stripe.com/payments/konbini).
const BANK_DETAILS_DAYS = 45;

const CANCELABLE: readonly PaymentStatus[] = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
];

export function newPayment(
  seed: PaymentSeed,
  made: { readonly suffix: string; readonly now: number; readonly livemode: boolean },
): Payment {
  const { withoutPaymentIntent = false, status = "succeeded" } = seed;
  const { amountRemaining = null, atTheTill = false } = seed;
  const ownChargeId = withoutPaymentIntent ? seed.id : undefined;
  const chargeId = seed.chargeId ?? ownChargeId ?? `ch_${made.suffix}`;
  const id = withoutPaymentIntent ? chargeId : (seed.id ?? `pi_${made.suffix}`);
  return {
    id,
    paymentIntentId: withoutPaymentIntent ? null : id,
    chargeId,
    paymentMethodId: `pm_${made.suffix}`,
    createdAt: seed.createdAt ?? made.now,
    livemode: seed.livemode ?? made.livemode,
    amount: seed.amount,
    currency: seed.currency ?? "jpy",
    status,
    charge: CHARGE_OF_STATUS[status],
    description: seed.description ?? null,
    metadata: { ...seed.metadata },
    payerName: seed.payerName ?? null,
    payerEmail: seed.payerEmail ?? null,
    customerId: null,
    method: seed.method ?? "card",
    refundStatus: seed.refundStatus ?? null,
    amountRemaining,
    atTheTill,
    canceledAt: status === "canceled" ? made.now : null,
    cancellationReason: null,
    refunds: [],
    disputes: [],
  };
}

/** The amount to refund, or the reason why not (docs.stripe.com/error-codes). */
export function refundableAmount(payment: Payment, request: RefundRequest): number {
  const { chargeId } = payment;
  if (payment.charge !== "captured") {
    // Stripe's documentation gives this refusal no code; the wording is a guess.
    throw new Refusal(400, {
      message: `This payment (${payment.id}) does not have a successful charge to refund.`,
    });
  }
  if (payment.disputes.some((dispute) => !dispute.is_charge_refundable)) {
    throw new Refusal(400, {
      code: "charge_disputed",
      message: `Charge ${chargeId} has been charged back; cannot issue a refund.`,
    });
  }
  const left = payment.amount - amountRefunded(payment);
  if (left === 0) {
    throw new Refusal(400, {
      code: "charge_already_refunded",
      message: `Charge ${chargeId} has already been refunded.`,
    });
  }
  const amount = request.amount ?? left;
  if (amount > left) {
    const asked = money(amount, payment.currency);
    const unrefunded = money(left, payment.currency);
    throw new Refusal(400, {
      param: "amount",
      message: `Refund amount (${asked}) is greater than unrefunded amount on charge (${unrefunded})`,
    });
  }
  // Without an address Stripe could not ask for the bank account
  // (docs.stripe.com/payments/customer-balance/refunding).
  if (payment.method === "customer_balance" && instructionsEmail(payment, request) === null) {
    throw new Refusal(400, {
      param: "instructions_email",
      message: "An email address is needed to refund this payment.",
    });
  }
  return amount;
}

/** The status of a new refund where the test does not say (docs.stripe.com/refunds). */
export function usualRefundStatus(payment: Payment): RefundStatus {
  return payment.method === "card" ? "succeeded" : "requires_action";
}

export function newRefund(
  payment: Payment,
  request: RefundRequest,
  made: { readonly id: string; readonly amount: number; readonly now: number },
): Stripe.Refund {
  const email = instructionsEmail(payment, request);
  return {
    id: made.id,
    object: "refund",
    amount: made.amount,
    balance_transaction: balanceTransactionId(made.id),
    charge: payment.chargeId,
    created: seconds(made.now),
    currency: payment.currency,
    customer: payment.customerId,
    customer_account: null,
    destination_details: { type: payment.method },
    ...(payment.method !== "card" && email !== null && { instructions_email: email }),
    metadata: { ...request.metadata },
    payment_intent: payment.paymentIntentId,
    payment_method: payment.paymentMethodId,
    reason: request.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: null,
    transfer_reversal: null,
  };
}

export function newDispute(
  payment: Payment,
  dispute: { readonly id: string; readonly status: Stripe.Dispute.Status; readonly now: number },
): Dispute {
  return {
    id: dispute.id,
    object: "dispute",
    amount: payment.amount,
    balance_transactions: [],
    charge: payment.chargeId,
    created: seconds(dispute.now),
    currency: payment.currency,
    enhanced_eligibility_types: [],
    intended_submission_method: null,
    // An inquiry can still be settled by a refund (SDK, Disputes.d.ts).
    is_charge_refundable: dispute.status.startsWith("warning_"),
    livemode: payment.livemode,
    metadata: {},
    payment_intent: payment.paymentIntentId,
    reason: "fraudulent",
    status: dispute.status,
  };
}

/** Sets the status and the fields that belong to it and to no other. */
export function enterRefundStatus(
  refund: Stripe.Refund,
  status: RefundStatus,
  details: { readonly failureReason: string; readonly email: string | null },
): void {
  refund.status = status;
  delete refund.pending_reason;
  delete refund.next_action;
  delete refund.failure_reason;
  delete refund.failure_balance_transaction;
  if (status === "pending") refund.pending_reason = "processing";
  if (status === "requires_action") {
    const expires_at = refund.created + BANK_DETAILS_DAYS * DAY_S;
    const email_sent = { email_sent_at: refund.created, email_sent_to: details.email ?? "" };
    refund.next_action = { type: "display_details", display_details: { email_sent, expires_at } };
  }
  // Canceled refunds carry a failure too (docs.stripe.com/refunds).
  if (status === "failed" || status === "canceled") {
    refund.failure_reason = details.failureReason;
    refund.failure_balance_transaction = balanceTransactionId(`${refund.id}_failure`);
  }
}

export function checkRefundCancelable(refund: Stripe.Refund): void {
  // Only a refund that waits for its customer can be cancelled by API (docs.stripe.com/refunds).
  if (refund.status === "requires_action") return;
  throw new Refusal(400, { message: `A refund with status ${refund.status} cannot be canceled.` });
}

export function checkPaymentCancelable(payment: Payment): void {
  if (payment.atTheTill) {
    // docs.stripe.com/payments/konbini#expiration-and-cancellation; the wording is a guess.
    throw new Refusal(400, {
      code: "payment_intent_unexpected_state",
      message: "You cannot cancel this PaymentIntent because it is being paid.",
    });
  }
  if (CANCELABLE.includes(payment.status)) return;
  throw new Refusal(400, {
    code: "payment_intent_unexpected_state",
    message:
      `You cannot cancel this PaymentIntent because it has a status of ${payment.status}. ` +
      `Only a PaymentIntent with one of the following statuses may be canceled: ` +
      `${CANCELABLE.join(", ")}.`,
  });
}

function instructionsEmail(payment: Payment, request: RefundRequest): string | null {
  return request.instructions_email ?? payment.payerEmail;
}

function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(amount / 10 ** digits);
}
