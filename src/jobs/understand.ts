// Says what a mail is and hands it to the step that deals with it. The customer's text is data: nothing in
// it decides anything.

import type { DkimSignature } from "../domain/approval/dkim.ts";
import { COMMAND_KIND, readCommand, type StaffCommand } from "../domain/approval/staff-command.ts";
import { deliveryStatuses, reportedMessageIds } from "../domain/delivery-status.ts";
import { domainOf, type MailMessage } from "../domain/mail-message.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { findRequestByCode, takeAnswer } from "../ticket/answer.ts";
import { takeAccount } from "../ticket/bank-account.ts";
import type { Desk } from "../ticket/desk.ts";
import { lines, openOrJoin, queueInquiry, takeCustomerReply } from "../ticket/intake.ts";
import { takeNotice } from "../ticket/notice.ts";
import { ownMessageId } from "../ticket/own-mail.ts";
import { tellPerson, tellStaff } from "../ticket/staff-mail.ts";
import { takeCommand } from "../ticket/take-command.ts";
import { note } from "../ticket/transition.ts";

export interface ReadMessage extends MailReading {
  readonly pk: string;
  readonly receivedAt: number;
  readonly signatures: readonly DkimSignature[];
}

interface Handled {
  readonly kind: string;
  readonly ticket: Pick<Ticket, "id"> | null;
  readonly reason: string | null;
}

/** In the commit that stores it, or in one of its own. */
export async function understand(tx: WriteTx, desk: Desk, read: ReadMessage): Promise<void> {
  const { kind, ticket, reason } = await handle(tx, desk, read);
  await tx.messages.markProcessed(read.pk, { kind, ticketId: ticket?.id ?? null, reason });
  await note(tx, desk, ticket, "message_received", "henkin", { kind, message: read.pk, reason });
}

/** A shop with one single address finds its own mails in its inbox. */
export async function isOwn(tx: ReadTx, desk: Desk, message: MailMessage): Promise<boolean> {
  if (ownMessageId(desk.signer, message) !== null) return true;
  const { messageId } = message;
  return messageId !== null && (await tx.mails.findByMessageId([messageId])) !== undefined;
}

async function handle(tx: WriteTx, desk: Desk, read: ReadMessage): Promise<Handled> {
  const { message, classification, pk } = read;
  if (await isOwn(tx, desk, message)) return { kind: "own", ticket: null, reason: null };
  const { reason } = classification;
  const command = commandOf(desk, read);
  if (command !== null) {
    const text = read.answer?.written.text ?? "";
    const taken = await takeCommand(tx, desk, { ...read, messagePk: pk, command, text });
    return { kind: COMMAND_KIND, ...taken };
  }
  const kind = (await answersByCode(tx, desk, read)) ? "staff_reply" : classification.kind;
  switch (kind) {
    case "refund_request": {
      const [ticket] = await openOrJoin(tx, desk, pk, read.request, read.writtenBy);
      return { kind, ticket: ticket ?? null, reason };
    }
    case "staff_reply": {
      const { answer } = read;
      if (answer === null) return { kind, ticket: null, reason };
      const taken = await takeAnswer(tx, desk, {
        messagePk: pk,
        receivedAt: read.receivedAt,
        message,
        signatures: read.signatures,
        ...answer,
        ticketNumber: classification.ticketNumber,
      });
      return { kind, ...taken };
    }
    case "customer_reply": {
      const ticket = await handleCustomerReply(tx, desk, read);
      if (ticket !== null || read.fields.intent === null) return { kind, ticket, reason };
      // It names a ticket that does not exist, but asks for something all the same.
      const [opened] = await openOrJoin(tx, desk, pk, read.request, read.writtenBy);
      return { kind: "refund_request", ticket: opened ?? null, reason };
    }
    case "bounce":
      return { kind, ticket: await handleBounce(tx, desk, read), reason };
    case "status_inquiry":
      return { kind, ticket: await handleStatusInquiry(tx, desk, read), reason };
    case "provider_notice":
      return { kind, ticket: await takeNotice(tx, desk, { ...read, messagePk: pk }), reason };
    case "auto_reply":
    case "other":
      return { kind, ticket: null, reason };
  }
}

/** Of a new mail of an approver, which answers nothing of ours. */
export function commandOf(
  desk: Desk,
  { message, classification, answer, isForm }: MailReading,
): StaffCommand | null {
  const isStaff = message.from.some(({ address }) => desk.shop.staff.includes(address));
  if (!message.to.some(({ address }) => address === desk.shop.email)) return null;
  const isNew = classification.ticketNumber === null && classification.references.length === 0;
  if (!isStaff || !isNew || isForm || answer === null || answer.written.ambiguous !== null) {
    return null;
  }
  const names = message.from.map(({ name }) => name);
  return readCommand(answer.written.text, message.subject, names);
}

