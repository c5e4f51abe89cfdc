// What henkin would have done about each request of the past, compared with the refunds that were
// really made after it. Pure counting: who refunded, when and how much, the provider has told.

import type { SharedFacts, Wish } from "./matching.ts";
import { kanaKey, nameKey } from "./name.ts";
import type { Payment } from "./payment.ts";
import type { RefundAction } from "./ticket.ts";

/** A refund on a payment that nobody asked about is still looked for at a request so long before it. */
const LOOKED_BACK_MS = 60 * 24 * 60 * 60 * 1_000;

export type Would =
  | {
      readonly does: "ask";
      readonly action: RefundAction;
      readonly payment: Payment;
      /** Null where staff have to state the amount. */
      readonly proposedMinor: number | null;
      readonly shared: SharedFacts;
    }
  | {
      readonly does: "choose";
      readonly reason: string;
      readonly candidates: readonly Payment[];
    }
  | { readonly does: "ask_customer" }
  | { readonly does: "close"; readonly resolution: string; readonly payment: Payment | null }
  /** A person looks: no step of henkin's own followed. */
  | { readonly does: "nothing" };

export interface RehearsedRequest {
  readonly number: number;
  /** Epoch ms, of the mail that opened it. */
  readonly receivedAt: number;
  readonly sender: string;
  readonly wish: Wish;
  /** Later mails about the same. */
  readonly joined: number;
  readonly would: Would;
}

export interface MadeRefund {
  readonly provider: string;
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly createdAt: number;
}

