// Who may change the schema of a database on a server, while workers of the version before live.

import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIVE_MS } from "../../src/fleet-port.ts";
import { TENTH } from "../../src/store/index-steps.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";

describe.skipIf(!postgresInstalled())("a database on a server", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  const indexes = TENTH.statements.flatMap(
    (statement) => /^create index (\w+)/.exec(statement)?.[1] ?? [],
  );

  /** As a version without one of the steps has left it, and a worker that was last seen so long ago. */
  async function olderDatabase(silentMs: number): Promise<string> {
    const url = await postgres.createDatabase();
    const db = await openPostgres(url, 1);
    await sql`delete from schema_migration where version = ${TENTH.version}`.execute(db);
    for (const index of indexes) await sql`drop index ${sql.ref(index)}`.execute(db);
    await sql`insert into worker (run, name, version, started_at, seen_at) values ('r', 'older', '0', 1,
      (extract(epoch from clock_timestamp()) * 1000)::bigint - ${silentMs}::int)`.execute(db);
    await db.destroy();
    return url;
  }

  async function stepsOf(url: string): Promise<number> {
    const [row] = await postgres.execute(url, "select count(*)::int as n from schema_migration");
    return Number(row?.["n"]);
  }

  it("is not brought to another schema while a worker that knows the older one lives", async () => {
    expect(indexes.length).toBeGreaterThan(0);
    const url = await olderDatabase(0);
    const before = await stepsOf(url);
    await expect(openPostgres(url, 2)).rejects.toMatchObject({ code: "database_waits" });
    expect(await stepsOf(url)).toBe(before);
  });

  it("is, once the last of them has been silent for long enough", async () => {
    const url = await olderDatabase(LIVE_MS + 1_000);
    const before = await stepsOf(url);
    await (await openPostgres(url, 2)).destroy();
    expect(await stepsOf(url)).toBe(before + 1);
  });

  it("is brought up to date once where several open it in the same moment", async () => {
    const url = await olderDatabase(LIVE_MS + 1_000);
    const before = await stepsOf(url);
    const opened = await Promise.all([1, 2, 3].map((now) => openPostgres(url, now)));
    await Promise.all(opened.map((db) => db.destroy()));
    expect(await stepsOf(url)).toBe(before + 1);
  });
});
