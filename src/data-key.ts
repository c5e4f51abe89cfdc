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
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { newDataKey } from "./clock.ts";
import { ConfigError, StorageError } from "./domain/errors.ts";

const FILE = "henkin.key";

/** Returns DATA_KEY, or the 32 bytes of the key file beside the database, made if missing. */
export function ensureDataKey(setting: Uint8Array | undefined, databasePath: string): Uint8Array {
  if (setting !== undefined) return setting;
  const path = pathOf(databasePath);
  if (!existsSync(path)) writeKey(path, newDataKey());
  return readKey(path);
}

/** The same, and makes none. */
export function findDataKey(
  setting: Uint8Array | undefined,
  databasePath: string,
): Uint8Array | undefined {
  if (setting !== undefined) return setting;
  const path = pathOf(databasePath);
  return existsSync(path) ? readKey(path) : undefined;
}

function pathOf(databasePath: string): string {
  return join(dirname(databasePath), FILE);
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
    mkdirSync(folder, { recursive: true });
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
