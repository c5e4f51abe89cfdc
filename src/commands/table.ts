// Tables for people. A full-width character takes two columns of a terminal; a cell longer than the
// terminal leaves room for is cut with …; texts from outside cannot steer the terminal.

import { oneLine, PLAIN_SCREEN, type Screen, type Style } from "./screen.ts";
import { fitText, textWidth } from "./text-width.ts";

export type Cell = string | { readonly text: string; readonly style: Style };

export interface TableLayout {
  readonly screen?: Screen;
  /** Above the columns. */
  readonly header?: readonly string[] | undefined;
  /** Columns whose cells end below each other, as amounts do; counted from 0. */
  readonly right?: readonly number[];
}

const GAP = "  ";
/** A column is not cut to less while others have more. */
const LEAST_COLUMNS = 5;

/** Rows of cells as aligned lines; nothing follows the last sign of a line. */
export function table(rows: readonly (readonly Cell[])[], layout: TableLayout = {}): string[] {
  return createTable(layout)(rows);
}

/**
 * A table that is shown in parts: the lines of the next rows, below the same columns unless a cell of theirs
 * is wider than all before. Without rows, no lines.
 */
export function createTable(layout: TableLayout): (rows: readonly (readonly Cell[])[]) => string[] {
  let natural: number[] = [];
  let { header } = layout;
  return (rows) => {
    if (rows.length === 0) return [];
    const plain = rows.map((row) => row.map((cell) => oneLine(textOf(cell))));
    const all = header === undefined ? plain : [header, ...plain];
    natural = naturalWidths(all, natural);
    const lines = linesOf(rows, plain, natural, { ...layout, header });
    header = undefined;
    return lines;
  };
}

function linesOf(
  rows: readonly (readonly Cell[])[],
  plain: readonly (readonly string[])[],
  natural: readonly number[],
  { screen = PLAIN_SCREEN, header, right = [] }: TableLayout,
): string[] {
  const widths = fitted(natural, screen.columns);
  const lineOf = (texts: readonly string[], styles: readonly (Style | null)[]) =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const shown = fitText(text, width);
        const style = styles[at] ?? null;
        const painted = style === null || shown === "" ? shown : screen.paint(style, shown);
        const blanks = " ".repeat(width - textWidth(shown));
        if (right.includes(at)) return `${blanks}${painted}`;
        return at === texts.length - 1 ? painted : `${painted}${blanks}`;
      })
      .join(GAP)
      .trimEnd();
  const lines = rows.map((row, at) => lineOf(plain[at] ?? [], row.map(styleOf)));
  if (header === undefined) return lines;
  return [
    lineOf(
      header,
      header.map(() => "faint"),
    ),
    ...lines,
  ];
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function styleOf(cell: Cell): Style | null {
  return typeof cell === "string" ? null : cell.style;
}

function naturalWidths(rows: readonly (readonly string[])[], least: readonly number[]): number[] {
  const widths = [...least];
  for (const row of rows) {
    row.forEach((text, at) => {
      widths[at] = Math.max(widths[at] ?? 0, textWidth(text));
    });
  }
  return widths;
}

/** Takes from the widest column, again and again, until a line fits. */
function fitted(natural: readonly number[], columns: number | null): number[] {
  const widths = [...natural];
  if (columns === null) return widths;
  const gaps = GAP.length * Math.max(0, widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - columns;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_COLUMNS) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
