import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AccessError, PermanentError, StorageError } from "../../src/domain/errors.ts";
import { openFile, tablesOf } from "../../src/store/connection.ts";
import { lockForWorker, openDatabase, storageError } from "../../src/store/database.ts";
import { databaseExists } from "../../src/store/location.ts";
import { messagesTable } from "../../src/store/messages.ts";
import { migrate } from "../../src/store/migrate.ts";
import { refundsTable } from "../../src/store/refunds.ts";
import { sealing } from "../../src/store/sealing.ts";
import { aNewMessage } from "./store-bench.ts";

const IN_CLEAR = sealing(null, "shop");

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-database-"));
  path = join(directory, "data", "henkin.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

async function openAndClose(now = 1): Promise<void> {
  await (await openDatabase(path, now)).destroy();
}

function change(statement: string): void {
  const file = new SqliteDatabase(path);
  file.exec(statement);
  file.close();
}

/** For another process. */
function isFree(lock: string): boolean {
  const script = `const Database = require("better-sqlite3");
    try { new Database(process.argv[1], { timeout: 0 }).exec("begin exclusive"); }
    catch { process.exit(3); }`;
  const { status } = spawnSync(process.execPath, ["-e", script, lock]);
  expect([0, 3]).toContain(status);
  return status === 0;
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe("opening a database", () => {
  it("makes the folder and the schema, once", async () => {
    expect(databaseExists(path)).toBe(false);
    await openAndClose(5);
    await openAndClose(6);
    expect(databaseExists(path)).toBe(true);
    const file = new SqliteDatabase(path, { readonly: true });
    const steps = file.prepare("select version, applied_at from schema_migration").all();
    const loose = file
      .prepare("select name from pragma_table_list where type = 'table' and strict = 0")
      .pluck()
      .all();
    file.close();
    expect(steps).toContainEqual({ version: 1, applied_at: 5 });
    expect(new Set(steps.map((step) => (step as { version: number }).version)).size).toBe(
      steps.length,
    );
    expect(loose.filter((name) => !String(name).startsWith("sqlite_"))).toEqual([]);
  });

  it("gives every row its shop", async () => {
    await openAndClose();
    const file = new SqliteDatabase(path, { readonly: true });
    const without = file
      .prepare(
        `select name from sqlite_schema as t where type = 'table' and name not like 'sqlite_%'
         and name not in ('schema_migration', 'shop', 'worker', 'pace', 'mailbox_reader')
         and not exists (select 1 from pragma_table_info(t.name) where name = 'shop_id')`,
      )
      .pluck()
      .all();
    file.close();
    expect(without).toEqual([]);
  });

  it("waits for the disk at each commit", async () => {
    const db = await openDatabase(path, 1);
    const pragma = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(db)).rows[0] ?? {})[0];
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("trusted_schema")).toBe(0);
    await db.destroy();
  });

  it.each([
    [
      "a newer version has written",
      "insert into schema_migration values (999, 'the future', 'x', 1)",
      'schema step 999 "the future"',
    ],
    [
      "has a step that was edited",
      "update schema_migration set sha256 = 'x' where version = 1",
      "schema step 1",
    ],
  ])("is refused where %s", async (_name, statement, words) => {
    await openAndClose();
    change(statement);
    const failure = await failureOf(openDatabase(path, 1));
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code: "database_newer" });
    expect(String(failure)).toContain(words);
  });

  it("is a StorageError where the file is no database", async () => {
    await openAndClose();
    writeFileSync(path, "x".repeat(10_000));
    rmSync(`${path}-wal`, { force: true });
    const failure = await failureOf(openDatabase(path, 1));
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure).toMatchObject({ code: "sqlite_notadb" });
    expect(String(failure)).toContain(path);
  });

  it("is a StorageError where the folder cannot be made", async () => {
    writeFileSync(join(directory, "data"), "");
    expect(await failureOf(openDatabase(path, 1))).toBeInstanceOf(StorageError);
  });
});

