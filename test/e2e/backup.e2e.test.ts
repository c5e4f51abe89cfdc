// Backup, restore and update as an operator meets them, and killed at any moment.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { describe, expect, test as plain } from "vitest";
import { verifyBackup } from "../../src/store/backup.ts";
import { lockForWorker } from "../../src/store/database.ts";
import { NEWEST_STEP } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/store.ts";
import { makeOlderDatabase, stepAt } from "../support/older-database.ts";
import { runCommand, startWorker } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const DISK_BYTES = 2 * 1024 * 1024;

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** A small disk of its own is for root alone, and not for root in every container. */
const canMount = run("unshare", "--mount", "mount", "-t", "tmpfs", "none", tmpdir());
if (!canMount) process.stderr.write("SKIPPED: no small disk can be mounted here\n");

interface Shop {
  readonly directory: string;
  readonly data: string;
  readonly database: string;
  henkin(args: string[], env?: Record<string, string>): ReturnType<typeof runCommand>;
}

const test = plain.extend<{ shop: Shop }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here what a fixture needs.
  shop: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "henkin-backup-"));
    await writeFile(join(directory, "payments.json"), "[]");
    const data = join(directory, "data");
    await use({
      directory,
      data,
      database: join(data, "henkin.db"),
      henkin: (args, env = {}) =>
        runCommand(args, {
          cwd: directory,
          env: { ...FILE_SETTINGS, ...env },
          timeoutMs: PATIENCE_MS,
        }),
    });
    await rm(directory, { recursive: true });
  },
});

/** With so many events, of which the last tells it from others. */
async function makeShop({ henkin, database }: Shop, bytes = 0): Promise<void> {
  expect(await henkin(["run", "--once"])).toMatchObject({ code: 0 });
  if (bytes === 0) return;
  const file = new SqliteDatabase(database);
  file
    .prepare(
      "insert into message select 'shop', ?, null, '', '', 1, 1, ?, 0, 'other', 'processed', null, null, null",
    )
    .run("large", Buffer.alloc(bytes, 1));
  file.close();
}

function events(path: string): string[] {
  const file = new SqliteDatabase(path);
  try {
    return file.prepare("select type from event order by seq").pluck().all() as string[];
  } finally {
    file.close();
  }
}

async function appears(look: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    if (look()) return;
    await pause(1);
  }
  throw new Error("it did not appear");
}

/** Starts a command and kills it once this is to be seen, or lets it end where it was quicker. */
async function killWhen(shop: Shop, args: string[], look: () => boolean): Promise<boolean> {
  const worker = startWorker({ cwd: shop.directory, env: { ...FILE_SETTINGS }, args });
  await Promise.race([appears(look), worker.exited]);
  worker.kill("SIGKILL");
  return (await worker.exited).signal === "SIGKILL";
}

