// Finds tickets of past years by day, amount or name. SQLite would walk through a million tickets in
// the order of their numbers to find a few; so each condition is asked of its own index first.

import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import { kanaKey, nameKey } from "../domain/name.ts";
import type { TicketFilter } from "../store-port.ts";
import { dialectOf } from "./engine.ts";
import type { Schema } from "./schema.ts";

const LISTED_MAX = 1_000;
const IDS_AT_ONCE = 500;

/** When money went, came back or was let go. */
const ENDS = ["refund_succeeded", "refund_failed", "payment_voided"];

type Ids = SelectQueryBuilder<Schema, never, { id: string | null }>;

/** In the order of their numbers. */
export async function filteredTickets(
  db: Kysely<Schema>,
  shopId: string,
  filter: TicketFilter,
): Promise<Schema["ticket"][]> {
  const { after, number, status, most = LISTED_MAX } = filter;
  const limit = Math.min(most, LISTED_MAX);
  const query = db.selectFrom("ticket").selectAll().where("shop_id", "=", shopId);
  const conditions = conditionsOf(db, shopId, filter);
  if (conditions.length === 0) {
    return query
      .$if(number !== undefined, (all) => all.where("number", "=", number ?? 0))
      .$if(status !== undefined, (all) => all.where("status", "=", status ?? ""))
      .$if(after !== undefined, (all) => all.where("number", ">", after ?? 0))
      .orderBy("number")
      .limit(limit)
      .execute();
  }
  const ids = await findIds(conditions);
  const rows: Schema["ticket"][] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    rows.push(...(await query.where("id", "in", ids.slice(at, at + IDS_AT_ONCE)).execute()));
  }
  const isWanted = (row: Schema["ticket"]) =>
    row.number > (after ?? 0) &&
    (number === undefined || row.number === number) &&
    (status === undefined || row.status === status);
  return rows
    .filter(isWanted)
    .sort((a, b) => a.number - b.number)
    .slice(0, limit);
}

/** Those that each condition finds. */
async function findIds(conditions: readonly (readonly Ids[])[]): Promise<string[]> {
  let found: Set<string> | undefined;
  for (const queries of conditions) {
    const ids = new Set<string>();
    for (const query of queries) {
      for (const { id } of await query.execute()) if (id !== null) ids.add(id);
    }
    found = found === undefined ? ids : new Set([...found].filter((id) => ids.has(id)));
  }
  return [...(found ?? [])];
}

/** For each condition the queries of which one must find a ticket. */
export function conditionsOf(
  db: Kysely<Schema>,
  shopId: string,
  { from, before, amountMinor, name }: TicketFilter,
): Ids[][] {
  const conditions: Ids[][] = [];
  if (from !== undefined || before !== undefined) {
    const days = { from: from ?? 0, before: before ?? Number.MAX_SAFE_INTEGER };
    conditions.push(byDay(db, shopId, days));
  }
  if (name !== undefined) conditions.push(byName(db, shopId, name));
  if (amountMinor !== undefined) conditions.push(byAmount(db, shopId, amountMinor));
  return conditions;
}

function byDay(
  db: Kysely<Schema>,
  shopId: string,
  { from, before }: { readonly from: number; readonly before: number },
): Ids[] {
  const ended = ENDS.map((type) =>
    db
      .selectFrom("event")
      .select("ticket_id as id")
      .where("shop_id", "=", shopId)
      .where("type", "=", type)
      .where("at", ">=", from)
      .where("at", "<", before),
  );
  const opened = db
    .selectFrom("ticket")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("opened_at", ">=", from)
    .where("opened_at", "<", before);
  return [opened, ...ended] as unknown as Ids[];
}

/** Tickets about a payment; a cross join is carried out in this order, payments first. */
export function ofPayments(db: Kysely<Schema>, shopId: string) {
  return db
    .selectFrom("payment")
    .crossJoin("ticket")
    .select("ticket.id")
    .whereRef("ticket.shop_id", "=", "payment.shop_id")
    .whereRef("ticket.provider", "=", "payment.provider")
    .whereRef("ticket.payment_id", "=", "payment.id")
    .where("payment.shop_id", "=", shopId);
}

/** A name may have any sign in it; so it is looked for as it is, not as a pattern. */
function has(db: Kysely<Schema>, column: RawBuilder<unknown>, part: string) {
  const position = dialectOf(db) === "postgres" ? sql`strpos` : sql`instr`;
  return sql<boolean>`${position}(${column}, ${part}) > 0`;
}

const lower = (column: string) => sql`lower(${sql.ref(column)})`;

type PayerColumn = "payment.payer_name_key" | "payment.payer_kana_key" | "payment.payer_email";

function byName(db: Kysely<Schema>, shopId: string, name: string): Ids[] {
  const key = nameKey(name);
  // Nothing is left of 様: that is nobody's name.
  if (key === null) return [];
  const address = name.normalize("NFKC").trim().toLowerCase();
  const ticket = db.selectFrom("ticket").select("id").where("shop_id", "=", shopId);
  // Said, because its index has no others.
  const named = (column: PayerColumn) => ofPayments(db, shopId).where(column, "is not", null);
  return [
    ticket.where((where) =>
      where.or([
        has(db, sql.ref("requester_name_key"), key),
        has(db, sql.ref("requester_kana_key"), key),
      ]),
    ),
    ticket.where(has(db, lower("requester_email"), address)),
    named("payment.payer_name_key").where(has(db, sql.ref("payment.payer_name_key"), key)),
    named("payment.payer_kana_key").where(
      has(db, sql.ref("payment.payer_kana_key"), kanaKey(name) ?? key),
    ),
    named("payment.payer_email").where(has(db, lower("payment.payer_email"), address)),
  ] as unknown as Ids[];
}

function byAmount(db: Kysely<Schema>, shopId: string, amountMinor: number): Ids[] {
  const requested = db
    .selectFrom("ticket")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("requested_minor", "=", amountMinor);
  const refunded = db
    .selectFrom("refund")
    .select("ticket_id as id")
    .where("shop_id", "=", shopId)
    .where("amount_minor", "=", amountMinor);
  return [
    requested,
    refunded,
    ofPayments(db, shopId).where("payment.amount_minor", "=", amountMinor),
  ] as unknown as Ids[];
}