describe("a database of before transfers by hand", () => {
  /** As schema step 2 left it, with one refund in it. */
  async function openOlder(): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    const file = openFile(path);
    const db = tablesOf(file);
    await migrate(db, 1, 2);
    file.exec(
      `insert into refund values ('shop', 'r1', 't1', 1, 'refund', 'stripe', 'acct_1', 'pi_1', 2467,
         'JPY', 'requested_by_customer', '{}', 'key-1', 'unknown', null, null, 2, 1, 5, null, 6)`,
    );
    await db.destroy();
  }

  it("keeps its refunds as they are, with the rule of one in flight", async () => {
    await openOlder();
    const db = await openDatabase(path, 7);
    const refunds = refundsTable(db, "shop", () => 8);
    const known = await refunds.find("r1");
    expect(known).toEqual({
      ...{ id: "r1", ticketId: "t1", round: 1, action: "refund", provider: "stripe" },
      ...{ account: "acct_1", paymentId: "pi_1", amountMinor: 2467, currency: "JPY" },
      ...{ reason: "requested_by_customer", metadata: {}, idempotencyKey: "key-1" },
      ...{ state: "unknown", providerRefundId: null, failureReason: null, storedErrors: 2 },
      ...{ needsPerson: true, keyStoredAt: 5, followUntil: null, updatedAt: 6 },
      ...{ instructionsEmail: null, accountAskedAt: null, accountUntil: null },
    });
    if (known === undefined) throw new Error("the refund is gone");
    const payout = { ...known, id: "r2", round: 2, action: "payout" as const };
    const insert = () => refunds.insert({ ...payout, idempotencyKey: "key-2" });
    expect(String(await failureOf(insert()))).toContain("UNIQUE constraint failed");
    await refunds.update("r1", { state: "failed" });
    await insert();
    expect((await refunds.find("r2"))?.action).toBe("payout");
    await db.destroy();
  });
});

describe("a full disk", () => {
  it("is a StorageError, and what was committed stays", async () => {
    const db = await openDatabase(path, 1);
    const insert = (change: Parameters<typeof aNewMessage>[0]) =>
      db
        .transaction()
        .execute((tx) => messagesTable(tx, "shop", IN_CLEAR).insert(aNewMessage(change)));
    await insert({});
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 5}`).execute(db);
    const large = Buffer.alloc(4 * 1024 * 1024);
    const failure = storageError(await failureOf(insert({ pk: "large", raw: large })), path);
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure).toMatchObject({ code: "sqlite_full" });
    const find = (pk: string) => messagesTable(db, "shop", IN_CLEAR).find(pk);
    expect([(await find("v1:abc"))?.pk, await find("large")]).toEqual(["v1:abc", undefined]);
    await db.destroy();
  });
});

describe("the worker's lock", () => {
  it("refuses a second worker, and says what to do", () => {
    const unlock = lockForWorker(path);
    const second = () => lockForWorker(path);
    expect(second).toThrow(AccessError);
    expect(second).toThrow(/Another henkin worker is running/);
    expect(second).toThrow(
      expect.objectContaining({ mend: expect.stringContaining("Stop it first") }),
    );
    unlock();
    lockForWorker(path)();
  });

  it("keeps nobody from reading or writing the database itself", async () => {
    const unlock = lockForWorker(path);
    await openAndClose();
    change("insert into switch values ('shop', 'stop', 'on')");
    unlock();
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  it("can be held by no other user, as nothing else in the folder can be read", () => {
    lockForWorker(path)();
    const made = [join(path, ".."), `${path}.lock`];
    expect(made.map((file) => statSync(file).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it("is closed to other users where an older version left it open", () => {
    mkdirSync(join(path, ".."));
    writeFileSync(`${path}.lock`, "");
    chmodSync(`${path}.lock`, 0o644);
    lockForWorker(path)();
    expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600);
  });

  it("is still held after this process was refused it", () => {
    const unlock = lockForWorker(path);
    expect(() => lockForWorker(path)).toThrow(AccessError);
    expect(isFree(`${path}.lock`)).toBe(false);
    unlock();
    expect(isFree(`${path}.lock`)).toBe(true);
  });

  it("is none for a database in memory", () => {
    lockForWorker(":memory:");
    lockForWorker(":memory:")();
    expect(existsSync(":memory:.lock")).toBe(false);
  });
});

describe("an error", () => {
  const sqlite = (code: string) => new SqliteDatabase.SqliteError("words", code);

  it.each([
    ["SQLITE_BUSY", "TransientError"],
    ["SQLITE_BUSY_SNAPSHOT", "TransientError"],
    ["SQLITE_FULL", "StorageError"],
    ["SQLITE_IOERR_WRITE", "StorageError"],
    ["SQLITE_CORRUPT", "StorageError"],
    ["SQLITE_READONLY", "StorageError"],
    ["SQLITE_CANTOPEN", "StorageError"],
  ])("%s is a %s", (code, name) => {
    expect(storageError(sqlite(code), path)).toMatchObject({ name });
  });

  it.each([
    ["of the program", new TypeError("a bug")],
    ["of a constraint", sqlite("SQLITE_CONSTRAINT_UNIQUE")],
  ])("%s stays itself", (_name, error) => {
    expect(storageError(error, path)).toBe(error);
  });
});
