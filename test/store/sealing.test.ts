import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { createMailVault } from "../../src/vault.ts";
import { aNewMail, aNewMessage, aNewTicket } from "./store-bench.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = "人に見せない言葉 kept-from-others";
const RAW = Buffer.from(`From: a\r\n\r\n${SECRET}`);
const VARIABLES = { ...aNewMail().variables, requester: SECRET };

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "henkin-sealing-"));
  path = join(directory, "henkin.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (key: Buffer | null = KEY) =>
  openStore({
    ...{ path, shopId: "shop", now: () => 5 },
    ...(key !== null && { vault: () => createMailVault(key) }),
  });

/** A mail that came, and one of ours. */
async function fill(key: Buffer | null, count = 1): Promise<void> {
  const store = await open(key);
  await store.write(async (tx) => {
    for (let at = 0; at < count; at += 1) {
      await tx.messages.insert(aNewMessage({ pk: `v1:${at}`, raw: RAW }));
      const id = `mail-${at}`;
      await tx.mails.insert(aNewMail({ id, messageId: id, variables: VARIABLES }));
      await tx.mails.freeze(id, RAW, "data", 1);
    }
  });
  await store.close();
}

function change(statement: string): void {
  const file = new SqliteDatabase(path);
  file.exec(statement);
  file.close();
}

const bytes = () => readFileSync(path).toString("utf8");

describe("the mails in a database", () => {
  it("cannot be read in its file, and are what they were for who has the key", async () => {
    await fill(KEY);
    expect(bytes()).not.toContain(SECRET);
    const store = await open();
    const message = await store.read((tx) => tx.messages.find("v1:0"));
    const mail = await store.read((tx) => tx.mails.find("mail-0"));
    expect(Buffer.from(message?.raw ?? []).equals(RAW)).toBe(true);
    expect(Buffer.from(mail?.raw ?? []).equals(RAW)).toBe(true);
    expect(mail?.variables).toEqual(VARIABLES);
    await store.close();
  });

  it.each([
    ["of two messages", "message set raw = (select raw from message where pk = 'v1:1')"],
    ["of a mail and a message", "message set raw = (select raw from outgoing_mail limit 1)"],
    ["of a row and one with another name", "message set pk = 'v1:9' where pk = 'v1:0'"],
  ])("are found out where the bytes %s were exchanged", async (_name, statement) => {
    await fill(KEY, 2);
    change(`update ${statement}`);
    const store = await open();
    const pk = statement.includes("v1:9") ? "v1:9" : "v1:0";
    const message = await store.read((tx) => tx.messages.find(pk));
    expect(() => message?.raw).toThrow(expect.objectContaining({ code: "sealed_otherwise" }));
    await store.close();
  });

  it("are found out where a byte is missing", async () => {
    await fill(KEY);
    change("update message set raw = substr(raw, 1, length(raw) - 1)");
    const store = await open();
    const message = await store.read((tx) => tx.messages.find("v1:0"));
    expect(() => message?.raw).toThrow(expect.objectContaining({ code: "sealed_otherwise" }));
    await store.close();
  });

  it("stay closed to another key, and to none; all else is read", async () => {
    await fill(KEY);
    for (const [key, code] of [
      [Buffer.alloc(32, 8), "sealed_otherwise"],
      [null, "data_key_missing"],
    ] as const) {
      const store = await open(key);
      const message = await store.read((tx) => tx.messages.find("v1:0"));
      const mail = await store.read((tx) => tx.mails.find("mail-0"));
      expect(message).toMatchObject({ subject: "返金", state: "new" });
      expect(() => message?.raw).toThrow(expect.objectContaining({ code }));
      expect(() => mail?.variables).toThrow(expect.objectContaining({ code }));
      await store.close();
    }
  });
});

describe("a database of an earlier version", () => {
  it("is read, and sealed a few mails at a time, once", async () => {
    await fill(null, 120);
    expect(bytes()).toContain(SECRET);
    const store = await open();
    await store.write((tx) => tx.mails.blank("mail-7"));
    const first = await store.read((tx) => tx.messages.find("v1:0"));
    expect(Buffer.from(first?.raw ?? []).equals(RAW)).toBe(true);
    let steps = 1;
    while (await store.write((tx) => tx.personal.sealSome())) steps += 1;
    expect(steps).toBeGreaterThan(4);
    for (const at of [0, 60, 119]) {
      const message = await store.read((tx) => tx.messages.find(`v1:${at}`));
      const mail = await store.read((tx) => tx.mails.find(`mail-${at}`));
      expect(Buffer.from(message?.raw ?? []).equals(RAW)).toBe(true);
      expect(mail?.variables).toEqual(VARIABLES);
    }
    const blanked = await store.read((tx) => tx.mails.find("mail-7"));
    expect(blanked).toMatchObject({ raw: null, variables: {} });
    await store.scrub();
    expect(bytes()).not.toContain(SECRET);
    expect(readFileSync(`${path}-wal`).toString("utf8")).not.toContain(SECRET);
    await store.close();
  });
});

describe("the audit trail", () => {
  it("is verified without the key, against what the summaries quote", async () => {
    const store = await open();
    const head = await store.write(async (tx) => {
      await tx.tickets.insert(aNewTicket());
      await tx.events.append({ ticketId: null, type: "x", actor: "henkin", at: 1, data: {} });
      return tx.events.findHead();
    });
    const quote = { date: "2026-11-09", auditHead: `1 ${head?.hash}` };
    const variables = { ...VARIABLES, ...quote } as never;
    await store.write((tx) => tx.mails.insert(aNewMail({ name: "summary", variables })));
    await store.write((tx) => tx.personal.eraseMail("mail-1", 9, ""));
    await store.close();
    const without = await open(null);
    expect(await without.verifyAudit()).toMatchObject({ rows: 1, problem: null });
    await without.close();
    change("drop trigger event_is_append_only_delete; delete from event");
    const cut = await open(null);
    expect((await cut.verifyAudit()).problem).toContain("the summary of 2026-11-09");
    await cut.close();
  });
});
