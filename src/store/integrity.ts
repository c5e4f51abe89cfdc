// Whether SQLite finds its own file sound. Opened apart and only to be read, so that a file that
// cannot be opened for work is looked at all the same.

import { statSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { storageError } from "./database.ts";

export interface Integrity {
  /** What SQLite says is wrong; empty: nothing was found. */
  readonly problems: readonly string[];
  /** Tables that time did not suffice for. */
  readonly left: readonly string[];
}

/** A broken file may give thousands. */
const PROBLEMS_MAX = 5;
/** Raw mails are nearly all there is. */
const LARGE_TABLES: readonly string[] = ["message", "outgoing_mail"];
/** Of a file whose large tables take seconds rather than minutes. */
const LARGE_BYTES = 2 * 1024 ** 3;

/**
 * Table by table, because a pragma cannot be interrupted: once `isLate` says so, the rest is left, and
 * of a file over `largeBytes` the large tables in any case.
 */
export function checkIntegrity(
  path: string,
  { isLate, largeBytes = LARGE_BYTES }: { isLate: () => boolean; largeBytes?: number },
): Integrity {
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(path, { readonly: true, timeout: 5_000 });
    const isLarge = statSync(path).size > largeBytes;
    const problems: string[] = [];
    const left: string[] = [];
    for (const table of tablesOf(file)) {
      const isTooMuch = isLate() || (isLarge && LARGE_TABLES.includes(table));
      if (isTooMuch) left.push(table);
      else problems.push(...problemsOf(file, table));
      if (problems.length >= PROBLEMS_MAX) break;
    }
    return { problems: problems.slice(0, PROBLEMS_MAX), left };
  } catch (error) {
    throw storageError(error, path);
  } finally {
    file?.close();
  }
}

function tablesOf(file: SqliteDatabase.Database): string[] {
  const names = "select name from sqlite_schema where type = 'table' order by name";
  const tables = file.prepare<[], string>(names).pluck().all();
  const isLarge = (table: string) => Number(LARGE_TABLES.includes(table));
  return tables.sort((one, other) => isLarge(one) - isLarge(other));
}

function problemsOf(file: SqliteDatabase.Database, table: string): string[] {
  const rows = file.pragma(`quick_check("${table}")`) as { quick_check: string }[];
  return rows.map(({ quick_check }) => quick_check).filter((text) => text !== "ok");
}
