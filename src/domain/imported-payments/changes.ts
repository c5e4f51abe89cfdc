// What a row of the file makes of a payment. A file is no live look: only a payment it calls paid
// can lead to a proposal. All else stops in front of a person ("processing"), so that nothing is
// voided and no customer is told what only an old file says.

import type { Payment } from "../payment.ts";
import type { ImportedRow, Problem } from "./rows.ts";

/** The provider's name of payments that come from a file. */
export const IMPORTED = "manual";

export type PaymentChange =
  | { readonly kind: "added" | "unchanged"; readonly payment: Payment }
  | {
      readonly kind: "changed";
      readonly payment: Payment;
      /** Of the payment, those that differ. */
      readonly fields: readonly string[];
    };

/** `known`: as it was imported before. A column that the file lacks leaves what is known. */
export function changeOf(
  row: ImportedRow,
  known: Payment | undefined,
  now: number,
): PaymentChange | Problem {
  const state = stateOf(row, known);
  if ("message" in state) return state;
  const paidAt = row.paidAt === undefined ? (known?.paidAt ?? null) : row.paidAt;
  const payment: Payment = {
    provider: IMPORTED,
    account: IMPORTED,
    livemode: true,
    id: row.id,
    currency: row.currency,
    amountMinor: row.amountMinor,
    ...state,
    method: row.method ?? known?.method ?? "other",
    orderNumbers: row.orderNumbers,
    orderNumbersFrom: "metadata",
    payerName: row.payerName === undefined ? (known?.payerName ?? null) : row.payerName,
    payerEmail: row.payerEmail === undefined ? (known?.payerEmail ?? null) : row.payerEmail,
    disputed: false,
    createdAt: paidAt ?? known?.createdAt ?? now,
    paidAt,
  };
  if (known === undefined) return { kind: "added", payment };
  const fields = differences(known, payment);
  return fields.length === 0
    ? { kind: "unchanged", payment }
    : { kind: "changed", payment, fields };
}

function differences(known: Payment, payment: Payment): string[] {
  return (Object.keys(payment) as (keyof Payment)[]).filter((key) =>
    key === "orderNumbers"
      ? known[key].join() !== payment[key].join()
      : known[key] !== payment[key],
  );
}

/** `description` holds the file's own word for whatever is not simply paid. */
type State = Pick<Payment, "status" | "capturedMinor" | "refundedMinor" | "description">;

function stateOf(row: ImportedRow, known: Payment | undefined): State | Problem {
  const { amountMinor, status, statusWords, line } = row;
  const stated = row.refundedMinor === undefined ? known?.refundedMinor : row.refundedMinor;
  const refundedMinor = stated ?? (status === "refunded" ? amountMinor : 0);
  const problem = (message: string): Problem => ({ line, column: null, message });
  if (refundedMinor > amountMinor) {
    return problem("more was refunded than paid: correct the amount or what was refunded");
  }
  if (status === undefined && known !== undefined && known.status !== "paid") {
    const capturedMinor = known.capturedMinor === 0 ? 0 : amountMinor;
    const { description } = known;
    return { status: "processing", capturedMinor, refundedMinor, description };
  }
  if (status === "open") {
    return { status: "processing", capturedMinor: 0, refundedMinor, description: statusWords };
  }
  if (status === "part" && refundedMinor === 0) {
    return problem('is refunded in part: say how much in a column "refunded"');
  }
  const isPaid = status !== "refunded" && refundedMinor < amountMinor;
  return {
    status: isPaid ? "paid" : "processing",
    capturedMinor: amountMinor,
    refundedMinor,
    description: isPaid ? null : statusWords || null,
  };
}
