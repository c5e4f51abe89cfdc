// What a worker does again and again for as long as it lives, whatever fails in it.

import { AppError, StorageError, TransientError } from "../domain/errors.ts";
import type { Clock, Log, Pulse } from "../ports.ts";

/** A question to a server that is away takes up to 40 seconds, with the wait for a connection. */
export const STUCK_MS = 60_000;

interface LoopDeps {
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly log: Pick<Log, "debug" | "warn">;
}

export interface Loops {
  /** Until what is given as `closing` aborts, or nothing can be recorded any more. `what`: for the log. */
  every(ms: number, what: string, work: () => Promise<unknown>): Promise<void>;
  /** Nothing can be recorded any more, and the worker must stop. */
  failure(): StorageError | null;
  /** Beats unless a loop is stuck. A server that is away fails every look, and stops none. */
  beatFor(pulse: Pulse): void;
}

export function watchLoops({ clock, monotonic, log }: LoopDeps, closing: AbortSignal): Loops {
  const failing = new Set<string>();
  const turnedAt = new Map<string, number>();
  let failure: StorageError | null = null;

  function tell(what: string, error: unknown): void {
    if (error instanceof StorageError) failure = error;
    const code = error instanceof AppError ? error.code : String(error);
    // DBOS's own words for a server that is away are many, and come at every look: once is enough.
    const isKnown = error instanceof TransientError || failing.has(what);
    if (!(error instanceof TransientError)) failing.add(what);
    log[isKnown ? "debug" : "warn"]({ code }, `${what} failed`);
  }

  return {
    async every(ms, what, work) {
      while (!closing.aborted && failure === null) {
        // What is done seldom may take long.
        if (ms < STUCK_MS) turnedAt.set(what, monotonic());
        await work().then(
          () => failing.delete(what),
          (error: unknown) => tell(what, error),
        );
        if (ms < STUCK_MS) turnedAt.set(what, monotonic());
        await clock.sleep(ms, closing);
      }
    },
    failure: () => failure,
    beatFor(pulse) {
      const goesOn = [...turnedAt.values()].every((at) => monotonic() - at < STUCK_MS);
      if (goesOn) pulse.beat("jobs");
    },
  };
}
