// A database of an earlier version holds its mails in clear. They are sealed a few at a time, in the
// order of their keys; how far that has come stands in the database, so that it ends, once and for all.

import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";
import type { Sealing } from "./sealing.ts";

const CURSOR_SWITCH = "sealed";
/** Every mail up to here is sealed; new ones are from the start. */
interface Cursor {
  readonly table: "message" | "outgoing_mail" | "done";
  readonly after: string;
}

const ROWS_AT_ONCE = 50;
const BYTES_AT_ONCE = 8 * 1024 * 1024;

/** False where none is left. */
export async function sealSome(
  db: Kysely<Schema>,
  shopId: string,
  sealed: Sealing,
): Promise<boolean> {
  const kept = await db
    .selectFrom("switch")
    .select("value")
    .where("shop_id", "=", shopId)
    .where("name", "=", CURSOR_SWITCH)
    .executeTakeFirst();
  const cursor: Cursor =
    kept === undefined ? { table: "message", after: "" } : (JSON.parse(kept.value) as Cursor);
  if (cursor.table === "done") return false;
  const seal = cursor.table === "message" ? sealMessages : sealMails;
  const last = await seal(db, shopId, sealed, cursor.after);
  const next: Cursor =
    last === null
      ? { table: cursor.table === "message" ? "outgoing_mail" : "done", after: "" }
      : { table: cursor.table, after: last };
  const value = JSON.stringify(next);
  await db
    .insertInto("switch")
    .values({ shop_id: shopId, name: CURSOR_SWITCH, value })
    .onConflict((conflict) => conflict.columns(["shop_id", "name"]).doUpdateSet({ value }))
    .execute();
  return next.table !== "done";
}

/** The key of the last row that was looked at; null where there is none. */
type Seal = (
  db: Kysely<Schema>,
  shopId: string,
  sealed: Sealing,
  after: string,
) => Promise<string | null>;

const sealMessages: Seal = async (db, shopId, sealed, after) => {
  const rows = db
    .selectFrom("message")
    .select(["pk", "raw"])
    .where("shop_id", "=", shopId)
    .where("pk", ">", after)
    .orderBy("pk");
  return each(
    (from) => rows.where("pk", ">", from).limit(1).executeTakeFirst(),
    ({ pk }) => pk,
    async ({ pk, raw }) => {
      if (sealed.isClear(raw)) {
        await db
          .updateTable("message")
          .set({ raw: sealed.seal(raw, "message", "raw", pk) })
          .where("shop_id", "=", shopId)
          .where("pk", "=", pk)
          .execute();
      }
      return raw.byteLength;
    },
  );
};

const sealMails: Seal = async (db, shopId, sealed, after) => {
  const rows = db
    .selectFrom("outgoing_mail")
    .select(["id", "raw", "variables"])
    .where("shop_id", "=", shopId)
    .where("id", ">", after)
    .orderBy("id");
  return each(
    (from) => rows.where("id", ">", from).limit(1).executeTakeFirst(),
    ({ id }) => id,
    async ({ id, raw, variables }) => {
      if (sealed.isClear(raw) || sealed.isClear(variables)) {
        const set = {
          raw:
            raw !== null && sealed.isClear(raw)
              ? sealed.seal(raw, "outgoing_mail", "raw", id)
              : raw,
          variables: sealed.isClear(variables)
            ? sealed.sealText(variables, "outgoing_mail", "variables", id)
            : variables,
        };
        await db
          .updateTable("outgoing_mail")
          .set(set)
          .where("shop_id", "=", shopId)
          .where("id", "=", id)
          .execute();
      }
      return raw?.byteLength ?? 0;
    },
  );
};

/** One at a time: a mail may have 25 MB. */
async function each<Row>(
  findAfter: (key: string) => Promise<Row | undefined>,
  keyOf: (row: Row) => string,
  seal: (row: Row) => Promise<number>,
): Promise<string | null> {
  let last: string | null = null;
  let bytes = 0;
  for (let rows = 0; rows < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE; rows += 1) {
    const row = await findAfter(last ?? "");
    if (row === undefined) break;
    bytes += await seal(row);
    last = keyOf(row);
  }
  return last;
}
