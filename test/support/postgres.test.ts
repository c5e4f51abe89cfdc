import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Postgres, postgresInstalled, startPostgres } from "./postgres.ts";

describe.skipIf(!postgresInstalled())("the PostgreSQL for tests", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it("makes databases that know nothing of each other", async () => {
    const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await postgres.execute(one, "create table t (a integer)", "insert into t values (1)");
    expect(await postgres.execute(one, "select a from t")).toEqual([{ a: 1 }]);
    await expect(postgres.execute(other, "select a from t")).rejects.toThrow(/does not exist/);
  });

  it("keeps what is in it when it is killed and started anew", async () => {
    const url = await postgres.createDatabase();
    await postgres.execute(url, "create table t (a integer)", "insert into t values (1)");
    await postgres.restart("immediate");
    expect(await postgres.execute(url, "select a from t")).toEqual([{ a: 1 }]);
    await postgres.restart("fast");
    expect(await postgres.execute(url, "select a from t")).toEqual([{ a: 1 }]);
  });
});
