// Whole copies beside the database do not outlive their use: what was erased since is still in them.

import {
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCopies } from "../../src/doctor/files.ts";
import { FORGET_WORDS } from "../../src/domain/forget-words.ts";
import { removeOldUpdateCopies } from "../../src/store/kept-copies.ts";

const DAY_MS = 24 * 60 * 60_000;
const MADE = Date.UTC(2026, 10, 21, 18);
const DAY_30 = MADE + 30 * DAY_MS;
const DAY_31 = MADE + 31 * DAY_MS;
const UPDATE = "henkin.db.before-step-8";
const RESTORE = "henkin.db.before-restore-20261121-180000";

let directory: string;
let database: string;
let told: unknown[];
const at = (level: string) => (_fields: object, message: string) =>
  void told.push([level, message]);
const log = { info: at("info"), warn: at("warn"), error: at("error"), debug: at("debug") };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-copies-"));
  database = join(directory, "henkin.db");
  told = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, madeAt = MADE): void {
  writeFileSync(join(directory, name), "x");
  lutimesSync(join(directory, name), madeAt / 1000, madeAt / 1000);
}

const names = () => readdirSync(directory).sort();

describe("the worker's start", () => {
  it("deletes a copy from before an update after 30 days, and says so", () => {
    write(UPDATE);
    removeOldUpdateCopies(database, DAY_30, log);
    expect([names(), told]).toEqual([[UPDATE], []]);
    removeOldUpdateCopies(database, DAY_31, log);
    expect(names()).toEqual([]);
    expect(told).toEqual([["info", expect.stringContaining("older than 30 days; deleted")]]);
  });

  it("deletes what a kill or SQLite has left of one, too", () => {
    for (const end of [".part", "-wal", "-shm", ".part-journal"]) write(`${UPDATE}${end}`);
    removeOldUpdateCopies(database, DAY_31, log);
    expect(names()).toEqual([]);
  });

  it.each([
    RESTORE,
    "henkin.db",
    "henkin.db-wal",
    "henkin.db.part",
    "henkin.db.before-step-8.mine",
    "henkin.db.before-step-x",
    "other.db.before-step-8",
    "henkin-20261121-180000.db",
  ])("leaves %s", (name) => {
    write(name);
    removeOldUpdateCopies(database, DAY_31, log);
    expect([names(), told]).toEqual([[name], []]);
  });

  it("follows no link, and goes on where one cannot be deleted", () => {
    write("mine");
    symlinkSync("mine", join(directory, UPDATE));
    lutimesSync(join(directory, UPDATE), MADE / 1000, MADE / 1000);
    removeOldUpdateCopies(database, DAY_31, log);
    expect(names()).toEqual(["mine"]);
    mkdirSync(join(directory, UPDATE));
    removeOldUpdateCopies(database, DAY_31 + Date.now(), log);
    expect(told.at(-1)).toEqual(["warn", expect.stringContaining("could not be deleted")]);
  });

  it("looks for none beside a database in memory", () => {
    removeOldUpdateCopies(":memory:", DAY_31, log);
    expect(told).toEqual([]);
  });
});

describe("doctor", () => {
  it.each([
    [UPDATE, "The worker's next start does it, too."],
    [RESTORE, "once you trust the restored database"],
  ])("names %s after 30 days, with the mend", (name, words) => {
    // A restore keeps the time of the last write before it.
    write(name, name === RESTORE ? MADE - 90 * DAY_MS : MADE);
    expect(checkCopies(database, DAY_30)).toEqual([]);
    expect(checkCopies(database, DAY_31)).toMatchObject([
      { level: "warn", check: "copies", mend: expect.stringContaining(words) },
    ]);
    expect(checkCopies(database, DAY_31)[0]?.mend).toContain(`rm ${join(directory, name)}`);
  });
});

it.each(["ja", "en"] as const)("what henkin cannot reach names both kinds (%s)", (locale) => {
  expect(FORGET_WORDS[locale].outOfReach).toMatch(/before-step-.*before-restore-/);
});
