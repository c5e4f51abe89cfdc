// How SQLite answers what the census asks.

import SqliteDatabase from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { censusTable } from "../../src/store/census.ts";
import { migrate } from "../../src/store/migrations.ts";
import type { Schema } from "../../src/store/schema.ts";

/** The plan of each query, step by step. */
export async function explainCensus(): Promise<string[][]> {
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
  const census = censusTable(db, "shop");
  await census.countMessages();
  await census.countTickets();
  await census.findOldestOpenTicketAt();
  await census.countRefunds();
  await census.countJobs(0);
  await census.countParkedJobs();
  await census.listSyncs();
  const plans = asked.map((sql) =>
    (
      file.prepare(`explain query plan ${sql}`).all(...[...sql.matchAll(/\?/g)].map(() => 0)) as {
        detail: string;
      }[]
    ).map(({ detail }) => detail),
  );
  await db.destroy();
  return plans;
}
