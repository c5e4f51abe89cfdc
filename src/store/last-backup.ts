// When the shop's database was last backed up, for whoever looks after it.

import SqliteDatabase from "better-sqlite3";
import type { Finding } from "../ports.ts";
import type { ReadTx } from "../store-port.ts";
import { storageError, tablesOf } from "./connection.ts";
import { switchesTable } from "./desk.ts";

const LAST_BACKUP = "last_backup_at";
const DAY_MS = 24 * 60 * 60_000;
const OLD_MS = 7 * DAY_MS;

/** Of all shops. Whatever the schema step: a backup is also made before an update, and must not begin it. */
export async function recordBackup(
  database: string,
  shopIds: readonly string[],
  at: number,
): Promise<void> {
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(database, { fileMustExist: true });
    const db = tablesOf(file);
    for (const id of shopIds) await switchesTable(db, id).set(LAST_BACKUP, String(at));
  } catch (error) {
    throw storageError(error, database);
  } finally {
    file?.close();
  }
}

/** For doctor. */
export async function findBackupAge(tx: ReadTx, now: number): Promise<Finding> {
  const check = "backup";
  const mend = "Run `henkin backup FOLDER --keep 14` every night, to another disk.";
  const at = await tx.switches.find(LAST_BACKUP);
  if (at === undefined) return { level: "warn", check, message: "none was made yet", mend };
  const days = Math.floor((now - Number(at)) / DAY_MS);
  const message = `the last one was made ${new Date(Number(at)).toISOString()}, ${days} days ago`;
  return now - Number(at) > OLD_MS
    ? { level: "warn", check, message, mend }
    : { level: "ok", check, message, mend: null };
}
