// What is there, in numbers, for whoever watches the worker. Each of these reads an index alone: a look
// at the figures must not keep a refund waiting.

import { type Kysely, sql } from "kysely";
import { isOpen, TICKET_STATUSES, type TicketStatus } from "../domain/lifecycle.ts";
import type { Census } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import type { Schema } from "./schema.ts";

const selectMessages = prepared((db, shopId: string) =>
  db
    .selectFrom("message")
    .select(["state", "kind"])
    .select((select) => [
      select.fn.countAll<number>().as("count"),
      select.fn.max("received_at").as("last_at"),
    ])
    .where("shop_id", "=", shopId)
    .groupBy(["state", "kind"]),
);

const selectTickets = prepared((db, shopId: string) =>
  db
    .selectFrom("ticket")
    .select("status")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("shop_id", "=", shopId)
    .groupBy("status"),
);

const OPEN = TICKET_STATUSES.filter(isOpen);

/** The sign keeps SQLite from walking past years of closed tickets, in the order they were opened. */
const selectOldest = prepared((db, shopId: string) =>
  db
    .selectFrom("ticket")
    .select(sql<number | null>`min(+opened_at)`.as("opened_at"))
    .where("shop_id", "=", shopId)
    .where(sql<boolean>`status in (${sql.join(OPEN.map((status) => sql.lit(status)))})`),
);

const selectRefunds = prepared((db, shopId: string) =>
  db
    .selectFrom("refund")
    .select(["provider", "state"])
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("shop_id", "=", shopId)
    .groupBy(["provider", "state"]),
);

/** Written as the index of these jobs has it, so that it is the one that is read. */
const selectJobs = prepared((db, shopId: string, now: number) =>
  db
    .selectFrom("job")
    .select(["kind", "lane"])
    .select((select) => [
      select.fn.countAll<number>().as("count"),
      sql<number>`sum(due_at <= ${now})`.as("due"),
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
      return (await selectMessages(db, shopId)).rows.map((row) => ({
        state: row.state as "new" | "processed" | "quarantined",
        kind: row.kind,
        count: row.count,
        lastAt: row.last_at,
      }));
    },
    async countTickets() {
      const { rows } = await selectTickets(db, shopId);
      return rows.map(({ status, count }) => ({ status: status as TicketStatus, count }));
    },
    async findOldestOpenTicketAt() {
      return (await selectOldest(db, shopId)).rows[0]?.opened_at ?? null;
    },
    async countRefunds() {
      return (await selectRefunds(db, shopId)).rows;
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
