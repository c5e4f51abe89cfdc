import { setTimeout as pause } from "node:timers/promises";
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

  it("is taken anew when its connection broke, though the server holds the old one for a while", async () => {
    expect(await take("worker one")).toBe(true);
    const [own] = held;
    await postgres.execute(
      url,
      `select pg_terminate_backend(pid) from pg_locks
       where locktype = 'advisory' and objid = hashtext('worker one')::bigint & 4294967295`,
    );
    const old = await lockPostgres(url, "worker one");
    expect(old).not.toBeNull();
    // Until it has tried, and failed, once.
    await pause(7_000);
    await old?.release();
    await pause(6_000);
    expect(own?.lost.aborted).toBe(false);
    expect(await lockPostgres(url, "worker one")).toBeNull();
  }, 60_000);

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
