// Finds the payment a ticket means: from the index, then read live, then decided by the domain.

import {
  certainMatch,
  type Match,
  matchPayments,
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
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import {
  armSync,
  type IndexChange,
  type IndexState,
  readIndexChange,
  readIndexState,
  saveIndexChange,
} from "./sync-payments.ts";

/** How old an index may be where the clock was set back behind the ticket. */
const INDEX_FRESH_MS = 60_000;
/** While the first reading of the history goes on the ticket waits; the sync job wakes it. */
const LOOK_AGAIN_MS = 15_000;
const LIVE_LOOKUPS_MAX = 12;
/** As long as a bank transfer can be refunded (docs.stripe.com/payments/customer-balance/refunding). */
const POINTED_AT_MS = 180 * 24 * 60 * 60 * 1_000;
/** What a provider has not put right by then is put before a person. */
const CATCH_UP_MS = 6 * 60 * 60 * 1_000;
const CATCH_UP_WAIT_MS = 15 * 60_000;

export interface MatchDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  /** The customer's own words of the mail that opened the ticket. */
  readonly readWords: (raw: Uint8Array) => Promise<readonly string[]>;
}

interface Input {
  readonly ticket: Ticket;
  readonly opening: Uint8Array | null;
  /** Where an index is too old to conclude anything from. */
  readonly stale: readonly IndexState[];
  readonly known: readonly Payment[];
  readonly near: readonly Payment[];
}

const OPEN = ["received", "unmatched", "awaiting_approval"];

