// Keeps the local index of a provider's payments fresh: the whole history once, page by page, then
// what the provider says changed, the last days again (descriptions and metadata are written late,
// without an event), and what may still change by itself.

import { PermanentError, UnreadableError } from "../domain/errors.ts";
import type { Payment } from "../domain/payment.ts";
import type { Clock, Log, PaymentProvider } from "../ports.ts";
import type { PaymentSync, ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { queueMatch } from "../ticket/intake.ts";
import { showListAnswer } from "../ticket/staff-mail.ts";
import type { HeardChanges } from "./heard-changes.ts";
import { defineJob, type RunnableJob } from "./job.ts";
import { longWork } from "./long-work.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const RELIST_MS = 3 * DAY_MS;
/** Payments and events become visible late; the same one twice does no harm. */
const OVERLAP_MS = 10 * 60 * 1_000;
/** A voucher or an authorisation is decided long before. */
const UNSETTLED_FOR_MS = 60 * DAY_MS;
const UNSETTLED_A_SYNC_MAX = 50;
const CHANGED_A_SYNC_MAX = 500;
const PAGES_A_SYNC_MAX = 50;

export interface SyncDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  readonly log: Log;
  readonly heard: HeardChanges;
}

/** Where the index of one provider stands, and when the next look at it began. */
export interface IndexState {
  readonly provider: PaymentProvider;
  readonly sync: PaymentSync | undefined;
  readonly unsettled: readonly string[];
  readonly startedAt: number;
  readonly heard: HeardChanges;
}

export interface IndexChange {
  readonly provider: string;
  readonly payments: readonly Payment[];
  readonly depth: Depth;
  readonly next: PaymentSync;
  /** To be called where this is saved. */
  readonly keepHeard: () => void;
  /** What the provider says has changed could not be read: the index is fresh without it. */
  readonly unreadable?: UnreadableError;
}

/** Makes the index of this provider be refreshed at `at`. */
export async function armSync(
  tx: Pick<WriteTx, "jobs">,
  provider: string,
  at: number,
): Promise<void> {
  await tx.jobs.arm({
    id: `sync_payments/${provider}`,
    kind: "sync_payments",
    lane: `provider:${provider}`,
    ticketId: null,
    payload: { provider },
    dueAt: at,
  });
}

export function syncPayments(deps: SyncDeps): RunnableJob {
  const { clock } = deps;
  const readings = new Map<string, (count: number) => void>();
  const tell = ({ provider, payments }: IndexChange) => {
    const advance =
      readings.get(provider) ??
      longWork(deps, "payments are being read for the first time", null, { provider });
    readings.set(provider, advance);
    advance(payments.length);
  };
  return defineJob<IndexState, IndexChange>({
    async read(tx, job) {
      const provider = deps.providers.get(job.payload["provider"] ?? "");
      if (provider === undefined) return null;
      return readIndexState(tx, provider, deps);
    },
    act: (state, _job, signal) => readIndexChange(state, signal),
    async commit(tx, _job, _state, change) {
      const now = clock.now();
      await saveLook(tx, deps.desk, change);
      const { provider, unreadable } = change;
      if (unreadable !== undefined) await showListAnswer(tx, deps.desk, provider, unreadable);
      if (!change.next.complete) {
        tell(change);
        return { next: "again", at: now };
      }
      await tx.jobs.hasten("match_payment", now);
      return { next: "again", at: now + deps.desk.shop.recheckMs };
    },
  });
}

export async function readIndexState(
  tx: ReadTx,
  provider: PaymentProvider,
  { clock, heard }: Pick<SyncDeps, "clock" | "heard">,
): Promise<IndexState> {
  const now = clock.now();
  const since = now - UNSETTLED_FOR_MS;
  return {
    provider,
    heard,
    sync: await tx.payments.findSync(provider.name),
    unsettled: await tx.payments.listUnsettled(provider.name, since, UNSETTLED_A_SYNC_MAX),
    startedAt: now,
  };
}

