// What staff start by mail, authenticated as their answers are: a ticket for a request that came by
// phone, or the list of what is open. It decides nothing: the ticket goes the way of every other.

import { checkApprover } from "../domain/approval/approver.ts";
import type { DkimSignature } from "../domain/approval/dkim.ts";
import type { StaffCommand } from "../domain/approval/staff-command.ts";
import type { RequestFields } from "../domain/intake/contact-form.ts";
import { isOpen, TICKET_STATUSES } from "../domain/lifecycle.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { TicketRow, WriteTx } from "../store-port.ts";
import { approverRules, type Desk } from "./desk.ts";
import { lines, openOrJoin } from "./intake.ts";
import { queueMail } from "./queue-mail.ts";
import { tellPerson, tellStaff } from "./staff-mail.ts";
import { byAge, ticketLine } from "./ticket-line.ts";
import { note } from "./transition.ts";

interface Given {
  readonly messagePk: string;
  readonly message: MailMessage;
  readonly signatures: readonly DkimSignature[];
  readonly command: StaffCommand;
  readonly text: string;
}

export async function takeCommand(
  tx: WriteTx,
  desk: Desk,
  { messagePk, message, signatures, command, text }: Given,
): Promise<{ ticket: Ticket | null; reason: string }> {
  // No code can vouch for a mail that answers nothing, whatever APPROVAL_AUTH says.
  const rules = { ...approverRules(desk.shop), mode: "authenticated" as const };
  const { ok, address, reason } = checkApprover(message, { ...rules, signatures });
  if (!ok || address === null) {
    if (!reason.startsWith("automatic")) {
      await tellStaff(tx, desk, null, `command/${messagePk}`, "command_unauthenticated", [
        address ?? "",
      ]);
    }
    return { ticket: null, reason };
  }
  const from = { messagePk, address };
  switch (command.kind) {
    case "list":
      await sendList(tx, desk, from, await listOpen(tx));
      return { ticket: null, reason: "list" };
    case "unclear":
      await tellPerson(tx, desk, address, {
        occasion: `command/${messagePk}`,
        reason: "command_unclear",
        details: lines(text),
      });
      return { ticket: null, reason: "unclear" };
    case "open":
      return open(tx, desk, from, command, text);
  }
}

interface From {
  readonly messagePk: string;
  readonly address: string;
}

async function open(
  tx: WriteTx,
  desk: Desk,
  from: From,
  { orderNumber, email, name }: Extract<StaffCommand, { kind: "open" }>,
  text: string,
): Promise<{ ticket: Ticket | null; reason: string }> {
  const sameOrder = await tx.tickets.listByOrderNumber(orderNumber);
  const known = sameOrder.filter(({ status }) => isOpen(status));
  const [first] = known;
  if (first !== undefined) {
    const numbers = known.map(({ number }) => number);
    const rows = (await listOpen(tx)).filter(({ ticket }) => numbers.includes(ticket.number));
    await sendList(tx, desk, from, rows);
    return { ticket: first, reason: "open_already" };
  }
  const fields: RequestFields = {
    name,
    kana: null,
    email,
    phone: null,
    address: null,
    orderNumbers: [orderNumber],
    requestedAmountMinor: null,
    intent: "full",
    messageText: text,
    found: {},
  };
  const [ticket = null] = await openOrJoin(tx, desk, from.messagePk, fields, null);
  await note(tx, desk, ticket, "opened_by_staff", from.address, { message: from.messagePk });
  return { ticket, reason: "opened" };
}

async function listOpen(tx: WriteTx): Promise<TicketRow[]> {
  const rows = await Promise.all(
    TICKET_STATUSES.filter(isOpen).map((status) => tx.tickets.list({ status })),
  );
  return rows.flat().sort(byAge);
}

async function sendList(
  tx: WriteTx,
  desk: Desk,
  { messagePk, address }: From,
  rows: readonly TicketRow[],
): Promise<void> {
  await queueMail(tx, desk, {
    name: "open_tickets",
    ticket: null,
    to: address,
    occasion: messagePk,
    variables: { shopName: desk.shop.name, tickets: rows.map((row) => ticketLine(desk, row)) },
  });
}
