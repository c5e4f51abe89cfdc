// How far our clock is from a provider's. Ages of keys, deadlines and one-time codes are counted by
// ours, so a wrong one must be seen, and stop money before it does harm.

const MINUTE_MS = 60_000;
/** From here on the operator is warned. */
export const CLOCK_WARN_MS = 2 * MINUTE_MS;
/** From here on no refund is called. */
export const CLOCK_STOP_MS = 10 * MINUTE_MS;

/**
 * The provider's clock less ours, from the Date of its answer; null where that is no date. Date
 * counts whole seconds (RFC 9110 §5.6.7) and was written at some moment of the round trip: of all
 * differences that fit, the smallest. A clock set during the round trip shows at the next one.
 */
export function clockOffset(
  date: string | undefined,
  sentAt: number,
  receivedAt: number,
): number | null {
  const at = Date.parse(date ?? "");
  if (Number.isNaN(at)) return null;
  const least = at - receivedAt;
  const most = at + 1_000 - Math.min(sentAt, receivedAt);
  return least > 0 ? least : Math.min(most, 0);
}

export function isClockWrong(offsetMs: number): boolean {
  return Math.abs(offsetMs) > CLOCK_STOP_MS;
}

/** "13 minutes behind" */
export function clockWords(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS);
  return `${minutes} minutes ${offsetMs > 0 ? "behind" : "ahead of"}`;
}
