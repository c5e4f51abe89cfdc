// What the database that a backup replaces knows and the backup does not. Mails are read again after a
// restore; what was decided at the command line is known nowhere else.

import type { AuditEvent } from "../domain/ticket.ts";
import { openToRead } from "./copy.ts";
import { toEvent } from "./events.ts";
import type { Schema } from "./schema.ts";

export interface LostEvent extends AuditEvent {
  /** Null where it is about no ticket. */
  readonly ticketNumber: number | null;
}

export interface Lost {
  /** By the operator, oldest first, each as one event. */
  readonly commands: readonly LostEvent[];
  /** Of which the backup does not know that they were made. */
  readonly refunds: number;
  readonly voids: number;
  readonly transfers: number;
}

/** They come with a decision that is told, or with the command itself. */
const CONSEQUENCES = [
  "approval_granted",
  "approval_denied",
  "approval_stopped",
  "candidate_chosen",
  "details_received",
  "refund_succeeded",
  "refund_failed",
  "ticket_ended",
  "ignored",
];

const MADE = "('pending', 'requires_action', 'succeeded', 'voided')";

/** Null where the database laid aside cannot be read. */
export function findLost(aside: string, copy: string, shopId: string): Lost | null {
  let file: ReturnType<typeof openToRead> | undefined;
  try {
    file = openToRead(aside);
    file.prepare("attach database ? as copy").run(copy);
    // By its hash: either may have grown by events of its own past the same number.
    const events = file
      .prepare<unknown[], Schema["event"] & { number: number | null }>(
        `select event.*, ticket.number from event
         left join ticket on ticket.shop_id = event.shop_id and ticket.id = event.ticket_id
         where event.shop_id = ? and actor like 'cli:%'
           and type not in (${CONSEQUENCES.map(() => "?").join(", ")})
           and not exists (select 1 from copy.event as known where known.shop_id = event.shop_id
             and known.seq = event.seq and known.hash = event.hash)
         order by event.seq`,
      )
      .all(shopId, ...CONSEQUENCES);
    const made = file
      .prepare<unknown[], { action: string; count: number }>(
        `select action, count(*) as count from refund where shop_id = ? and state in ${MADE}
           and not exists (select 1 from copy.refund as known where known.shop_id = refund.shop_id
             and known.id = refund.id and known.state in ${MADE})
         group by action`,
      )
      .all(shopId);
    const count = (wanted: string) => made.find(({ action }) => action === wanted)?.count ?? 0;
    return {
      commands: events.map(({ number, ...row }) => ({ ...toEvent(row), ticketNumber: number })),
      refunds: count("refund"),
      voids: count("void"),
      transfers: count("payout"),
    };
  } catch {
    // It may have been replaced because it is broken, or be of another version.
    return null;
  } finally {
    file?.close();
  }
}
