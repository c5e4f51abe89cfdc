// What a customer transferred beyond the orders it paid lies in a cash balance at Stripe. It is shown as
// a payment of its own, because it is given back by a refund of its own
// (docs.stripe.com/payments/customer-balance/refunding#refund-cash-balance).

import { z } from "zod";
import { kanaKey } from "../domain/name.ts";
import type { Payment } from "../domain/payment.ts";
import { readAs } from "./exchange.ts";

const PREFIX = "cash_balance";

const BalanceShape = z.object({
  available: z.record(z.string(), z.int()).nullish(),
});

const MovementShape = z.object({
  type: z.string(),
  currency: z.string(),
  net_amount: z.int(),
  funded: z
    .object({
      bank_transfer: z
        .object({ jp_bank_transfer: z.object({ sender_name: z.string().nullish() }).nullish() })
        .nullish(),
    })
    .nullish(),
});

export interface CashBalanceKey {
  readonly customer: string;
  /** Lower case, as Stripe writes it. */
  readonly currency: string;
}

/** What went in and out of a cash balance, in one currency. */
export interface Movements {
  /** Returned to the customer, or on the way, minor units. */
  readonly returnedMinor: number;
  /** Who transferred, where it was one person alone. */
  readonly senderKana: string | null;
}

export function cashBalanceId(customer: string, currency: string): string {
  return `${PREFIX}:${customer}:${currency.toLowerCase()}`;
}

/** Null where the id is not one of a cash balance. */
export function cashBalanceOf(id: string): CashBalanceKey | null {
  const [prefix, customer = "", currency = "", ...more] = id.split(":");
  const isOne = prefix === PREFIX && /^cus_\w+$/.test(customer) && /^[a-z]{3}$/.test(currency);
  return isOne && more.length === 0 ? { customer, currency } : null;
}

/** Throws UnreadableAnswer. */
export function availableOf(answer: unknown, currency: string): number {
  return readAs("cash balance", BalanceShape, answer).available?.[currency] ?? 0;
}

/** Throws UnreadableAnswer where one of them cannot be read: then nothing is known for certain. */
export function movementsOf(answers: readonly unknown[], currency: string): Movements {
  const read = readAs("list of cash balance transactions", z.array(MovementShape), answers);
  const movements = read.filter((movement) => movement.currency === currency);
  const returned = movements
    .filter(({ type }) => type === "return_initiated" || type === "return_canceled")
    .reduce((sum, movement) => sum - movement.net_amount, 0);
  return { returnedMinor: Math.max(0, returned), senderKana: onlySender(movements) };
}

/** Two senders, and it is not known which of them paid for the order. */
function onlySender(movements: readonly z.infer<typeof MovementShape>[]): string | null {
  const names = movements
    .filter(({ type }) => type === "funded")
    .map(({ funded }) => funded?.bank_transfer?.jp_bank_transfer?.sender_name?.trim() ?? "");
  const [first = ""] = names;
  const key = kanaKey(first) ?? first;
  const isOne = first !== "" && names.every((name) => (kanaKey(name) ?? name) === key);
  return isOne ? first : null;
}

/** Something was transferred for it. An order that nobody pays may name anybody. */
export function isFunded({ capturedMinor, missingMinor }: Payment): boolean {
  return capturedMinor > 0 || missingMinor !== undefined;
}

/**
 * @param transfers the customer's payments by bank transfer, newest first; the money may be of any of
 * them, and the newest that is funded names the payer
 */
export function paymentOfBalance(
  key: CashBalanceKey,
  balance: { readonly availableMinor: number; readonly returnedMinor: number },
  transfers: readonly [Payment, ...Payment[]],
): Payment {
  const payer = transfers.find(isFunded);
  const main = payer ?? transfers[0];
  const captured = Math.max(0, balance.availableMinor) + balance.returnedMinor;
  return {
    provider: main.provider,
    account: main.account,
    livemode: main.livemode,
    id: cashBalanceId(key.customer, key.currency),
    currency: key.currency.toUpperCase(),
    amountMinor: captured,
    capturedMinor: captured,
    refundedMinor: balance.returnedMinor,
    status: "paid",
    method: PREFIX,
    description: main.description,
    orderNumbers: [...new Set(transfers.flatMap(({ orderNumbers }) => orderNumbers))],
    orderNumbersFrom: main.orderNumbersFrom,
    payerName: payer?.payerName ?? null,
    payerEmail: payer?.payerEmail ?? null,
    ...(payer?.payerKana !== undefined && { payerKana: payer.payerKana }),
    disputed: false,
    createdAt: main.createdAt,
    paidAt: main.paidAt,
  };
}
