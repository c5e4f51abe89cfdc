// Fills a database with years of payments and tickets, and keeps it in a folder: a million of each take
// minutes. Broken off, it begins anew.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Written when the database is whole. */
interface Notes {
  readonly end: number;
}

const IN_A_SHEAF = 500;
const TOLD_EVERY = 25_000;
/** Made anew when the rows are there, which takes a fraction of the time; those of payments grow with them. */
const INDEXED_LATER =
  "type = 'index' and sql is not null and sql not like 'create unique%' and tbl_name not like 'payment%'";

export async function grownDatabase(
  folder: string,
  total: number,
  tell: (text: string) => void,
): Promise<Grown> {
  mkdirSync(folder, { recursive: true });
  const name = `${total}.db`;
  const path = join(folder, name);
  const notes = join(folder, `${total}.json`);
  if (!existsSync(notes)) {
    for (const part of readdirSync(folder)) {
      if (part.startsWith(name)) rmSync(join(folder, part));
    }
    const end = Date.now() - DAY_MS;
    await (await openDatabase(path, end)).destroy();
    fill(path, { end, total }, tell);
    writeFileSync(notes, JSON.stringify({ end } satisfies Notes));
  }
  const { end } = JSON.parse(readFileSync(notes, "utf8")) as Notes;
  return { path, total, clockwork: { end, total } };
}

/**
 * In one transaction: keys are random, as they are in life, so that a commit after every few thousand rows
 * would write most pages of the indexes, and the journal, each time. Pages that were not there at its
 * start need no journal.
 */
function fill(path: string, clockwork: Clockwork, tell: (text: string) => void): void {
  const file = new SqliteDatabase(path);
  file.pragma("synchronous = OFF");
  file.pragma("journal_mode = MEMORY");
  file.pragma("locking_mode = EXCLUSIVE");
  file.pragma("cache_size = -3000000");
  file.exec("begin");
  const putAll = (name: string, add: (sheaf: Sheaf, number: number) => void) => {
    const sheaf = new Sheaf(file);
    for (let number = 0; number < clockwork.total; ) {
      for (const end = Math.min(clockwork.total, number + IN_A_SHEAF); number < end; number += 1) {
        add(sheaf, number);
      }
      sheaf.bind();
      if (number % TOLD_EVERY === 0) tell(`${number} ${name}`);
    }
  };
  putAll("payments", (sheaf, number) => addPayment(sheaf, number, clockwork));
  const later = layIndexesAside(file);
  putAll("tickets", ticketsInto(clockwork));
  putDoneJobs(file, tell);
  for (const { name, sql } of later) {
    file.exec(sql);
    tell(`index ${name}`);
  }
  standing(file, clockwork);
  file.exec("commit");
  file.pragma("journal_mode = WAL");
  file.close();
}

interface LaidAside {
  readonly name: string;
  readonly sql: string;
}

function layIndexesAside(file: SqliteDatabase.Database): LaidAside[] {
  const sql = `select name, sql from sqlite_schema where ${INDEXED_LATER}`;
  const indexes = file.prepare<[], LaidAside>(sql).all();
  for (const { name } of indexes) file.exec(`drop index ${name}`);
  return indexes;
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

/** Fills table after table: going from one to the next at every row takes twice the time. */
class Sheaf {
  readonly #file: SqliteDatabase.Database;
  readonly #rows = new Map<string, object[]>();

  constructor(file: SqliteDatabase.Database) {
    this.#file = file;
  }

  add(table: string, ...rows: readonly object[]): void {
    const others = this.#rows.get(table);
    if (others === undefined) this.#rows.set(table, [...rows]);
    else others.push(...rows);
  }

  bind(): void {
    for (const [table, rows] of this.#rows) {
      const [first] = rows;
      if (first === undefined) continue;
      const columns = Object.keys(first);
      const places = columns.map(() => "?").join();
      const insert = this.#file.prepare(
        `insert into ${table} (${columns.join()}) values (${places})`,
      );
      for (const row of rows) insert.run(Object.values(row));
    }
    this.#rows.clear();
  }
}

