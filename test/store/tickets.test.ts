import { describe, expect, it } from "vitest";
import type { TicketFilter } from "../../src/store-port.ts";
import { aNewRefund, aNewTicket, CHECK, insertRound, PLACES, useStore } from "./store-bench.ts";

describe.each(PLACES)("tickets %s", (place) => {
  const bench = useStore(place);
  const insert = (change: Parameters<typeof aNewTicket>[0] = {}) =>
    bench().write((tx) => tx.tickets.insert(aNewTicket(change)));

  it("are numbered from one on, without a gap", async () => {
    expect((await insert()).number).toBe(1);
    expect((await insert({ id: "ticket-2" })).number).toBe(2);
    await expect(insert({ id: "ticket-2" })).rejects.toThrow();
    expect((await insert({ id: "ticket-3" })).number).toBe(3);
  });

  it("are read back as they were written", async () => {
    const ticket = await insert({ requestedMinor: 1000, intent: "partial" });
    expect(ticket).toEqual({
      ...aNewTicket({ requestedMinor: 1000, intent: "partial" }),
      number: 1,
      version: 1,
      status: "received",
      resolution: null,
      provider: null,
      paymentId: null,
      payerEmail: null,
      round: 0,
      updatedAt: 1_000,
    });
    const { store } = bench();
    expect(await store.read((tx) => tx.tickets.find("ticket-1"))).toEqual(ticket);
    expect(await store.read((tx) => tx.tickets.findByNumber(1))).toEqual(ticket);
    expect(await store.read((tx) => tx.tickets.findByNumber(2))).toBeUndefined();
  });

  it("change by compare-and-set: who read an older version changes nothing", async () => {
    const { write, store, clock } = bench();
    const ticket = await insert();
    const first = await write((tx) => tx.tickets.update(ticket, { status: "unmatched" }));
    expect(first).toMatchObject({ version: 2, status: "unmatched", updatedAt: clock.now() });
    const late = await write((tx) =>
      tx.tickets.update(ticket, { status: "closed", resolution: "withdrawn" }),
    );
    expect(late).toBeUndefined();
    expect(await store.read((tx) => tx.tickets.find("ticket-1"))).toEqual(first);
  });

  it("of two changes at once one wins", async () => {
    const { write } = bench();
    const ticket = await insert();
    const both = await Promise.all([
      write((tx) => tx.tickets.update(ticket, { status: "unmatched" })),
      write((tx) => tx.tickets.update(ticket, { status: "closed" })),
    ]);
    expect(both.filter((changed) => changed !== undefined)).toHaveLength(1);
  });

  it("are found by their present order numbers, the newest first", async () => {
    const { write, store } = bench();
    const first = await insert({ orderNumbers: ["678", "679", "678"] });
    await insert({ id: "ticket-2" });
    const numbers = async (order: string) =>
      (await store.read((tx) => tx.tickets.listByOrderNumber(order))).map(({ number }) => number);
    expect(await numbers("679")).toEqual([2, 1]);
    await write((tx) => tx.tickets.update(first, { orderNumbers: ["700"] }));
    expect(await numbers("679")).toEqual([2]);
    expect(await numbers("678")).toEqual([]);
    expect(await numbers("700")).toEqual([1]);
  });

  it("are found by payment and by requester", async () => {
    const { write, store } = bench();
    const first = await insert();
    await insert({ id: "ticket-2", requesterEmail: "hanako@mail.example" });
    await write((tx) => tx.tickets.update(first, { provider: "memory", paymentId: "pi_679" }));
    const found = await store.read(async (tx) => [
      await tx.tickets.listByPayment("memory", "pi_679"),
      await tx.tickets.listByPayment("stripe", "pi_679"),
      await tx.tickets.listByRequester("hanako@mail.example"),
    ]);
    expect(found.map((list) => list.map(({ number }) => number))).toEqual([[1], [], [2]]);
  });

  it("hold no status that is none", async () => {
    const { write } = bench();
    const ticket = await insert();
    const change = { status: "paid out" as "refunded" };
    await expect(write((tx) => tx.tickets.update(ticket, change))).rejects.toThrow(CHECK);
  });

  it.each<[string, TicketFilter, number[]]>([
    ["nothing", {}, [1, 2, 3]],
    ["a number", { number: 2 }, [2]],
    ["a status", { status: "unmatched" }, [2]],
    ["the day they were opened", { from: 200, before: 300 }, [2]],
    ["the amount asked for", { amountMinor: 500 }, [3]],
    ["the amount refunded", { amountMinor: 2467 }, [1]],
    ["a part of the name", { name: "山田" }, [2]],
    ["a name that is a pattern", { name: "%" }, []],
    ["status and name", { status: "unmatched", name: "田中" }, []],
  ])("are listed by %s", async (_name, filter, numbers) => {
    const { write, store } = bench();
    await insert({ openedAt: 100 });
    const second = await insert({ id: "ticket-2", openedAt: 200, requesterName: "山田花子" });
    await insert({ id: "ticket-3", openedAt: 300, requestedMinor: 500 });
    await write((tx) => tx.tickets.update(second, { status: "unmatched" }));
    await write((tx) => tx.refunds.insert(aNewRefund()));
    const rows = await store.read((tx) => tx.tickets.list(filter));
    expect(rows.map(({ ticket }) => ticket.number)).toEqual(numbers);
  });

  it("are listed with the amount of the refund, of the proposal, or of the wish", async () => {
    const { write, store } = bench();
    await insert({ requestedMinor: 1 });
    const asked = await insert({ id: "ticket-2", requestedMinor: 2 });
    await insert({ id: "ticket-3", requestedMinor: 3 });
    await write(async (tx) => {
      await tx.refunds.insert(aNewRefund({ amountMinor: 100 }));
      await tx.refunds.update("refund-1", { state: "failed" });
      await tx.refunds.insert(
        aNewRefund({ id: "refund-2", round: 2, amountMinor: 200, idempotencyKey: "key-2" }),
      );
      await tx.tickets.update(asked, { round: 1 });
      await insertRound(tx, asked, 1);
    });
    const rows = await store.read((tx) => tx.tickets.list({}));
    expect(
      rows.map(({ amountMinor, currency, refund }) => [amountMinor, currency, refund?.id]),
    ).toEqual([
      [200, "JPY", "refund-2"],
      [2467, "JPY", undefined],
      [3, null, undefined],
    ]);
  });

  it("are listed in parts, in the order of their numbers", async () => {
    for (let at = 1; at <= 5; at += 1) await insert({ id: `ticket-${at}`, requesterName: "田中" });
    const numbersOf = async (filter: TicketFilter) =>
      (await bench().store.read((tx) => tx.tickets.list(filter))).map(
        ({ ticket }) => ticket.number,
      );
    for (const filter of [{}, { name: "田中" }]) {
      expect(await numbersOf({ ...filter, most: 2 })).toEqual([1, 2]);
      expect(await numbersOf({ ...filter, most: 2, after: 2 })).toEqual([3, 4]);
      expect(await numbersOf({ ...filter, after: 4 })).toEqual([5]);
    }
  });
});
