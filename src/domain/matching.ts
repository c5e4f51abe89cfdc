// Which payment a request means. Strict on purpose: an order number alone is something anyone can
// type, so it counts only together with a second fact of the payer; everything else is a question
// to staff. Near misses are shown and never picked.

import { kanaKey, nameKey } from "./name.ts";
import { givenBackMinor, isTooOld, type Payment, refundableMinor } from "./payment.ts";
import type { Ticket } from "./ticket.ts";
import { type Pointer, pointedAt } from "./unreferenced-payments.ts";

export interface Wish {
  readonly orderNumbers: readonly string[];
  readonly email: string | null;
  readonly name: string | null;
  /** The reading of the name. */
  readonly kana?: string | null;
  readonly requestedMinor: number | null;
}

export function wishOf(ticket: Ticket): Wish {
  return {
    orderNumbers: ticket.orderNumbers,
    email: ticket.requesterEmail,
    name: ticket.requesterName,
    kana: ticket.requesterKana,
    requestedMinor: ticket.requestedMinor,
  };
}

/** Which facts of a payment agree with the request. An amount strengthens, it never identifies. */
export interface SharedFacts {
  readonly order: boolean;
  readonly email: boolean;
  readonly name: boolean;
  readonly amount: boolean;
}

export type Match =
  | { readonly kind: "exact"; readonly payment: Payment; readonly shared: SharedFacts }
  | {
      readonly kind: "candidates";
      readonly reason: CandidateReason;
      /** Can be chosen; number 1 first. */
      readonly candidates: readonly Payment[];
      /** For orientation only: near misses, and payments on which nothing was paid. */
      readonly others: readonly Payment[];
    }
  | { readonly kind: "none"; readonly others: readonly Payment[] };

export type CandidateReason =
  | "order_number_missing"
  | "order_number_not_found"
  /** No fact of the payer is shared either. */
  | Pointer
  | "payer_differs"
  /** A provider's notice names the order, and no customer has asked. */
  | "notice"
  | "several_payments"
  | "disputed"
  | "too_old"
  | "underpaid"
  | "cash_balance"
  | "unclear_status";

export const CANDIDATES_MAX = 9;

/** Amounts in requests are read as yen; for other currencies they say nothing. */
const REQUEST_CURRENCY = "JPY";

export function sharedFacts(wish: Wish, payment: Payment): SharedFacts {
  return {
    order: payment.orderNumbers.some((number) => wish.orderNumbers.includes(number)),
    email: wish.email !== null && payment.payerEmail === wish.email.toLowerCase(),
    name: [wish.name, wish.kana ?? null].some(
      (name) => isPayerName(name, payment) || isSenderOf(name, payment),
    ),
    amount: payment.currency === REQUEST_CURRENCY && wish.requestedMinor === payment.amountMinor,
  };
}

function isSameBy(
  key: (name: string) => string | null,
  name: string | null,
  other: string | null | undefined,
): boolean {
  return name !== null && other != null && key(name) !== null && key(name) === key(other);
}

/** Whether the bank transfer was sent by somebody of this name, which is written in kana then. */
export function isSenderOf(name: string | null, payment: Payment): boolean {
  return isSameBy(kanaKey, name, payment.payerKana);
}

/** Whether the payment's own name is this one. */
export function isPayerName(name: string | null, payment: Payment): boolean {
  return isSameBy(nameKey, name, payment.payerName);
}

function hasSecondFact(shared: SharedFacts): boolean {
  return shared.email || shared.name;
}

/** Of no order: whose number it bears, its customer paid or meant to pay. */
function isCashBalance({ method }: Payment): boolean {
  return method === "cash_balance";
}

/**
 * Nothing was paid and nothing will be: the shop's customer tried again, or gave up; or the excess of
 * a transfer was given back, which says nothing about the order it was of.
 */
function isDead(payment: Payment): boolean {
  if (isCashBalance(payment)) return refundableMinor(payment) === 0;
  return payment.status === "failed" || payment.status === "canceled";
}

function isOwnLiving(wish: Wish, payment: Payment): boolean {
  return !isDead(payment) && hasSecondFact(sharedFacts(wish, payment));
}

function byRelevance(wish: Wish) {
  const weight = (payment: Payment) => {
    const shared = sharedFacts(wish, payment);
    return (
      (shared.order ? 8 : 0) +
      (shared.email ? 4 : 0) +
      (shared.name ? 2 : 0) +
      (shared.amount ? 1 : 0)
    );
  };
  return (a: Payment, b: Payment) => weight(b) - weight(a) || b.createdAt - a.createdAt;
}

/**
 * Decides over payments just read from the provider.
 *
 * @param payments every known payment that shares an order number, e-mail or name with the wish; where
 *   none does, those that something else points at
 * @param near payments whose order number nearly agrees
 */
