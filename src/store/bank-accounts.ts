import type { Kysely } from "kysely";
import type { BankAccounts } from "../store-port.ts";
import type { Schema } from "./schema.ts";

export function bankAccountsTable(db: Kysely<Schema>, shopId: string): BankAccounts {
  return {
    async find(ticketId) {
      const row = await db
        .selectFrom("bank_account")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("ticket_id", "=", ticketId)
        .executeTakeFirst();
      return (
        row && {
          ...{ sealed: row.sealed, digest: row.digest, messagePk: row.message_pk },
          ...{ provider: row.provider, paymentId: row.payment_id, payer: row.payer },
        }
      );
    },
    async save(ticketId, { sealed, digest, messagePk, provider, paymentId, payer }, at) {
      const values = {
        ...{ sealed, digest, provider, payment_id: paymentId, payer },
        ...{ message_pk: messagePk, received_at: at },
      };
      await db
        .insertInto("bank_account")
        .values({ shop_id: shopId, ticket_id: ticketId, ...values })
        .onConflict((conflict) => conflict.columns(["shop_id", "ticket_id"]).doUpdateSet(values))
        .execute();
    },
    async remove(ticketId) {
      await db
        .deleteFrom("bank_account")
        .where("shop_id", "=", shopId)
        .where("ticket_id", "=", ticketId)
        .execute();
    },
  };
}
