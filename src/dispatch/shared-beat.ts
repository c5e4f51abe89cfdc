// One clock for all shops of a worker: a thousand of them, each with its own, would wake it two thousand times
// a second for nothing.

import type { Clock } from "../ports.ts";

const BEAT_MS = 500;

export interface SharedBeat {
  /** Calls `look` now and at each beat, until it says that it is over, or `stop` aborts. */
  during(look: () => "goes on" | "is over", stop: AbortSignal): Promise<void>;
  /** Until `stop` aborts. */
  run(stop: AbortSignal): Promise<void>;
}

export function createSharedBeat(clock: Clock): SharedBeat {
  const looks = new Set<() => void>();
  return {
    during: (look, stop) =>
      new Promise((resolve) => {
        const end = () => {
          looks.delete(again);
          stop.removeEventListener("abort", end);
          resolve();
        };
        const again = () => {
          if (look() === "is over") end();
        };
        if (stop.aborted) return resolve();
        stop.addEventListener("abort", end);
        looks.add(again);
        again();
      }),
    async run(stop) {
      while (!stop.aborted) {
        for (const look of looks) look();
        await clock.sleep(BEAT_MS, stop);
      }
    },
  };
}
