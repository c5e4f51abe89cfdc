// The figures of a run, and the one table that shows them.

export interface Figure {
  /** Unique in a run; the name of its stage comes first. */
  readonly name: string;
  readonly unit: string;
  /** One of each repeat. */
  readonly values: number[];
  /** The name of the figure that it is set against. */
  readonly beside?: string | undefined;
}

export const BARE = "bare download: rate";

export type Report = Readonly<Record<string, unknown>> & { readonly figures: readonly Figure[] };

/** The one in the middle, of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The least value that this part of all does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

export function createFigures() {
  const figures = new Map<string, Figure>();
  return {
    /** The middle and the 99th percentile of single measurements. */
    addDelays(name: string, delays: readonly number[], beside?: string): void {
      if (delays.length === 0) throw new Error(`${name}: nothing was measured`);
      const unit = "ms";
      this.add(`${name}: median`, median(delays), unit, beside && `${beside}: median`);
      this.add(`${name}: p99`, quantile(delays, 0.99), unit, beside && `${beside}: p99`);
    },
    get all(): readonly Figure[] {
      return [...figures.values()];
    },
    add(name: string, value: number, unit: string, beside?: string): void {
      const known = figures.get(name) ?? { name, unit, values: [], beside };
      known.values.push(value);
      figures.set(name, known);
    },
  };
}

export type Figures = ReturnType<typeof createFigures>;

export function tableOf(figures: readonly Figure[], earlier?: readonly Figure[]): string {
  const medians = (of: readonly Figure[] = []) =>
    new Map(of.map(({ name, values }) => [name, median(values)]));
  const [now, before] = [medians(figures), medians(earlier)];
  const rows = figures.map(({ name, unit, values, beside = "" }) => {
    const value = median(values);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const repeats = `${shown(least)} to ${shown(most)}, ${values.length} times`;
    return [
      name,
      `${shown(value)} ${unit}`,
      values.length > 1 ? repeats : "",
      besideOf(value, unit, beside, now.get(beside)),
      ...(earlier === undefined ? [] : [beforeOf(value, before.get(name))]),
    ];
  });
  const head = ["what", "figure", "range", "beside", ...(earlier === undefined ? [] : ["before"])];
  return aligned([head, ...rows]);
}

/** Of a delay, how much is added to what it waits for in any case. */
function besideOf(value: number, unit: string, name: string, other: number | undefined): string {
  if (other === undefined) return "";
  if (unit === "ms") return `${shown(value - other)} ms over ${name}`;
  return `${(value / other).toFixed(3)} of ${name}`;
}

function beforeOf(value: number, before: number | undefined): string {
  return before === undefined ? "new" : `${(value / before).toFixed(2)} of ${shown(before)}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length)),
  );
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}