/** A new mail of an approver that names neither our mail nor a ticket, but shows a code of ours. */
async function answersByCode(
  tx: WriteTx,
  desk: Desk,
  { message, classification, answer }: ReadMessage,
): Promise<boolean> {
  const isUnclaimed = !["bounce", "auto_reply", "staff_reply"].includes(classification.kind);
  const isStaff = message.from.some(({ address }) => desk.shop.staff.includes(address));
  if (!isUnclaimed || !isStaff) return false;
  return answer !== null && (await findRequestByCode(tx, desk, message)) !== undefined;
}

async function handleCustomerReply(
  tx: WriteTx,
  desk: Desk,
  read: ReadMessage,
): Promise<Ticket | null> {
  const { message, classification, pk } = read;
  const named = [...message.inReplyTo, ...message.references];
  const answered = await tx.mails.findByMessageId(named);
  const ticketId = answered?.ticketId ?? null;
  const ticket =
    ticketId !== null
      ? await tx.tickets.find(ticketId)
      : classification.ticketNumber === null
        ? undefined
        : await tx.tickets.findByNumber(classification.ticketNumber);
  if (ticket === undefined) return null;
  const from = message.from[0]?.address ?? "";
  if (answered !== undefined && desk.shop.staff.includes(answered.to)) {
    // Only approvers have seen that Message-ID: someone else answers their request.
    await tellStaff(tx, desk, ticket, `stranger/${ticket.round}/${from}`, "not_an_approver", [
      from,
    ]);
    return ticket;
  }
  if (read.bankAccount !== null) {
    const given = { ...read, account: read.bankAccount };
    if (await takeAccount(tx, desk, ticket, answered, given)) return ticket;
  }
  const isTrusted = answered !== undefined || from === ticket.requesterEmail;
  if (isTrusted && read.asksForStatus && ticket.status !== "unmatched") {
    await note(tx, desk, ticket, "customer_replied", "henkin", { message: pk, trusted: isTrusted });
    await queueInquiry(tx, desk, ticket, { pk, from });
    return ticket;
  }
  await takeCustomerReply(tx, desk, ticket, {
    messagePk: pk,
    fields: read.fields,
    isTrusted,
    from,
  });
  return ticket;
}

async function handleBounce(
  tx: WriteTx,
  desk: Desk,
  { message, pk }: ReadMessage,
): Promise<Ticket | null> {
  const ids = reportedMessageIds(message, domainOf(desk.shop.email));
  const bounced = await tx.mails.findByMessageId(ids);
  if (bounced === undefined) return null;
  const ticket = bounced.ticketId === null ? undefined : await tx.tickets.find(bounced.ticketId);
  const failed = deliveryStatuses(message).find(({ action }) => action === "failed");
  await note(tx, desk, ticket ?? null, "mail_bounced", "henkin", {
    mail: bounced.name,
    messageId: bounced.messageId,
    message: pk,
    status: failed?.status ?? null,
  });
  if (failed === undefined) return ticket ?? null;
  const occasion = `bounce/${bounced.id}`;
  const values = [bounced.to, failed.diagnosticCode ?? failed.status ?? ""];
  await tellStaff(tx, desk, ticket ?? null, occasion, "bounced", values);
  const { staff, managers } = desk.shop;
  // A lone approver whose mailbox refuses mail would never hear of it.
  const others = staff.includes(bounced.to) ? managers.filter((to) => !staff.includes(to)) : [];
  for (const to of others) {
    await tellPerson(tx, desk, to, { ticket: ticket ?? null, occasion, reason: "bounced", values });
  }
  return ticket ?? null;
}

async function handleStatusInquiry(
  tx: WriteTx,
  desk: Desk,
  { fields, pk, writtenBy }: ReadMessage,
): Promise<Ticket | null> {
  const byOrder = await Promise.all(
    fields.orderNumbers.map((number) => tx.tickets.listByOrderNumber(number)),
  );
  const byEmail = fields.email === null ? [] : await tx.tickets.listByRequester(fields.email);
  const ticket = [...byOrder.flat(), ...byEmail].sort((a, b) => b.number - a.number)[0] ?? null;
  if (ticket === null) {
    const details = lines(fields.messageText);
    await tellStaff(tx, desk, null, `message/${pk}`, "status_inquiry", [], details);
    return null;
  }
  await queueInquiry(tx, desk, ticket, { pk, from: writtenBy ?? fields.email });
  return ticket;
}
