// What happens to the workers of a town and to its database, and when: drawn from a seed. The machine's own
// timing cannot be repeated, so a seed leads near a failure, not always to it.

import { seeded } from "../simulate/random.ts";

export type Fault =
  /** kill -9, and a new start after `lastMs`. */
  | { readonly kind: "kill"; readonly at: number; readonly worker: number; readonly lastMs: number }
  /** SIGSTOP, and SIGCONT after `lastMs`. */
  | {
      readonly kind: "pause";
      readonly at: number;
      readonly worker: number;
      readonly lastMs: number;
    }
  /** Nothing passes between it and the database for `lastMs`; then the old connections are reset. */
  | { readonly kind: "cut"; readonly at: number; readonly worker: number; readonly lastMs: number }
  /** SIGTERM, and a new start once it has ended. */
  | { readonly kind: "term"; readonly at: number; readonly worker: number; readonly lastMs: number }
  /** The database server dies as in a power cut, and starts again. */
  | { readonly kind: "database"; readonly at: number; readonly lastMs: number };

export interface Ordeal {
  readonly kills: number;
  readonly pauses: number;
  readonly pauseMs: number;
  readonly cuts: number;
  readonly cutMs: number;
  readonly terms: number;
  readonly databaseRestarts: number;
}

const DEAD_MS = 8_000;
const LEAST_PAUSE_MS = 2_000;

/** Ascending; `at`: ms from the beginning, within `overMs`. A worker has one trouble at a time. */
export function drawFaults(ordeal: Ordeal, workers: number, overMs: number, seed: number): Fault[] {
  const random = seeded(seed);
  const busy: { worker: number; from: number; to: number }[] = [];
  const between = (least: number, most: number) => least + random.below(Math.max(1, most - least));

  /** A time and a worker that is well then; where none is found, a later trouble of the same worker. */
  function place(lastMs: number): { at: number; worker: number } {
    for (let tries = 0; ; tries += 1) {
      const late = tries > 200 ? (tries - 200) * 1_000 : 0;
      const at = between(0, Math.max(1, overMs - lastMs)) + late;
      const worker = random.below(workers);
      const [from, to] = [at - 1_000, at + lastMs + 3_000];
      if (busy.some((one) => one.worker === worker && one.from < to && from < one.to)) continue;
      busy.push({ worker, from, to });
      return { at, worker };
    }
  }

  const faults: Fault[] = [];
  const add = (kind: "kill" | "pause" | "cut" | "term", count: number, last: () => number) => {
    for (let n = 0; n < count; n += 1) {
      const lastMs = last();
      faults.push({ kind, ...place(lastMs), lastMs });
    }
  };
  // The long ones first, while there is room.
  add("cut", ordeal.cuts, () => ordeal.cutMs);
  add("pause", ordeal.pauses, () =>
    between(Math.min(LEAST_PAUSE_MS, ordeal.pauseMs), ordeal.pauseMs),
  );
  add("term", ordeal.terms, () => 0);
  add("kill", ordeal.kills, () => between(500, DEAD_MS));
  for (let n = 0; n < ordeal.databaseRestarts; n += 1) {
    // One in each part of the time, so that each meets work.
    const part = overMs / ordeal.databaseRestarts;
    faults.push({ kind: "database", at: Math.floor(part * n + between(0, part)), lastMs: 0 });
  }
  return faults.sort((one, other) => one.at - other.at);
}
