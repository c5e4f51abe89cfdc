import { type RawBuilder, sql } from "kysely";

/**
 * The right side of an `in` whose list comes as one value, a JSON array: the text of the query stays the same
 * whatever the length, so that it is built and planned once.
 */
export function inList(json: string): RawBuilder<string> {
  return sql<string>`(select value from json_each(${json}))`;
}
