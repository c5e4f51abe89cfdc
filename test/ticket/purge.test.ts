import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpen, TICKET_STATUSES } from "../../src/domain/lifecycle.ts";
import { type OpenStore, openStore } from "../../src/store/store.ts";
import type { WriteTx } from "../../src/store-port.ts";
import { purgeOld, type Step } from "../../src/ticket/purge.ts";
import { aNewJob, aNewMail, aNewMessage, aNewRefund, aNewTicket } from "../store/store-bench.ts";
import { openDesk, SHOP } from "../support/desk.ts";
import { aPayment } from "../support/memory-provider.ts";

const DAY = 24 * 60 * 60 * 1_000;
const NOW = 30 * 365 * DAY;
const PERSONAL_DAYS = 100;
const BOOKS_DAYS = 7 * 365.25;

const aCase = fc.record({
  status: fc.constantFrom(...TICKET_STATUSES),
  resolution: fc.constantFrom(null, "rejected", "refunded", "done_elsewhere", "withdrawn"),
  days: fc.constantFrom(1, 99, 101, 2_000, 2_600),
  refund: fc.constantFrom(
    null,
    null,
    "refused",
    "succeeded",
    "voided",
    "pending",
    "unknown",
    "failed",
  ),
  followDays: fc.constantFrom(null, null, -1, 10),
  waits: fc.constantFrom(null, null, "pending", "running", "done"),
  differs: fc.constantFrom(false, false, false, true),
  hasAccount: fc.constantFrom(false, false, false, true),
  isSeenAtProvider: fc.constantFrom(false, false, false, true),
  message: fc.constantFrom("processed", "processed", "quarantined", "new"),
});
type Case = typeof aCase extends fc.Arbitrary<infer Value> ? Value : never;

/** Written down once more, from README's table and not from the code. */
function mayGo(of: Case): boolean {
  const isPaid = of.refund !== null && of.refund !== "refused";
  const isNeeded = [
    isOpen(of.status),
    ["pending", "unknown"].includes(of.refund ?? ""),
    ["pending", "running"].includes(of.waits ?? ""),
    of.differs,
    of.hasAccount,
    isPaid && of.followDays === 10,
  ];
  const isOfEnd = ["refunded", "done_elsewhere"].includes(of.resolution ?? "");
  const isBooked = isPaid || of.isSeenAtProvider || isOfEnd;
  return !isNeeded.includes(true) && of.days > (isBooked ? BOOKS_DAYS : PERSONAL_DAYS);
}

async function insertCase(tx: WriteTx, at: number, of: Case): Promise<void> {
  const [id, pk] = [`t${at}`, `v1:${at}`];
  await tx.tickets.insert(aNewTicket({ id, openedBy: pk, openedAt: NOW - of.days * DAY }));
  const receivedAt = NOW - 5_000 * DAY;
  await tx.messages.insert(aNewMessage({ pk, receivedAt }));
  await tx.mails.insert(aNewMail({ id: `m${at}`, messageId: `m${at}`, ticketId: id, date: 5 }));
  if (of.refund !== null) {
    const keys = { id: `r${at}`, idempotencyKey: `k${at}`, paymentId: `p${at}`, ticketId: id };
    await tx.refunds.insert(aNewRefund(keys));
    const followUntil = of.followDays === null ? null : NOW + of.followDays * DAY;
    await tx.refunds.update(`r${at}`, { state: of.refund as "failed", followUntil });
  }
  if (of.waits !== null) await tx.jobs.add(aNewJob({ id: `j${at}`, ticketId: id }));
  if (of.differs) {
    const mismatch = { provider: "memory", kind: "amount" as never, subject: id, ticketId: id };
    await tx.mismatches.raise({ ...mismatch, values: [], foundAt: 1 });
  }
  if (of.hasAccount) {
    const account = { sealed: "", digest: "", provider: "", paymentId: "", payer: "" };
    await tx.bankAccounts.save(id, { ...account, messagePk: pk }, 1);
  }
}

/** A ticket that is open, with its mails and its payment; of every hundredth those of nobody's ticket. */
async function insertLate(tx: WriteTx, at: number): Promise<void> {
  const [id, pk] = [`t${at}`, `v1:${at}`];
  const isLoose = at % 100 === 40;
  const ticket = await tx.tickets.insert(aNewTicket({ id, openedBy: isLoose ? "none" : pk }));
  await tx.messages.insert(aNewMessage({ pk }));
  const ofTicket = isLoose ? null : id;
  await tx.messages.markProcessed(pk, { kind: "refund_request", ticketId: ofTicket, reason: null });
  await tx.mails.insert(
    aNewMail({ id: `m${at}`, messageId: `m${at}`, ticketId: ofTicket, date: 5 }),
  );
  const payment = aPayment({ id: `pi_${at}`, createdAt: 5 });
  await tx.payments.upsert([payment], 5);
  const { provider } = payment;
  if (!isLoose) await tx.tickets.update(ticket, { provider, paymentId: payment.id });
}

