// The clock of `npm run growth`: queries one by one in this process, commands as their operator runs them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import type { OpenStore } from "../../src/store/store.ts";
import { seeded } from "../simulate/random.ts";
import { runCommand, startWorker } from "../support/worker.ts";
import type { Grown } from "./grown-database.ts";
import { about, HOT } from "./hot-queries.ts";

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

class Undone extends Error {}

/** The first times are not counted: what is asked every second is in memory and compiled. */
const WARM = 3;

export async function measureQueries(store: OpenStore, { clockwork }: Grown): Promise<Figure[]> {
  const random = seeded(1);
  const figures: Figure[] = [];
  for (const { name, times, ask } of HOT) {
    const took: number[] = [];
    const rows = Array.from({ length: times + WARM }, () =>
      about(random.below(clockwork.total), clockwork),
    );
    const work = store.write(async (tx) => {
      for (const row of rows) {
        const start = performance.now();
        await ask(tx, row);
        took.push(performance.now() - start);
      }
      throw new Undone();
    });
    await work.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
    const counted = took.slice(WARM);
    figures.push({ name, unit: "ms", value: quantile(counted, 0.5) });
    if (times > 100)
      figures.push({ name: `${name}: p99`, unit: "ms", value: quantile(counted, 0.99) });
  }
  return figures;
}

/** What one payment takes in the file. */
export function measureBytes({ path, total }: Grown): Figure[] {
  const file = new SqliteDatabase(path, { readonly: true });
  const sql = `select sum(pgsize) from dbstat join sqlite_schema using (name)
    where tbl_name in ('payment', 'payment_order') and type = ?`;
  const bytes = (type: string) => Number(file.prepare(sql).pluck().get(type)) / total;
  const [rows, indexes] = [bytes("table"), bytes("index")];
  file.close();
  return [
    { name: "a payment's rows", unit: "bytes", value: rows },
    { name: "a payment's entries in indexes", unit: "bytes", value: indexes },
  ];
}

const RUNS = 5;

interface Command {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** Started anew each time, as at the command line. */
export async function measureCommands({ path }: Grown, folder: string): Promise<Figure[]> {
  const run = { cwd: folder, env: settingsOf(path, folder) };
  const figures: Figure[] = [];
  for (const args of [
    ["--version"],
    ["tickets"],
    ["tickets", "--json"],
    ["ticket", "7"],
    ["summary"],
  ]) {
    const took: number[] = [];
    const first: number[] = [];
    for (let count = 0; count < RUNS; count += 1) {
      const start = performance.now();
      const { code, stderr, firstMs } = await runCommand(args, { ...run, timeoutMs: 300_000 });
      if (code !== 0) throw new Error(`henkin ${args.join(" ")} ended with ${code}: ${stderr}`);
      took.push(performance.now() - start);
      first.push(firstMs ?? Number.NaN);
    }
    const name = `henkin ${args.join(" ")}`;
    figures.push({ name: `${name}: first line`, unit: "ms", value: quantile(first, 0.5) });
    figures.push({ name, unit: "ms", value: quantile(took, 0.5) });
  }
  return [...figures, await measureStart(run), ...(await measureTrail(run))];
}

/** Once: it takes a minute where there are ten million events. */
async function measureTrail(run: Command): Promise<Figure[]> {
  const start = performance.now();
  const { stdout, stderr } = await runCommand(["audit", "verify"], { ...run, timeoutMs: 600_000 });
  const seconds = (performance.now() - start) / 1_000;
  const rows = Number(/holds: (\d+) events/.exec(stdout)?.[1]);
  if (Number.isNaN(rows)) throw new Error(`henkin audit verify: ${stdout} ${stderr}`);
  return [
    { name: "events in the audit trail", unit: "rows", value: rows },
    { name: "henkin audit verify", unit: "rows/s", value: rows / seconds },
  ];
}

async function measureStart(run: Command): Promise<Figure> {
  const took: number[] = [];
  for (let count = 0; count < RUNS; count += 1) {
    const start = performance.now();
    const worker = startWorker(run);
    await worker.waitForLog(({ msg }) => msg === "henkin is at work", 300_000);
    took.push(performance.now() - start);
    worker.kill();
    await worker.exited;
  }
  return { name: "start of the worker", unit: "ms", value: quantile(took, 0.5) };
}

function settingsOf(path: string, folder: string): Record<string, string> {
  const payments = join(folder, "payments.json");
  mkdirSync(folder, { recursive: true });
  writeFileSync(payments, "[]");
  return {
    ...{ DATABASE_URL: `sqlite:${path}`, DATA_KEY: Buffer.alloc(32, 7).toString("base64") },
    ...{ INBOX_URL: "maildir:inbox", OUTBOX_URL: "maildir:outbox", SANDBOX_PAYMENTS: payments },
    ...{ SHOP_NAME: "見本商店", SHOP_EMAIL: "shop@shop.example.jp" },
    ...{ STAFF_EMAILS: "staff@shop.example.jp", MANAGER_EMAILS: "manager@shop.example.jp" },
    ...{ AUTHSERV_IDS: "mx.shop.example.jp" },
  };
}
