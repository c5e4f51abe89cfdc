// Turns as workflows of DBOS on the shops' own database. It decides which worker looks when, and nothing else:
// jobs are rows, and a turn that is lost or taken twice costs a look.

import type { DBOSConfig } from "@dbos-inc/dbos-sdk";
import type { DispatcherOf } from "../dispatch-port.ts";
import { AppError, ConfigError, StorageError, TransientError } from "../domain/errors.ts";
import {
  BEAT_MS,
  LANE_TURN,
  type LaneTurns,
  LIFE_LOCK,
  turnId,
  type WorkerRun,
  type Workers,
} from "../fleet-port.ts";
import type { Clock, Log } from "../ports.ts";
import { keepAtWork, killedBy } from "./at-work.ts";
import { createDispatcher } from "./in-process.ts";
import { callRoll, type FleetDeps } from "./roll-call.ts";
import { createSharedBeat } from "./shared-beat.ts";
import { type ShopLanes, workLanes } from "./shop-lanes.ts";
import { sweepDue, sweepLost } from "./sweep.ts";
import type { TurnQueue } from "./turn-queue.ts";

export interface DispatchOptions {
  /** Of the database that holds the jobs. */
  readonly url: string;
  /** Connections of its own; closed by whoever opened it, after `close`. */
  readonly pool: NonNullable<DBOSConfig["systemDatabasePool"]>;
  readonly run: WorkerRun;
  readonly workers: Workers;
  readonly turns: LaneTurns;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SharedDispatch {
  /** Its store must be this run's, and ask for turns. */
  dispatcherOf(shopId: string): DispatcherOf;
  /** No more turns; the shops' dispatchers have ended before. */
  close(graceMs: number): Promise<void>;
}

const POLL_MS = 150;
/** Turns of one worker; the others may have the rest. */
const TURNS_MAX = 64;
const LOOK_MS = 1_000;
const CLEAN_MS = 60_000;
const KEPT_MS = 60 * 60_000;
/** Deleted at once. */
const BATCH = 500;
const TRY_MS = 100;
/** No run's name has it but by chance, which costs a wait. */
const START_LOCK = 1;

type Dbos = typeof import("@dbos-inc/dbos-sdk")["DBOS"];

async function loadDbos(): Promise<Dbos> {
  try {
    return (await import("@dbos-inc/dbos-sdk")).DBOS;
  } catch (cause) {
    throw new ConfigError([
      `DATABASE_URL: needs DBOS, which \`npm ci\` brings, and which cannot be loaded (${cause})`,
    ]);
  }
}

/** What it says is for who looks into it; what matters to the shop is told by the jobs. */
function loggerFor(log: Log): NonNullable<DBOSConfig["logger"]> {
  const tell = (entry: unknown) => log.debug({ dbos: String(entry) }, "DBOS");
  // Where it is connected to is among the rest, with the password.
  const ignore = () => undefined;
  return { info: ignore, debug: ignore, warn: tell, error: tell };
}

function queueOf(dbos: Dbos): TurnQueue {
  const OURS = {
    queueName: LANE_TURN.queue,
    ...{ applicationName: LANE_TURN.application, loadInput: false, loadOutput: false },
  };
  return {
    async listTaken() {
      const taken = await dbos.listWorkflows({ ...OURS, status: "PENDING" });
      return taken.map(({ workflowID: id, executorId: run = "" }) => ({ id, run }));
    },
    async listAlive(ids) {
      const alive = await dbos.listWorkflows({
        ...OURS,
        workflowIDs: [...ids],
        status: ["ENQUEUED", "DELAYED", "PENDING"],
      });
      return new Set(alive.map(({ workflowID }) => workflowID));
    },
    async giveUp(ids) {
      await dbos.cancelWorkflows([...ids]);
    },
    async forget(before) {
      const ended = await dbos.listWorkflows({
        ...OURS,
        status: ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
        endTime: new Date(before).toISOString(),
        limit: BATCH,
      });
      if (ended.length > 0) await dbos.deleteWorkflows(ended.map(({ workflowID }) => workflowID));
      return ended.length;
    },
  };
}

/** Brings DBOS's tables up to date, and takes turns from now on. One a process. */
export async function joinDispatch(options: DispatchOptions): Promise<SharedDispatch> {
  const { url, pool, run, workers, clock, log } = options;
  const dbos = await loadDbos();
  const shops = new Map<string, ShopLanes>();
  const atHand = new Set<string>();
  dbos.setConfig({
    name: LANE_TURN.application,
    systemDatabaseUrl: url,
    systemDatabasePool: pool,
    executorID: run.run,
    applicationVersion: LANE_TURN.version,
    logger: loggerFor(log),
    useListenNotify: false,
    enableOTLP: false,
    maxConcurrentQueueDispatches: 1,
  });
  dbos.registerWorkflow(
    async (shopId: string, lane: string, number: number) => {
      const id = turnId({ shopId, lane, number });
      atHand.add(id);
      try {
        // A shop that is not open here, or not any more: the sweeper finds what it leaves.
        await shops.get(shopId)?.takeTurn(lane, number);
      } finally {
        atHand.delete(id);
      }
    },
    { name: LANE_TURN.workflow },
  );
  // Before the first claim: what a run holds that nobody knows is given to others.
  await workers.beat(run);
  const life = await holdLife(pool, run.run, clock);
  await oneByOne(pool, clock, async () => {
    await dbos.launch();
    await dbos.registerQueue(LANE_TURN.queue, {
      partitionConcurrency: 1,
      workerConcurrency: TURNS_MAX,
      minPollingIntervalMs: POLL_MS,
      onConflict: "always_update",
    });
  });
  const watch = keepWatch({ ...options, queue: queueOf(dbos), shops, atHand }, life.renew);
  return {
    dispatcherOf: (shopId) => (deps) => ({
      run: (stop, kill) => {
        const atWork = keepAtWork(deps, () => {});
        return killedBy(kill, atWork.running, () =>
          atWork.untilAllAreDone(async () => {
            const lanes = workLanes(deps, atWork, stop, kill);
            const taken = new Set<Promise<void>>();
            shops.set(shopId, { ...lanes, takeTurn: remembered(taken, lanes.takeTurn) });
            try {
              await watch.beat.during(() => {
                deps.pulse.beat("jobs");
                const isOver = atWork.fatal() !== null || watch.failure() !== null;
                return isOver ? "is over" : "goes on";
              }, stop);
              const failure = watch.failure();
              if (failure !== null) throw failure;
            } finally {
              shops.delete(shopId);
              await Promise.all(taken);
            }
          }),
        );
      },
      // Who runs once and ends does not wait for turns; others keep out of what it has claimed.
      drain: (stop, kill) => createDispatcher(deps).drain(stop, kill),
    }),
    async close(graceMs) {
      await watch.close();
      await dbos.shutdown({ deregister: true, workflowCompletionTimeoutMS: graceMs });
      life.end();
      await workers.leave(run.run).catch(() => undefined);
    },
  };
}

type DbosPool = DispatchOptions["pool"];

/** DBOS's own steps deadlock where two workers make its tables at once. */
async function oneByOne(pool: DbosPool, clock: Clock, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  const never = new AbortController().signal;
  try {
    // Not by waiting in the server: an index that is built beside would wait for the one who waits.
    while (!(await take(client, START_LOCK))) await clock.sleep(TRY_MS, never);
    await work();
  } finally {
    // With the connection goes the lock.
    client.release(true);
  }
}

async function take(client: Client, key: number): Promise<boolean> {
  const sql = "select pg_try_advisory_lock($1, $2) as taken";
  return (await client.query(sql, [LIFE_LOCK, key])).rows[0]?.taken === true;
}

interface Client {
  query(sql: string, values: unknown[]): Promise<{ rows: { taken?: boolean }[] }>;
  on(event: "error", listener: () => void): unknown;
  release(destroy: boolean): void;
}

/** The server frees it when this process ends, however it ends, and the others need not wait for its silence. */
async function holdLife(pool: DbosPool, run: string, clock: Clock) {
  const sql = "select pg_try_advisory_lock($1, hashtext($2)) as taken";
  let isLost = true;
  let client: Client | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  async function renew(): Promise<void> {
    if (!isLost || clock.now() - askedAt < TRY_MS) return;
    askedAt = clock.now();
    client?.release(true);
    client = null;
    const next: Client = await pool.connect();
    client = next;
    next.on("error", () => {
      isLost = true;
    });
    await next.query(sql, [LIFE_LOCK, run]);
    isLost = false;
  }
  await renew();
  return { renew, end: () => (client as Client | null)?.release(true) };
}

function remembered(
  taken: Set<Promise<void>>,
  takeTurn: ShopLanes["takeTurn"],
): ShopLanes["takeTurn"] {
  return async (lane, number) => {
    const turn = takeTurn(lane, number);
    taken.add(turn);
    await turn.finally(() => taken.delete(turn));
  };
}

/** Beats, sweeps, reaps and cleans up until it is closed. */
function keepWatch(deps: FleetDeps, renewLife: () => Promise<void>) {
  const { clock, log, queue } = deps;
  const closing = new AbortController();
  const beat = createSharedBeat(clock);
  let failure: StorageError | null = null;
  const roll = callRoll(deps);

  function tell(what: string, error: unknown): void {
    if (error instanceof StorageError) failure = error;
    // DBOS's own words for a server that is away are many; the next look tells.
    const code = error instanceof AppError ? error.code : String(error);
    log[error instanceof TransientError ? "debug" : "warn"]({ code }, `${what} failed`);
  }

  async function every(ms: number, what: string, work: () => Promise<unknown>): Promise<void> {
    while (!closing.signal.aborted && failure === null) {
      await work().catch((error: unknown) => tell(what, error));
      await clock.sleep(ms, closing.signal);
    }
  }

  const loops = [
    beat.run(closing.signal),
    every(BEAT_MS, "saying that this worker lives", async () => {
      await roll.beat();
      await renewLife();
    }),
    every(LOOK_MS, "looking for due jobs", () => sweepDue(deps)),
    every(LOOK_MS, "looking for dead workers", async () => {
      await roll.reap();
      await sweepLost(deps);
    }),
    every(CLEAN_MS, "cleaning up", async () => {
      while ((await queue.forget(clock.now() - KEPT_MS)) === BATCH);
    }),
  ];
  return {
    beat,
    failure: () => failure,
    async close() {
      closing.abort();
      await Promise.all(loops);
    },
  };
}
