// The figures of a night beside those of the days before it: averages and bars.

/** How many days a night is compared with, and how many bars it shows. */
export const COMPARED_DAYS = 14;

export interface Span {
  /** Epoch ms; what happened from here on and before `to`. */
  readonly from: number;
  readonly to: number;
}

/**
 * The spans from one hour of the summary to the next, the newest last, which ends where tonight's
 * period begins.
 *
 * @param nextAt the first SUMMARY_AT strictly after a moment
 */
export function spansBefore(from: number, nextAt: (at: number) => number, dayMs: number): Span[] {
  const edges: number[] = [];
  // A day may have 25 hours, and the newest span may be a part of one.
  for (let at = nextAt(from - (COMPARED_DAYS + 2) * dayMs); at < from; at = nextAt(at)) {
    edges.push(at);
  }
  edges.push(from);
  const spans = edges.slice(1).map((to, index) => ({ from: edges[index] ?? to, to }));
  return spans.slice(-COMPARED_DAYS);
}

/** Whole days of the worker alone: the hours before its first start would only look calm. */
export function countedSpans(spans: readonly Span[], firstStartedAt: number): Span[] {
  return spans.filter(({ from }) => from >= firstStartedAt);
}

export function within<Item extends { readonly at: number }>(
  items: readonly Item[],
  { from, to }: Span,
): Item[] {
  return items.filter(({ at }) => at >= from && at < to);
}

export function average(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Longest for the largest of them; what is there at all can be seen. */
export function lengths(values: readonly number[], longest: number): number[] {
  const largest = Math.max(0, ...values);
  return values.map((value) =>
    value <= 0 ? 0 : Math.max(1, Math.round((value / largest) * longest)),
  );
}
