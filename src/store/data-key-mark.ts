// By which a database knows its DATA_KEY again. With another key every refund would get another
// idempotency key, and what is sealed could not be read.

import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { storageError } from "./connection.ts";

export const MARK_SWITCH = "data_key_mark";

/** Tells nothing of the key. */
export function markOf(dataKey: Uint8Array): string {
  return createHmac("sha256", dataKey).update("henkin data key mark 1").digest("hex");
}

/** Undefined where there is no database, or one that no worker has marked. */
export function readMark(database: string): string | undefined {
  if (!existsSync(database)) return undefined;
  let file: SqliteDatabase.Database | undefined;
  try {
    file = new SqliteDatabase(database, { readonly: true });
    return markIn(file);
  } catch (error) {
    throw storageError(error, database);
  } finally {
    file?.close();
  }
}

export function markIn(file: SqliteDatabase.Database): string | undefined {
  const hasSwitches = file.prepare("select 1 from sqlite_schema where name = 'switch'").get();
  if (hasSwitches === undefined) return undefined;
  const find = file.prepare("select value from switch where name = ?").pluck();
  return find.get(MARK_SWITCH) as string | undefined;
}