describe("henkin backup", { timeout: TIMEOUT_MS }, () => {
  test("writes one verified file while the worker runs", async ({ shop }) => {
    await makeShop(shop);
    const worker = startWorker({ cwd: shop.directory, env: { ...FILE_SETTINGS } });
    await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
    const made = await shop.henkin(["backup", "copy.db"]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/copy\.db is whole: 0 tickets, \d+ events, .* with the key, made /);
    expect(made.stdout).toContain("same disk");
    expect(statSync(join(shop.directory, "copy.db")).mode & 0o777).toBe(0o600);
    const checked = await shop.henkin(["backup", "--verify", "copy.db"], { DATABASE_URL: "" });
    expect(checked).toMatchObject({ code: 0, stdout: `${made.stdout.split("\n")[0]}\n` });

    const refused = await shop.henkin(["backup", "copy.db"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/copy\.db exists already\.\n→ Give another name/);
    expect(await shop.henkin(["backup", "copy.db", "--force"])).toMatchObject({ code: 0 });
    const restored = await shop.henkin(["restore", "copy.db"]);
    expect(restored.code).toBe(1);
    expect(restored.stderr).toContain("Another henkin worker is running");
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  test("is what doctor asks for until there is one", async ({ shop }) => {
    const told = async () => {
      const { json } = await shop.henkin(["doctor", "--json"]);
      return (json as { check: string }[]).find(({ check }) => check === "backup");
    };
    await makeShop(shop);
    expect(await told()).toMatchObject({ level: "warn", message: "none was made yet" });
    await shop.henkin(["backup", "copy.db"]);
    expect(await told()).toMatchObject({ level: "ok", mend: null });
  });

  test("is refused without the key, which doctor misses, too", async ({ shop }) => {
    await makeShop(shop);
    const key = join(shop.data, "henkin.key");
    const kept = readFileSync(key);
    const DATA_KEY = Buffer.alloc(32, 7).toString("base64");
    for (const [env, words] of [
      [{ DATA_KEY }, "is not the key"],
      [{}, "henkin.key is missing"],
    ] as const) {
      if (words.endsWith("missing")) rmSync(key);
      const refused = await shop.henkin(["backup", "copy.db"], env);
      expect([refused.code, existsSync(join(shop.directory, "copy.db"))]).toEqual([78, false]);
      const { code, json } = await shop.henkin(["doctor", "--json"], env);
      expect(code).toBe(1);
      expect(json).toContainEqual(
        expect.objectContaining({
          level: "fail",
          check: "database",
          message: expect.stringContaining(words),
        }),
      );
    }
    writeFileSync(key, kept);
    expect(await shop.henkin(["doctor"])).toMatchObject({ code: 0 });
  });

  test("names the files in a folder, and keeps the newest", async ({ shop }) => {
    await makeShop(shop);
    const folder = join(shop.directory, "copies");
    await mkdir(folder);
    const old = ["henkin-20200101-000000.db", "henkin-20200102-000000.db"];
    expect(await shop.henkin(["backup", "copy.db"])).toMatchObject({ code: 0 });
    for (const name of old) await copyFile(join(shop.directory, "copy.db"), join(folder, name));
    const others = ["henkin-20190101-000000.db", "mine.db"];
    for (const name of [...others, "henkin-20200103-000000.db.part"]) {
      await writeFile(join(folder, name), "");
    }
    expect(await shop.henkin(["backup", "copies", "--keep", "2"])).toMatchObject({ code: 0 });
    expect(readdirSync(folder).sort()).toEqual([
      "henkin-20190101-000000.db",
      old[1],
      expect.stringMatching(/^henkin-20\d{6}-\d{6}\.db$/),
      "mine.db",
    ]);
    const refused = await shop.henkin(["backup", "payments.json", "--force"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("no backup")]);
    for (const keep of ["0", "-1", "two"]) {
      expect((await shop.henkin(["backup", "copies", `--keep=${keep}`])).code).toBe(2);
    }
    expect((await shop.henkin(["backup", "file.db", "--keep", "2"])).code).toBe(1);
  });

  test("leaves a DATA_KEY that is a setting out, and says so", async ({ shop }) => {
    const env = { DATA_KEY: Buffer.alloc(32, 5).toString("base64") };
    expect(await shop.henkin(["run", "--once"], env)).toMatchObject({ code: 0 });
    const { stdout } = await shop.henkin(["backup", "copy.db"], env);
    expect(stdout).toContain("without the key");
    expect(stdout).toContain("Not in it: DATA_KEY");
    expect(readFileSync(join(shop.directory, "copy.db")).includes(env.DATA_KEY)).toBe(false);
    rmSync(shop.data, { recursive: true });
    const refused = await shop.henkin(["restore", "copy.db"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("neither in it")]);
    expect(existsSync(shop.database)).toBe(false);
    expect(await shop.henkin(["restore", "copy.db"], env)).toMatchObject({ code: 0 });
    expect(await shop.henkin(["run", "--once"], env)).toMatchObject({ code: 0 });
  });

  test.for([
    ["the database itself", ["backup", "data/henkin.db", "--force"], "belongs to the database"],
    ["the key", ["backup", "data/henkin.key", "--force"], "belongs to the database"],
    ["a folder that is missing", ["backup", "none/copy.db"], "there is no folder"],
    ["a file as a folder", ["backup", "payments.json/copy.db"], "there is no folder"],
    ["a backup that is none", ["backup", "--verify", "payments.json"], "is no whole backup"],
    ["a backup that is missing", ["restore", "none.db"], "there is no such file"],
  ] as const)("refuses %s, and touches nothing", async ([, args, words], { shop }) => {
    await makeShop(shop);
    const before = [readdirSync(shop.directory), events(shop.database)];
    const { code, stdout, stderr } = await shop.henkin([...args]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([readdirSync(shop.directory), events(shop.database)]).toEqual(before);
  });

  test.skipIf(!canMount)("leaves nothing on a disk without room", async ({ shop }) => {
    await makeShop(shop, 2 * DISK_BYTES);
    const disk = join(shop.directory, "disk");
    await mkdir(disk);
    run("mount", "-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "none", disk);
    try {
      const { code, stderr } = await shop.henkin(["backup", "disk/copy.db"]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be written \(.*full/)]);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      run("umount", "-l", disk);
    }
  });

  test("killed at any moment leaves the older backup or the new one", async ({ shop }) => {
    await makeShop(shop, 12 * 1024 * 1024);
    const copy = join(shop.directory, "copy.db");
    const draft = `${copy}.part`;
    expect(await shop.henkin(["backup", "copy.db"])).toMatchObject({ code: 0 });
    const size = (path: string) => (existsSync(path) ? statSync(path).size : 0);
    const moments = [
      () => existsSync(draft),
      () => size(draft) > 4 * 1024 * 1024,
      () => size(draft) > 10 * 1024 * 1024,
      () => existsSync(`${draft}-journal`),
    ];
    const killed: boolean[] = [];
    for (const moment of moments) {
      rmSync(draft, { force: true });
      killed.push(await killWhen(shop, ["backup", "copy.db", "--force"], moment));
      expect((await verifyBackup(copy)).rows).toMatchObject({ message: 1 });
    }
    expect(killed).toContain(true);
    expect(await shop.henkin(["backup", "copy.db", "--force"])).toMatchObject({ code: 0 });
    expect(readdirSync(shop.directory).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

describe("henkin restore", { timeout: TIMEOUT_MS }, () => {
  test("brings back database and key, and starts without paying", async ({ shop }) => {
    await makeShop(shop);
    await shop.henkin(["backup", "copy.db"]);
    const key = readFileSync(join(shop.data, "henkin.key"));
    rmSync(shop.data, { recursive: true });
    const { code, stdout } = await shop.henkin(["restore", "copy.db"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("resume --i-am-the-only-one")]);
    expect(readFileSync(join(shop.data, "henkin.key"))).toEqual(key);
    expect(statSync(join(shop.data, "henkin.key")).mode & 0o777).toBe(0o600);
    for (let start = 0; start < 2; start += 1) {
      const { stderr } = await shop.henkin(["run", "--once"]);
      expect(stderr).toContain("has started without paying: a backup was restored");
    }
    expect((await shop.henkin(["resume", "--i-am-the-only-one"])).code).toBe(0);
    expect((await shop.henkin(["run", "--once"])).stderr).not.toContain("without paying");
    expect((await shop.henkin(["audit", "verify"])).code).toBe(0);
  });

  test("pauses the start also where nothing has happened since", async ({ shop }) => {
    await makeShop(shop);
    await shop.henkin(["backup", "copy.db"]);
    await shop.henkin(["restore", "copy.db"]);
    expect(events(shop.database).at(-1)).toBe("restored");
    const { stderr } = await shop.henkin(["run", "--once"]);
    expect(stderr).toContain("has started without paying: a backup was restored");
  });

  test("refuses another installation's key and a newer schema", async ({ shop }) => {
    await makeShop(shop);
    await shop.henkin(["backup", "copy.db"]);
    const keyFile = join(shop.data, "henkin.key");
    const key = readFileSync(keyFile);
    writeFileSync(keyFile, Buffer.alloc(32, 1).toString("base64"));
    const other = await shop.henkin(["restore", "copy.db"]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("is not the key")]);
    // A start with it is refused as well.
    const start = await shop.henkin(["run", "--once"]);
    expect([start.code, start.stderr]).toEqual([78, expect.stringContaining("is not the key")]);
    writeFileSync(keyFile, key);
    const copy = new SqliteDatabase(join(shop.directory, "copy.db"));
    copy.exec("insert into schema_migration values (999, 'the future', 'x', 1)");
    copy.close();
    const newer = await shop.henkin(["restore", "copy.db"]);
    expect([newer.code, newer.stderr]).toEqual([1, expect.stringContaining("schema step 999")]);
    expect(readdirSync(shop.data).filter((name) => /before|part/.test(name))).toEqual([]);
    expect(await shop.henkin(["run", "--once"])).toMatchObject({ code: 0 });
  });

  test("killed at any moment leaves the old database or the new one", async ({ shop }) => {
    await makeShop(shop, 12 * 1024 * 1024);
    await shop.henkin(["backup", "copy.db"]);
    await shop.henkin(["stop"]);
    const old = events(shop.database);
    const draft = `${shop.database}.part`;
    const size = () => (existsSync(draft) ? statSync(draft).size : 0);
    const isAside = () => readdirSync(shop.data).some((name) => name.includes("before-restore"));
    const moments = [
      () => size() > 0,
      () => size() > 10 * 1024 * 1024,
      () => existsSync(`${draft}-journal`),
      isAside,
    ];
    const killed: boolean[] = [];
    for (const moment of moments) {
      killed.push(await killWhen(shop, ["restore", "copy.db"], moment));
      const now = events(shop.database);
      if (now.at(-1) !== "restored") expect(now).toEqual(old);
      const store = await openStore({ path: shop.database, shopId: "shop", now: () => 1 });
      expect((await store.verifyAudit()).problem).toBeNull();
      await store.close();
    }
    expect(killed).toContain(true);
    expect(await shop.henkin(["restore", "copy.db"])).toMatchObject({ code: 0 });
    expect(events(shop.database).at(-1)).toBe("restored");
    expect(existsSync(draft)).toBe(false);
    expect(await shop.henkin(["run", "--once"])).toMatchObject({ code: 0 });
  });
});

describe("an update", { timeout: TIMEOUT_MS }, () => {
  test("waits for the older worker, and copies the database first", async ({ shop }) => {
    await makeOlderDatabase(shop.database, 1);
    const unlock = lockForWorker(shop.database);
    const early = await shop.henkin(["tickets"]);
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining("Stop all workers of that version"),
    ]);
    expect(await shop.henkin(["backup", "copy.db"])).toMatchObject({ code: 0 });
    expect(stepAt(shop.database)).toBe(1);
    unlock();
    expect(await shop.henkin(["audit", "verify"])).toMatchObject({ code: 0 });
    expect(stepAt(shop.database)).toBe(NEWEST_STEP);
    expect(stepAt(`${shop.database}.before-step-2`)).toBe(1);
  });

  test("leaves a copy for 30 days, which the worker minds", async ({ shop }) => {
    await makeShop(shop);
    const copy = `${shop.database}.before-step-2`;
    writeFileSync(copy, "");
    expect((await shop.henkin(["run", "--once"])).code).toBe(0);
    expect(existsSync(copy)).toBe(true);
    const old = Date.now() / 1000 - 31 * 24 * 60 * 60;
    utimesSync(copy, old, old);
    const { stderr } = await shop.henkin(["run", "--once"]);
    expect(stderr).toContain("older than 30 days; deleted");
    expect(existsSync(copy)).toBe(false);
  });

  test("is told in the audit trail, once", async ({ shop }) => {
    await makeShop(shop);
    const told = () => {
      const file = new SqliteDatabase(shop.database);
      const find = file.prepare("select data from event where type = 'version_changed'").pluck();
      const all = find.all().map((data) => JSON.parse(String(data)));
      file.exec("update switch set value = '0.0.1, schema step 1' where name = 'version'");
      file.close();
      return all;
    };
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const to = `${JSON.parse(manifest).version}, schema step ${NEWEST_STEP}`;
    expect(told()).toEqual([{ from: null, to }]);
    for (let start = 0; start < 2; start += 1) {
      expect(await shop.henkin(["run", "--once"])).toMatchObject({ code: 0 });
    }
    expect(told()).toEqual([
      { from: null, to },
      { from: "0.0.1, schema step 1", to },
    ]);
  });

  test("killed half-way leaves the old database or the new one", async ({ shop }) => {
    await makeOlderDatabase(shop.database, 5);
    // The step that fills in keys of names takes its time.
    const file = new SqliteDatabase(shop.database);
    const columns = (file.pragma("table_info(ticket)") as { name: string }[]).map(
      ({ name }) => ({ id: "'t' || n", number: "1000 + n", opened_by: "'m' || n" })[name] ?? name,
    );
    file.exec(
      `with recursive up(n) as (select 1 union all select n + 1 from up where n < 20000)
       insert into ticket select ${columns.join(", ")} from ticket join up where id = 'x'`,
    );
    file.close();
    const copy = `${shop.database}.before-step-6`;
    let killed = 0;
    for (let wait = 0; wait < 3; wait += 1) {
      rmSync(copy, { force: true });
      const begun = async () => {
        await appears(() => existsSync(copy));
        await pause(wait * 40);
      };
      const worker = startWorker({
        cwd: shop.directory,
        env: { ...FILE_SETTINGS },
        args: ["tickets"],
      });
      await Promise.race([begun(), worker.exited]);
      worker.kill("SIGKILL");
      if ((await worker.exited).signal === "SIGKILL") killed += 1;
      const step = stepAt(shop.database);
      expect([5, NEWEST_STEP]).toContain(step);
      if (step === NEWEST_STEP) break;
      expect(stepAt(copy)).toBe(5);
    }
    expect(killed).toBeGreaterThan(0);
    expect(await shop.henkin(["audit", "verify"])).toMatchObject({ code: 0 });
    expect(stepAt(shop.database)).toBe(NEWEST_STEP);
  });

  test("to an older version is refused with exit code 1", async ({ shop }) => {
    await makeShop(shop);
    const file = new SqliteDatabase(shop.database);
    file.exec("insert into schema_migration values (999, 'the future', 'x', 1)");
    file.close();
    for (const command of [["run", "--once"], ["tickets"], ["backup", "copy.db"]]) {
      const { code, stderr } = await shop.henkin(command);
      expect([code, stderr]).toEqual([1, expect.stringContaining('schema step 999 "the future"')]);
    }
    expect(existsSync(join(shop.directory, "copy.db"))).toBe(false);
  });
});
