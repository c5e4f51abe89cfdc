// Reads the payments that a ticket may mean from their providers. What cannot be read stands there as it
// was last known, with the status unknown, so that its ticket comes before a person and no other does.

import { AppError, PermanentError, StorageError, UnreadableError } from "../domain/errors.ts";
import type { Payment } from "../domain/payment.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { PaymentProvider } from "../ports.ts";
import { asUnreadable, unlessUnreadable } from "./sync-payments.ts";

export const LIVE_LOOKUPS_MAX = 12;

type Providers = ReadonlyMap<string, PaymentProvider>;
export type PaymentKey = Pick<Payment, "provider" | "id">;
/** As far as it is known. */
export type Sought = PaymentKey | Payment;

export interface Looked {
  readonly payment: Payment;
  /** False where the provider's answer could not be read. */
  readonly isRead: boolean;
}

interface Wanted {
  readonly ticket: Ticket;
  readonly known: readonly Payment[];
}

export function keyOf({ provider, id }: PaymentKey): string {
  return `${provider}/${id}`;
}

/** Why a provider could not be asked. Rethrows what says nothing about the provider. */
export function whyUnasked(error: unknown, signal: AbortSignal): AppError {
  if (!(error instanceof AppError) || error instanceof StorageError || signal.aborted) throw error;
  return error instanceof PermanentError ? asUnreadable(error) : error;
}

export function isOfOrder(ticket: Ticket, { orderNumbers }: Payment): boolean {
  return orderNumbers.some((number) => ticket.orderNumbers.includes(number));
}

/**
 * Every payment of the order, and the newest of the payer's others. One that bears no order number in the
 * index may by now be of this order; one that bears another's comes later.
 */
function toLookUp({ ticket, known }: Wanted): { first: Payment[]; later: Payment[] } {
  const ofOrder = known.filter((payment) => isOfOrder(ticket, payment));
  const others = known.filter((payment) => !ofOrder.includes(payment)).slice(0, LIVE_LOOKUPS_MAX);
  const isOfNone = ({ orderNumbers }: Payment) => orderNumbers.length === 0;
  return {
    first: [...ofOrder, ...others.filter(isOfNone)],
    later: others.filter((payment) => !isOfNone(payment)),
  };
}

/** Providers that could not be asked, and why. */
export type Blind = ReadonlyMap<string, AppError>;

/**
 * Read live, and searched for where a provider can be asked for an order number; one that cannot answer
 * the search keeps nothing from a ticket whose payment lies with another.
 *
 * @param isSettled whether payments of other orders cannot change what these come to; a common name has
 *   paid many
 */
export async function lookUp(
  providers: Providers,
  wanted: Wanted,
  signal: AbortSignal,
  isSettled: (payments: readonly Payment[]) => boolean,
): Promise<{ readonly looked: Looked[]; readonly blind: Blind }> {
  const found = new Map<string, Looked>();
  const blind = new Map<string, AppError>();
  const add = (looked: readonly Looked[]) => {
    for (const one of looked) found.set(keyOf(one.payment), one);
  };
  for (const provider of providers.values()) {
    if (!provider.capabilities.search) continue;
    try {
      for (const orderNumber of wanted.ticket.orderNumbers.slice(0, LIVE_LOOKUPS_MAX)) {
        const payments = await provider.searchPayments(orderNumber, signal);
        add(payments.map((payment) => ({ payment, isRead: true })));
      }
    } catch (error) {
      blind.set(provider.name, whyUnasked(error, signal));
    }
  }
  const read = async (payments: readonly Payment[]) => {
    const sought = payments.filter((payment) => !found.has(keyOf(payment)));
    const unasked = sought.filter(({ provider }) => blind.has(provider));
    add(unasked.map((payment) => ({ payment, isRead: false })));
    const listed = sought.filter(({ provider }) => !blind.has(provider));
    add(await readLive(providers, listed, signal));
  };
  const { first, later } = toLookUp(wanted);
  await read(first);
  if (!isSettled([...found.values()].map(({ payment }) => payment))) await read(later);
  const beside = [...found.values()]
    .flatMap(({ payment: { provider, alongside = [] } }) =>
      alongside.map((id) => ({ provider, id })),
    )
    .filter((key) => !found.has(keyOf(key)));
  const toRead = new Map(beside.map((key) => [keyOf(key), key]));
  const alongside = await readLive(providers, [...toRead.values()], signal);
  return { looked: [...found.values(), ...alongside], blind };
}

/** Throws UnreadableError only of a payment that was not known before. */
export async function readLive(
  providers: Providers,
  payments: readonly Sought[],
  signal: AbortSignal,
): Promise<Looked[]> {
  const fresh: Looked[] = [];
  for (const one of payments) {
    const provider = providers.get(one.provider);
    // A payment of a provider that is configured no more cannot be refunded by us.
    if (provider === undefined) continue;
    const answer = await unlessUnreadable(provider.retrievePayment(one.id, signal));
    if (answer === null) continue;
    const isRead = !(answer instanceof UnreadableError);
    const payment = isRead ? answer : unclear(one, answer);
    // An authorisation and the payment it has become are one.
    if (!fresh.some((other) => keyOf(other.payment) === keyOf(payment))) {
      fresh.push({ payment, isRead });
    }
  }
  return fresh;
}

/** What was known of it finds its ticket; what is true of it now, a person must see. */
export function unclear(known: Sought, unreadable: UnreadableError): Payment {
  if (!("status" in known)) throw unreadable;
  const { raw } = unreadable;
  return { ...known, status: "unknown", ...(raw !== null && { raw }) };
}
