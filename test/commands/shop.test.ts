import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseShop } from "../../src/commands/choose-shop.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import { openStore } from "../../src/store/store.ts";
import type { WriteTx } from "../../src/store-port.ts";
import { aNewRefund, aNewTicket } from "../store/store-bench.ts";
import { type Office, openOffice, SHOP_FILE } from "../support/shops.ts";

let office: Office;
beforeEach(() => {
  office = openOffice();
});
afterEach(() => office.close());

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as { code?: string; message: string },
  );

/** A mailbox is of one shop. */
const inboxOf = (id: string) => `imaps://${id}:secret-of-mail@mail.bakery.example/INBOX`;

async function add(id: string, change: object = {}): Promise<string[]> {
  const settings = { ...SHOP_FILE, INBOX_URL: inboxOf(id), ...change };
  return office.run(`shop add ${id} --file ${office.json("f.json", settings)}`);
}

async function inShop<Result>(id: string, work: (tx: WriteTx) => Promise<Result>): Promise<Result> {
  const store = await openStore({ path: office.database, shopId: id, now: () => 1_000 });
  try {
    return await store.write(work);
  } finally {
    await store.close();
  }
}

const rowOf = (id: string) => inShop("shop", (tx) => tx.shops.find(id));
const settingsIn = (id: string) => chooseShop(office.env, office.directory, id);
const eventsOf = async (id: string) => {
  const store = await openStore({ path: office.database, shopId: id, now: () => 1_000 });
  const { rows, problem } = await store.verifyAudit();
  await store.close();
  return { rows, problem };
};

