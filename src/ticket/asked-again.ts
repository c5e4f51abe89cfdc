// Mails are not always understood in the order in which they came (jobs/receive-ahead.ts), and people move
// old ones back into the inbox. What takes a request back is about those that came before it.

import type { Ticket } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";

/** Whether a request of this ticket came after that message. */
export async function isAskedAgain(
  tx: ReadTx,
  ticket: Ticket,
  messagePk: string,
): Promise<boolean> {
  const takenBackAt = (await tx.messages.find(messagePk))?.receivedAt ?? 0;
  const requests = (await tx.events.listByTicket(ticket.id))
    .filter(({ type }) => type === "ticket_opened" || type === "request_joined")
    .map(({ data }) => String(data["message"]));
  for (const pk of requests) {
    const request = await tx.messages.find(pk);
    if (request !== undefined && request.receivedAt > takenBackAt) return true;
  }
  return false;
}
