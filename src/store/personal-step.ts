// Step 8 of the schema: what retention needs to know of each row. The mails that lie in clear are sealed
// by the worker, not here: the key is not in the database.

import type { Kysely } from "kysely";
import { quotedHeadOf } from "./quoted-heads.ts";
import type { Schema } from "./schema.ts";

/** Word for word as the query has it, else the index is not used. */
export const NAMES_PAYER =
  "(payer_name is not null or payer_kana is not null or payer_email is not null)";

export const PERSONAL_STEP = {
  version: 8,
  name: "personal data and its end",
  statements: [
    // When its personal data was erased.
    "alter table ticket add column purged_at integer",
    "alter table message add column purged_at integer",
    "alter table outgoing_mail add column purged_at integer",
    // Of a summary: the end of the trail that it quotes, in clear and kept for good.
    "alter table outgoing_mail add column quoted_head text",
    "create index ticket_kept on ticket (shop_id, updated_at, number) where purged_at is null",
    "create index ticket_opened_by on ticket (shop_id, opened_by)",
    "create index ticket_payer on ticket (shop_id, payer_email) where payer_email is not null",
    "create index message_kept on message (shop_id, received_at, pk) where purged_at is null",
    "create index message_sender on message (shop_id, from_address) where purged_at is null",
    "create index message_ticket on message (shop_id, ticket_id) where ticket_id is not null",
    "create index mail_kept on outgoing_mail (shop_id, date_at, id) where purged_at is null",
    "create index mail_quoted on outgoing_mail (shop_id, date_at) where quoted_head is not null",
    `create index approval_message on approval (shop_id, message_pk)
      where message_pk is not null`,
    `create index payment_named on payment (shop_id, created_at)
      where ${NAMES_PAYER}`,
  ],
  fill: keepQuotedHeads,
} as const;

async function keepQuotedHeads(tx: Kysely<Schema>): Promise<void> {
  const summaries = await tx
    .selectFrom("outgoing_mail")
    .select(["shop_id", "id", "variables"])
    .where("name", "=", "summary")
    .execute();
  for (const { shop_id, id, variables } of summaries) {
    await tx
      .updateTable("outgoing_mail")
      .set({ quoted_head: quotedHeadOf("summary", JSON.parse(variables)) })
      .where("shop_id", "=", shop_id)
      .where("id", "=", id)
      .execute();
  }
}
