import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseShop } from "../../src/commands/choose-shop.ts";
import { loadConfig } from "../../src/config.ts";
import { ensureDataKey, layDownNextKey } from "../../src/data-key.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import { DESK_SETTINGS, openDesk } from "../../src/open-desk.ts";
import { buildStore } from "../../src/open-store.ts";
import { createShopSeal } from "../../src/shop-seal.ts";
import { MARK_SWITCH, markOf, readMark } from "../../src/store/data-key-mark.ts";
import { lockForWorker } from "../../src/store/database.ts";
import { readShops } from "../../src/store/shop-rows.ts";
import { aNewMessage } from "../store/store-bench.ts";
import { type Office, openOffice, SHOP_FILE } from "../support/shops.ts";

const [OLD, NEW] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64")) as [
  string,
  string,
];
/** The shop of .env, and one of a row. */
const BOTH = ["shop", "bakery"] as const;
const RAW = Buffer.from("From: taro\r\n\r\nplease refund");

let office: Office;
let keyFile: string;
beforeEach(() => {
  office = openOffice({ ...SHOP_FILE, SHOP_NAME: "本店", INBOX_URL: "maildir:in" });
  keyFile = join(office.directory, "data", "henkin.key");
});
afterEach(() => office.close());

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

async function configOf(shop: string) {
  const env = await chooseShop(office.env, office.directory, shop);
  return loadConfig(DESK_SETTINGS, env, office.directory);
}

/** Both shops, each with a sealed mail; the database has the mark of its key. */
async function open(): Promise<void> {
  await office.run(`shop add bakery --file ${office.json("f.json", SHOP_FILE)}`);
  for (const shop of BOTH) {
    const config = await configOf(shop);
    ensureDataKey(config.DATA_KEY, office.database);
    const store = await buildStore(config, office.directory);
    await store.write((tx) => tx.messages.insert(aNewMessage({ raw: RAW })));
    await store.close();
  }
}

/** What must be the same for ever, of both shops. */
async function derived() {
  const all = [];
  for (const shop of BOTH) {
    const config = await configOf(shop);
    const store = await buildStore(config, office.directory);
    const { signer, vault } = await openDesk(config, office.directory, store);
    const message = await store.read((tx) => tx.messages.find("v1:abc"));
    await store.close();
    all.push({
      shop,
      key: signer.derive("idempotency key", "pi_679", "1"),
      messageId: signer.derive("message id", "ticket-1", "request"),
      mail: Buffer.from(message?.raw ?? []).toString(),
      vault,
    });
  }
  return all;
}

async function expectSame(before: Awaited<ReturnType<typeof derived>>): Promise<void> {
  const after = await derived();
  for (const [at, one] of before.entries()) {
    const { shop, key, messageId } = one;
    expect(after[at]).toMatchObject({ shop, key, messageId, mail: RAW.toString() });
    expect(after[at]?.vault.open(one.vault.seal("account", "x"), "x")).toBe("account");
  }
}

const opens = (key: string) => {
  const seal = createShopSeal(Buffer.from(key, "base64"));
  return readShops(office.database).map(({ id, keySealed, settingsSealed }) => {
    try {
      seal.openKey(id, keySealed);
      if (settingsSealed !== null) seal.openSettings(id, settingsSealed);
      return true;
    } catch {
      return false;
    }
  });
};

