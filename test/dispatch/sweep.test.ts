import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ShopLanes } from "../../src/dispatch/shop-lanes.ts";
import { sweepDue } from "../../src/dispatch/sweep.ts";
import { StorageError } from "../../src/domain/errors.ts";
import type { LaneTurns } from "../../src/fleet-port.ts";
import { laneTurnsTable } from "../../src/store/lane-turns.ts";
import { openTables } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";

const nowhere = async () => undefined;

describe("a look for due jobs", () => {
  async function look(due: number, seed: number): Promise<{ asked: string[]; most: number }> {
    const lanes = Array.from({ length: due }, (_, at) => ({ shopId: `s${at}`, lane: "local" }));
    const asked: string[] = [];
    let busy = 0;
    let most = 0;
    const shop = (shopId: string): ShopLanes => ({
      ...{ takeTurn: nowhere, release: nowhere, canUse: () => shopId !== "s0" },
      async ask() {
        busy += 1;
        most = Math.max(most, busy);
        await new Promise((resolve) => setImmediate(resolve));
        busy -= 1;
        asked.push(shopId);
      },
    });
    let state = seed;
    await sweepDue({
      turns: { listUnasked: async () => lanes } as unknown as LaneTurns,
      shops: new Map(lanes.map(({ shopId }) => [shopId, shop(shopId)])),
      random: () => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
      },
    });
    return { asked, most };
  }

  it("asks a few at a time, and leaves what is too much to the next", async () => {
    const { asked, most } = await look(1_000, 7);
    expect(most).toBeLessThanOrEqual(4);
    expect(new Set(asked).size).toBe(200);
    expect((await look(3, 7)).asked.sort()).toEqual(["s1", "s2"]);
  });

  it("does not do what another worker does that looks at the same time", async () => {
    const one = new Set((await look(1_000, 7)).asked);
    const both = (await look(1_000, 8)).asked.filter((shop) => one.has(shop));
    expect(both.length).toBeLessThan(100);
  });
});

describe.skipIf(!postgresInstalled())("what a look for due jobs reads", { timeout: 60_000 }, () => {
  let postgres: Postgres;
  let url: string;
  let tables: Awaited<ReturnType<typeof openTables>>;
  let turns: LaneTurns;
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    tables = await openTables({ path: url, now: Date.now });
    turns = laneTurnsTable(tables.db, tables.engine, Date.now);
  }, 60_000);
  afterAll(async () => {
    await tables.db.destroy();
    // The last test has stopped it, as a rule.
    await postgres.stop().catch(() => undefined);
  });

  const addDue = (lane: string, shops: number, each: number) =>
    postgres.execute(
      url,
      `insert into job (shop_id, id, kind, lane, payload, due_at, state, attempt, backing_off, starts,
         lease_token, created_at)
       select 's' || shop, '${lane}-' || at, 'send_mail', '${lane}', '{}', 1000 + shop, 'pending', 0, 0, 0, 0, 1
       from generate_series(1, ${shops}) shop, generate_series(1, ${each}) at`,
      "analyze job",
    );

  it("is each lane that nobody was asked about, however many jobs are due", async () => {
    await addDue("smtp", 3, 2);
    expect(await turns.listUnasked(2_000)).toHaveLength(3);
    await addDue("local", 1_000, 100);
    const due = await turns.listUnasked(2_000);
    expect(due).toHaveLength(1_003);
    await postgres.execute(
      url,
      `insert into lane_turn (shop_id, lane, queue_key, asked, begun, asked_at)
       select 's' || shop, 'local', 'q', 2, case when shop % 2 = 0 then 1 else 2 end,
         case when shop = 1 then extract(epoch from now()) * 1000 else 1 end
       from generate_series(1, 1000) shop`,
      "analyze lane_turn",
    );
    const left = await turns.listUnasked(60_000);
    expect(left).toHaveLength(3 + 499);
  });

  it("fails in words that tell what to do where the server cannot be asked or does not write", async () => {
    const run = { run: "one", name: "one", version: "1" };
    const other = await postgres.createDatabase();
    const { db, engine } = await openTables({ path: other, now: Date.now });
    const workers = workersTable(db, engine, Date.now);
    expect(Math.abs((await workers.beat(run)) - Date.now())).toBeLessThan(60_000);
    expect(await workers.listLive(60_000)).toHaveLength(1);
    await sql`set default_transaction_read_only = on`.execute(db);
    await expect(workers.beat(run)).rejects.toBeInstanceOf(StorageError);
    await postgres.stop();
    await expect(workers.beat(run)).rejects.toMatchObject({ code: "database_away" });
    await db.destroy();
  });
});
