// A real PostgreSQL for tests: a private cluster with its own directory, port and password.

import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { steadyPort } from "./steady-port.ts";

export interface Postgres {
  readonly port: number;
  /** Of the server of the moment. */
  pid(): number;
  /** Makes an empty database, owned by a user who is no superuser, and returns its URL. */
  createDatabase(): Promise<string>;
  /** Runs as the superuser in the database of this URL. */
  execute(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]>;
  /** "immediate": as after a power cut, without a word to those who are connected. */
  restart(mode: "fast" | "immediate"): Promise<void>;
  /** Down for good, and the directory is gone. */
  stop(): Promise<void>;
}

const SUPERUSER = "postgres";
const USER = "henkin";
const PASSWORD = "s3cret";
const IS_ROOT = process.getuid?.() === 0;
const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const;

let bin: string | null | undefined;

/** Says loudly, once per test file, when tests with a real PostgreSQL cannot run. */
export function postgresInstalled(): boolean {
  bin ??= findBin();
  return bin !== null;
}

function findBin(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const paths = versions.map((version) => join(debian, version, "bin"));
  const found = paths.find((path) => existsSync(join(path, "initdb")));
  if (found === undefined) {
    process.stderr.write("SKIPPED: no PostgreSQL (apt install postgresql)\n");
  }
  return found ?? null;
}

/** PostgreSQL refuses to run as root. */
function asItsUser(command: string, args: readonly string[]): [string, string[]] {
  if (!IS_ROOT) return [command, [...args]];
  const as = ["--reuid", SUPERUSER, "--regid", SUPERUSER, "--clear-groups"];
  return ["setpriv", [...as, command, ...args]];
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(...asItsUser(command, args), { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ends with ${status}: ${stderr}`);
  return stdout.trim();
}

/** `durable`: a commit waits for the disk, as a shop's does; else it only survives the server's end. */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  if (!postgresInstalled()) throw new Error("PostgreSQL is not installed");
  const dir = mkdtempSync(join(tmpdir(), "henkin-postgres-"));
  if (IS_ROOT) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(run("id", flag)));
    chownSync(dir, uid ?? 0, gid ?? 0);
  }
  const data = join(dir, "data");
  const password = join(dir, "password");
  await writeFile(password, PASSWORD, { mode: 0o644 });
  const options = ["--username", SUPERUSER, "--pwfile", password, "--auth", "scram-sha-256"];
  // As a shop's host may have it, and unlike SQLite: sorted by language, not by bytes.
  const language = ["--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "ja"];
  run(join(bin ?? "", "initdb"), "--no-sync", "-D", data, ...options, ...language, "--locale", "C");
  const port = await steadyPort();
  const urlOf = (database: string, user: string) =>
    `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const admin = urlOf("postgres", SUPERUSER);
  let server = await launch(dir, port, durable);
  await query(admin, `create role ${USER} login password '${PASSWORD}'`);

  return {
    port,
    pid: () => pidOf(dir),
    async createDatabase() {
      const database = `d${randomUUID().replaceAll("-", "")}`;
      await query(admin, `create database ${database} owner ${USER}`);
      return urlOf(database, USER);
    },
    execute: (url, ...statements) =>
      query(urlOf(new URL(url).pathname.slice(1), SUPERUSER), ...statements),
    async restart(mode) {
      await server.end(SIGNALS[mode]);
      server = await launch(dir, port, durable);
    },
    async stop() {
      await server.end(SIGNALS.immediate);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function query(url: string, ...statements: readonly string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function launch(dir: string, port: number, durable: boolean) {
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: dir,
    max_connections: 200,
    shared_buffers: "64MB",
    logging_collector: "off",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command, args] = asItsUser(join(bin ?? "", "postgres"), [
    "-D",
    join(dir, "data"),
    ...flags,
  ]);
  // The waiting half ends the server when our end of its input closes, so none outlives the tests, not
  // even when they are killed.
  const script = `exec 3<&0; log=$1; shift; "$@" </dev/null 3<&- >>"$log" 2>&1 & server=$!
    { read -r _ <&3; kill -QUIT $server; } & wait $server`;
  const log = join(dir, "log");
  const child = spawn("sh", ["-c", script, "sh", log, command, ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  const lifeline = child.stdin as Socket;
  child.unref();
  lifeline.unref();

  const server = {
    async end(signal: NodeJS.Signals): Promise<void> {
      child.ref();
      if (child.exitCode === null) process.kill(pidOf(dir), signal);
      await exited;
      lifeline.destroy();
    },
  };
  for (const deadline = performance.now() + 20_000; ; await pause(20)) {
    if (isReady(dir)) return server;
    if (child.exitCode !== null || performance.now() > deadline) {
      lifeline.destroy();
      throw new Error(`PostgreSQL does not start:\n${readFileSync(log, "utf8")}`);
    }
  }
}

/** Its own file says so in its last line; one that was killed leaves it behind, to be written over. */
function isReady(dir: string): boolean {
  const path = join(dir, "data", "postmaster.pid");
  if (!existsSync(path)) return false;
  return readFileSync(path, "utf8").split("\n")[7]?.trim() === "ready";
}

function pidOf(dir: string): number {
  const [pid] = readFileSync(join(dir, "data", "postmaster.pid"), "utf8").split("\n");
  return Number(pid);
}
