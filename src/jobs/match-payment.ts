// Finds the payment a ticket means: from the index, then read live, then decided by the domain.

import {
  type AppError,
  PermanentError,
  TransientError,
  UnreadableError,
} from "../domain/errors.ts";
import {
  certainMatch,
  isSettled,
  type Match,
  matchPayments,
  type Route,
  routeOf,
  type Wish,
  wishOf,
} from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import { kanaKey, nameKey } from "../domain/name.ts";
import { nearOrderNumbers } from "../domain/order-number/near-order-number.ts";
import type { Payment, ProviderRefund } from "../domain/payment.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Ticket } from "../domain/ticket.ts";
import { pointedAt } from "../domain/unreferenced-payments.ts";
import { sentence } from "../domain/wording.ts";
import type { Clock, PaymentProvider } from "../ports.ts";
import type { Job, ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { type LookedUp, settleMatch } from "../ticket/match.ts";
import type { Way } from "../ticket/payout.ts";
import type { HeardChanges } from "./heard-changes.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import {
  type Blind,
  isOfOrder,
  keyOf,
  lookUp,
  readLive,
  type Sought,
  unclear,
  whyUnasked,
} from "./look-up.ts";
import { pendingOf, refundLists } from "./refund-lists.ts";
import { type IsEnough, shareLooks } from "./shared-looks.ts";
import {
  armSync,
  type IndexChange,
  type IndexState,
  readIndexState,
  saveLook,
  saveRead,
  unlessUnreadable,
} from "./sync-payments.ts";

/** How old an index may be where the clock was set back behind the ticket. */
const INDEX_FRESH_MS = 60_000;
/** While the first reading of the history goes on the ticket waits; the sync job wakes it. */
const LOOK_AGAIN_MS = 15_000;
/** As long as a bank transfer can be refunded (docs.stripe.com/payments/customer-balance/refunding). */
const POINTED_AT_MS = 180 * 24 * 60 * 60 * 1_000;
/** A request that names more orders than that is read by a person. */
const POINTERS_MAX = 12;
/** What a provider has not put right by then is put before a person. */
const CATCH_UP_MS = 6 * 60 * 60 * 1_000;
const CATCH_UP_WAIT_MS = 15 * 60_000;

export interface MatchDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  /** The customer's own words of the mail that opened the ticket. */
  readonly readWords: (raw: Uint8Array) => Promise<readonly string[]>;
  readonly heard: HeardChanges;
}

interface Input {
  readonly ticket: Ticket;
  readonly opening: Uint8Array | null;
  /** Where an index is too old to conclude anything from. */
  readonly stale: readonly IndexState[];
  readonly known: readonly Payment[];
  readonly near: readonly Payment[];
  /** The payment that the job is about, as it is known; null where it is to be found. */
  readonly asked: Sought | null;
}

const OPEN = ["received", "unmatched", "awaiting_approval"];

async function askedOf(tx: ReadTx, { payload }: Job): Promise<Sought | null> {
  const { provider = "", paymentId: id } = payload;
  if (id === undefined) return null;
  return (await tx.payments.find(provider, id)) ?? { provider, id };
}

/** The index must have been read after the request came: people cancel what they just paid. */
function readAfter({ clock }: MatchDeps, { updatedAt }: Ticket): number {
  const now = clock.now();
  return updatedAt > now ? now - INDEX_FRESH_MS : updatedAt;
}

async function listStale(tx: ReadTx, deps: MatchDeps, ticket: Ticket): Promise<IndexState[]> {
  const needed = readAfter(deps, ticket);
  const stale: IndexState[] = [];
  for (const provider of deps.providers.values()) {
    // The operator imports when he likes, and the index is all there is.
    if (provider.capabilities.imported === true) continue;
    // It is asked for the order itself.
    if (provider.capabilities.search) continue;
    const state = await readIndexState(tx, provider, deps);
    if (state.sync?.complete !== true || state.sync.syncedAt < needed) stale.push(state);
  }
  return stale;
}

function isUnread({ sync }: IndexState): boolean {
  return sync?.complete !== true;
}

/** Payments of the order or the payer; where there is none, those that something else points at. */
async function listKnown(tx: ReadTx, deps: MatchDeps, wish: Wish): Promise<Payment[]> {
  const sameOrder = await tx.payments.listByOrderNumbers(wish.orderNumbers);
  const { name, kana = null } = wish;
  const samePayer: Payment[] = [];
  for (const written of new Set([name, kana])) {
    const key = written === null ? null : nameKey(written);
    const sender = written === null ? null : kanaKey(written);
    const payer = { email: wish.email, nameKey: key, kanaKey: sender };
    samePayer.push(...(await tx.payments.listByPayer(payer)));
  }
  const known = new Map([...sameOrder, ...samePayer].map((payment) => [keyOf(payment), payment]));
  return known.size > 0 ? [...known.values()] : listPointedAt(tx, deps, wish);
}

