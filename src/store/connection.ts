// A connection to a database, and what its failures mean. One connection: better-sqlite3 is synchronous
// and Kysely serialises on it, so nothing may wait for a network inside a transaction.

import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type LimitNode,
  SqliteAdapter,
  type SqliteDatabase as SqliteDialectDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from "kysely";
import { StorageError, TransientError } from "../domain/errors.ts";
import type { Schema } from "./schema.ts";

/**
 * Who may write takes the write lock at the start: a deferred transaction that reads and then writes gets
 * SQLITE_BUSY_SNAPSHOT when another process wrote in between, which no busy timeout cures. Who only reads
 * waits for no writer.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ): Promise<void> {
    const begin = accessMode === "read only" ? "begin" : "begin immediate";
    await connection.executeQuery(CompiledQuery.raw(begin));
  }

  /** SQLite has rolled back by itself where the disk is full; that error must not hide the cause. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw("rollback"));
    } catch (error) {
      if (!/no transaction is active/.test(String(error))) throw error;
    }
  }
}

/**
 * SQLite plans a statement anew at every run where the plan may depend on a bound value, which takes
 * longer than the run. A bare limit is such a value, a sum is not; states that have an index of their
 * own are literals in the queries.
 */
class KeptPlans extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    super.visitLimit(node);
    this.append(" + 0");
  }
}

const BUSY_TIMEOUT_MS = 5_000;
/** More than the program has; lists of different lengths make more. */
const STATEMENTS_MAX = 1_000;

/** Kysely prepares every query anew, which takes about as long as a small query itself. */
function keepStatements(file: SqliteDatabase.Database): SqliteDialectDatabase {
  const known = new Map<string, SqliteDatabase.Statement>();
  return {
    close: () => void file.close(),
    prepare(text) {
      const kept = known.get(text);
      if (kept !== undefined) return kept;
      const statement = file.prepare(text);
      if (known.size >= STATEMENTS_MAX) known.clear();
      known.set(text, statement);
      return statement;
    },
  };
}

/**
 * Makes the file and its folder, for their owner alone, where they are missing. What is there is not
 * opened: closing it would free every lock that this process holds on it, SQLite's, too (fcntl(2)).
 */
export function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}

/** Makes the file and its folder where they are missing. */
export function openFile(path: string): SqliteDatabase.Database {
  // It holds customers' mail. SQLite gives its -wal and -shm files the same mode.
  if (path !== ":memory:") makePrivate(path);
  const file = new SqliteDatabase(path, { timeout: BUSY_TIMEOUT_MS });
  file.pragma("journal_mode = WAL");
  // NORMAL may lose the last commits in a power cut: a lost "key stored, refund called" row is
  // exactly the double refund this program exists to prevent.
  file.pragma("synchronous = FULL");
  // 16 MB: what many commits change is written into the database once.
  file.pragma("wal_autocheckpoint = 4000");
  // What was erased is overwritten, not only unlinked.
  file.pragma("secure_delete = ON");
  file.pragma("foreign_keys = ON");
  file.pragma("trusted_schema = OFF");
  return file;
}

/** The tables on an open file, whatever its schema step. */
export function tablesOf(file: SqliteDatabase.Database): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: (): Driver => new ImmediateDriver({ database: keepStatements(file) }),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new KeptPlans(),
    },
  });
}

export function isBusy(error: unknown): boolean {
  return error instanceof SqliteDatabase.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

/** SQLite's result codes (sqlite.org/rescode.html) by what the caller may do. */
export function storageError(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) {
    return isSystemError(error)
      ? new StorageError("database_unavailable", { path, why: error.message }, { cause: error })
      : error;
  }
  if (isBusy(error)) {
    return new TransientError("database_busy", { path }, { cause: error });
  }
  if (/^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN)/.test(error.code)) {
    const details = { path, why: `${error.code}: ${error.message}` };
    const foreignCode = error.code.toLowerCase();
    return new StorageError("database_unusable", details, { cause: error, foreignCode });
  }
  return error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
