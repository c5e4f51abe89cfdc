// What a list of tickets shows beside each: its latest refund and the amount. Asked for many tickets at
// once, as a thousand small queries take longer than the start of the program that lists them.

import type { Kysely } from "kysely";
import type { TicketRow } from "../store-port.ts";
import { toRefund } from "./refunds.ts";
import type { Schema } from "./schema.ts";

type Details = Omit<TicketRow, "ticket">;

const IDS_AT_ONCE = 500;

/** Returns how to tell them of each of these tickets. */
export async function detailsOf(
  db: Kysely<Schema>,
  shopId: string,
  tickets: readonly Pick<Schema["ticket"], "id">[],
): Promise<(ticket: Schema["ticket"]) => Details> {
  const refunds = new Map<string, Schema["refund"]>();
  const questions = new Map<string, string>();
  const keyOf = (ticketId: string, round: number) => `${ticketId}/${round}`;
  for (let at = 0; at < tickets.length; at += IDS_AT_ONCE) {
    const ids = tickets.slice(at, at + IDS_AT_ONCE).map(({ id }) => id);
    for (const refund of await latestRefunds(db, shopId, ids)) {
      refunds.set(refund.ticket_id, refund);
    }
    const rounds = await db
      .selectFrom("approval_round")
      .select(["ticket_id", "round", "question"])
      .where("shop_id", "=", shopId)
      .where("ticket_id", "in", ids)
      .execute();
    for (const { ticket_id, round, question } of rounds) {
      questions.set(keyOf(ticket_id, round), question);
    }
  }
  return ({ id, round, requested_minor }) => {
    const refund = refunds.get(id);
    const question = questions.get(keyOf(id, round));
    const asked = question && (JSON.parse(question) as Record<string, unknown>);
    const { proposedMinor: proposed, currency } = asked || {};
    return {
      amountMinor:
        refund?.amount_minor ?? (typeof proposed === "number" ? proposed : requested_minor),
      currency: refund?.currency ?? (typeof currency === "string" ? currency : null),
      refund: refund ? toRefund(refund) : null,
    };
  };
}

/** The later of two of one ticket comes later. */
function latestRefunds(
  db: Kysely<Schema>,
  shopId: string,
  ids: readonly string[],
): Promise<Schema["refund"][]> {
  return db
    .selectFrom("refund")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "in", ids)
    .orderBy("ticket_id")
    .orderBy("round")
    .execute();
}
