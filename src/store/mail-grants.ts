import type { Kysely } from "kysely";
import type { MailGrants } from "../store-port.ts";
import type { Schema } from "./schema.ts";

export function mailGrantsTable(db: Kysely<Schema>, shopId: string): MailGrants {
  return {
    async find() {
      const row = await db
        .selectFrom("mail_grant")
        .selectAll()
        .where("shop_id", "=", shopId)
        .executeTakeFirst();
      return (
        row && {
          ...{ sealed: row.sealed, grantedAt: row.granted_at, renewedAt: row.renewed_at },
          ...{ expiresAt: row.expires_at, moves: row.moves === 1 },
        }
      );
    },
    async save({ sealed, grantedAt, renewedAt, expiresAt, moves }) {
      const values = {
        ...{ sealed, granted_at: grantedAt, renewed_at: renewedAt },
        ...{ expires_at: expiresAt, moves: moves ? 1 : 0 },
      };
      await db
        .insertInto("mail_grant")
        .values({ shop_id: shopId, ...values })
        .onConflict((conflict) => conflict.column("shop_id").doUpdateSet(values))
        .execute();
    },
  };
}
