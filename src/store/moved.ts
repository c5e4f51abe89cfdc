// A file whose rows are in a PostgreSQL database now, or on their way there: whoever worked on with it would be
// a second desk for the same money.

import type { Kysely } from "kysely";
import { AccessError } from "../domain/errors.ts";
import type { Schema } from "./schema.ts";

export const MOVED_SWITCH = "moved_to";

/** Throws AccessError where it was moved. */
export async function refuseMoved(db: Kysely<Schema>, path: string): Promise<void> {
  const moved = await db
    .selectFrom("switch")
    .select("value")
    .where("name", "=", MOVED_SWITCH)
    .executeTakeFirst();
  if (moved !== undefined) throw new AccessError("database_moved", { path, place: moved.value });
}
