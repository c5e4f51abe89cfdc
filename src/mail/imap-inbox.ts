// An IMAP mailbox as an inbox: which UIDs are new, and their messages piece by piece.

import type { ConnectionOptions } from "node:tls";
import type { FetchMessageObject, ImapFlow } from "imapflow";
import { TransientError } from "../domain/errors.ts";
import type { AccessTokens, FetchedMessage, Inbox, Log, MailboxListing } from "../ports.ts";
import type { HostDoor } from "./host-seats.ts";
import {
  createImapSession,
  folderOf,
  type ImapAccount,
  type OpenMailbox,
  openMailbox,
  parseImapUrl,
} from "./imap-session.ts";

export { parseImapUrl } from "./imap-session.ts";

export interface ImapLimits {
  /** From the first packet to the open mailbox. */
  readonly connectMs: number;
  /** One look for mail, or one piece of a message. */
  readonly callMs: number;
  /** How long IDLE may be silent. */
  readonly idleMs?: number;
}

const DEFAULT_LIMITS: ImapLimits = { connectMs: 20_000, callMs: 60_000 };

/** A larger message is not downloaded: its first HEAD_BYTES tell what it is. */
const MAX_BYTES = 25 * 1024 * 1024;
const HEAD_BYTES = 256 * 1024;
/** Asked for at once, so that a slow line makes progress within callMs. */
const PIECE_BYTES = 1024 * 1024;
const KEYS_PER_QUESTION = 200;
const DAY_MS = 24 * 60 * 60_000;

/** Another mailbox of the account; it is not waited for. */
export type ImapFolder = Omit<Inbox, "wait" | "hangUp" | "defaultSince" | "hasOrder">;

export interface ImapInbox extends Inbox {
  hangUp(): Promise<void>;
  /** Made where it is missing, and read over the same connection: hosts allow few. */
  folder(name: string): ImapFolder;
}

export function createImapInbox(options: {
  readonly url: string;
  /** For a URL without a password. */
  readonly tokens?: AccessTokens | null;
  readonly log: Log;
  /** For a certificate authority of one's own; certificates are verified in any case. */
  readonly tls?: Pick<ConnectionOptions, "ca" | "servername">;
  readonly limits?: Partial<ImapLimits>;
  /** Through which each connection is made; absent: none waits for others. */
  readonly door?: HostDoor;
}): ImapInbox {
  const { tokens = null } = options;
  const account = parseImapUrl(options.url, tokens);
  const session = createImapSession(account, {
    ...DEFAULT_LIMITS,
    ...options.limits,
    tls: options.tls ?? {},
    tokens,
    log: options.log,
    door: options.door ?? null,
  });
  return {
    mailbox: account.label,
    defaultSince: "first-start",
    hasOrder: true,
    list: (request) =>
      session.use(request.signal, (client) => {
        session.expectNews();
        return list(client, account, request);
      }),
    fetch: (keys, signal) => fetchMessages(session, keys, signal),
    wait: session.wait,
    hangUp: session.hangUp,
    close: session.close,
    folder(name) {
      const folder = folderOf(account, name);
      const mailbox = session.at(folder);
      return {
        mailbox: folder.label,
        list: (request) => mailbox.use(request.signal, (client) => list(client, folder, request)),
        fetch: (keys, signal) => fetchMessages(mailbox, keys, signal),
        close: session.close,
      };
    },
  };
}

async function list(
  client: ImapFlow,
  account: ImapAccount,
  request: Parameters<Inbox["list"]>[0],
): Promise<MailboxListing> {
  const { cursor, full, since, glance = false } = request;
  // Opening it again is the one command that tells a new UIDVALIDITY and all that arrived, but some servers
  // look through all of a mailbox then: 0.2 s for 100,000 mails in Dovecot's Maildir. What they know they
  // tell at the end of any command (RFC 9051 5.2), and in the next search.
  const open = glance && client.mailbox;
  const { exists, uidValidity } = open || (await openMailbox(client, account));
  const generation = String(uidValidity);
  const known = cursor?.generation === generation ? Number(cursor.lastKey) : null;
  if (exists === 0) return { generation, keys: [], lastKey: String(known ?? 0) };
  if (known !== null && !full) {
    // "*" is the newest message even where its UID is lower (RFC 9051 9, seq-range), so the answer
    // always holds the newest UID, and may hold nothing else.
    const found = await search(client, { uid: `${known + 1}:*` });
    const uids = found.filter((uid) => uid > known);
    return { generation, keys: uids.map(String), lastKey: String(uids.at(-1) ?? known) };
  }
  // Before the search: what arrives in between must not fall behind the cursor.
  const newest = await client.fetchOne("*", { uid: true });
  // SEARCH SINCE compares days in the server's time zone (RFC 9051 6.4.4); the caller compares
  // exactly.
  const from = new Date(Math.min(since ?? 0, Date.now()) - DAY_MS);
  const uids = await search(client, since === null ? { all: true } : { since: from });
  const lastKey = Math.max(known ?? 0, newest ? newest.uid : 0);
  return { generation, keys: uids.map(String), lastKey: String(lastKey) };
}