/** Payments of others that something but the order number points at. */
async function listPointedAt(tx: ReadTx, { clock }: MatchDeps, wish: Wish): Promise<Payment[]> {
  const from = clock.now() - POINTED_AT_MS;
  const numbers = wish.orderNumbers.slice(0, POINTERS_MAX);
  const pointed = pointedAt(wish, [
    ...(await tx.payments.listByMemo(numbers, from)),
    ...(wish.requestedMinor === null ? [] : await tx.payments.listUnreferenced(from)),
  ]);
  return [...(pointed?.payments ?? [])];
}

type Found = LookedUp & {
  readonly fresh: readonly Payment[];
  /** The provider has not taken a dead refund back into what is left. */
  readonly isCatchingUp: boolean;
};
/** What was asked still holds. */
type Unchanged = { readonly isUnchanged: true };
/** The index as it now is; null where its first reading is not done. */
type Refreshed = { readonly changes: readonly IndexChange[] | null };
const NONE_BLIND: Blind = new Map();

export function matchPayment(deps: MatchDeps): RunnableJob {
  const look = shareLooks();
  return defineJob<Input, Found | Unchanged | Refreshed>({
    async read(tx, job) {
      const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
      if (ticket === undefined || !OPEN.includes(ticket.status)) return null;
      // A job of an earlier situation: the ticket has its proposal.
      const isAskedFor = (job.payload["reissue"] ?? job.payload["again"]) !== undefined;
      if (ticket.status === "awaiting_approval" && !isAskedFor) return null;
      const stale = await listStale(tx, deps, ticket);
      const asked = await askedOf(tx, job);
      // Thousands may wait for the first reading of the history, and nothing is concluded before.
      if (asked === null && stale.some(isUnread)) {
        return { ticket, stale, asked, opening: null, known: [], near: [] };
      }
      const wish = wishOf(ticket);
      const opening = await tx.messages.find(ticket.openedBy);
      const near = await tx.payments.listByOrderNumbers(
        wish.orderNumbers.flatMap(nearOrderNumbers),
      );
      const known = await listKnown(tx, deps, wish);
      return { ticket, stale, asked, opening: opening?.raw ?? null, known, near };
    },
    async act(input, job, signal) {
      const cameAt = readAfter(deps, input.ticket);
      const refreshed = await refresh(
        input,
        (state, isEnough) => look(state, cameAt, signal, isEnough),
        signal,
      );
      if ("changes" in refreshed) return refreshed;
      const { ticket, asked, opening } = input;
      const lists = refundLists(deps, decide(input, expectedOf(input)), signal);
      const customerText = opening === null ? [] : await deps.readWords(opening);
      const { looked, blind } =
        asked === null
          ? await lookUp(deps.providers, input, signal, (read) => isSettled(wishOf(ticket), read))
          : { looked: await readLive(deps.providers, [asked], signal), blind: NONE_BLIND };
      const payments = looked.map(({ payment }) => payment);
      if (isUnchanged(job, payments[0])) return { isUnchanged: true };
      const found = decide(input, payments);
      refuseBlindly(found, new Map([...refreshed.blind, ...blind]), deps.clock.now());
      const { match, refunds } = await withRefunds(found, lists.of(found));
      return {
        match,
        fresh: looked.filter(({ isRead }) => isRead).map(({ payment }) => payment),
        customerText,
        chosen: job.payload["chosen"] !== undefined,
        changes: changesOf(deps.desk, job, payments[0]),
        pendingElsewhere: pendingOf(refunds),
        isCatchingUp: match.kind === "exact" && isCatchingUp(match.payment, refunds),
        way: job.payload["way"] as Way | undefined,
      };
    },
    async commit(tx, _job, { ticket, stale }, found) {
      const now = deps.clock.now();
      if ("isUnchanged" in found) return DONE;
      if ("fresh" in found) return settleFound(tx, deps, ticket, found);
      if (found.changes === null) {
        for (const { provider } of stale) await armSync(tx, provider.name, now);
        return { next: "again", at: now + LOOK_AGAIN_MS };
      }
      // Others may have waited for the same look, and been quicker to save it.
      const still = new Set(
        (await listStale(tx, deps, ticket)).map(({ provider }) => provider.name),
      );
      for (const change of found.changes) {
        // The days list what a look at the newest payments does not.
        if (change.depth === "days" || still.has(change.provider))
          await saveLook(tx, deps.desk, change);
      }
      return { next: "onward" };
    },
  });
}

