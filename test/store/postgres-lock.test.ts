import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { lockPostgres, type PostgresLock } from "../../src/store/postgres-lock.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";

describe.skipIf(!postgresInstalled())("a lock on a server", () => {
  let postgres: Postgres;
  let url: string;
  const held: PostgresLock[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
  });
  afterAll(() => postgres.stop());
  afterEach(async () => {
    for (const lock of held.splice(0)) await lock.release();
  });

  async function take(name: string, options: { shared?: boolean } = {}): Promise<boolean> {
    const lock = await lockPostgres(url, name, options);
    if (lock !== null) held.push(lock);
    return lock !== null;
  }

  it("is one connection's, and the next one's once that has given it back", async () => {
    expect(await take("worker")).toBe(true);
    expect(await take("worker")).toBe(false);
    expect(await take("another")).toBe(true);
    await held.shift()?.release();
    expect(await take("worker")).toBe(true);
  });

  it("is shared by those who share it, and keeps out who wants it alone", async () => {
    expect(await take("worker", { shared: true })).toBe(true);
    expect(await take("worker", { shared: true })).toBe(true);
    expect(await take("worker")).toBe(false);
    await held.shift()?.release();
    expect(await take("worker")).toBe(false);
    await held.shift()?.release();
    expect(await take("worker")).toBe(true);
    expect(await take("worker", { shared: true })).toBe(false);
  });
});
