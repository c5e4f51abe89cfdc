import SqliteDatabase from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/store/store.ts";
import type { ReadTx, WriteTx } from "../../src/store-port.ts";
import { makeOlderDatabase } from "../support/older-database.ts";
import { aNewMessage, aNewRefund, aNewTicket, useStore } from "./store-bench.ts";

const COUNTS = [
  "select 'message ' || state || ' ' || coalesce(kind, ''), count(*) from message group by 1",
  "select 'ticket ' || status, count(*) from ticket group by 1",
  "select 'refund ' || provider || ' ' || state, count(*) from refund group by 1",
  "select 'newest message', max(received_at) from message",
];

/** Counted anew, row by row. */
function countedIn(path: string): Record<string, number> {
  const file = new SqliteDatabase(path, { readonly: true });
  const rows = COUNTS.flatMap((sql) => file.prepare(sql).raw().all() as [string, number][]);
  file.close();
  return Object.fromEntries(rows);
}

async function toldBy({ census }: Pick<ReadTx, "census">): Promise<Record<string, number>> {
  const messages = await census.countMessages();
  const tickets = await census.countTickets();
  const refunds = await census.countRefunds();
  return Object.fromEntries([
    ...messages.map(({ state, kind, count }) => [`message ${state} ${kind ?? ""}`, count]),
    ...tickets.map(({ status, count }) => [`ticket ${status}`, count]),
    ...refunds.map(({ provider, state, count }) => [`refund ${provider} ${state}`, count]),
    ["newest message", Math.max(...messages.map(({ lastAt }) => lastAt))],
  ]);
}

async function live(tx: WriteTx): Promise<void> {
  for (const [at, pk] of ["a", "b", "c", "d"].entries()) {
    await tx.messages.insert(aNewMessage({ pk, receivedAt: 10 - at }));
    // Known already.
    await tx.messages.insert(aNewMessage({ pk, receivedAt: 99 }));
  }
  const read = { kind: "refund_request", ticketId: null, reason: null };
  await tx.messages.markProcessed("a", read);
  await tx.messages.markProcessed("b", read);
  await tx.messages.markProcessed("b", { ...read, kind: "other" });
  await tx.messages.markQuarantined("c", "poison");
  await tx.messages.markNew("c");
  await tx.messages.markQuarantined("d", "poison");
  await tx.messages.blank("a");
  const ticket = await tx.tickets.insert(aNewTicket());
  await tx.tickets.insert(aNewTicket({ id: "ticket-2" }));
  const matched = await tx.tickets.update(ticket, { status: "unmatched" });
  if (matched !== undefined) await tx.tickets.update(matched, { round: 1 });
  await tx.refunds.insert(aNewRefund());
  await tx.refunds.update("refund-1", { state: "pending" });
  await tx.refunds.update("refund-1", { needsPerson: true });
}

describe("the census", () => {
  const bench = useStore("in a file");

  it("tells what a count of the rows would, whatever was done", async () => {
    const { write, store, path } = bench();
    await write(live);
    const told = await store.read(toldBy);
    expect(told).toEqual(countedIn(path));
    expect(Object.keys(told)).toHaveLength(8);
  });

  it("counts no change that came to nothing", async () => {
    const { write, store, path } = bench();
    await write(live);
    const broken = write(async (tx) => {
      await tx.tickets.insert(aNewTicket({ id: "ticket-3" }));
      throw new Error("broken off");
    });
    await expect(broken).rejects.toThrow("broken off");
    expect(await store.read(toldBy)).toEqual(countedIn(path));
  });

  it("knows the rows of an older version", async () => {
    const path = `${bench().path}.older`;
    await makeOlderDatabase(path, 10);
    const store = await openStore({ path, shopId: "shop", now: () => 2 });
    const told = await store.read(toldBy);
    await store.close();
    expect(told).toEqual(countedIn(path));
    expect(Object.keys(told)).toHaveLength(4);
  });
});
