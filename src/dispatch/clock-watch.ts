// Whether this machine's clock agrees with the database's. When a job is due is said by the clock of who adds it,
// and judged by that of who claims it.

import type { Log } from "../ports.ts";

/** A clock that is kept by NTP is off by some milliseconds. */
const APART_MS = 2_000;
/** A limit or a waiting time that is a minute off is none. */
const FAR_MS = 60_000;

export interface ClockWatch {
  /** `theirs` was said somewhere between two looks at the own clock, `withinMs` before `own` at most. */
  compare(theirs: number, own: number, withinMs: number): void;
  /** Nothing must be claimed by this clock. */
  isFarOff(): boolean;
}

export function watchClock(log: Pick<Log, "info" | "warn" | "error">): ClockWatch {
  let was: "together" | "apart" | "far" = "together";

  function tell(is: typeof was, by: number): void {
    const differs = { seconds: Math.round(by / 1_000) };
    if (is === "far") {
      log.error(
        differs,
        "this machine's clock differs from the database's by more than a minute: no jobs are run here until both are set (NTP)",
      );
    } else if (is === "together") {
      log.info({}, "this machine's clock agrees with the database's again");
    } else {
      log.warn(differs, "this machine's clock differs from the database's: set both by NTP");
    }
  }

  return {
    compare(theirs, own, withinMs) {
      // What is certain of it: an answer that was long under way says less.
      const by = Math.max(theirs - own, own - withinMs - theirs, 0);
      // Half as much again ends it, so that a clock at the limit is not told of at each beat.
      const limit = (ms: number, isSo: boolean) => (isSo ? ms / 2 : ms);
      const isFar = by > limit(FAR_MS, was === "far");
      const isApart = by > limit(APART_MS, was !== "together");
      // An answer that says little ends nothing.
      if (was !== "together" && !isApart && withinMs > APART_MS / 2) return;
      const is = isFar ? "far" : isApart ? "apart" : "together";
      if (is !== was) tell(is, by);
      was = is;
    },
    isFarOff: () => was === "far",
  };
}
