import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { createMaildirInbox } from "../../src/mail/maildir-inbox.ts";
import type { FetchedMessage, Inbox } from "../../src/ports.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const DAY = Date.parse("2026-11-20T00:00:00Z");

describe("a Maildir inbox", () => {
  let parent: string;
  let dir: string;
  let inbox: Inbox;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "henkin-maildir-"));
    dir = join(parent, "deep", "inbox");
    inbox = createMaildirInbox({ dir, log });
  });

  afterEach(async () => {
    await inbox.close();
    await rm(parent, { recursive: true, force: true });
  });

  function put(path: string, content: string, at = DAY): void {
    mkdirSync(join(dir, "new"), { recursive: true });
    mkdirSync(join(dir, "cur"), { recursive: true });
    writeFileSync(join(dir, path), content);
    utimesSync(join(dir, path), at / 1_000, at / 1_000);
  }

  const list = (since: number | null = null) =>
    inbox.list({ cursor: null, full: false, since, signal: never });

  async function fetch(...keys: string[]): Promise<FetchedMessage[]> {
    const all: FetchedMessage[] = [];
    for await (const message of inbox.fetch(keys, never)) all.push(message);
    return all;
  }

  test("makes the folders that are missing", async () => {
    expect(inbox).toMatchObject({ mailbox: `maildir:${dir}`, defaultSince: "all" });
    expect(await list()).toEqual({ generation: "maildir", keys: [], lastKey: "" });
    expect((await readdir(dir)).sort()).toEqual(["cur", "new", "tmp"]);
  });

  test("lists new/ and cur/, oldest first, by names without flags", async () => {
    put("new/2.host", "b", DAY + 2_000);
    put("cur/1.host:2,S", "a", DAY + 1_000);
    put("cur/3.host:2,", "d", DAY + 3_000);
    put("new/0.host", "c", DAY + 2_000);
    put("new/.hidden", "x");
    mkdirSync(join(dir, "new", "folder"));
    const keys = ["1.host", "0.host", "2.host", "3.host"];
    expect(await list()).toEqual({ generation: "maildir", keys, lastKey: "3.host" });
  });

  test("lists all again, whatever the cursor says: there is no order to trust", async () => {
    put("new/1", "a");
    const cursor = { generation: "maildir", lastKey: "1" };
    const listing = await inbox.list({ cursor, full: false, since: null, signal: never });
    expect(listing.keys).toEqual(["1"]);
  });

  test("leaves out what is older than the date asked for", async () => {
    put("new/old", "a", DAY - 1);
    put("new/exact", "b", DAY);
    expect((await list(DAY)).keys).toEqual(["exact"]);
  });

  test("fetches messages in the order of the keys, and skips what is gone", async () => {
    put("new/1", "Subject: a\r\n\r\n");
    put("cur/2:2,RS", "Subject: b\n\n", DAY + 1_000);
    const [second, first, ...rest] = await fetch("2", "gone", "../new/1", "1");
    expect(rest).toEqual([]);
    expect(second).toMatchObject({
      location: { generation: "maildir", key: "2" },
      receivedAt: DAY + 1_000,
      size: 12,
      truncated: false,
    });
    expect(Buffer.from(first?.raw ?? []).toString()).toBe("Subject: a\r\n\r\n");
  });

  test("finds a message that a mail program has moved while we read", async () => {
    put("new/1", "a");
    put("new/2", "b");
    const found: string[] = [];
    for await (const message of inbox.fetch(["1", "2"], never)) {
      if (found.length === 0) renameSync(join(dir, "new/2"), join(dir, "cur/2:2,S"));
      found.push(message.location.key);
    }
    expect(found).toEqual(["1", "2"]);
  });

  test("moves and changes nothing", async () => {
    put("new/1", "a");
    put("cur/2:2,", "b");
    await fetch(...(await list()).keys);
    await inbox.wait(1, never);
    expect(await readdir(join(dir, "new"))).toEqual(["1"]);
    expect(await readdir(join(dir, "cur"))).toEqual(["2:2,"]);
    expect((await stat(join(dir, "new/1"))).mtimeMs).toBe(DAY);
    expect(await readFile(join(dir, "new/1"), "utf8")).toBe("a");
  });

  test("reads only the beginning of a message over 25 MB", async () => {
    put("new/large", "From: a@example.jp\r\n\r\n");
    await truncate(join(dir, "new/large"), 60_000_000);
    const [message] = await fetch("large");
    expect(message).toMatchObject({ size: 60_000_000, truncated: true });
    expect(message?.raw.length).toBe(256 * 1024);
    await truncate(join(dir, "new/large"), 25 * 1024 * 1024);
    expect((await fetch("large"))[0]?.truncated).toBe(false);
  });

  test("waits until a file that is being written without tmp/ has settled", async () => {
    await list();
    const file = await open(join(dir, "new/slow"), "w");
    const listing = list();
    await file.writeFile("From: a@example.jp\r\n\r\nall of it");
    await file.close();
    expect((await listing).keys).toEqual(["slow"]);
    const [message] = await fetch("slow");
    expect(Buffer.from(message?.raw ?? []).toString()).toContain("all of it");
  });

  test.each(["new/", "cur/"])("notices a new mail in %s at once", async (folder) => {
    await list();
    const waiting = inbox.wait(60_000, never);
    let count = 0;
    // Nothing tells when the watch has begun, so mails keep coming.
    const postman = setInterval(() => put(`${folder}${count++}`, "a"), 20);
    await waiting;
    clearInterval(postman);
    expect(count).toBeLessThan(100);
  });

  test("does not wait for a mail that came after the last list", async () => {
    await list();
    put("new/1", "a");
    await inbox.wait(60_000, never);
  });

  test("waits no longer than it was told, and no longer than it may", async () => {
    await list();
    await inbox.wait(10, never);
    const stop = new AbortController();
    const waiting = inbox.wait(60_000, stop.signal);
    stop.abort();
    await waiting;
  });

  test("makes its folders again", async () => {
    put("new/1", "a");
    await list();
    rmSync(dir, { recursive: true });
    await inbox.wait(60_000, never);
    expect((await list()).keys).toEqual([]);
  });

  test("reports what it cannot read", async () => {
    writeFileSync(join(parent, "file"), "");
    const wrong = createMaildirInbox({ dir: join(parent, "file"), log });
    const request = { cursor: null, full: false, since: null, signal: never };
    const error = await wrong.list(request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "maildir_denied" });
  });

  test("lists and fetches nothing once the signal has aborted", async () => {
    put("new/young", "a", Date.now());
    const signal = AbortSignal.abort();
    const listing = inbox.list({ cursor: null, full: false, since: null, signal });
    await expect(listing).rejects.toThrow(TransientError);
    const messages = inbox.fetch(["young"], signal)[Symbol.asyncIterator]();
    await expect(messages.next()).rejects.toThrow(TransientError);
  });
});
