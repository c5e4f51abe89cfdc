import SqliteDatabase from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { openStore } from "../../src/store/store.ts";
import type { ReadTx } from "../../src/store-port.ts";
import { aNewTicket, PLACES, useStore } from "./store-bench.ts";

describe.each(PLACES)("a transaction %s", (place) => {
  const bench = useStore(place);

  it("happens as a whole or not at all", async () => {
    const { write, store } = bench();
    const failing = write(async (tx) => {
      await tx.tickets.insert(aNewTicket());
      await tx.switches.set("stop", "on");
      throw new Error("a bug");
    });
    await expect(failing).rejects.toThrow("a bug");
    expect(await store.read((tx) => tx.tickets.find("ticket-1"))).toBeUndefined();
    expect(await store.read((tx) => tx.switches.find("stop"))).toBeUndefined();
  });

  it("waits for the one before it", async () => {
    const { write, store } = bench();
    const add = () =>
      write(async (tx) => {
        const value = Number((await tx.switches.find("n")) ?? 0);
        await Promise.resolve();
        await tx.switches.set("n", String(value + 1));
      });
    await Promise.all(Array.from({ length: 50 }, add));
    expect(await store.read((tx) => tx.switches.find("n"))).toBe("50");
  });

  it("is told to listeners after it is durable, and only then", async () => {
    const { write, store } = bench();
    let told = 0;
    store.onWrite(() => {
      told += 1;
    });
    await write((tx) => tx.switches.set("a", "1"));
    expect(told).toBe(1);
    await write(() => Promise.reject(new Error("a bug"))).catch(() => undefined);
    await store.read((tx) => tx.switches.find("a"));
    expect(told).toBe(1);
  });

  it("that reads sees one moment, whatever is written meanwhile", async () => {
    const { write, store } = bench();
    await write((tx) => tx.switches.set("a", "before"));
    let written: Promise<void> | undefined;
    const seen = await store.read(async (tx) => {
      const first = await tx.switches.find("a");
      written = write((other) => other.switches.set("a", "after"));
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      return [first, await tx.switches.find("a")];
    });
    await written;
    expect(seen).toEqual(["before", "before"]);
  });
});

describe("a reading transaction", () => {
  it("has no method that writes", () => {
    // The compiler is the test: each line below must stay an error.
    const compiles = (tx: ReadTx) => [
      // @ts-expect-error insert
      () => tx.tickets.insert(aNewTicket()),
      // @ts-expect-error update
      () => tx.refunds.update("refund-1", { state: "succeeded" }),
      // @ts-expect-error upsert
      () => tx.payments.upsert([], 0),
      // @ts-expect-error claim
      () => tx.jobs.claim(0, []),
      // @ts-expect-error record
      () => tx.approvals.record,
      // @ts-expect-error append
      () => tx.events.append,
      // @ts-expect-error set
      () => tx.switches.set("stop", "off"),
      // @ts-expect-error markProcessed
      () => tx.messages.markProcessed,
      // @ts-expect-error setPhase
      () => tx.mails.setPhase,
    ];
    expect(compiles).toBeTypeOf("function");
  });
});

describe("in a file", () => {
  const bench = useStore("in a file");

  it("rows outlive the store that wrote them", async () => {
    const { path, write, store, clock } = bench();
    await write((tx) => tx.tickets.insert(aNewTicket()));
    await store.close();
    const again = await openStore({ path, shopId: "shop", now: clock.now });
    expect((await again.read((tx) => tx.tickets.find("ticket-1")))?.number).toBe(1);
    await again.close();
  });

  it("two shops see nothing of each other", async () => {
    const { path, write, clock } = bench();
    await write(async (tx) => {
      await tx.tickets.insert(aNewTicket());
      await tx.events.append({ ticketId: null, type: "a", actor: "henkin", at: 1, data: {} });
    });
    const other = await openStore({ path, shopId: "other", now: clock.now });
    expect(await other.read((tx) => tx.tickets.list({}))).toEqual([]);
    const ticket = await other.write((tx) => tx.tickets.insert(aNewTicket()));
    expect(ticket.number).toBe(1);
    expect(await other.verifyAudit()).toMatchObject({ rows: 0, problem: null });
    await other.close();
  });

  it("what one process writes the other reads", async () => {
    const { path, write, store, clock } = bench();
    const other = await openStore({ path, shopId: "shop", now: clock.now });
    await write((tx) => tx.switches.set("a", "1"));
    await other.write((tx) => tx.switches.set("b", "2"));
    expect(await other.read((tx) => tx.switches.find("a"))).toBe("1");
    expect(await store.read((tx) => tx.switches.find("b"))).toBe("2");
    await other.close();
  });

  it("a look waits for nobody who writes", async () => {
    const { path, write, store } = bench();
    await write((tx) => tx.switches.set("a", "1"));
    const other = new SqliteDatabase(path);
    other.exec("begin immediate");
    expect(await store.read((tx) => tx.switches.find("a"))).toBe("1");
    other.exec("rollback");
    other.close();
  });

  it("a database that another process locks for long is a TransientError", {
    timeout: 30_000,
  }, async () => {
    const { path, write } = bench();
    const other = new SqliteDatabase(path);
    other.exec("begin immediate");
    const failure = await write((tx) => tx.switches.set("a", "1")).catch((error: unknown) => error);
    other.exec("rollback");
    other.close();
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure).toMatchObject({ code: "database_busy" });
  });
});
