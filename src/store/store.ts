// Puts the tables together. Each store is one shop's view of tables that all share: every row carries its shop.

import type { Kysely } from "kysely";
import type { MailVault } from "../ports.ts";
import type { Store, WriteTx } from "../store-port.ts";
import { approvalsTable } from "./approvals.ts";
import { bankAccountsTable } from "./bank-accounts.ts";
import { censusTable } from "./census.ts";
import { type Opening, openDatabase } from "./database.ts";
import { depositsTable } from "./deposits.ts";
import { lanesTable, summariesTable, switchesTable } from "./desk.ts";
import { type Engine, explaining } from "./engine.ts";
import {
  type ChainReport,
  eventsTable,
  findHash,
  listQuotedHeads,
  type QuotedHead,
  verifyChain,
} from "./events.ts";
import { type JobSharing, jobsTable } from "./jobs.ts";
import { type Sharing, wantTurns } from "./lane-turns.ts";
import { isPostgresUrl } from "./location.ts";
import { mailGrantsTable } from "./mail-grants.ts";
import { mailboxHold } from "./mailbox-leases.ts";
import { mailsTable } from "./mails.ts";
import { messagesTable } from "./messages.ts";
import { paymentsTable } from "./payments.ts";
import { personalTable } from "./personal.ts";
import { mismatchesTable, providerRefundsTable, reconciliationsTable } from "./reconciliations.ts";
import { refundsTable } from "./refunds.ts";
import type { Schema } from "./schema.ts";
import { sealing } from "./sealing.ts";
import { shareCommits } from "./shared-commits.ts";
import { shopsTable } from "./shops.ts";
import { sqliteEngine } from "./sqlite-engine.ts";
import { ticketsTable } from "./tickets.ts";

export interface OpenStore extends Store {
  /** Against the heads that its summaries quote, and against further ones. */
  verifyAudit(quoted?: readonly QuotedHead[]): Promise<ChainReport>;
  /** Of the audit event with this number. */
  findAuditHash(sequence: number): Promise<string | undefined>;
}

interface StoreOptions {
  /** A file, ":memory:", or the URL of a PostgreSQL database. */
  readonly path: string;
  readonly shopId: string;
  readonly now: () => number;
  /** Seals the mails; absent: they lie in clear, as in a database in memory they may. */
  readonly vault?: () => MailVault;
  /** Where several workers work off its jobs; absent: one does. */
  readonly sharing?: Sharing;
}

/** Opens and migrates the database at `path`. */
export async function openStore(options: StoreOptions & Opening): Promise<OpenStore> {
  const { db, engine } = await openTables(options);
  return storeOn(db, options, engine);
}

/** For the stores of many shops on one database. */
export async function openTables(
  options: Pick<StoreOptions, "path" | "now"> & Opening,
): Promise<{ readonly db: Kysely<Schema>; readonly engine: Engine }> {
  const { path, now } = options;
  if (!isPostgresUrl(path)) {
    return { db: await openDatabase(path, now(), options), engine: sqliteEngine(path) };
  }
  const { openPostgres, postgresEngine } = await import("./postgres.ts");
  return { db: await openPostgres(path, now(), options), engine: postgresEngine(path) };
}

/** On a database that is open and migrated. */
export function storeOn(
  db: Kysely<Schema>,
  { path, shopId, now, vault, sharing }: StoreOptions,
  engine: Engine = sqliteEngine(path),
): OpenStore {
  const sealed = sealing(vault ?? null, shopId);
  const listeners: (() => void)[] = [];

  const tables = (connection: Kysely<Schema>, shared?: JobSharing): WriteTx => ({
    messages: messagesTable(connection, shopId, sealed),
    tickets: ticketsTable(connection, shopId, now),
    payments: paymentsTable(connection, shopId),
    approvals: approvalsTable(connection, shopId),
    bankAccounts: bankAccountsTable(connection, shopId),
    deposits: depositsTable(connection, shopId),
    refunds: refundsTable(connection, shopId, now),
    providerRefunds: providerRefundsTable(connection, shopId),
    reconciliations: reconciliationsTable(connection, shopId),
    mismatches: mismatchesTable(connection, shopId),
    jobs: jobsTable(connection, shopId, now, shared),
    mails: mailsTable(connection, shopId, sealed),
    personal: personalTable(connection, shopId, sealed),
    events: eventsTable(connection, shopId),
    lanes: lanesTable(connection, shopId),
    summaries: summariesTable(connection, shopId),
    switches: switchesTable(connection, shopId),
    mailGrants: mailGrantsTable(connection, shopId),
    census: censusTable(connection, shopId),
    mailboxHold: mailboxHold(connection, shopId, engine, now),
    shops: shopsTable(connection, (id) => engine.beginWrite(connection, id)),
  });

  const commits = shareCommits(
    db,
    (tx) => engine.beginWrite(tx, shopId),
    () => {
      for (const listener of listeners) listener();
    },
  );

  /** Behind a savepoint of its own, as the write is: what is taken back has asked nobody. */
  async function inShared<Result>(
    tx: Kysely<Schema>,
    work: (tables: WriteTx) => Promise<Result>,
  ): Promise<Result> {
    if (sharing === undefined) return work(tables(tx));
    const wanted = wantTurns(tx, shopId, sharing, now);
    const { owner } = sharing;
    const result = await work(tables(tx, { owner, now: () => engine.now(tx, now), wanted }));
    await wanted.ask();
    return result;
  }

  const guarded = explaining(engine);

  return {
    // In a transaction, too: several queries of one step see one moment.
    read: (work) =>
      guarded(() =>
        db
          .transaction()
          // SQLite has no other; PostgreSQL would show each query its own moment.
          .setIsolationLevel("repeatable read")
          .setAccessMode("read only")
          .execute((tx) => work(tables(tx))),
      ),
    write: (work) => guarded(() => commits.write((tx) => inShared(tx, work))),
    onWrite: (listener) => {
      listeners.push(listener);
    },
    verifyAudit: (quoted = []) =>
      guarded(async () =>
        verifyChain(db, shopId, [...(await listQuotedHeads(db, shopId)), ...quoted]),
      ),
    findAuditHash: (sequence) => guarded(() => findHash(db, shopId, sequence)),
    async scrub() {
      await guarded(() => engine.scrub(db));
    },
    close: () => db.destroy(),
  };
}
