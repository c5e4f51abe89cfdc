// Small tables about the worker itself: lanes, switches and nightly summaries.

import type { Kysely } from "kysely";
import type { Lane, Lanes, Summaries, Switches } from "../store-port.ts";
import { toEvent } from "./events.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

function toLane(row: Schema["lane"]): Lane {
  return {
    name: row.name,
    state: row.state as Lane["state"],
    code: row.code,
    message: row.message,
    since: row.since,
    retryAt: row.retry_at,
    failures: row.failures,
  };
}

const selectLanes = prepared((db, shopId: string) =>
  db.selectFrom("lane").selectAll().where("shop_id", "=", shopId).orderBy("name"),
);

export function lanesTable(db: Kysely<Schema>, shopId: string): Lanes {
  const lanes = () => db.selectFrom("lane").selectAll().where("shop_id", "=", shopId);
  return {
    async find(name) {
      const row = await lanes().where("name", "=", name).executeTakeFirst();
      return row && toLane(row);
    },
    async save(lane) {
      const values = {
        state: lane.state,
        code: lane.code,
        message: lane.message,
        since: lane.since,
        retry_at: lane.retryAt,
        failures: lane.failures,
      };
      await db
        .insertInto("lane")
        .values({ shop_id: shopId, name: lane.name, ...values })
        .onConflict((conflict) => conflict.columns(["shop_id", "name"]).doUpdateSet(values))
        .execute();
    },
    async list() {
      return (await selectLanes(db, shopId)).rows.map(toLane);
    },
  };
}

const selectSwitch = prepared((db, shopId: string, name: string) =>
  db.selectFrom("switch").select("value").where("shop_id", "=", shopId).where("name", "=", name),
);

export function switchesTable(db: Kysely<Schema>, shopId: string): Switches {
  return {
    async find(name) {
      return (await selectSwitch(db, shopId, name)).rows[0]?.value;
    },
    async set(name, value) {
      await db
        .insertInto("switch")
        .values({ shop_id: shopId, name, value })
        .onConflict((conflict) => conflict.columns(["shop_id", "name"]).doUpdateSet({ value }))
        .execute();
    },
  };
}

const selectEvents = prepared((db, shopId: string, type: string, from: number, to: number) =>
  db
    .selectFrom("event")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("type", "=", type)
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at")
    .orderBy("seq"),
);

const selectLastSummary = prepared((db, shopId: string) =>
  db
    .selectFrom("summary_run")
    .select(["local_date", "covers_to"])
    .where("shop_id", "=", shopId)
    .orderBy("covers_to", "desc")
    .limit(1),
);

export function summariesTable(db: Kysely<Schema>, shopId: string): Summaries {
  return {
    async findLast() {
      const [row] = (await selectLastSummary(db, shopId)).rows;
      return row && { date: row.local_date, coversTo: row.covers_to };
    },
    async find(date) {
      const row = await db
        .selectFrom("summary_run")
        .select(["covers_from", "covers_to"])
        .where("shop_id", "=", shopId)
        .where("local_date", "=", date)
        .executeTakeFirst();
      return row && { coversFrom: row.covers_from, coversTo: row.covers_to };
    },
    async insert(run) {
      const result = await db
        .insertInto("summary_run")
        .values({
          shop_id: shopId,
          local_date: run.date,
          covers_from: run.coversFrom,
          covers_to: run.coversTo,
          created_at: run.at,
        })
        .onConflict((conflict) => conflict.columns(["shop_id", "local_date"]).doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    async listEvents(type, from, to) {
      return (await selectEvents(db, shopId, type, from, to)).rows.map(toEvent);
    },
  };
}
