// Each refund of a night as a row for the accountant.

import { bareFigure } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { providerWords } from "../domain/payment-words.ts";
import type { SeenRefund } from "../domain/reconciliation.ts";
import type { LedgerEntry, LedgerState } from "../domain/refund-ledger.ts";
import type { LedgerLine } from "../domain/summary-mail.ts";
import { type Ticket, ticketReference } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { BY_HAND } from "../ticket/payout.ts";

const HANDS = { ja: "手動の振込", en: "by hand" };

export function providerLabel(provider: string, locale: Locale): string {
  return provider === BY_HAND ? HANDS[locale] : providerWords(provider);
}

const STATES: Readonly<Record<LedgerState, Readonly<Record<Locale, string>>>> = {
  pending: { ja: "処理中", en: "pending" },
  requires_action: { ja: "口座情報待ち", en: "waits for bank details" },
  succeeded: { ja: "返金済み", en: "refunded" },
  failed: { ja: "失敗", en: "failed" },
  canceled: { ja: "取消", en: "cancelled" },
};
const CAME_BACK = { ja: "戻り(返金後に不成立)", en: "came back after it was refunded" };
const ELSEWHERE = { ja: "henkin 以外", en: "outside henkin" };

/** Of henkin's own refunds. */
export async function ledgerOf(
  tx: ReadTx,
  desk: Desk,
  entries: readonly LedgerEntry[],
): Promise<LedgerLine[]> {
  const { locale } = desk.shop;
  const lines: LedgerLine[] = [];
  for (const entry of entries) {
    const { state, currency, paidMinor } = entry;
    const ticket = entry.ticketId === null ? undefined : await tx.tickets.find(entry.ticketId);
    lines.push({
      date: desk.calendar.formatDateTime(entry.at),
      ...(await aboutOf(tx, ticket, ticket?.provider ?? "", ticket?.paymentId ?? "")),
      amount: bareFigure(entry),
      currency,
      provider: providerLabel(entry.provider, locale),
      refund: entry.providerRefundId,
      state: paidMinor < 0 ? CAME_BACK[locale] : STATES[state][locale],
      paidOut: bareFigure({ amountMinor: paidMinor, currency }),
    });
  }
  return lines;
}

/** What a person or another system gave back: money of the shop as well. */
export async function ledgerOfOthers(
  tx: ReadTx,
  desk: Desk,
  refunds: readonly SeenRefund[],
): Promise<LedgerLine[]> {
  const { locale } = desk.shop;
  const lines: LedgerLine[] = [];
  for (const refund of refunds) {
    const { provider, paymentId, status, currency, amountMinor } = refund;
    const ticket = refund.ticketId === null ? undefined : await tx.tickets.find(refund.ticketId);
    const state = status === "unknown" ? status : STATES[status][locale];
    lines.push({
      date: desk.calendar.formatDateTime(refund.createdAt),
      ...(await aboutOf(tx, ticket, provider, paymentId)),
      amount: bareFigure(refund),
      currency,
      provider: providerLabel(provider, locale),
      refund: refund.id,
      state: `${state} (${ELSEWHERE[locale]})`,
      paidOut: bareFigure({ amountMinor: status === "succeeded" ? amountMinor : 0, currency }),
    });
  }
  return lines;
}

async function aboutOf(
  tx: ReadTx,
  ticket: Ticket | undefined,
  provider: string,
  paymentId: string,
): Promise<Pick<LedgerLine, "ticket" | "order" | "counterparty">> {
  const payment = paymentId === "" ? undefined : await tx.payments.find(provider, paymentId);
  return {
    ticket: ticket === undefined ? "" : ticketReference(ticket.number),
    order: ordersOf(ticket, payment).join(" "),
    counterparty: payment?.payerName ?? ticket?.requesterName ?? payment?.payerEmail ?? "",
  };
}

/** What was paid: staff may have chosen another order than the customer typed. */
function ordersOf(ticket: Ticket | undefined, payment: Payment | undefined): readonly string[] {
  if (payment !== undefined && payment.orderNumbers.length > 0) return payment.orderNumbers;
  return ticket?.orderNumbers ?? [];
}
