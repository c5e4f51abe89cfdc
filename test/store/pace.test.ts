import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Pace } from "../../src/payments/pace.ts";
import { paceTable } from "../../src/store/pace.ts";
import { openTables } from "../../src/store/store.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";

const PLACES = ["in memory", ...(postgresInstalled() ? ["on PostgreSQL"] : [])];

describe.each(PLACES)("the pace of a shared account %s", (place) => {
  let postgres: Postgres | undefined;
  let tables: Awaited<ReturnType<typeof openTables>>;
  const clock = new FakeClock();
  beforeAll(async () => {
    if (place === "on PostgreSQL") postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    const path = (await postgres?.createDatabase()) ?? ":memory:";
    tables = await openTables({ path, now: clock.now });
  });
  afterEach(() => tables.db.destroy());

  const process = () => paceTable(tables.db, tables.engine, clock.now);

  it("lets one process call at a time, and nobody while it rests", async () => {
    const [one, two] = [process(), process()];
    expect(await one.take("a", 60_000)).toBeNull();
    expect(await two.take("a", 60_000)).toBeGreaterThan(30_000);
    expect(await two.take("b", 60_000)).toBeNull();
    await one.rest("a", 20_000);
    const left = await two.take("a", 60_000);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(20_000);
    await one.rest("a", 0);
    expect(await two.take("a", 60_000)).not.toBeNull();
  });

  it("gives it to the next once it is free, and what the first says then counts no more", async () => {
    const [one, two] = [process(), process()];
    await one.take("a", 0);
    expect(await two.take("a", 60_000)).toBeNull();
    await one.rest("a", 0);
    expect(await one.take("a", 60_000)).toBeGreaterThan(30_000);
    await two.rest("a", 0);
    expect(await one.take("a", 60_000)).toBeNull();
  });

  it("keeps two processes from calling at the same time", async () => {
    let busy = 0;
    let most = 0;
    const real = {
      now: Date.now,
      sleep: (ms: number) => new Promise<void>((end) => setTimeout(end, ms)),
    };
    const paces = [process(), process()].map((pace) => new Pace(real, 1, { account: "a", pace }));
    const call = async () => {
      busy += 1;
      most = Math.max(most, busy);
      if (place === "in memory") clock.advance(2);
      await new Promise((end) => setTimeout(end, 5));
      busy -= 1;
    };
    const never = new AbortController().signal;
    const ticking = setInterval(() => clock.advance(1), 1);
    await Promise.all([0, 1, 0, 1, 0, 1].map((at) => paces[at]?.run(never, call)));
    clearInterval(ticking);
    expect(most).toBe(1);
  });
});
