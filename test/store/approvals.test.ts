import { describe, expect, it } from "vitest";
import type { Approval } from "../../src/domain/ticket.ts";
import { CHECK, insertRound, PLACES, PROPOSAL, UNIQUE, useStore } from "./store-bench.ts";

const TICKET = { id: "ticket-1" };

function anApproval(change: Partial<Approval> = {}): Approval {
  return {
    ticketId: "ticket-1",
    round: 1,
    approver: "tanaka@shop.example",
    amountMinor: 2467,
    reason: "requested_by_customer",
    reasonText: null,
    note: null,
    customerNote: null,
    withCode: false,
    messagePk: null,
    at: 1,
    ...change,
  };
}

describe.each(PLACES)("rounds %s", (place) => {
  const bench = useStore(place);
  const find = (round = 1) => bench().store.read((tx) => tx.approvals.findRound("ticket-1", round));

  it("keep their question", async () => {
    await bench().write((tx) => insertRound(tx, TICKET, 1));
    expect(await find()).toEqual({
      ticketId: "ticket-1",
      round: 1,
      question: PROPOSAL,
      questionHash: "hash",
      ticketVersion: 1,
      state: "open",
      holdUntil: null,
      reminders: 0,
      createdAt: 1_000,
    });
    expect(await find(2)).toBeUndefined();
  });

  it("are open one at a time for each ticket", async () => {
    const { write } = bench();
    await write((tx) => insertRound(tx, TICKET, 1));
    await expect(write((tx) => insertRound(tx, TICKET, 2))).rejects.toThrow(UNIQUE);
    await write((tx) => insertRound(tx, { id: "ticket-2" }, 1));
    await write((tx) => tx.approvals.closeRound("ticket-1", 1, "superseded"));
    await write((tx) => insertRound(tx, TICKET, 2));
    expect((await find(2))?.state).toBe("open");
  });

  it("are closed once: the first decision wins", async () => {
    const { write } = bench();
    await write((tx) => insertRound(tx, TICKET, 1));
    const closed = await Promise.all([
      write((tx) => tx.approvals.closeRound("ticket-1", 1, "decided")),
      write((tx) => tx.approvals.closeRound("ticket-1", 1, "superseded")),
    ]);
    expect(closed).toEqual([true, false]);
    expect((await find())?.state).toBe("decided");
  });

  it("count reminders and hold", async () => {
    const { write } = bench();
    await write(async (tx) => {
      await insertRound(tx, TICKET, 1);
      await tx.approvals.addReminder("ticket-1", 1);
      await tx.approvals.addReminder("ticket-1", 1);
      await tx.approvals.hold("ticket-1", 1, 99);
    });
    expect(await find()).toMatchObject({ reminders: 2, holdUntil: 99 });
  });

  it("are found by what was mailed to each approver", async () => {
    const { write, store } = bench();
    await write(async (tx) => {
      await insertRound(tx, TICKET, 1, ["a@x", "b@x"]);
      await tx.approvals.closeRound("ticket-1", 1, "superseded");
      await insertRound(tx, TICKET, 2, ["a@x"]);
    });
    await store.read(async ({ approvals }) => {
      expect(await approvals.listRequests("ticket-1")).toHaveLength(3);
      expect(await approvals.findRequestByMessageId(["x", "ticket-1.1.b@x"])).toMatchObject({
        round: 1,
        approver: "b@x",
      });
      const both = ["ticket-1.1.a@x", "ticket-1.2.a@x"];
      expect(await approvals.findRequestByMessageId(both)).toMatchObject({ round: 2 });
      expect(await approvals.findRequestByMessageId([])).toBeUndefined();
      expect(await approvals.findRequestByMessageId(["nobody"])).toBeUndefined();
      expect(await approvals.findRequestByCodeHash("code of ticket-1 2 a@x")).toMatchObject({
        approver: "a@x",
        expiresAt: 2_000,
      });
    });
  });

  it("never share a Message-ID", async () => {
    const { write } = bench();
    await write((tx) => insertRound(tx, TICKET, 1, ["a@x"]));
    const same = write((tx) => insertRound(tx, { id: "ticket-2" }, 1, ["a@x", "a@x"]));
    await expect(same).rejects.toThrow(UNIQUE);
  });
});

describe.each(PLACES)("approvals %s", (place) => {
  const bench = useStore(place);

  it("are listed in the order they were given, one of each approver", async () => {
    const { write, store } = bench();
    await write(async (tx) => {
      await tx.approvals.record(anApproval({ at: 2, note: "n", messagePk: "m" }));
      await tx.approvals.record(anApproval({ approver: "sato@shop.example", at: 1 }));
      await tx.approvals.record(anApproval({ round: 2 }));
    });
    const list = () => store.read((tx) => tx.approvals.listApprovals("ticket-1", 1));
    expect((await list()).map(({ approver }) => approver)).toEqual([
      "sato@shop.example",
      "tanaka@shop.example",
    ]);
    await write((tx) => tx.approvals.record(anApproval({ amountMinor: 5, at: 3 })));
    expect(await list()).toEqual([
      anApproval({ approver: "sato@shop.example", at: 1 }),
      anApproval({ amountMinor: 5, at: 3 }),
    ]);
  });

  it("of nothing are refused", async () => {
    const { write } = bench();
    const nothing = write((tx) => tx.approvals.record(anApproval({ amountMinor: 0 })));
    await expect(nothing).rejects.toThrow(CHECK);
  });
});
