// A refund as Stripe shows it, and what it means.

import { z } from "zod";
import type { ProviderRefund } from "../domain/payment.ts";
import { Currency, readAs } from "./exchange.ts";
import { rawAnswer } from "./raw-answer.ts";
import { cashBalanceId } from "./stripe-cash-balance.ts";
import { Amount, Metadata, Reference, Text } from "./stripe-payment.ts";

const RefundShape = z.object({
  id: z.string().min(1),
  amount: Amount,
  currency: Currency,
  status: Text,
  created: z.int(),
  metadata: Metadata,
  failure_reason: Text,
  destination_details: z
    .object({
      card: z.object({ reference: Text, reference_status: Text }).nullish(),
    })
    .nullish(),
  payment_intent: Reference,
  charge: Reference,
  customer: Reference,
  instructions_email: Text,
  next_action: z
    .object({
      display_details: z
        .object({
          expires_at: z.int().nullish(),
          email_sent: z.object({ email_sent_at: z.int().nullish(), email_sent_to: Text }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

export function refundOf(answer: unknown): ProviderRefund {
  const refund = readAs("refund", RefundShape, answer);
  const { id, amount, metadata } = refund;
  const rawStatus = refund.status ?? "";
  return {
    id,
    paymentId: refund.payment_intent ?? refund.charge ?? balanceOf(refund),
    amountMinor: amount,
    currency: refund.currency.toUpperCase(),
    status: isRefundStatus(rawStatus) ? rawStatus : "unknown",
    rawStatus,
    ...(!isRefundStatus(rawStatus) && { raw: rawAnswer(answer, [["status"]]) }),
    metadata,
    failureReason: refund.failure_reason,
    createdAt: refund.created * 1000,
    traceReference: traceReferenceOf(refund),
    ...accountAskedOf(refund),
  };
}

/** A refund of neither payment intent nor charge is one of a customer's cash balance. */
function balanceOf({ customer, currency }: z.infer<typeof RefundShape>): string {
  return customer === null ? "" : cashBalanceId(customer, currency);
}

function accountAskedOf(refund: z.infer<typeof RefundShape>): Pick<ProviderRefund, "accountAsked"> {
  if (refund.status !== "requires_action") return {};
  const details = refund.next_action?.display_details;
  const sent = details?.email_sent;
  const milliseconds = (at: number | null | undefined) => (at == null ? null : at * 1000);
  return {
    accountAsked: {
      email: sent?.email_sent_to ?? refund.instructions_email,
      at: milliseconds(sent?.email_sent_at),
      until: milliseconds(details?.expires_at),
    },
  };
}

/** The number a bank can find the refund by (docs.stripe.com/refunds#tracing-refunds). */
function traceReferenceOf({ destination_details: details }: z.infer<typeof RefundShape>) {
  const card = details?.card;
  return card?.reference_status === "available" ? card.reference : null;
}

function isRefundStatus(status: string): status is Exclude<ProviderRefund["status"], "unknown"> {
  return ["pending", "requires_action", "succeeded", "failed", "canceled"].includes(status);
}
