// Rule 8: no mail is lost, and none is taken twice.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { type ReceiveDeps, receiveMail } from "../../src/jobs/receive-mail.ts";
import type { FetchedMessage } from "../../src/ports.ts";
import type { Store, WriteTx } from "../../src/store-port.ts";
import { rememberRestore } from "../../src/ticket/restored.ts";
import type { TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import type { NumberedInbox } from "./numbered-inbox.ts";
import { openReceiving } from "./receiving.ts";
import { rawOf } from "./recorded-mail.ts";

let desk: TestDesk;
let inbox: NumberedInbox;
let deps: ReceiveDeps;
const signal = new AbortController().signal;
beforeEach(async () => {
  ({ desk, inbox, deps } = await openReceiving());
});
afterEach(() => desk.close());

const receive = (change: Partial<ReceiveDeps> = {}) => receiveMail({ ...deps, ...change }, signal);
const cursor = () => desk.store.read((tx) => tx.messages.findCursor(inbox.mailbox));
const aMail = (id: string) => rawOf({ messageId: `${id}@mail.example`, text: id });
const find = (id: string) =>
  desk.store.read((tx) => tx.messages.find(`identity of ${id}@mail.example`));

async function understood(): Promise<unknown[]> {
  const received = await desk.store.read((tx) =>
    tx.summaries.listEvents("message_received", 0, Number.MAX_SAFE_INTEGER),
  );
  return received.map(({ data }) => data["message"]);
}

describe("after the database was set back to an older copy", () => {
  it("what lies there at the first look is dated before it, whatever the server's clock says", async () => {
    await receive();
    desk.clock.advance(MINUTE);
    const restoredAt = desk.clock.now();
    await desk.store.write((tx) => rememberRestore(tx, restoredAt));
    inbox.put(aMail("old"), restoredAt - MINUTE);
    inbox.put(aMail("ahead"), restoredAt + HOUR);
    desk.clock.advance(MINUTE);
    expect(await receive()).toBe(2);
    inbox.put(aMail("new"), desk.clock.now());
    expect(await receive()).toBe(1);
    const dates = await Promise.all(["old", "ahead", "new"].map(find));
    expect(dates.map((mail) => (mail?.receivedAt ?? 0) - restoredAt)).toEqual([-MINUTE, 0, MINUTE]);
  });
});

describe("new mail", () => {
  it("is stored raw, once, and understood in the commit that stores it", async () => {
    inbox.put(aMail("a"), desk.clock.now());
    inbox.put(aMail("b"), desk.clock.now());
    expect(await receive()).toBe(2);
    expect(await receive()).toBe(0);
    expect(inbox.fetched).toBe(2);
    const stored = await find("a");
    expect(stored).toMatchObject({ state: "processed", messageId: "a@mail.example" });
    expect(Buffer.from(stored?.raw ?? [])).toEqual(Buffer.from(aMail("a")));
    expect(await understood()).toEqual(["a", "b"].map((id) => `identity of ${id}@mail.example`));
  });

  it("that takes long to fetch is counted in the log", async () => {
    for (const id of ["a", "b", "c"]) inbox.put(aMail(id), desk.clock.now());
    const fetch = inbox.fetch.bind(inbox);
    inbox.fetch = async function* (keys) {
      for await (const message of fetch(keys)) {
        desk.clock.advance(6_000);
        yield message;
      }
    };
    expect(await receive()).toBe(3);
    const told = desk.logged.filter(({ message }) => message === "messages are being read");
    expect(told).toEqual([expect.objectContaining({ fields: { done: 2, total: 3 } })]);
  });

  it("is committed before the cursor moves, or with it", async () => {
    for (let at = 0; at < 120; at += 1) inbox.put(aMail(`m${at}`), desk.clock.now());
    const order: string[] = [];
    let commits = 0;
    const watched = (tx: WriteTx): WriteTx => ({
      ...tx,
      messages: {
        ...tx.messages,
        insert: (message) => {
          order.push(`message after ${commits} commits`);
          return tx.messages.insert(message);
        },
        saveCursor: (mailbox, next) => {
          order.push(`cursor after ${commits} commits`);
          return tx.messages.saveCursor(mailbox, next);
        },
      },
    });
    const store: Store = {
      ...desk.store,
      write: async (work) => {
        const result = await desk.store.write((tx) => work(watched(tx)));
        commits += 1;
        return result;
      },
    };
    await receive({ store });
    const cursor = "cursor after 1 commits";
    expect(order.filter((one) => one !== cursor)).toEqual([
      ...Array(100).fill("message after 0 commits"),
      ...Array(20).fill("message after 1 commits"),
    ]);
    expect(order.filter((one) => one === cursor)).toHaveLength(1);
  });

  it("that was stored before a break is not fetched again, and what came after it is", async () => {
    for (let at = 0; at < 220; at += 1) inbox.put(aMail(`m${at}`), desk.clock.now());
    inbox.breaksAfter = 170;
    await expect(receive()).rejects.toThrow("Gone.");
    expect(await cursor()).toBeUndefined();
    expect(await find("m0")).toBeDefined();
    expect(await find("m170")).toBeUndefined();
    inbox.breaksAfter = Number.POSITIVE_INFINITY;
    inbox.fetched = 0;
    expect(await receive()).toBe(120);
    expect(inbox.fetched).toBe(120);
    expect(await cursor()).toMatchObject({ lastKey: "220" });
    expect(new Set(await understood()).size).toBe(220);
  });

  it("is not put aside because the reader itself does not start: the cursor stays", async () => {
    for (const id of ["a", "b"]) inbox.put(aMail(id), desk.clock.now());
    const gone = aFailure(TransientError, "reader_unavailable", "No thread.");
    const away = { ...deps.reader, read: () => Promise.reject(gone) };
    const before = await cursor();
    await expect(receive({ reader: away })).rejects.toBe(gone);
    expect(await cursor()).toEqual(before);
    expect(await find("a")).toBeUndefined();
    expect(await receive()).toBe(2);
    expect(await find("a")).toMatchObject({ state: "processed" });
  });

  it("that was delivered twice is one", async () => {
    inbox.put(aMail("a"), desk.clock.now());
    inbox.put(aMail("a"), desk.clock.now() + 1);
    expect(await receive()).toBe(1);
    expect(await understood()).toHaveLength(1);
  });

  it("is one after the mailbox was rebuilt", async () => {
    inbox.put(aMail("a"), desk.clock.now());
    await receive();
    inbox.rebuild();
    inbox.put(aMail("b"), desk.clock.now());
    expect(await receive()).toBe(1);
    expect(await cursor()).toMatchObject({ generation: "2", lastKey: "102" });
    expect(await find("b")).toBeDefined();
  });

  it("that appears below the cursor is found within the hour", async () => {
    inbox.put(aMail("a"), desk.clock.now());
    const below = inbox.put(aMail("b"), desk.clock.now());
    await receive();
    desk.clock.advance(HOUR - MINUTE);
    inbox.put(aMail("late"), desk.clock.now(), {
      location: { generation: "1", key: `${Number(below)}` },
    });
    await receive();
    desk.clock.advance(MINUTE);
    await receive();
    expect(inbox.asked.at(-1)).toMatchObject({ full: true });
    expect(await find("late")).toBeDefined();
  });

  it("is taken as it is, although the cursor would not have moved for it", async () => {
    await receive();
    const first = await cursor();
    desk.clock.advance(2 * HOUR);
    await receive();
    expect((await cursor())?.fullScanAt).toBeGreaterThan(first?.fullScanAt ?? 0);
    expect(await receive()).toBe(0);
  });
});

describe("what lies there at the first start", () => {
  const put = () => {
    inbox.put(aMail("old"), desk.clock.now() - 40 * DAY);
    inbox.put(aMail("recent"), desk.clock.now() - DAY);
  };

  it.each<[string, ReceiveDeps["since"], "first-start" | "all", string[]]>([
    ["nothing of an IMAP mailbox", null, "first-start", []],
    ["all of a folder", null, "all", ["old", "recent"]],
    ["all where the setting says so", "all", "first-start", ["old", "recent"]],
  ])("is read: %s", async (_name, since, defaultSince, ids) => {
    put();
    inbox.defaultSince = defaultSince;
    expect(await receive({ since })).toBe(ids.length);
    for (const id of ["old", "recent"]) {
      expect([id, (await find(id)) !== undefined]).toEqual([id, ids.includes(id)]);
    }
    inbox.put(aMail("new"), desk.clock.now() + MINUTE);
    desk.clock.advance(MINUTE);
    expect(await receive({ since })).toBe(1);
  });

  it("is read from the moment INBOX_SINCE names", async () => {
    put();
    const since = desk.clock.now() - 2 * DAY;
    expect(await receive({ since })).toBe(1);
    expect(await find("recent")).toBeDefined();
    expect(await find("old")).toBeUndefined();
  });

  it("stays unread when it is moved or the mailbox is rebuilt later", async () => {
    put();
    inbox.defaultSince = "first-start";
    await receive();
    desk.clock.advance(2 * HOUR);
    expect(await receive()).toBe(0);
    inbox.rebuild();
    expect(await receive()).toBe(0);
    inbox.put(aMail("moved in"), desk.clock.now() - 40 * DAY);
    expect(await receive()).toBe(0);
  });

  it("does not make mail old that arrives later under a clock that is behind ours", async () => {
    inbox.defaultSince = "first-start";
    await receive();
    inbox.put(aMail("a"), desk.clock.now() - 5 * MINUTE);
    expect(await receive()).toBe(1);
  });
});

describe("mail that cannot be taken as it is", () => {
  it.each<[string, Uint8Array, Partial<FetchedMessage>, string]>([
    ["unreadable", Buffer.from("no message"), {}, "unreadable_message"],
    ["too large", aMail("large"), { truncated: true, size: 30_000_000 }, "too_large"],
  ])(
    "is put aside with its reason, and the line goes on: %s",
    async (_name, raw, change, reason) => {
      inbox.put(raw, desk.clock.now(), change);
      inbox.put(aMail("next"), desk.clock.now());
      expect(await receive()).toBe(2);
      const aside = await desk.store.read((tx) => tx.messages.listQuarantined());
      expect(aside).toMatchObject([{ reason }]);
      const stored = await desk.store.read((tx) => tx.messages.find(aside[0]?.pk ?? ""));
      expect(stored?.state).toBe("quarantined");
      expect(Buffer.from(stored?.raw ?? [])).toEqual(Buffer.from(raw));
      expect(await understood()).toEqual(["identity of next@mail.example"]);
      expect(await receive()).toBe(0);
      expect(desk.logged.filter(({ level }) => level === "warn")).toHaveLength(1);
    },
  );

  it("is kept apart from other unreadable mail by its bytes", async () => {
    inbox.put(Buffer.from("one"), desk.clock.now());
    inbox.put(Buffer.from("two"), desk.clock.now());
    inbox.put(Buffer.from("one"), desk.clock.now());
    expect(await receive()).toBe(2);
  });

  it("stands in the trail by its identity, without a word of it", async () => {
    inbox.put(Buffer.from("secret words"), desk.clock.now());
    await receive();
    const head = await desk.store.read((tx) => tx.events.findHead());
    expect(head?.seq).toBe(1);
    const logged = JSON.stringify(desk.logged);
    expect(logged).not.toContain("secret");
  });
});
