// A lock that belongs to a connection: the server frees it when that ends, however it ends, and it needs no
// clock. postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS

import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import { placeOf } from "./location.ts";
import { loadDriver, postgresConfig } from "./postgres.ts";
import { postgresError } from "./postgres-errors.ts";

export interface PostgresLock {
  /** Aborts where the connection ended and another has taken the lock since. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Other numbers than those under which a shop's writers wait for one another. */
const SPACE = 7_265;
const WATCH_MS = 5_000;
/** The server may still see our old connection, which broke at our end: by SESSION it gives up after 25 s. */
const REGAIN_MS = 40_000;

export interface LockOptions {
  /** It keeps out who wants it alone, and lets others of its kind in. */
  readonly shared?: boolean;
}

/** Null while another connection holds it. Throws where the server cannot be asked. */
export async function lockPostgres(
  url: string,
  name: string,
  { shared = false }: LockOptions = {},
): Promise<PostgresLock | null> {
  const losing = new AbortController();
  const releasing = new AbortController();
  const take = shared ? takeShared : takeAlone;
  const first = await connect(url);
  if (!(await take(first, name))) {
    await first.end();
    return null;
  }

  const isReleased = () => releasing.signal.aborted;

  async function rest(): Promise<boolean> {
    await pause(WATCH_MS, undefined, { ref: false, signal: releasing.signal }).catch(() => {});
    return !isReleased();
  }

  /** Null where the server cannot be asked. */
  async function takeAnew(): Promise<{ client: Client; isTaken: boolean } | null> {
    const client = await connect(url).catch(() => null);
    if (client === null) return null;
    const isTaken = await take(client, name).catch(() => null);
    if (isTaken === null) drop(client);
    return isTaken === null ? null : { client, isTaken };
  }

  /** Where the server was away, it was so for everybody; who comes first then has the lock. */
  async function keepWatch(): Promise<void> {
    let client = first;
    let missedMs = 0;
    while (await rest()) {
      if (missedMs === 0 && (await answers(client))) continue;
      drop(client);
      const next = await takeAnew();
      if (next === null) continue;
      client = next.client;
      missedMs = next.isTaken ? 0 : missedMs + WATCH_MS;
      if (missedMs < REGAIN_MS) continue;
      losing.abort();
      break;
    }
    await client.end().catch(() => undefined);
  }

  const watch = keepWatch();
  return {
    lost: losing.signal,
    release() {
      releasing.abort();
      return watch;
    },
  };
}

const answers = (client: Client) =>
  client.query("select 1").then(
    () => true,
    () => false,
  );

/** What was sent over a line that is cut waits in vain for its answer; so does a farewell. */
function drop(client: Client): void {
  void client.end().catch(() => undefined);
}

async function connect(url: string): Promise<Client> {
  const pg = await loadDriver();
  const client = new pg.Client(postgresConfig(url));
  // Its end is told as well.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw postgresError(error, placeOf(url));
  }
  return client;
}

/** Of each it is told whether it was taken. They throw what pg throws. */
const takerBy = (call: string) => async (client: Client, name: string) => {
  const { rows } = await client.query<{ taken: boolean }>(
    `select ${call}($1, hashtext($2)) as taken`,
    [SPACE, name],
  );
  return rows[0]?.taken === true;
};
const takeAlone = takerBy("pg_try_advisory_lock");
const takeShared = takerBy("pg_try_advisory_lock_shared");
