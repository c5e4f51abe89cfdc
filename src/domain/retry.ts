// How long to wait before the same thing is tried again.

const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60 * 1_000;

/**
 * Doubles from one second to five minutes; a quarter of it is spread by `spread` (0 to 1), so that
 * many jobs that failed together do not come back together.
 */
export function backoffMs(failures: number, spread: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  return Math.round(full * (0.75 + 0.25 * spread));
}
