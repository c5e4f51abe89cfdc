// How SQLite answers what the store asks.

import SqliteDatabase from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { migrate } from "../../src/store/migrate.ts";
import type { Schema } from "../../src/store/schema.ts";

/** The plan of each query, step by step. */
export async function explain(
  ask: (db: Kysely<Schema>) => Promise<unknown>,
): Promise<{ readonly sql: string; readonly steps: readonly string[] }[]> {
  const file = new SqliteDatabase(":memory:");
  const asked: string[] = [];
  const db = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: file }),
    log: ({ query }) => {
      asked.push(query.sql);
    },
  });
  await migrate(db, 0);
  asked.length = 0;
  await ask(db);
  const plans = asked.map((sql) => {
    const values = [...sql.matchAll(/\?/g)].map(() => 0);
    const steps = file.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[];
    return { sql, steps: steps.map(({ detail }) => detail) };
  });
  await db.destroy();
  return plans;
}
