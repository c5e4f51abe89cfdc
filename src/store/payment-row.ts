// A payment as its row, and back.

import { kanaKey, nameKey } from "../domain/name.ts";
import type { Payment } from "../domain/payment.ts";
import type { Schema } from "./schema.ts";

export function toRow(shopId: string, payment: Payment, fetchedAt: number): Schema["payment"] {
  return {
    shop_id: shopId,
    provider: payment.provider,
    id: payment.id,
    account: payment.account,
    livemode: payment.livemode ? 1 : 0,
    currency: payment.currency,
    amount_minor: payment.amountMinor,
    captured_minor: payment.capturedMinor,
    refunded_minor: payment.refundedMinor,
    status: payment.status,
    method: payment.method,
    description: payment.description,
    order_numbers_from: payment.orderNumbersFrom,
    payer_name: payment.payerName,
    payer_name_key: payment.payerName === null ? null : nameKey(payment.payerName),
    payer_kana: payment.payerKana ?? null,
    payer_kana_key: payment.payerKana == null ? null : kanaKey(payment.payerKana),
    payer_email: payment.payerEmail,
    disputed: payment.disputed ? 1 : 0,
    created_at: payment.createdAt,
    paid_at: payment.paidAt,
    fetched_at: fetchedAt,
  };
}

export function toPayment(row: Schema["payment"], orderNumbers: readonly string[]): Payment {
  return {
    provider: row.provider,
    account: row.account,
    livemode: row.livemode === 1,
    id: row.id,
    currency: row.currency,
    amountMinor: row.amount_minor,
    capturedMinor: row.captured_minor,
    refundedMinor: row.refunded_minor,
    status: row.status as Payment["status"],
    method: row.method,
    description: row.description,
    orderNumbers,
    orderNumbersFrom: row.order_numbers_from as Payment["orderNumbersFrom"],
    payerName: row.payer_name,
    ...(row.payer_kana !== null && { payerKana: row.payer_kana }),
    payerEmail: row.payer_email,
    disputed: row.disputed === 1,
    createdAt: row.created_at,
    paidAt: row.paid_at,
  };
}
