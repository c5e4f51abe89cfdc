// Whom and what a new mail is about, before it is understood: see overtaking.ts.

import { codesIn } from "../domain/approval/approver.ts";
import { isOpen } from "../domain/lifecycle.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { Concern } from "../domain/overtaking.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { commandOf, isOwn } from "./understand.ts";

/** @param hasPassed whether this mail, which opened a ticket, went ahead of those that wait */
export async function concernOf(
  tx: ReadTx,
  desk: Desk,
  reading: MailReading,
  hasPassed: (messagePk: string) => boolean,
): Promise<Concern> {
  const { message, classification } = reading;
  if (await isOwn(tx, desk, message)) return { kind: "nothing" };
  // What waits came before the mail that opened such a ticket, and does not know of it.
  const areNews = (tickets: readonly Ticket[]) =>
    tickets.every(({ openedBy }) => hasPassed(openedBy));
  switch (classification.kind) {
    case "refund_request": {
      if (isCommand(desk, reading)) return { kind: "anything" };
      const tickets = await listOpen(tx, reading);
      const facts = [...factsIn(desk, reading), ...tickets.flatMap(factsOf)];
      return { kind: "these", facts, isNews: !takesBack(reading) && areNews(tickets) };
    }
    case "staff_reply":
    case "customer_reply": {
      const tickets = await listNamed(tx, reading);
      const isLost = tickets.length === 0;
      if (isLost && classification.kind === "staff_reply") return { kind: "anything" };
      const facts = [...factsIn(desk, reading), ...tickets.flatMap(factsOf)];
      return { kind: "these", facts, isNews: !isLost && !takesBack(reading) && areNews(tickets) };
    }
    default:
      return { kind: isCommand(desk, reading) ? "anything" : "nothing" };
  }
}

/** It may be about a request that waits, too. */
function takesBack({ fields, request }: MailReading): boolean {
  return fields.intent === "withdraw" || request.intent === "withdraw";
}

/** A new mail of an approver that opens a ticket, or decides by a code alone. */
function isCommand(desk: Desk, reading: MailReading): boolean {
  const isStaff = reading.message.from.some(({ address }) => desk.shop.staff.includes(address));
  return isStaff && (commandOf(desk, reading) !== null || codesIn(reading.message).length > 0);
}

/** Those that a request of this person, or for this order, would join. */
async function listOpen(tx: ReadTx, { request }: MailReading): Promise<Ticket[]> {
  const found = await Promise.all([
    ...request.orderNumbers.map((number) => tx.tickets.listByOrderNumber(number)),
    ...(request.email === null ? [] : [tx.tickets.listByRequester(request.email)]),
  ]);
  return found.flat().filter(({ status }) => isOpen(status));
}

/** Those that an answer belongs to, by any of its signs. */
async function listNamed(tx: ReadTx, { message, classification }: MailReading): Promise<Ticket[]> {
  const named = [...message.inReplyTo, ...message.references];
  const number = classification.ticketNumber;
  const request = await tx.approvals.findRequestByMessageId(named);
  const ids = [request?.ticketId, (await tx.mails.findByMessageId(named))?.ticketId];
  const found = await Promise.all([
    ...(number === null ? [] : [tx.tickets.findByNumber(number)]),
    ...ids.filter((id) => id != null).map((id) => tx.tickets.find(id)),
  ]);
  return found.filter((ticket) => ticket !== undefined);
}

function factsOf({ id, orderNumbers, requesterEmail, payerEmail }: Ticket): string[] {
  return [id, ...orderNumbers, requesterEmail ?? "", payerEmail ?? ""].filter(Boolean);
}

/** The address that a form sends from is everybody's, and an approver writes about many tickets. */
function factsIn(
  { shop }: Desk,
  { message, request, fields, writtenBy, isForm, classification }: MailReading,
): string[] {
  const authors = isForm ? [] : message.from.map(({ address }) => address);
  const people = [...authors, writtenBy ?? "", fields.email ?? "", request.email ?? ""];
  const numbers = [...fields.orderNumbers, ...request.orderNumbers];
  const facts = people.filter((address) => !shop.staff.includes(address));
  return [...facts, ...numbers, ...classification.references].filter((fact) => fact !== "");
}
