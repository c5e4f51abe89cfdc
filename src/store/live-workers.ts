// Whether somebody works on a server's database, as the workers' own rows tell.

import { type Kysely, sql } from "kysely";
import { LIVE_MS } from "../fleet-port.ts";
import type { Schema } from "./schema.ts";

/** When one was last seen, by the database's clock; null where none counts as alive. */
export async function findLastBeat(db: Kysely<Schema>): Promise<number | null> {
  const { rows } = await sql<{ at: number | null }>`select max(seen_at) as at from worker
    where seen_at >= extract(epoch from clock_timestamp()) * 1000 - ${LIVE_MS}::int`.execute(db);
  return rows[0]?.at ?? null;
}
