// Where no payment bears the order number of a request: what else points at one. The rungs are those by
// which a bank transfer is matched with what it pays (docs.stripe.com/payments/customer-balance/
// reconciliation): a reference in its memo, then its amount, then several orders that add up to it.
// Weaker than any shared fact, so staff choose, and are told what points there.

import { kanaKey, nameKey } from "./name.ts";
import { normalizeOrderNumber } from "./order-number/order-number.ts";
import { type Payment, refundableMinor, TRANSFERS } from "./payment.ts";

export type Pointer = "in_memo" | "same_amount" | "adding_up";

export interface PointedAt {
  readonly pointer: Pointer;
  /** Oldest first. Of "adding_up": payments of one payer, group after group. */
  readonly payments: readonly Payment[];
}

export const POINTED_MAX = 9;
/** One transfer pays up to five orders at Stripe; of one payer's payments as many are tried. */
const ADDED_MAX = 5;
const ADDED_AMONG_MAX = 12;
/** A shorter number stands in many a text by chance. */
const MEMO_NUMBER_MIN = 3;
/** Amounts in requests are read as yen. */
const REQUEST_CURRENCY = "JPY";

/** The payer of a transfer types its reference himself; elsewhere an order number is to be believed. */
function mayBeOfAnotherOrder({ method, orderNumbers }: Payment): boolean {
  return orderNumbers.length === 0 || TRANSFERS.includes(method);
}

/**
 * The first rung that finds anything; null where none does.
 *
 * @param payments with money left on them or not, of anybody
 */
export function pointedAt(
  wish: { readonly orderNumbers: readonly string[]; readonly requestedMinor: number | null },
  payments: readonly Payment[],
): PointedAt | null {
  const oldestFirst = payments
    .filter((payment) => refundableMinor(payment) > 0)
    .sort((a, b) => a.createdAt - b.createdAt);
  const loose = oldestFirst.filter(
    (payment) => payment.currency === REQUEST_CURRENCY && mayBeOfAnotherOrder(payment),
  );
  const total = wish.requestedMinor;
  const rungs: readonly (readonly [Pointer, () => readonly Payment[]])[] = [
    ["in_memo", () => oldestFirst.filter((payment) => isInMemo(wish.orderNumbers, payment))],
    ["same_amount", () => loose.filter(({ capturedMinor }) => capturedMinor === total)],
    ["adding_up", () => (total === null ? [] : listAddingUp(loose, total))],
  ];
  for (const [pointer, find] of rungs) {
    const found = find().slice(0, POINTED_MAX);
    if (found.length > 0) return { pointer, payments: found };
  }
  return null;
}

/** The number stands by itself in what the payer or the shop wrote beside the payment. */
function isInMemo(orderNumbers: readonly string[], payment: Payment): boolean {
  const memo = [payment.description, payment.payerKana, payment.payerName]
    .map((text) => (text ?? "").normalize("NFKC").toUpperCase())
    .join("\n");
  const signs = memo.match(/[0-9A-Z-]*\d[0-9A-Z-]*/gu) ?? [];
  const numbers = new Set(signs.map(normalizeOrderNumber));
  return orderNumbers.some((number) => number.length >= MEMO_NUMBER_MIN && numbers.has(number));
}

function listAddingUp(oldestFirst: readonly Payment[], totalMinor: number): Payment[] {
  const payers = new Map<string, Payment[]>();
  for (const payment of oldestFirst) {
    const payer = payerOf(payment);
    if (payer !== null) payers.set(payer, [...(payers.get(payer) ?? []), payment]);
  }
  const found: Payment[] = [];
  for (const own of payers.values()) {
    const group = addUp(own.slice(0, ADDED_AMONG_MAX), totalMinor);
    // Half a sum would be none.
    if (group !== null && found.length + group.length <= POINTED_MAX) found.push(...group);
  }
  return found;
}

function payerOf({ payerEmail, payerKana, payerName }: Payment): string | null {
  if (payerEmail !== null) return payerEmail;
  const kana = payerKana == null ? null : kanaKey(payerKana);
  return kana ?? (payerName === null ? null : nameKey(payerName));
}

/** Two or more, as few and as old as will do. */
function addUp(oldestFirst: readonly Payment[], totalMinor: number): Payment[] | null {
  for (let count = 2; count <= ADDED_MAX; count += 1) {
    const found = choose(oldestFirst, count, totalMinor);
    if (found !== null) return found;
  }
  return null;
}

function choose(from: readonly Payment[], count: number, totalMinor: number): Payment[] | null {
  if (count === 0) return totalMinor === 0 ? [] : null;
  for (const [at, payment] of from.entries()) {
    if (payment.capturedMinor > totalMinor) continue;
    const rest = choose(from.slice(at + 1), count - 1, totalMinor - payment.capturedMinor);
    if (rest !== null) return [payment, ...rest];
  }
  return null;
}
