// A database of an older version is brought up to date by the first who may, after a copy was made.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockForWorker, openDatabase } from "../../src/store/database.ts";
import { NEWEST_STEP } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/store.ts";
import { damage, makeOlderDatabase, rowsAt, stepAt } from "../support/older-database.ts";

const OLDER = Array.from({ length: NEWEST_STEP - 1 }, (_, index) => index + 1);

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-upgrade-"));
  path = join(directory, "henkin.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = () => openStore({ path, shopId: "shop", now: () => 2 });
const copies = () => readdirSync(directory).filter((name) => name.includes("before-step"));

function change(statement: string): void {
  const file = new SqliteDatabase(path);
  file.exec(statement);
  file.close();
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe("an update of the database", () => {
  it.each(OLDER)("from schema step %i keeps every row, and a copy of before", async (step) => {
    const before = await makeOlderDatabase(path, step);
    const store = await open();
    expect(await store.verifyAudit()).toMatchObject({ rows: 3, problem: null });
    await store.close();
    expect(rowsAt(path)).toMatchObject({ ...before, schema_migration: NEWEST_STEP });
    expect(stepAt(path)).toBe(NEWEST_STEP);
    const copy = `${path}.before-step-${step + 1}`;
    expect(copies()).toEqual([`henkin.db.before-step-${step + 1}`]);
    expect(stepAt(copy)).toBe(step);
    expect(rowsAt(copy)).toEqual(before);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  it("makes no copy where there is nothing to update", async () => {
    await (await open()).close();
    await (await open()).close();
    expect(copies()).toEqual([]);
  });

  it("keeps the newest two copies", async () => {
    for (const step of [1, 2, 3]) {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
      await makeOlderDatabase(path, step);
      await (await open()).close();
    }
    expect(copies()).toEqual(["henkin.db.before-step-3", "henkin.db.before-step-4"]);
  });

  it("is all or nothing", async () => {
    await makeOlderDatabase(path, 1);
    // The last step fails after the others have been carried out.
    change("create index payment_amount on payment (shop_id, amount_minor)");
    const before = rowsAt(path);
    expect(String(await failureOf(open()))).toContain("payment_amount already exists");
    expect([stepAt(path), rowsAt(path)]).toEqual([1, before]);
    change("drop index payment_amount");
    await (await open()).close();
    expect(stepAt(path)).toBe(NEWEST_STEP);
  });

  it("waits for the end of the older worker, and says so", async () => {
    await makeOlderDatabase(path, 1);
    const unlock = lockForWorker(path);
    expect(await failureOf(open())).toMatchObject({
      code: "database_waits",
      mend: expect.stringContaining("Stop all workers of that version"),
    });
    expect([stepAt(path), copies()]).toEqual([1, []]);
    // The new worker holds the lock itself.
    await (await openDatabase(path, 2, { holdsLock: true })).destroy();
    unlock();
    expect(stepAt(path)).toBe(NEWEST_STEP);
  });

  it("does not begin without a copy", async () => {
    await makeOlderDatabase(path, 1);
    mkdirSync(`${path}.before-step-2`);
    expect(await failureOf(open())).toMatchObject({
      code: "update_copy_failed",
      mend: expect.stringContaining("the database is unchanged"),
    });
    expect(stepAt(path)).toBe(1);
    expect(existsSync(`${path}.before-step-2.part`)).toBe(false);
  });

  it("does not begin where the file is damaged", async () => {
    await makeOlderDatabase(path, 1);
    damage(path);
    expect(String(await failureOf(open()))).toMatch(/could be kept .*\(Tree \d+ page/);
    expect(stepAt(path)).toBe(1);
  });
});
