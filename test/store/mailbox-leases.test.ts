// Who reads which mailbox: a row of the database for each, on every database alike.

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { MailboxLeases } from "../../src/fleet-port.ts";
import { mailboxLeasesTable } from "../../src/store/mailbox-leases.ts";
import { openTables, storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import { PLACES, useStore } from "./store-bench.ts";

const LEASE = 1_000;

describe.each(PLACES)("the leases of the mailboxes %s", (place) => {
  const bench = useStore(place);
  const isServer = place === "on PostgreSQL";

  async function open() {
    const { clock } = bench();
    const path = place === "in memory" ? ":memory:" : bench().path;
    const { db, engine } = await openTables({ path, now: clock.now });
    const leases = mailboxLeasesTable(db, engine, clock.now);
    const workers = workersTable(db, engine, clock.now);
    const storeOf = (shopId: string) => storeOn(db, { path, shopId, now: clock.now }, engine);
    /** A server's clock cannot be moved: its rows are. */
    const pass = async (ms: number) => {
      if (!isServer) return clock.advance(ms);
      await db
        .updateTable("mailbox_lease")
        .set(({ eb }) => ({ until_at: eb("until_at", "-", ms) }))
        .execute();
    };
    return { db, leases, workers, storeOf, pass };
  }

  const holders = async (leases: MailboxLeases) =>
    (await leases.survey(1)).leases.map(({ shopId, holder }) => [shopId, holder]);

  it("are taken where they are nobody's, each by one alone", async () => {
    const { db, leases } = await open();
    expect(await leases.take("a", ["s1", "s2"], LEASE)).toEqual([
      { shopId: "s1", token: 1 },
      { shopId: "s2", token: 1 },
    ]);
    expect(await leases.take("b", ["s2", "s3"], LEASE)).toEqual([{ shopId: "s3", token: 1 }]);
    expect(await holders(leases)).toEqual([
      ["s1", "a"],
      ["s2", "a"],
      ["s3", "b"],
    ]);
    await db.destroy();
  });

  it("run out, and are another's then under another token", async () => {
    const { db, leases, pass } = await open();
    await leases.take("a", ["s1"], LEASE);
    await pass(LEASE + 1);
    expect(await holders(leases)).toEqual([["s1", null]]);
    await leases.renew("a", LEASE);
    expect(await holders(leases)).toEqual([["s1", null]]);
    expect(await leases.take("b", ["s1"], LEASE)).toEqual([{ shopId: "s1", token: 2 }]);
    await leases.giveBack("a", [{ shopId: "s1", token: 1 }]);
    expect(await holders(leases)).toEqual([["s1", "b"]]);
    await db.destroy();
  });

  it("last on where they are renewed, all at once", async () => {
    const { db, leases, pass } = await open();
    await leases.take("a", ["s1", "s2"], 60_000);
    await pass(59_000);
    await leases.renew("a", 60_000);
    await pass(59_000);
    expect(await holders(leases)).toEqual([
      ["s1", "a"],
      ["s2", "a"],
    ]);
    await db.destroy();
  });

  it("are free as soon as they are given back, and all of them where the run has ended", async () => {
    const { db, leases } = await open();
    const [first] = await leases.take("a", ["s1", "s2", "s3"], LEASE);
    if (first === undefined) throw new Error("nothing was taken");
    await leases.giveBack("a", [{ ...first, token: first.token + 1 }]);
    expect(await holders(leases)).toContainEqual(["s1", "a"]);
    await leases.giveBack("a", [first]);
    expect(await holders(leases)).toEqual([
      ["s1", null],
      ["s2", "a"],
      ["s3", "a"],
    ]);
    await leases.withdraw("a");
    expect(await holders(leases)).toEqual([
      ["s1", null],
      ["s2", null],
      ["s3", null],
    ]);
    await db.destroy();
  });

  it("go to one of many who reach for all of them at the same time", async () => {
    const { db, leases } = await open();
    const ids = Array.from({ length: 40 }, (_, at) => `s${at}`);
    const runs = Array.from({ length: 8 }, (_, at) => `w${at}`);
    const taken = await Promise.all(
      runs.map((run, at) => leases.take(run, at % 2 ? ids : [...ids].reverse(), 60_000)),
    );
    expect(
      taken
        .flat()
        .map(({ shopId }) => shopId)
        .sort(),
    ).toEqual([...ids].sort());
    expect(new Set(taken.flat().map(({ token }) => token))).toEqual(new Set([1]));
    await db.destroy();
  });

  it("know those readers alone that live", async () => {
    const { db, leases, workers } = await open();
    await workers.beat({ run: "a", name: "a", version: "1" });
    await leases.declare("gone", 9);
    await leases.declare("a", 7);
    await leases.declare("a", 8);
    expect((await leases.survey(1_000)).readers).toEqual([{ run: "a", mailboxes: 8 }]);
    expect(await db.selectFrom("mailbox_reader").selectAll().execute()).toHaveLength(1);
    await db.destroy();
  });

  it("are held by the run and the token that took them, to the end of the write", async () => {
    const { db, leases, storeOf, pass } = await open();
    const [lease] = await leases.take("a", ["s1"], 60_000);
    const holds = (run: string, token: number, shop = "s1") =>
      storeOf(shop).write((tx) => tx.mailboxHold.holds({ run, token }));
    expect(lease?.token).toBe(1);
    expect(await holds("a", 1)).toBe(true);
    expect(await holds("a", 2)).toBe(false);
    expect(await holds("b", 1)).toBe(false);
    expect(await holds("a", 1, "s2")).toBe(false);
    await pass(60_001);
    expect(await holds("a", 1)).toBe(false);
    await db.destroy();
  });

  // One connection in a file, where nobody can take anything in the middle of a write.
  if (isServer) {
    it("are not taken from under a write, even where they run out in it", async () => {
      const { db, leases, storeOf } = await open();
      await leases.take("a", ["s1", "s2"], 2_000);
      const taken = await storeOf("s1").write(async (tx) => {
        expect(await tx.mailboxHold.holds({ run: "a", token: 1 })).toBe(true);
        await pause(2_100);
        return leases.take("b", ["s1", "s2"], 60_000);
      });
      expect(taken).toEqual([{ shopId: "s2", token: 2 }]);
      expect(await leases.take("b", ["s1"], 60_000)).toEqual([{ shopId: "s1", token: 2 }]);
      await db.destroy();
    });
  }
});
