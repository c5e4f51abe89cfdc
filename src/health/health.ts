// What shows the worker to others while it works: pages to ask for, and a word sent every minute.

import type { Clock, Log } from "../ports.ts";
import { keepHeartbeat } from "./heartbeat.ts";
import { serveHealth } from "./server.ts";
import { isAlive, isTurning, runningShops, type WatchedShops } from "./sight.ts";

export interface HealthOptions {
  readonly shops: WatchedShops;
  /** Null: no pages. */
  readonly port: number | null;
  /** Null: no word. */
  readonly heartbeatUrl: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws AccessError where the port cannot be had; returns how to end it. */
export async function startHealth(options: HealthOptions): Promise<() => Promise<void>> {
  const { port, heartbeatUrl: url, clock, log } = options;
  const server = port === null ? null : await serveHealth(port, options.shops);
  if (server !== null) log.info({ port: server.port }, "health is shown on 127.0.0.1");
  const stop = new AbortController();
  const alive = () => isWorkerAlive(options.shops);
  const heartbeat =
    url === null ? null : keepHeartbeat({ url, isAlive: alive, clock, log }, stop.signal);
  return async () => {
    stop.abort();
    await Promise.all([heartbeat, server?.close()]);
  };
}

/** One shop's broken mailbox is told by the pages: the worker is there for the others. */
function isWorkerAlive(shops: WatchedShops): boolean {
  const running = runningShops(shops).map(({ watched }) => watched);
  if (shops().length === 0) return true;
  return running.every(isTurning) && running.some(isAlive);
}
