// A database that was restored, copied or moved is known by the file beside it.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openInstallation } from "../../src/store/installation.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
let directory: string;
let path: string;
let ids = 0;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-installation-"));
  path = join(directory, "henkin.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => `${path}.installation`;
const known = () => JSON.parse(readFileSync(file(), "utf8")) as { sequence: number };
const open = () => openStore({ path, shopId: "shop", now: Date.now });

async function addEvents(store: OpenStore, count: number, type = "test"): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const event = { ticketId: null, type, actor: "test", at: 1, data: {} };
    await store.write((tx) => tx.events.append(event));
  }
}

/** As the worker does from its start to its end; returns what it noticed. */
async function start(events = 1, type = "test"): Promise<string | null> {
  const store = await open();
  const installation = await openInstallation(store, path, { newId: () => `id-${++ids}`, log });
  await installation.follow();
  await addEvents(store, events, type);
  await installation.close();
  await store.close();
  return installation.sign;
}

/** The command line, which knows nothing of the file. */
async function act(count: number, type: string): Promise<void> {
  const store = await open();
  await addEvents(store, count, type);
  await store.close();
}

/** A consistent copy of the database alone; the stores are closed. */
function backUp(name: string): string {
  const copy = join(directory, name);
  copyFileSync(path, copy);
  return copy;
}

describe("a start", () => {
  it("of a new database is no copy, nor are the next ones", async () => {
    expect(await start()).toBeNull();
    expect(await start(0)).toBeNull();
    expect(await start(3)).toBeNull();
    await act(2, "cli");
    expect(await start()).toBeNull();
  });

  it("of a database from before there was such a file is no copy", async () => {
    await act(3, "old");
    expect(await start()).toBeNull();
    expect(await start()).toBeNull();
  });

  it("after a kill, with events that the file has not seen, is no copy", async () => {
    await start();
    const before = readFileSync(file());
    await act(5, "worker");
    writeFileSync(file(), before, { flag: "r+" });
    expect(await start()).toBeNull();
  });

  it("of an older copy is noticed", async () => {
    await start();
    const copy = backUp("backup");
    await start(2);
    copyFileSync(copy, path);
    expect(await start()).toBe("older_database");
    expect(await start()).toBeNull();
  });

  it("of an older copy is noticed, also where it has grown past the newer one", async () => {
    await start();
    const copy = backUp("backup");
    await start(2);
    copyFileSync(copy, path);
    await act(9, "cli");
    expect(await start()).toBe("older_database");
  });

  it("of an empty database beside a file that knows more is noticed", async () => {
    await start();
    rmSync(path);
    expect(await start()).toBe("older_database");
  });

  it("without the file is noticed", async () => {
    await start();
    rmSync(file());
    expect(await start()).toBe("file_missing");
  });

  it("with the file of another database is noticed", async () => {
    await start();
    const other = backUp("other");
    rmSync(path);
    rmSync(file());
    await start();
    copyFileSync(other, path);
    expect(await start()).toBe("other_installation");
  });

  it.each(["", "{", "{}", "null"])(
    "with a file that cannot be read is noticed: %j",
    async (text) => {
      await start();
      writeFileSync(file(), text);
      expect(await start()).toBe("file_unreadable");
      expect(await start()).toBeNull();
    },
  );

  it("of the whole folder in another place is noticed, while the first goes on", async () => {
    await start();
    const here = path;
    path = join(directory, "elsewhere", "henkin.db");
    mkdirSync(join(directory, "elsewhere"));
    copyFileSync(here, path);
    copyFileSync(`${here}.installation`, file());
    expect(await start()).toBe("other_place");
    path = here;
    expect(await start()).toBeNull();
  });
});

describe("the file", () => {
  it("is its owner's alone, of one size, and says nothing of the machine", async () => {
    await start();
    const { mode, size } = statSync(file());
    expect([mode & 0o777, size]).toEqual([0o600, 512]);
    expect(Object.keys(known()).sort()).toEqual(["hash", "installation", "place", "sequence"]);
  });

  it("follows the database within seconds, without a stop", async () => {
    const store = await open();
    const installation = await openInstallation(store, path, { newId: () => "id", log });
    await installation.follow();
    await addEvents(store, 4);
    while (known().sequence < 4) await pause(50);
    await installation.close();
    await store.close();
    expect(known().sequence).toBe(4);
  });

  it("is not touched before the database was looked at", async () => {
    await start();
    const copy = backUp("backup");
    await start();
    copyFileSync(copy, path);
    const store = await open();
    // The worker dies before it could record that it is paused.
    expect((await openInstallation(store, path, { newId: () => "id", log })).sign).not.toBeNull();
    await store.close();
    expect(await start()).toBe("older_database");
  });

  it("is not made for a database in memory", async () => {
    const store = await openStore({ path: ":memory:", shopId: "shop", now: Date.now });
    const installation = await openInstallation(store, ":memory:", { newId: () => "id", log });
    await installation.follow();
    await installation.close();
    await store.close();
    expect(installation.sign).toBeNull();
    expect(existsSync(":memory:.installation")).toBe(false);
  });
});
