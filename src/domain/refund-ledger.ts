// What became of refunds in a stretch of time, from the trail of events: for the books, and for the
// sums of the nightly mail, which therefore agree to the yen.

import type { Money } from "./money.ts";

export type LedgerState = "pending" | "requires_action" | "succeeded" | "failed" | "canceled";

/** A refund took this state. */
export interface RefundChange extends Money {
  readonly at: number;
  readonly ticketId: string | null;
  /** Of our attempt. */
  readonly refund: string;
  readonly provider: string;
  /** "" where the provider has given none. */
  readonly providerRefundId: string;
  readonly state: LedgerState;
  /** Its money was out before. */
  readonly wasPaid: boolean;
}

export interface LedgerEntry extends RefundChange {
  /** What left the shop by this change; below zero where it came back. */
  readonly paidMinor: number;
}

/** The events that tell of it. */
export const LEDGER_EVENTS = [
  "refund_pending",
  "refund_requires_action",
  "refund_succeeded",
  "refund_failed",
] as const;

const STATES: Readonly<Record<string, LedgerState>> = {
  refund_pending: "pending",
  refund_requires_action: "requires_action",
  refund_succeeded: "succeeded",
  refund_failed: "canceled",
};

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Null where no refund came to be: an attempt that the provider refused bears no amount. */
export function changeOf(event: {
  readonly type: string;
  readonly at: number;
  readonly ticketId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}): RefundChange | null {
  const { type, at, ticketId, data } = event;
  const state = STATES[type];
  const amountMinor = data["amountMinor"];
  if (state === undefined || typeof amountMinor !== "number") return null;
  return {
    at,
    ticketId,
    refund: text(data["refund"]),
    provider: text(data["provider"]),
    // A transfer by hand has the bank's reference instead.
    providerRefundId: text(data["providerRefundId"]) || text(data["reference"]),
    amountMinor,
    currency: text(data["currency"]),
    state: data["status"] === "failed" ? "failed" : state,
    wasPaid: data["from"] === "refunded",
  };
}

/**
 * Each change that moved money; of a refund that moved none, how it stood last. In the order of time.
 */
export function entriesOf(changes: readonly RefundChange[]): LedgerEntry[] {
  const entries = [...changes]
    .sort((a, b) => a.at - b.at)
    .map((change) => ({ ...change, paidMinor: paidBy(change) }));
  const last = new Map(entries.map((entry) => [entry.refund, entry]));
  return entries.filter((entry) => entry.paidMinor !== 0 || last.get(entry.refund) === entry);
}

function paidBy({ state, wasPaid, amountMinor }: RefundChange): number {
  if (state === "succeeded") return wasPaid ? 0 : amountMinor;
  return wasPaid ? -amountMinor : 0;
}

export interface LedgerSum extends Money {
  readonly provider: string;
  readonly count: number;
}

/** By provider and currency: what left the shop ("out"), or what came back of it ("back"). */
export function sumsOf(entries: readonly LedgerEntry[], way: "out" | "back"): LedgerSum[] {
  const sums = new Map<string, LedgerSum>();
  for (const { provider, currency, paidMinor } of entries) {
    if (way === "out" ? paidMinor <= 0 : paidMinor >= 0) continue;
    const key = `${provider} ${currency}`;
    const { count, amountMinor } = sums.get(key) ?? { count: 0, amountMinor: 0 };
    sums.set(key, {
      provider,
      currency,
      count: count + 1,
      amountMinor: amountMinor + Math.abs(paidMinor),
    });
  }
  return [...sums.values()];
}
