import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand, startWorker, stopAll } from "./worker.ts";

// Stands in for henkin: logs to stderr, prints to stdout, ends on SIGTERM or on its own.
const script = `
const log = (line) => process.stderr.write(line + "\\n");
process.on("SIGTERM", () => {
  log(JSON.stringify({ level: 30, msg: "stopping" }));
  process.exit(0);
});
const [command, ...rest] = process.argv.slice(2);
if (command === "run") {
  console.log("hello");
  log("not JSON");
  log(JSON.stringify({ level: 30, msg: "started", job: 7 }));
  setInterval(() => {}, 1_000);
} else if (command === "env") {
  console.log(JSON.stringify({ env: process.env, cwd: process.cwd(), rest }));
} else if (command === "cat") {
  process.stdin.pipe(process.stdout);
} else if (command === "fail") {
  log(JSON.stringify({ level: 60, msg: "bad settings" }));
  process.exitCode = 78;
}
`;

let cwd: string;
let path: string;

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "henkin-worker-")));
  path = join(cwd, "main.mjs");
  await writeFile(path, script);
});

afterEach(async () => {
  await stopAll();
  await rm(cwd, { recursive: true });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("startWorker", () => {
  test("reads the log as pino writes it, and other lines as they are", async () => {
    const worker = startWorker({ cwd, env: {}, path });
    const line = await worker.waitForLog(({ msg }) => msg === "started");
    expect(line).toMatchObject({ level: 30, job: 7 });
    expect(worker.stderr[0]).toEqual({ raw: "not JSON" });
    expect(await worker.waitForLog(({ msg }) => msg === "started")).toBe(line);
  });

  test("ends by SIGTERM and has all output by then", async () => {
    const worker = startWorker({ cwd, env: {}, path });
    await worker.waitForLog(({ msg }) => msg === "started");
    worker.kill();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(worker.stdout).toEqual(["hello"]);
    expect(worker.stderr.at(-1)?.msg).toBe("stopping");
  });

  test("ends by SIGKILL without a word", async () => {
    const worker = startWorker({ cwd, env: {}, path });
    await worker.waitForLog(({ msg }) => msg === "started");
    worker.kill("SIGKILL");
    expect(await worker.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(worker.stderr.some(({ msg }) => msg === "stopping")).toBe(false);
  });

  test("stops waiting for a line when the worker ends, and shows its log", async () => {
    const worker = startWorker({ cwd, env: {}, path, args: ["fail"] });
    await expect(worker.waitForLog(() => false)).rejects.toThrow(/ended before[\s\S]*bad settings/);
    expect((await worker.exited).code).toBe(78);
  });

  test("stops waiting for a line that does not come, and shows the log", async () => {
    const worker = startWorker({ cwd, env: {}, path });
    await worker.waitForLog(({ msg }) => msg === "started");
    await expect(worker.waitForLog(() => false, 20)).rejects.toThrow(/20 ms[\s\S]*started/);
  });

  test("says what to do when henkin is not built", () => {
    const missing = join(cwd, "missing.js");
    expect(() => startWorker({ cwd, env: {}, path: missing })).toThrow("npm run build");
  });
});

describe("stopAll", () => {
  test("leaves no worker alive", async () => {
    const workers = [1, 2].map(() => startWorker({ cwd, env: {}, path }));
    await Promise.all(workers.map((worker) => worker.waitForLog(({ msg }) => msg === "started")));
    await stopAll();
    expect(workers.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
  });
});

describe("runCommand", () => {
  test("gives the child this environment, PATH and nothing else", async () => {
    const { json, code } = await runCommand(["env", "--json"], { cwd, env: { A: "1" }, path });
    expect(code).toBe(0);
    expect(json).toEqual([{ env: { A: "1", PATH: process.env["PATH"] }, cwd, rest: ["--json"] }]);
  });

  test("hands over the input and reads JSON lines among others", async () => {
    const input = 'total 2\n{"number":1}\n{"number":2}\n{broken\n';
    const { json, stdout } = await runCommand(["cat"], { cwd, env: {}, path, input });
    expect(stdout).toBe(input);
    expect(json).toEqual([{ number: 1 }, { number: 2 }]);
  });

  test("tells how a command fails", async () => {
    const result = await runCommand(["fail"], { cwd, env: {}, path, input: "unread" });
    expect(result).toMatchObject({ code: 78, signal: null, stdout: "", json: [] });
    expect(result.stderr).toContain("bad settings");
  });

  test("ends a command that takes too long", async () => {
    const run = runCommand(["run"], { cwd, env: {}, path, timeoutMs: 500 });
    await expect(run).rejects.toThrow("run takes over 500 ms");
  });
});
