// What this worker shares with the others of its database, which is on a server. Loaded only there.

import { hostname } from "node:os";
import { newId, systemClock, systemMonotonic, systemRandom } from "./clock.ts";
import { type Close, closeAll, openAll } from "./closing.ts";
import type { Config } from "./config.ts";
import { lockWorkerName } from "./database-location.ts";
import { joinDispatch } from "./dispatch/dbos.ts";
import type { DispatcherOf } from "./dispatch-port.ts";
import { AccessError } from "./domain/errors.ts";
import { openReadingDesk } from "./fleet/reading-desk.ts";
import type { ReadInTurn } from "./fleet-port.ts";
import { letNewSpaceGrow } from "./heap.ts";
import { createHostSeats, type HostSeats } from "./mail/host-seats.ts";
import type { SharedDatabase } from "./open-store.ts";
import type { Log, SharedPace } from "./ports.ts";
import { createSigner } from "./signer.ts";
import type { Sharing } from "./store/lane-turns.ts";
import { connectPostgres, postgresEngine } from "./store/postgres.ts";
import { workersTable } from "./store/workers.ts";
import { version } from "./version.ts";

/** As one shop of this worker sees it. */
export interface ShopInFleet {
  readonly dispatcherOf: DispatcherOf;
  readonly readInTurn: ReadInTurn;
  readonly isReadHere: () => boolean;
}

export interface Fleet {
  /** Where this worker must end: another one bears its name by now. */
  readonly lost: AbortSignal;
  /** `accounts`: of each provider by its name what tells its account from others; a secret may. */
  sharingOf(accounts: ReadonlyMap<string, string>): Sharing;
  placeOf(shopId: string): ShopInFleet;
  readonly seats: HostSeats;
  readonly pace: SharedPace;
  /** Rejects where nothing can be recorded any more. */
  run(stop: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly config: Config<"WORKER_ID" | "IDLE_PER_HOST" | "WORKER_TURNS">;
  readonly database: SharedDatabase;
  readonly dataKey: Uint8Array;
  readonly log: Log;
}

/** DBOS's own, of which one holds the lock by which the others see that this worker lives. */
const CONNECTIONS_MAX = 5;
/** Of a beat's own connection: a second one must be possible before this worker counts as dead. */
const BEAT_CONNECTION = { connectionsMax: 1, queryMs: 5_000, connectMs: 5_000 };
/** The shops' jobs have ended before. */
const GRACE_MS = 1_000;

/** Throws AccessError where another worker bears the name. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  return openAll((opened) => open(options, opened));
}

/** `opened` is filled with what is to be closed, the last first. */
async function open(
  { config, database, dataKey, log }: FleetOptions,
  opened: Close[],
): Promise<Fleet> {
  letNewSpaceGrow();
  const name = config.WORKER_ID ?? hostname();
  const lock = await lockWorkerName(database.path, name);
  opened.push(lock.release);
  const { turns, leases, pace, ...tables } = database.fleetTables();
  // Under the lock of its name.
  await tables.workers.takeOverFrom(name);
  const run = { run: newId(), name, version: version() };
  const { pool } = await connectPostgres(database.path, { connectionsMax: CONNECTIONS_MAX });
  opened.push(() => pool.end());
  const clock = systemClock;
  const { db: ownLine } = await connectPostgres(database.path, BEAT_CONNECTION);
  opened.push(() => ownLine.destroy());
  const { beat } = workersTable(ownLine, postgresEngine(database.path), clock.now);
  const dispatch = await joinDispatch({
    ...{ url: database.path, pool, run, workers: { ...tables.workers, beat }, turns, clock, log },
    ...{ monotonic: systemMonotonic, random: systemRandom, turnsMax: config.WORKER_TURNS },
  });
  opened.push(() => dispatch.close(GRACE_MS));
  const desk = openReadingDesk({
    ...{ leases, run: run.run, clock, log },
    ...{ monotonic: systemMonotonic, random: systemRandom },
  });
  opened.push(desk.close);
  const signer = createSigner(dataKey);
  return {
    lost: lock.lost,
    sharingOf: (accounts) => ({
      owner: run.run,
      asks: true,
      accounts: new Map(
        [...accounts].map(([provider, account]) => [
          provider,
          signer.derive("provider account", provider, account),
        ]),
      ),
    }),
    placeOf: (shopId) => ({
      dispatcherOf: dispatch.dispatcherOf(shopId),
      readInTurn: desk.readInTurn(shopId),
      isReadHere: () => desk.isReadHere(shopId),
    }),
    seats: createHostSeats({
      ...{ most: config.IDLE_PER_HOST, now: systemMonotonic, random: systemRandom },
    }),
    pace,
    async run(stop) {
      await desk.run(stop);
      if (lock.lost.aborted) throw new AccessError("worker_named", { name });
    },
    close: () => closeAll(opened),
  };
}