function addPayment(sheaf: Sheaf, number: number, clockwork: Clockwork): void {
  const payment = paymentRow(number, clockwork);
  sheaf.add("payment", payment);
  if (payment.order_numbers_from === null) return;
  const { shop_id, provider, id: payment_id } = payment;
  const order_number = orderOf(number);
  sheaf.add("payment_order", { shop_id, order_number, provider, payment_id, position: 0 });
}

/** Each event is linked with the one before it. */
class Trail {
  #seq = 0;
  #hash = "0".repeat(64);

  get head(): string {
    return `${this.#seq} ${this.#hash}`;
  }

  append(sheaf: Sheaf, { ticket_id, type, actor, at, data }: TicketHistory["event"][number]): void {
    this.#seq += 1;
    const of = { shop_id: SHOP_ID, seq: this.#seq, ticket_id, type, actor, at, data };
    const row = { ...of, prev_hash: this.#hash };
    this.#hash = chainHash(row);
    sheaf.add("event", { ...row, hash: this.#hash });
  }
}

function ticketsInto(clockwork: Clockwork) {
  const trail = new Trail();
  const dayOf = (number: number) => Math.floor(openedAt(number, clockwork) / DAY_MS);
  return (sheaf: Sheaf, number: number) => {
    if (number > 0 && dayOf(number) > dayOf(number - 1)) {
      addSummary(sheaf, trail, dayOf(number) * DAY_MS);
    }
    const { event: events, ...tables } = ticketHistory(number, clockwork);
    for (const [table, rows] of Object.entries(tables)) sheaf.add(table, ...rows);
    for (const event of events) trail.append(sheaf, event);
  };
}

/** The mail of a night, which quotes the head of the trail. */
function addSummary(sheaf: Sheaf, trail: Trail, at: number): void {
  const local_date = new Date(at).toISOString().slice(0, 10);
  const quoted_head = JSON.stringify({ date: local_date, auditHead: trail.head });
  const id = `henkin.${hex("summary", local_date).slice(0, 40)}@shop.example.jp`;
  sheaf.add("outgoing_mail", {
    ...{ shop_id: SHOP_ID, id, ticket_id: null, name: "summary", variables: "{}", locale: "ja" },
    ...{ to_address: MANAGER, message_id: id, in_reply_to: null, refs: "[]", date_at: at },
    ...{ round: null, raw: null, phase: "accepted", phase_at: at, purged_at: null, quoted_head },
  } satisfies Schema["outgoing_mail"]);
  sheaf.add("summary_run", {
    ...{ shop_id: SHOP_ID, local_date, covers_from: at - DAY_MS, covers_to: at, created_at: at },
  } satisfies Schema["summary_run"]);
  const data = `{"date":"${local_date}","from":${at - DAY_MS},"to":${at}}`;
  trail.append(sheaf, { ticket_id: null, type: "summary_made", actor: "henkin", at, data });
}

/** What there is one of. */
function standing(file: SqliteDatabase.Database, { end, total }: Clockwork): void {
  const sheaf = new Sheaf(file);
  const first = String(openedAt(0, { end, total }));
  sheaf.add("switch", { shop_id: SHOP_ID, name: "first_started_at", value: first });
  for (const provider of ["stripe", "smartpay"]) {
    const sync = { page: null, complete: 1, synced_at: end };
    sheaf.add("payment_sync", { shop_id: SHOP_ID, provider, ...sync });
  }
  sheaf.add("mailbox_cursor", {
    ...{ shop_id: SHOP_ID, mailbox: "INBOX", generation: "1", last_key: String(total * 4) },
    ...{ since_at: null, full_scan_at: end },
  } satisfies Schema["mailbox_cursor"]);
  sheaf.bind();
}
