// The provider's refunds beside ours, compared both ways: what is there and not ours, what is ours
// and not there, what differs, and whether the sums of each day agree.

import { formatMoney, type Money } from "./money.ts";
import type { ProviderRefund } from "./payment.ts";
import type { Refund } from "./ticket.ts";

/** A refund as the provider last showed it. */
export interface SeenRefund {
  readonly provider: string;
  readonly id: string;
  /** "" where it is of no payment, such as one of a customer's cash balance. */
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: ProviderRefund["status"];
  /** Since when it is shown with this status. */
  readonly statusAt: number;
  /**
   * henkin: an attempt of ours made it. unrecorded: it bears our mark, but these records do not know
   * it. elsewhere: a person or another system made it. earlier: so did one before henkin first ran.
   */
  readonly origin: "henkin" | "unrecorded" | "elsewhere" | "earlier";
  /** The attempt of ours that made it. */
  readonly refundId: string | null;
  readonly ticketId: string | null;
  readonly createdAt: number;
  readonly firstSeenAt: number;
  /** When it was recorded as made elsewhere, and told of. */
  readonly adoptedAt: number | null;
  /** The comparison that saw it last. */
  readonly seenIn: number;
}

export type MismatchKind =
  | "vanished"
  | "differs"
  | "paid_twice"
  | "unrecorded"
  | "overdue"
  | "total";

export interface Mismatch {
  readonly kind: MismatchKind;
  /** What it is about: the same one is told once. */
  readonly subject: string;
  readonly ticketId: string | null;
  /** For the sentence of this kind. */
  readonly values: readonly string[];
}

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * A refund may wait 45 days for the customer's bank details (docs.stripe.com/payments/konbini) and is
 * followed for 45 more after it succeeded: one that is older does not change any more.
 */
export const COMPARED_MS = 90 * DAY_MS;

/**
 * Stripe states no freshness for lists; its search index may lag by an hour in an outage
 * (docs.stripe.com/search#data-freshness). A refund made just before the comparison is looked for in
 * the next one.
 */
export const MISSING_AFTER_MS = 6 * HOUR_MS;

/** A day of grace: Stripe ends what nobody gave bank details for after 45 days. */
const OVERDUE_AFTER_MS = 46 * DAY_MS;

/** A difference that was there in the night before is not one that a look is about to settle. */
const SETTLED_BY_A_LOOK_MS = 12 * HOUR_MS;

/** What a look at one refund by its id said. */
export type Look =
  | "there"
  /** The provider shows its payment, and not the refund. */
  | "gone"
  /** Neither: the key is of another account or mode, which proves nothing. */
  | "out_of_sight";

/** By the provider's id of the refund; those not looked at are not in it. */
export type Looks = ReadonlyMap<string, Look>;

export interface Compared {
  /** Ours of the compared time, and every other that a shown refund belongs to. */
  readonly ours: readonly Refund[];
  readonly seen: readonly SeenRefund[];
  /** The name of this comparison. */
  readonly startedAt: number;
  readonly createdFrom: number;
  readonly now: number;
}

export interface MissingRefund {
  readonly providerRefundId: string;
  readonly paymentId: string;
}

export function isDead(status: Refund["state"] | SeenRefund["status"]): boolean {
  return status === "failed" || status === "canceled" || status === "refused";
}

function isFollowed({ state, providerRefundId }: Refund): boolean {
  if (state === "unknown") return providerRefundId !== null;
  return state === "pending" || state === "requires_action" || state === "succeeded";
}

/** What should have been listed and was not: worth a look by its id. */
export function missingRefunds({ ours, seen, startedAt, now }: Compared): MissingRefund[] {
  const listed = new Set(seen.filter(({ seenIn }) => seenIn === startedAt).map(({ id }) => id));
  const missing = new Map<string, MissingRefund>();
  for (const refund of ours) {
    const { providerRefundId, paymentId, keyStoredAt } = refund;
    if (providerRefundId === null || !isFollowed(refund) || listed.has(providerRefundId)) continue;
    if (now - keyStoredAt > MISSING_AFTER_MS) {
      missing.set(providerRefundId, { providerRefundId, paymentId });
    }
  }
  for (const { id, paymentId, status, refundId, createdAt } of seen) {
    if (refundId !== null || listed.has(id) || isDead(status)) continue;
    if (now - createdAt > MISSING_AFTER_MS) missing.set(id, { providerRefundId: id, paymentId });
  }
  return [...missing.values()];
}

/** The shown refund that stands for each of ours; a further one is money paid twice. */
function principals(compared: Compared): Map<string, SeenRefund> {
  const chosen = new Map<string, SeenRefund>();
  const ours = new Map(compared.ours.map((refund) => [refund.id, refund]));
  for (const one of compared.seen) {
    if (one.refundId === null || one.seenIn !== compared.startedAt) continue;
    const isNamed = ours.get(one.refundId)?.providerRefundId === one.id;
    if (isNamed || !chosen.has(one.refundId)) chosen.set(one.refundId, one);
  }
  return chosen;
}

function hasOtherStatus(refund: Refund, shown: SeenRefund): boolean {
  return isFollowed(refund) && refund.state !== shown.status;
}

/** Ours that the provider now shows with another status: check_refund reads and settles them. */
export function refundsToCheck(compared: Compared): Refund[] {
  const shown = principals(compared);
  return compared.ours.filter((refund) => {
    const one = shown.get(refund.id);
    return one !== undefined && hasOtherStatus(refund, one);
  });
}

/** "¥2,467 succeeded" */
export const stated = (refund: { amountMinor: number; currency: string }, status: string) =>
  `${formatMoney(refund)} ${status}`;

