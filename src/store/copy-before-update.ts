// Before the schema of a database with a past is brought up to date, a whole copy is laid beside it.

import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type SqliteDatabase from "better-sqlite3";
import { StorageError } from "../domain/errors.ts";
import { discardDraft, draftCopy, draftOf, faultOf, openToRead, publishDraft } from "./copy.ts";

const COPIES_KEPT = 2;

const copyPath = (database: string, step: number) => `${database}.before-step-${step}`;

/** Throws where no whole copy can be made; nothing has been changed then. */
export async function keepCopyBefore(
  step: number,
  file: SqliteDatabase.Database,
  database: string,
): Promise<void> {
  const path = copyPath(database, step);
  try {
    await draftCopy(file, path);
    const draft = openToRead(draftOf(path));
    const fault = faultOf(draft);
    draft.close();
    if (fault !== null) throw new Error(fault);
    publishDraft(path);
  } catch (error) {
    discardDraft(path);
    const why = error instanceof Error ? error.message : String(error);
    throw new StorageError("update_copy_failed", { path, why }, { cause: error });
  }
}

/** All but the newest. */
export function removeOldCopies(database: string): void {
  const folder = dirname(database);
  const start = `${basename(database)}.before-step-`;
  const steps = readdirSync(folder)
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length))
    .filter((rest) => /^\d+$/.test(rest))
    .map(Number)
    .sort((a, b) => b - a);
  for (const step of steps.slice(COPIES_KEPT)) rmSync(join(folder, `${start}${step}`));
}
