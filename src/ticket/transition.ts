// The only place where a ticket changes its status, together with its audit event.

import { TransientError } from "../domain/errors.ts";
import { nextStatus, type Resolution, type TicketEvent } from "../domain/lifecycle.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";

export const HENKIN = "henkin";

export interface Happening {
  readonly event: TicketEvent;
  readonly actor: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** null: a ticket that had ended is open again. */
  readonly resolution?: Resolution | null;
  readonly change?: Partial<Pick<Ticket, "provider" | "paymentId" | "payerEmail" | "orderNumbers">>;
}

/**
 * Applies an event by the lifecycle table. Returns the ticket as it then is, or null where the
 * table does not list the pair: that is recorded, and nothing else happens.
 *
 * Throws TransientError where another commit was first; the caller's job then reads afresh.
 */
export async function happen(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { event, actor, data = {}, resolution, change = {} }: Happening,
): Promise<Ticket | null> {
  const status = nextStatus(ticket.status, event);
  if (status === null) {
    await note(tx, desk, ticket, "ignored", actor, { event, status: ticket.status });
    return null;
  }
  const next = await tx.tickets.update(ticket, {
    ...change,
    status,
    ...(resolution === undefined ? {} : { resolution }),
  });
  if (next === undefined) {
    throw new TransientError("ticket_changed", { number: ticket.number });
  }
  await note(tx, desk, ticket, event, actor, { ...data, from: ticket.status, to: status });
  if (resolution != null) {
    await note(tx, desk, ticket, "ticket_ended", actor, { resolution });
  }
  return next;
}

/** Records something that changes no status. The data holds identifiers, never personal words. */
export async function note(
  tx: WriteTx,
  desk: Pick<Desk, "clock">,
  ticket: Pick<Ticket, "id"> | null,
  type: string,
  actor: string,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.events.append({
    ticketId: ticket?.id ?? null,
    type,
    actor,
    at: desk.clock.now(),
    data,
  });
}
