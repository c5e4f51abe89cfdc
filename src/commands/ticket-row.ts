// A ticket as a row of `tickets` and the head of `ticket` show it.

import type { TicketStatus } from "../domain/lifecycle.ts";
import { formatMoney } from "../domain/money.ts";
import type { LocalTime } from "../ports.ts";
import type { TicketRow } from "../store-port.ts";
import type { Style } from "./screen.ts";
import type { Cell } from "./table.ts";

export function jsonOf({ ticket, amountMinor, currency, refund }: TicketRow) {
  return {
    number: ticket.number,
    status: ticket.status,
    resolution: ticket.resolution,
    orderNumbers: ticket.orderNumbers,
    email: ticket.requesterEmail,
    name: ticket.requesterName,
    provider: ticket.provider,
    paymentId: ticket.paymentId,
    amount: amountMinor,
    currency,
    refundId: refund?.providerRefundId ?? null,
    refundStatus: refund?.state ?? null,
    openedAt: new Date(ticket.openedAt).toISOString(),
    updatedAt: new Date(ticket.updatedAt).toISOString(),
  };
}

const STYLES: Readonly<Partial<Record<TicketStatus, Style>>> = {
  unmatched: "waiting",
  awaiting_approval: "waiting",
  awaiting_manual_refund: "waiting",
  refund_requires_action: "waiting",
  refunded: "good",
  refund_failed: "bad",
  rejected: "faint",
  closed: "faint",
};

export function statusCell({ ticket: { status, resolution } }: Pick<TicketRow, "ticket">): Cell {
  const text = resolution ?? status;
  const style = STYLES[status];
  return style === undefined ? text : { text, style };
}

export const ROW_HEADER = ["Ticket", "Opened", "Status", "Order", "Amount", "Name", "Address"];
export const ROW_RIGHT = [ROW_HEADER.indexOf("Amount")];

export function cellsOf(row: TicketRow, localTime: LocalTime): Cell[] {
  const { ticket, amountMinor, currency } = row;
  return [
    `R-${ticket.number}`,
    localTime.formatDateTime(ticket.openedAt),
    statusCell(row),
    ticket.orderNumbers.join(","),
    amountMinor === null ? "" : formatMoney({ amountMinor, currency: currency ?? "JPY" }),
    ticket.requesterName ?? "",
    ticket.requesterEmail ?? "",
  ];
}
