// The workers of a town, and somebody who starts again whatever has ended, as systemd does. Each reaches the
// database through a network of its own.

import { setTimeout as pause } from "node:timers/promises";
import { figuresOf } from "../bench/process-figures.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import type { Exit, Worker } from "../support/worker.ts";
import type { Town } from "./town.ts";

export interface Crew {
  readonly size: number;
  worker(at: number): Worker;
  kill(at: number, deadMs: number): Promise<void>;
  pause(at: number, ms: number): Promise<void>;
  cut(at: number, ms: number): Promise<void>;
  term(at: number): Promise<void>;
  /** Of those that ended though nobody wanted it: "w1 code 1". */
  readonly ownEnds: readonly string[];
  readonly starts: number;
  /** Those that do not get to work: a town that came through without them proves nothing of several. */
  idlers(): Promise<string[]>;
  /** Seconds of CPU of each as it runs now, by its id. */
  cpuS(): Readonly<Record<string, number>>;
  /** What they logged as warnings and errors, the most frequent first. */
  complaints(): string[];
  /** Ends them all in good order; returns how each of them ended. */
  stop(): Promise<Exit[]>;
}

/** RestartSec of the unit that henkin writes is a few seconds, too. */
const RESTART_MS = 2_000;
const START_MS = 120_000;
const AT_WORK_MS = 30_000;
const COMPLAINTS_SHOWN = 15;
const WARN = 40;

interface Place {
  readonly id: string;
  readonly network: TcpProxy;
  worker: Worker;
  /** Somebody ends it and starts it again. */
  isMeant: boolean;
}

export async function startCrew(town: Town, size: number): Promise<Crew> {
  const places: Place[] = [];
  const all: Worker[] = [];
  const ownEnds: string[] = [];
  let starts = 0;
  let isOver = false;

  function launch(place: Place): void {
    starts += 1;
    const worker = town.launch(place.id, place.network.port);
    place.worker = worker;
    all.push(worker);
    void worker.exited.then(async ({ code, signal }) => {
      if (place.isMeant || isOver || place.worker !== worker) return;
      const last = worker.stderr.at(-1)?.raw ?? "";
      ownEnds.push(`${place.id}: code ${code}, signal ${signal}: ${last.slice(0, 300)}`);
      await pause(RESTART_MS);
      if (!isOver && place.worker === worker) launch(place);
    });
  }

  for (let at = 0; at < size; at += 1) {
    const network = await startTcpProxy({ targetPort: town.postgres.port });
    const place = { id: `w${at + 1}`, network, isMeant: false } as unknown as Place;
    places.push(place);
    launch(place);
    // The first one makes the schema.
    if (at === 0) await place.worker.waitForLog(({ msg }) => msg === "henkin is at work", START_MS);
  }
  const placeOf = (at: number): Place => {
    const place = places[at];
    if (place === undefined) throw new Error(`there is no worker ${at}`);
    return place;
  };

  async function end(at: number, signal: NodeJS.Signals, deadMs: number): Promise<void> {
    const place = placeOf(at);
    place.isMeant = true;
    place.worker.kill(signal);
    await place.worker.exited;
    await pause(deadMs);
    place.isMeant = false;
    launch(place);
  }

  return {
    size,
    worker: (at) => placeOf(at).worker,
    kill: (at, deadMs) => end(at, "SIGKILL", deadMs),
    async pause(at, ms) {
      const { worker } = placeOf(at);
      worker.kill("SIGSTOP");
      await pause(ms);
      worker.kill("SIGCONT");
    },
    async cut(at, ms) {
      const { network } = placeOf(at);
      await network.setMode("black-hole");
      await pause(ms);
      // What was lost is lost: both ends hear of it now.
      await network.setMode("reset");
      await network.setMode("pass");
    },
    term: (at) => end(at, "SIGTERM", 0),
    ownEnds,
    get starts() {
      return starts;
    },
    async idlers() {
      const looks = places.map(async ({ id, worker }) => {
        const isAtWork = worker.waitForLog(({ msg }) => msg === "henkin is at work", AT_WORK_MS);
        const came = await isAtWork.then(
          () => true,
          () => false,
        );
        return came ? [] : [id];
      });
      return (await Promise.all(looks)).flat();
    },
    cpuS: () => Object.fromEntries(places.map(({ id, worker }) => [id, cpuOf(worker)])),
    complaints: () => complaintsOf(all),
    async stop() {
      isOver = true;
      for (const { worker } of places) worker.kill("SIGTERM");
      const exits = await Promise.all(places.map(({ worker }) => worker.exited));
      await Promise.all(places.map(({ network }) => network.close()));
      return exits;
    },
  };
}

function cpuOf({ pid }: Worker): number {
  try {
    return figuresOf(pid).cpuS;
  } catch {
    // It has ended.
    return 0;
  }
}

function complaintsOf(workers: readonly Worker[]): string[] {
  const counts = new Map<string, number>();
  for (const { level = 0, msg, raw, ...fields } of workers.flatMap(({ stderr }) => stderr)) {
    // A line that is none of pino's is of Node itself.
    if (level < WARN && msg !== undefined) continue;
    const { code = "", lane = "", why = "" } = fields;
    const text = msg === undefined ? raw : `${msg} (${code} ${lane} ${why})`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, COMPLAINTS_SHOWN)
    .map(([text, count]) => `${count} × ${text}`);
}
