// The refunds of a night as a file for the shop's accounts: RFC 4180, and UTF-8 with a byte order mark
// and CRLF, by which Excel reads Japanese right on a double click.

import type { Locale } from "./outgoing-mail.ts";
import type { LedgerLine } from "./summary-mail.ts";

type Column = keyof LedgerLine;

const HEADINGS: Readonly<Record<Column, Readonly<Record<Locale, string>>>> = {
  date: { ja: "日時", en: "Date" },
  ticket: { ja: "チケット", en: "Ticket" },
  order: { ja: "注文番号", en: "Order" },
  counterparty: { ja: "相手先", en: "Counterparty" },
  amount: { ja: "金額", en: "Amount" },
  currency: { ja: "通貨", en: "Currency" },
  provider: { ja: "決済サービス", en: "Provider" },
  refund: { ja: "返金ID", en: "Refund ID" },
  state: { ja: "状態", en: "State" },
  paidOut: { ja: "出金額", en: "Paid out" },
};

const COLUMNS = Object.keys(HEADINGS) as Column[];

/** Ours alone, and a sum below zero begins with a sign. */
const FIGURES: readonly Column[] = ["amount", "paidOut"];

/** What a spreadsheet takes for a formula; full-width signs become plain ones in some. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠−]|^[\t\r\n]/u;

/** What it would show as another number, or as a date: 00679, 2-11, 17 digits, 12E5. */
const CHANGED = /^0\d+$|^\d{16,}$|^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?$|^\d+(?:\.\d+)?e[+-]?\d+$/i;

/** With an apostrophe, by which a spreadsheet shows it as text. */
function harmless(cell: string): string {
  return FORMULA.test(cell) || CHANGED.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

export function accountingCsv(lines: readonly LedgerLine[], locale: Locale): string {
  const rows = [
    COLUMNS.map((column) => HEADINGS[column][locale]),
    ...lines.map((line) =>
      COLUMNS.map((column) => (FIGURES.includes(column) ? line[column] : harmless(line[column]))),
    ),
  ];
  return `\uFEFF${rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("")}`;
}

/** Sorts by the day it is about. */
export function accountingFile(date: string): string {
  return `henkin-${date.replace(/[^\d-]/g, "")}.csv`;
}
