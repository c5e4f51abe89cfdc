import type { Kysely } from "kysely";
import type { Deposit, Deposits } from "../refund-store-port.ts";
import type { Schema } from "./schema.ts";

function toDeposit(row: Schema["deposit"]): Deposit {
  return { amountMinor: row.amount_minor, statedBy: row.stated_by, statedAt: row.stated_at };
}

export function depositsTable(db: Kysely<Schema>, shopId: string): Deposits {
  const deposits = (provider: string, paymentId: string) =>
    db
      .selectFrom("deposit")
      .selectAll()
      .where("shop_id", "=", shopId)
      .where("provider", "=", provider)
      .where("payment_id", "=", paymentId);

  return {
    async findNewest(provider, paymentId) {
      const row = await deposits(provider, paymentId)
        .orderBy("stated_at", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && toDeposit(row);
    },
    async find(ticketId, provider, paymentId) {
      const row = await deposits(provider, paymentId)
        .where("ticket_id", "=", ticketId)
        .executeTakeFirst();
      return row && toDeposit(row);
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
