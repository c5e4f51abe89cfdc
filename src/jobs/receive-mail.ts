// Brings new messages into the store. The cursor moves in no commit before that of their raw bytes: it
// promises "everything up to here is ours", not "is understood".

import type { FetchedMessage, MailboxCursor, MailboxListing } from "../ports.ts";
import type { WriteTx } from "../store-port.ts";
import { findRestoredAt } from "../ticket/restored.ts";
import { longWork } from "./long-work.ts";
import { type AheadDeps, type Lookout, lookAhead } from "./receive-ahead.ts";
import { type Readable, readOne, storeMails } from "./store-mails.ts";

/** Nothing else happens while so many are understood: some 50 ms. */
const CHUNK_MESSAGES = 100;
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Messages can appear below the cursor (moved in, delivered late): look everywhere this often. */
const FULL_SCAN_MS = 60 * 60 * 1_000;
/**
 * What arrives after the first start is new even where the mail server's clock is behind ours; old
 * mail that someone moves into the mailbox is not.
 */
const CLOCK_SLACK_MS = 24 * 60 * 60 * 1_000;
const FULL_SCAN_BACK_MS = 30 * 24 * 60 * 60 * 1_000;

export interface ReceiveDeps extends AheadDeps {
  /** INBOX_SINCE: epoch ms, "all", or null where it is unset. */
  readonly since: number | "all" | null;
}

type Known = (MailboxCursor & { sinceAt: number | null; fullScanAt: number }) | undefined;

/** Reads the mailbox to its end; returns how many messages were new. */
export async function receiveMail(deps: ReceiveDeps, signal: AbortSignal): Promise<number> {
  let all = 0;
  for (;;) {
    const { stored, isMore } = await receiveOnce(deps, signal);
    all += stored;
    if (!isMore) return all;
  }
}

async function receiveOnce(deps: ReceiveDeps, signal: AbortSignal) {
  const { store, inbox } = deps;
  const [known, restoredAt] = await store.read(async (tx) => [
    await tx.messages.findCursor(inbox.mailbox),
    await findRestoredAt(tx),
  ]);
  const oldUntil = restoredAt !== null && (known?.fullScanAt ?? 0) < restoredAt ? restoredAt : null;
  const scan = planScan(deps, known, oldUntil !== null);
  const isBefore = known === undefined && startsFromNow(deps);
  if (isBefore) await store.write((tx) => tx.messages.saveCursor(inbox.mailbox, atStart(scan)));
  const listing = await inbox.list({ cursor: known ?? null, ...scan, signal });
  const ours = await listOurs(deps, listing);
  const wanted = isBefore ? [] : listing.keys.filter((key) => !ours.has(key));
  const isNewArrivals = known?.generation === listing.generation && !scan.full;
  const sinceNow = floorOf(deps, scan.sinceAt);
  const floor = isNewArrivals ? sinceNow : scan.sinceAt;
  const ahead = lookAhead(deps, listing, sinceNow, signal);
  const cursor = { ...listing, sinceAt: scan.sinceAt, fullScanAt: scan.fullScanAt };
  const isMoved = wanted.length > 0 || scan.full || hasMoved(known, cursor);
  const end: End | null = isMoved ? (tx) => tx.messages.saveCursor(inbox.mailbox, cursor) : null;
  const stored = await storeAll(deps, wanted, { sinceAt: floor, oldUntil, end }, ahead, signal);
  return { stored, isMore: ahead.hasSeen() };
}

/** Most looks find nothing: a thousand mailboxes that are quiet ask the database as little as can be. */
async function listOurs(
  { store, inbox }: ReceiveDeps,
  { generation, keys }: MailboxListing,
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  return store.read((tx) => tx.messages.listKnownKeys(inbox.mailbox, generation, keys));
}

/** Of what arrives from now on. */
function floorOf(deps: ReceiveDeps, sinceAt: number | null): number | null {
  return sinceAt !== null && startsFromNow(deps) ? sinceAt - CLOCK_SLACK_MS : sinceAt;
}

/** Kept before the first look: mail that comes while the mailbox cannot be read is new. */
function atStart({ sinceAt, fullScanAt }: ReturnType<typeof planScan>) {
  return { generation: "", lastKey: "", sinceAt, fullScanAt };
}

