// Which workers live, by the clock they share.

import { type Kysely, sql } from "kysely";
import type { Workers } from "../fleet-port.ts";
import { dialectOf, type Engine, explaining } from "./engine.ts";
import type { Schema } from "./schema.ts";

export function workersTable(
  db: Kysely<Schema>,
  engine: Pick<Engine, "now" | "explain">,
  now: () => number,
): Workers {
  const guarded = explaining(engine);

  /** As `Engine.now` has it, without asking for it alone. */
  const at =
    dialectOf(db) === "postgres"
      ? () => sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`
      : now;

  return {
    beat: ({ run, name, version }) =>
      guarded(async () => {
        const { seen_at: seenAt } = await db
          .insertInto("worker")
          .values({ run, name, version, started_at: at(), seen_at: at() })
          .onConflict((conflict) =>
            conflict.column("run").doUpdateSet(({ ref }) => ({ seen_at: ref("excluded.seen_at") })),
          )
          .returning("seen_at")
          .executeTakeFirstOrThrow();
        return seenAt;
      }),
    takeOverFrom: (name) =>
      guarded(async () => {
        const runs = await db
          .deleteFrom("worker")
          .where("name", "=", name)
          .returning("run")
          .execute();
        if (runs.length === 0) return;
        await db
          .updateTable("mailbox_lease")
          .set({ owner: null, until_at: 0 })
          .where(
            "owner",
            "in",
            runs.map(({ run }) => run),
          )
          .execute();
      }),
    leave: (run) =>
      guarded(async () => {
        await db.deleteFrom("worker").where("run", "=", run).execute();
      }),
    listLive: (withinMs) =>
      guarded(async () => {
        const rows = await db
          .selectFrom("worker")
          .selectAll()
          .where("seen_at", ">=", (await engine.now(db, now)) - withinMs)
          .orderBy("name")
          .orderBy("started_at")
          .execute();
        return rows.map(({ started_at: startedAt, seen_at: seenAt, ...worker }) => ({
          ...worker,
          ...{ startedAt, seenAt },
        }));
      }),
  };
}
