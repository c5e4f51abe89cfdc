// The audit trail: append-only (triggers refuse anything else) and hash-chained, so that a changed,
// removed or reordered row shows. It holds identifiers and digests, never the customer's words, so
// retention may blank those without breaking the chain.

import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import type { AuditEvent } from "../domain/ticket.ts";
import type { Events } from "../store-port.ts";
import { prepared } from "./prepared.ts";
import { readQuotedHead } from "./quoted-heads.ts";
import type { Schema } from "./schema.ts";

const GENESIS = "0".repeat(64);

/** JSON with sorted keys, so that the same data always has the same digest. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function chainHash(row: Omit<Schema["event"], "hash">): string {
  // A JSON array keeps the borders between the fields; joined text would let one move.
  const text = JSON.stringify([
    row.prev_hash,
    row.shop_id,
    row.seq,
    row.at,
    row.type,
    row.actor,
    row.ticket_id,
    row.data,
  ]);
  return hash("sha256", text, "hex");
}

export function toEvent(row: Schema["event"]): AuditEvent {
  return {
    seq: row.seq,
    ticketId: row.ticket_id,
    type: row.type,
    actor: row.actor,
    at: row.at,
    data: JSON.parse(row.data) as Record<string, unknown>,
  };
}

const selectHead = prepared((db, shopId: string) =>
  db
    .selectFrom("event")
    .select(["seq", "hash"])
    .where("shop_id", "=", shopId)
    .orderBy("seq", "desc")
    .limit(1),
);

const selectOfTicket = prepared((db, shopId: string, ticketId: string) =>
  db
    .selectFrom("event")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("ticket_id", "=", ticketId)
    .orderBy("seq"),
);

const insertEvent = prepared((db, row: Schema["event"]) => db.insertInto("event").values(row));

export function eventsTable(db: Kysely<Schema>, shopId: string): Events {
  const head = async () => (await selectHead(db, shopId)).rows[0];
  /** Who writes holds the database until all of it is written or none. */
  let last: Pick<Schema["event"], "seq" | "hash"> | undefined;
  return {
    async append(event) {
      last ??= await head();
      const row = {
        shop_id: shopId,
        seq: (last?.seq ?? 0) + 1,
        ticket_id: event.ticketId,
        type: event.type,
        actor: event.actor,
        at: event.at,
        data: canonical(event.data),
        prev_hash: last?.hash ?? GENESIS,
      };
      const next = { ...row, hash: chainHash(row) };
      await insertEvent(db, next);
      last = next;
    },
    async listByTicket(ticketId) {
      return (await selectOfTicket(db, shopId, ticketId)).rows.map(toEvent);
    },
    findHead: head,
  };
}

export interface ChainReport {
  readonly rows: number;
  readonly head: string;
  /** What is wrong with the first bad row; null where the chain holds. */
  readonly problem: string | null;
}

/** The end of the trail as somebody wrote it down: a summary, or the operator. */
export interface QuotedHead {
  readonly seq: number;
  readonly hash: string;
  /** "the summary of 2026-11-21" */
  readonly by: string;
}

/** "120 3f9a…", as the summary prints it; null where the text is no such thing. */
export function parseHead(text: string): Pick<QuotedHead, "seq" | "hash"> | null {
  const match = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(text.trim());
  return match === null ? null : { seq: Number(match[1]), hash: match[2] ?? "" };
}

/** What the summaries quoted. */
export async function listQuotedHeads(db: Kysely<Schema>, shopId: string): Promise<QuotedHead[]> {
  const mails = await db
    .selectFrom("outgoing_mail")
    .select("quoted_head")
    .where("shop_id", "=", shopId)
    .where("quoted_head", "is not", null)
    .orderBy("date_at")
    .execute();
  return mails.flatMap(({ quoted_head }) => {
    const { date, auditHead } = readQuotedHead(quoted_head ?? "");
    const head = parseHead(auditHead);
    return head === null ? [] : [{ ...head, by: `the summary of ${date}` }];
  });
}

const PAGE = 1_000;

/**
 * Recomputes the whole chain of a shop. A chain whose end was cut off still holds by itself: that
 * shows only where a later event was quoted.
 */
export async function verifyChain(
  db: Kysely<Schema>,
  shopId: string,
  quoted: readonly QuotedHead[] = [],
): Promise<ChainReport> {
  const quotes = byNumber(quoted);
  let rows = 0;
  let previous = GENESIS;
  for (;;) {
    const page = await db
      .selectFrom("event")
      .selectAll()
      .where("shop_id", "=", shopId)
      .where("seq", ">", rows)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    for (const row of page) {
      const problem =
        problemOf(row, rows + 1, previous) ?? problemOfQuotes(row, quotes.get(row.seq));
      if (problem !== null) return { rows, head: previous, problem };
      rows = row.seq;
      previous = row.hash;
    }
    if (page.length < PAGE) {
      const cut = quoted.find(({ seq }) => seq > rows);
      const problem =
        cut === undefined
          ? null
          : `the end was cut off: ${cut.by} quotes event ${cut.seq}, but the trail ends at ${rows}`;
      return { rows, head: previous, problem };
    }
  }
}

/** There is one of every day; to look through all of them at each event would take most of the time. */
function byNumber(quoted: readonly QuotedHead[]): ReadonlyMap<number, readonly QuotedHead[]> {
  const quotes = new Map<number, QuotedHead[]>();
  for (const quote of quoted) quotes.set(quote.seq, [...(quotes.get(quote.seq) ?? []), quote]);
  return quotes;
}

function problemOfQuotes(row: Schema["event"], quotes: readonly QuotedHead[] = []): string | null {
  const { seq } = row;
  const other = quotes.find((quote) => quote.hash !== row.hash);
  return other === undefined
    ? null
    : `event ${seq} is not the one that ${other.by} quotes: the end was cut off and written anew`;
}

function problemOf(row: Schema["event"], expectedSeq: number, previous: string): string | null {
  if (row.seq !== expectedSeq) return `event ${expectedSeq} is missing`;
  if (row.prev_hash !== previous) return `event ${row.seq} does not follow the one before it`;
  if (row.hash !== chainHash(row)) return `event ${row.seq} was changed`;
  return null;
}

/** Of the event with this number. */
export async function findHash(
  db: Kysely<Schema>,
  shopId: string,
  sequence: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom("event")
    .select("hash")
    .where("shop_id", "=", shopId)
    .where("seq", "=", sequence)
    .executeTakeFirst();
  return row?.hash;
}