async function settleFound(
  tx: WriteTx,
  deps: MatchDeps,
  ticket: Ticket,
  found: Found,
): Promise<Next> {
  const { desk } = deps;
  const now = desk.clock.now();
  await saveRead(tx, deps, found.fresh);
  const isNew = now - ticket.updatedAt < CATCH_UP_MS && now >= ticket.updatedAt;
  if (found.isCatchingUp && isNew) return { next: "again", at: now + CATCH_UP_WAIT_MS };
  const match = found.isCatchingUp ? doubtful(found.fresh) : found.match;
  await settleMatch(tx, desk, ticket, { ...found, match });
  return DONE;
}

/** `blind`: every index is fresh but these, which cannot be read. A known payment needs none. */
async function refresh(
  { ticket, stale, asked, known }: Input,
  look: (state: IndexState, isEnough: IsEnough) => Promise<IndexChange>,
  signal: AbortSignal,
): Promise<Refreshed | { readonly blind: Blind }> {
  if (asked !== null) return { blind: NONE_BLIND };
  if (stale.some(isUnread)) return { changes: null };
  // An order number may be written late into a payment of the last days, without an event.
  const hasOrder = (newest: readonly Payment[]) =>
    [...known, ...newest].some((payment) => isOfOrder(ticket, payment));
  const changes: IndexChange[] = [];
  const blind = new Map<string, AppError>();
  for (const state of stale) {
    try {
      changes.push(await look(state, hasOrder));
    } catch (error) {
      blind.set(state.provider.name, whyUnasked(error, signal));
    }
  }
  return changes.length > 0 ? { changes } : { blind };
}

/** With these the ticket ends, and nobody is asked: the money may lie with the one that is not seen. */
const FINAL_ROUTES: readonly Route[] = ["nothing_paid", "already_refunded"];

/**
 * One provider that cannot be asked stops no ticket whose payment is certain at another; what cannot be
 * concluded without it waits.
 */
function refuseBlindly(match: Match, blind: Blind, now: number): void {
  const [why] = blind.values();
  const isElsewhere =
    match.kind === "exact" &&
    !blind.has(match.payment.provider) &&
    !FINAL_ROUTES.includes(routeOf(match.payment, now));
  if (why === undefined || isElsewhere) return;
  if (why instanceof PermanentError) throw why;
  // It is the provider that does not work, and not all matching.
  throw new TransientError("provider_unasked", { why: why.message }, { cause: why });
}

function leftOf({ capturedMinor, refundedMinor }: Payment): number {
  return capturedMinor - refundedMinor;
}

/** A refund made elsewhere, or another address, was seen; the request may have been made after it. */
function isUnchanged(job: Job, payment: Payment | undefined): boolean {
  const { leftThen, payeeThen } = job.payload;
  if (payeeThen !== undefined) return payment?.payerEmail === payeeThen;
  return leftThen !== undefined && payment !== undefined && leftOf(payment) === Number(leftThen);
}

function changesOf({ shop }: Desk, { payload }: Job, payment: Payment | undefined): string[] {
  if (payload["reissue"] === "restored") return [sentence("database_restored", shop.locale)];
  if (payload["reissue"] !== undefined) return [sentence("code_reissued", shop.locale)];
  if (payload["account"] !== undefined) return [sentence("account_arrived", shop.locale)];
  const leftThen = payload["leftThen"];
  if (leftThen === undefined || payment === undefined) return [];
  const [before, after] = [Number(leftThen), leftOf(payment)].map((amountMinor) =>
    formatMoney({ amountMinor, currency: payment.currency }),
  );
  return [sentence("changed_left", shop.locale, before ?? "", after ?? "")];
}

function decide(input: Input, fresh: readonly Payment[]): Match {
  if (input.asked !== null) return certainMatch(fresh[0]);
  return matchPayments(wishOf(input.ticket), fresh, input.near);
}

/** The payments that it may be about, as they are known before they are read. */
function expectedOf({ asked, known }: Input): readonly Payment[] {
  if (asked === null) return known;
  return "status" in asked ? [asked] : [];
}

/** More is gone than its living refunds explain, and one has died: what is left is not to be believed. */
function isCatchingUp(payment: Payment, refunds: readonly ProviderRefund[]): boolean {
  const alive = refunds.filter(({ status }) => !isDead(status));
  const explained = alive.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return alive.length < refunds.length && payment.refundedMinor > explained;
}

/** Of a payment whose refunds cannot be read nobody knows what is left. */
async function withRefunds(match: Match, list: Promise<readonly ProviderRefund[]>) {
  const refunds = await unlessUnreadable(list);
  if (!(refunds instanceof UnreadableError)) return { match, refunds };
  const payments = match.kind === "exact" ? [unclear(match.payment, refunds)] : [];
  return { match: doubtful(payments), refunds: [] };
}

function doubtful(candidates: readonly Payment[]): Match {
  return { kind: "candidates", reason: "unclear_status", candidates, others: [] };
}
