// A copy of everything that must not be lost, while the worker goes on.

import { existsSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { loadConfig, loadOptionalConfig } from "../config.ts";
import { requireDataKey } from "../data-key.ts";
import { databaseFile } from "../database-location.ts";
import { PermanentError, StorageError, UsageError } from "../domain/errors.ts";
import { ENV_SHOP } from "../domain/shop-id.ts";
import { type Backup, backupMark, verifyBackup, writeBackup } from "../store/backup.ts";
import { markOf } from "../store/data-key-mark.ts";
import { recordBackup } from "../store/last-backup.ts";
import { databaseExists } from "../store/location.ts";
import { readShops } from "../store/shop-rows.ts";
import { version } from "../version.ts";
import { type CommandContext, EXIT, type Run, readArgs } from "./command.ts";
import { type Progress, progress } from "./progress.ts";

const SETTINGS = ["DATABASE_URL", "DATA_KEY"] as const;

const OPTIONS = {
  force: { type: "boolean" },
  keep: { type: "string" },
  verify: { type: "boolean" },
} as const;

export const backup: Run = async (args, context) => {
  const { values, positionals } = readArgs(args, OPTIONS, { least: 1, most: 1 });
  const given = resolve(context.directory, positionals[0] ?? "");
  if (values.verify) return verify(given, context);
  const isFolder = existsSync(given) && statSync(given).isDirectory();
  const keep = readKeep(values.keep);
  if (keep !== null && !isFolder) {
    const why = "--keep wants a folder that is there";
    throw new StorageError("backup_unwritable", { path: given, why });
  }
  const now = systemClock.now();
  const path = isFolder ? join(given, nameAt(now)) : given;
  const { mark } = await make(path, { now, isForced: values.force === true }, context);
  if (keep !== null) deleteOld(given, keep, mark);
  return EXIT.done;
};

async function verify(path: string, { env, directory, print }: CommandContext): Promise<number> {
  const backup = await verifyBackup(path);
  print(describe(path, backup));
  const isAlone = backup.label?.dataKey == null && backup.mark !== undefined;
  const { DATA_KEY: key } = isAlone ? loadOptionalConfig(["DATA_KEY"], env, directory) : {};
  if (!isAlone || (key !== undefined && markOf(key) === backup.mark)) return EXIT.done;
  print(
    "Its key is neither in it nor in the setting DATA_KEY here: without that it restores nothing.",
  );
  return EXIT.failed;
}

function readKeep(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError("bad_keep", { text });
  return Number(text);
}

async function make(
  path: string,
  { now, isForced }: { readonly now: number; readonly isForced: boolean },
  { env, directory, print, stop }: CommandContext,
): Promise<Backup> {
  const config = loadConfig(SETTINGS, env, directory);
  const database = databaseFile(config, directory);
  if (!databaseExists(database)) throw new PermanentError("no_database", { path: database });
  checkTarget(path, database, isForced);
  const key = requireDataKey(config.DATA_KEY, database);
  const label = {
    takenAt: now,
    version: version(),
    dataKey: config.DATA_KEY === undefined ? key : null,
  };
  let bar: Progress | undefined;
  let shown = 0;
  const made = await writeBackup(database, path, label, (copied, total) => {
    if (stop.aborted) throw new StorageError("backup_unwritable", { path, why: "it was stopped" });
    bar ??= progress("Copying pages", total);
    bar.advance(copied - shown);
    shown = copied;
  }).finally(() => bar?.end());
  print(describe(path, made));
  if (config.DATA_KEY !== undefined) {
    print("Not in it: DATA_KEY, which is a setting. Keep a copy of it elsewhere.");
  }
  if (statSync(path).dev === statSync(database).dev) {
    print("It lies on the same disk as the database, and is lost with it.");
  }
  const ids = new Set([ENV_SHOP, ...readShops(database).map(({ id }) => id)]);
  await recordBackup(database, [...ids], now);
  return made;
}

function checkTarget(path: string, database: string, isForced: boolean): void {
  const folder = dirname(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new StorageError("backup_unwritable", { path, why: `there is no folder ${folder}` });
  }
  const known = statSync(path, { throwIfNoEntry: false });
  if (known === undefined) return;
  const own = ["", "-wal", "-shm", ".lock", ".installation"].map((end) => `${database}${end}`);
  own.push(...["henkin.key", "henkin.key.next"].map((key) => join(dirname(database), key)));
  const real = realpathSync(path);
  if (own.some((file) => existsSync(file) && realpathSync(file) === real)) {
    throw new PermanentError("backup_onto_itself", { path });
  }
  if (!isForced) throw new PermanentError("backup_exists", { path });
  if (!known.isFile() || backupMark(path) === undefined) {
    throw new StorageError("backup_unwritable", { path, why: "what is there is no backup" });
  }
}

function describe(path: string, { label, step, heads, rows }: Backup): string {
  const events = Object.values(heads).reduce((sum, { seq }) => sum + seq, 0);
  const made = label === null ? "" : `, made ${new Date(label.takenAt).toISOString()}`;
  const key = label?.dataKey == null ? "without the key" : "with the key";
  const tickets = rows["ticket"] ?? 0;
  return `${path} is whole: ${tickets} tickets, ${events} events, the audit trail holds, schema step ${step}, ${key}${made}`;
}

/** "henkin-20261121-180000.db" */
function nameAt(now: number): string {
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `henkin-${time}.db`;
}

/** Only backups of this shop under the names that it gives itself; what a killed run has left, too. */
function deleteOld(folder: string, keep: number, mark: string | undefined): void {
  const names = readdirSync(folder)
    .filter((name) => /^henkin-\d{8}-\d{6}\.db$/.test(name))
    .filter((name) => {
      const found = backupMark(join(folder, name));
      return found !== undefined && found.mark === mark;
    });
  for (const name of names.sort().slice(0, -keep)) rmSync(join(folder, name));
  for (const name of readdirSync(folder)) {
    if (/^henkin-\d{8}-\d{6}\.db\.part(?:-journal)?$/.test(name)) rmSync(join(folder, name));
  }
}
