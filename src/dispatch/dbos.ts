// Turns as workflows of DBOS on the shops' own database. It decides which worker looks when, and nothing else:
// jobs are rows, and a turn that is lost or taken twice costs a look.

import type { DBOSConfig } from "@dbos-inc/dbos-sdk";
import type { DispatcherOf } from "../dispatch-port.ts";
import { ConfigError } from "../domain/errors.ts";
import {
  BEAT_MS,
  LANE_TURN,
  type LaneTurns,
  LIVE_MS,
  turnId,
  type WorkerRun,
  type Workers,
} from "../fleet-port.ts";
import type { Clock, Log } from "../ports.ts";
import { keepAtWork, killedBy } from "./at-work.ts";
import { watchClock } from "./clock-watch.ts";
import { createDispatcher } from "./in-process.ts";
import { createLifeLock, takeLock } from "./life-lock.ts";
import { watchLoops } from "./loops.ts";
import { BURY_MS, callRoll, type FleetDeps, TRUCE_MS } from "./roll-call.ts";
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
  /** Of one worker at once; what the worker that has started last says holds for all. */
  readonly turnsMax: number;
  /** Beats over a connection of their own: neither a busy pool nor one that hangs keeps them waiting. */
  readonly workers: Workers;
  readonly turns: LaneTurns;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Log;
}

export interface SharedDispatch {
  /** Its store must be this run's, and ask for turns. */
  dispatcherOf(shopId: string): DispatcherOf;
  /** No more turns; the shops' dispatchers have ended before. */
  close(graceMs: number): Promise<void>;
}

const POLL_MS = 150;
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
  const { url, pool, run, clock, monotonic, log } = options;
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
  await firstBeat(options);
  const life = createLifeLock(() => pool.connect(), run.run, monotonic);
  await life.renew();
  await oneByOne(pool, clock, async () => {
    await dbos.launch();
    await dbos.registerQueue(LANE_TURN.queue, {
      partitionConcurrency: 1,
      workerConcurrency: options.turnsMax,
      minPollingIntervalMs: POLL_MS,
      onConflict: "always_update",
    });
  });
  const clockWatch = watchClock(log);
  const watch = keepWatch(
    { ...options, queue: queueOf(dbos), shops, atHand, clockWatch },
    life.renew,
  );
  const mayClaim = () => !clockWatch.isFarOff();
  return {
    dispatcherOf: (shopId) => (deps) => ({
      run: (stop, kill) => {
        const atWork = keepAtWork(deps, () => {});
        return killedBy(kill, atWork.running, () =>
          atWork.untilAllAreDone(async () => {
            const lanes = workLanes({ ...deps, mayClaim }, atWork, stop, kill);
            const taken = new Set<Promise<void>>();
            shops.set(shopId, { ...lanes, takeTurn: remembered(taken, lanes.takeTurn) });
            try {
              await watch.beat.during(() => {
                watch.beatFor(deps.pulse);
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
      await options.workers.leave(run.run).catch(() => undefined);
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
    while (!(await takeLock(client, START_LOCK))) await clock.sleep(TRY_MS, never);
    await work();
  } finally {
    // With the connection goes the lock.
    client.release(true);
  }
}

/**
 * Whoever is opened after this gives back at once what silent runs hold. Where others have been silent it was
 * perhaps the server that was away: they are given the time to be heard.
 */
async function firstBeat({ workers, run, clock }: DispatchOptions): Promise<void> {
  const now = await workers.beat(run);
  const seen = await workers.listLive(BURY_MS);
  if (!seen.some(({ seenAt }) => now - seenAt > LIVE_MS)) return;
  await clock.sleep(TRUCE_MS, new AbortController().signal);
  await workers.beat(run);
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
  const { clock, queue } = deps;
  const closing = new AbortController();
  const beat = createSharedBeat(clock);
  const roll = callRoll(deps);
  const { every, failure, beatFor } = watchLoops(deps, closing.signal);

  const loops = [
    beat.run(closing.signal),
    every(BEAT_MS, "saying that this worker lives", () => roll.beat()),
    every(BEAT_MS, "holding the lock of this worker", renewLife),
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
    failure,
    beatFor,
    async close() {
      closing.abort();
      await Promise.all(loops);
    },
  };
}
