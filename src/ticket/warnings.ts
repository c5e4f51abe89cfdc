// What a request for approval warns of.

import { domainOf } from "../domain/mail-message.ts";
import { formatMoney } from "../domain/money.ts";
import { type Payment, refundableMinor } from "../domain/payment.ts";
import { isKnownMethod } from "../domain/payment-words.ts";
import type { RefundAction, Ticket } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { depositWarnings } from "./deposit.ts";
import type { Desk } from "./desk.ts";
import { isTransferReported } from "./payout.ts";

/** The provider may refund it in a way of its own. */
export function methodWarnings(
  { shop }: Desk,
  { method }: Payment,
  action: RefundAction,
): string[] {
  if (action !== "refund" || isKnownMethod(method)) return [];
  return [sentence("method_unknown", shop.locale, method)];
}

/** What else approvers should know before they decide about this payment. */
export async function warningsFor(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  pendingElsewhere: readonly string[],
): Promise<string[]> {
  const { locale } = desk.shop;
  const warnings: string[] = [];
  for (const pending of pendingElsewhere) {
    warnings.push(sentence("refund_pending_elsewhere", locale, pending));
  }
  const others = await tx.tickets.listByPayment(payment.provider, payment.id);
  for (const other of others.filter(({ id }) => id !== ticket.id)) {
    warnings.push(sentence("other_ticket", locale, `R-${other.number} (${other.status})`));
  }
  for (const other of [ticket, ...others.filter(({ id }) => id !== ticket.id)]) {
    if (!(await isTransferReported(tx, other))) continue;
    warnings.push(sentence("transfer_reported_before", locale, `R-${other.number}`));
  }
  if (payment.payerEmail === null) warnings.push(sentence("payer_without_email", locale));
  const sender = (await tx.messages.find(ticket.openedBy))?.fromAddress ?? "";
  if (isOtherSender(desk, ticket, sender))
    warnings.push(sentence("sender_differs", locale, sender));
  const { requestedMinor } = ticket;
  if (requestedMinor !== null && requestedMinor > refundableMinor(payment)) {
    const amount = formatMoney({ amountMinor: requestedMinor, currency: payment.currency });
    warnings.push(sentence("requested_above_left", locale, amount));
  }
  warnings.push(...(await depositWarnings(tx, desk, ticket, payment)));
  return warnings;
}

/** Neither the customer's address, nor the shop's own form or staff. */
function isOtherSender({ shop }: Desk, ticket: Ticket, sender: string): boolean {
  const own = [...shop.formFrom, ...shop.staff, ...shop.managers];
  if (sender === "" || ticket.requesterEmail === null || own.includes(sender)) return false;
  return sender !== ticket.requesterEmail && domainOf(sender) !== domainOf(shop.email);
}
