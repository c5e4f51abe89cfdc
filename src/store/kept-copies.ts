// Copies of the whole database that updates and restores have left beside it. What purge and forget
// erase is still in them, and the mails of one from before they were sealed lie there in clear.

import { lstatSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Log } from "../ports.ts";
import { isFile } from "./location.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Long enough to notice that a new version, or what was restored, does not do. */
export const COPY_DAYS = 30;

interface KeptCopy {
  readonly path: string;
  readonly isOfUpdate: boolean;
}

/** Those that have served their time, with what SQLite or a kill has left of them. */
export function findOldCopies(database: string, now: number): KeptCopy[] {
  const folder = dirname(database);
  return readdirSync(folder).flatMap((name) => {
    if (!name.startsWith(`${basename(database)}.`)) return [];
    const rest = name.slice(basename(database).length);
    const path = join(folder, name);
    const kind = /^\.before-(step|restore)-[\d-]+(?:\.part)?(?:-wal|-shm|-journal)?$/.exec(
      rest,
    )?.[1];
    if (kind === undefined || now - madeAt(path, rest) <= COPY_DAYS * DAY_MS) return [];
    return [{ path, isOfUpdate: kind === "step" }];
  });
}

/** One laid aside by a restore keeps the time of its last write; its name tells that of the restore. */
function madeAt(path: string, rest: string): number {
  const [, date, hour, minute, second] = /-(\d{8})-(\d\d)(\d\d)(\d\d)/.exec(rest) ?? [];
  if (date !== undefined) {
    const day = date.replace(/(....)(..)(..)/, "$1-$2-$3");
    const named = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
    if (!Number.isNaN(named)) return named;
  }
  return lstatSync(path).mtimeMs;
}

/**
 * Of updates only: what a restore has laid aside may hold what nothing else does, and is for a person
 * to judge. Under the worker's lock; a failure keeps nobody from work.
 */
export function removeOldUpdateCopies(database: string, now: number, log: Log): void {
  if (!isFile(database)) return;
  try {
    for (const { path, isOfUpdate } of findOldCopies(database, now)) {
      if (!isOfUpdate) continue;
      rmSync(path);
      log.info({ path }, `a copy from before an update is older than ${COPY_DAYS} days; deleted`);
    }
  } catch (error) {
    log.warn({ error: String(error) }, "a copy from before an update could not be deleted");
  }
}
