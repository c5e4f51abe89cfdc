// A copy of a database, made while others write to it. The source is read in one transaction over all
// its steps: in WAL mode that keeps no writer waiting and, unlike a backup that begins anew whenever
// something was written, it also ends under load. VACUUM INTO would hold one moment, too, but tells
// nothing of how far it is, and takes the time of building every index anew.

import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";

/** 4 MB, so that whoever waits sees that it goes on. */
const PAGES_AT_ONCE = 1_000;

/** What lies in a database at one moment. */
export interface Contents {
  /** Table → rows. */
  readonly rows: Readonly<Record<string, number>>;
  /** Shop → the end of its audit trail. */
  readonly heads: Readonly<Record<string, { readonly seq: number; readonly hash: string }>>;
  /** The newest schema step, and its name. */
  readonly step: number;
}

export type CopyProgress = (copied: number, total: number) => void;

/** Of a file that is being written, or that waits for its name. */
export const draftOf = (path: string): string => `${path}.part`;

/** Takes away what a copy to this path may have left when it was killed. */
export function removeDraft(path: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) {
    rmSync(`${draftOf(path)}${suffix}`, { force: true });
  }
}

/** After a failure, which is what is told. */
export function discardDraft(path: string): void {
  try {
    removeDraft(path);
  } catch {
    // The folder cannot be used at all.
  }
}

/** Makes the draft of a copy: whole, and of one file. Returns what lies in both. */
export async function draftCopy(
  source: SqliteDatabase.Database,
  path: string,
  tell: CopyProgress = () => undefined,
): Promise<Contents> {
  removeDraft(path);
  const draft = draftOf(path);
  closeSync(openSync(draft, "wx", 0o600));
  source.exec("begin");
  try {
    // Its first look at the source fixes the moment.
    const contents = contentsOf(source);
    await source.backup(draft, {
      progress: ({ totalPages, remainingPages }) => {
        tell(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
    const copy = new SqliteDatabase(draft);
    try {
      copy.pragma("journal_mode = DELETE");
      const copied = contentsOf(copy);
      if (JSON.stringify(copied) !== JSON.stringify(contents)) {
        throw new Error("the copy does not hold what the database held");
      }
    } finally {
      copy.close();
    }
    return contents;
  } finally {
    source.exec("commit");
  }
}

/** Gives the draft its name, once it is on the disk; what had that name before is replaced. */
export function publishDraft(path: string): void {
  const draft = draftOf(path);
  syncFile(draft);
  renameSync(draft, path);
  syncFile(dirname(path));
}

export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The first fault of the file itself; null where SQLite finds none. */
export function faultOf(file: SqliteDatabase.Database): string | null {
  const found = file.pragma("integrity_check(1)", { simple: true });
  return found === "ok" ? null : String(found).replace(/^\*\*\*.*\n/, "");
}

/** Opens a file that must be there. */
export function openToRead(path: string): SqliteDatabase.Database {
  return new SqliteDatabase(path, { readonly: true, fileMustExist: true });
}

export function contentsOf(file: SqliteDatabase.Database): Contents {
  const names = file
    .prepare<[], string>(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'
       and name <> '${LABEL_TABLE}' order by name`,
    )
    .pluck()
    .all() as string[];
  const rows = names.map((name) => {
    const count = file.prepare(`select count(*) from "${name}"`).pluck().get();
    return [name, Number(count)] as const;
  });
  const heads = file
    .prepare(
      `select shop_id, seq, hash from event as last
       where seq = (select max(seq) from event where shop_id = last.shop_id) order by shop_id`,
    )
    .all() as { shop_id: string; seq: number; hash: string }[];
  const step = file.prepare("select max(version) from schema_migration").pluck().get();
  return {
    rows: Object.fromEntries(rows),
    heads: Object.fromEntries(heads.map(({ shop_id, seq, hash }) => [shop_id, { seq, hash }])),
    step: Number(step),
  };
}

/** What a backup says of itself, in a table that only backups have. */
export const LABEL_TABLE = "henkin_backup";
