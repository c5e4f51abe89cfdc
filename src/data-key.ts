// The key from which identifiers are derived. Made once beside the database where none is set; a
// backup needs it, else a restored copy would invent new keys for old refunds.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { newDataKey } from "./clock.ts";
import { ConfigError } from "./domain/errors.ts";

const FILE = "henkin.key";

/** Returns DATA_KEY, or the 32 bytes of the key file beside the database, made if missing. */
export function ensureDataKey(setting: Uint8Array | undefined, databasePath: string): Uint8Array {
  if (setting !== undefined) return setting;
  const path = join(dirname(databasePath), FILE);
  if (!existsSync(path)) writeKey(path, newDataKey());
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.byteLength !== 32) {
    throw new ConfigError([`DATA_KEY: ${path} does not hold 32 bytes in base64; restore it`]);
  }
  return key;
}

function writeKey(path: string, key: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${key.toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
