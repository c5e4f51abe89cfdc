// What a customer's mail says, and where it goes: to the address on the payment, because the one in
// a form is only a claim; to the form's where the payment bears none.

import type { MailVariables } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { type Ticket, ticketReference } from "../domain/ticket.ts";
import { customerWords } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { queueCustomerMail } from "./queue-mail.ts";
import { HENKIN, note } from "./transition.ts";
import { isUnasked } from "./unasked.ts";

export type CustomerMailName =
  | "acknowledgement"
  | "need_order_number"
  | "return_goods"
  | "account_request"
  | "account_received"
  | "refund_started"
  | "refund_needs_details"
  | "refunded"
  | "voided"
  | "rejected"
  | "already_refunded"
  | "nothing_charged"
  | "refund_failed"
  | "payee_changed";

/** They answer what a customer has asked. */
const ANSWERS: readonly CustomerMailName[] = ["rejected", "nothing_charged", "already_refunded"];

type Common = MailVariables["acknowledgement"];

export function customerAddress(ticket: Ticket): string | null {
  return ticket.payerEmail ?? ticket.requesterEmail;
}

export async function writeToCustomer<Name extends CustomerMailName>(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  name: Name,
  occasion: string | number,
  variables: Omit<MailVariables[Name], keyof Common>,
): Promise<void> {
  const to = customerAddress(ticket);
  if (to === null) return;
  const { shop } = desk;
  if (ANSWERS.includes(name) && (await isUnasked(tx, ticket))) {
    await note(tx, desk, ticket, "mail_withheld", HENKIN, { mail: name, reason: "not_asked" });
    return;
  }
  const payment = await paymentOf(tx, ticket);
  // A ticket that no customer has opened bears no name, and the payment's address is the payer's own.
  const payerName = to === payment?.payerEmail ? payment.payerName : null;
  const common: Common = {
    reference: ticketReference(ticket.number),
    shopName: shop.name,
    shopEmail: shop.email,
    customer: customerWords(ticket.requesterName ?? payerName, shop.locale),
    orderNumber: orderNumbersOf(ticket, payment).join(", "),
  };
  // Only who wrote to us sees an answer to that mail: the payer's address may be someone else's.
  const opening =
    to === ticket.requesterEmail ? await tx.messages.find(ticket.openedBy) : undefined;
  // Forwarded, or written for a customer who phoned.
  const isStaffs = shop.staff.includes(opening?.fromAddress ?? "");
  await queueCustomerMail(tx, desk, {
    name,
    ticket,
    to,
    occasion,
    inReplyTo: isStaffs ? null : (opening?.messageId ?? null),
    variables: { ...common, ...variables } as unknown as MailVariables[Name],
  });
}

/**
 * Neutral, because one of the two may be a stranger: neither reads the other's address, a name or an
 * amount. The same change is told once.
 */
export async function tellPayeeChange(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  change: { readonly to: string; readonly before: string; readonly now: string },
): Promise<void> {
  const { shop } = desk;
  await queueCustomerMail(tx, desk, {
    name: "payee_changed",
    ticket,
    to: change.to,
    occasion: `${change.before}/${change.now}`,
    inReplyTo: null,
    variables: {
      reference: ticketReference(ticket.number),
      shopName: shop.name,
      shopEmail: shop.email,
      customer: customerWords(null, shop.locale),
      orderNumber: orderNumbersOf(ticket, await paymentOf(tx, ticket)).join(", "),
    },
  });
}

async function paymentOf(tx: WriteTx, ticket: Ticket): Promise<Payment | undefined> {
  if (ticket.provider === null || ticket.paymentId === null) return undefined;
  return tx.payments.find(ticket.provider, ticket.paymentId);
}

/** Of the payment once it is known: staff may have chosen another order than the customer typed. */
function orderNumbersOf(ticket: Ticket, payment: Payment | undefined): readonly string[] {
  return payment === undefined || payment.orderNumbers.length === 0
    ? ticket.orderNumbers
    : payment.orderNumbers;
}