/** In the order in which a report shows them. */
export const VERDICTS = [
  /** That payment, that amount. */
  "agrees",
  /** That payment; staff would have stated the amount. */
  "amount_open",
  /** Staff would have chosen, and the refunded one was among the candidates. */
  "listed",
  /** Already refunded or nothing paid: and nothing was refunded afterwards. */
  "rightly_closed",
  "other_amount",
  /** The dangerous one: another payment of the same customer or order was refunded. */
  "other_payment",
  /** Candidates, and another payment was refunded. */
  "not_listed",
  /** No payment was found, and one was refunded. */
  "not_found",
  /** henkin would have said that there is nothing to refund, and it was refunded. */
  "wrongly_closed",
  /** Staff would have been asked to refund, and nobody did: declined, forgotten or wrongly proposed. */
  "asked_not_refunded",
  /** Nothing certain was proposed, and nothing was refunded. */
  "not_refunded",
  /** The provider does not tell of refunds. */
  "untold",
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What a person should look at, one by one. */
export const DISAGREEMENTS: readonly Verdict[] = [
  "other_payment",
  "wrongly_closed",
  "not_listed",
  "not_found",
  "other_amount",
  "asked_not_refunded",
];

export interface Judged {
  readonly request: RehearsedRequest;
  readonly verdict: Verdict;
  /** Made for it, as far as payment, order and payer tell. */
  readonly refunds: readonly MadeRefund[];
}

export interface Judgement {
  readonly judged: readonly Judged[];
  readonly withoutRequest: readonly MadeRefund[];
  readonly refundsMade: number;
}

export interface PastFacts {
  readonly refunds: readonly MadeRefund[];
  readonly findPayment: (provider: string, id: string) => Payment | undefined;
  /** Providers that do not tell of refunds. */
  readonly untold: ReadonlySet<string>;
}

const keyOf = (provider: string, id: string) => `${provider}/${id}`;

/** By what a request and a payment can be of the same person or order. */
function cluesOf(wish: {
  readonly orderNumbers: readonly string[];
  readonly email: string | null;
  readonly names: readonly (string | null | undefined)[];
}): string[] {
  const names = wish.names.flatMap((name) => (name == null ? [] : [name]));
  const keys = [
    ...wish.orderNumbers.map((number) => `order ${number}`),
    ...(wish.email === null ? [] : [`email ${wish.email.toLowerCase()}`]),
    ...names.flatMap((name) => (nameKey(name) === null ? [] : [`name ${nameKey(name)}`])),
    ...names.flatMap((name) => (kanaKey(name) === null ? [] : [`kana ${kanaKey(name)}`])),
  ];
  return [...new Set(keys)];
}

function cluesOfRequest({ wish }: RehearsedRequest): string[] {
  return cluesOf({ ...wish, names: [wish.name, wish.kana] });
}

function cluesOfPayment({ orderNumbers, payerEmail, payerName, payerKana }: Payment): string[] {
  return cluesOf({ orderNumbers, email: payerEmail, names: [payerName, payerKana] });
}

function meant({ would }: RehearsedRequest): readonly Payment[] {
  if (would.does === "ask") return [would.payment];
  return would.does === "close" && would.payment !== null ? [would.payment] : [];
}

function shown({ would }: RehearsedRequest): readonly Payment[] {
  return would.does === "choose" ? would.candidates : [];
}

type Index = ReadonlyMap<string, readonly RehearsedRequest[]>;

function indexOf(
  requests: readonly RehearsedRequest[],
  keysOf: (request: RehearsedRequest) => readonly string[],
): Index {
  const index = new Map<string, RehearsedRequest[]>();
  for (const request of requests) {
    for (const key of keysOf(request)) {
      const list = index.get(key);
      if (list === undefined) index.set(key, [request]);
      else list.push(request);
    }
  }
  return index;
}

/** Each refund belongs to one request at most: the last one before it. */
function attribute(requests: readonly RehearsedRequest[], facts: PastFacts) {
  const made = new Map<RehearsedRequest, MadeRefund[]>(requests.map((request) => [request, []]));
  const keys = (payments: readonly Payment[]) => payments.map((one) => keyOf(one.provider, one.id));
  const byMeant = indexOf(requests, (request) => keys(meant(request)));
  const byShown = indexOf(requests, (request) => keys(shown(request)));
  const byClue = indexOf(requests, cluesOfRequest);
  const lastOf = (found: readonly RehearsedRequest[], { createdAt }: MadeRefund) =>
    found.filter(({ receivedAt }) => receivedAt <= createdAt).at(-1);
  const unclaimed: MadeRefund[] = [];
  const inTime = facts.refunds.slice().sort((a, b) => a.createdAt - b.createdAt);
  for (const refund of inTime) {
    const key = keyOf(refund.provider, refund.paymentId);
    const owner = lastOf(byMeant.get(key) ?? [], refund) ?? lastOf(byShown.get(key) ?? [], refund);
    if (owner === undefined) unclaimed.push(refund);
    else made.get(owner)?.push(refund);
  }
  const withoutRequest: MadeRefund[] = [];
  for (const refund of unclaimed) {
    const { provider, paymentId, createdAt } = refund;
    const payment = facts.findPayment(provider, paymentId);
    const related = (payment === undefined ? [] : cluesOfPayment(payment))
      .flatMap((clue) => byClue.get(clue) ?? [])
      .filter((one) => createdAt - one.receivedAt <= LOOKED_BACK_MS && !isRefunded(one, made))
      .sort((a, b) => a.receivedAt - b.receivedAt);
    const owner = lastOf(related, refund);
    if (owner !== undefined) made.get(owner)?.push(refund);
    // A request that came after it was answered with it.
    else if (!byMeant.has(keyOf(provider, paymentId))) withoutRequest.push(refund);
  }
  return { made, withoutRequest };
}

function isRefunded(
  request: RehearsedRequest,
  made: ReadonlyMap<RehearsedRequest, readonly MadeRefund[]>,
): boolean {
  return (made.get(request) ?? []).length > 0;
}

/** @param requests in the order in which they came */
export function judge(requests: readonly RehearsedRequest[], facts: PastFacts): Judgement {
  const { made, withoutRequest } = attribute(requests, facts);
  const judged = requests.map((request): Judged => {
    const refunds = made.get(request) ?? [];
    return { request, refunds, verdict: verdictOn(request, refunds, facts) };
  });
  return { judged, withoutRequest, refundsMade: facts.refunds.length };
}

function isOf({ provider, paymentId }: MadeRefund, payment: Payment): boolean {
  return provider === payment.provider && paymentId === payment.id;
}

function verdictOn(
  request: RehearsedRequest,
  refunds: readonly MadeRefund[],
  facts: PastFacts,
): Verdict {
  const { would } = request;
  const isUntold = [...meant(request), ...shown(request)].some(({ provider }) =>
    facts.untold.has(provider),
  );
  if (refunds.length === 0 && isUntold) return "untold";
  switch (would.does) {
    case "ask":
      return verdictOnProposal(would, refunds, facts);
    case "choose": {
      if (refunds.length === 0) return "not_refunded";
      const isListed = refunds.every((refund) => would.candidates.some((one) => isOf(refund, one)));
      return isListed ? "listed" : "not_listed";
    }
    case "close":
      return refunds.length === 0 ? "rightly_closed" : "wrongly_closed";
    case "ask_customer":
    case "nothing":
      return refunds.length === 0 ? "not_refunded" : "not_found";
  }
}

function verdictOnProposal(
  { payment, proposedMinor, action }: Extract<Would, { does: "ask" }>,
  refunds: readonly MadeRefund[],
  { findPayment }: PastFacts,
): Verdict {
  const own = refunds.filter((refund) => isOf(refund, payment));
  if (own.length === 0 && refunds.length > 0) return "other_payment";
  if (own.length === 0) {
    const isVoided =
      action === "void" && findPayment(payment.provider, payment.id)?.status === "canceled";
    return isVoided ? "agrees" : "asked_not_refunded";
  }
  if (proposedMinor === null) return "amount_open";
  const sum = own.reduce((total, { amountMinor }) => total + amountMinor, 0);
  return sum === proposedMinor ? "agrees" : "other_amount";
}

export interface RehearsalTotals {
  readonly requests: number;
  /** One payment was certain: by order number and a second fact. */
  readonly matched: number;
  /** Questions to staff: to approve, and to choose. */
  readonly toApprove: number;
  readonly toChoose: number;
  readonly customerAsked: number;
  readonly closed: number;
  readonly leftToPerson: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Of the matched ones that were refunded by hand. */
  readonly comparable: number;
  /** Proposals that the rate does not cover: no refund to compare them with. */
  readonly uncovered: number;
  readonly refundsMade: number;
  readonly refundsWithoutRequest: number;
}

const COMPARED: readonly Verdict[] = ["agrees", "amount_open", "other_amount", "other_payment"];

export function totalsOf({ judged, withoutRequest, refundsMade }: Judgement): RehearsalTotals {
  const does = (what: Would["does"]) => judged.filter(({ request }) => request.would.does === what);
  const verdicts = Object.fromEntries(
    VERDICTS.map((name) => [name, judged.filter(({ verdict }) => verdict === name).length]),
  ) as Record<Verdict, number>;
  const comparable = COMPARED.reduce((sum, name) => sum + verdicts[name], 0);
  return {
    requests: judged.length,
    matched: judged.filter(({ request }) => meant(request).length > 0).length,
    toApprove: does("ask").length,
    toChoose: does("choose").length,
    customerAsked: does("ask_customer").length,
    closed: does("close").length,
    leftToPerson: does("nothing").length,
    verdicts,
    comparable,
    uncovered: does("ask").length - comparable,
    refundsMade,
    refundsWithoutRequest: withoutRequest.length,
  };
}
