// What an import does or would do, line by line. Cells come from outside and may steer a terminal:
// nothing of them is printed as it is, and no name or address at all.

import { shown } from "../domain/imported-payments/cells.ts";
import type { PaymentChange } from "../domain/imported-payments/changes.ts";
import type { Problem } from "../domain/imported-payments/rows.ts";
import { formatMoney } from "../domain/money.ts";
import { table } from "./table.ts";

export interface PlannedPayment {
  readonly line: number;
  readonly change: PaymentChange;
}

export interface ImportReport {
  /** "UTF-8, comma"; null where the file could not be read so far. */
  readonly format: string | null;
  readonly planned: readonly PlannedPayment[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

interface Outcome {
  readonly isWritten: boolean;
  /** Where there is no database yet. */
  readonly newDatabase: string | null;
  readonly isJson: boolean;
}

/** So many of each kind are shown to a person; --json has all. */
const SHOWN_MAX = 50;

export function reportLines(report: ImportReport, outcome: Outcome): string[] {
  return outcome.isJson ? jsonLines(report, outcome) : wordLines(report, outcome);
}

const KINDS = ["added", "changed", "unchanged"] as const;

function counts({ planned }: ImportReport): Record<PaymentChange["kind"], number> {
  const count = (kind: PaymentChange["kind"]) =>
    planned.filter(({ change }) => change.kind === kind).length;
  return { added: count("added"), changed: count("changed"), unchanged: count("unchanged") };
}

function jsonLines(report: ImportReport, { isWritten, newDatabase }: Outcome): string[] {
  const { format, planned, problems, warnings } = report;
  const told = ({ line, column, message }: Problem) => {
    return { line, column: column === null ? null : shown(column), message };
  };
  const lines = [
    ...planned.map(({ line, change: { kind, payment, ...more } }) => ({
      type: kind,
      line,
      id: shown(payment.id),
      orderNumbers: payment.orderNumbers,
      amount: payment.amountMinor,
      currency: payment.currency,
      status: payment.status,
      refunded: payment.refundedMinor,
      ...("fields" in more ? { fields: more.fields } : {}),
    })),
    ...warnings.map((warning) => ({ type: "warning", ...told(warning) })),
    ...problems.map((problem) => ({ type: "error", ...told(problem) })),
    {
      type: "summary",
      format,
      ...counts(report),
      warnings: warnings.length,
      errors: problems.length,
      applied: isWritten,
      newDatabase,
    },
  ];
  return lines.map((line) => JSON.stringify(line));
}

function wordLines(report: ImportReport, outcome: Outcome): string[] {
  const { format, planned, problems, warnings } = report;
  const { added, changed, unchanged } = counts(report);
  const isFaulty = problems.length > 0;
  const verb = outcome.isWritten ? "" : "to be ";
  return [
    ...(format === null ? [] : [`The file is ${format}.`]),
    ...KINDS.filter((kind) => kind !== "unchanged").flatMap((kind) =>
      listOf(planned.filter(({ change }) => change.kind === kind)),
    ),
    ...capped(warnings.map((warning) => `Warning: ${sentenceOf(warning)}`)),
    ...capped(problems.map((problem) => `Error: ${sentenceOf(problem)}`)),
    ...(planned.length === 0 && isFaulty
      ? []
      : [`${added} ${verb}added, ${changed} ${verb}changed, ${unchanged} unchanged.`]),
    endOf(problems.length, outcome),
  ];
}

function endOf(errors: number, { isWritten, newDatabase }: Outcome): string {
  if (errors > 0) {
    return `${errors} ${errors === 1 ? "error" : "errors"}: nothing is written. Mend the file and try again.`;
  }
  if (isWritten)
    return newDatabase === null ? "Written." : `Written to ${newDatabase}, a new database.`;
  return newDatabase === null
    ? "Nothing is written yet; --apply writes it."
    : `Nothing is written yet. There is no database at ${newDatabase}: --apply makes one. Where the worker has run before, go to its folder first.`;
}

function listOf(planned: readonly PlannedPayment[]): string[] {
  return [...table(planned.slice(0, SHOWN_MAX).map(cellsOf)), ...restOf(planned.length)];
}

function capped(lines: readonly string[]): string[] {
  return [...lines.slice(0, SHOWN_MAX), ...restOf(lines.length)];
}

function restOf(length: number): string[] {
  return length > SHOWN_MAX ? [`… and ${length - SHOWN_MAX} more (--json has all)`] : [];
}

const SIGNS = { added: "+", changed: "~", unchanged: "=" } as const;

function cellsOf({ line, change }: PlannedPayment): string[] {
  const { payment, kind } = change;
  return [
    SIGNS[kind],
    `line ${line}`,
    shown(payment.id),
    payment.orderNumbers.join(","),
    formatMoney(payment),
    payment.status === "paid" ? "paid" : "a person looks",
    change.kind === "changed" ? change.fields.join(", ") : "",
  ];
}

function sentenceOf({ line, column, message }: Problem): string {
  const cell = column === null ? "" : `, ${shown(column)}`;
  return `line ${line}${cell}: ${message}`;
}