/** The index must have been read after the request came: people cancel what they just paid. */
async function listStale(tx: ReadTx, deps: MatchDeps, ticket: Ticket): Promise<IndexState[]> {
  const now = deps.clock.now();
  const needed = ticket.updatedAt > now ? now - INDEX_FRESH_MS : ticket.updatedAt;
  const stale: IndexState[] = [];
  for (const provider of deps.providers.values()) {
    // The operator imports when he likes, and the index is all there is.
    if (provider.capabilities.imported === true) continue;
    const state = await readIndexState(tx, provider, now);
    if (state.sync?.complete !== true || state.sync.syncedAt < needed) stale.push(state);
  }
  return stale;
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
  const numbers = wish.orderNumbers.slice(0, LIVE_LOOKUPS_MAX);
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

export function matchPayment(deps: MatchDeps): RunnableJob {
  return defineJob<Input, Found | Unchanged | Refreshed>({
    async read(tx, job) {
      const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
      if (ticket === undefined || !OPEN.includes(ticket.status)) return null;
      // A job of an earlier situation: the ticket has its proposal.
      const isAskedFor = (job.payload["reissue"] ?? job.payload["again"]) !== undefined;
      if (ticket.status === "awaiting_approval" && !isAskedFor) return null;
      const wish = wishOf(ticket);
      const opening = await tx.messages.find(ticket.openedBy);
      const near = await tx.payments.listByOrderNumbers(
        wish.orderNumbers.flatMap(nearOrderNumbers),
      );
      return {
        ticket,
        opening: opening?.raw ?? null,
        stale: await listStale(tx, deps, ticket),
        known: await listKnown(tx, deps, wish),
        near,
      };
    },
    async act(input, job, signal) {
      const isKnown = job.payload["paymentId"] !== undefined;
      if (input.stale.length > 0 && !isKnown) return refresh(input.stale, signal);
      const customerText = input.opening === null ? [] : await deps.readWords(input.opening);
      const fresh = isKnown
        ? await readLive(deps, [knownKey(job)], signal)
        : await lookUp(deps, input, signal);
      if (isUnchanged(job, fresh[0])) return { isUnchanged: true };
      const match = isKnown ? certainMatch(fresh[0]) : decide(input, fresh);
      const refunds = await listRefunds(deps, match, signal);
      return {
        match,
        fresh,
        customerText,
        chosen: job.payload["chosen"] !== undefined,
        changes: changesOf(deps.desk, job, fresh[0]),
        pendingElsewhere: pendingOf(refunds),
        isCatchingUp: match.kind === "exact" && isCatchingUp(match.payment, refunds),
        way: job.payload["way"] as Way | undefined,
      };
    },
    async commit(tx, _job, { ticket, stale }, found) {
      const now = deps.clock.now();
      if ("isUnchanged" in found) return DONE;
      if ("fresh" in found) return settleFound(tx, deps.desk, ticket, found);
      if (found.changes === null) {
        for (const { provider } of stale) await armSync(tx, provider.name, now);
        return { next: "again", at: now + LOOK_AGAIN_MS };
      }
      for (const change of found.changes) await saveIndexChange(tx, deps.desk, change);
      return { next: "again", at: now };
    },
  });
}

async function settleFound(tx: WriteTx, desk: Desk, ticket: Ticket, found: Found): Promise<Next> {
  const now = desk.clock.now();
  await tx.payments.upsert(found.fresh, now);
  const isNew = now - ticket.updatedAt < CATCH_UP_MS && now >= ticket.updatedAt;
  if (found.isCatchingUp && isNew) return { next: "again", at: now + CATCH_UP_WAIT_MS };
  const match = found.isCatchingUp ? doubtful(found.fresh) : found.match;
  await settleMatch(tx, desk, ticket, { ...found, match });
  return DONE;
}

async function refresh(stale: readonly IndexState[], signal: AbortSignal): Promise<Refreshed> {
  if (stale.some(({ sync }) => sync?.complete !== true)) return { changes: null };
  const changes: IndexChange[] = [];
  for (const state of stale) changes.push(await readIndexChange(state, signal));
  return { changes };
}

/** Every payment of the order, and the newest of the payer's others. */
function toLookUp({ ticket, known }: Input): Payment[] {
  const isOfOrder = (payment: Payment) =>
    payment.orderNumbers.some((number) => ticket.orderNumbers.includes(number));
  const others = known.filter((payment) => !isOfOrder(payment));
  return [...known.filter(isOfOrder), ...others.slice(0, LIVE_LOOKUPS_MAX)];
}

/** Read live, and searched for where a provider can be asked for an order number. */
async function lookUp(deps: MatchDeps, input: Input, signal: AbortSignal): Promise<Payment[]> {
  const found = new Map<string, Payment>();
  for (const provider of deps.providers.values()) {
    if (!provider.capabilities.search) continue;
    for (const orderNumber of input.ticket.orderNumbers.slice(0, LIVE_LOOKUPS_MAX)) {
      for (const payment of await provider.searchPayments(orderNumber, signal)) {
        found.set(keyOf(payment), payment);
      }
    }
  }
  const listed = toLookUp(input).filter((payment) => !found.has(keyOf(payment)));
  for (const payment of await readLive(deps, listed, signal)) found.set(keyOf(payment), payment);
  const beside = [...found.values()]
    .flatMap(({ provider, alongside = [] }) => alongside.map((id) => ({ provider, id })))
    .filter((key) => !found.has(keyOf(key)));
  const toRead = new Map(beside.map((key) => [keyOf(key), key]));
  return [...found.values(), ...(await readLive(deps, [...toRead.values()], signal))];
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
  if (payload["reissue"] !== undefined) return [sentence("code_reissued", shop.locale)];
  if (payload["account"] !== undefined) return [sentence("account_arrived", shop.locale)];
  const leftThen = payload["leftThen"];
  if (leftThen === undefined || payment === undefined) return [];
  const [before, after] = [Number(leftThen), leftOf(payment)].map((amountMinor) =>
    formatMoney({ amountMinor, currency: payment.currency }),
  );
  return [sentence("changed_left", shop.locale, before ?? "", after ?? "")];
}

type PaymentKey = Pick<Payment, "provider" | "id">;

function keyOf({ provider, id }: PaymentKey): string {
  return `${provider}/${id}`;
}

function knownKey(job: Job): PaymentKey {
  return { provider: job.payload["provider"] ?? "", id: job.payload["paymentId"] ?? "" };
}

async function readLive(
  deps: MatchDeps,
  keys: readonly PaymentKey[],
  signal: AbortSignal,
): Promise<Payment[]> {
  const fresh: Payment[] = [];
  for (const { provider, id } of keys) {
    // A payment of a provider that is configured no more cannot be refunded by us.
    const payment = await deps.providers.get(provider)?.retrievePayment(id, signal);
    // An authorisation and the payment it has become are one.
    if (payment != null && !fresh.some((other) => keyOf(other) === keyOf(payment))) {
      fresh.push(payment);
    }
  }
  return fresh;
}

function decide(input: Input, fresh: readonly Payment[]): Match {
  return matchPayments(wishOf(input.ticket), fresh, input.near);
}

async function listRefunds(
  deps: Pick<MatchDeps, "providers" | "clock">,
  match: Match,
  signal: AbortSignal,
): Promise<readonly ProviderRefund[]> {
  if (match.kind !== "exact") return [];
  const route = routeOf(match.payment, deps.clock.now());
  if (!["refund", "too_old", "already_refunded"].includes(route)) return [];
  const { payment } = match;
  return (await deps.providers.get(payment.provider)?.listRefunds(payment.id, signal)) ?? [];
}

/** Refunds of this payment that are still open: the request names them. */
function pendingOf(refunds: readonly ProviderRefund[]): string[] {
  return refunds
    .filter(({ status }) => status !== "succeeded" && !isDead(status))
    .map((refund) => `${refund.id} ${formatMoney(refund)} (${refund.rawStatus})`);
}

export async function listPending(
  deps: Pick<MatchDeps, "providers" | "clock">,
  match: Match,
  signal: AbortSignal,
): Promise<string[]> {
  return pendingOf(await listRefunds(deps, match, signal));
}

/** More is gone than its living refunds explain, and one has died: what is left is not to be believed. */
function isCatchingUp(payment: Payment, refunds: readonly ProviderRefund[]): boolean {
  const alive = refunds.filter(({ status }) => !isDead(status));
  const explained = alive.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return alive.length < refunds.length && payment.refundedMinor > explained;
}

function doubtful(candidates: readonly Payment[]): Match {
  return { kind: "candidates", reason: "unclear_status", candidates, others: [] };
}
