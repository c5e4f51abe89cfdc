// Opens the database and keeps others from it where that is needed.

import { accessSync, chmodSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";
import type { Kysely } from "kysely";
import { AccessError } from "../domain/errors.ts";
import { isBusy, makePrivate, openFile, storageError, tablesOf } from "./connection.ts";
import { keepCopyBefore, removeOldCopies } from "./copy-before-update.ts";
import { migrate, schemaStateOf } from "./migrate.ts";
import { refuseMoved } from "./moved.ts";
import type { Schema } from "./schema.ts";

export { storageError };

export interface Opening {
  /** The worker's lock is held already. */
  readonly holdsLock?: boolean;
  /** False: a database of an older version is refused instead of brought up to date. */
  readonly mayUpdate?: boolean;
  /** By the move itself: one that was moved away is opened all the same. */
  readonly isMoving?: boolean;
}

/** Opens, and brings to this version's schema. The path is a file, or ":memory:". */
export async function openDatabase(
  path: string,
  now: number,
  { holdsLock = false, mayUpdate = true, isMoving = false }: Opening = {},
): Promise<Kysely<Schema>> {
  let file: SqliteDatabase.Database | undefined;
  try {
    file = openFile(path);
    const db = tablesOf(file);
    const { isNew, missing } = await schemaStateOf(db);
    if (isNew) await migrate(db, now);
    else if (missing.length > 0) {
      if (!mayUpdate) throw new AccessError("database_waits", { path });
      const unlock = holdsLock ? () => undefined : lockForUpdate(path);
      try {
        await update(file, db, path, now);
      } finally {
        unlock();
      }
    }
    if (!isMoving) await refuseMoved(db, path);
    return db;
  } catch (error) {
    file?.close();
    throw storageError(error, path);
  }
}

async function update(
  file: SqliteDatabase.Database,
  db: Kysely<Schema>,
  path: string,
  now: number,
): Promise<void> {
  // Once more under the lock: another command may have been quicker.
  const [first] = (await schemaStateOf(db)).missing;
  if (first === undefined) return;
  await keepCopyBefore(first, file, path);
  await migrate(db, now);
  removeOldCopies(path);
}

/**
 * Held for the life of the worker: an exclusive transaction on a file beside the database. The
 * kernel frees it when the process dies, however it dies, and it needs no clock.
 */
export function lockForWorker(path: string): () => void {
  return tryLock(path, "lock") ?? refuse(new AccessError("database_locked", { path }));
}

/** The worker's: one of an older version would write by a schema that is no longer there. */
function lockForUpdate(path: string): () => void {
  return tryLock(path, "lock") ?? refuse(new AccessError("database_waits", { path }));
}

/** So that nobody's half-written copy gets another's name. */
export function lockForBackup(path: string): () => void {
  return tryLock(path, "backup-lock") ?? refuse(new AccessError("backup_running", { path }));
}

type LockName = "lock" | "backup-lock" | "oauth-lock";

function refuse(error: AccessError): never {
  throw error;
}

/** Null while another process, or another part of this one, has it. */
export function tryLock(path: string, name: LockName): (() => void) | null {
  if (path === ":memory:") return () => undefined;
  let lock: SqliteDatabase.Database | undefined;
  try {
    const file = `${path}.${name}`;
    makePrivate(file);
    closeToOthers(file);
    lock = new SqliteDatabase(file, { timeout: 0 });
    lock.pragma("journal_mode = DELETE");
    lock.exec("begin exclusive");
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return null;
    throw storageError(error, path);
  }
  const held = lock;
  return () => held.close();
}

/** Whoever can read a lock's file can hold it. An older version left it open to every user. */
function closeToOthers(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(file, 0o600);
}

/** Throws StorageError where no database can be made at this path; makes nothing. */
export function checkDatabaseFolder(path: string): void {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(`${folder}/.`, constants.W_OK);
  } catch (error) {
    throw storageError(error, path);
  }
}
