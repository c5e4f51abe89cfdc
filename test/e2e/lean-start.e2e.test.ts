// What a command loads is what its user waits for: no library before it is needed.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresInstalled, startPostgres } from "../support/postgres.ts";
import { runCommand, startWorker, stopAll } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-lean-"));
  await writeFile(join(directory, "payments.json"), "[]");
  await writeFile(
    join(directory, "note.mjs"),
    `import { appendFileSync } from "node:fs";
     export async function resolve(name, context, next) {
       const found = await next(name, context);
       appendFileSync(process.env.LOADED, found.url + "\\n");
       return found;
     }`,
  );
  await writeFile(
    join(directory, "watch.mjs"),
    `import { appendFileSync } from "node:fs";
     import { createRequire, register } from "node:module";
     register("./note.mjs", import.meta.url);
     const { cache } = createRequire(import.meta.url);
     process.on("exit", () => {
       for (const file of Object.keys(cache)) appendFileSync(process.env.LOADED, file + "\\n");
     });`,
  );
});

afterAll(async () => {
  await stopAll();
  await rm(directory, { recursive: true });
});

/** The files that a command has loaded by its end, as paths or URLs. */
async function filesOf(...args: string[]): Promise<string[]> {
  const list = join(directory, `${args.join(" ")}.txt`);
  const watching = `--import=${pathToFileURL(join(directory, "watch.mjs")).href}`;
  const env = { ...FILE_SETTINGS, NODE_OPTIONS: watching, LOADED: list };
  const { code } = await runCommand(args, { cwd: directory, env, timeoutMs: PATIENCE_MS });
  expect(code).toBe(0);
  const files = (await readFile(list, "utf8")).split("\n");
  expect(files.some((file) => file.endsWith("/dist/main.js"))).toBe(true);
  return files;
}

/** By a word of each library that the build puts into its own files. */
const BUILT_IN = { kysely: "SelectQueryBuilder", zod: "ZodObject" };

async function builtIn(files: readonly string[]): Promise<string[]> {
  const own = files.filter((file) => file.startsWith("file:") && file.includes("/dist/"));
  const texts = await Promise.all(own.map((file) => readFile(fileURLToPath(file), "utf8")));
  return Object.entries(BUILT_IN).flatMap(([name, word]) =>
    texts.some((text) => text.includes(word)) ? [name] : [],
  );
}

const packagesOf = async (...args: string[]) => packagesIn(await filesOf(...args));

/** Of a worker that has run for a while. */
async function packagesOfWorker(settings: Record<string, string>): Promise<string[]> {
  const list = join(directory, `worker on ${settings["DATABASE_URL"]?.split(":")[0]}.txt`);
  const watching = `--import=${pathToFileURL(join(directory, "watch.mjs")).href}`;
  const env = { ...FILE_SETTINGS, ...settings, NODE_OPTIONS: watching, LOADED: list };
  const worker = startWorker({ cwd: directory, env: { ...env, LOG_LEVEL: "info" } });
  await worker.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
  await pause(2_000);
  worker.kill();
  expect(await worker.exited).toMatchObject({ code: 0 });
  return packagesIn((await readFile(list, "utf8")).split("\n"));
}

async function packagesIn(files: readonly string[]): Promise<string[]> {
  const names = files.map((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const installed = names.filter((name) => name !== undefined);
  return [...new Set([...installed, ...(await builtIn(files))])].sort();
}

describe("henkin", { timeout: TIMEOUT_MS }, () => {
  test.each(["--version", "--help", "help run", "tickets --help"])(
    "%s loads no library",
    async (line) => {
      expect(await packagesOf(...line.split(" "))).toEqual([]);
    },
  );

  test("a worker without IMAP, SMTP and Stripe loads none of their libraries, and tickets only what it reads with", async () => {
    const loaded = await packagesOf("run", "--once");
    expect(loaded).toContain("handlebars");
    for (const name of ["imapflow", "stripe", "mailparser", "prom-client", "openid-client"]) {
      expect(loaded).not.toContain(name);
    }
    expect(loaded).not.toContain("mailauth");
    // On the database that the worker has made.
    expect(await packagesOf("tickets")).toEqual([
      "better-sqlite3",
      "bindings",
      "file-uri-to-path",
      "kysely",
      "zod",
    ]);
  });

  test.skipIf(!postgresInstalled())(
    "a worker loads what many workers need where the database is on a server, and nowhere else",
    async () => {
      const ofMany = ["@dbos-inc/dbos-sdk", "pg"];
      const postgres = await startPostgres();
      try {
        const DATABASE_URL = await postgres.createDatabase();
        const DATA_KEY = Buffer.alloc(32, 7).toString("base64");
        expect(await packagesOfWorker({ DATABASE_URL, DATA_KEY })).toEqual(
          expect.arrayContaining(ofMany),
        );
      } finally {
        await postgres.stop();
      }
      const alone = await packagesOfWorker({ DATABASE_URL: "sqlite:alone.db" });
      expect(alone).toContain("better-sqlite3");
      expect(alone.filter((name) => ofMany.includes(name) || name.startsWith("pg-"))).toEqual([]);
    },
  );

  test("what reads the database loads few files: each takes a part of a millisecond", async () => {
    const files = (await filesOf("tickets")).filter((file) => /^(?:file:|\/)/.test(file));
    expect(new Set(files).size).toBeLessThan(60);
  });
});
