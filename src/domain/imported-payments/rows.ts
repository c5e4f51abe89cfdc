// A shop's file of payments, row by row. Every problem of the file is found in one reading, so that
// it is mended once and not line by line.

import {
  type FileStatus,
  type Reading,
  readAmount,
  readCurrency,
  readEmail,
  readId,
  readMethod,
  readOrder,
  readPayerName,
  readStatus,
  readTime,
  shown,
} from "./cells.ts";
import { type Column, type Header, readHeader } from "./columns.ts";
import { timeReader } from "./local-time.ts";

export interface CsvRecord {
  /** Of the file, from 1; where the record begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Problem {
  readonly line: number;
  /** As the file names it; null where the whole line is meant. */
  readonly column: string | null;
  /** What is wrong and what to do; goes on where line and column have been named. */
  readonly message: string;
}

/** Undefined: the file has no such column, and so says nothing of it. */
export interface ImportedRow {
  readonly line: number;
  readonly id: string;
  readonly orderNumbers: readonly string[];
  readonly currency: string;
  readonly amountMinor: number;
  readonly status: FileStatus | undefined;
  /** In the file's own words. */
  readonly statusWords: string;
  /** Null: the cell is empty. */
  readonly refundedMinor: number | null | undefined;
  readonly method: string | undefined;
  readonly payerName: string | null | undefined;
  readonly payerEmail: string | null | undefined;
  /** Epoch ms. */
  readonly paidAt: number | null | undefined;
}

export interface ReadRows {
  readonly rows: readonly ImportedRow[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface Setting {
  /** IANA name. */
  readonly timeZone: string;
  /** Epoch ms. */
  readonly now: number;
}

/** The first record is the header. */
export function readRows(records: readonly CsvRecord[], setting: Setting): ReadRows {
  const [first, ...others] = records;
  if (first === undefined) return refused(1, "there is nothing in the file");
  const header = readHeader(first.cells);
  const problems = headerProblems(first, header);
  if (problems.length > 0) return { rows: [], problems, warnings: [] };
  if (others.length === 0) return refused(first.line, "there is no payment below the header");
  const rows: ImportedRow[] = [];
  const seen = new Map<string, number>();
  const read = timeReader(setting.timeZone);
  for (const record of others) {
    const result = readRow(record, first.cells.length, header, { read, now: setting.now });
    problems.push(...result.problems);
    if (result.id !== null) {
      const before = seen.get(result.id);
      if (before !== undefined) problems.push(repeated(record.line, before, header, result.id));
      else seen.set(result.id, record.line);
    }
    if (result.row !== null) rows.push(result.row);
  }
  return { rows, problems, warnings: headerWarnings(first, header) };
}

function refused(line: number, message: string): ReadRows {
  return { rows: [], problems: [{ line, column: null, message }], warnings: [] };
}

function repeated(line: number, before: number, { titles }: Header, id: string): Problem {
  const message = `"${shown(id)}" stands in line ${before} already: every payment may stand once`;
  return { line, column: titles.get("id") ?? null, message };
}

function headerProblems({ line, cells }: CsvRecord, header: Header): Problem[] {
  const found = cells.map((cell) => `"${shown(cell)}"`).join(", ");
  const missing = header.missing.map((column) => ({
    line,
    column: null,
    message: `the column "${column}" is missing; found: ${found}. \`henkin import --help\` lists the names`,
  }));
  const twice = header.repeated.map(([one, other]) => ({
    line,
    column: other.trim(),
    message: `says the same as the column "${shown(one)}": leave one of them out`,
  }));
  return [...missing, ...twice];
}

function headerWarnings({ line }: CsvRecord, { unknown, places }: Header): Problem[] {
  const warnings = unknown.map((title) => ({
    line,
    column: title.trim(),
    message: "is not known and is ignored",
  }));
  if (places.has("status")) return warnings;
  const message = 'there is no column "status": new payments count as paid';
  return [...warnings, { line, column: null, message }];
}

interface Reader {
  readonly read: (text: string) => number | null;
  readonly now: number;
}

interface RowReading {
  readonly row: ImportedRow | null;
  /** Also where another cell is wrong. */
  readonly id: string | null;
  readonly problems: readonly Problem[];
}

function readRow(
  { line, cells }: CsvRecord,
  width: number,
  { places, titles }: Header,
  { read, now }: Reader,
): RowReading {
  const problems: Problem[] = [];
  const isRagged = cells.length < width || cells.slice(width).some((cell) => cell.trim() !== "");
  if (isRagged) {
    const message = `has ${cells.length} cells and the header ${width}: put a text with commas into quotes`;
    return { row: null, id: null, problems: [{ line, column: null, message }] };
  }
  /** Undefined where the column is missing, or the cell cannot be read. */
  function cell<Value>(
    column: Column,
    reader: (text: string) => Reading<Value>,
  ): Value | undefined {
    const place = places.get(column);
    if (place === undefined) return undefined;
    const reading = reader(cells[place] ?? "");
    if ("value" in reading) return reading.value;
    problems.push({ line, column: titles.get(column) ?? column, message: reading.problem });
    return undefined;
  }
  const id = cell("id", readId);
  const orderNumbers = cell("order", readOrder);
  const currency = places.has("currency") ? cell("currency", readCurrency) : "JPY";
  const inCurrency = (text: string) => readAmount(text, currency ?? "JPY");
  const amountMinor = currency === undefined ? undefined : cell("amount", positive(inCurrency));
  const isPriced = currency !== undefined;
  const facts = {
    status: cell("status", readStatus),
    refundedMinor: isPriced ? cell("refunded", emptyOr(inCurrency)) : undefined,
    method: cell("method", readMethod),
    payerName: cell("name", readPayerName),
    payerEmail: cell("email", readEmail),
    paidAt: cell("paid_at", (text) => readTime(text, read, now)),
  };
  const isWhole = id !== undefined && orderNumbers !== undefined && amountMinor !== undefined;
  if (!isWhole || currency === undefined || problems.length > 0) {
    return { row: null, id: id ?? null, problems };
  }
  const statusWords = shown(cells[places.get("status") ?? -1] ?? "");
  const row = { line, id, orderNumbers, currency, amountMinor, statusWords, ...facts };
  return { row, id, problems };
}

type AmountReader = (text: string) => Reading<number>;

function positive(read: AmountReader): AmountReader {
  return (text) => {
    const reading = read(text);
    return "value" in reading && reading.value === 0
      ? { problem: "is 0: leave out what nobody has paid" }
      : reading;
  };
}

function emptyOr(read: AmountReader): (text: string) => Reading<number | null> {
  return (text) => (text.trim() === "" ? { value: null } : read(text));
}
