import { expect, it } from "vitest";
import { LIVE_MS } from "../../src/fleet-port.ts";
import { openDatabase } from "../../src/store/database.ts";
import { mailboxLeasesTable } from "../../src/store/mailbox-leases.ts";
import { sqliteEngine } from "../../src/store/sqlite-engine.ts";
import { workersTable } from "../../src/store/workers.ts";

async function open() {
  const db = await openDatabase(":memory:", 0);
  const engine = sqliteEngine(":memory:");
  let now = 1_000_000;
  return {
    pass: (ms: number) => {
      now += ms;
    },
    workers: workersTable(db, engine, () => now),
    leases: mailboxLeasesTable(db, engine, () => now),
  };
}

const runOf = (run: string, name: string) => ({ run, name, version: "1" });

it("a worker lives as long as it is heard of", async () => {
  const { workers, pass } = await open();
  await workers.beat(runOf("r1", "one"));
  pass(LIVE_MS);
  expect(await workers.listLive(LIVE_MS)).toMatchObject([{ run: "r1", name: "one" }]);
  pass(1);
  expect(await workers.listLive(LIVE_MS)).toEqual([]);
});

it("who takes over a name takes its mailboxes from the dead at once, and no other's", async () => {
  const { workers, leases } = await open();
  for (const [run, name] of [["r1", "one"] as const, ["r2", "two"] as const]) {
    await workers.beat(runOf(run, name));
    await leases.take(run, [`shop-${name}`], 60_000);
  }
  await workers.takeOverFrom("one");
  expect(await workers.listLive(LIVE_MS)).toMatchObject([{ run: "r2" }]);
  const taken = await leases.take("r3", ["shop-one", "shop-two"], 60_000);
  expect(taken).toEqual([{ shopId: "shop-one", token: 2 }]);
});
