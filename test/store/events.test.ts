import { describe, expect, it } from "vitest";
import { englishSummary } from "../../src/mail/sample-summary.ts";
import { openStore } from "../../src/store/store.ts";
import { aNewMail, PLACES, type StoreBench, useStore } from "./store-bench.ts";

const GENESIS = "0".repeat(64);
const FREE = [
  "drop trigger event_is_append_only_update",
  "drop trigger event_is_append_only_delete",
];

/** A summary that was mailed now. */
const quote = (write: StoreBench["write"]) =>
  write(async (tx) => {
    const head = await tx.events.findHead();
    const auditHead = `${head?.seq} ${head?.hash}`;
    const variables = { ...englishSummary(), date: "2026-11-09", auditHead };
    await tx.mails.insert(aNewMail({ name: "summary", variables, ticketId: null, round: null }));
  });

function anEvent(type: string, data: Record<string, unknown> = {}) {
  return { ticketId: "ticket-1", type, actor: "henkin", at: 1, data };
}

describe.each(PLACES)("the audit trail %s", (place) => {
  const bench = useStore(place);
  const append = (...types: string[]) =>
    bench().write(async (tx) => {
      for (const type of types) await tx.events.append(anEvent(type));
    });

  it("numbers what happened, and lists it by ticket", async () => {
    const { store, write } = bench();
    await append("a", "b");
    await write((tx) => tx.events.append({ ...anEvent("c"), ticketId: null }));
    const events = await store.read((tx) => tx.events.listByTicket("ticket-1"));
    expect(events).toEqual([
      { seq: 1, ...anEvent("a") },
      { seq: 2, ...anEvent("b") },
    ]);
    expect(await store.read((tx) => tx.events.findHead())).toMatchObject({ seq: 3 });
  });

  it("holds from its first row to its last, also over many pages", async () => {
    const { store, write } = bench();
    expect(await store.verifyAudit()).toEqual({ rows: 0, head: GENESIS, problem: null });
    await write(async (tx) => {
      for (let at = 0; at < 2_001; at += 1) await tx.events.append(anEvent(`e${at}`, { at }));
    });
    const head = await store.read((tx) => tx.events.findHead());
    expect(await store.verifyAudit()).toEqual({ rows: 2_001, head: head?.hash, problem: null });
  });

  it("depends on the data, not on the order of its keys", async () => {
    const heads = [];
    for (const data of [
      { a: 1, b: { c: [2], d: 3 } },
      { b: { d: 3, c: [2] }, a: 1 },
    ]) {
      const store = await openStore({ path: ":memory:", shopId: "shop", now: () => 0 });
      await store.write((tx) => tx.events.append(anEvent("x", data)));
      heads.push((await store.verifyAudit()).head);
      await store.close();
    }
    expect(heads[0]).toBe(heads[1]);
  });

  it("is not left behind by what was rolled back", async () => {
    const { store, write } = bench();
    await append("a");
    const failing = write(async (tx) => {
      await tx.events.append(anEvent("b"));
      throw new Error("a bug");
    });
    await expect(failing).rejects.toThrow("a bug");
    await append("c");
    expect(await store.verifyAudit()).toMatchObject({ rows: 2, problem: null });
  });
});

const LASTING = PLACES.filter((place) => place !== "in memory");

describe.each(LASTING)("behind the store's back %s", (place) => {
  const bench = useStore(place);
  const fill = () =>
    bench().write(async (tx) => {
      for (const type of ["a", "b", "c", "d"]) await tx.events.append(anEvent(type, { type }));
    });

  it.each([
    ["changed", "update event set type = 'x' where seq = 2"],
    ["removed", "delete from event where seq = 2"],
  ])("no row can be %s", async (_name, statement) => {
    await fill();
    await expect(bench().tamper(statement)).rejects.toThrow(/append-only/);
  });

  it.each<[string, string[], string]>([
    ["a changed type", ["update event set type = 'x' where seq = 2"], "event 2 was changed"],
    ["a changed actor", ["update event set actor = 'x' where seq = 2"], "event 2 was changed"],
    ["changed data", ["update event set data = '{}' where seq = 3"], "event 3 was changed"],
    ["a changed time", ["update event set at = 2 where seq = 1"], "event 1 was changed"],
    ["another ticket", ["update event set ticket_id = 'x' where seq = 1"], "event 1 was changed"],
    ["a removed row", ["delete from event where seq = 2"], "event 2 is missing"],
    ["a removed beginning", ["delete from event where seq = 1"], "event 1 is missing"],
    [
      "a removed row, the others moved up",
      ["delete from event where seq = 2", "update event set seq = seq - 1 where seq > 2"],
      "event 2 does not follow the one before it",
    ],
    [
      "two rows that changed places",
      [
        "update event set seq = 99 where seq = 2",
        "update event set seq = 2 where seq = 3",
        "update event set seq = 3 where seq = 99",
      ],
      "event 2 does not follow the one before it",
    ],
    [
      "a row of another shop",
      ["update event set shop_id = 'other' where seq = 2"],
      "event 2 is missing",
    ],
  ])("%s shows", async (_name, statements, problem) => {
    const { store, tamper } = bench();
    await fill();
    await tamper(...FREE, ...statements);
    expect((await store.verifyAudit()).problem).toBe(problem);
  });

  const END = ["delete from event where seq > 2"];

  it("a cut-off end shows by what a summary quoted", async () => {
    const { store, tamper, write } = bench();
    await fill();
    await quote(write);
    expect((await store.verifyAudit()).problem).toBeNull();
    await tamper(...FREE, ...END);
    expect((await store.verifyAudit()).problem).toBe(
      "the end was cut off: the summary of 2026-11-09 quotes event 4, but the trail ends at 2",
    );
  });

  it("an end that was cut off and written anew shows by it, too", async () => {
    const { store, tamper, write } = bench();
    await fill();
    await quote(write);
    await tamper(...FREE, ...END);
    await fill();
    expect((await store.verifyAudit()).problem).toMatch(
      /^event 4 is not the one that the summary of 2026-11-09 quotes/,
    );
  });

  it("a cut-off end shows by a head that the operator gives", async () => {
    const { store, tamper } = bench();
    await fill();
    const head = await store.read((tx) => tx.events.findHead());
    const quoted = [{ ...(head ?? { seq: 0, hash: "" }), by: "--head" }];
    expect((await store.verifyAudit(quoted)).problem).toBeNull();
    await tamper(...FREE, ...END, "delete from outgoing_mail");
    expect((await store.verifyAudit()).problem).toBeNull();
    expect((await store.verifyAudit(quoted)).problem).toMatch(/--head quotes event 4/);
  });

  it("says where the unbroken part ends", async () => {
    const { store, tamper } = bench();
    await fill();
    const hash = await store.findAuditHash(2);
    await tamper(...FREE, "update event set type = 'x' where seq = 3");
    expect(await store.verifyAudit()).toEqual({
      rows: 2,
      head: hash,
      problem: "event 3 was changed",
    });
  });
});
