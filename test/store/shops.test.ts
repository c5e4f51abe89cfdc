import { describe, expect, it } from "vitest";
import type { ShopRow, WriteTx } from "../../src/store-port.ts";
import { aNewRefund, aNewTicket, PLACES, useStore } from "./store-bench.ts";

const aShop = (change: Partial<ShopRow> = {}): ShopRow => ({
  ...{ id: "bakery", status: "active", keySealed: "key", settingsSealed: "settings" },
  ...{ createdAt: 1, updatedAt: 1 },
  ...change,
});

describe.each(PLACES)("the rows of the shops %s", (place) => {
  const bench = useStore(place);
  const list = () => bench().store.read((tx) => tx.shops.list());

  it("are found by their ids, and listed in their order", async () => {
    await bench().write(async (tx) => {
      await tx.shops.insert(aShop());
      await tx.shops.insert(aShop({ id: "atelier", settingsSealed: null }));
    });
    expect((await list()).map(({ id }) => id)).toEqual(["atelier", "bakery"]);
    expect(await bench().store.read((tx) => tx.shops.find("bakery"))).toEqual(aShop());
    expect(await bench().store.read((tx) => tx.shops.find("cellar"))).toBeUndefined();
  });

  it("change in what is named, and in nothing else", async () => {
    await bench().write((tx) => tx.shops.insert(aShop()));
    await bench().write((tx) => tx.shops.update("bakery", { status: "paused" }, 7));
    expect(await list()).toEqual([aShop({ status: "paused", updatedAt: 7 })]);
    await bench().write((tx) =>
      tx.shops.update("bakery", { keySealed: "other", settingsSealed: null }, 8),
    );
    expect(await list()).toEqual([
      aShop({ status: "paused", keySealed: "other", settingsSealed: null, updatedAt: 8 }),
    ]);
  });

  it("tell by one state that any of them has changed", async () => {
    const find = () => bench().store.read((tx) => tx.shops.findState());
    const seen = [await find()];
    const once = async (change: (tx: WriteTx) => Promise<unknown>) => {
      await bench().write(change);
      seen.push(await find());
    };
    await once((tx) => tx.shops.insert(aShop()));
    await once((tx) => tx.shops.insert(aShop({ id: "atelier" })));
    await once((tx) => tx.shops.update("bakery", { status: "paused" }, 7));
    await once((tx) => tx.shops.update("atelier", { settingsSealed: "other" }, 8));
    await once((tx) => tx.shops.remove("bakery", 9));
    expect(new Set(seen).size).toBe(seen.length);
    expect(await find()).toBe(seen.at(-1));
  });

  it("lose settings and consent when they are removed, and keep their key", async () => {
    await bench().write((tx) => tx.shops.insert(aShop({ id: "shop" })));
    await bench().write((tx) =>
      tx.mailGrants.save({
        ...{ sealed: "s", grantedAt: 1, renewedAt: 1, expiresAt: null, moves: false },
      }),
    );
    expect(await bench().write((tx) => tx.shops.remove("shop", 9))).toBe(true);
    expect(await list()).toEqual([
      aShop({ id: "shop", status: "removed", settingsSealed: null, updatedAt: 9 }),
    ]);
    expect(await bench().store.read((tx) => tx.mailGrants.find())).toBeUndefined();
  });

  it("stay while a refund of theirs is open, from its plan to its end", async () => {
    await bench().write(async (tx) => {
      await tx.shops.insert(aShop({ id: "shop" }));
      await tx.tickets.insert(aNewTicket());
      await tx.refunds.insert(aNewRefund());
    });
    const remove = () => bench().write((tx) => tx.shops.remove("shop", 9));
    expect(await remove()).toBe(false);
    expect(await list()).toEqual([aShop({ id: "shop" })]);
    for (const state of ["unknown", "pending", "requires_action"] as const) {
      await bench().write((tx) => tx.refunds.update("refund-1", { state }));
      expect([state, await remove()]).toEqual([state, false]);
    }
    await bench().write((tx) => tx.refunds.update("refund-1", { state: "succeeded" }));
    expect(await remove()).toBe(true);
  });

  it("stay while a refund is approved and not planned yet", async () => {
    const { write } = bench();
    await write((tx) => tx.shops.insert(aShop({ id: "shop" })));
    const ticket = await write((tx) => tx.tickets.insert(aNewTicket()));
    await write((tx) => tx.tickets.update(ticket, { status: "approved" }));
    expect(await write((tx) => tx.shops.remove("shop", 9))).toBe(false);
  });

  it("have a trail of their own", async () => {
    const { write, store } = bench();
    const event = { actor: "cli:kenji", at: 3, data: {} };
    await write(async (tx) => {
      await tx.shops.record("bakery", { ...event, type: "shop_added" });
      await tx.shops.record("bakery", { ...event, type: "shop_paused" });
      await tx.shops.record("shop", { ...event, type: "shop_added" });
    });
    expect(await store.read((tx) => tx.events.findHead())).toMatchObject({ seq: 1 });
    expect(await store.verifyAudit()).toMatchObject({ rows: 1, problem: null });
  });
});
