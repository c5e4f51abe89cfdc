// A backup is whole or not there, and a restore leaves the old database or the new one.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settleDataKey } from "../../src/data-key.ts";
import { verifyBackup, writeBackup } from "../../src/store/backup.ts";
import { MARK_SWITCH, markOf } from "../../src/store/data-key-mark.ts";
import { lockForBackup } from "../../src/store/database.ts";
import { findBackupAge, recordBackup } from "../../src/store/last-backup.ts";
import { NEWEST_STEP } from "../../src/store/migrate.ts";
import { restoreBackup } from "../../src/store/restore.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import { damage, makeOlderDatabase, stepAt } from "../support/older-database.ts";
import { aNewMessage } from "./store-bench.ts";

const KEY = Buffer.alloc(32, 7);
const LABEL = { takenAt: 5, version: "1.2.3", dataKey: KEY };
const DAY_MS = 24 * 60 * 60_000;

let directory: string;
let data: string;
let path: string;
let copy: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-backup-"));
  data = join(directory, "data");
  path = join(data, "henkin.db");
  copy = join(directory, "copy.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = () => openStore({ path, shopId: "shop", now: () => 1 });
const event = (type: string) => ({ ticketId: null, type, actor: "test", at: 1, data: {} });

async function append(store: OpenStore, ...types: string[]): Promise<void> {
  for (const type of types) await store.write((tx) => tx.events.append(event(type)));
}

/** With so many events, and the mark of a key. */
async function make(types: string[] = ["a", "b"], key = KEY): Promise<void> {
  const store = await open();
  await store.write((tx) => tx.switches.set(MARK_SWITCH, markOf(key)));
  await append(store, ...types);
  await store.close();
}

const backUp = (tell: () => void = () => {}) => writeBackup(path, copy, LABEL, tell);

function change(file: string, statement: string): void {
  const opened = new SqliteDatabase(file);
  opened.exec(statement);
  opened.close();
}

const FREE = "drop trigger event_is_append_only_update; drop trigger event_is_append_only_delete;";

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

function typesIn(file: string): unknown[] {
  const opened = new SqliteDatabase(file, { readonly: true });
  const types = opened.prepare("select type from event order by seq").pluck().all();
  opened.close();
  return types;
}

describe("a backup", () => {
  it("holds what the database held, and the key, in one file for its owner alone", async () => {
    await make();
    const made = await backUp();
    expect(made).toMatchObject({
      label: { takenAt: 5, version: "1.2.3" },
      mark: markOf(KEY),
      step: NEWEST_STEP,
      rows: { event: 2 },
      heads: { shop: { seq: 2 } },
    });
    expect(made.label?.dataKey).toEqual(KEY);
    expect(await verifyBackup(copy)).toEqual(made);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(["copy.db", "data"]);
  });

  it("is of one moment while others go on writing, and ends", async () => {
    await make();
    const store = await open();
    const raw = Buffer.alloc(30 * 1024 * 1024, 1);
    await store.write((tx) => tx.messages.insert(aNewMessage({ raw })));
    const writer = new SqliteDatabase(path);
    let steps = 0;
    const { rows } = await backUp(() => {
      steps += 1;
      writer.exec(`insert into switch values ('shop', 'while copying ${steps}', 'on')`);
    });
    writer.close();
    await store.close();
    // More steps would mean that it has begun anew.
    expect(steps).toBeGreaterThan(3);
    expect(steps).toBeLessThan(20);
    const later = new SqliteDatabase(path, { readonly: true });
    const now = later.prepare("select count(*) from switch").pluck().get();
    later.close();
    expect(rows["switch"]).toBe(Number(now) - steps);
  });

  it("does not begin an update of the database, nor does the note of it", async () => {
    await makeOlderDatabase(path, 1);
    expect((await backUp()).step).toBe(1);
    await recordBackup(path, ["shop"], 3);
    expect(stepAt(path)).toBe(1);
  });

  it.each([
    ["was changed", `${FREE} update event set type = 'x' where seq = 1`, "event 1 was changed"],
    ["lacks a row", `${FREE} delete from event where seq = 1`, "event 1 is missing"],
  ])("is refused where the audit trail %s, and leaves no file", async (_what, sql, words) => {
    await make();
    change(path, sql);
    const failure = await failureOf(backUp());
    expect(failure).toMatchObject({ code: "backup_broken" });
    expect(String(failure)).toContain(words);
    expect(readdirSync(directory)).toEqual(["data"]);
  });

  it("is refused where the database is damaged, and the older backup stays", async () => {
    await makeOlderDatabase(path, NEWEST_STEP);
    writeFileSync(copy, "the older one");
    damage(path);
    expect(await failureOf(backUp())).toMatchObject({ code: "backup_broken" });
    expect(readFileSync(copy, "utf8")).toBe("the older one");
    expect(readdirSync(directory).sort()).toEqual(["copy.db", "data"]);
  });

  it("is refused where the key is not the database's", async () => {
    await make(["a"], Buffer.alloc(32, 9));
    expect(String(await failureOf(backUp()))).toContain("its key is not the one");
  });

  it("is refused while another runs", async () => {
    await make();
    const unlock = lockForBackup(path);
    expect(await failureOf(backUp())).toMatchObject({ code: "backup_running" });
    unlock();
    await backUp();
  });

  it("says where it cannot be written, and leaves nothing", async () => {
    await make();
    mkdirSync(copy);
    expect(await failureOf(backUp())).toMatchObject({ code: "backup_unwritable" });
    expect(readdirSync(directory).sort()).toEqual(["copy.db", "data"]);
  });

  it("takes the place of what a killed one has left", async () => {
    await make();
    writeFileSync(`${copy}.part`, "half");
    writeFileSync(`${copy}.part-journal`, "half");
    await backUp();
    expect(readdirSync(directory).sort()).toEqual(["copy.db", "data"]);
  });
});

describe("the check of a backup", () => {
  it.each([
    ["is no database", () => writeFileSync(copy, "x".repeat(9_000)), "not a database"],
    ["is not there", () => rmSync(copy), "no such file"],
    ["is cut short", () => writeFileSync(copy, readFileSync(copy).subarray(0, 20_000)), ""],
    ["is another program's", () => change(copy, "drop table event"), "no such table"],
    ["has a changed trail", () => change(copy, `${FREE} update event set at = 9`), "was changed"],
    ["has another key", () => change(copy, "update switch set value = 'x'"), "its key"],
  ])("finds one that %s", async (_what, spoil, words) => {
    await make();
    await backUp();
    spoil();
    const failure = await failureOf(verifyBackup(copy));
    expect(failure).toMatchObject({ code: "backup_broken" });
    expect(String(failure)).toContain(words);
  });

  it("refuses one of a newer version", async () => {
    await make();
    await backUp();
    change(copy, "insert into schema_migration values (999, 'the future', 'x', 1)");
    expect(await failureOf(verifyBackup(copy))).toMatchObject({ code: "database_newer" });
  });
});

describe("a restore", () => {
  const by = { shopId: "shop", actor: "cli:test", at: 9 };
  const restore = (accept: () => void = () => {}) =>
    restoreBackup(copy, path, { accept, by, stamp: "now" });
  const aside = () => `${path}.before-restore-now`;

  async function backUpAndGoOn(): Promise<void> {
    await make();
    await backUp();
    const store = await open();
    await append(store, "later");
    await store.close();
  }

  it("puts the backup in place, and keeps what was there", async () => {
    await backUpAndGoOn();
    expect(await restore()).toMatchObject({ aside: aside(), backup: { rows: { event: 2 } } });
    expect(typesIn(path)).toEqual(["a", "b", "restored"]);
    expect(typesIn(aside())).toEqual(["a", "b", "later"]);
    const store = await open();
    expect((await store.verifyAudit()).problem).toBeNull();
    await store.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("keeps what each of two in the same second has replaced", async () => {
    await backUpAndGoOn();
    await restore();
    expect((await restore()).aside).toBe(`${aside()}-2`);
    expect(typesIn(aside())).toEqual(["a", "b", "later"]);
    expect(typesIn(`${aside()}-2`)).toEqual(["a", "b", "restored"]);
  });

  it("takes the log into what it keeps, and leaves none to the new one", async () => {
    await backUpAndGoOn();
    // As a kill leaves it: the last events are in the log alone.
    const store = await open();
    await append(store, "in the log");
    const left = [path, `${path}-wal`].map((file) => [file, readFileSync(file)] as const);
    await store.close();
    for (const [file, bytes] of left) writeFileSync(file, bytes);
    await restore();
    expect(typesIn(aside())).toEqual(["a", "b", "later", "in the log"]);
    expect(typesIn(path)).toEqual(["a", "b", "restored"]);
  });

  it("leaves no key in the database", async () => {
    await backUpAndGoOn();
    expect(readFileSync(copy).includes(KEY.toString("base64"))).toBe(true);
    await restore();
    expect(readFileSync(path).includes(KEY.toString("base64"))).toBe(false);
    expect(() => change(path, "select * from henkin_backup")).toThrow("no such table");
  });

  it("also replaces a database that is broken", async () => {
    await backUpAndGoOn();
    writeFileSync(path, "x".repeat(10_000));
    await restore();
    expect(typesIn(path)).toEqual(["a", "b", "restored"]);
    expect(readFileSync(aside(), "utf8")).toBe("x".repeat(10_000));
  });

  it("works where nothing was", async () => {
    await backUpAndGoOn();
    rmSync(data, { recursive: true });
    mkdirSync(data);
    expect((await restore()).aside).toBeNull();
    expect(typesIn(path)).toEqual(["a", "b", "restored"]);
  });

  it("touches nothing where the backup is broken, or not accepted", async () => {
    await backUpAndGoOn();
    const refuse = () => {
      throw new Error("no");
    };
    expect(await failureOf(restore(refuse))).toMatchObject({ code: "restore_failed" });
    change(copy, `${FREE} update event set at = 9`);
    expect(await failureOf(restore())).toMatchObject({ code: "backup_broken" });
    expect(typesIn(path)).toEqual(["a", "b", "later"]);
    expect(readdirSync(data).filter((name) => /part|before/.test(name))).toEqual([]);
  });

  it("waits for nobody who has the database open, and touches nothing then", async () => {
    await backUpAndGoOn();
    const reader = new SqliteDatabase(path);
    reader.exec("begin; select * from event");
    expect(await failureOf(restore())).toMatchObject({ code: "database_busy" });
    reader.close();
    expect(typesIn(path)).toEqual(["a", "b", "later"]);
    expect(readdirSync(data).filter((name) => /part|before/.test(name))).toEqual([]);
  }, 20_000);
});

describe("the key of a restored backup", () => {
  const keyFile = () => join(data, "henkin.key");
  const mark = markOf(KEY);
  beforeEach(() => mkdirSync(data));

  it("is laid down where there is none, for its owner alone", () => {
    settleDataKey(undefined, path, { mark, dataKey: KEY });
    expect(readFileSync(keyFile(), "utf8").trim()).toBe(KEY.toString("base64"));
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  });

  it("is not laid down where DATA_KEY is it", () => {
    settleDataKey(KEY, path, { mark, dataKey: null });
    expect(existsSync(keyFile())).toBe(false);
  });

  it("is not put over another", () => {
    writeFileSync(keyFile(), Buffer.alloc(32, 1).toString("base64"));
    const before = readFileSync(keyFile());
    const settle = () => settleDataKey(undefined, path, { mark, dataKey: KEY });
    expect(settle).toThrow(/henkin.key is not the key that this backup was written with/);
    expect(readFileSync(keyFile())).toEqual(before);
  });

  it("must be DATA_KEY where that is set", () => {
    const settle = () => settleDataKey(Buffer.alloc(32, 1), path, { mark, dataKey: KEY });
    expect(settle).toThrow(/the setting DATA_KEY is not the key/);
  });

  it("must be somewhere", () => {
    const settle = () => settleDataKey(undefined, path, { mark, dataKey: null });
    expect(settle).toThrow(/neither in it nor here/);
    expect(existsSync(keyFile())).toBe(false);
  });
});

describe("the age of the last backup", () => {
  it.each([
    [null, 0, "warn", "none was made yet"],
    [0, 7 * DAY_MS, "ok", "1970-01-01T00:00:00.000Z, 7 days ago"],
    [0, 8 * DAY_MS, "warn", "8 days ago"],
  ] as const)("made at %j is told of at %i: %s", async (at, now, level, words) => {
    await make();
    if (at !== null) await recordBackup(path, ["shop"], at);
    const store = await open();
    const finding = await store.read((tx) => findBackupAge(tx, now));
    await store.close();
    expect(finding).toMatchObject({ level, message: expect.stringContaining(words) });
    expect(finding.mend === null).toBe(level === "ok");
  });
});
