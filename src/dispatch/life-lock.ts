// A lock of the server's that this run holds for as long as it is connected: the server frees it when the process
// ends, however it ends, and the others need not wait for its silence.

import { LIFE_LOCK } from "../fleet-port.ts";

/** A connection that was cut without a word is asked so often. */
const HEARD_MS = 10_000;

export interface LockClient {
  query(sql: string, values: unknown[]): Promise<{ rows: { taken?: boolean }[] }>;
  on(event: "error", listener: () => void): unknown;
  release(destroy: boolean): void;
}

export async function takeLock(client: LockClient, key: number): Promise<boolean> {
  const sql = "select pg_try_advisory_lock($1, $2) as taken";
  return (await client.query(sql, [LIFE_LOCK, key])).rows[0]?.taken === true;
}

export interface LifeLock {
  /** Where it is not held, or was not heard of for a while, tries again. Rejects where that fails. */
  renew(): Promise<void>;
  end(): void;
}

export function createLifeLock(
  connect: () => Promise<LockClient>,
  run: string,
  monotonic: () => number,
): LifeLock {
  const TAKE = "select pg_try_advisory_lock($1, hashtext($2)) as taken";
  let client: LockClient | null = null;
  let isHeld = false;
  let heardAt = 0;
  let hasEnded = false;

  function drop(): void {
    client?.release(true);
    client = null;
    isHeld = false;
  }

  async function connected(): Promise<LockClient> {
    if (client !== null) return client;
    const next = await connect();
    next.on("error", () => {
      if (client === next) drop();
    });
    client = next;
    if (hasEnded) drop();
    return next;
  }

  return {
    async renew() {
      if (isHeld && monotonic() - heardAt < HEARD_MS) return;
      const asked = await connected();
      try {
        if (isHeld) {
          await asked.query("select true as taken", []);
        } else {
          // Not while the server still knows a connection of ours that is cut: then again at the next try.
          const { rows } = await asked.query(TAKE, [LIFE_LOCK, run]);
          isHeld = client === asked && rows[0]?.taken === true;
        }
        heardAt = monotonic();
      } catch (error) {
        if (client === asked) drop();
        throw error;
      }
    },
    end() {
      hasEnded = true;
      drop();
    },
  };
}
