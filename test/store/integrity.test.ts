import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkFile } from "../../src/doctor/database.ts";
import { checkIntegrity } from "../../src/store/integrity.ts";
import { FakeClock } from "../support/fake-clock.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-integrity-"));
  path = join(directory, "henkin.db");
  const file = new SqliteDatabase(path);
  file.exec("create table message (id integer primary key, raw text); create table ticket (n)");
  const insert = file.prepare("insert into message (raw) values (?)");
  for (let row = 0; row < 200; row += 1) insert.run("x".repeat(1_000));
  file.exec("insert into ticket values (1)");
  file.close();
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Overwrites a page, as a failing disk does: the one on which a table begins, or the last. */
function spoil(table: string | null): void {
  const file = new SqliteDatabase(path);
  const sql = "select rootpage from sqlite_schema where name = ?";
  const root = file.prepare<[string | null], number>(sql).pluck().get(table);
  const bytes = file.serialize();
  file.close();
  const size = bytes.readUInt16BE(16);
  const page = root ?? bytes.length / size;
  bytes.fill(0xff, (page - 1) * size, page * size);
  writeFileSync(path, bytes);
}

const inTime = () => false;

test("a sound file has no problems", () => {
  expect(checkIntegrity(path, { isLate: inTime })).toEqual({ problems: [], left: [] });
  expect(checkFile(path, new FakeClock())).toMatchObject([{ level: "ok", check: "integrity" }]);
});

test.each(["ticket", null])("a spoilt page is told, with what to do (%s)", (table) => {
  spoil(table);
  const [finding] = checkFile(path, new FakeClock());
  expect(finding).toMatchObject({ level: "fail", check: "integrity" });
  expect(finding?.mend).toContain("backup");
});

test("what SQLite finds in a readable file is told in its words", () => {
  const file = new SqliteDatabase(path);
  file.unsafeMode();
  file.exec("insert into ticket values (null); pragma writable_schema = on");
  file.exec(
    "update sqlite_schema set sql = 'create table ticket (n not null)' where name = 'ticket'",
  );
  file.close();
  expect(checkFile(path, new FakeClock())).toMatchObject([
    { level: "fail", message: "NULL value in ticket.n", mend: expect.stringContaining("backup") },
  ]);
});

test("a file that is no database is told in the same way", () => {
  writeFileSync(path, "no database at all, and long enough to hold a header".repeat(100));
  const [finding] = checkFile(path, new FakeClock());
  expect(finding).toMatchObject({ level: "fail", check: "integrity" });
});

test("once time is over the rest is left, and of a large file the raw mails", () => {
  let looks = 0;
  const isLate = () => {
    looks += 1;
    return looks > 1;
  };
  expect(checkIntegrity(path, { isLate })).toEqual({ problems: [], left: ["message"] });
  const large = checkIntegrity(path, { isLate: inTime, largeBytes: 1_000 });
  expect(large).toEqual({ problems: [], left: ["message"] });
});
