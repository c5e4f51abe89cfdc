// When a worker was last seen on a server whose database is not open.

import { sql } from "kysely";
import { findLastBeat } from "./live-workers.ts";
import { placeOf } from "./location.ts";
import { connectPostgres } from "./postgres.ts";
import { postgresError } from "./postgres-errors.ts";

/** As findLastBeat; throws as the store does. */
export async function findLastBeatAt(url: string): Promise<number | null> {
  const { db } = await connectPostgres(url, { connectionsMax: 1 });
  try {
    const { rows } = await sql`select 1 where to_regclass('worker') is not null`.execute(db);
    return rows.length === 0 ? null : await findLastBeat(db);
  } catch (error) {
    throw postgresError(error, placeOf(url));
  } finally {
    await db.destroy();
  }
}
