import { type RawBuilder, sql } from "kysely";

/**
 * The column, of which no index is to be used: what few rows are left are compared or sorted by it.
 * SQLite knows nothing of how many rows there are, and would rather walk through all of the shop's in
 * the order that is asked for.
 */
export function unindexed<Value>(column: string): RawBuilder<Value> {
  return sql<Value>`coalesce(${sql.ref(column)}, null)`;
}
