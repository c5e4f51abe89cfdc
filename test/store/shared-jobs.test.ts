import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIVE_MS } from "../../src/fleet-port.ts";
import { openTables, storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import type { Store } from "../../src/store-port.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { aNewJob } from "./store-bench.ts";

describe("jobs of workers that share a table", () => {
  const clock = new FakeClock();
  let tables: Awaited<ReturnType<typeof openTables>>;
  let one: Store;
  let two: Store;
  beforeEach(async () => {
    tables = await openTables({ path: ":memory:", now: clock.now });
    const as = (owner: string) => {
      const sharing = { owner, asks: false, accounts: new Map() };
      const options = { path: ":memory:", shopId: "shop", now: clock.now, sharing };
      return storeOn(tables.db, options, tables.engine);
    };
    [one, two] = [as("one"), as("two")];
    await beat("one");
    await beat("two");
    await one.write(async (tx) => {
      for (const id of ["a", "b", "c"]) await tx.jobs.add(aNewJob({ id, ticketId: null }));
    });
  });
  afterEach(() => tables.db.destroy());

  const beat = (run: string) =>
    workersTable(tables.db, tables.engine, clock.now).beat({ run, name: run, version: "1" });
  const claim = (store: Store, limit: number) =>
    store.write((tx) => tx.jobs.claim(clock.now(), [{ lane: "smtp", limit }]));

  it("are claimed up to the limit of their lane, whoever has the others", async () => {
    expect((await claim(one, 2)).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(await claim(two, 2)).toEqual([]);
    expect((await claim(two, 3)).map(({ id }) => id)).toEqual(["c"]);
  });

  it("are given back where their worker is dead, and its late result is thrown away", async () => {
    const [late] = await claim(one, 1);
    const [kept] = await claim(two, 2);
    if (late === undefined || kept === undefined) throw new Error("nothing was claimed");
    expect(await two.write((tx) => tx.jobs.releaseAll())).toBe(0);
    clock.advance(LIVE_MS + 1);
    await beat("two");
    expect(await two.write((tx) => tx.jobs.releaseAll())).toBe(1);
    expect((await claim(two, 2)).map(({ id }) => id)).toEqual([late.id]);
    expect(await one.write((tx) => tx.jobs.finish(late))).toBe(false);
    expect(await two.write((tx) => tx.jobs.finish(kept))).toBe(true);
  });
});
