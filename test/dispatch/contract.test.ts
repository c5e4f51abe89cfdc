// What every dispatcher keeps, whoever decides when it looks: in one process on SQLite, and by turns of DBOS on
// PostgreSQL. DBOS is one a process, so that this file has one of it for all tests.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock as clock, systemMonotonic, systemRandom } from "../../src/clock.ts";
import { joinDispatch, type SharedDispatch } from "../../src/dispatch/dbos.ts";
import { createDispatcher } from "../../src/dispatch/in-process.ts";
import type { Dispatcher, DispatcherDeps } from "../../src/dispatch-port.ts";
import { StorageError } from "../../src/domain/errors.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import type { Log } from "../../src/ports.ts";
import { createPulse } from "../../src/pulse.ts";
import { laneTurnsTable } from "../../src/store/lane-turns.ts";
import { connectPostgres, openPostgres, postgresEngine } from "../../src/store/postgres.ts";
import { type OpenStore, openStore, storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import type { Job } from "../../src/store-port.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { until } from "./fleet-bench.ts";

const PATIENCE = 60_000;
const nothing = () => undefined;
const log: Log = { info: nothing, warn: nothing, error: nothing, debug: nothing };
const never = new AbortController().signal;

interface Host {
  /** For a shop of its own. */
  open(shopId: string): Promise<OpenStore>;
  dispatcher(shopId: string, deps: DispatcherDeps): Dispatcher;
  close(): Promise<void>;
}

const inProcess: Host = {
  open: (shopId) => openStore({ path: ":memory:", shopId, now: clock.now }),
  dispatcher: (_, deps) => createDispatcher(deps),
  close: async () => undefined,
};

async function byTurns(): Promise<Host> {
  const postgres: Postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const db = await openPostgres(url, clock.now());
  const { pool, db: own } = await connectPostgres(url, { connectionsMax: 4 });
  const engine = postgresEngine(url);
  const dispatch: SharedDispatch = await joinDispatch({
    turnsMax: 64,
    ...{ url, pool, clock, log, run: { run: "one", name: "one", version: "1" } },
    ...{ monotonic: systemMonotonic, random: systemRandom },
    workers: workersTable(db, engine, clock.now),
    turns: laneTurnsTable(db, engine, clock.now),
  });
  const sharing = { owner: "one", asks: true, accounts: new Map() };
  return {
    async open(shopId) {
      const store = storeOn(db, { path: url, shopId, now: clock.now, sharing }, engine);
      return { ...store, close: async () => undefined };
    },
    dispatcher: (shopId, deps) => dispatch.dispatcherOf(shopId)(deps),
    async close() {
      await dispatch.close(1_000);
      await own.destroy();
      await db.destroy();
      await postgres.stop();
    },
  };
}

const HOSTS: [string, () => Promise<Host>][] = [
  ["in one process", async () => inProcess],
  ...(postgresInstalled() ? ([["by turns", byTurns]] as [string, () => Promise<Host>][]) : []),
];

describe.each(HOSTS)("a dispatcher %s", { timeout: PATIENCE }, (_, open) => {
  let host: Host;
  let store: OpenStore;
  let shop = 0;
  let ran: string[];
  let stop: AbortController;
  let kill: AbortController;
  let running: Promise<void>;
  beforeAll(async () => {
    host = await open();
  }, PATIENCE);
  afterAll(() => host.close(), PATIENCE);
  beforeEach(async () => {
    shop += 1;
    store = await host.open(`shop${shop}`);
    ran = [];
    stop = new AbortController();
    kill = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    kill.abort();
    await running.catch(nothing);
    await store.close();
  }, PATIENCE);

  const add = (id: string, lane = "local", ticketId: string | null = null, dueAt = clock.now()) =>
    store.write((tx) => tx.jobs.add({ id, kind: "send_mail", lane, ticketId, payload: {}, dueAt }));
  const finish = async (job: Job) => {
    ran.push(job.id);
    await store.write((tx) => tx.jobs.finish(job));
  };

  async function dispatcher(run: (job: Job, signal: AbortSignal) => Promise<void> = finish) {
    return host.dispatcher(`shop${shop}`, {
      ...{ store, clock, pulse: createPulse(clock) },
      lanes: await keepLanes({ store, clock, log, random: () => 0.5 }),
      limits: { local: 1, smtp: 2 },
      run: async (jobs, signal) => {
        for (const job of jobs) await run(job, signal);
      },
    });
  }
  async function start(run?: (job: Job, signal: AbortSignal) => Promise<void>) {
    running = (await dispatcher(run)).run(stop.signal, kill.signal);
    running.catch(nothing);
  }
  const untilRan = (count: number) => until(() => ran.length >= count, `only ${ran} ran`);

  it("keeps the order of a lane of one", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `job ${String(at).padStart(2, "0")}`);
    for (const id of names) await add(id);
    await start();
    await untilRan(12);
    expect(ran).toEqual(names);
  });

  it("runs no more of a lane at once than it may, and so many", async () => {
    let busy = 0;
    let most = 0;
    for (let at = 0; at < 8; at += 1) await add(`s${at}`, "smtp");
    await start(async (job) => {
      busy += 1;
      most = Math.max(most, busy);
      await clock.sleep(20, never);
      busy -= 1;
      await finish(job);
    });
    await untilRan(8);
    expect(most).toBe(2);
  });

  it("runs one job of a ticket at a time, and the one behind it when that ends", async () => {
    await store.write(async (tx) => {
      for (const [id, lane] of [
        ["a", "local"],
        ["b", "smtp"],
      ] as const) {
        await tx.jobs.add({
          ...{ id, lane, kind: "send_mail", ticketId: "ticket-1", payload: {}, dueAt: clock.now() },
        });
      }
    });
    let busy = 0;
    let most = 0;
    await start(async (job) => {
      busy += 1;
      most = Math.max(most, busy);
      await clock.sleep(100, never);
      busy -= 1;
      await finish(job);
    });
    await untilRan(2);
    expect(most).toBe(1);
  });

  it("tries a job again when it says so, and runs what was added for later", async () => {
    await add("a");
    await add("later", "smtp", null, clock.now() + 700);
    await start(async (job) => {
      if (job.attempt > 0 || job.id === "later") return finish(job);
      await store.write((tx) => tx.jobs.retry(job, clock.now() + 300, "not yet"));
    });
    await untilRan(2);
    expect([...ran].sort()).toEqual(["a", "later"]);
  });

  it("waits for what runs when it is stopped, and gives it up when it is killed", async () => {
    await add("a");
    let isAtWork = false;
    await start(async (_job, signal) => {
      isAtWork = true;
      await clock.sleep(60_000, signal);
      ran.push(signal.aborted ? "given up" : "done");
    });
    await until(() => isAtWork, "it is not begun");
    stop.abort();
    await clock.sleep(50, never);
    expect(ran).toEqual([]);
    kill.abort();
    await running;
    expect(ran).toEqual(["given up"]);
  });

  it("stops the worker where nothing can be recorded any more", async () => {
    await add("a");
    await start(() => Promise.reject(new StorageError("fatal", { why: "the disk" })));
    await expect(running).rejects.toMatchObject({ code: "fatal" });
  });

  it("drains: it runs what is due, and what that adds, and ends", async () => {
    await add("a");
    await add("later", "local", null, clock.now() + 60_000);
    const draining = await dispatcher(async (job) => {
      if (job.id === "a") await add("b", "smtp");
      await finish(job);
    });
    await draining.drain(never, never);
    expect(ran).toEqual(["a", "b"]);
  });
});
