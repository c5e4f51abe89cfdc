// What Stripe shows of a payment: the payment intent, its charge and its payment method are made
// from one record each time they are asked for, so that they can never disagree. The types are the
// SDK's own, which keeps the fake honest about names, nullability and missing fields.

import type Stripe from "stripe";

export type PaymentStatus =
  | "succeeded"
  | "requires_capture"
  | "requires_action"
  | "requires_payment_method"
  | "requires_confirmation"
  | "processing"
  | "canceled";

/** Left open, as in the SDK: a status nobody has heard of must reach a human. */
export type RefundStatus =
  | "pending"
  | "requires_action"
  | "succeeded"
  | "failed"
  | "canceled"
  | (string & {});

export type PaymentMethodName = "card" | "konbini" | "customer_balance" | "ach_credit_transfer";

/** Evidence is left out: nobody answers a dispute through henkin. */
export type Dispute = Omit<Stripe.Dispute, "evidence" | "evidence_details">;

/** What became of the money: `released` is an authorisation that was given back. */
type ChargeState = "none" | "failed" | "pending" | "authorised" | "captured" | "released";

export type Payment = {
  readonly id: string;
  readonly paymentIntentId: string | null;
  readonly chargeId: string;
  readonly paymentMethodId: string;
  readonly createdAt: number;
  readonly livemode: boolean;
  amount: number;
  currency: string;
  status: PaymentStatus;
  charge: ChargeState;
  description: string | null;
  metadata: Record<string, string>;
  payerName: string | null;
  payerEmail: string | null;
  customerId: string | null;
  method: PaymentMethodName;
  refundStatus: RefundStatus | null;
  /** Of a bank transfer that was too small: what is still missing. */
  amountRemaining: number | null;
  /** The customer stands at the till: the voucher cannot be cancelled just now. */
  atTheTill: boolean;
  canceledAt: number | null;
  cancellationReason: string | null;
  readonly refunds: Stripe.Refund[];
  readonly disputes: Dispute[];
};

/** The charge a payment in this status has; a voucher that waits for its customer has none. */
export const CHARGE_OF_STATUS: Readonly<Record<PaymentStatus, ChargeState>> = {
  succeeded: "captured",
  requires_capture: "authorised",
  processing: "pending",
  requires_payment_method: "failed",
  requires_action: "none",
  requires_confirmation: "none",
  canceled: "none",
};

export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

export function amountRefunded(payment: Payment): number {
  // Stripe's SDK says of an authorisation which is not captured that it is "refunded".
  if (payment.charge === "released") return payment.amount;
  // That a refund which comes back lowers this amount again is expected, not documented.
  return payment.refunds
    .filter((refund) => refund.status !== "failed" && refund.status !== "canceled")
    .reduce((sum, refund) => sum + refund.amount, 0);
}

export function paymentIntentsOf(payment: Payment): Stripe.PaymentIntent[] {
  if (payment.paymentIntentId === null) return [];
  const charged = payment.charge !== "none";
  return [
    {
      id: payment.paymentIntentId,
      object: "payment_intent",
      allowed_payment_method_types: null,
      application: null,
      application_fee_amount: null,
      automatic_payment_methods: null,
      customer_account: null,
      excluded_payment_method_types: null,
      managed_payments: null,
      on_behalf_of: null,
      payment_method_configuration_details: null,
      payment_method_options: null,
      payment_record: null,
      processing: null,
      review: null,
      setup_future_usage: null,
      shipping: null,
      source: null,
      statement_descriptor: null,
      statement_descriptor_suffix: null,
      transfer_group: null,
      amount: payment.amount,
      amount_capturable: payment.charge === "authorised" ? payment.amount : 0,
      amount_received: payment.charge === "captured" ? payment.amount : 0,
      canceled_at: payment.canceledAt === null ? null : seconds(payment.canceledAt),
      cancellation_reason: payment.cancellationReason,
      capture_method: payment.status === "requires_capture" ? "manual" : "automatic",
      client_secret: `${payment.paymentIntentId}_secret_fake`,
      confirmation_method: "automatic",
      created: seconds(payment.createdAt),
      currency: payment.currency,
      customer: payment.customerId,
      description: payment.description,
      last_payment_error:
        payment.charge === "failed" ? { type: "card_error", code: "card_declined" } : null,
      latest_charge: charged ? payment.chargeId : null,
      livemode: payment.livemode,
      metadata: { ...payment.metadata },
      next_action: payment.status === "requires_action" ? nextActionOf(payment) : null,
      payment_method: payment.paymentMethodId,
      payment_method_types: [payment.method],
      // The payer's address stands on the charge; only without one is it wanted here.
      receipt_email: charged ? null : payment.payerEmail,
      status: payment.status,
    },
  ];
}

