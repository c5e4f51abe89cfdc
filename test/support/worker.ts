// Drives henkin as its operator does: a child process, with its settings, output and signals.

import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { secretsOf, watch } from "./log-guard.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Run {
  cwd: string;
  /** All of the child's environment but PATH: nothing of the developer's own settings. */
  env: Record<string, string>;
  /** Another script than the built henkin. */
  path?: string;
}

/** A line of pino, or a line that is none and has only its raw text. */
export interface LogLine {
  raw: string;
  level?: number;
  msg?: string;
  [field: string]: unknown;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Worker {
  readonly pid: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly LogLine[];
  /** After the last line of output. */
  readonly exited: Promise<Exit>;
  kill(signal?: NodeJS.Signals): void;
  /** As at its keyboard. */
  type(text: string): void;
  /** The first line of stderr, written already or yet to come, that the predicate accepts. */
  waitForLog(predicate: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine>;
}

export interface CommandResult extends Exit {
  stdout: string;
  stderr: string;
  /** From the start of the process to its first output; null where there was none. */
  firstMs: number | null;
  /** The lines of stdout that are JSON objects, as --json prints them. */
  json: Record<string, unknown>[];
}

/** Everything started here that still runs. */
const running = new Map<ChildProcess, Promise<Exit>>();

// The last resort of a test that forgot stopAll(), or that is ended before it gets there.
process.on("exit", () => {
  for (const child of running.keys()) {
    child.kill("SIGKILL");
  }
});

/** For afterEach: nothing started here outlives its test. */
export async function stopAll(): Promise<void> {
  const exits = [...running.values()];
  for (const child of running.keys()) {
    child.kill("SIGKILL");
  }
  await Promise.all(exits);
}

export function startWorker({ args = ["run"], ...run }: Run & { args?: string[] }): Worker {
  const { child, exited } = launch(args, run);
  const stdout: string[] = [];
  const stderr: LogLine[] = [];
  const events = new EventEmitter();
  let ended = false;

  const secrets = secretsOf(run.env, run.cwd);
  eachLine(child.stdout, (line) => {
    watch(line, secrets, true);
    stdout.push(line);
  });
  eachLine(child.stderr, (line) => {
    watch(line, secrets, true);
    stderr.push({ ...parsed(line), raw: line });
    events.emit("change");
  });
  const exitedAndRead = exited.then((exit) => {
    ended = true;
    events.emit("change");
    return exit;
  });

  function failure(reason: string, cause?: unknown): Error {
    const tail = stderr.slice(-20).map(({ raw }) => raw);
    return new Error(`${reason}\n${tail.join("\n") || "(no log)"}`, { cause });
  }

  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    exited: exitedAndRead,
    kill: (signal = "SIGTERM") => void child.kill(signal),
    type: (text) => void child.stdin.write(text),
    async waitForLog(predicate, timeoutMs = 10_000) {
      const signal = AbortSignal.timeout(timeoutMs);
      for (;;) {
        const found = stderr.find(predicate);
        if (found !== undefined) {
          return found;
        }
        if (ended) {
          throw failure("the worker ended before the log line came");
        }
        await once(events, "change", { signal }).catch((cause: unknown) => {
          throw failure(`no such log line within ${timeoutMs} ms`, cause);
        });
      }
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(
  args: string[],
  { input, timeoutMs = 30_000, ...run }: Run & { input?: string | Buffer; timeoutMs?: number },
): Promise<CommandResult> {
  const start = performance.now();
  const { child, exited } = launch(args, run);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let firstMs: number | null = null;
  child.stdout.once("data", () => {
    firstMs = performance.now() - start;
  });
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command need not read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(input);

  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const exit = await exited;
  clearTimeout(timer);

  const output = Buffer.concat(stdout).toString();
  const errors = Buffer.concat(stderr).toString();
  const secrets = secretsOf(run.env, run.cwd);
  // People are shown names and addresses, as they asked for; secrets they are not.
  for (const line of output.split("\n")) watch(line, secrets, false);
  for (const line of errors.split("\n")) watch(line, secrets, line.startsWith("{"));
  if (late) {
    throw new Error(`${args.join(" ")} takes over ${timeoutMs} ms\n${output}\n${errors}`);
  }
  const json = output.split("\n").map(parsed);
  return {
    ...exit,
    stdout: output,
    stderr: errors,
    firstMs,
    json: json.filter((line) => line !== undefined),
  };
}

function launch(args: string[], { cwd, env, path = MAIN }: Run) {
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: npm run build`);
  }
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: "pipe",
  });
  // "close" comes after the last output, "exit" may come before it.
  const exited = once(child, "close").then(([code, signal]): Exit => {
    running.delete(child);
    return { code, signal };
  });
  running.set(child, exited);
  return { child, exited };
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", take);
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) {
    return undefined;
  }
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
