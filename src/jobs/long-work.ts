// Work that may take hours (a whole mailbox, the first reading of a shop's payments) says in the log
// now and then how far it is, so that nobody takes it for a standstill.

import type { Clock, Log } from "../ports.ts";

const EVERY_MS = 10_000;

/** Returns what is called with how many more are done. `total` is null where nobody knows it. */
export function longWork(
  { log, clock }: { readonly log: Log; readonly clock: Pick<Clock, "now"> },
  message: string,
  total: number | null,
  fields: object = {},
): (count: number) => void {
  let done = 0;
  let toldAt = clock.now();
  return (count) => {
    done += count;
    if (clock.now() - toldAt < EVERY_MS) return;
    toldAt = clock.now();
    log.info({ ...fields, done, ...(total === null ? {} : { total }) }, message);
  };
}