function nextActionOf(payment: Payment): Stripe.PaymentIntent.NextAction {
  if (payment.method === "konbini") return { type: "konbini_display_details" };
  if (payment.method === "card") return { type: "use_stripe_sdk" };
  const amount_remaining = payment.amountRemaining ?? payment.amount;
  return {
    type: "display_bank_transfer_instructions",
    display_bank_transfer_instructions: {
      amount_remaining,
      currency: payment.currency,
      hosted_instructions_url: null,
      reference: null,
      type: "jp_bank_transfer",
    },
  };
}

export function chargesOf(payment: Payment): Stripe.Charge[] {
  const { charge } = payment;
  if (charge === "none") return [];
  const refunded = amountRefunded(payment);
  return [
    {
      id: payment.chargeId,
      object: "charge",
      application: null,
      application_fee: null,
      application_fee_amount: null,
      calculated_statement_descriptor: null,
      failure_balance_transaction: null,
      on_behalf_of: null,
      outcome: null,
      receipt_email: null,
      receipt_number: null,
      receipt_url: null,
      review: null,
      shipping: null,
      source: null,
      source_transfer: null,
      statement_descriptor: null,
      statement_descriptor_suffix: null,
      transfer_data: null,
      transfer_group: null,
      amount: payment.amount,
      amount_captured: charge === "captured" ? payment.amount : 0,
      amount_refunded: refunded,
      balance_transaction: charge === "captured" ? balanceTransactionId(payment.chargeId) : null,
      billing_details: billingDetailsOf(payment),
      captured: charge === "captured",
      created: seconds(payment.createdAt),
      currency: payment.currency,
      customer: payment.customerId,
      description: payment.description,
      disputed: payment.disputes.length > 0,
      failure_code: charge === "failed" ? "card_declined" : null,
      failure_message: charge === "failed" ? "Your card was declined." : null,
      fraud_details: {},
      livemode: payment.livemode,
      metadata: { ...payment.metadata },
      paid: charge !== "failed" && charge !== "pending",
      payment_intent: payment.paymentIntentId,
      payment_method: payment.paymentMethodId,
      payment_method_details: { type: payment.method },
      // True only when nothing is left (SDK, Charges.d.ts).
      refunded: refunded >= payment.amount,
      status: charge === "failed" || charge === "pending" ? charge : "succeeded",
    },
  ];
}

export function paymentMethodsOf(payment: Payment): Stripe.PaymentMethod[] {
  return [
    {
      id: payment.paymentMethodId,
      object: "payment_method",
      billing_details: billingDetailsOf(payment),
      created: seconds(payment.createdAt),
      customer: payment.customerId,
      customer_account: null,
      livemode: payment.livemode,
      metadata: {},
      type: payment.method,
    },
  ];
}

function billingDetailsOf(payment: Payment): Stripe.Charge.BillingDetails {
  return {
    address: null,
    email: payment.payerEmail,
    name: payment.payerName,
    phone: null,
    tax_id: null,
  };
}

export function balanceTransactionId(sourceId: string): string {
  return `txn_${sourceId.replaceAll("_", "")}`;
}

export function customerOf(customer: {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly createdAt: number;
  readonly livemode: boolean;
}): Stripe.Customer {
  return {
    id: customer.id,
    object: "customer",
    balance: 0,
    created: seconds(customer.createdAt),
    default_source: null,
    description: null,
    email: customer.email,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: customer.livemode,
    metadata: {},
    name: customer.name,
    phone: null,
    shipping: null,
  };
}
