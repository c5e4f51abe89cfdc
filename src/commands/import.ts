// Payments of another processor, from a file. The worker may run beside it: all is written in one
// transaction, and the tickets that wait for such a payment are matched by the worker's own jobs.

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { type Config, loadConfig } from "../config.ts";
import { changeOf, IMPORTED, type PaymentChange } from "../domain/imported-payments/changes.ts";
import { type ImportedRow, type Problem, readRows } from "../domain/imported-payments/rows.ts";
import { saveIndexChange } from "../jobs/sync-payments.ts";
import { buildStore, openStoreToLook, STORE_SETTINGS } from "../open-store.ts";
import { loadPaymentFile, readPaymentFile } from "../payments/payment-file.ts";
import type { OpenStore } from "../store/store.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { withPayouts } from "../ticket/payout.ts";
import { EXIT, operator, type Run, readArgs } from "./command.ts";
import { type ImportReport, type PlannedPayment, reportLines } from "./import-report.ts";
import { progress } from "./progress.ts";

interface ReadFile {
  readonly format: string | null;
  readonly rows: readonly ImportedRow[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function readFile(bytes: Buffer, timeZone: string): ReadFile {
  const file = readPaymentFile(bytes);
  if ("problems" in file) return { format: null, rows: [], warnings: [], problems: file.problems };
  const separator = { ",": "comma", ";": "semicolon", "\t": "tab" }[file.separator];
  const read = readRows(file.records, { timeZone, now: systemClock.now() });
  return { ...read, format: `${file.encoding}, ${separator}` };
}

/** What the rows would do to what is known. */
async function plan(tx: ReadTx, file: ReadFile): Promise<ImportReport> {
  const planned: PlannedPayment[] = [];
  const problems = [...file.problems];
  const warnings = [...file.warnings];
  const bar = progress("Comparing lines with what is known", file.rows.length);
  try {
    for (const row of file.rows) {
      bar.advance();
      const { line } = row;
      const known = await tx.payments.find(IMPORTED, row.id);
      const change = changeOf(row, known, systemClock.now());
      if ("message" in change) {
        problems.push(change);
        continue;
      }
      planned.push({ line, change });
      if (await isCountedTwice(tx, change)) {
        const message =
          'money was refunded by this file and by a transfer that henkin asked for: if it is the same, leave it out of "refunded"';
        warnings.push({ line, column: null, message });
      }
    }
  } finally {
    bar.end();
  }
  return { format: file.format, planned, problems, warnings };
}

async function isCountedTwice(tx: ReadTx, { payment }: PaymentChange): Promise<boolean> {
  if (payment.refundedMinor === 0) return false;
  return (await withPayouts(tx, payment)).paidByHandMinor !== undefined;
}

async function apply(tx: WriteTx, { planned }: ImportReport, digest: string): Promise<void> {
  const now = systemClock.now();
  const changes = planned.map(({ change }) => change);
  const payments = changes.filter(({ kind }) => kind !== "unchanged").map(({ payment }) => payment);
  const next = { page: null, complete: true, syncedAt: now };
  await saveIndexChange(tx, { clock: systemClock }, { provider: IMPORTED, payments, next });
  const count = (kind: PaymentChange["kind"]) => changes.filter((one) => one.kind === kind).length;
  await tx.events.append({
    ticketId: null,
    type: "payments_imported",
    actor: operator(),
    at: now,
    data: {
      file: digest,
      added: count("added"),
      changed: count("changed"),
      unchanged: count("unchanged"),
    },
  });
}

export const importPayments: Run = async (args, { env, directory, print }) => {
  const options = { apply: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readArgs(args, options, { least: 1, most: 1 });
  const config = loadConfig(STORE_SETTINGS, env, directory);
  const bytes = loadPaymentFile(resolve(directory, positionals[0] ?? ""));
  const file = readFile(bytes, config.TIMEZONE);
  const looked = await look(config, directory, file);
  const { path, isNew } = looked;
  const isWanted = values.apply === true && looked.report.problems.length === 0;
  const report = isWanted
    ? await applyTo(await buildStore(config, directory), file, bytes)
    : looked.report;
  const isWritten = isWanted && report.problems.length === 0;
  const newDatabase = isNew ? path : null;
  const lines = reportLines(report, { isWritten, newDatabase, isJson: values.json === true });
  for (const line of lines) print(line);
  return report.problems.length === 0 ? EXIT.done : EXIT.failed;
};

/** Writes nothing, not even a database where there is none. */
async function look(
  config: Config<"DATABASE_URL" | "HENKIN_SHOP">,
  directory: string,
  file: ReadFile,
) {
  const { store, path, isNew } = await openStoreToLook(config, directory);
  try {
    return { path, isNew, report: await store.read((tx) => plan(tx, file)) };
  } finally {
    await store.close();
  }
}

async function applyTo(store: OpenStore, file: ReadFile, bytes: Buffer): Promise<ImportReport> {
  const digest = createHash("sha256").update(bytes).digest("hex");
  try {
    return await store.write(async (tx) => {
      // Once more: another import may have come between.
      const report = await plan(tx, file);
      if (report.problems.length === 0) await apply(tx, report, digest);
      return report;
    });
  } finally {
    await store.close();
  }
}
