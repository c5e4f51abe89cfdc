import { type Kysely, sql } from "kysely";
import type { MessageRecord, Messages, StoredMessage } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";
import type { Sealing } from "./sealing.ts";

function toRecord(row: Omit<Schema["message"], "raw" | "shop_id" | "purged_at">): MessageRecord {
  return {
    pk: row.pk,
    messageId: row.message_id,
    fromAddress: row.from_address,
    subject: row.subject,
    receivedAt: row.received_at,
    size: row.size,
    truncated: row.truncated === 1,
    kind: row.kind,
    state: row.state as StoredMessage["state"],
    reason: row.reason,
    ticketId: row.ticket_id,
  };
}

const RECORD = [
  "pk",
  "message_id",
  "from_address",
  "subject",
  "received_at",
  "size",
  "truncated",
  "kind",
  "state",
  "reason",
  "ticket_id",
] as const;

const insertMessage = prepared((db, row: Schema["message"]) =>
  db
    .insertInto("message")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop_id", "pk"]).doNothing()),
);

const insertLocation = prepared((db, row: Schema["message_location"]) =>
  db
    .insertInto("message_location")
    .values(row)
    .onConflict((conflict) => conflict.doNothing()),
);

const updateMessage = prepared((db, shopId: string, pk: string, set: Partial<Schema["message"]>) =>
  db.updateTable("message").set(set).where("shop_id", "=", shopId).where("pk", "=", pk),
);

const selectMessage = prepared((db, shopId: string, pk: string) =>
  db.selectFrom("message").selectAll().where("shop_id", "=", shopId).where("pk", "=", pk),
);

const selectCursor = prepared((db, shopId: string, mailbox: string) =>
  db
    .selectFrom("mailbox_cursor")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("mailbox", "=", mailbox),
);

type CursorKey = "shop_id" | "mailbox";

const upsertCursor = prepared(
  (
    db,
    key: Pick<Schema["mailbox_cursor"], CursorKey>,
    values: Omit<Schema["mailbox_cursor"], CursorKey>,
  ) =>
    db
      .insertInto("mailbox_cursor")
      .values({ ...key, ...values })
      .onConflict((conflict) => conflict.columns(["shop_id", "mailbox"]).doUpdateSet(values)),
);

export function messagesTable(db: Kysely<Schema>, shopId: string, sealed: Sealing): Messages {
  const change = (pk: string, set: Partial<Schema["message"]>) =>
    updateMessage(db, shopId, pk, set);
  return {
    async insert(message) {
      const result = await insertMessage(db, {
        shop_id: shopId,
        pk: message.pk,
        message_id: message.messageId,
        from_address: message.fromAddress,
        subject: message.subject,
        received_at: message.receivedAt,
        size: message.size,
        raw: sealed.seal(message.raw, "message", "raw", message.pk),
        truncated: message.truncated ? 1 : 0,
        kind: null,
        state: message.quarantineReason === null ? "new" : "quarantined",
        reason: message.quarantineReason,
        ticket_id: null,
        purged_at: null,
      });
      return result.numAffectedRows === 1n;
    },
    async insertLocation(mailbox, location, pk) {
      await insertLocation(db, {
        shop_id: shopId,
        mailbox,
        generation: location.generation,
        key: location.key,
        message_pk: pk,
      });
    },
    async listKnownKeys(mailbox, generation, keys) {
      const known = new Set<string>();
      // SQLite takes at most 32,766 parameters a statement.
      for (let start = 0; start < keys.length; start += 5_000) {
        const rows = await db
          .selectFrom("message_location")
          .select("key")
          .where("shop_id", "=", shopId)
          .where("mailbox", "=", mailbox)
          .where("generation", "=", generation)
          .where("key", "in", keys.slice(start, start + 5_000))
          .execute();
        for (const row of rows) known.add(row.key);
      }
      return known;
    },
    async find(pk) {
      const [row] = (await selectMessage(db, shopId, pk)).rows;
      // Opened only where it is read: most looks ask who wrote it, and what kind of mail it is.
      return (
        row && {
          ...toRecord(row),
          get raw() {
            return sealed.open(row.raw, "message", "raw", pk);
          },
        }
      );
    },
    async markProcessed(pk, { kind, ticketId, reason }) {
      await change(pk, { state: "processed", kind, ticket_id: ticketId, reason });
    },
    async blank(pk) {
      await change(pk, { raw: new Uint8Array() });
    },
    async markQuarantined(pk, reason) {
      await change(pk, { state: "quarantined", reason });
    },
    async markNew(pk) {
      await change(pk, { state: "new", reason: null });
    },
    async listQuarantined() {
      const rows = await db
        .selectFrom("message")
        .select(RECORD)
        .where("shop_id", "=", shopId)
        .where("state", "=", sql.lit("quarantined"))
        .orderBy("received_at")
        .limit(1_000)
        .execute();
      return rows.map(toRecord);
    },
    async findCursor(mailbox) {
      const [row] = (await selectCursor(db, shopId, mailbox)).rows;
      return (
        row && {
          generation: row.generation,
          lastKey: row.last_key,
          sinceAt: row.since_at,
          fullScanAt: row.full_scan_at,
        }
      );
    },
    async saveCursor(mailbox, cursor) {
      const values = {
        generation: cursor.generation,
        last_key: cursor.lastKey,
        since_at: cursor.sinceAt,
        full_scan_at: cursor.fullScanAt,
      };
      await upsertCursor(db, { shop_id: shopId, mailbox }, values);
    },
  };
}
