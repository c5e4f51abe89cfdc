import type { Kysely } from "kysely";
import type { Deposits } from "../store-port.ts";
import type { Schema } from "./schema.ts";

export function depositsTable(db: Kysely<Schema>, shopId: string): Deposits {
  return {
    async find(ticketId, provider, paymentId) {
      const row = await db
        .selectFrom("deposit")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("ticket_id", "=", ticketId)
        .where("provider", "=", provider)
        .where("payment_id", "=", paymentId)
        .executeTakeFirst();
      return (
        row && { amountMinor: row.amount_minor, statedBy: row.stated_by, statedAt: row.stated_at }
      );
    },
    async save(ticketId, provider, paymentId, deposit) {
      const key = { shop_id: shopId, ticket_id: ticketId, provider, payment_id: paymentId };
      const values = {
        amount_minor: deposit.amountMinor,
        stated_by: deposit.statedBy,
        stated_at: deposit.statedAt,
      };
      await db
        .insertInto("deposit")
        .values({ ...key, ...values })
        .onConflict((conflict) =>
          conflict.columns(["shop_id", "ticket_id", "provider", "payment_id"]).doUpdateSet(values),
        )
        .execute();
    },
  };
}
