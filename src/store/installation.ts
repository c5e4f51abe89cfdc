// Notices at the start that this database may be a copy: an older state restored from a backup, or
// files taken to another place while the first worker still runs. Each copy would believe that it
// alone pays. A small file beside the database remembers what only the database in use can know.

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import type { Log } from "../ports.ts";
import type { ReadTx } from "../store-port.ts";
import { storageError } from "./database.ts";
import { isFile } from "./location.ts";
import { RESTORED_SWITCH } from "./restore.ts";
import type { OpenStore } from "./store.ts";

/** What speaks for a copy. */
export type CopySign =
  | "restored"
  | "file_missing"
  | "file_unreadable"
  | "other_installation"
  | "other_place"
  | "older_database";

export interface Installation {
  /** Null where nothing speaks for a copy. */
  readonly sign: CopySign | null;
  /** Makes the file this database's own, and keeps it fresh from now on. */
  follow(): Promise<void>;
  close(): Promise<void>;
}

interface Known {
  readonly installation: string;
  /** Null where nothing names it. */
  readonly place: string | null;
  /** The last event of the audit trail that the file has seen. */
  readonly sequence: number;
  readonly hash: string;
}

const ID_SWITCH = "installation";
/** A row read and a sector written without fsync, at most so often: 1.5 ms on two busy cores. */
const FRESH_MS = 1_000;
/** Written in place over the same sector, so that no crash leaves half a line. */
const FILE_BYTES = 512;

/** To be opened under the worker's lock. Nothing is written before `follow`. */
export async function openInstallation(
  store: OpenStore,
  database: string,
  { newId, log }: { newId: () => string; log: Log },
): Promise<Installation> {
  // A server's administrators restore and copy it by ways of their own, of which no file here could know.
  if (!isFile(database)) {
    return { sign: null, follow: async () => undefined, close: async () => undefined };
  }
  const path = `${database}.installation`;
  const sign = await findSign(store, path);
  let id = await store.read((tx) => tx.switches.find(ID_SWITCH));
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();

  /** A failure keeps nobody from work: the file is then only less fresh. */
  async function trySave(): Promise<void> {
    try {
      await save();
    } catch (error) {
      log.warn({ error: String(error) }, `${path} cannot be written`);
    }
  }

  async function save(): Promise<void> {
    const head = await store.read((tx) => tx.events.findHead());
    guarded(path, () =>
      writeKnown(path, {
        installation: id ?? "",
        sequence: head?.seq ?? 0,
        hash: head?.hash ?? "",
      }),
    );
  }

  function saveSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      saving = trySave();
    }, FRESH_MS).unref();
  }

  return {
    sign,
    async follow() {
      const known = readKnown(path);
      id ??= typeof known === "object" ? known.installation : newId();
      const own = id;
      await store.write(async (tx) => {
        await tx.switches.set(ID_SWITCH, own);
        if (await isRestored(tx)) await tx.switches.set(RESTORED_SWITCH, "off");
      });
      await save();
      store.onWrite(saveSoon);
      saveSoon();
    },
    async close() {
      clearTimeout(timer);
      await saving;
      if (id !== undefined) await trySave();
    },
  };
}

async function findSign(store: OpenStore, path: string): Promise<CopySign | null> {
  if (await store.read(isRestored)) return "restored";
  const id = await store.read((tx) => tx.switches.find(ID_SWITCH));
  const known = guarded(path, () => readKnown(path));
  // A new database, or one of a version that kept no such file.
  if (known === "missing") return id === undefined ? null : "file_missing";
  if (known === "unreadable") return "file_unreadable";
  if (id !== undefined && id !== known.installation) return "other_installation";
  const here = guarded(path, () => placeOf(path));
  if (known.place !== null && here !== null && known.place !== here) return "other_place";
  if (known.sequence === 0) return null;
  // By its hash: an older copy may have grown past that number by events of its own.
  const hash = await store.findAuditHash(known.sequence);
  return hash === known.hash ? null : "older_database";
}

async function isRestored(tx: ReadTx): Promise<boolean> {
  return (await tx.switches.find(RESTORED_SWITCH)) === "on";
}

function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(error, path);
  }
}

function readKnown(path: string): Known | "missing" | "unreadable" {
  if (!existsSync(path)) return "missing";
  try {
    const known = (JSON.parse(readFileSync(path, "utf8")) ?? {}) as Partial<Known>;
    const { installation, place = null, sequence, hash } = known;
    const isWhole =
      typeof installation === "string" && typeof hash === "string" && Number.isInteger(sequence);
    return isWhole ? { installation, place, sequence: sequence ?? 0, hash } : "unreadable";
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

function writeKnown(path: string, known: Omit<Known, "place">): void {
  const file = openSync(path, existsSync(path) ? "r+" : "wx", 0o600);
  try {
    const line = JSON.stringify({ ...known, place: placeOfOpen(file) });
    writeSync(file, `${line.padEnd(FILE_BYTES - 1)}\n`, 0);
    ftruncateSync(file, FILE_BYTES);
  } finally {
    closeSync(file);
  }
}

function placeOf(path: string): string | null {
  const file = openSync(path, "r+");
  try {
    return placeOfOpen(file);
  } finally {
    closeSync(file);
  }
}

/**
 * What names the place of this very file and is lost by copying it. First choice is the moment the
 * file itself was made, as the file system keeps it: no copy, archive or restore can set that, and
 * it lies on the volume, so that a container made anew on the same volume is the same place. Host
 * names and addresses change with every container, inode numbers with some mounts. Where the file
 * system does not tell it, /etc/machine-id (machine-id(5)) has to do, but never in a container, where
 * it belongs to the image. A clone of a whole disk is not noticed: there, as everywhere, henkin looks
 * for a refund before it makes one, under keys that every copy derives alike.
 */
function placeOfOpen(file: number): string | null {
  // Moves ctime, which Node gives out for the birth time where it does not know that.
  fchmodSync(file, 0o600);
  const { birthtimeNs, ctimeNs } = fstatSync(file, { bigint: true });
  if (birthtimeNs > 0n && birthtimeNs !== ctimeNs) return `made:${birthtimeNs}`;
  const isContainer = existsSync("/.dockerenv") || existsSync("/run/.containerenv");
  if (isContainer || !existsSync("/etc/machine-id")) return null;
  const machine = readFileSync("/etc/machine-id", "utf8").trim();
  if (machine === "") return null;
  return `machine:${createHash("sha256").update(`henkin ${machine}`).digest("hex").slice(0, 32)}`;
}
