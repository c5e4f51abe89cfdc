// A store for each test, in memory or in a file, and rows to put into it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Proposal, Ticket } from "../../src/domain/ticket.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import type { Jobs, Mails, Messages, Refunds, Tickets, WriteTx } from "../../src/store-port.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Postgres, postgresInstalled, startPostgres } from "../support/postgres.ts";

export const PLACES = [
  "in memory",
  "in a file",
  ...(postgresInstalled() ? (["on PostgreSQL"] as const) : []),
] as const;
type Place = (typeof PLACES)[number];

/** How each database says that a row would break an index or a check. */
export const UNIQUE = /UNIQUE|duplicate key value violates unique constraint/;
export const CHECK = /CHECK|violates check constraint/;

export interface StoreBench {
  readonly store: OpenStore;
  readonly clock: FakeClock;
  /** ":memory:", the file or the database's URL. */
  readonly path: string;
  /** Changes the rows behind the store's back; not in memory. */
  readonly tamper: (...statements: readonly string[]) => Promise<void>;
  readonly write: <Result>(work: (tx: WriteTx) => Promise<Result>) => Promise<Result>;
}

/** Opens a fresh store before each test and closes it after. */
export function useStore(place: Place): () => StoreBench {
  let bench: StoreBench | undefined;
  let directory: string | undefined;
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    if (place === "on PostgreSQL") postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "henkin-store-"));
    const file = place === "in memory" ? ":memory:" : join(directory, "data", "henkin.db");
    const path = (await postgres?.createDatabase()) ?? file;
    const clock = new FakeClock();
    const store = await openStore({ path, shopId: "shop", now: clock.now });
    const tamper = async (...statements: readonly string[]) => {
      if (postgres !== undefined) {
        await postgres.execute(path, ...statements.map(forPostgres));
        return;
      }
      const database = new SqliteDatabase(path);
      for (const statement of statements) database.exec(statement);
      database.close();
    };
    bench = { store, clock, path, tamper, write: (work) => store.write(work) };
  });
  afterEach(async () => {
    await bench?.store.close();
    if (directory !== undefined) rmSync(directory, { recursive: true });
    bench = undefined;
  });
  return () => {
    if (bench === undefined) throw new Error("no test is running");
    return bench;
  };
}

/** There a trigger belongs to its table. */
const forPostgres = (statement: string) =>
  statement.replace(/^drop trigger (event\w+)$/, "drop trigger $1 on event");

export function aNewTicket(
  change: Partial<Parameters<Tickets["insert"]>[0]> = {},
): Parameters<Tickets["insert"]>[0] {
  return {
    id: "ticket-1",
    openedBy: "message-1",
    orderNumbers: ["679"],
    requesterName: "田中太郎",
    requesterKana: null,
    requesterEmail: "taro@mail.example",
    requestedMinor: null,
    intent: "cancel",
    openedAt: 1_000,
    ...change,
  };
}

export function aNewMessage(
  change: Partial<Parameters<Messages["insert"]>[0]> = {},
): Parameters<Messages["insert"]>[0] {
  return {
    pk: "v1:abc",
    messageId: "1@mail.example",
    fromAddress: "taro@mail.example",
    subject: "返金",
    receivedAt: 1_000,
    size: 3,
    raw: Buffer.from([1, 0, 255]),
    truncated: false,
    quarantineReason: null,
    ...change,
  };
}

export function aNewRefund(
  change: Partial<Parameters<Refunds["insert"]>[0]> = {},
): Parameters<Refunds["insert"]>[0] {
  return {
    id: "refund-1",
    ticketId: "ticket-1",
    round: 1,
    action: "refund",
    provider: "memory",
    account: "acct_1",
    paymentId: "pi_679",
    amountMinor: 2467,
    currency: "JPY",
    reason: "requested_by_customer",
    metadata: { henkin_ticket: "1" },
    idempotencyKey: "key-1",
    instructionsEmail: null,
    keyStoredAt: 1_000,
    ...change,
  };
}

export function aNewJob(
  change: Partial<Parameters<Jobs["add"]>[0]> = {},
): Parameters<Jobs["add"]>[0] {
  return {
    id: "job-1",
    kind: "send_mail",
    lane: "smtp",
    ticketId: null,
    payload: {},
    dueAt: 0,
    ...change,
  };
}

export function aNewMail(
  change: Partial<Parameters<Mails["insert"]>[0]> = {},
): Parameters<Mails["insert"]>[0] {
  return {
    id: "mail-1",
    ticketId: "ticket-1",
    name: "reminder",
    variables: {
      reference: "R-1",
      shopName: "見本商店",
      amount: "",
      orderNumber: "679",
      requester: "",
      since: "",
      code: "",
    },
    locale: "ja",
    to: "tanaka@shop.example",
    messageId: "henkin.1@shop.example",
    inReplyTo: null,
    references: ["a@b"],
    date: 1_000,
    round: 1,
    ...change,
  };
}

export const PROPOSAL: Proposal = {
  kind: "proposal",
  action: "refund",
  provider: "memory",
  account: "acct_1",
  livemode: true,
  paymentId: "pi_679",
  method: "card",
  currency: "JPY",
  proposedMinor: 2467,
  refundableMinor: 2467,
  capturedMinor: 2467,
  refundedMinor: 0,
  status: "paid",
  disputed: false,
  chosen: false,
};

/** Opens a round for the ticket, with one request to each approver. */
export async function insertRound(
  tx: WriteTx,
  { id }: Pick<Ticket, "id">,
  round: number,
  approvers: readonly string[] = [],
): Promise<void> {
  await tx.approvals.insertRound(
    {
      ticketId: id,
      round,
      question: PROPOSAL,
      questionHash: "hash",
      ticketVersion: 1,
      createdAt: 1_000,
    },
    approvers.map((approver) => ({
      ticketId: id,
      round,
      approver,
      messageId: `${id}.${round}.${approver}`,
      codeHash: `code of ${id} ${round} ${approver}`,
      expiresAt: 2_000,
    })),
  );
}
