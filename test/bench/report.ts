// The figures of a run, and the one table that shows them.

export interface Figure {
  /** Unique in a run; the name of its stage comes first. */
  readonly name: string;
  readonly unit: string;
  /** One of each repeat. */
  readonly values: number[];
}

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
    get all(): readonly Figure[] {
      return [...figures.values()];
    },
    add(name: string, value: number, unit: string): void {
      const known = figures.get(name) ?? { name, unit, values: [] };
      known.values.push(value);
      figures.set(name, known);
    },
    medianOf(name: string): number | null {
      const known = figures.get(name);
      return known === undefined ? null : median(known.values);
    },
  };
}

export type Figures = ReturnType<typeof createFigures>;

/** Rates are shown beside the bare download of the same run, the rest for itself. */
export const BARE = "bare download: rate";
const RATE = "mails/s";

export function tableOf(figures: readonly Figure[], earlier?: readonly Figure[]): string {
  const bare = figures.find(({ name }) => name === BARE);
  const before = new Map(earlier?.map((figure) => [figure.name, median(figure.values)]));
  const rows = figures.map(({ name, unit, values }) => {
    const value = median(values);
    const isBeside = bare !== undefined && unit === RATE && name !== BARE;
    const least = Math.min(...values);
    const most = Math.max(...values);
    const old = before.get(name);
    return [
      name,
      `${shown(value)} ${unit}`,
      values.length > 1 ? `${shown(least)} to ${shown(most)}, ${values.length} times` : "",
      isBeside ? `${(value / median(bare.values)).toFixed(3)} of the bare download` : "",
      ...(earlier === undefined
        ? []
        : [old === undefined ? "new" : `${(value / old).toFixed(2)} of ${shown(old)}`]),
    ];
  });
  const head = ["what", "figure", "range", "beside", ...(earlier === undefined ? [] : ["before"])];
  return aligned([head, ...rows]);
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
