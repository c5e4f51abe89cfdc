import { type Kysely, sql } from "kysely";
import type { RefundReason } from "../domain/payment.ts";
import type { Refund, RefundState } from "../domain/ticket.ts";
import type { Refunds } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

export function toRefund(row: Schema["refund"]): Refund {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    round: row.round,
    action: row.action as Refund["action"],
    provider: row.provider,
    account: row.account,
    paymentId: row.payment_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    reason: row.reason as RefundReason,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    idempotencyKey: row.idempotency_key,
    instructionsEmail: row.instructions_email,
    state: row.state as RefundState,
    providerRefundId: row.provider_refund_id,
    failureReason: row.failure_reason,
    storedErrors: row.stored_errors,
    needsPerson: row.needs_person === 1,
    keyStoredAt: row.key_stored_at,
    followUntil: row.follow_until,
    accountAskedAt: row.account_asked_at,
    accountUntil: row.account_until,
    updatedAt: row.updated_at,
  };
}

/** What changes; a field that is absent stays as it is. */
function columnsOf(change: Parameters<Refunds["update"]>[1]): Partial<Schema["refund"]> {
  const { needsPerson } = change;
  const columns = {
    state: change.state,
    provider_refund_id: change.providerRefundId,
    failure_reason: change.failureReason,
    stored_errors: change.storedErrors,
    needs_person: needsPerson === undefined ? undefined : needsPerson ? 1 : 0,
    follow_until: change.followUntil,
    account_asked_at: change.accountAskedAt,
    account_until: change.accountUntil,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

const selectRefund = prepared((db, shopId: string, id: string) =>
  db.selectFrom("refund").selectAll().where("shop_id", "=", shopId).where("id", "=", id),
);

const selectSince = prepared((db, shopId: string, provider: string, from: number) =>
  db
    .selectFrom("refund")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("action", "=", "refund")
    .where("key_stored_at", ">=", from)
    .orderBy("key_stored_at"),
);

const selectByTicket = prepared((db, shopId: string, ticketId: string) =>
  db
    .selectFrom("refund")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", ticketId)
    .orderBy("round"),
);

const selectByPayment = prepared((db, shopId: string, provider: string, paymentId: string) =>
  db
    .selectFrom("refund")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("provider", "=", provider)
    .where("payment_id", "=", paymentId)
    .orderBy(unindexed("key_stored_at")),
);

export function refundsTable(db: Kysely<Schema>, shopId: string, now: () => number): Refunds {
  const refunds = () => db.selectFrom("refund").selectAll().where("shop_id", "=", shopId);
  return {
    async insert(refund) {
      await db
        .insertInto("refund")
        .values({
          shop_id: shopId,
          id: refund.id,
          ticket_id: refund.ticketId,
          round: refund.round,
          action: refund.action,
          provider: refund.provider,
          account: refund.account,
          payment_id: refund.paymentId,
          amount_minor: refund.amountMinor,
          currency: refund.currency,
          reason: refund.reason,
          metadata: JSON.stringify(refund.metadata),
          idempotency_key: refund.idempotencyKey,
          instructions_email: refund.instructionsEmail,
          state: "planned",
          provider_refund_id: null,
          failure_reason: null,
          stored_errors: 0,
          needs_person: 0,
          key_stored_at: refund.keyStoredAt,
          follow_until: null,
          account_asked_at: null,
          account_until: null,
          updated_at: now(),
        })
        .execute();
    },
    async find(id) {
      const [row] = (await selectRefund(db, shopId, id)).rows;
      return row && toRefund(row);
    },
    async findByRound(ticketId, round) {
      const row = await refunds()
        .where("ticket_id", "=", ticketId)
        .where("round", "=", round)
        .executeTakeFirst();
      return row && toRefund(row);
    },
    async findByProviderId(provider, providerRefundId) {
      const row = await refunds()
        .where("provider", "=", provider)
        .where("provider_refund_id", "=", providerRefundId)
        // The reference of a transfer by hand is anybody's words.
        .where("action", "<>", sql.lit("payout"))
        .executeTakeFirst();
      return row && toRefund(row);
    },
    async listSince(provider, from) {
      return (await selectSince(db, shopId, provider, from)).rows.map(toRefund);
    },
    async listByTicket(ticketId) {
      return (await selectByTicket(db, shopId, ticketId)).rows.map(toRefund);
    },
    async listByPayment(provider, paymentId) {
      return (await selectByPayment(db, shopId, provider, paymentId)).rows.map(toRefund);
    },
    async update(id, change) {
      const set = { ...columnsOf(change), updated_at: now() };
      await db
        .updateTable("refund")
        .set(set)
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
    },
    async countSince(from) {
      const row = await db
        .selectFrom("refund")
        .select((select) => [
          select.fn.countAll<number>().as("count"),
          select.fn.sum<number | null>("amount_minor").as("amount"),
        ])
        .where("shop_id", "=", shopId)
        .where("action", "!=", "void")
        .where("state", "!=", "refused")
        .where("key_stored_at", ">=", from)
        .executeTakeFirst();
      return { count: Number(row?.count ?? 0), amountMinor: Number(row?.amount ?? 0) };
    },
  };
}