function differs(refund: Refund, shown: SeenRefund, startedAt: number): boolean {
  if (refund.amountMinor !== shown.amountMinor || refund.currency !== shown.currency) return true;
  if (isDead(refund.state) || refund.state === "voided") return !isDead(shown.status);
  return hasOtherStatus(refund, shown) && startedAt - shown.statusAt > SETTLED_BY_A_LOOK_MS;
}

function mismatchesOfOurs(compared: Compared, looks: Looks): Mismatch[] {
  const { ours, startedAt, now } = compared;
  const shown = principals(compared);
  const found: Mismatch[] = [];
  for (const refund of ours) {
    const about = { subject: refund.id, ticketId: refund.ticketId };
    const id = refund.providerRefundId ?? refund.id;
    const one = shown.get(refund.id);
    if (isFollowed(refund) && looks.get(id) === "gone") {
      const values = [id, formatMoney(refund), refund.paymentId];
      found.push({ kind: "vanished", ...about, values });
    }
    if (one !== undefined && differs(refund, one, startedAt)) {
      const values = [one.id, stated(refund, refund.state), stated(one, one.status)];
      found.push({ kind: "differs", ...about, values });
    }
    const isOpen = refund.state === "pending" || refund.state === "requires_action";
    if (isOpen && now - refund.keyStoredAt > OVERDUE_AFTER_MS) {
      found.push({ kind: "overdue", ...about, values: [id, stated(refund, refund.state)] });
    }
  }
  return found;
}

function kindOf(
  one: SeenRefund,
  first: SeenRefund | undefined,
  { startedAt, looks }: { startedAt: number; looks: Looks },
): MismatchKind | null {
  if (isDead(one.status)) return null;
  if (one.seenIn !== startedAt) {
    return one.refundId === null && looks.get(one.id) === "gone" ? "vanished" : null;
  }
  if (first !== undefined && first.id !== one.id) return "paid_twice";
  return one.origin === "unrecorded" ? "unrecorded" : null;
}

function mismatchesOfSeen(compared: Compared, looks: Looks): Mismatch[] {
  const firsts = principals(compared);
  const { startedAt } = compared;
  return compared.seen.flatMap((one) => {
    const first = one.refundId === null ? undefined : firsts.get(one.refundId);
    const kind = kindOf(one, first, { startedAt, looks });
    if (kind === null) return [];
    const { id, paymentId, ticketId } = one;
    const between = kind === "paid_twice" && first !== undefined ? [first.id] : [];
    const values = [id, formatMoney(one), ...between, paymentId];
    return [{ kind, subject: id, ticketId, values }];
  });
}

interface Entry {
  readonly side: "held" | "shown";
  readonly at: number;
  readonly money: Money;
}

function entriesOfSeen({ seen, startedAt }: Compared, looks: Looks): Entry[] {
  const entries: Entry[] = [];
  for (const one of seen.filter(({ status }) => !isDead(status))) {
    const at = one.createdAt;
    const isShown = one.seenIn === startedAt;
    if (isShown) entries.push({ side: "shown", at, money: one });
    const isElsewhere = one.origin === "elsewhere" || one.origin === "earlier";
    const isHeld = isShown || looks.get(one.id) === "gone";
    if (isElsewhere && isHeld) entries.push({ side: "held", at, money: one });
  }
  return entries;
}

function entriesOfOurs(compared: Compared, looks: Looks): Entry[] {
  const firsts = principals(compared);
  const entries: Entry[] = [];
  for (const refund of compared.ours) {
    const one = firsts.get(refund.id);
    const isGone = looks.get(refund.providerRefundId ?? "") === "gone" && isFollowed(refund);
    if (one === undefined) {
      if (isGone) entries.push({ side: "held", at: refund.keyStoredAt, money: refund });
      continue;
    }
    // A change of status that check_refund settles tonight is no difference of the books.
    const isChanging = hasOtherStatus(refund, one) && !differs(refund, one, compared.startedAt);
    const isOut = !isDead(isChanging ? one.status : refund.state);
    if (isOut) entries.push({ side: "held", at: one.createdAt, money: refund });
  }
  return entries;
}

/** What our records say left the shop, and what the provider says, by day and currency. */
function sumUp(entries: readonly Entry[], dayOf: (at: number) => string) {
  const sums = new Map<string, { held: number; shown: number }>();
  for (const { side, at, money } of entries) {
    const key = `${dayOf(at)} ${money.currency}`;
    const sum = sums.get(key) ?? { held: 0, shown: 0 };
    sums.set(key, { ...sum, [side]: sum[side] + money.amountMinor });
  }
  return sums;
}

function mismatchesOfTotals(
  compared: Compared,
  looks: Looks,
  dayOf: (at: number) => string,
): Mismatch[] {
  const firstDay = dayOf(compared.createdFrom);
  const entries = [...entriesOfSeen(compared, looks), ...entriesOfOurs(compared, looks)];
  return [...sumUp(entries, dayOf)].flatMap(([key, { held, shown }]) => {
    const [day = "", currency = ""] = key.split(" ");
    // Of the first day only a part is compared.
    if (held === shown || day <= firstDay) return [];
    const money = (amountMinor: number) => formatMoney({ amountMinor, currency });
    return [
      {
        kind: "total" as const,
        subject: key,
        ticketId: null,
        values: [day, money(held), money(shown)],
      },
    ];
  });
}

/** Everything a person must look into, the refunds themselves before the sums. */
export function findMismatches(
  compared: Compared,
  looks: Looks,
  dayOf: (at: number) => string,
): Mismatch[] {
  return [
    ...mismatchesOfOurs(compared, looks),
    ...mismatchesOfSeen(compared, looks),
    ...mismatchesOfTotals(compared, looks, dayOf),
  ];
}
