// A database as an older version of henkin has left it: the schema of its last step, and a row in
// every table.

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { openFile, tablesOf } from "../../src/store/connection.ts";
import { eventsTable } from "../../src/store/events.ts";
import { migrate } from "../../src/store/migrate.ts";

/** Where a column takes only some values. */
const VALUES: Readonly<Record<string, string>> = {
  "message.state": "processed",
  "ticket.status": "awaiting_approval",
  "ticket.order_numbers": '["679"]',
  "ticket.requester_name": "田中太郎",
  "approval_round.state": "open",
  "refund.state": "succeeded",
  "refund.action": "refund",
  "job.state": "done",
  "outgoing_mail.phase": "accepted",
  "lane.state": "ok",
  "provider_refund.origin": "henkin",
  "reconciliation.state": "done",
  "shop.status": "paused",
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
}

/** Returns how many rows lie in each table. */
export async function makeOlderDatabase(
  path: string,
  step: number,
): Promise<Record<string, number>> {
  mkdirSync(dirname(path), { recursive: true });
  const file = openFile(path);
  const db = tablesOf(file);
  await migrate(db, 1, step);
  const event = { ticketId: "x", type: "opened", actor: "henkin", at: 1, data: {} };
  for (let count = 0; count < 3; count += 1) await eventsTable(db, "shop").append(event);
  for (const table of tablesIn(file)) {
    if (table !== "event" && table !== "schema_migration") insertRow(file, table);
  }
  const rows = rowsIn(file);
  await db.destroy();
  return rows;
}

function insertRow(file: SqliteDatabase.Database, table: string): void {
  const columns = file.pragma(`table_info("${table}")`) as Column[];
  const values = columns.map(({ name, type, notnull }) => {
    const value = VALUES[`${table}.${name}`];
    if (value !== undefined) return value;
    if (name === "shop_id") return "shop";
    if (notnull === 0) return null;
    return { TEXT: "x", INTEGER: 1, BLOB: Buffer.from("x") }[type] ?? null;
  });
  const places = values.map(() => "?").join(", ");
  file.prepare(`insert into "${table}" values (${places})`).run(...values);
}

function tablesIn(file: SqliteDatabase.Database): string[] {
  return file
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all() as string[];
}

function rowsIn(file: SqliteDatabase.Database): Record<string, number> {
  const count = (table: string) => file.prepare(`select count(*) from "${table}"`).pluck().get();
  return Object.fromEntries(tablesIn(file).map((table) => [table, Number(count(table))]));
}

export function rowsAt(path: string): Record<string, number> {
  const file = new SqliteDatabase(path, { readonly: true });
  try {
    return rowsIn(file);
  } finally {
    file.close();
  }
}

export function stepAt(path: string): number {
  const file = new SqliteDatabase(path, { readonly: true });
  try {
    return Number(file.prepare("select max(version) from schema_migration").pluck().get());
  } finally {
    file.close();
  }
}

/** Breaks an index in the file itself, of which no query of ours would complain. */
export function damage(path: string): void {
  const file = new SqliteDatabase(path);
  const find = file.prepare("select rootpage from sqlite_schema where name = 'ticket_opened'");
  const page = Number(find.pluck().get());
  const size = Number(file.pragma("page_size", { simple: true }));
  file.close();
  const handle = openSync(path, "r+");
  writeSync(handle, Buffer.alloc(16, 0x55), 0, 16, page * size - 16);
  closeSync(handle);
}
