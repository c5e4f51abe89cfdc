// Moves a shop's database from its file to a PostgreSQL server: page by page, to be gone on with where it was
// interrupted, and compared in the end. From its beginning on nothing else writes to the file.

import type SqliteDatabase from "better-sqlite3";
import { type Kysely, sql } from "kysely";
import { PermanentError } from "../domain/errors.ts";
import { openFile } from "./connection.ts";
import { type Contents, contentsOf } from "./copy.ts";
import { verifyChain } from "./events.ts";
import { placeOf } from "./location.ts";
import { MOVED_SWITCH } from "./moved.ts";
import { openPostgres } from "./postgres.ts";
import { postgresError } from "./postgres-errors.ts";
import type { Schema } from "./schema.ts";

/**
 * The steps are made there, not copied; triggers there count what comes in. Of workers a file knows none.
 */
const NOT_COPIED: readonly string[] = [
  ...[
    "schema_migration",
    "tally",
    "worker",
    "lane_turn",
    "mailbox_lease",
    "mailbox_reader",
    "pace",
  ],
];
/** Rows with the raw mails in them, of up to 25 MB each. */
const LARGE: readonly string[] = ["message", "outgoing_mail"];
const ROWS_AT_ONCE = 500;
const LARGE_ROWS_AT_ONCE = 20;

/** From where, a file at this version's schema, to where; both under the worker's lock. */
export interface Route {
  readonly path: string;
  readonly url: string;
  readonly now: number;
}

interface Ends {
  readonly file: SqliteDatabase.Database;
  readonly target: Kysely<Schema>;
}

/** Hears how many rows more are there. */
export type MoveProgress = (copied: number) => void;

/** What would be moved, table → rows. Makes the empty tables there, and nothing else. */
export function planMove(route: Route): Promise<Contents["rows"]> {
  return withEnds(route, async ({ file, target }) => {
    await checkTarget(target, placeOf(route.url));
    return rowsToMove(file);
  });
}

/**
 * Returns the number of rows. Throws PermanentError where the server holds something else, where what was
 * moved differs, or where it was stopped: the next call goes on.
 */
export function moveRows(route: Route, tell: MoveProgress, stop: AbortSignal): Promise<number> {
  const place = placeOf(route.url);
  return withEnds(route, async (ends) => {
    const { file, target } = ends;
    await checkTarget(target, place);
    markMoved(file, place);
    await copyRows(ends, tell, stop);
    const problems = await compare(ends);
    if (problems.length > 0) {
      throw new PermanentError("move_differs", { place, problems: problems.join("\n") });
    }
    await endMove(target);
    return Object.values(rowsToMove(file)).reduce((sum, count) => sum + count, 0);
  });
}

/** The file is the desk's database again. */
export function giveUpMove(path: string): void {
  const file = openFile(path);
  try {
    file.prepare("delete from switch where name = ?").run(MOVED_SWITCH);
  } finally {
    file.close();
  }
}

async function withEnds<Result>(
  { path, url, now }: Route,
  work: (ends: Ends) => Promise<Result>,
): Promise<Result> {
  const target = await openPostgres(url, now);
  const file = openFile(path);
  try {
    return await work({ file, target });
  } catch (error) {
    throw postgresError(error, placeOf(url));
  } finally {
    file.close();
    await target.destroy();
  }
}

function rowsToMove(file: SqliteDatabase.Database): Contents["rows"] {
  const { rows } = contentsOf(file);
  return Object.fromEntries(Object.entries(rows).filter(([table]) => !NOT_COPIED.includes(table)));
}

/** There may be what an earlier move has left. */
async function checkTarget(target: Kysely<Schema>, place: string): Promise<void> {
  if (await hasProgress(target)) return;
  const events = await target.selectFrom("event").select("seq").limit(1).execute();
  const switches = await target.selectFrom("switch").select("name").limit(1).execute();
  if (events.length + switches.length > 0) throw new PermanentError("move_not_empty", { place });
}

async function hasProgress(target: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql`select 1 where to_regclass('move_progress') is not null`.execute(
    target,
  );
  return rows.length > 0;
}

