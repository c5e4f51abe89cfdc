// What is there, in numbers, for whoever watches the worker. Each of these reads what is open, or what was
// counted before: a look at the figures must not keep a refund waiting.

import { type Kysely, sql } from "kysely";
import { isOpen, TICKET_STATUSES, type TicketStatus } from "../domain/lifecycle.ts";
import type { Census } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

/** Kept by triggers: a count of all there is would take longer every year. */
const selectTally = prepared((db, shopId: string, what: string) =>
  db
    .selectFrom("tally")
    .select(["state", "kind", "count", "last_at"])
    .where("shop_id", "=", shopId)
    .where("what", "=", what)
    .where("count", ">", 0),
);

const OPEN = TICKET_STATUSES.filter(isOpen);

/** Keeps SQLite from walking past years of closed tickets, in the order they were opened. */
const selectOldest = prepared((db, shopId: string) =>
  db
    .selectFrom("ticket")
    .select(sql<number | null>`min(${unindexed<number>("opened_at")})`.as("opened_at"))
    .where("shop_id", "=", shopId)
    .where(sql<boolean>`status in (${sql.join(OPEN.map((status) => sql.lit(status)))})`),
);

/** Written as the index of these jobs has it, so that it is the one that is read. */
const selectJobs = prepared((db, shopId: string, now: number) =>
  db
    .selectFrom("job")
    .select(["kind", "lane"])
    .select((select) => [
      select.fn.countAll<number>().as("count"),
      sql<number>`sum(case when due_at <= ${now} then 1 else 0 end)`.as("due"),
      select.fn.min("created_at").as("oldest_at"),
    ])
    .where("shop_id", "=", shopId)
    .where(sql<boolean>`state in ('pending', 'running')`)
    .groupBy(["kind", "lane"]),
);

const selectParked = prepared((db, shopId: string) =>
  db
    .selectFrom("job")
    .select("kind")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("shop_id", "=", shopId)
    .where("state", "=", sql.lit("parked"))
    .groupBy("kind"),
);

const selectSyncs = prepared((db, shopId: string) =>
  db.selectFrom("payment_sync").select(["provider", "synced_at"]).where("shop_id", "=", shopId),
);

export function censusTable(db: Kysely<Schema>, shopId: string): Census {
  return {
    async countMessages() {
      return (await selectTally(db, shopId, "message")).rows.map((row) => ({
        state: row.state,
        kind: row.kind === "" ? null : row.kind,
        count: row.count,
        lastAt: row.last_at ?? 0,
      }));
    },
    async countTickets() {
      const { rows } = await selectTally(db, shopId, "ticket");
      return rows.map(({ state, count }) => ({ status: state as TicketStatus, count }));
    },
    async findOldestOpenTicketAt() {
      return (await selectOldest(db, shopId)).rows[0]?.opened_at ?? null;
    },
    async countRefunds() {
      const { rows } = await selectTally(db, shopId, "refund");
      return rows.map(({ state, kind, count }) => ({ provider: kind, state, count }));
    },
    async countJobs(now) {
      const { rows } = await selectJobs(db, shopId, now);
      return rows.map(({ oldest_at: oldestAt, ...row }) => ({ ...row, oldestAt }));
    },
    async countParkedJobs() {
      return (await selectParked(db, shopId)).rows;
    },
    async listSyncs() {
      const { rows } = await selectSyncs(db, shopId);
      return rows.map(({ provider, synced_at: syncedAt }) => ({ provider, syncedAt }));
    },
  };
}