async function fill(path: string, cases: readonly Case[]) {
  const store = await openStore({ path, shopId: "shop", now: () => NOW });
  for (const [at, of] of cases.entries()) {
    await store.write((tx) => insertCase(tx, at, of));
  }
  const file = new SqliteDatabase(path);
  for (const [at, of] of cases.entries()) {
    const id = `t${at}`;
    const { status, resolution, days, message, waits } = of;
    file
      .prepare("update ticket set status = ?, resolution = ?, updated_at = ? where id = ?")
      .run(status, resolution, NOW - days * DAY, id);
    file.prepare("update refund set updated_at = ? where ticket_id = ?").run(NOW - days * DAY, id);
    file.prepare("update message set state = ? where pk = ?").run(message, `v1:${at}`);
    file.prepare("update job set state = ? where ticket_id = ?").run(waits ?? "done", id);
    if (of.isSeenAtProvider) {
      file
        .prepare(
          `insert into provider_refund values ('shop', 'memory', ?, 'p', 1, 'JPY', 'succeeded', 1,
           'elsewhere', null, ?, 1, 1, null, 1)`,
        )
        .run(id, id);
    }
  }
  file.close();
  return store;
}

async function expectPurged(store: OpenStore, at: number, of: Case): Promise<void> {
  const goes = mayGo(of);
  const isErased = goes && of.message === "processed";
  await store.read(async (tx) => {
    const found = {
      name: (await tx.tickets.find(`t${at}`))?.requesterName,
      bytes: (await tx.messages.find(`v1:${at}`))?.raw.byteLength,
      from: (await tx.messages.find(`v1:${at}`))?.fromAddress,
      to: (await tx.mails.find(`m${at}`))?.to,
    };
    expect(found, JSON.stringify(of)).toEqual({
      name: goes ? null : "田中太郎",
      ...(isErased ? { bytes: 0, from: "" } : { bytes: 3, from: "taro@mail.example" }),
      to: goes ? "" : "tanaka@shop.example",
    });
  });
}

describe("purging", () => {
  it("never touches what is protected, and takes all else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aCase, { minLength: 1, maxLength: 8 }), async (cases) => {
        const directory = mkdtempSync(join(tmpdir(), "henkin-purge-"));
        const store = await fill(join(directory, "henkin.db"), cases);
        try {
          const retention = { personalDays: PERSONAL_DAYS, booksYears: 7 };
          const clock = { now: () => NOW, sleep: async () => undefined };
          const desk = { shop: { ...SHOP, retention }, clock, signer: {} as never };
          await purgeOld(desk, "henkin", store.write);
          for (const [at, of] of cases.entries()) {
            await expectPurged(store, at, of);
          }
          expect(await purgeOld(desk, "henkin", store.write)).toMatchObject({
            tickets: 0,
            mails: 0,
          });
          expect((await store.verifyAudit()).problem).toBeNull();
        } finally {
          await store.close();
          rmSync(directory, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  it("goes on past hundreds that must stay, a page at a time", async () => {
    const path = ":memory:";
    const store = await openStore({ path, shopId: "shop", now: () => NOW });
    await store.write(async (tx) => {
      for (let at = 0; at < 250; at += 1) await insertLate(tx, at);
    });
    const pages: number[] = [];
    const step: Step = (work) =>
      store.write(async (tx) => {
        const count =
          <Args extends unknown[], Row>(list: (...args: Args) => Promise<Row[]>) =>
          async (...args: Args) => {
            const rows = await list(...args);
            pages.push(rows.length);
            return rows;
          };
        const { listOldMessages, listOldMails, listOldPayments } = tx.personal;
        const personal = {
          ...tx.personal,
          listOldMessages: count(listOldMessages),
          listOldMails: count(listOldMails),
          listOldPayments: count(listOldPayments),
        };
        return work({ ...tx, personal });
      });
    const retention = { personalDays: PERSONAL_DAYS, booksYears: 7 };
    const clock = { now: () => NOW, sleep: async () => undefined };
    const desk = { shop: { ...SHOP, retention }, clock, signer: {} as never };
    const erased = await purgeOld(desk, "henkin", step);
    await store.close();
    // Of 250 tickets that are open three have no place in their rows.
    expect(erased).toEqual({ tickets: 0, messages: 3, mails: 3, payments: 3 });
    expect(pages).toEqual([100, 100, 50, 100, 100, 50, 100, 100, 50]);
  });

  it("leaves all but mails of no concern where RETENTION_DAYS is unset", async () => {
    const desk = await openDesk();
    await desk.ask();
    await desk.receive({ subject: "営業のご案内", text: "新商品のご紹介です。" } as never);
    await desk.work();
    const before = await desk.ticket();
    const purged = () => purgeOld(desk.desk, "henkin", desk.store.write);
    desk.clock.advance(6 * DAY);
    expect(await purged()).toMatchObject({ messages: 0 });
    desk.clock.advance(2 * DAY);
    expect(await purged()).toEqual({ tickets: 0, messages: 1, mails: 0, payments: 0 });
    desk.clock.advance(5_000 * DAY);
    expect(await purged()).toMatchObject({ messages: 0 });
    expect(await desk.ticket()).toEqual(before);
    await desk.close();
  });
});
