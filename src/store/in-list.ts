import { type Kysely, type RawBuilder, sql } from "kysely";
import { dialectOf } from "./engine.ts";
import type { Schema } from "./schema.ts";

/**
 * The right side of an `in` whose list comes as one value, a JSON array: the text of the query stays the same
 * whatever the length, so that it is built and planned once.
 */
export function inList(db: Kysely<Schema>, json: string): RawBuilder<string> {
  if (dialectOf(db) === "postgres") {
    return sql<string>`(select value from json_array_elements_text(${json}::json))`;
  }
  return sql<string>`(select value from json_each(${json}))`;
}