export function matchPayments(
  wish: Wish,
  payments: readonly Payment[],
  near: readonly Payment[],
): Match {
  const sameOrder = payments.filter((payment) => sharedFacts(wish, payment).order);
  const living = sameOrder.filter((payment) => !isDead(payment));
  const contenders =
    living.length > 0 ? living : sameOrder.slice().sort(byRelevance(wish)).slice(0, 1);
  const [only, second] = contenders;
  // Someone whose first attempt failed often paid at the second, whose order number is not written
  // yet: "nothing was charged" would then be untrue.
  const mayHavePaidOtherwise =
    only !== undefined && isDead(only) && payments.some((payment) => isOwnLiving(wish, payment));
  if (
    only !== undefined &&
    second === undefined &&
    !isCashBalance(only) &&
    hasSecondFact(sharedFacts(wish, only)) &&
    !mayHavePaidOtherwise
  ) {
    return { kind: "exact", payment: only, shared: sharedFacts(wish, only) };
  }
  const related = payments
    .filter((payment) => {
      const shared = sharedFacts(wish, payment);
      return shared.order || hasSecondFact(shared);
    })
    .sort(byRelevance(wish));
  const candidates = related.filter((payment) => !isDead(payment)).slice(0, CANDIDATES_MAX);
  const listed = new Set(candidates.map((payment) => payment.id));
  const others = [...related.filter(isDead), ...near]
    .filter((payment) => !listed.has(payment.id))
    .slice(0, CANDIDATES_MAX);
  if (candidates.length > 0) {
    return { kind: "candidates", reason: reasonFor(wish, living), candidates, others };
  }
  const pointed = related.length === 0 ? pointedAt(wish, payments) : null;
  if (pointed === null) return { kind: "none", others };
  return {
    ...{ kind: "candidates", reason: pointed.pointer, candidates: pointed.payments },
    others: others.filter(({ id }) => !pointed.payments.some((payment) => payment.id === id)),
  };
}

/** Whether payments of other orders, of the same payer or not, cannot change what these come to. */
export function isSettled(wish: Wish, payments: readonly Payment[]): boolean {
  const match = matchPayments(wish, payments, []);
  return match.kind === "exact" && !isDead(match.payment);
}

function reasonFor(wish: Wish, living: readonly Payment[]): CandidateReason {
  if (wish.orderNumbers.length === 0) return "order_number_missing";
  if (living.length === 0) return "order_number_not_found";
  if (living.length > 1) return "several_payments";
  return living.every(isCashBalance) ? "cash_balance" : "payer_differs";
}

/** Where a payment leads, once it is certain which one is meant. */
export type Route =
  | "refund"
  | "void"
  | "already_refunded"
  | "nothing_paid"
  | "disputed"
  | "too_old"
  | "underpaid"
  | "unclear_status"
  /** No API tells what was received: staff are asked. */
  | "deposit_unknown";

/** @param now epoch ms */
export function routeOf(payment: Payment, now: number): Route {
  if (payment.disputed) return "disputed";
  switch (payment.status) {
    case "paid":
      if (refundableMinor(payment) > 0) return isTooOld(payment, now) ? "too_old" : "refund";
      return givenBackMinor(payment) > 0 ? "already_refunded" : "unclear_status";
    case "authorized":
      return "void";
    case "unpaid":
      return payment.byHand === true ? whereUnclear(payment) : "void";
    case "failed":
    case "canceled":
      return payment.capturedMinor === 0 ? "nothing_paid" : "unclear_status";
    case "processing":
      if (payment.missingMinor !== undefined) return "underpaid";
      return whereUnclear(payment);
    case "unknown":
      return whereUnclear(payment);
  }
}

/** A card's state is in the processor's screen alone: it may have been charged and given back since. */
function whereUnclear({ byHand, method }: Payment): Route {
  return byHand === true && method !== "card" ? "deposit_unknown" : "unclear_status";
}

/**
 * What a plain OK stands for: the amount asked for where it can be paid, else what is left. A wish
 * for "a part" without a figure stands for nothing. Where another amount was received than the order
 * costs, a cancellation owes all of it; without one it may be the difference, and staff say which.
 */
export function proposedMinor(
  wish: { readonly requestedMinor: number | null; readonly intent: string | null },
  payment: Payment,
): number | null {
  const left = refundableMinor(payment);
  const isWhole = !isOtherDeposit(payment) || wish.intent === "cancel";
  if (wish.requestedMinor !== null) {
    if (payment.currency !== REQUEST_CURRENCY) return null;
    if (wish.requestedMinor > 0 && wish.requestedMinor <= left) return wish.requestedMinor;
    return isWhole ? left : null;
  }
  return wish.intent === "partial" || !isWhole ? null : left;
}

/** More or less was received than the order costs. */
export function isOtherDeposit({ byHand, capturedMinor, amountMinor }: Payment): boolean {
  return byHand === true && capturedMinor !== amountMinor;
}

/** Of a deposit that was too high; null where it was not. */
export function excessMinor(payment: Payment): number | null {
  const excess = payment.capturedMinor - payment.amountMinor;
  return isOtherDeposit(payment) && payment.amountMinor > 0 && excess > 0 ? excess : null;
}

/** The payment is certain already (chosen, or approved before); it may be gone. */
export function certainMatch(payment: Payment | null | undefined): Match {
  if (payment == null) return { kind: "none", others: [] };
  const shared = { order: false, email: false, name: false, amount: false };
  return { kind: "exact", payment, shared };
}
