// Jobs at work, where several workers have some.

import { type Kysely, sql } from "kysely";
import { LIVE_MS } from "../fleet-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

const RUNNING = sql.lit("running");

const selectRunning = prepared((db, shopId: string, lane: string) =>
  db
    .selectFrom("job")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("state", "=", RUNNING)
    .where("lane", "=", lane),
);

/** Of all workers. */
export async function countRunning(db: Kysely<Schema>, shopId: string, lane: string) {
  return (await selectRunning(db, shopId, lane)).rows.length;
}

/** Gives back what no living run has; of each job its lane. */
export async function releaseDead(db: Kysely<Schema>, shopId: string, now: number) {
  const rows = await db
    .updateTable("job")
    .set({ state: "pending", lease_owner: null })
    .where("shop_id", "=", shopId)
    .where("state", "=", RUNNING)
    .where((where) =>
      where.or([
        where("lease_owner", "is", null),
        where(
          "lease_owner",
          "not in",
          where
            .selectFrom("worker")
            .select("run")
            .where("seen_at", ">=", now - LIVE_MS),
        ),
      ]),
    )
    .returning("lane")
    .execute();
  return rows.map(({ lane }) => lane);
}
