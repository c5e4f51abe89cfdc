// A lane is what jobs depend on: the inbox, SMTP, a provider. Its state is told once in the log when
// it changes, and doctor shows it. A paused lane keeps its jobs and spends none of their attempts.

import { AccessError, type AppError, TransientError } from "../domain/errors.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Clock, Log } from "../ports.ts";
import type { Lane, Store, WriteTx } from "../store-port.ts";

export interface LaneKeeper {
  /** The lane works; its delayed retries become due. */
  ok(name: string): Promise<void>;
  /** The lane does not; returns when it will be tried again, epoch ms. */
  failed(name: string, error: AppError): Promise<number>;
  /** Lanes that may not be used at `now`. */
  waiting(now: number): ReadonlySet<string>;
  /** Another worker may have found a lane failing, or working again. */
  renew(): Promise<void>;
}

export async function keepLanes(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  random: () => number;
}): Promise<LaneKeeper> {
  const { store, clock, log } = deps;
  const lanes = new Map<string, Lane>();
  /** What the table said when this worker started: a restart tries those lanes at once. */
  const leftBehind = new Map<string, string>();
  for (const lane of await store.read((tx) => tx.lanes.list())) {
    // A restart is often the mend: try at once.
    lanes.set(lane.name, { ...lane, retryAt: 0 });
    leftBehind.set(lane.name, wordsOf(lane));
  }

  /** False where another process holds the database: the next time tells it. */
  async function written(work: (tx: WriteTx) => Promise<void>): Promise<boolean> {
    try {
      await store.write(work);
      return true;
    } catch (error) {
      if (error instanceof TransientError) return false;
      throw error;
    }
  }

  return {
    async ok(name) {
      const lane = lanes.get(name);
      if (lane === undefined || lane.state === "ok") return;
      const now = clock.now();
      const next: Lane = {
        name,
        state: "ok",
        code: null,
        message: null,
        since: now,
        retryAt: 0,
        failures: 0,
      };
      const isWritten = await written(async (tx) => {
        await tx.lanes.save(next);
        await tx.jobs.hastenLane(name, now);
      });
      if (!isWritten) return;
      lanes.set(name, next);
      log.info({ lane: name }, `${name} works again`);
    },
    async failed(name, error) {
      const known = lanes.get(name);
      const now = clock.now();
      const state = error instanceof AccessError ? "paused" : "failing";
      // A server that comes and goes fails in many ways; it is one outage, told of once.
      const isNew = known?.state !== state;
      // Those that were at work when the first of them failed have met the same moment.
      const isSameMoment = !isNew && known.retryAt > now;
      const failures = (known?.failures ?? 0) + (isSameMoment ? 0 : 1);
      const next: Lane = {
        name,
        state,
        code: error.code,
        message: error.message,
        since: isNew ? now : known.since,
        retryAt: isSameMoment ? known.retryAt : now + backoffMs(failures, deps.random()),
        failures,
      };
      lanes.set(name, next);
      await written((tx) => tx.lanes.save(next));
      if (isNew) {
        const { code, message, mend } = error;
        log.warn({ lane: name, code, mend }, `${name} does not work: ${message}`);
      } else {
        log.debug({ lane: name, code: error.code, failures }, `${name} still does not work`);
      }
      return next.retryAt;
    },
    async renew() {
      for (const lane of await store.read((tx) => tx.lanes.list())) {
        // What was found at this start is not what the last one has left behind.
        if (leftBehind.get(lane.name) !== wordsOf(lane)) lanes.set(lane.name, lane);
      }
    },
    waiting(now) {
      const names = [...lanes.values()]
        .filter((lane) => lane.state !== "ok" && lane.retryAt > now)
        .map((lane) => lane.name);
      return new Set(names);
    },
  };
}

/** Two states of a lane are the same where these are. */
const wordsOf = ({ state, since, retryAt, failures }: Lane) =>
  [state, since, retryAt, failures].join();
