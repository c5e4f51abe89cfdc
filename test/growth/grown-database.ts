// Fills a database with years of payments and tickets, and keeps it in a folder: a million of each take
// minutes. Broken off, it goes on where it was.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { openDatabase } from "../../src/store/database.ts";
import { chainHash } from "../../src/store/events.ts";
import type { Schema } from "../../src/store/schema.ts";
import {
  type Clockwork,
  DAY_MS,
  hex,
  MANAGER,
  openedAt,
  orderOf,
  paymentRow,
  SHOP_ID,
  type TicketHistory,
  ticketHistory,
} from "./shop-history.ts";

export interface Grown {
  readonly path: string;
  /** Of payments, and of tickets. */
  readonly total: number;
  readonly clockwork: Clockwork;
}

interface Notes {
  readonly end: number;
  readonly isWhole: boolean;
}

const AT_ONCE = 5_000;
/** Made anew when the rows are there, which takes a fraction of the time; those of payments grow with them. */
const INDEXED_LATER =
  "type = 'index' and sql is not null and sql not like 'create unique%' and tbl_name not like 'payment%'";

export async function grownDatabase(
  folder: string,
  total: number,
  tell: (text: string) => void,
): Promise<Grown> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${total}.db`);
  const notes = join(folder, `${total}.json`);
  const known: Notes = existsSync(notes)
    ? (JSON.parse(readFileSync(notes, "utf8")) as Notes)
    : { end: Date.now() - DAY_MS, isWhole: false };
  const clockwork = { end: known.end, total };
  if (!known.isWhole) {
    writeFileSync(notes, JSON.stringify(known));
    await (await openDatabase(path, clockwork.end)).destroy();
    fill(path, clockwork, tell);
    writeFileSync(notes, JSON.stringify({ ...known, isWhole: true }));
  }
  return { path, total, clockwork };
}

function fill(path: string, clockwork: Clockwork, tell: (text: string) => void): void {
  const file = new SqliteDatabase(path);
  // What a power cut breaks can be made again.
  file.pragma("synchronous = OFF");
  file.pragma("journal_mode = TRUNCATE");
  file.pragma("locking_mode = EXCLUSIVE");
  file.pragma("cache_size = -2000000");
  file.exec(
    "create table if not exists growth_done (name text primary key, count integer not null)",
  );
  const doneOf = (name: string) =>
    Number(file.prepare("select count from growth_done where name = ?").pluck().get(name) ?? 0);
  const putAll = (name: string, put: (number: number) => void) => {
    for (let from = doneOf(name); from < clockwork.total; from += AT_ONCE) {
      const to = Math.min(clockwork.total, from + AT_ONCE);
      file.transaction(() => {
        for (let number = from; number < to; number += 1) put(number);
        file.prepare("insert or replace into growth_done values (?, ?)").run(name, to);
      })();
      tell(`${to} ${name}`);
    }
  };
  putAll("payments", paymentsInto(file, clockwork));
  if (doneOf("tickets") < clockwork.total) laySecondaryIndexesAside(file);
  putAll("tickets", ticketsInto(file, clockwork));
  putDoneJobs(file, tell);
  takeIndexesUp(file, tell);
  standing(file, clockwork);
  file.exec("drop table growth_done; drop table growth_index");
  file.pragma("journal_mode = WAL");
  file.close();
}

interface LaidAside {
  readonly name: string;
  readonly sql: string;
}

function laySecondaryIndexesAside(file: SqliteDatabase.Database): void {
  file.transaction(() => {
    file.exec("create table if not exists growth_index (name text primary key, sql text not null)");
    const sql = `select name, sql from sqlite_schema where ${INDEXED_LATER}`;
    for (const { name, sql: index } of file.prepare<[], LaidAside>(sql).all()) {
      file.prepare("insert into growth_index values (?, ?)").run(name, index);
      file.exec(`drop index ${name}`);
    }
  })();
}

/** Of what was done for each row: in the order of their ids, which is the fastest. */
const DONE_JOBS = [
  ["check_refund", "'check_refund/' || id", "'provider:' || provider", "ticket_id", "refund"],
  ["match_payment", "'match_payment/' || id || '/opened'", "'matching'", "id", "ticket"],
  ["process_message", "'process_message/' || pk", "'local'", "null", "message"],
  ["call_refund", "'refund/' || id", "'provider:' || provider", "ticket_id", "refund"],
  ["send_mail", "'send_mail/' || id", "'smtp'", "ticket_id", "outgoing_mail"],
] as const;

function putDoneJobs(file: SqliteDatabase.Database, tell: (text: string) => void): void {
  for (const [kind, id, lane, ticket, table] of DONE_JOBS) {
    const key = table === "message" ? "pk" : "id";
    const { changes } = file
      .prepare(
        `insert or ignore into job select shop_id, ${id}, '${kind}', ${lane}, ${ticket}, '{}', 0,
          'done', 0, 1, 1, 0, null, 0, 0 from ${table} order by shop_id, ${key}`,
      )
      .run();
    tell(`${changes} ${kind}`);
  }
}

function takeIndexesUp(file: SqliteDatabase.Database, tell: (text: string) => void): void {
  for (const { name, sql } of file.prepare<[], LaidAside>("select * from growth_index").all()) {
    file.transaction(() => {
      file.exec(sql);
      file.prepare("delete from growth_index where name = ?").run(name);
    })();
    tell(`index ${name}`);
  }
}

/** A statement is made from the first row of its table. */
function inserter(file: SqliteDatabase.Database) {
  const statements = new Map<string, SqliteDatabase.Statement>();
  return (table: string, row: object) => {
    let statement = statements.get(table);
    if (statement === undefined) {
      const columns = Object.keys(row);
      const places = columns.map(() => "?").join();
      const sql = `insert into ${table} (${columns.join()}) values (${places})`;
      statement = file.prepare(sql);
      statements.set(table, statement);
    }
    statement.run(Object.values(row));
  };
}

function paymentsInto(file: SqliteDatabase.Database, clockwork: Clockwork) {
  const insert = inserter(file);
  return (number: number) => {
    const payment = paymentRow(number, clockwork);
    insert("payment", payment);
    if (payment.order_numbers_from === null) return;
    const { shop_id, provider, id: payment_id } = payment;
    const order_number = orderOf(number);
    insert("payment_order", { shop_id, order_number, provider, payment_id, position: 0 });
  };
}

function ticketsInto(file: SqliteDatabase.Database, clockwork: Clockwork) {
  const insert = inserter(file);
  const append = chain(file, insert);
  const dayOf = (number: number) => Math.floor(openedAt(number, clockwork) / DAY_MS);
  return (number: number) => {
    if (number > 0 && dayOf(number) > dayOf(number - 1)) {
      summarize(insert, append, dayOf(number) * DAY_MS);
    }
    const { event: events, ...tables } = ticketHistory(number, clockwork);
    for (const [table, rows] of Object.entries(tables)) {
      for (const row of rows) insert(table, row);
    }
    for (const event of events) append(event);
  };
}

type Insert = ReturnType<typeof inserter>;
type Append = ReturnType<typeof chain>;

/** Each event is linked with the one before it. Returns the head. */
function chain(file: SqliteDatabase.Database, insert: Insert) {
  const last = file
    .prepare<[], { seq: number; hash: string }>(
      "select seq, hash from event order by seq desc limit 1",
    )
    .get();
  let { seq, hash } = last ?? { seq: 0, hash: "0".repeat(64) };
  return (event?: TicketHistory["event"][number]) => {
    if (event !== undefined) {
      seq += 1;
      const row = { shop_id: SHOP_ID, seq, ...event, prev_hash: hash };
      hash = chainHash(row);
      insert("event", { ...row, hash });
    }
    return `${seq} ${hash}`;
  };
}

/** The mail of a night, which quotes the head of the trail. */
function summarize(insert: Insert, append: Append, at: number): void {
  const local_date = new Date(at).toISOString().slice(0, 10);
  const quoted_head = JSON.stringify({ date: local_date, auditHead: append() });
  const id = `henkin.${hex("summary", local_date).slice(0, 40)}@shop.example.jp`;
  insert("outgoing_mail", {
    ...{ shop_id: SHOP_ID, id, ticket_id: null, name: "summary", variables: "{}", locale: "ja" },
    ...{ to_address: MANAGER, message_id: id, in_reply_to: null, refs: "[]", date_at: at },
    ...{ round: null, raw: null, phase: "accepted", phase_at: at, purged_at: null, quoted_head },
  } satisfies Schema["outgoing_mail"]);
  insert("summary_run", {
    ...{ shop_id: SHOP_ID, local_date, covers_from: at - DAY_MS, covers_to: at, created_at: at },
  } satisfies Schema["summary_run"]);
  const data = `{"date":"${local_date}","from":${at - DAY_MS},"to":${at}}`;
  append({ ticket_id: null, type: "summary_made", actor: "henkin", at, data });
}

/** What there is one of. */
function standing(file: SqliteDatabase.Database, { end, total }: Clockwork): void {
  const insert = inserter(file);
  const first = String(openedAt(0, { end, total }));
  insert("switch", { shop_id: SHOP_ID, name: "first_started_at", value: first });
  for (const provider of ["stripe", "smartpay"]) {
    const sync = { page: null, complete: 1, synced_at: end };
    insert("payment_sync", { shop_id: SHOP_ID, provider, ...sync });
  }
  insert("mailbox_cursor", {
    ...{ shop_id: SHOP_ID, mailbox: "INBOX", generation: "1", last_key: String(total * 4) },
    ...{ since_at: null, full_scan_at: end },
  } satisfies Schema["mailbox_cursor"]);
}
