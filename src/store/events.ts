// The audit trail: append-only (triggers refuse anything else) and hash-chained, so that a changed,
// removed or reordered row shows. It holds identifiers and digests, never the customer's words, so
// retention may blank those without breaking the chain.

import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { AuditEvent } from "../domain/ticket.ts";
import type { Events } from "../store-port.ts";
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

function chainHash(row: Omit<Schema["event"], "hash">): string {
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
  return createHash("sha256").update(text).digest("hex");
}

function toEvent(row: Schema["event"]): AuditEvent {
  return {
    seq: row.seq,
    ticketId: row.ticket_id,
    type: row.type,
    actor: row.actor,
    at: row.at,
    data: JSON.parse(row.data) as Record<string, unknown>,
  };
}

export function eventsTable(db: Kysely<Schema>, shopId: string): Events {
  const events = () => db.selectFrom("event").selectAll().where("shop_id", "=", shopId);
  const head = () => events().orderBy("seq", "desc").limit(1).executeTakeFirst();
  return {
    async append(event) {
      const last = await head();
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
      await db
        .insertInto("event")
        .values({ ...row, hash: chainHash(row) })
        .execute();
    },
    async listByTicket(ticketId) {
      const rows = await events().where("ticket_id", "=", ticketId).orderBy("seq").execute();
      return rows.map(toEvent);
    },
    async findHead() {
      const row = await head();
      return row && { seq: row.seq, hash: row.hash };
    },
  };
}

export interface ChainReport {
  readonly rows: number;
  readonly head: string;
  /** What is wrong with the first bad row; null where the chain holds. */
  readonly problem: string | null;
}

const PAGE = 1_000;

/** Recomputes the whole chain of a shop. */
export async function verifyChain(db: Kysely<Schema>, shopId: string): Promise<ChainReport> {
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
      const problem = problemOf(row, rows + 1, previous);
      if (problem !== null) return { rows, head: previous, problem };
      rows = row.seq;
      previous = row.hash;
    }
    if (page.length < PAGE) return { rows, head: previous, problem: null };
  }
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
