// A worker of the tests: its jobs sleep for as long as their payload says, and tell who runs them.

import { systemClock, systemMonotonic, systemRandom } from "../../src/clock.ts";
import { joinDispatch } from "../../src/dispatch/dbos.ts";
import { TransientError } from "../../src/domain/errors.ts";
import { keepLanes } from "../../src/jobs/lanes.ts";
import type { Log } from "../../src/ports.ts";
import { createPulse } from "../../src/pulse.ts";
import { laneTurnsTable } from "../../src/store/lane-turns.ts";
import { connectPostgres, postgresEngine } from "../../src/store/postgres.ts";
import { storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import type { Job, Store } from "../../src/store-port.ts";

export type Told =
  | { readonly told: "ready" }
  | {
      readonly told: "started" | "ended";
      readonly job: string;
      readonly at: number;
      readonly held: boolean;
    };

const [url = "", run = "", shopIds = "", account = ""] = process.argv.slice(2);
const tell = (told: Told) => void process.send?.(told);
const complain = (fields: object, message: string) =>
  void process.stderr.write(`${run} ${message} ${JSON.stringify(fields).slice(0, 600)}\n`);
const log: Log = { info: () => {}, debug: () => {}, warn: complain, error: complain };
const clock = systemClock;
const { db } = await connectPostgres(url);
const { pool } = await connectPostgres(url, { connectionsMax: 4 });
const engine = postgresEngine(url);

async function stubborn<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await clock.sleep(200, new AbortController().signal);
    }
  }
}

async function runJob(store: Store, job: Job, signal: AbortSignal): Promise<void> {
  tell({ told: "started", job: job.id, at: Date.now(), held: true });
  await clock.sleep(Number(job.payload["ms"] ?? 0), signal);
  if (signal.aborted) return;
  const held = await stubborn(() => store.write((tx) => tx.jobs.finish(job)));
  tell({ told: "ended", job: job.id, at: Date.now(), held });
}

const dispatch = await joinDispatch({
  turnsMax: 64,
  ...{ url, pool, clock, log, monotonic: systemMonotonic, random: systemRandom },
  run: { run, name: run, version: "1" },
  workers: workersTable(db, engine, clock.now),
  turns: laneTurnsTable(db, engine, clock.now),
});
const stop = new AbortController();
const kill = new AbortController();
const running = shopIds.split(",").map(async (shopId) => {
  const accounts = new Map(account === "" ? [] : [["stripe", account]]);
  const sharing = { owner: run, asks: true, accounts };
  const store = storeOn(db, { path: url, shopId, now: clock.now, sharing }, engine);
  const lanes = await keepLanes({ store, clock, log, random: Math.random });
  return dispatch
    .dispatcherOf(shopId)({
      ...{ store, clock, lanes, pulse: createPulse(clock) },
      limits: { local: 1, smtp: 4, "provider:stripe": 2 },
      run: async (jobs, signal) => {
        for (const job of jobs) await runJob(store, job, signal);
      },
    })
    .run(stop.signal, kill.signal);
});
process.on("message", (word) => {
  if (word === "stop") stop.abort();
  if (word === "kill") kill.abort();
});
tell({ told: "ready" });
await Promise.all(running);
await dispatch.close(1_000);
await pool.end();
await db.destroy();
process.disconnect?.();
