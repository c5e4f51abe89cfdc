// A customer's mail becomes a ticket, joins one, or is put before staff.

import type { RequestFields } from "../domain/intake/contact-form.ts";
import { isOpen } from "../domain/lifecycle.ts";
import { nameKey } from "../domain/name.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import { isAskedAgain } from "./asked-again.ts";
import { writeToCustomer } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, happen, note } from "./transition.ts";

/** One mail cannot open more tickets than a person could have meant. */
const ORDERS_A_MAIL_MAX = 5;

const LINES_MAX = 60;

/** What staff read of a customer's text; what is left out is said. */
export function lines(text: string): string[] {
  const all = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (all.length <= LINES_MAX) return all;
  return [...all.slice(0, LINES_MAX), `… (+${all.length - LINES_MAX})`];
}

export async function queueMatch(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  ticket: Pick<Ticket, "id">,
  occasion: string,
): Promise<void> {
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/${occasion}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: {},
    dueAt: desk.clock.now(),
  });
}

function isSameRequester(ticket: Ticket, fields: RequestFields): boolean {
  if (fields.email !== null && ticket.requesterEmail === fields.email) return true;
  const key = fields.name === null ? null : nameKey(fields.name);
  return key !== null && ticket.requesterName !== null && nameKey(ticket.requesterName) === key;
}

/** The open ticket this request belongs to: same order and same person. */
async function findOpenTicket(
  tx: WriteTx,
  fields: RequestFields,
  orderNumber: string | null,
): Promise<Ticket | undefined> {
  if (orderNumber !== null) {
    const sameOrder = await tx.tickets.listByOrderNumber(orderNumber);
    const joined = sameOrder.find(
      (ticket) => isOpen(ticket.status) && isSameRequester(ticket, fields),
    );
    if (joined !== undefined || fields.email === null) return joined;
    const waiting = await tx.tickets.listByRequester(fields.email);
    return waiting.find(
      (ticket) => ticket.status === "unmatched" && ticket.orderNumbers.length === 0,
    );
  }
  if (fields.email === null) return undefined;
  const own = (await tx.tickets.listByRequester(fields.email)).filter((ticket) =>
    isOpen(ticket.status),
  );
  return own.length === 1 ? own[0] : undefined;
}

/**
 * Returns the tickets the mail belongs to, the first one first.
 *
 * @param writtenBy whose mail it is, beyond what its text claims (mail-reading.ts)
 */
export async function openOrJoin(
  tx: WriteTx,
  desk: Desk,
  messagePk: string,
  fields: RequestFields,
  writtenBy: string | null,
): Promise<Ticket[]> {
  const orders: (string | null)[] =
    fields.orderNumbers.length === 0 ? [null] : fields.orderNumbers.slice(0, ORDERS_A_MAIL_MAX);
  const tickets: Ticket[] = [];
  for (const orderNumber of orders) {
    const known = await findOpenTicket(tx, fields, orderNumber);
    if (known !== undefined) {
      await join(tx, desk, known, { messagePk, fields, writtenBy }, orderNumber);
      tickets.push(known);
    } else if (fields.intent === "withdraw") {
      // It asks for nothing that could be opened; what was meant, a person may know.
      const details = lines(fields.messageText);
      await tellStaff(tx, desk, null, `withdrew/${messagePk}`, "withdrew_nothing", [], details);
    } else {
      tickets.push(await open(tx, desk, messagePk, fields, orderNumber, orders.length > 1));
    }
  }
  return tickets;
}

async function open(
  tx: WriteTx,
  desk: Desk,
  messagePk: string,
  fields: RequestFields,
  orderNumber: string | null,
  isOneOfSeveral: boolean,
): Promise<Ticket> {
  const now = desk.clock.now();
  const ticket = await tx.tickets.insert({
    id: desk.signer.derive("ticket", messagePk, orderNumber ?? "").slice(0, 32),
    openedBy: messagePk,
    orderNumbers: orderNumber === null ? [] : [orderNumber],
    requesterName: fields.name,
    requesterKana: fields.kana,
    requesterEmail: fields.email,
    // One figure for several orders says nothing about any of them: staff state the amounts.
    requestedMinor: isOneOfSeveral ? null : fields.requestedAmountMinor,
    intent: isOneOfSeveral && fields.requestedAmountMinor !== null ? "partial" : fields.intent,
    openedAt: now,
  });
  await note(tx, desk, ticket, "ticket_opened", HENKIN, { message: messagePk });
  if (desk.shop.acknowledge) {
    await writeToCustomer(tx, desk, ticket, "acknowledgement", "once", {});
  }
  await queueMatch(tx, desk, ticket, "opened");
  return ticket;
}

