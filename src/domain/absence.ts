// When a look at the provider proves that a refund was never made (rule 2): the stored attempt may then
// be ended, and its payment is free for another.

import type { Payment, ProviderRefund } from "./payment.ts";
import { isDead } from "./reconciliation.ts";
import type { Refund } from "./ticket.ts";

type Amount = Pick<Refund, "amountMinor" | "currency">;

interface Look {
  /** Null where the provider does not show it, which proves nothing: the key may be of another account. */
  readonly payment: Payment | null;
  /** All of the payment; none of them bears our mark. */
  readonly refunds: readonly ProviderRefund[];
  /** What was left of the payment when the refund was approved, minor units. */
  readonly leftThen: number;
  /** A refund without our mark may be ours all the same. */
  readonly mayForgetMarks: boolean;
}

/** Nothing has left the payment since, or all that was given back is accounted for by others' refunds. */
export function isAbsenceProven(refund: Amount, look: Look): boolean {
  const { payment, refunds, leftThen, mayForgetMarks } = look;
  // In another state the amounts say nothing.
  if (payment?.status !== "paid") return false;
  const live = refunds.filter(({ status }) => !isDead(status));
  if (mayForgetMarks && live.some((other) => isLike(refund, other))) return false;
  if (payment.capturedMinor - payment.refundedMinor >= leftThen) return true;
  const accountedMinor = live.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return payment.refundedMinor <= accountedMinor;
}

/** One that bears the mark of another attempt of ours is that one. */
function isLike(refund: Amount, { amountMinor, currency, metadata }: ProviderRefund): boolean {
  const { henkin_digest: digest, henkin_refund: id } = metadata;
  const isMarked = digest !== undefined || id !== undefined;
  return !isMarked && amountMinor === refund.amountMinor && currency === refund.currency;
}
