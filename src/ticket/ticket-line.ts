// A ticket in one line, as the summary and the list of open tickets show it.

import { formatMoney } from "../domain/money.ts";
import type { SummaryTicketLine } from "../domain/summary-mail.ts";
import { ticketStatusWords } from "../domain/wording.ts";
import type { TicketRow } from "../store-port.ts";
import { deadlineWords } from "./account.ts";
import type { Desk } from "./desk.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const DAYS = {
  ja: (n: number) => `${n}日`,
  en: (n: number) => (n === 1 ? "1 day" : `${n} days`),
};

export function ticketLine(desk: Desk, row: TicketRow): SummaryTicketLine {
  const { ticket, amountMinor, currency } = row;
  const { locale } = desk.shop;
  const days = Math.floor((desk.clock.now() - ticket.openedAt) / DAY_MS);
  return {
    number: ticket.number,
    order: ticket.orderNumbers.join(", "),
    status: ticketStatusWords(ticket.status, locale),
    amount: amountMinor === null ? "" : formatMoney({ amountMinor, currency: currency ?? "JPY" }),
    age: DAYS[locale](days),
    note: [ticket.requesterName ?? "", deadlineWords(desk, row.refund)]
      .filter((part) => part !== "")
      .join(" / "),
  };
}

export function byAge(a: TicketRow, b: TicketRow): number {
  return a.ticket.openedAt - b.ticket.openedAt;
}
