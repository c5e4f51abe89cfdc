// Who else on this machine can read the shop's secrets and its customers' mails, and how much room
// there is for more.

import { existsSync, type Stats, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Finding } from "../ports.ts";
import { COPY_DAYS, findOldCopies } from "../store/kept-copies.ts";
import { fail, ok, warn } from "./finding.ts";

const CHECK = "files";
/** Of group and others. */
const ANY_RIGHT_OF_OTHERS = 0o077;
const SQLITES_OWN = ["-wal", "-shm"];
/** Who can read a lock can hold it, and keep the worker from its start. */
const LOCKS = [".lock", ".backup-lock", ".oauth-lock"];

export interface ShopFiles {
  readonly settings: string;
  /** Null where it is on a server: then nothing of it lies here, and its password stands in the settings. */
  readonly database: string | null;
}

export function shopFiles(directory: string, database: string | null): ShopFiles {
  return { settings: join(directory, ".env"), database };
}

/** @param uid of this process; undefined where the system knows none (Windows) */
export function checkFiles(files: ShopFiles, uid = process.getuid?.()): Finding[] {
  if (uid === undefined) return [];
  const { settings, database } = files;
  // SQLite removes its own beside the database whenever the last one closes it.
  const there = [settings, ...(database === null ? [] : filesOf(database))].flatMap(statsAt);
  const folder = database === null ? [] : statsAt(dirname(database));
  const faults = [...there, ...folder].flatMap(({ path, stats }) => faultsOf(path, stats, uid));
  if (faults.length > 0) return faults;
  const message = there.length === 0 ? "none is there yet" : `${there.length}, read by nobody else`;
  return [ok(CHECK, message)];
}

function filesOf(database: string): string[] {
  const beside = [...SQLITES_OWN, ...LOCKS].map((end) => `${database}${end}`);
  return [join(dirname(database), "henkin.key"), database, ...beside];
}

function statsAt(path: string): { readonly path: string; readonly stats: Stats }[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? [] : [{ path, stats }];
}

function faultsOf(path: string, stats: Stats, own: number): Finding[] {
  const { mode, uid } = stats;
  const findings: Finding[] = [];
  if ((mode & ANY_RIGHT_OF_OTHERS) !== 0) {
    const message = `${path} is open to other users of this machine (${octal(mode)})`;
    findings.push(warn(CHECK, message, `chmod ${stats.isDirectory() ? "700" : "600"} ${path}`));
  }
  if (uid !== own) {
    const message = `${path} belongs to another user (uid ${uid}, and henkin runs as ${own})`;
    const mend = "Run every command as the user the worker runs as, or give it the file (chown).";
    findings.push(warn(CHECK, message, mend));
  }
  return findings;
}

const octal = (mode: number) => (mode & 0o777).toString(8).padStart(3, "0");

/** Beside the database, from before an update or a restore. */
export function checkCopies(database: string, now: number): Finding[] {
  return findOldCopies(database, now).map(({ path, isOfUpdate }) => {
    const trusted = isOfUpdate ? "the new version" : "the restored database";
    const itself = isOfUpdate ? " The worker's next start does it, too." : "";
    return warn(
      "copies",
      `${path} is older than ${COPY_DAYS} days, and holds mails and names that were erased since`,
      `Delete it once you trust ${trusted}: rm ${path}${itself}`,
    );
  });
}

const MB = 1024 * 1024;
/** A day's mails with their attachments. */
const ROOM_LEAST = 64 * MB;
const ROOM_SPARE = 512 * MB;

/** Where the database grows, with its write-ahead log and a copy of it beside. */
export async function checkDisk(database: string): Promise<Finding[]> {
  let folder = dirname(database);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const size = existsSync(database) ? statSync(database).size : 0;
  return [diskFinding(folder, bavail * bsize, size)];
}

/** All in bytes. */
export function diskFinding(folder: string, free: number, database: number): Finding {
  const check = "disk";
  const message = `${inMegabytes(free)} free in ${folder}, the database has ${inMegabytes(database)}`;
  const mend =
    "Free some space on this disk, or move the database's folder and change DATABASE_URL: " +
    "a full disk stops the worker, and a backup needs as much again.";
  if (free < ROOM_LEAST) return fail(check, message, mend);
  // SQLite's log may grow to the size of what one transaction writes, and a copy to that of all.
  if (free < ROOM_SPARE + database) return warn(check, message, mend);
  return ok(check, message);
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / MB).toLocaleString("en-US")} MB`;
}