describe("a rekey with the key as a setting", () => {
  beforeEach(async () => {
    office.env["DATA_KEY"] = OLD;
    await open();
  });

  it("changes nothing that is derived, and the old key opens no row any more", async () => {
    const before = await derived();
    expect(before[0]?.key).not.toBe(before[1]?.key);
    office.env["NEW_DATA_KEY"] = NEW;
    await office.run("rekey");
    expect(opens(OLD)).toEqual([false, false]);
    expect(opens(NEW)).toEqual([true, true]);
    expect(await failureOf(configOf("bakery"))).toBeInstanceOf(ConfigError);
    office.env["DATA_KEY"] = NEW;
    await expectSame(before);
    const bytes = readFileSync(office.database).toString("latin1");
    expect(bytes).not.toContain("sk_test_bakery");
  });

  it("can be done again, and told that it was done", async () => {
    const before = await derived();
    const rekey = async (from: string, to: string) => {
      Object.assign(office.env, { DATA_KEY: from, NEW_DATA_KEY: to });
      return (await office.run("rekey")).join("\n");
    };
    await rekey(OLD, NEW);
    expect(await rekey(OLD, NEW)).toContain("has this new key already");
    await rekey(NEW, Buffer.alloc(32, 3).toString("base64"));
    office.env["DATA_KEY"] = Buffer.alloc(32, 3).toString("base64");
    await expectSame(before);
  });

  it("wants a new key", async () => {
    expect(await failureOf(office.run("rekey"))).toMatchObject({ code: "rekey_needs_key" });
    expect(readMark(office.database)).toBe(markOf(Buffer.from(OLD, "base64")));
  });

  it("does not begin beside a worker", async () => {
    office.env["NEW_DATA_KEY"] = NEW;
    const unlock = lockForWorker(office.database);
    expect(await failureOf(office.run("rekey"))).toMatchObject({ code: "database_locked" });
    unlock();
    expect(opens(OLD)).toEqual([true]);
  });

  it("takes everything back where a row does not open", async () => {
    const store = await buildStore(await configOf("shop"), office.directory);
    const [row] = readShops(office.database);
    await store.write(async (tx) => {
      if (row !== undefined) await tx.shops.insert({ ...row, id: "cellar" });
    });
    await store.close();
    office.env["NEW_DATA_KEY"] = NEW;
    expect(await failureOf(office.run("rekey"))).toMatchObject({ code: "shop_sealed_otherwise" });
    expect(opens(OLD)).toEqual([true, false]);
    expect(readMark(office.database)).toBe(markOf(Buffer.from(OLD, "base64")));
  });
});

describe("a rekey with the key in its file", () => {
  beforeEach(open);
  const keyIn = (path: string) => Buffer.from(readFileSync(path, "utf8"), "base64");

  it("makes the new key itself", async () => {
    const before = await derived();
    const old = keyIn(keyFile);
    await office.run("rekey");
    expect(keyIn(keyFile)).not.toEqual(old);
    expect(existsSync(`${keyFile}.next`)).toBe(false);
    expect(readMark(office.database)).toBe(markOf(keyIn(keyFile)));
    expect(opens(old.toString("base64"))).toEqual([false, false]);
    await expectSame(before);
  });

  it("puts the key there that it is given", async () => {
    office.env["NEW_DATA_KEY"] = NEW;
    await office.run("rekey");
    expect(keyIn(keyFile).toString("base64")).toBe(NEW);
  });

  it("that died before its transaction has changed nothing", async () => {
    const before = await derived();
    layDownNextKey(office.database, Buffer.from(NEW, "base64"));
    await expectSame(before);
    await office.run("rekey");
    expect(keyIn(keyFile).toString("base64")).not.toBe(NEW);
    await expectSame(before);
  });

  it("that died after its transaction leaves a key that is found, and the next one goes on", async () => {
    const before = await derived();
    const old = readFileSync(keyFile);
    await office.run("rekey");
    renameSync(keyFile, `${keyFile}.next`);
    writeFileSync(keyFile, old);
    await expectSame(before);
    await office.run("rekey");
    expect(existsSync(`${keyFile}.next`)).toBe(false);
    await expectSame(before);
  });

  it("is of no use before there is a key", async () => {
    const other = openOffice();
    const store = await buildStore(
      { DATABASE_URL: "data/henkin.db", HENKIN_SHOP: "shop" },
      other.directory,
    );
    expect(await store.read((tx) => tx.switches.find(MARK_SWITCH))).toBeUndefined();
    await store.close();
    expect(await failureOf(other.run("rekey"))).toMatchObject({ code: "rekey_without_key" });
    other.close();
  });
});
