// The key from which identifiers are derived. Made once beside the database where none is set; a
// backup needs it, else a restored copy would invent new keys for old refunds.

import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { newDataKey } from "./clock.ts";
import { ConfigError, PermanentError, StorageError } from "./domain/errors.ts";
import { markOf, readMark } from "./store/data-key-mark.ts";
import { isFile, isPostgresUrl } from "./store/location.ts";

const FILE = "henkin.key";

/** Returns DATA_KEY, or the 32 bytes of the key file beside the database, made if missing. */
export function ensureDataKey(setting: Uint8Array | undefined, databasePath: string): Uint8Array {
  const found = requireDataKey(setting, databasePath);
  if (found !== null) return found;
  if (isPostgresUrl(databasePath)) {
    throw new ConfigError([
      "DATA_KEY: is required with PostgreSQL, the same for every worker. Make it once with `openssl rand -base64 32`",
    ]);
  }
  const path = keyPath(databasePath);
  writeKey(path, newDataKey());
  return readKey(path);
}

/** Null where nothing was written with one yet. Throws where the key of this database is not here. */
export function requireDataKey(
  setting: Uint8Array | undefined,
  databasePath: string,
): Uint8Array | null {
  const found = findDataKey(setting, databasePath);
  if (found !== null || !isFile(databasePath) || readMark(databasePath) === undefined) {
    return found;
  }
  const path = keyPath(databasePath);
  throw new ConfigError([
    `DATA_KEY: ${path} is missing, and ${databasePath} was written with it. Put it back, or restore a backup with \`henkin restore\``,
  ]);
}

/** Null where there is none yet. Throws where it is not the one this database was written with. */
export function findDataKey(
  setting: Uint8Array | undefined,
  databasePath: string,
): Uint8Array | null {
  const mark = isFile(databasePath) ? readMark(databasePath) : undefined;
  const key = presentDataKey(setting, databasePath, mark);
  if (key === null || mark === undefined || mark === markOf(key)) return key;
  throw otherKey(keyName(setting, databasePath), databasePath);
}

/** A database's mark is another key's. */
export function otherKey(name: string, database: string): ConfigError {
  return new ConfigError([
    `DATA_KEY: ${name} is not the key that ${database} was written with; put that one back. With another, refunds could be paid twice`,
  ]);
}

/** A rekey that died before its end may have left two: the one with this mark, else the one in use before. */
function presentDataKey(
  setting: Uint8Array | undefined,
  databasePath: string,
  mark: string | undefined,
): Uint8Array | null {
  if (setting !== undefined) return setting;
  if (isPostgresUrl(databasePath)) return null;
  const next = mark === undefined ? null : readNextKey(databasePath);
  if (next !== null && markOf(next) === mark) return next;
  const path = keyPath(databasePath);
  return existsSync(path) ? readKey(path) : null;
}

/**
 * Before a copy is put in the place of the database: makes sure that its key is here, and lays down
 * the one that came with it where there is none. Writes over no key.
 */
export function settleDataKey(
  setting: Uint8Array | undefined,
  databasePath: string,
  copy: { readonly mark: string | undefined; readonly dataKey: Uint8Array | null },
): void {
  const wanted = copy.mark ?? (copy.dataKey === null ? undefined : markOf(copy.dataKey));
  const present = presentDataKey(setting, databasePath, wanted);
  if (present === null) {
    if (copy.dataKey === null) throw new PermanentError("restore_without_key");
    writeKey(keyPath(databasePath), Buffer.from(copy.dataKey));
  } else if (wanted !== undefined && wanted !== markOf(present)) {
    throw new PermanentError("restore_other_key", { what: keyName(setting, databasePath) });
  }
}

/**
 * Lays a new key down before anything is sealed with it, on the disk, under a name of its own: whatever
 * happens, a key with the database's mark is in one of the two files.
 */
export function layDownNextKey(databasePath: string, key: Buffer): void {
  const path = nextKeyPath(databasePath);
  rmSync(path, { force: true });
  writeKey(path, key);
}

/** Once the database has the mark of the next key, that is the key. Under the worker's lock. */
export function takeNextKey(databasePath: string): void {
  const next = isFile(databasePath) ? readNextKey(databasePath) : null;
  if (next === null || readMark(databasePath) !== markOf(next)) return;
  const path = keyPath(databasePath);
  try {
    renameSync(nextKeyPath(databasePath), path);
    withFile(openSync(dirname(path), "r"), fsyncSync);
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Null where there is none, or another has just taken it. */
function readNextKey(databasePath: string): Uint8Array | null {
  const path = nextKeyPath(databasePath);
  try {
    return existsSync(path) ? readKey(path) : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function nextKeyPath(databasePath: string): string {
  return `${keyPath(databasePath)}.next`;
}

function keyPath(databasePath: string): string {
  return join(dirname(databasePath), FILE);
}

function keyName(setting: Uint8Array | undefined, databasePath: string): string {
  return setting === undefined ? keyPath(databasePath) : "the setting DATA_KEY";
}

function readKey(path: string): Uint8Array {
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.byteLength !== 32) {
    throw new ConfigError([`DATA_KEY: ${path} does not hold 32 bytes in base64; restore it`]);
  }
  return key;
}

/**
 * Under its name only when it is whole and on the disk. Half a key would stop every later start; one
 * lost to a power cut would be made anew, and a new key makes new refunds of old approvals.
 */
function writeKey(path: string, key: Buffer): void {
  const folder = dirname(path);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    withFile(openSync(draft, "w", 0o600), (file) => {
      writeSync(file, `${key.toString("base64")}\n`);
      fsyncSync(file);
    });
    try {
      giveName(draft, path);
    } finally {
      unlinkSync(draft);
    }
    withFile(openSync(folder, "r"), fsyncSync);
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Never over another: a command may have made the key in the same moment. */
function giveName(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function withFile(file: number, work: (file: number) => void): void {
  try {
    work(file);
  } finally {
    closeSync(file);
  }
}

function storageError(path: string, cause: unknown): StorageError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new StorageError("data_key_unwritable", { path, why: what }, { cause });
}