/** How far back payments are listed again: since the last look, or for the days in which they are still written to. */
export type Depth = "newest" | "days";

export function readIndexChange(
  state: IndexState,
  signal: AbortSignal,
  depth: Depth = "days",
): Promise<IndexChange> {
  return state.sync?.complete === true
    ? readChanges(state, state.sync, signal, depth)
    : readHistory(state, signal);
}

/** What a look at the provider has found. */
export async function saveLook(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  change: IndexChange,
): Promise<void> {
  await saveIndexChange(tx, desk, change);
  change.keepHeard();
}

/**
 * Payments that were read for a job of its own. A look may have read and saved a newer copy meanwhile: what is
 * told of them is news to the next one.
 */
export async function saveRead(
  tx: WriteTx,
  { clock, heard }: Pick<SyncDeps, "clock" | "heard">,
  payments: readonly Payment[],
): Promise<void> {
  await tx.payments.upsert(payments, clock.now());
  for (const { provider, id } of payments) heard.forget(provider, id);
}

export async function saveIndexChange(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  { provider, payments, next }: Pick<IndexChange, "provider" | "payments" | "next">,
): Promise<void> {
  const changed = await tx.payments.upsert(payments, desk.clock.now());
  const known = await tx.payments.findSync(provider);
  // Two looks may end in the other order than they began.
  const syncedAt = next.complete ? Math.max(next.syncedAt, known?.syncedAt ?? 0) : next.syncedAt;
  await tx.payments.saveSync(provider, { ...next, syncedAt });
  if (next.complete) await rematch(tx, desk, changed);
  for (const payment of changed) await recheckPayee(tx, desk, payment);
}

/** Who is asked for a bank account has changed while approvers are asked: they are asked anew. */
async function recheckPayee(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  payment: Payment,
): Promise<void> {
  const now = desk.clock.now();
  for (const ticket of await tx.tickets.listByPayment(payment.provider, payment.id)) {
    if (ticket.status !== "awaiting_approval") continue;
    const question = (await tx.approvals.findRound(ticket.id, ticket.round))?.question;
    if (question?.kind !== "proposal" || question.payee == null) continue;
    if (question.payee === payment.payerEmail) continue;
    await tx.jobs.add({
      id: `match_payment/${ticket.id}/payee/${ticket.round}/${now}`,
      kind: "match_payment",
      lane: "matching",
      ticketId: ticket.id,
      payload: {
        again: "1",
        provider: payment.provider,
        paymentId: payment.id,
        payeeThen: question.payee,
        ...(question.chosen ? { chosen: "1" } : {}),
      },
      dueAt: now,
    });
  }
}

/** One page of the whole history, newest first; a restart goes on where the last one ended. */
async function readHistory(
  { provider, sync, startedAt }: IndexState,
  signal: AbortSignal,
): Promise<IndexChange> {
  const page = await provider.listPayments({
    createdFrom: null,
    page: sync?.page ?? null,
    signal,
  });
  // Changes during the first reading are those since it began.
  const syncedAt = sync?.syncedAt ?? startedAt;
  return {
    provider: provider.name,
    payments: page.payments,
    depth: "days",
    keepHeard: () => undefined,
    next: { page: page.next, complete: page.next === null, syncedAt },
  };
}