async function search(client: ImapFlow, query: object): Promise<number[]> {
  const found = await client.search(query, { uid: true });
  // imapflow answers false where the server refused or the connection broke.
  if (!Array.isArray(found)) throw new TransientError("imap_refused");
  return found.sort((a, b) => a - b);
}

async function* fetchMessages(
  mailbox: OpenMailbox,
  keys: readonly string[],
  signal: AbortSignal,
): AsyncIterable<FetchedMessage> {
  const uids = keys.filter((key) => /^[1-9]\d{0,9}$/.test(key)).map(Number);
  while (uids.length > 0) {
    const asked = uids.splice(0, KEYS_PER_QUESTION);
    // Sizes first: a message may be larger than anybody wants to download.
    const { rows } = await ask(mailbox, asked, { size: true }, signal);
    const found = asked.flatMap((uid) => rows.get(uid) ?? []);
    while (found.length > 0) yield* fetchGroup(mailbox, takeGroup(found), signal);
  }
}

interface Answer {
  readonly generation: string;
  /** By UID: servers may answer in any order, and leave out what is gone. */
  readonly rows: ReadonlyMap<number, FetchMessageObject>;
}

function ask(
  mailbox: OpenMailbox,
  uids: readonly number[],
  query: object,
  signal: AbortSignal,
): Promise<Answer> {
  return mailbox.use(signal, async (client) => {
    const rows = await client.fetchAll(uids.join(","), { uid: true, ...query }, { uid: true });
    // imapflow answers with nothing where the connection broke, as if the messages were deleted.
    if (!client.usable || !client.mailbox) {
      throw new TransientError("imap_connection", { why: "it broke" });
    }
    const generation = String(client.mailbox.uidValidity);
    return { generation, rows: new Map(rows.map((row) => [row.uid, row])) };
  });
}

/** The next messages that together make one piece; at least one. */
function takeGroup(found: FetchMessageObject[]): FetchMessageObject[] {
  let count = 0;
  for (let bytes = 0; count < found.length; count += 1) {
    bytes += found[count]?.size ?? 0;
    if (count > 0 && bytes > PIECE_BYTES) break;
  }
  return found.splice(0, count);
}

async function* fetchGroup(
  mailbox: OpenMailbox,
  group: readonly FetchMessageObject[],
  signal: AbortSignal,
): AsyncIterable<FetchedMessage> {
  const tooLarge = (group[0]?.size ?? 0) > MAX_BYTES;
  const uids = group.map((row) => row.uid);
  // imapflow asks with BODY.PEEK, which leaves \Seen alone (RFC 9051 6.4.5).
  const source = { start: 0, maxLength: tooLarge ? HEAD_BYTES : PIECE_BYTES };
  const answer = await ask(mailbox, uids, { internalDate: true, source }, signal);
  for (const { uid, size = 0 } of group) {
    const row = answer.rows.get(uid);
    const raw = row?.source ?? Buffer.alloc(0);
    const pieces = tooLarge ? [raw] : await completePieces(mailbox, uid, raw, answer, signal);
    if (!row || !pieces) continue;
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const truncated = tooLarge || bytes > MAX_BYTES;
    yield {
      location: { generation: answer.generation, key: String(uid) },
      receivedAt: receivedAt(row),
      size: Math.max(size, bytes),
      raw: joined(pieces).subarray(0, truncated ? HEAD_BYTES : bytes),
      truncated,
    };
  }
}

/** Most messages came in one piece, of which no copy is needed. */
function joined(pieces: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0)] = pieces;
  return pieces.length <= 1 ? only : Buffer.concat(pieces);
}

/** Null where the message vanished on the way. */
async function completePieces(
  mailbox: OpenMailbox,
  uid: number,
  first: Buffer,
  { generation }: Answer,
  signal: AbortSignal,
): Promise<Buffer[] | null> {
  const pieces = [first];
  // RFC822.SIZE is an estimate on some servers, so a message ends where a piece is short. A piece
  // longer than asked for is a whole message, from a server that ignores the partial range.
  for (let bytes = first.length; pieces.at(-1)?.length === PIECE_BYTES && bytes <= MAX_BYTES; ) {
    const source = { start: bytes, maxLength: PIECE_BYTES };
    const answer = await ask(mailbox, [uid], { source }, signal);
    const row = answer.rows.get(uid);
    if (!row || answer.generation !== generation) return null;
    const piece = row.source ?? Buffer.alloc(0);
    pieces.push(piece);
    bytes += piece.length;
  }
  return pieces;
}

function receivedAt(row: FetchMessageObject): number {
  const at = new Date(row.internalDate ?? Number.NaN).getTime();
  return Number.isNaN(at) ? Date.now() : at;
}
