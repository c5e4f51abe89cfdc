// The bytes of a shop's CSV file as records. Spreadsheets in Japan save CSV in Shift_JIS, newer ones
// in UTF-8 with a mark in front, and separate with commas, semicolons or tabs.

import { readFileSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { PermanentError } from "../domain/errors.ts";
import type { CsvRecord, Problem } from "../domain/imported-payments/rows.ts";

const SIZE_MAX = 20 * 1024 * 1024;
/** All are written in one transaction, for which the worker waits. */
const RECORDS_MAX = 10_000;
const PROBLEMS_MAX = 100;

export interface PaymentFile {
  readonly encoding: "UTF-8" | "Shift_JIS";
  readonly separator: "," | ";" | "\t";
  /** Empty lines are left out. The first is the header. */
  readonly records: readonly CsvRecord[];
}

export type FileReading = PaymentFile | { readonly problems: readonly Problem[] };

/** Throws PermanentError where there is no such file, or it is too large. */
export function loadPaymentFile(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PermanentError("file_unreadable", { why: reason }, { cause: error });
  }
  if (bytes.length <= SIZE_MAX) return bytes;
  throw new PermanentError("file_too_large", { size: bytes.length, most: SIZE_MAX });
}

export function readPaymentFile(bytes: Buffer): FileReading {
  const decoded = decode(bytes);
  if ("problems" in decoded) return decoded;
  const { encoding } = decoded;
  // The parser counts CRLF in a quoted text as two lines.
  const text = decoded.text.replace(/\r\n?/g, "\n");
  const separator = separatorOf(text);
  try {
    const records = recordsOf(text, separator);
    if (records.length <= RECORDS_MAX + 1) return { encoding, separator, records };
    return refused(
      1,
      `there are ${records.length - 1} payments; split the file into ${RECORDS_MAX} each`,
    );
  } catch (error) {
    if (error instanceof CsvError) return refused(Number(error["lines"] ?? 1), quoteWords(error));
    throw error;
  }
}

function refused(line: number, message: string): { problems: Problem[] } {
  return { problems: [{ line, column: null, message }] };
}

function quoteWords({ code }: CsvError): string {
  return code === "CSV_QUOTE_NOT_CLOSED"
    ? 'a quote (") is opened and nowhere closed'
    : 'a quote (") stands inside a text: put the whole text into quotes and write each quote in it twice';
}

function recordsOf(text: string, separator: string): CsvRecord[] {
  const parsed = parse(text, {
    delimiter: separator,
    record_delimiter: "\n",
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  return parsed.map(({ record, info }) => {
    const breaks = record.reduce((sum, cell) => sum + (cell.split("\n").length - 1), 0);
    return { line: info.lines - breaks, cells: record };
  });
}

/** The one that the header has most of. */
function separatorOf(text: string): PaymentFile["separator"] {
  const header = (/[^\n]+/.exec(text)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const count = (sign: string) => header.split(sign).length - 1;
  const [first = ","] = ([",", ";", "\t"] as const).toSorted((a, b) => count(b) - count(a));
  return first;
}

type Decoded = { encoding: PaymentFile["encoding"]; text: string };

const NEWLINE = 0x0a;

function decode(bytes: Buffer): Decoded | { problems: Problem[] } {
  if (/^(?:\xff\xfe|\xfe\xff)/.test(bytes.subarray(0, 2).toString("latin1"))) {
    return refused(1, 'the file is UTF-16: save it as "CSV UTF-8"');
  }
  const hasMark = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const utf8 = tryDecode(bytes, "utf-8");
  if (utf8 !== null) return { encoding: "UTF-8", text: utf8 };
  const lines = linesOf(bytes).map((line, at) => ({ number: at + 1, line }));
  const foreign = lines.filter(({ line }) => line.some((byte) => byte >= 0x80));
  const notUtf8 = foreign.filter(({ line }) => tryDecode(line, "utf-8") === null);
  // Shift_JIS would accept most bytes: a broken line does not make a UTF-8 file one.
  const encoding = hasMark || notUtf8.length * 2 < foreign.length ? "UTF-8" : "Shift_JIS";
  const text = encoding === "UTF-8" ? null : tryDecode(bytes, "shift_jis");
  if (text !== null) return { encoding, text };
  const broken =
    encoding === "UTF-8"
      ? notUtf8
      : foreign.filter(({ line }) => tryDecode(line, "shift_jis") === null);
  const message = `holds bytes that are not ${encoding}: save the file anew as "CSV UTF-8"`;
  return {
    problems: broken
      .slice(0, PROBLEMS_MAX)
      .map(({ number }) => ({ line: number, column: null, message })),
  };
}

/** In neither encoding is the byte of a line break a part of another sign. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}

/** The mark in front is left out. */
function tryDecode(bytes: Buffer, charset: "utf-8" | "shift_jis"): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