/** From now on nobody opens the file for work. */
function markMoved(file: SqliteDatabase.Database, place: string): void {
  const shops = file.prepare("select distinct shop_id from switch").pluck().all() as string[];
  // A row that is there already keeps its place, up to which it may have been copied.
  const set = file.prepare(
    "insert into switch (shop_id, name, value) values (?, ?, ?) on conflict do nothing",
  );
  for (const shop of new Set(["shop", ...shops])) set.run(shop, MOVED_SWITCH, place);
}

async function copyRows(ends: Ends, tell: MoveProgress, stop: AbortSignal): Promise<void> {
  const { file, target } = ends;
  await sql`create table if not exists move_progress
    (name text primary key, last_rowid bigint not null)`.execute(target);
  for (const [table, rows] of Object.entries(rowsToMove(file))) {
    if (rows > 0) await copyTable(ends, table, tell, stop);
  }
}

async function copyTable(
  { file, target }: Ends,
  table: string,
  tell: MoveProgress,
  stop: AbortSignal,
): Promise<void> {
  const limit = LARGE.includes(table) ? LARGE_ROWS_AT_ONCE : ROWS_AT_ONCE;
  const page = file.prepare(
    `select rowid as "rowid!", * from "${table}" where rowid > ? order by rowid limit ${limit}`,
  );
  const { rows: known } = await sql<{ last_rowid: number }>`
    select last_rowid from move_progress where name = ${table}`.execute(target);
  let last = known[0]?.last_rowid ?? 0;
  if (last > 0) tell(copiedUpTo(file, table, last));
  for (;;) {
    if (stop.aborted) throw new PermanentError("move_stopped");
    const rows = page.all(last) as ({ "rowid!": number } & Record<string, unknown>)[];
    const [first] = rows;
    if (first === undefined) return;
    last = rows.at(-1)?.["rowid!"] ?? last;
    const { "rowid!": _, ...columns } = first;
    await insertPage(target, table, Object.keys(columns), rows, last);
    tell(rows.length);
  }
}

function copiedUpTo(file: SqliteDatabase.Database, table: string, rowid: number): number {
  return Number(
    file.prepare(`select count(*) from "${table}" where rowid <= ?`).pluck().get(rowid),
  );
}

/** With how far it has come, in one transaction: no row is copied twice. */
async function insertPage(
  target: Kysely<Schema>,
  table: string,
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  last: number,
): Promise<void> {
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const values = sql.join(
    rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`),
  );
  await target.transaction().execute(async (tx) => {
    await sql`insert into ${sql.table(table)} (${names}) values ${values}`.execute(tx);
    await sql`insert into move_progress values (${table}, ${last})
      on conflict (name) do update set last_rowid = excluded.last_rowid`.execute(tx);
  });
}

/** What differs between the file and what was copied, in words; empty where nothing does. */
async function compare({ file, target }: Ends): Promise<string[]> {
  const problems: string[] = [];
  for (const [table, count] of Object.entries(rowsToMove(file))) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)}`.execute(target);
    const moved = rows[0]?.count ?? 0;
    if (moved !== count) problems.push(`${table}: ${count} rows in the file, ${moved} moved`);
  }
  for (const [shop, head] of Object.entries(contentsOf(file).heads)) {
    const chain = await verifyChain(target, shop, [{ ...head, by: "the file" }]);
    if (chain.problem !== null) problems.push(`audit trail of ${shop}: ${chain.problem}`);
    if (chain.rows !== head.seq) problems.push(`audit trail of ${shop}: ${chain.rows} events`);
  }
  if (JSON.stringify(talliesOf(file)) !== JSON.stringify(await movedTallies(target))) {
    problems.push("the counts of messages, tickets and refunds differ");
  }
  return problems;
}

const TALLIES = `select shop_id, what, state, kind, count from tally where count > 0
  order by shop_id, what, state, kind`;

function talliesOf(file: SqliteDatabase.Database): unknown[] {
  return file.prepare(TALLIES).all();
}

async function movedTallies(target: Kysely<Schema>): Promise<unknown[]> {
  return (await sql.raw(TALLIES).execute(target)).rows;
}

/** What was moved is a database as any other from here on. */
async function endMove(target: Kysely<Schema>): Promise<void> {
  await target.transaction().execute(async (tx) => {
    await sql`delete from switch where name = ${MOVED_SWITCH}`.execute(tx);
    await sql`drop table move_progress`.execute(tx);
  });
}
