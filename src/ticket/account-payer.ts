// Who was asked for a bank account by the mail that a message answers: nobody else's may be believed.

import type { MailMessage } from "../domain/mail-message.ts";
import type { ReadTx } from "../store-port.ts";

/**
 * The payer's address, where the message answers a mail of ours about a ticket that asks for an account;
 * else null. Only who received that mail knows its Message-ID.
 */
export async function findAccountPayer(
  tx: ReadTx,
  { inReplyTo, references }: Pick<MailMessage, "inReplyTo" | "references">,
): Promise<string | null> {
  const answered = await tx.mails.findByMessageId([...inReplyTo, ...references]);
  const ticketId = answered?.ticketId ?? null;
  if (ticketId === null) return null;
  const mails = await tx.mails.listByTicket(ticketId);
  if (!mails.some(({ name }) => name === "account_request")) return null;
  return (await tx.tickets.find(ticketId))?.payerEmail ?? null;
}
