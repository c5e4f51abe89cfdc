// What retention may erase, a page at a time in the order of age, what must stay among it: most belongs
// to tickets that the books need for years, and whoever looked past all of that at once would keep a
// refund waiting.

import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { PersonalData } from "../store-port.ts";
import { NAMES_PAYER } from "./personal-step.ts";
import type { Schema } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

export const AT_WORK = ["pending", "running"];
const NAMED = sql<boolean>`${sql.raw(NAMES_PAYER)}`;
const UNSETTLED = ["authorized", "unpaid", "processing"];

type Old = Pick<PersonalData, "listOldMessages" | "listOldMails" | "listOldPayments">;

export function oldPersonal(db: Kysely<Schema>, shopId: string): Old {
  return {
    async listOldMessages(before, after, limit) {
      let query = db
        .selectFrom("message")
        .select(["pk as id", "received_at as at"])
        .select((of) => isReadOfNoKeptTicket(of).as("may_go"))
        .where("shop_id", "=", shopId)
        .where("purged_at", "is", null)
        .where("received_at", "<", before);
      if (after !== null) {
        const { at, id } = after;
        query = query.where((of) => of(of.refTuple("received_at", "pk"), ">", of.tuple(at, id)));
      }
      const rows = await query.orderBy("received_at").orderBy("pk").limit(limit).execute();
      return rows.map(({ may_go, ...row }) => ({ ...row, mayGo: Boolean(may_go) }));
    },
    async listOldMails(before, after, limit) {
      let query = db
        .selectFrom("outgoing_mail")
        .select(["id", "date_at as at"])
        .select((of) => isFinished(of).as("may_go"))
        .where("shop_id", "=", shopId)
        .where("purged_at", "is", null)
        .where("date_at", "<", before);
      if (after !== null) {
        const { at, id } = after;
        query = query.where((of) => of(of.refTuple("date_at", "id"), ">", of.tuple(at, id)));
      }
      const rows = await query.orderBy("date_at").orderBy("id").limit(limit).execute();
      return rows.map(({ may_go, ...row }) => ({ ...row, mayGo: Boolean(may_go) }));
    },
    async listOldPayments(before, after, limit) {
      let query = db
        .selectFrom("payment")
        .select(["provider", "id", "created_at as at"])
        .select((of) => isSettledOfNoKeptTicket(of).as("may_go"))
        .where("shop_id", "=", shopId)
        .where(NAMED)
        .where("created_at", "<", before);
      if (after !== null) {
        const { at, provider, id } = after;
        query = query.where((of) =>
          of(of.refTuple("created_at", "provider", "id"), ">", of.tuple(at, provider, id)),
        );
      }
      const rows = await query
        .orderBy("created_at")
        .orderBy("provider")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ may_go, ...row }) => ({ ...row, mayGo: Boolean(may_go) }));
    },
  };
}

/** Read, and neither opened nor followed, decided or joined a ticket that still holds its data. */
export function isReadOfNoKeptTicket(of: ExpressionBuilder<Schema, "message">) {
  const kept = () =>
    of
      .selectFrom("ticket")
      .select("ticket.id")
      .whereRef("ticket.shop_id", "=", "message.shop_id")
      .where("ticket.purged_at", "is", null);
  const decided = of
    .selectFrom("approval")
    .innerJoin("ticket", (join) =>
      join
        .onRef("ticket.shop_id", "=", "approval.shop_id")
        .onRef("ticket.id", "=", "approval.ticket_id"),
    )
    .select("approval.ticket_id")
    .whereRef("approval.shop_id", "=", "message.shop_id")
    .whereRef("approval.message_pk", "=", "message.pk")
    .where("ticket.purged_at", "is", null);
  return of.and([
    // First what the index of old messages answers, without the row and its mail.
    of.not(of.exists(kept().whereRef("ticket.opened_by", "=", "message.pk"))),
    of.not(of.exists(decided)),
    of(unindexed<string>("message.state"), "=", "processed"),
    of.not(of.exists(kept().whereRef("ticket.id", "=", "message.ticket_id"))),
  ]);
}

/** It will not be sent any more, and its ticket's data is gone or never was. */
export function isFinished(of: ExpressionBuilder<Schema, "outgoing_mail">) {
  const kept = of
    .selectFrom("ticket")
    .select("ticket.id")
    .whereRef("ticket.shop_id", "=", "outgoing_mail.shop_id")
    .whereRef("ticket.id", "=", "outgoing_mail.ticket_id")
    .where("ticket.purged_at", "is", null);
  const sending = of
    .selectFrom("job")
    .select("job.id")
    .whereRef("job.shop_id", "=", "outgoing_mail.shop_id")
    .where("job.id", "=", sql<string>`'send_mail/' || outgoing_mail.id`)
    .where("job.state", "in", AT_WORK);
  return of.and([of.not(of.exists(kept)), of.not(of.exists(sending))]);
}

/** It names somebody, will not change by itself, and its ticket's data is gone or never was. */
export function isSettledOfNoKeptTicket(of: ExpressionBuilder<Schema, "payment">) {
  const kept = of
    .selectFrom("ticket")
    .select("ticket.id")
    .whereRef("ticket.shop_id", "=", "payment.shop_id")
    .whereRef("ticket.provider", "=", "payment.provider")
    .whereRef("ticket.payment_id", "=", "payment.id")
    .where("ticket.purged_at", "is", null);
  return of.and([NAMED, of("payment.status", "not in", UNSETTLED), of.not(of.exists(kept))]);
}
