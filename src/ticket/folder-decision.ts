// A decision by moving the request into a folder of its mailbox: only who can log in there can do that,
// so it serves shops whose mail server vouches for nobody. The same round, the same checks of facts.

import { readWords } from "../domain/approval/approval-words.ts";
import { folderDecider } from "../domain/approval/decider.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import { decideByWords, explain } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { ownMessageId } from "./own-mail.ts";
import { tellPerson } from "./staff-mail.ts";
import { HENKIN, note } from "./transition.ts";

export type FolderVerdict = "approve" | "reject";

/** A move says what these words would. */
const WORDS: Readonly<Record<FolderVerdict, string>> = { approve: "OK", reject: "NG" };

/**
 * Anything but a request of ours, as we sent it, is left alone and recorded.
 *
 * @param isOfOldState it may have been moved before the database was set back to an older copy
 * @returns why the request is not decided by this, or null; what to tell is for the caller
 */
export async function decideByFolder(
  tx: WriteTx,
  desk: Desk,
  message: MailMessage,
  verdict: FolderVerdict,
  { isOfOldState = false } = {},
): Promise<Undecided | null> {
  const messageId = ownMessageId(desk.signer, message);
  if (messageId === null || messageId !== message.messageId) {
    await note(tx, desk, null, "folder_mail_ignored", HENKIN, { verdict });
    return null;
  }
  const request = await tx.approvals.findRequestByMessageId([messageId]);
  const ticket = request && (await tx.tickets.find(request.ticketId));
  const round = request && (await tx.approvals.findRound(request.ticketId, request.round));
  if (request === undefined || ticket === undefined || round === undefined) {
    const mail = await tx.mails.findByMessageId([messageId]);
    await note(tx, desk, null, "folder_mail_ignored", HENKIN, { verdict, messageId });
    if (mail === undefined || !desk.shop.staff.includes(mail.to)) return null;
    await tellPerson(tx, desk, mail.to, {
      occasion: `folder/${messageId}`,
      reason: "folder_not_request",
    });
    return null;
  }
  const { approver } = request;
  // Whoever left the staff decides no more, whatever still lies in his mailbox.
  if (!desk.shop.staff.includes(approver)) {
    await note(tx, desk, ticket, "folder_mail_ignored", approver, { verdict, messageId });
    return null;
  }
  const by = folderDecider(approver);
  const reason =
    round.round === ticket.round
      ? await decideByWords(
          tx,
          desk,
          {
            ...{ ticket, round, by, messagePk: null, withCode: false },
            receivedAt: isOfOldState ? 0 : desk.clock.now(),
          },
          readWords(WORDS[verdict]),
        )
      : "superseded";
  return reason === null ? null : { ticket, approver, reason };
}

export interface Undecided {
  readonly ticket: Ticket;
  readonly approver: string;
  readonly reason: string;
}

export async function explainFolder(tx: WriteTx, desk: Desk, undecided: Undecided): Promise<void> {
  const { ticket, approver, reason } = undecided;
  await explain(tx, desk, ticket, approver, reason, "");
}
