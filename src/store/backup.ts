// A backup is one file: a copy of the database with a label, which holds what else a restore needs. So
// no crash and no hand can part the two.

import { existsSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import type { Kysely } from "kysely";
import { AppError, PermanentError, StorageError } from "../domain/errors.ts";
import { openFile, tablesOf } from "./connection.ts";
import {
  type Contents,
  type CopyProgress,
  contentsOf,
  discardDraft,
  draftCopy,
  draftOf,
  faultOf,
  LABEL_TABLE,
  openToRead,
  publishDraft,
} from "./copy.ts";
import { markIn, markOf } from "./data-key-mark.ts";
import { lockForBackup } from "./database.ts";
import { listQuotedHeads, verifyChain } from "./events.ts";
import { schemaStateOf } from "./migrate.ts";
import { PERSONAL_STEP } from "./personal-step.ts";
import type { Schema } from "./schema.ts";

export interface BackupLabel {
  readonly takenAt: number;
  /** Of the henkin that made it. */
  readonly version: string;
  /** Null where the DATA_KEY is a setting. */
  readonly dataKey: Uint8Array | null;
}

export interface Backup extends Contents {
  /** Null where the file is a plain copy. */
  readonly label: BackupLabel | null;
  /** Of the DATA_KEY that the database was written with. */
  readonly mark: string | undefined;
}

/** Copies the database, with or without a worker on it, to a file that is whole or not there. */
export async function writeBackup(
  database: string,
  path: string,
  label: BackupLabel,
  tell: CopyProgress,
): Promise<Backup> {
  const unlock = lockForBackup(database);
  try {
    const source = openFile(database);
    try {
      await draftCopy(source, path, tell);
    } finally {
      source.close();
    }
    writeLabel(draftOf(path), label);
    const backup = await verifyBackup(draftOf(path));
    publishDraft(path);
    return backup;
  } catch (error) {
    discardDraft(path);
    throw unwritable(path, error);
  } finally {
    unlock();
  }
}

function unwritable(path: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new StorageError("backup_unwritable", { path, why }, { cause: error });
}

function writeLabel(path: string, { takenAt, version, dataKey }: BackupLabel): void {
  const file = new SqliteDatabase(path);
  try {
    // A database that was a backup itself, and was put in place by hand, has an older one.
    file.exec(`drop table if exists ${LABEL_TABLE};
      create table ${LABEL_TABLE} (taken_at integer not null, version text not null, data_key text) strict`);
    const key = dataKey === null ? null : Buffer.from(dataKey).toString("base64");
    file.prepare(`insert into ${LABEL_TABLE} values (?, ?, ?)`).run(takenAt, version, key);
  } finally {
    file.close();
  }
}

function readLabel(file: SqliteDatabase.Database): BackupLabel | null {
  const table = file.prepare("select 1 from sqlite_schema where name = ?").get(LABEL_TABLE);
  if (table === undefined) return null;
  const row = file.prepare(`select taken_at, version, data_key from ${LABEL_TABLE}`).get() as
    | { taken_at: number; version: string; data_key: string | null }
    | undefined;
  if (row === undefined) return null;
  const dataKey = row.data_key === null ? null : Buffer.from(row.data_key, "base64");
  return { takenAt: row.taken_at, version: row.version, dataKey };
}

/** Undefined where the file is no backup at all: whatever it is, it is not ours to replace or delete. */
export function backupMark(path: string): { readonly mark: string | undefined } | undefined {
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(path, { readonly: true });
    return readLabel(file) === null ? undefined : { mark: markIn(file) };
  } catch {
    return undefined;
  } finally {
    file?.close();
  }
}

/** Reads it from end to end. Throws where it is not whole, or where a newer version wrote it. */
export async function verifyBackup(path: string): Promise<Backup> {
  if (!existsSync(path)) throw broken(path, "there is no such file");
  let file: SqliteDatabase.Database | undefined;
  try {
    file = openToRead(path);
    const fault = faultOf(file);
    if (fault !== null) throw broken(path, fault);
    const backup = { ...contentsOf(file), label: readLabel(file), mark: markIn(file) };
    const key = backup.label?.dataKey ?? null;
    if (key !== null && backup.mark !== undefined && markOf(key) !== backup.mark) {
      throw broken(path, "its key is not the one it was written with");
    }
    const problem = await brokenTrail(tablesOf(file), Object.keys(backup.heads));
    if (problem !== null) throw broken(path, `its audit trail is broken: ${problem}`);
    return backup;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw broken(path, error instanceof Error ? error.message : String(error));
  } finally {
    file?.close();
  }
}

/** Throws where a newer version wrote it. */
async function brokenTrail(db: Kysely<Schema>, shopIds: readonly string[]): Promise<string | null> {
  const { missing } = await schemaStateOf(db);
  // The summaries of an older version quote the trail's end elsewhere.
  const hasQuotes = !missing.includes(PERSONAL_STEP.version);
  for (const shopId of shopIds) {
    const quoted = hasQuotes ? await listQuotedHeads(db, shopId) : [];
    const { problem } = await verifyChain(db, shopId, quoted);
    if (problem !== null) return problem;
  }
  return null;
}

function broken(path: string, why: string): PermanentError {
  return new PermanentError("backup_broken", { path, why });
}
