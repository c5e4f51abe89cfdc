// What a worker on a PostgreSQL server refuses: each ends by itself, and says why.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";
import { runCommand, startWorker, stopAll } from "../support/worker.ts";
import { FILE_SETTINGS, PATIENCE_MS, TIMEOUT_MS } from "./rig.ts";

const keyOf = (byte: number) => Buffer.alloc(32, byte).toString("base64");

describe.skipIf(!postgresInstalled())("on PostgreSQL", { timeout: TIMEOUT_MS }, () => {
  let postgres: Postgres;
  let directory: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "henkin-postgres-"));
    await writeFile(join(directory, "payments.json"), "[]");
    const DATABASE_URL = await postgres.createDatabase();
    env = { ...FILE_SETTINGS, LOG_LEVEL: "info", DATABASE_URL, DATA_KEY: keyOf(7) };
  });
  afterEach(async () => {
    await stopAll();
    await rm(directory, { recursive: true });
  });

  const henkin = (args: string[], change: Record<string, string> = {}) =>
    runCommand(args, { cwd: directory, env: { ...env, ...change }, timeoutMs: PATIENCE_MS });

  test("a worker with another DATA_KEY does not start, and the first key stays the one", async () => {
    expect(await henkin(["run", "--once"])).toMatchObject({ code: 0 });
    for (const command of [["run"], ["run", "--once"], ["tickets"]]) {
      const { code, stderr } = await henkin(command, { DATA_KEY: keyOf(8) });
      expect({ command, code }).toEqual({ command, code: 78 });
      expect(stderr).toMatch(/DATA_KEY: .* is not the key/);
    }
    expect(await henkin(["run", "--once"])).toMatchObject({ code: 0 });
  });

  test("DATA_KEY must be set", async () => {
    const { code, stderr } = await henkin(["run"], { DATA_KEY: "" });
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/DATA_KEY: is required/),
    });
  });

  test("a second worker of the same name is refused while the first runs", async () => {
    const first = startWorker({ cwd: directory, env });
    await first.waitForLog(({ msg }) => msg === "henkin is at work", PATIENCE_MS);
    expect(await henkin(["run"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Another worker named "),
    });
    first.kill();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await henkin(["run", "--once"])).toMatchObject({ code: 0 });
  });

  test("what is of a file alone says so", async () => {
    for (const command of [
      ["backup", "copy.db"],
      ["restore", "copy.db"],
    ]) {
      const { code, stderr } = await henkin(command);
      expect({ command, code }).toEqual({ command, code: 1 });
      expect(stderr).toContain("pg_dump");
      expect(stderr).not.toContain("s3cret");
    }
  });
});
