// A power cut, imitated: of the database only what was synced is left. The worker runs with
// fsync-copies.c preloaded, which keeps those bytes; its C compiler is the one that the tests of a
// fresh machine need anyway, for better-sqlite3.

import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Rig } from "../e2e/rig.ts";

const SOURCE = fileURLToPath(new URL("fsync-copies.c", import.meta.url));
const NAMES = ["henkin.db", "henkin.db-wal"];
const run = promisify(execFile);

export interface Power {
  /** For the worker: what makes it keep copies. */
  readonly settings: Record<string, string>;
  /** After the worker is killed: the database becomes what was synced. */
  cut(): Promise<void>;
  /** The database as it is counts as synced; for changes made by others than the worker. */
  settle(): Promise<void>;
  /** Folders with the state after each sync, oldest first. */
  history(): Promise<string[]>;
}

export async function preparePower(rig: Rig, { history = false } = {}): Promise<Power> {
  const library = join(rig.directory, "fsync-copies.so");
  await run("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]);
  const synced = join(rig.directory, "synced");
  const past = join(rig.directory, "history");
  await Promise.all([mkdir(synced), mkdir(past)]);
  const data = dirname(rig.database);
  return {
    settings: {
      LD_PRELOAD: library,
      SYNCED: synced,
      ...(history ? { HISTORY: past } : {}),
    },
    async cut() {
      // The index of the log lives in memory that no power cut leaves.
      for (const name of [...NAMES, "henkin.db-shm"]) await rm(join(data, name), { force: true });
      await copyAll(synced, data);
    },
    async settle() {
      for (const name of NAMES) await rm(join(synced, name), { force: true });
      await copyAll(data, synced);
    },
    history: async () => (await readdir(past)).sort().map((name) => join(past, name)),
  };
}

/** Those of the database's files that are there. */
export async function copyAll(from: string, to: string): Promise<void> {
  for (const name of NAMES) {
    await copyFile(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}