describe("henkin shop", () => {
  it("adds a shop whose settings a command then has, and nobody reads in the database", async () => {
    await add("bakery");
    expect(await settingsIn("bakery")).toMatchObject({
      ...{ ...SHOP_FILE, INBOX_URL: inboxOf("bakery") },
      HENKIN_SHOP: "bakery",
    });
    const bytes = readFileSync(office.database).toString("latin1");
    expect(bytes).not.toContain("secret-of-mail");
    expect(bytes).not.toContain("sk_test_bakery");
    expect(await eventsOf("bakery")).toEqual({ rows: 1, problem: null });
  });

  it("adds none twice, and keeps nothing of one with a fault", async () => {
    await add("bakery");
    expect(await failureOf(add("bakery"))).toMatchObject({ code: "shop_exists" });
    expect(await failureOf(add("cellar", { POLL_SECONDS: "often" }))).toBeInstanceOf(ConfigError);
    expect(await failureOf(add("shop"))).toMatchObject({ code: "shop_of_env" });
    expect(await office.run("shop list --json")).toHaveLength(1);
  });

  it("gives each shop a key of its own", async () => {
    await add("bakery");
    await add("cellar");
    const { createShopSeal } = await import("../../src/shop-seal.ts");
    const { ensureDataKey } = await import("../../src/data-key.ts");
    const seal = createShopSeal(ensureDataKey(undefined, office.database));
    const keys = await Promise.all(
      ["bakery", "cellar"].map(async (id) =>
        Buffer.from(seal.openKey(id, (await rowOf(id))?.keySealed ?? "")).toString("hex"),
      ),
    );
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toHaveLength(64);
  });

  it("imports all or nothing, and says what it added, changed and left", async () => {
    const write = (...shops: object[]) => office.json("shops.json", shops);
    const bakery = { id: "bakery", ...SHOP_FILE };
    const cellar = { id: "cellar", ...SHOP_FILE, SHOP_NAME: "酒屋", INBOX_URL: inboxOf("cellar") };
    await office.run(`shop import ${write(bakery, cellar)}`);
    const before = await rowOf("bakery");
    const second = write({ ...bakery, POLL_SECONDS: 5 }, cellar, {
      ...{ ...cellar, id: "deli", INBOX_URL: inboxOf("deli") },
    });
    expect(await office.run(`shop import ${second}`)).toEqual([
      "added: 1 (deli)",
      "changed: 1 (bakery)",
      "left: 1 (cellar)",
    ]);
    expect((await settingsIn("bakery"))["POLL_SECONDS"]).toBe("5");
    expect((await rowOf("bakery"))?.keySealed).toBe(before?.keySealed);
    const faulty = write({ ...bakery, POLL_SECONDS: 9 }, { ...cellar, LOCALE: "fr" });
    expect(await failureOf(office.run(`shop import ${faulty}`))).toMatchObject({
      problems: [expect.stringMatching(/^cellar: LOCALE: /)],
    });
    expect((await settingsIn("bakery"))["POLL_SECONDS"]).toBe("5");
    expect(await eventsOf("bakery")).toEqual({ rows: 2, problem: null });
  });

  it("shows settings without secrets, and quotes none in a syntax error", async () => {
    await add("bakery");
    const text = (await office.run("shop show bakery")).join("\n");
    expect(text).toContain("SHOP_NAME=パン屋");
    expect(text).toContain("STRIPE_API_KEY=‹set›");
    expect(text).toContain("INBOX_URL=‹set›");
    const json = (await office.run("shop show bakery --json")).join("\n");
    expect(JSON.parse(json).settings).toMatchObject({ STRIPE_API_KEY: "‹set›" });
    for (const shown of [text, json]) expect(shown).not.toMatch(/secret-of-mail|sk_test/);
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${office.directory}/broken.json`, '{"STRIPE_API_KEY": "sk_test_bakery"');
    const failure = await failureOf(office.run("shop add cellar --file broken.json"));
    expect(failure).toMatchObject({ code: "shop_file" });
    expect(failure?.message).not.toContain("sk_test");
  });

  it("lists the shop of .env beside the rows", async () => {
    office.env["SHOP_NAME"] = "本店";
    await add("bakery");
    await office.run("shop pause bakery");
    const shops = (await office.run("shop list --json")).map((line) => JSON.parse(line));
    expect(shops).toEqual([
      { id: "shop", status: "active", name: "本店", source: ".env" },
      { id: "bakery", status: "paused", name: "パン屋", source: "row" },
    ]);
    expect((await office.run("shop list")).join("\n")).toMatch(/bakery +paused +row +パン屋/);
  });

  it("takes no mailbox that another shop reads", async () => {
    office.env["SHOP_NAME"] = "本店";
    office.env["INBOX_URL"] = "imap://info%40env.example:x@mail.env.example:143/INBOX";
    await add("bakery");
    const problemsOf = async (change: object) =>
      ((await failureOf(add("cellar", change))) as { problems?: unknown } | null)?.problems;
    const taken = ["cellar: INBOX_URL: is the mailbox of bakery"];
    expect(await problemsOf({ INBOX_URL: inboxOf("bakery") })).toEqual(taken);
    const otherwise = "imap://BAKERY:other@MAIL.bakery.example:1143";
    expect(await problemsOf({ INBOX_URL: otherwise })).toEqual(taken);
    const ofEnv = "imaps://info%40env.example:y@mail.env.example";
    expect(await problemsOf({ INBOX_URL: ofEnv })).toEqual([
      "cellar: INBOX_URL: is the mailbox of shop",
    ]);
    expect(await rowOf("cellar")).toBeUndefined();
    expect(await problemsOf({ INBOX_URL: `${inboxOf("bakery")}/Refunds` })).toBeUndefined();
    // What it has itself, or a removed one had, is its own.
    await office.run("shop remove bakery");
    await add("bakery");
  });

  it("pauses and resumes, each once in the trail", async () => {
    await add("bakery");
    await office.run("shop pause bakery");
    await office.run("shop pause bakery");
    expect(await rowOf("bakery")).toMatchObject({ status: "paused" });
    await office.run("shop resume bakery");
    expect(await rowOf("bakery")).toMatchObject({ status: "active" });
    expect(await eventsOf("bakery")).toEqual({ rows: 3, problem: null });
    expect(await failureOf(office.run("shop pause baker"))).toMatchObject({ code: "unknown_shop" });
    expect(await failureOf(office.run("shop pause shop"))).toMatchObject({ code: "shop_of_env" });
    expect(await failureOf(office.run("shop close bakery"))).toMatchObject({
      code: "bad_shop_verb",
    });
  });

  it("removes a shop but what happened in it, and no refund begins any more", async () => {
    await add("bakery");
    const { keySealed } = (await rowOf("bakery")) ?? {};
    await office.run("shop remove bakery");
    expect(await rowOf("bakery")).toMatchObject({
      ...{ status: "removed", settingsSealed: null, keySealed },
    });
    expect(await inShop("bakery", (tx) => tx.switches.find("stop"))).toBe("on");
    expect(await eventsOf("bakery")).toEqual({ rows: 2, problem: null });
    expect(await office.run("audit verify", "bakery")).toEqual([
      expect.stringContaining("2 events"),
    ]);
    expect(await failureOf(office.run("shop resume bakery"))).toMatchObject({
      code: "shop_removed",
    });
    expect((await add("bakery")).join("\n")).toContain("henkin resume --shop bakery");
    expect(await rowOf("bakery")).toMatchObject({ status: "active", keySealed });
  });

  it("removes none whose refund is open", async () => {
    await add("bakery");
    await inShop("bakery", async (tx) => {
      await tx.tickets.insert(aNewTicket());
      await tx.refunds.insert(aNewRefund());
    });
    expect(await failureOf(office.run("shop remove bakery"))).toMatchObject({
      code: "shop_has_refunds",
    });
    expect(await rowOf("bakery")).toMatchObject({ status: "active" });
    expect((await rowOf("bakery"))?.settingsSealed).not.toBeNull();
  });
});

describe("the shop that a command is about", () => {
  const numbered = async (id: string, orders: readonly string[]) =>
    inShop(id, async (tx) => {
      for (const order of orders) {
        await tx.tickets.insert(aNewTicket({ id: `${id}-${order}`, orderNumbers: [order] }));
      }
    });
  const orders = async (shop?: string) =>
    (await office.run("tickets --json", shop)).map((line) => JSON.parse(line).orderNumbers[0]);

  it("is the named one, and its tickets alone are seen", async () => {
    await add("bakery");
    await add("cellar");
    await numbered("bakery", ["1", "2"]);
    await numbered("cellar", ["3"]);
    expect(await orders("bakery")).toEqual(["1", "2"]);
    expect(await orders("cellar")).toEqual(["3"]);
    expect(await orders("shop")).toEqual([]);
  });

  it("is the only one that there is where nobody says", async () => {
    await add("bakery");
    await numbered("bakery", ["1"]);
    expect(await orders()).toEqual(["1"]);
    await add("cellar");
    const failure = await failureOf(orders());
    expect(failure).toMatchObject({ code: "shop_unclear" });
    expect(failure?.message).toContain("bakery, cellar");
    await office.run("shop remove cellar");
    expect(await orders()).toEqual(["1"]);
  });

  it("is told with the nearest where it is mistyped", async () => {
    await add("bakery");
    const failure = await failureOf(orders("bakrey"));
    expect(failure).toMatchObject({ code: "unknown_shop" });
    expect(failure?.message).toContain('Did you mean "bakery"?');
  });

  it("has no setting of another", async () => {
    Object.assign(office.env, { STRIPE_API_KEY: "sk_live_env", ORDER_URL: "https://env.example" });
    await add("bakery");
    const chosen = await settingsIn("bakery");
    expect(chosen["STRIPE_API_KEY"]).toBe("sk_test_bakery");
    expect(chosen["ORDER_URL"]).toBeUndefined();
    expect(await settingsIn("shop")).toMatchObject({ STRIPE_API_KEY: "sk_live_env" });
  });

  it("cannot be had with another DATA_KEY", async () => {
    office.env["DATA_KEY"] = Buffer.alloc(32, 1).toString("base64");
    await add("bakery");
    office.env["DATA_KEY"] = Buffer.alloc(32, 2).toString("base64");
    expect(await failureOf(orders("bakery"))).toBeInstanceOf(ConfigError);
  });
});

describe("a restore", () => {
  it("pauses every shop, and tells what each of them lost", async () => {
    await add("bakery");
    await office.run(`backup ${office.directory}/copy.db`);
    await office.run("shop pause bakery");
    const told = (await office.run(`restore ${office.directory}/copy.db`)).join("\n");
    expect(told).toMatch(/Of the shop bakery:[\s\S]*: shop paused\n[\s\S]*--shop ID/);
    for (const id of ["shop", "bakery"]) {
      expect([id, await inShop(id, (tx) => tx.switches.find("restored"))]).toEqual([id, "on"]);
    }
    expect(await inShop("bakery", (tx) => tx.switches.find("last_backup_at"))).toBeUndefined();
  });

  it("is told to be possible of every shop, by the age of its backup", async () => {
    await add("bakery");
    await office.run(`backup ${office.directory}/copy.db`);
    for (const id of ["shop", "bakery"]) {
      expect(await inShop(id, (tx) => tx.switches.find("last_backup_at"))).toMatch(/^\d+$/);
    }
  });
});
