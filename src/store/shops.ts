// The shops, each a row. What is sealed in it is opened and checked elsewhere.

import type { Kysely } from "kysely";
import type { Events, ShopRow, ShopStatus, Shops } from "../store-port.ts";
import { eventsTable } from "./events.ts";
import type { Schema } from "./schema.ts";

/** Of a refund, and of a transfer by hand. */
const OPEN_REFUNDS = ["planned", "unknown", "pending", "requires_action"];
/** The refund has no row yet between the approval and its last look at the payment. */
const OPEN_TICKETS = [
  ...["approved", "awaiting_manual_refund", "refund_pending", "refund_requires_action"],
];

export function toShop(row: Schema["shop"]): ShopRow {
  return {
    id: row.id,
    status: row.status as ShopStatus,
    keySealed: row.key_sealed,
    settingsSealed: row.settings_sealed,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** `lock` keeps the other writers of that shop out until the transaction ends. */
export function shopsTable(db: Kysely<Schema>, lock: (id: string) => Promise<void>): Shops {
  /** Each knows the end of its trail, and must not be asked for it twice. */
  const trails = new Map<string, Events>();
  const trailOf = (id: string): Events => {
    const trail = trails.get(id) ?? eventsTable(db, id);
    trails.set(id, trail);
    return trail;
  };

  const update: Shops["update"] = async (id, { status, keySealed, settingsSealed }, at) => {
    await db
      .updateTable("shop")
      .set({
        ...(status === undefined ? {} : { status }),
        ...(keySealed === undefined ? {} : { key_sealed: keySealed }),
        ...(settingsSealed === undefined ? {} : { settings_sealed: settingsSealed }),
        updated_at: at,
      })
      .where("id", "=", id)
      .execute();
  };

  /** As triggers have counted them: the rows themselves are many, and of most states in no order. */
  const countOpenRefunds: Shops["countOpenRefunds"] = async (id) => {
    const rows = await db
      .selectFrom("tally")
      .select(["what", "state", "count"])
      .where("shop_id", "=", id)
      .where("what", "in", ["refund", "ticket"])
      .execute();
    const countOf = (what: string, states: readonly string[]) =>
      rows
        .filter((row) => row.what === what && states.includes(row.state))
        .reduce((sum, { count }) => sum + Number(count), 0);
    return Math.max(countOf("refund", OPEN_REFUNDS), countOf("ticket", OPEN_TICKETS));
  };

  return {
    async list() {
      return (await db.selectFrom("shop").selectAll().orderBy("id").execute()).map(toShop);
    },
    async findState() {
      const { count, changed } = await db
        .selectFrom("shop")
        .select(({ fn, eb }) => [
          fn.countAll().as("count"),
          // From its making on, so that the sum stays a number that is exact.
          fn.sum(eb("updated_at", "-", eb.ref("created_at"))).as("changed"),
        ])
        .executeTakeFirstOrThrow();
      return `${count}/${changed}`;
    },
    async find(id) {
      const row = await db.selectFrom("shop").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toShop(row);
    },
    async insert({ id, status, keySealed, settingsSealed, createdAt, updatedAt }) {
      await db
        .insertInto("shop")
        .values({
          ...{ id, status, key_sealed: keySealed, settings_sealed: settingsSealed },
          ...{ created_at: createdAt, updated_at: updatedAt },
        })
        .execute();
    },
    update,
    countOpenRefunds,
    async remove(id, at) {
      if ((await countOpenRefunds(id)) > 0) return false;
      await update(id, { status: "removed", settingsSealed: null }, at);
      await db.deleteFrom("mail_grant").where("shop_id", "=", id).execute();
      return true;
    },
    async record(id, event) {
      await lock(id);
      await trailOf(id).append({ ...event, ticketId: null });
    },
  };
}