async function readChanges(
  input: IndexState,
  sync: PaymentSync,
  signal: AbortSignal,
  depth: Depth,
): Promise<IndexChange> {
  const { provider, startedAt, heard } = input;
  const backMs = depth === "newest" ? OVERLAP_MS : RELIST_MS;
  const [found, told] = await together(signal, (both) => [
    listSince(provider, Math.min(startedAt, sync.syncedAt) - backMs, both),
    changesTold(provider, sync.syncedAt - OVERLAP_MS, both),
  ]);
  const hearing = heard.hear(provider.name, sync.syncedAt, told.changes);
  const changed = hearing.news.map(({ paymentId }) => paymentId).slice(0, CHANGED_A_SYNC_MAX);
  // What is listed may have been read before what was told happened.
  const readSince = new Set<string>();
  for (const id of new Set([...changed, ...input.unsettled])) {
    if (found.has(id)) continue;
    const payment = await unlessUnreadable(provider.retrievePayment(id, signal));
    // It stays in the index as it was last known: a ticket about it meets the answer itself.
    if (payment === null || payment instanceof UnreadableError) continue;
    readSince.add(id);
    found.set(payment.id, payment);
    if (payment.id !== id) found.set(id, replaced(payment, id));
  }
  return {
    provider: provider.name,
    payments: [...found.values()],
    depth,
    keepHeard: () => hearing.keep(startedAt, readSince),
    next: { page: null, complete: true, syncedAt: startedAt },
    ...(told.unreadable !== null && { unreadable: told.unreadable }),
  };
}

/** The first to fail ends the other: a provider that says "too many" is not asked on for dozens of pages. */
async function together<One, Other>(
  signal: AbortSignal,
  ask: (both: AbortSignal) => [Promise<One>, Promise<Other>],
): Promise<[One, Other]> {
  const over = new AbortController();
  try {
    return await Promise.all(ask(AbortSignal.any([signal, over.signal])));
  } catch (error) {
    over.abort();
    throw error;
  }
}

async function listSince(
  provider: PaymentProvider,
  createdFrom: number,
  signal: AbortSignal,
): Promise<Map<string, Payment>> {
  const found = new Map<string, Payment>();
  let page: string | null = null;
  for (let pages = 0; pages < PAGES_A_SYNC_MAX; pages += 1) {
    const listed = await provider.listPayments({ createdFrom, page, signal });
    for (const payment of listed.payments) found.set(payment.id, payment);
    page = listed.next;
    if (page === null) break;
  }
  return found;
}

/** They hasten what the look at each payment finds in any case: without them the rest goes on. */
async function changesTold(provider: PaymentProvider, since: number, signal: AbortSignal) {
  const changes = await unlessUnreadable(provider.changedPayments(since, signal));
  if (changes instanceof UnreadableError) return { changes: [], unreadable: changes };
  return { changes: changes ?? [], unreadable: null };
}

/** The error in place of an answer that cannot be read; all others are thrown. */
export async function unlessUnreadable<Answer>(
  answer: Promise<Answer>,
): Promise<Answer | UnreadableError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof PermanentError) return asUnreadable(error);
    throw error;
  }
}

/** What a provider refuses for good about one payment must not end the reading of all others. */
export function asUnreadable(error: PermanentError): UnreadableError {
  if (error instanceof UnreadableError) return error;
  const { message } = error;
  const details = { provider: "The provider", why: message };
  return new UnreadableError(details, { raw: message, cause: error });
}

/** What an authorisation leaves in the index once a payment of another id has taken its place. */
function replaced(payment: Payment, id: string): Payment {
  const nothing = { amountMinor: 0, capturedMinor: 0, refundedMinor: 0, paidAt: null };
  const nobody = { orderNumbers: [], orderNumbersFrom: null, payerName: null, payerEmail: null };
  return { ...payment, ...nothing, ...nobody, id, status: "canceled", description: null };
}

/** A payment that appeared or changed may be the one an unmatched ticket waits for. */
async function rematch(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  changed: readonly Payment[],
): Promise<void> {
  for (const payment of changed) {
    const tickets = (
      await Promise.all(payment.orderNumbers.map((number) => tx.tickets.listByOrderNumber(number)))
    ).flat();
    if (payment.payerEmail !== null) {
      tickets.push(...(await tx.tickets.listByRequester(payment.payerEmail)));
    }
    for (const ticket of new Map(tickets.map((found) => [found.id, found])).values()) {
      if (ticket.status !== "unmatched") continue;
      await queueMatch(tx, desk, ticket, `changed/${payment.id}/${desk.clock.now()}`);
    }
  }
}
