// A query that is built once says the same as one that is built anew.

import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { prepared } from "../../src/store/prepared.ts";
import type { Schema } from "../../src/store/schema.ts";

type Switch = Schema["switch"];

let db: Kysely<Schema>;
beforeEach(async () => {
  db = await openDatabase(":memory:", 1);
});
afterEach(() => db.destroy());

let built = 0;
const insert = prepared((on, row: Switch) => on.insertInto("switch").values(row));
const update = prepared((on, name: string, set: Partial<Switch>) => {
  built += 1;
  return on.updateTable("switch").set(set).where("name", "=", name);
});
const select = prepared((on, shopId: string, name: string) =>
  on.selectFrom("switch").selectAll().where("shop_id", "=", shopId).where("name", "=", name),
);

const switchValue = async (name: string) => (await select(db, "shop", name)).rows[0]?.value;

describe("a prepared query", () => {
  beforeEach(async () => {
    await insert(db, { shop_id: "shop", name: "stop", value: "off" });
    await insert(db, { shop_id: "shop", name: "pause", value: "no" });
  });

  it("takes the values of each call, each in its place", async () => {
    expect([await switchValue("stop"), await switchValue("pause")]).toEqual(["off", "no"]);
    expect((await select(db, "stop", "shop")).rows).toEqual([]);
  });

  it("is built once for the columns of its row, whatever their values", async () => {
    built = 0;
    await update(db, "stop", { value: "on" });
    await update(db, "pause", { value: "yes" });
    expect(built).toBe(1);
    await update(db, "pause", { value: "late", shop_id: "other" });
    expect(built).toBe(2);
    const { rows } = await sql`select * from switch order by name`.execute(db);
    expect(rows).toEqual([
      { shop_id: "other", name: "pause", value: "late" },
      { shop_id: "shop", name: "stop", value: "on" },
    ]);
  });

  it("changes only the columns that are named", async () => {
    await update(db, "stop", { value: "on" });
    await update(db, "stop", { name: "halt" });
    expect(await switchValue("halt")).toBe("on");
  });

  it("says how many rows it changed", async () => {
    expect((await update(db, "stop", { value: "on" })).numAffectedRows).toBe(1n);
    expect((await update(db, "none", { value: "on" })).numAffectedRows).toBe(0n);
  });

  it("runs in the transaction it is given", async () => {
    const failing = db.transaction().execute(async (tx) => {
      await update(tx, "stop", { value: "on" });
      throw new Error("rolled back");
    });
    await expect(failing).rejects.toThrow("rolled back");
    expect(await switchValue("stop")).toBe("off");
  });

  it("stores null and bytes as they are", async () => {
    const put = prepared((on, row: { a: null; b: Uint8Array }) =>
      on.selectNoFrom([sql`${row.a}`.as("a"), sql`${row.b}`.as("b")]),
    );
    const { rows } = await put(db, { a: null, b: Buffer.from("x") });
    expect(rows).toEqual([{ a: null, b: Buffer.from("x") }]);
  });
});
