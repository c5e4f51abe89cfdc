// A Maildir as an inbox. Files are only read: what a mail
// program does with them, moving them to cur/ or adding flags, changes neither key nor content.

import { type FSWatcher, type Stats, watch } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TransientError } from "../domain/errors.ts";
import type { FetchedMessage, Inbox, Log } from "../ports.ts";
import { createMaildir, inMaildirTerms, maildirKey } from "./maildir.ts";

/** A larger message is not read: its first HEAD_BYTES tell what it is. */
const MAX_BYTES = 25 * 1024 * 1024;
const HEAD_BYTES = 256 * 1024;
const GENERATION = "maildir";
/** A file this young may still be written, where a program puts it into new/ without tmp/. */
const UNSETTLED_MS = 50;
const MAX_UNSETTLED_LOOKS = 20;
const READ_ATTEMPTS = 3;

interface Entry {
  readonly key: string;
  readonly path: string;
  readonly at: number;
}

export function createMaildirInbox(options: {
  readonly dir: string;
  /** For a look that leaves no trace: a folder that is missing is not made. */
  readonly readOnly?: boolean;
  readonly log: Log;
}): Inbox {
  const dir = resolve(options.dir);
  const make = async () => {
    if (options.readOnly !== true) await createMaildir(dir);
  };
  let lastSeen: string | null = null;

  return {
    mailbox: `maildir:${dir}`,
    defaultSince: "all",
    hasOrder: false,
    // There is no order to trust, so the cursor says nothing: the caller knows its own keys.
    list: ({ since, signal }) =>
      inMaildirTerms(async () => {
        await make();
        const entries = await settledEntries(dir, signal);
        lastSeen = fingerprint(entries);
        const wanted = entries.filter((entry) => since === null || entry.at >= since);
        const keys = wanted.map((entry) => entry.key);
        return { generation: GENERATION, keys, lastKey: keys.at(-1) ?? "" };
      }),
    fetch: (keys, signal) => fetchMessages(dir, make, keys, signal),
    wait: (ms, signal) =>
      inMaildirTerms(async () => {
        await make();
        const news = new AbortController();
        const end = () => news.abort();
        const watchers = watchFolders(dir, end, options.log);
        signal.addEventListener("abort", end, { once: true });
        if (signal.aborted) end();
        try {
          // After the watch has begun: what came since the last list has given no event.
          const current = fingerprint(await readEntries(dir));
          const missed = lastSeen !== null && lastSeen !== current;
          lastSeen = current;
          if (!missed) await pause(ms, undefined, { signal: news.signal }).catch(() => undefined);
        } finally {
          signal.removeEventListener("abort", end);
          for (const watcher of watchers) watcher.close();
        }
      }),
    close: async () => undefined,
  };
}

/** Oldest first. A file that is moved while we look is found in cur/, which is read last. */
async function readEntries(dir: string): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  for (const folder of ["new", "cur"]) {
    for (const name of await readdir(join(dir, folder))) {
      const path = join(dir, folder, name);
      const found = name.startsWith(".") ? null : await statFile(path);
      if (!found?.isFile()) continue;
      const key = maildirKey(name);
      entries.set(key, { key, path, at: found.mtimeMs });
    }
  }
  return [...entries.values()].sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}

async function settledEntries(dir: string, signal: AbortSignal): Promise<Entry[]> {
  for (let look = 1; ; look += 1) {
    const entries = await readEntries(dir);
    const now = Date.now();
    const unsettled = entries.some((entry) => Math.abs(now - entry.at) < UNSETTLED_MS);
    if (!unsettled || look === MAX_UNSETTLED_LOOKS) return entries;
    await pause(UNSETTLED_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw aborted();
  }
}

function aborted(): TransientError {
  return new TransientError("maildir_aborted");
}

function fingerprint(entries: readonly Entry[]): string {
  return entries.map((entry) => entry.key).join("/");
}

async function statFile(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** None where the system cannot watch (network drives, no inotify left): the timer remains. */
function watchFolders(dir: string, onChange: () => void, log: Log): FSWatcher[] {
  return ["new", "cur"].flatMap((folder) => {
    try {
      const watcher = watch(join(dir, folder), onChange);
      watcher.on("error", () => watcher.close());
      return [watcher];
    } catch (error) {
      log.debug({ code: (error as NodeJS.ErrnoException).code }, "Maildir cannot be watched");
      return [];
    }
  });
}

async function* fetchMessages(
  dir: string,
  make: () => Promise<void>,
  keys: readonly string[],
  signal: AbortSignal,
): AsyncIterable<FetchedMessage> {
  const pathsByKey = async () => {
    await make();
    return new Map((await readEntries(dir)).map((entry) => [entry.key, entry.path]));
  };
  let paths = await inMaildirTerms(pathsByKey);
  for (const key of keys) {
    if (signal.aborted) throw aborted();
    let message = await inMaildirTerms(() => readMessage(key, paths.get(key)));
    if (!message) {
      // Moved to cur/ or flagged since we looked, or gone.
      paths = await inMaildirTerms(pathsByKey);
      message = await inMaildirTerms(() => readMessage(key, paths.get(key)));
    }
    if (message) yield message;
  }
}

async function readMessage(key: string, path: string | undefined): Promise<FetchedMessage | null> {
  if (path === undefined) return null;
  try {
    const file = await open(path, "r");
    try {
      for (let attempt = 1; ; attempt += 1) {
        const { size, mtimeMs } = await file.stat();
        const truncated = size > MAX_BYTES;
        const raw = Buffer.alloc(truncated ? HEAD_BYTES : size);
        const { bytesRead } = await file.read(raw, 0, raw.length, 0);
        // Still growing, where a program writes into new/ itself.
        const isSettled = (await file.stat()).size === size && bytesRead === raw.length;
        if (!isSettled && attempt < READ_ATTEMPTS) continue;
        const location = { generation: GENERATION, key };
        const receivedAt = Math.floor(mtimeMs);
        return { location, receivedAt, size, raw: raw.subarray(0, bytesRead), truncated };
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
