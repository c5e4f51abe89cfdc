// Which workers live, by the clock they share.

import type { Kysely } from "kysely";
import type { Workers } from "../fleet-port.ts";
import type { Engine } from "./engine.ts";
import type { Schema } from "./schema.ts";

export function workersTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now">,
  now: () => number,
): Workers {
  return {
    async beat({ run, name, version }) {
      const at = await engine.now(db, now);
      await db
        .insertInto("worker")
        .values({ run, name, version, started_at: at, seen_at: at })
        .onConflict((conflict) => conflict.column("run").doUpdateSet({ seen_at: at }))
        .execute();
    },
    async leave(run) {
      await db.deleteFrom("worker").where("run", "=", run).execute();
    },
    async listLive(withinMs) {
      const at = await engine.now(db, now);
      const rows = await db
        .selectFrom("worker")
        .selectAll()
        .where("seen_at", ">=", at - withinMs)
        .orderBy("name")
        .orderBy("started_at")
        .execute();
      return rows.map(({ started_at: startedAt, seen_at: seenAt, ...worker }) => ({
        ...worker,
        ...{ startedAt, seenAt },
      }));
    },
  };
}
