// A mailbox of 100,000 mails on a real server: what is read of it, and in how much memory.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ReceiveDeps, receiveMail } from "../../src/jobs/receive-mail.ts";
import { createImapInbox, type ImapInbox } from "../../src/mail/imap-inbox.ts";
import { readRawMail } from "../../src/mail/mail-reader.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type PoorImap, startPoorImap } from "../support/poor-imap.ts";

const COUNT = 100_000;
const RECENT = 200;
const DAY_MS = 24 * 60 * 60_000;
/** The inbox asks the server for days by the real clock. */
const NOW = Math.floor(Date.now() / 1_000) * 1_000;
const MB = 1024 * 1024;
/** Far above what is needed, far below what the mails would take at once. */
const GROWTH_MAX = 200 * MB;

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const shop = { shop: "shop@shop.example", staff: [], managers: [], formFrom: [] };

const raw = (uid: number) =>
  `From: a${uid}@example.jp\r\nMessage-ID: <${uid}@example.jp>\r\nSubject: ${uid}\r\n\r\nhello\r\n`;

/** Five years of mail; the last RECENT of them came in the last day. */
const mails = Array.from({ length: COUNT }, (_, index) => {
  const uid = index + 1;
  const age =
    index < COUNT - RECENT ? DAY_MS * (2 + ((COUNT - index) * 5 * 365) / COUNT) : 3_600_000;
  return { uid, receivedAt: new Date(NOW - age), raw: raw(uid) };
});

let directory: string;
let server: PoorImap;
let inbox: ImapInbox;
let store: OpenStore;
let desk: TestDesk;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "henkin-large-"));
  server = await startPoorImap({ capabilities: "IMAP4rev1 IDLE" }, mails);
  inbox = createImapInbox({ url: server.url, log });
  desk = await openDesk();
  store = await openStore({ path: join(directory, "shop.db"), shopId: "shop", now: () => NOW });
});
afterEach(async () => {
  await inbox.close();
  await server.close();
  await store.close();
  await desk.close();
  await rm(directory, { recursive: true });
});

function deps(since: ReceiveDeps["since"]): ReceiveDeps {
  const reader = {
    read: (bytes: Uint8Array) => readRawMail(bytes, { ...shop, answersFrom: "shop" as const }),
    close: async () => undefined,
  };
  return { store, inbox, reader, desk: desk.desk, clock: new FakeClock(NOW), log, since };
}

/** Reads the mailbox once, and prints what it took. */
async function look(what: string, with_: ReceiveDeps): Promise<number> {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const stored = await receiveMail(with_, never);
  const grown = process.memoryUsage.rss() - before;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(
    `${what}: ${stored} stored in ${seconds} s, RSS +${Math.round(grown / MB)} MB\n`,
  );
  expect(grown).toBeLessThan(GROWTH_MAX);
  return stored;
}

const fetches = () => server.told.filter((line) => line.includes("FETCH")).length;

describe("a mailbox of 100,000 mails", { timeout: 120_000 }, () => {
  test("is not read at the first start, and what comes then is", async () => {
    const fresh = deps(null);
    expect(await look("first start", fresh)).toBe(0);
    expect(fetches()).toBeLessThanOrEqual(1);
    server.deliver(raw(COUNT + 1), "INBOX", new Date(NOW));
    expect(await look("one more", fresh)).toBe(1);
  });

  test("is read from a day on, and after its numbers have changed nothing twice", async () => {
    const recent = deps(NOW - DAY_MS);
    expect(await look("since yesterday", recent)).toBe(RECENT);
    const asked = fetches();
    expect(await look("nothing new", recent)).toBe(0);
    server.resetUidValidity();
    server.deliver(raw(COUNT + 1), "INBOX", new Date(NOW));
    expect(await look("after a new UIDVALIDITY", recent)).toBe(1);
    // Sizes and texts of the recent ones, in groups; not of the old ones.
    expect(fetches() - asked).toBeLessThan(20);
  });

  test("can be listed whole", async () => {
    const before = process.memoryUsage.rss();
    const listing = await inbox.list({ cursor: null, full: false, since: null, signal: never });
    expect(listing.keys).toHaveLength(COUNT);
    expect(process.memoryUsage.rss() - before).toBeLessThan(GROWTH_MAX);
  });
});
