// The mails of a ticket: those that came, and ours, with what became of them.

import { maskCardNumbers } from "../domain/card-numbers.ts";
import { AppError } from "../domain/errors.ts";
import type { AuditEvent } from "../domain/ticket.ts";
import { readMessage } from "../mail/message-reader.ts";
import type { MailPhase, OutgoingMail, ReadTx, StoredMessage } from "../store-port.ts";
import { plainCode } from "./history-words.ts";

export interface TicketMail {
  readonly isOurs: boolean;
  /** Who wrote it, or to whom we did. */
  readonly with: string;
  readonly subject: string;
  /** What becomes of ours; of another's what it was read as. */
  readonly state: string;
  /** Empty where it is blanked, or not written yet. */
  readonly text: readonly string[];
}

/** Each beside the event that brought or wrote it. */
export type TicketMails = ReadonlyMap<AuditEvent, TicketMail>;

const STATES: Readonly<Record<MailPhase, string>> = {
  queued: "waits to be sent",
  composed: "waits to be sent",
  data: "uncertain: it may have left, henkin makes sure",
  accepted: "sent",
  refused: "not sent: refused",
  dropped: "not sent: out of date",
};

export async function readMails(
  tx: ReadTx,
  ticketId: string,
  history: readonly AuditEvent[],
): Promise<TicketMails> {
  const ours = await tx.mails.listByTicket(ticketId);
  const mails = new Map<AuditEvent, TicketMail>();
  for (const event of history) {
    const { type, data } = event;
    if (type === "mail_queued") {
      const mail = ours.find(({ messageId }) => messageId === data["messageId"]);
      if (mail !== undefined) mails.set(event, await outgoing(mail));
    }
    if (type === "message_received" && typeof data["message"] === "string") {
      const message = await tx.messages.find(data["message"]);
      if (message !== undefined) mails.set(event, await incoming(message));
    }
  }
  return mails;
}

async function outgoing(mail: OutgoingMail): Promise<TicketMail> {
  const { to, name, phase } = mail;
  const { subject, text } = await contentOf(mail);
  const state = STATES[phase];
  return { isOurs: true, with: to, subject: subject || plainCode(name), state, text };
}

async function incoming(message: StoredMessage): Promise<TicketMail> {
  const { fromAddress, subject, kind } = message;
  const { text } = await contentOf(message);
  const state = plainCode(kind ?? "not read yet");
  return { isOurs: false, with: fromAddress, subject, state, text };
}

async function contentOf(mail: Pick<OutgoingMail, "raw">) {
  try {
    const { raw } = mail;
    if (raw === null || raw.byteLength === 0) return { subject: "", text: [] };
    const { subject, text } = await readMessage(raw);
    return {
      subject,
      text: maskCardNumbers(text ?? "")
        .trim()
        .split("\n"),
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { subject: "", text: [`(cannot be read: ${error.message})`] };
  }
}