function planScan(deps: ReceiveDeps, known: Known, isForced: boolean) {
  const now = deps.clock.now();
  const sinceAt = known === undefined ? firstSince(deps, now) : known.sinceAt;
  const full = known !== undefined && (isForced || now - known.fullScanAt >= FULL_SCAN_MS);
  return {
    full,
    sinceAt,
    since: full ? Math.max(sinceAt ?? 0, now - FULL_SCAN_BACK_MS) : sinceAt,
    fullScanAt: full ? now : (known?.fullScanAt ?? now),
  };
}

async function storeAll(
  deps: ReceiveDeps,
  wanted: readonly string[],
  { sinceAt, oldUntil, end }: Bounds,
  ahead: Lookout,
  signal: AbortSignal,
): Promise<number> {
  const commits = oneAfterTheOther((chunk: Chunk) => commitChunk(deps, chunk));
  let passed = 0;
  let chunk: Promise<Readable>[] = [];
  let bytes = 0;
  const advance = longWork(deps, "messages are being read", wanted.length);
  try {
    for await (const message of deps.inbox.fetch(wanted, signal)) {
      advance(1);
      if (sinceAt !== null && message.receivedAt < sinceAt) continue;
      const read = readOne(deps.reader, datedAt(message, oldUntil));
      // Whoever commits its chunk hears of it, if there is still anybody.
      read.catch(() => undefined);
      chunk.push(read);
      bytes += message.raw.byteLength;
      if (chunk.length >= CHUNK_MESSAGES || bytes >= CHUNK_BYTES) {
        await commits.add({ mails: chunk, end: null });
        chunk = [];
        bytes = 0;
        passed += await ahead.look();
      }
    }
    await commits.add({ mails: chunk, end });
  } finally {
    await commits.ended();
  }
  return passed + (await commits.stored());
}

/** While one chunk is being read and committed the next one is fetched, and no more than that. */
function oneAfterTheOther<Chunk>(commit: (chunk: Chunk) => Promise<number>) {
  let stored = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    /** Throws what the chunk before has failed with. */
    async add(chunk: Chunk): Promise<void> {
      await last;
      last = commit(chunk).then((count) => {
        stored += count;
      });
      // Whoever comes next hears of it.
      last.catch(() => undefined);
    },
    ended: () => last.catch(() => undefined),
    async stored(): Promise<number> {
      await last;
      return stored;
    },
  };
}

/** What is written with the last of them, and with no one before it. */
type End = (tx: WriteTx) => Promise<void>;

interface Chunk {
  readonly mails: readonly Promise<Readable>[];
  readonly end: End | null;
}

interface Bounds {
  readonly sinceAt: number | null;
  /** At the first look after the database was set back to an older copy: when that was. */
  readonly oldUntil: number | null;
  readonly end: End | null;
}

/**
 * What lies there at the first look after a restore may have come before it, whatever the mail
 * server's clock or, in a Maildir, the time of the file says.
 */
function datedAt(message: FetchedMessage, oldUntil: number | null): FetchedMessage {
  if (oldUntil === null || message.receivedAt <= oldUntil) return message;
  return { ...message, receivedAt: oldUntil };
}

function hasMoved(known: Known, cursor: MailboxCursor): boolean {
  return known?.generation !== cursor.generation || known.lastKey !== cursor.lastKey;
}

function startsFromNow({ since, inbox }: ReceiveDeps): boolean {
  return since === null && inbox.defaultSince === "first-start";
}

/** From when on messages count, also after the mailbox was rebuilt; null: all. */
function firstSince(deps: ReceiveDeps, now: number): number | null {
  // INTERNALDATE knows whole seconds only.
  if (startsFromNow(deps)) return Math.floor(now / 1_000) * 1_000;
  return typeof deps.since === "number" ? deps.since : null;
}

async function commitChunk(deps: ReceiveDeps, { mails, end }: Chunk): Promise<number> {
  if (mails.length === 0 && end === null) return 0;
  const read = await Promise.all(mails);
  return storeMails(deps.store, deps, async (tx) => {
    await end?.(tx);
    return read;
  });
}
