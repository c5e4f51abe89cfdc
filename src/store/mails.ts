import type { Kysely } from "kysely";
import type { Locale, MailName, MailVariables } from "../domain/outgoing-mail.ts";
import type { MailPhase, Mails, OutgoingMail } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import { quotedHeadOf } from "./quoted-heads.ts";
import type { Schema } from "./schema.ts";
import { BLANK_TEXT, type Sealing } from "./sealing.ts";

/** Its words and bytes are opened only where they are read. */
function toMail(row: Schema["outgoing_mail"], sealed: Sealing): OutgoingMail {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    name: row.name as MailName,
    get variables() {
      const text = sealed.openText(row.variables, "outgoing_mail", "variables", row.id);
      return JSON.parse(text) as MailVariables[MailName];
    },
    locale: row.locale as Locale,
    to: row.to_address,
    messageId: row.message_id,
    inReplyTo: row.in_reply_to,
    references: JSON.parse(row.refs) as string[],
    date: row.date_at,
    round: row.round,
    get raw() {
      return row.raw && sealed.open(row.raw, "outgoing_mail", "raw", row.id);
    },
    phase: row.phase as MailPhase,
    phaseAt: row.phase_at,
  };
}

/** No mail program writes more of them, and anybody may. */
export const MESSAGE_IDS_MAX = 500;

const insertMail = prepared((db, row: Schema["outgoing_mail"]) =>
  db
    .insertInto("outgoing_mail")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing()),
);

const selectMail = prepared((db, shopId: string, id: string) =>
  db.selectFrom("outgoing_mail").selectAll().where("shop_id", "=", shopId).where("id", "=", id),
);

const selectByMessageId = prepared((db, shopId: string, messageId: string) =>
  db
    .selectFrom("outgoing_mail")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("message_id", "=", messageId)
    .limit(1),
);

const freezeMail = prepared(
  (db, shopId: string, id: string, set: Partial<Schema["outgoing_mail"]>) =>
    db
      .updateTable("outgoing_mail")
      .set(set)
      .where("shop_id", "=", shopId)
      .where("id", "=", id)
      .where("purged_at", "is", null),
);

const countMails = prepared((db, shopId: string, address: string, since: number) =>
  db
    .selectFrom("outgoing_mail")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("shop_id", "=", shopId)
    .where("to_address", "=", address)
    .where("date_at", ">=", since),
);

const updateMail = prepared(
  (db, shopId: string, id: string, set: Partial<Schema["outgoing_mail"]>) =>
    db.updateTable("outgoing_mail").set(set).where("shop_id", "=", shopId).where("id", "=", id),
);

export function mailsTable(db: Kysely<Schema>, shopId: string, sealed: Sealing): Mails {
  const mails = () => db.selectFrom("outgoing_mail").selectAll().where("shop_id", "=", shopId);
  const change = (id: string, set: Partial<Schema["outgoing_mail"]>) =>
    updateMail(db, shopId, id, set);
  return {
    async insert(mail) {
      const result = await insertMail(db, {
        shop_id: shopId,
        id: mail.id,
        ticket_id: mail.ticketId,
        name: mail.name,
        variables: sealed.sealText(
          JSON.stringify(mail.variables),
          ...["outgoing_mail", "variables", mail.id],
        ),
        locale: mail.locale,
        to_address: mail.to,
        message_id: mail.messageId,
        in_reply_to: mail.inReplyTo,
        refs: JSON.stringify(mail.references),
        date_at: mail.date,
        round: mail.round,
        raw: null,
        phase: "queued",
        phase_at: mail.date,
        purged_at: null,
        quoted_head: quotedHeadOf(mail.name, mail.variables),
      });
      return result.numAffectedRows === 1n;
    },
    async find(id) {
      const [row] = (await selectMail(db, shopId, id)).rows;
      return row && toMail(row, sealed);
    },
    async findByMessageId(messageIds) {
      for (const messageId of messageIds.slice(0, MESSAGE_IDS_MAX)) {
        const [row] = (await selectByMessageId(db, shopId, messageId)).rows;
        if (row !== undefined) return toMail(row, sealed);
      }
      return undefined;
    },
    async listByTicket(ticketId) {
      const rows = await mails()
        .where("ticket_id", "=", ticketId)
        .orderBy("date_at")
        .orderBy("id")
        .execute();
      return rows.map((row) => toMail(row, sealed));
    },
    async freeze(id, raw, phase, at) {
      const bytes = sealed.seal(raw, "outgoing_mail", "raw", id);
      const frozen = { raw: bytes, phase, phase_at: at };
      return (await freezeMail(db, shopId, id, frozen)).numAffectedRows === 1n;
    },
    async setPhase(id, phase, at) {
      await change(id, { phase, phase_at: at });
    },
    async blank(id) {
      await db
        .updateTable("outgoing_mail")
        .set({ variables: BLANK_TEXT, raw: null })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
    },
    async countTasks(ticketId, address, since) {
      const row = await db
        .selectFrom("outgoing_mail")
        .select((select) => select.fn.countAll<number>().as("count"))
        .where("shop_id", "=", shopId)
        .where("name", "in", ["staff_task", "status_inquiry"])
        .where("ticket_id", ticketId === null ? "is" : "=", ticketId)
        .where("to_address", "=", address)
        .where("date_at", ">=", since)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async countTo(address, since) {
      const [row] = (await countMails(db, shopId, address, since)).rows;
      return Number(row?.count ?? 0);
    },
  };
}
