import type { Kysely } from "kysely";
import type { Resolution, TicketStatus } from "../domain/lifecycle.ts";
import type { Intent, Ticket } from "../domain/ticket.ts";
import type { Tickets } from "../store-port.ts";
import { requesterKeys } from "./name-keys.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";
import { detailsOf } from "./ticket-details.ts";
import { filteredTickets } from "./ticket-filter.ts";
import { unindexed } from "./unindexed.ts";

function toTicket(row: Schema["ticket"]): Ticket {
  return {
    id: row.id,
    number: row.number,
    version: row.version,
    status: row.status as TicketStatus,
    resolution: row.resolution as Resolution | null,
    openedBy: row.opened_by,
    orderNumbers: JSON.parse(row.order_numbers) as string[],
    requesterName: row.requester_name,
    requesterKana: row.requester_kana,
    requesterEmail: row.requester_email,
    requestedMinor: row.requested_minor,
    intent: row.intent as Intent | null,
    provider: row.provider,
    paymentId: row.payment_id,
    payerEmail: row.payer_email,
    round: row.round,
    openedAt: row.opened_at,
    updatedAt: row.updated_at,
  };
}

const selectTicket = prepared((db, shopId: string, id: string) =>
  db.selectFrom("ticket").selectAll().where("shop_id", "=", shopId).where("id", "=", id),
);

const selectByOrderNumber = prepared((db, shopId: string, orderNumber: string) =>
  db
    .selectFrom("ticket")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where(
      "id",
      "in",
      db
        .selectFrom("ticket_order")
        .select("ticket_id")
        .where("shop_id", "=", shopId)
        .where("order_number", "=", orderNumber),
    )
    .orderBy(unindexed("number"), "desc"),
);

const selectByPayment = prepared((db, shopId: string, provider: string, paymentId: string) =>
  db
    .selectFrom("ticket")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("payment_id", "=", paymentId)
    .orderBy(unindexed("number"), "desc"),
);

const selectByRequester = prepared((db, shopId: string, email: string) =>
  db
    .selectFrom("ticket")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("requester_email", "=", email)
    .orderBy(unindexed("number"), "desc")
    .limit(20),
);

const selectLastNumber = prepared((db, shopId: string) =>
  db
    .selectFrom("ticket")
    .select((select) => select.fn.max("number").as("number"))
    .where("shop_id", "=", shopId),
);

const insertTicket = prepared((db, row: Schema["ticket"]) => db.insertInto("ticket").values(row));

const insertOrderNumber = prepared((db, row: Schema["ticket_order"]) =>
  db
    .insertInto("ticket_order")
    .values(row)
    .onConflict((conflict) => conflict.doNothing()),
);

const updateVersion = prepared(
  (db, shopId: string, id: string, version: number, set: Partial<Schema["ticket"]>) =>
    db
      .updateTable("ticket")
      .set(set)
      .where("shop_id", "=", shopId)
      .where("id", "=", id)
      .where("version", "=", version),
);

export function ticketsTable(db: Kysely<Schema>, shopId: string, now: () => number): Tickets {
  const tickets = () => db.selectFrom("ticket").selectAll().where("shop_id", "=", shopId);

  /** By their numbers: only those have an index. */
  async function removeOrderNumbers({ id, orderNumbers }: Ticket) {
    if (orderNumbers.length === 0) return;
    await db
      .deleteFrom("ticket_order")
      .where("shop_id", "=", shopId)
      .where("order_number", "in", orderNumbers)
      .where("ticket_id", "=", id)
      .execute();
  }

  async function insertOrderNumbers(ticketId: string, orderNumbers: readonly string[]) {
    for (const order_number of orderNumbers) {
      await insertOrderNumber(db, { shop_id: shopId, order_number, ticket_id: ticketId });
    }
  }

  return {
    async insert(ticket) {
      const [last] = (await selectLastNumber(db, shopId)).rows;
      const row: Schema["ticket"] = {
        shop_id: shopId,
        id: ticket.id,
        number: (last?.number ?? 0) + 1,
        version: 1,
        status: "received",
        resolution: null,
        opened_by: ticket.openedBy,
        order_numbers: JSON.stringify(ticket.orderNumbers),
        requester_name: ticket.requesterName,
        requester_kana: ticket.requesterKana,
        ...requesterKeys(ticket.requesterName, ticket.requesterKana),
        requester_email: ticket.requesterEmail,
        requested_minor: ticket.requestedMinor,
        intent: ticket.intent,
        provider: null,
        payment_id: null,
        payer_email: null,
        round: 0,
        opened_at: ticket.openedAt,
        updated_at: ticket.openedAt,
        purged_at: null,
      };
      await insertTicket(db, row);
      await insertOrderNumbers(ticket.id, ticket.orderNumbers);
      return toTicket(row);
    },
    async find(id) {
      const [row] = (await selectTicket(db, shopId, id)).rows;
      return row && toTicket(row);
    },
    async findByNumber(number) {
      const row = await tickets().where("number", "=", number).executeTakeFirst();
      return row && toTicket(row);
    },
    async listByOrderNumber(orderNumber) {
      return (await selectByOrderNumber(db, shopId, orderNumber)).rows.map(toTicket);
    },
    async listByPayment(provider, paymentId) {
      return (await selectByPayment(db, shopId, provider, paymentId)).rows.map(toTicket);
    },
    async listByRequester(email) {
      return (await selectByRequester(db, shopId, email)).rows.map(toTicket);
    },
    async list(filter) {
      const rows = await filteredTickets(db, shopId, filter);
      const details = await detailsOf(db, shopId, rows);
      return rows.map((row) => ({ ticket: toTicket(row), ...details(row) }));
    },
    async update(ticket, change) {
      const next: Ticket = {
        ...ticket,
        ...change,
        version: ticket.version + 1,
        updatedAt: now(),
      };
      const result = await updateVersion(db, shopId, ticket.id, ticket.version, {
        version: next.version,
        status: next.status,
        resolution: next.resolution,
        order_numbers: JSON.stringify(next.orderNumbers),
        provider: next.provider,
        payment_id: next.paymentId,
        payer_email: next.payerEmail,
        round: next.round,
        updated_at: next.updatedAt,
      });
      if (result.numAffectedRows !== 1n) return undefined;
      if (change.orderNumbers !== undefined) {
        await removeOrderNumbers(ticket);
        await insertOrderNumbers(ticket.id, next.orderNumbers);
      }
      return next;
    },
  };
}
