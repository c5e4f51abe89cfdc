// What a command loads is what its user waits for: no library before it is needed.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/worker.ts";
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

afterAll(() => rm(directory, { recursive: true }));

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

async function packagesOf(...args: string[]): Promise<string[]> {
  const files = await filesOf(...args);
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

  test("what reads the database loads few files: each takes a part of a millisecond", async () => {
    const files = (await filesOf("tickets")).filter((file) => /^(?:file:|\/)/.test(file));
    expect(new Set(files).size).toBeLessThan(60);
  });
});
