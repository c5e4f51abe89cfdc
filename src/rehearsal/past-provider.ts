// A provider as it was on a day of the past, for a rehearsal: what it tells now, without the payments
// and refunds that were made later. It can be read and nothing else: the provider behind it is out of
// reach, and what would write throws.

import { PermanentError, TransientError } from "../domain/errors.ts";
import { asksForAccount, type Payment, type ProviderRefund } from "../domain/payment.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Clock, PaymentProvider } from "../ports.ts";

/** All of a provider that a rehearsal may use: it reads. */
export type ReadOnlyProvider = Pick<
  PaymentProvider,
  | "name"
  | "capabilities"
  | "listPayments"
  | "listAllRefunds"
  | "retrievePayment"
  | "searchPayments"
  | "account"
>;

const TRIES_MAX = 4;
const FIRST_WAIT_MS = 2_000;

/** In the worker a job would be run again; a long reading must not end with one refused page. */
async function patiently<Answer>(
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
  read: () => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      const isPassing = error instanceof TransientError && !signal.aborted;
      if (!isPassing || tries === TRIES_MAX) throw error;
      await clock.sleep(FIRST_WAIT_MS * 2 ** (tries - 1), signal);
    }
  }
}

/** Nothing that is handed on can write, whatever is called on it. */
export function onlyReads(
  provider: PaymentProvider,
  clock: Pick<Clock, "sleep">,
): ReadOnlyProvider {
  const again = <Answer>(signal: AbortSignal, read: () => Promise<Answer>) =>
    patiently(clock, signal, read);
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    account: (signal) => again(signal, () => provider.account(signal)),
    listPayments: (request) => again(request.signal, () => provider.listPayments(request)),
    listAllRefunds: (request) => again(request.signal, () => provider.listAllRefunds(request)),
    retrievePayment: (id, signal) => again(signal, () => provider.retrievePayment(id, signal)),
    searchPayments: (orderNumber, signal) =>
      again(signal, () => provider.searchPayments(orderNumber, signal)),
  };
}

export interface History {
  readonly source: ReadOnlyProvider;
  readonly payments: Map<string, Payment>;
  /** By payment; those alone that have not failed: the others gave nothing back. */
  readonly refunds: ReadonlyMap<string, readonly ProviderRefund[]>;
  /** Refunds that are listed and cannot be read. */
  readonly unreadable: number;
}

/** Payments of all times, as the worker's own index has them, and the refunds made since. */
export async function readHistory(
  source: ReadOnlyProvider,
  since: number,
  signal: AbortSignal,
  onRead: (count: number) => void,
): Promise<History> {
  const payments = new Map<string, Payment>();
  for (let page: string | null = null; ; ) {
    const listed = await source.listPayments({ createdFrom: null, page, signal });
    for (const payment of listed.payments) payments.set(payment.id, payment);
    onRead(listed.payments.length);
    page = listed.next;
    if (page === null) break;
  }
  const refunds = new Map<string, ProviderRefund[]>();
  let unreadable = 0;
  for (let page: string | null = null; ; ) {
    const listed = await source.listAllRefunds({ createdFrom: since, page, signal });
    for (const refund of listed.refunds) {
      if (isDead(refund.status)) continue;
      refunds.set(refund.paymentId, [...(refunds.get(refund.paymentId) ?? []), refund]);
    }
    unreadable += listed.unreadable?.length ?? 0;
    page = listed.next;
    if (page === null) break;
  }
  return { source, payments, refunds, unreadable };
}

/** As it was then: null where it was not made yet. */
export function asOf(
  payment: Payment,
  refunds: readonly ProviderRefund[],
  at: number,
): Payment | null {
  if (payment.createdAt > at) return null;
  if (payment.paidAt !== null && payment.paidAt > at) {
    return { ...payment, status: "unpaid", capturedMinor: 0, refundedMinor: 0, paidAt: null };
  }
  const later = refunds
    .filter(({ createdAt }) => createdAt > at)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { ...payment, refundedMinor: Math.max(0, payment.refundedMinor - later) };
}

/** @param now the day of the past, epoch ms */
export function pastProvider(history: History, now: () => number): PaymentProvider {
  const { source, payments, refunds } = history;
  const told = new Map<string, Promise<Payment | null>>();
  const refundsOf = (id: string) => refunds.get(id) ?? [];

  function refuse(): never {
    throw new PermanentError("rehearsal_writes");
  }

  /** A list tells less than a payment's own page: not the payer of each, nor who sent a transfer. */
  async function read(id: string, signal: AbortSignal): Promise<Payment | null> {
    const listed = payments.get(id);
    if (listed !== undefined && listed.payerEmail !== null && !asksForAccount(listed))
      return listed;
    const known = told.get(id);
    if (known !== undefined) return known;
    const asked = source.retrievePayment(id, signal);
    told.set(id, asked);
    const payment = await asked;
    if (payment !== null) payments.set(id, payment);
    return payment;
  }

  return {
    name: source.name,
    // The index is filled by the rehearsal, up to the day.
    capabilities: { ...source.capabilities, imported: true },
    clockOffsetMs: () => null,
    account: (signal) => source.account(signal),
    listPayments: async () => ({ payments: [], next: null }),
    changedPayments: async () => null,
    async retrievePayment(id, signal) {
      const payment = await read(id, signal);
      return payment === null ? null : asOf(payment, refundsOf(payment.id), now());
    },
    async searchPayments(orderNumber, signal) {
      if (!source.capabilities.search) return [];
      const found = await source.searchPayments(orderNumber, signal);
      for (const payment of found) payments.set(payment.id, payment);
      return found.flatMap((payment) => asOf(payment, refundsOf(payment.id), now()) ?? []);
    },
    listRefunds: async (id) => refundsOf(id).filter(({ createdAt }) => createdAt <= now()),
    listAllRefunds: async () => ({ refunds: [], next: null }),
    retrieveRefund: async () => null,
    createRefund: async () => refuse(),
    cancelPayment: async () => refuse(),
    diagnose: async () => [],
  };
}
