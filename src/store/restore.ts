// Puts a backup in the place of the database. At every moment there is one whole database: the old one
// up to the rename, the new one from it on. The caller holds the worker's lock.

import { constants, copyFileSync, existsSync, linkSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { AppError, StorageError, TransientError } from "../domain/errors.ts";
import { RESTORED_AT_SWITCH } from "../domain/restored.ts";
import { type Backup, verifyBackup } from "./backup.ts";
import { isBusy, tablesOf } from "./connection.ts";
import {
  discardDraft,
  draftCopy,
  draftOf,
  LABEL_TABLE,
  openToRead,
  publishDraft,
  syncFile,
} from "./copy.ts";
import { switchesTable } from "./desk.ts";
import { eventsTable } from "./events.ts";

/** Read at the next start of the worker, which then pays nothing before a person resumes it. */
export const RESTORED_SWITCH = "restored";

/** What SQLite lays beside a database. */
const LOG_SUFFIXES = ["-wal", "-shm", "-journal"];

export interface Restored {
  readonly backup: Backup;
  /** Where the database that was there lies now; null where there was none. */
  readonly aside: string | null;
}

/**
 * @param accept may throw before anything of the present database is touched
 * @param stamp part of the name of what is laid aside
 */
export async function restoreBackup(
  from: string,
  database: string,
  options: {
    readonly accept: (backup: Backup) => void;
    readonly by: { readonly shopId: string; readonly actor: string; readonly at: number };
    readonly stamp: string;
  },
): Promise<Restored> {
  // Before it is copied: what is wrong with it is told of it, not of the copy.
  const backup = await verifyBackup(from);
  try {
    await draftFrom(from, database);
    await verifyBackup(draftOf(database));
    options.accept(backup);
    await markRestored(draftOf(database), backup, options.by);
    // Now, so that as little as possible lies between the two names.
    syncFile(draftOf(database));
    const aside = existsSync(database) ? layAside(database, options.stamp) : null;
    publishDraft(database);
    return { backup, aside };
  } catch (error) {
    discardDraft(database);
    if (error instanceof AppError) throw error;
    if (isBusy(error))
      throw new TransientError("database_busy", { path: database }, { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    throw new StorageError("restore_failed", { path: database, why }, { cause: error });
  }
}

async function draftFrom(from: string, database: string): Promise<void> {
  const source = openToRead(from);
  try {
    await draftCopy(source, database);
  } finally {
    source.close();
  }
}

async function markRestored(
  path: string,
  { label, heads }: Backup,
  { shopId, actor, at }: { shopId: string; actor: string; at: number },
): Promise<void> {
  const file = new SqliteDatabase(path);
  const db = tablesOf(file);
  try {
    // Leaves nothing of the key in the file.
    file.pragma("secure_delete = ON");
    file.exec(`drop table if exists ${LABEL_TABLE}`);
    const takenAt = label?.takenAt ?? null;
    // Each shop starts by itself, and none may pay before it was looked after.
    for (const id of new Set([shopId, ...Object.keys(heads)])) {
      const data = { takenAt, seq: heads[id]?.seq ?? 0 };
      const switches = switchesTable(db, id);
      await switches.set(RESTORED_SWITCH, "on");
      await switches.set(RESTORED_AT_SWITCH, String(at));
      const event = { ticketId: null, type: "restored", actor, at, data };
      await eventsTable(db, id).append(event);
    }
  } finally {
    await db.destroy();
  }
}

/** Its log is taken into it first; else that log would be applied to the database that takes its place. */
function layAside(database: string, stamp: string): string {
  const aside = freeName(`${database}.before-restore-${stamp}`);
  if (!foldLog(database)) {
    for (const suffix of LOG_SUFFIXES) {
      if (existsSync(database + suffix)) renameSync(database + suffix, aside + suffix);
    }
  }
  try {
    linkSync(database, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // A file system without links.
    copyFileSync(database, aside, constants.COPYFILE_EXCL);
    syncFile(aside);
  }
  syncFile(dirname(database));
  // A command has opened it in between; its log would be taken for the other database's.
  if (existsSync(`${database}-wal`)) throw new TransientError("database_busy", { path: database });
  return aside;
}

/** A restore that was killed may have laid aside what was there in the same second. */
function freeName(wanted: string): string {
  const isTaken = (name: string) => ["", ...LOG_SUFFIXES].some((end) => existsSync(name + end));
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

/** False where the present database is too broken for it, which may be why it is replaced. */
function foldLog(database: string): boolean {
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(database);
    // Refused while anybody else has it open.
    file.pragma("journal_mode = DELETE");
    file.close();
    return LOG_SUFFIXES.every((suffix) => !existsSync(database + suffix));
  } catch (error) {
    // A full disk, for one, is no fault of the database.
    const isBroken =
      error instanceof SqliteDatabase.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code);
    if (!isBroken) throw error;
    return false;
  } finally {
    file?.close();
  }
}
