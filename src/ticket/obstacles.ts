// Why an approved refund has to wait: other refunds of the payment (rule 3), and the shop's caps.

import { formatMoney } from "../domain/money.ts";
import type { Payment } from "../domain/payment.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Refund, RefundAction } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";

const HOUR_MS = 60 * 60 * 1_000;

export interface Obstacle {
  readonly reason:
    | "refund_in_flight"
    | "refund_pending"
    | "sum_of_refunds"
    | "REFUND_MAX_PER_HOUR"
    | "REFUND_MAX_PER_DAY"
    | "REFUND_MAX_AMOUNT_PER_DAY";
  /** The refunds that are waited for, in words. */
  readonly open: readonly string[];
}

export async function findObstacle(
  tx: ReadTx,
  desk: Desk,
  wanted: { readonly action: RefundAction; readonly amountMinor: number },
  payment: Payment,
  pendingElsewhere: readonly string[],
): Promise<Obstacle | null> {
  const ours = await tx.refunds.listByPayment(payment.provider, payment.id);
  const because = (reason: Obstacle["reason"], open: readonly string[] = []) => ({ reason, open });
  if (ours.some(({ state }) => state === "planned" || state === "unknown")) {
    return because("refund_in_flight");
  }
  if (wanted.action === "void") return null;
  const paidBack = ours
    .filter(({ action, state }) => action !== "void" && !isDead(state))
    .reduce((sum, refund) => sum + refund.amountMinor, 0);
  if (paidBack + wanted.amountMinor > payment.capturedMinor) return because("sum_of_refunds");
  const open = wanted.action === "payout" ? stillPaying(ours, pendingElsewhere) : [];
  if (open.length > 0) return because("refund_pending", open);
  const cap = await findCap(tx, desk, wanted.amountMinor);
  return cap === null ? null : because(cap);
}

/** What the provider may still pay, by its own word just now and by ours. */
function stillPaying(
  ours: readonly Refund[],
  pendingElsewhere: readonly string[],
): readonly string[] {
  const open = ours.filter(({ state }) => state === "pending" || state === "requires_action");
  return pendingElsewhere.length > 0
    ? pendingElsewhere
    : open.map((refund) => `${refund.providerRefundId} ${formatMoney(refund)} (${refund.state})`);
}

async function findCap(tx: ReadTx, { shop, clock }: Desk, amountMinor: number) {
  const hour = await tx.refunds.countSince(clock.now() - HOUR_MS);
  if (hour.count >= shop.refundsPerHourMax) return "REFUND_MAX_PER_HOUR";
  const day = await tx.refunds.countSince(clock.now() - 24 * HOUR_MS);
  if (day.count >= shop.refundsPerDayMax) return "REFUND_MAX_PER_DAY";
  const cap = shop.refundMinorPerDayMax;
  if (cap !== null && day.amountMinor + amountMinor > cap) return "REFUND_MAX_AMOUNT_PER_DAY";
  return null;
}
