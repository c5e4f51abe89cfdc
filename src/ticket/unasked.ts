// Tickets that no customer has asked for: a payment provider wrote by itself that money had come. Until
// somebody asks, whoever paid hears nothing that would answer a question of his.

import type { Ticket } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";

/** Of a message that a payment provider wrote by itself. */
export const NOTICE_KIND = "provider_notice";

/** Whether a provider's notice opened the ticket, or a mail that looks like one. */
export async function isOpenedByNotice(
  tx: ReadTx,
  { openedBy }: Pick<Ticket, "openedBy">,
): Promise<boolean> {
  return (await tx.messages.find(openedBy))?.kind === NOTICE_KIND;
}

export async function isUnasked(
  tx: ReadTx,
  ticket: Pick<Ticket, "id" | "openedBy">,
): Promise<boolean> {
  if (!(await isOpenedByNotice(tx, ticket))) return false;
  const events = await tx.events.listByTicket(ticket.id);
  return !events.some(({ type }) => type === "request_joined");
}