interface Joining {
  readonly messagePk: string;
  readonly fields: RequestFields;
  readonly writtenBy: string | null;
}

async function join(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { messagePk, fields, writtenBy }: Joining,
  orderNumber: string | null,
): Promise<void> {
  await note(tx, desk, ticket, "request_joined", HENKIN, { message: messagePk });
  if (fields.intent === "withdraw") {
    const isOwner = writtenBy !== null && writtenBy === ticket.requesterEmail;
    if (isOwner && (await withdraw(tx, desk, ticket, messagePk, fields))) return;
    const reason = isOwner ? "customer_wrote" : "withdrawal_unverified";
    const from = writtenBy ?? fields.email ?? "";
    const details = lines(fields.messageText);
    await tellStaff(tx, desk, ticket, `message/${messagePk}`, reason, [from], details);
    return;
  }
  if (orderNumber !== null && !ticket.orderNumbers.includes(orderNumber)) {
    await takeDetails(tx, desk, ticket, messagePk, [orderNumber]);
    return;
  }
  const isSameWish =
    fields.intent === ticket.intent && fields.requestedAmountMinor === ticket.requestedMinor;
  if (!isSameWish) {
    await tellStaff(
      tx,
      desk,
      ticket,
      `message/${messagePk}`,
      "customer_wrote",
      [],
      lines(fields.messageText),
    );
  }
}

/** Ends a request that its sender takes back, as long as nobody approved it: no money may move. */
async function withdraw(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  messagePk: string,
  fields: RequestFields,
): Promise<boolean> {
  // A failed refund was approved: what becomes of it, staff decide.
  if (ticket.status === "refund_failed") return false;
  if (await isAskedAgain(tx, ticket, messagePk)) return false;
  const ended = await happen(tx, desk, ticket, {
    event: "ticket_closed",
    actor: HENKIN,
    resolution: "withdrawn",
    data: { message: messagePk },
  });
  if (ended === null) return false;
  if (ticket.round > 0) await tx.approvals.closeRound(ticket.id, ticket.round, "superseded");
  const details = lines(fields.messageText);
  await tellStaff(tx, desk, ended, "withdrawn", "customer_withdrew", [], details);
  return true;
}

/** Staff get the true state and a drafted answer. */
export async function queueInquiry(
  tx: WriteTx,
  desk: Desk,
  ticket: Pick<Ticket, "id">,
  message: { readonly pk: string; readonly from: string | null },
): Promise<void> {
  await tx.jobs.add({
    id: `answer_inquiry/${message.pk}`,
    kind: "answer_inquiry",
    lane: "matching",
    ticketId: ticket.id,
    payload: { messagePk: message.pk, from: message.from ?? "" },
    dueAt: desk.clock.now(),
  });
}

/** The order number came after all. */
async function takeDetails(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  messagePk: string,
  orderNumbers: readonly string[],
): Promise<boolean> {
  if (ticket.status !== "unmatched") return false;
  if (ticket.round > 0) await tx.approvals.closeRound(ticket.id, ticket.round, "superseded");
  const received = await happen(tx, desk, ticket, {
    event: "details_received",
    actor: HENKIN,
    data: { message: messagePk },
    change: { orderNumbers },
  });
  if (received !== null) await queueMatch(tx, desk, ticket, messagePk);
  return received !== null;
}

/**
 * A customer's answer to a mail of ours. It never decides anything: it may bring the order number
 * we asked for, and is otherwise shown to staff.
 *
 * @param isTrusted it answers a mail of ours by its unguessable Message-ID, or comes from the
 *   ticket's own address
 */
export async function takeCustomerReply(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  reply: { messagePk: string; fields: RequestFields; isTrusted: boolean; from: string },
): Promise<void> {
  await note(tx, desk, ticket, "customer_replied", HENKIN, {
    message: reply.messagePk,
    trusted: reply.isTrusted,
  });
  const { orderNumbers, intent } = reply.fields;
  if (reply.isTrusted && intent === "withdraw") {
    if (await withdraw(tx, desk, ticket, reply.messagePk, reply.fields)) return;
  }
  const isNew = orderNumbers.some((number) => !ticket.orderNumbers.includes(number));
  if (reply.isTrusted && isNew && orderNumbers.length === 1) {
    if (await takeDetails(tx, desk, ticket, reply.messagePk, orderNumbers)) return;
  }
  await tellStaff(
    tx,
    desk,
    ticket,
    `message/${reply.messagePk}`,
    reply.isTrusted ? "customer_wrote" : "stranger_wrote",
    [reply.from],
    lines(reply.fields.messageText),
  );
}
