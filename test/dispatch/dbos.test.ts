import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectPostgres, postgresEngine } from "../../src/store/postgres.ts";
import { type OpenStore, openStore, storeOn } from "../../src/store/store.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { buildChild, removeChild, startWorker, type TestWorker, until } from "./fleet-bench.ts";

const PATIENCE = 90_000;

describe.skipIf(!postgresInstalled())("turns by DBOS", { timeout: PATIENCE }, () => {
  let postgres: Postgres;
  let url: string;
  /** As the command line has it: it asks nobody. */
  let store: OpenStore;
  /** As a worker has it. */
  let asking: OpenStore;
  let workers: TestWorker[];
  beforeAll(async () => {
    await buildChild();
    postgres = await startPostgres();
  }, PATIENCE);
  afterAll(async () => {
    await postgres.stop();
    removeChild();
  });
  beforeEach(async () => {
    url = await postgres.createDatabase();
    store = await openStore({ path: url, shopId: "shop", now: Date.now });
    const { db } = await connectPostgres(url, { connectionsMax: 2 });
    const sharing = { owner: "tests", asks: true, accounts: new Map() };
    const options = { path: url, shopId: "shop", now: Date.now, sharing };
    asking = storeOn(db, options, postgresEngine(url));
    workers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end()));
    await asking.close();
    await store.close();
  }, PATIENCE);

  const start = async (run: string, shops?: readonly string[], account?: string) => {
    const worker = await startWorker(url, run, shops, account);
    workers.push(worker);
    return worker;
  };
  const add = (
    on: OpenStore,
    id: string,
    options: { lane?: string; ms?: number; ticket?: string } = {},
  ) =>
    on.write((tx) =>
      tx.jobs.add({
        ...{ id, kind: "send_mail", lane: options.lane ?? "local" },
        ticketId: null,
        payload: { ms: String(options.ms ?? 0) },
        dueAt: Date.now(),
      }),
    );
  const told = (what: "started" | "ended") =>
    workers.flatMap((worker) => worker.told.flatMap((word) => (word.told === what ? [word] : [])));
  const done = () => told("ended").filter(({ held }) => held);
  const untilDone = (count: number) =>
    until(() => done().length >= count, `only ${done().map(({ job }) => job)} are done`);
  const isRunning = (run: string, job: string) => () =>
    told("started").some((word) => word.run === run && word.job === job);

  it("run a job that a worker adds, and one that the command line adds", async () => {
    await start("one");
    await add(asking, "asked");
    await add(store, "unasked");
    await untilDone(2);
    expect(
      done()
        .map(({ job }) => job)
        .sort(),
    ).toEqual(["asked", "unasked"]);
  });

  it("keep the order of a lane of one, and run nothing twice, under two workers", async () => {
    await Promise.all([start("one"), start("two")]);
    const names = Array.from({ length: 60 }, (_, at) => `job ${String(at).padStart(2, "0")}`);
    for (const id of names) await add(asking, id, { ms: 10 });
    await untilDone(60);
    expect(
      told("started")
        .map(({ job }) => job)
        .sort(),
    ).toEqual(names);
    const inTime = done().sort((a, b) => a.at - b.at);
    expect(inTime.map(({ job }) => job)).toEqual(names);
  });

  it("run nothing of a transaction that is taken back", async () => {
    await start("one");
    const failed = asking.write(async (tx) => {
      const job = { kind: "send_mail", lane: "local", ticketId: null, payload: {} } as const;
      await tx.jobs.add({ ...job, id: "never", dueAt: Date.now() });
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    const turns = "select count(*)::int as count from lane_turn";
    expect(await postgres.execute(url, turns)).toEqual([{ count: 0 }]);
    await add(asking, "after");
    await untilDone(1);
    expect(told("started").map(({ job }) => job)).toEqual(["after"]);
  });

  it("go on elsewhere when a worker is killed", async () => {
    await start("one");
    await add(asking, "long", { ms: 60_000 });
    await until(isRunning("one", "long"), "it is not begun");
    await add(asking, "next");
    await start("two");
    await postgres.execute(url, 'update job set payload = \'{"ms":"5"}\'');
    workers[0]?.process.kill("SIGKILL");
    await untilDone(2);
    expect(done().map(({ run, job }) => [run, job])).toEqual([
      ["two", "long"],
      ["two", "next"],
    ]);
  });

  it("throw away what a worker brings that was taken for dead", async () => {
    await start("one");
    await add(asking, "long", { ms: 1_000 });
    await until(isRunning("one", "long"), "it is not begun");
    workers[0]?.process.kill("SIGSTOP");
    await start("two");
    await untilDone(1);
    workers[0]?.process.kill("SIGCONT");
    await until(() => told("ended").length === 2, "it does not come back");
    expect(
      told("ended")
        .map(({ run, held }) => [run, held])
        .sort(),
    ).toEqual([
      ["one", false],
      ["two", true],
    ]);
    // It is as good as any other now.
    await add(asking, "after");
    await untilDone(2);
  });

  it("go on by themselves after the server has died", async () => {
    await Promise.all([start("one"), start("two")]);
    for (let at = 0; at < 20; at += 1) await add(asking, `a${at}`, { ms: 20, lane: "smtp" });
    await postgres.restart("immediate");
    await until(
      () =>
        add(asking, "after").then(
          () => true,
          () => false,
        ),
      "the server is not back",
    );
    await untilDone(21);
    expect(new Set(done().map(({ job }) => job)).size).toBe(21);
  });
});
