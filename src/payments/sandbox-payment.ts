// What the entries of the sandbox's two files mean.

import { orderNumbersOfPayment } from "../domain/order-number/order-number.ts";
import type { Payment, ProviderRefund, RefundStatus } from "../domain/payment.ts";
import { rawAnswer } from "./raw-answer.ts";
import type {
  OddEntry,
  SandboxEntry,
  SandboxFile,
  SandboxRefund,
  SandboxState,
} from "./sandbox-file.ts";
import { standIn } from "./stand-in.ts";

/** Where an entry has what a ticket is found by. */
const PLACES = {
  email: ["payerEmail"],
  name: ["payerName"],
  reference: [],
  created: "paidAt",
  timeMs: 1,
};

export function paymentOf(
  entry: SandboxFile["entries"][number],
  state: SandboxState,
  writtenAt: number,
): Payment {
  const { id, amount, description, metadata, json } = entry;
  const status = state.canceled.includes(id) ? "canceled" : entry.status;
  const orderNumbers = orderNumbersOfPayment({ metadata, description });
  return {
    provider: "sandbox",
    account: "sandbox",
    livemode: entry.livemode ?? false,
    id,
    currency: entry.currency.toUpperCase(),
    amountMinor: amount,
    capturedMinor: status === "paid" ? amount : 0,
    refundedMinor: status === "paid" ? refundedBefore(entry) + refundedHere(id, state) : 0,
    status,
    ...(status === "unknown" && { raw: rawAnswer(json, [["status"]]) }),
    method: entry.method === "customer_balance" ? "bank_transfer" : (entry.method ?? "card"),
    description,
    orderNumbers: orderNumbers.numbers,
    orderNumbersFrom: orderNumbers.from,
    payerName: entry.payerName?.trim() ?? null,
    payerEmail: entry.payerEmail?.trim().toLowerCase() ?? null,
    disputed: entry.disputed ?? false,
    createdAt: entry.paidAt ?? writtenAt,
    paidAt: status === "paid" ? entry.paidAt : null,
  };
}

function refundedBefore(entry: SandboxEntry): number {
  if (entry.refunded === true) return entry.amount;
  return typeof entry.refunded === "number" ? entry.refunded : 0;
}

function refundedHere(paymentId: string, state: SandboxState): number {
  return state.refunds
    .filter((refund) => refund.paymentId === paymentId)
    .filter((refund) => refund.status !== "failed" && refund.status !== "canceled")
    .reduce((sum, refund) => sum + refund.amount, 0);
}

export function paymentOfOdd({ id, json }: OddEntry): Payment {
  const known = { provider: "sandbox", account: "sandbox", livemode: false, id };
  return standIn(json, known, PLACES);
}

export function refundOf(refund: SandboxRefund): ProviderRefund {
  const { id, paymentId, amount, currency, status, metadata, failureReason, createdAt } = refund;
  return {
    id,
    paymentId,
    amountMinor: amount,
    currency,
    status: isRefundStatus(status) ? status : "unknown",
    rawStatus: status,
    ...(!isRefundStatus(status) && { raw: rawAnswer(refund, [["status"]]) }),
    metadata,
    failureReason: failureReason ?? null,
    traceReference: null,
    createdAt,
  };
}

function isRefundStatus(status: string): status is RefundStatus {
  return ["pending", "requires_action", "succeeded", "failed", "canceled"].includes(status);
}
