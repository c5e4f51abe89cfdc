// Which database the settings name, and the locks that keep others from it.

import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { AccessError, PermanentError } from "./domain/errors.ts";
import { lockForWorker, tryLock } from "./store/database.ts";
import { isPostgresUrl, locationOf, placeOf } from "./store/location.ts";

/** The file, or the URL of the server. */
export function databaseLocation(config: Config<"DATABASE_URL">, directory: string): string {
  return locationOf(config.DATABASE_URL, directory);
}

/** For what is done to a file alone. */
export function databaseFile(config: Config<"DATABASE_URL">, directory: string): string {
  const location = databaseLocation(config, directory);
  if (!isPostgresUrl(location)) return location;
  throw new PermanentError("postgres_has_own", { path: placeOf(location) });
}

/** Of the consent to use this mailbox. Null while another process, or another part of this one, has it. */
export async function tryLockConsent(location: string, user: string): Promise<(() => void) | null> {
  if (!isPostgresUrl(location)) return tryLock(location, "oauth-lock");
  const { lockPostgres } = await import("./store/postgres-lock.ts");
  const lock = await lockPostgres(location, `consent of ${user}`);
  return lock && (() => void lock.release());
}

/** Of the name of a worker on a server. Throws AccessError where another worker bears it. */
export async function lockWorkerName(location: string, name: string): Promise<WorkerLock> {
  const { lockPostgres } = await import("./store/postgres-lock.ts");
  const lock = await lockPostgres(location, `worker ${name}`);
  if (lock === null) throw new AccessError("worker_named", { name });
  return lock;
}

export interface WorkerLock {
  /** Aborts where the connection that held it ended, and it could not be had again: another has it now. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Throws AccessError where another worker has it; with `beside` other workers may have it, too, where the
 * database can be shared.
 */
export async function lockDatabase(location: string, { beside = false } = {}): Promise<WorkerLock> {
  if (isPostgresUrl(location)) {
    const { lockPostgres } = await import("./store/postgres-lock.ts");
    const lock = await lockPostgres(location, "worker", { shared: beside });
    if (lock === null) throw new AccessError("database_locked", { path: placeOf(location) });
    if (!beside && (await isWorkedOn(location))) {
      await lock.release();
      throw new AccessError("database_locked", { path: placeOf(location) });
    }
    return lock;
  }
  const unlock = lockForWorker(location);
  return { lost: new AbortController().signal, release: async () => unlock() };
}

const LOOK_MS = 1_000;

/**
 * Where the server was away, nobody has a lock for some seconds, though everybody works: a worker that lives says
 * so all the same. One that has died was seen a while ago, too, and is seen no more.
 */
async function isWorkedOn(url: string): Promise<boolean> {
  const { findLastBeatAt } = await import("./store/last-beat.ts");
  const first = await findLastBeatAt(url);
  const never = new AbortController().signal;
  for (let last = first; last !== null; last = await findLastBeatAt(url)) {
    if (last !== first) return true;
    await systemClock.sleep(LOOK_MS, never);
  }
  return false;
}
