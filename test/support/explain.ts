// What the program asks SQLite, and how SQLite would carry it out.

import SqliteDatabase from "better-sqlite3";
import type { Kysely } from "kysely";
import { tablesOf } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import type { Schema } from "../../src/store/schema.ts";

interface Statements {
  /** Each once, in the order in which they first came. */
  readonly seen: ReadonlySet<string>;
  stop(): void;
}

/** Every statement that this process prepares from now on, by whichever part of the program. */
export function recordStatements(): Statements {
  const seen = new Set<string>();
  const { prepare } = SqliteDatabase.prototype;
  SqliteDatabase.prototype.prepare = function recorded(this: SqliteDatabase.Database, sql: string) {
    seen.add(sql);
    return prepare.call(this, sql);
  } as typeof prepare;
  return {
    seen,
    stop() {
      SqliteDatabase.prototype.prepare = prepare;
    },
  };
}

/** Step by step. */
export function planOf(file: SqliteDatabase.Database, sql: string): string[] {
  const values = [...sql.matchAll(/\?/g)].map(() => 0);
  const steps = file.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[];
  return steps.map(({ detail }) => detail);
}

/** The plan of each query that this makes. */
export async function explain(
  ask: (db: Kysely<Schema>) => Promise<unknown>,
): Promise<{ readonly sql: string; readonly steps: readonly string[] }[]> {
  const file = new SqliteDatabase(":memory:");
  const db = tablesOf(file);
  await migrate(db, 0);
  const { seen, stop } = recordStatements();
  await ask(db);
  stop();
  const plans = [...seen].map((sql) => ({ sql, steps: planOf(file, sql) }));
  await db.destroy();
  return plans;
}
