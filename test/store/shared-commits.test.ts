// Writes asked for at once share a commit, and nothing else.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openFile, tablesOf } from "../../src/store/connection.ts";
import type { Schema } from "../../src/store/schema.ts";
import { type SharedCommits, shareCommits } from "../../src/store/shared-commits.ts";

let directory: string;
let db: Kysely<Schema>;
let other: SqliteDatabase.Database;
let commits: SharedCommits;
let counted: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-commits-"));
  const path = join(directory, "shop.db");
  db = tablesOf(openFile(path));
  other = new SqliteDatabase(path);
  other.exec("create table noted (word text)");
  counted = 0;
  const begin = async () => undefined;
  commits = shareCommits(db, begin, () => {
    counted += 1;
  });
});
afterEach(async () => {
  other.close();
  await db.destroy();
  rmSync(directory, { recursive: true });
});

const put = (word: string) => (connection: Kysely<Schema>) =>
  sql`insert into noted values (${word})`.execute(connection);
const note = (word: string) => commits.write(put(word));
/** As another process sees it. */
const noted = () => other.prepare("select word from noted").pluck().all();

it("those that are asked for at once are durable at once, before anyone hears of it", async () => {
  const seen = ["a", "b", "c"].map((word) => note(word).then(noted));
  expect(await Promise.all(seen)).toEqual(Array(3).fill(["a", "b", "c"]));
  expect(counted).toBe(1);
});

it("one that is asked for some turns later is durable with those before", async () => {
  const first = note("a").then(noted);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const second = note("b").then(noted);
  expect(await Promise.all([first, second])).toEqual(Array(2).fill(["a", "b"]));
  expect(counted).toBe(1);
});

it("they see one another in the order they were asked for", async () => {
  const count = (connection: Kysely<Schema>) =>
    sql<{ n: number }>`select count(*) as n from noted`.execute(connection);
  const seen = await Promise.all([
    note("a"),
    commits.write(count),
    note("b"),
    commits.write(count),
  ]);
  expect(seen.map(({ rows }) => rows)).toEqual([[], [{ n: 1 }], [], [{ n: 2 }]]);
});

it("one that fails takes itself back, and no other", async () => {
  const failing = commits.write(async (connection) => {
    await put("half")(connection);
    throw new TypeError("a bug");
  });
  const all = await Promise.allSettled([note("a"), failing, note("b")]);
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await expect(failing).rejects.toThrow("a bug");
  expect(noted()).toEqual(["a", "b"]);
});

it("a lone one that fails leaves nothing", async () => {
  const failing = commits.write(async (connection) => {
    await put("half")(connection);
    throw new TypeError("a bug");
  });
  await expect(failing).rejects.toThrow("a bug");
  expect([noted(), counted]).toEqual([[], 0]);
  await note("next");
  expect(noted()).toEqual(["next"]);
});

it("none counts where the database rolls all of them back", async () => {
  const failing = commits.write(async (connection) => {
    await sql`rollback`.execute(connection);
    throw new TypeError("the disk is full");
  });
  const all = await Promise.allSettled([note("a"), failing, note("b")]);
  expect(all).toEqual(
    Array(3).fill({ status: "rejected", reason: new TypeError("the disk is full") }),
  );
  expect([noted(), counted]).toEqual([[], 0]);
  await note("next");
  expect(noted()).toEqual(["next"]);
});

it("none counts where the commit itself fails", async () => {
  other.exec("create table parent (id integer primary key)");
  other.exec(
    "create table child (id integer references parent (id) deferrable initially deferred)",
  );
  const orphan = commits.write((connection) =>
    sql`insert into child values (1)`.execute(connection),
  );
  const all = await Promise.allSettled([note("a"), orphan, note("b")]);
  expect(all.map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
  expect([noted(), counted]).toEqual([[], 0]);
});

it("more than share one commit come in the next", async () => {
  const words = Array.from({ length: 200 }, (_none, at) => String(at));
  await Promise.all(words.map(note));
  expect(noted()).toEqual(words);
  expect(counted).toBe(4);
});
