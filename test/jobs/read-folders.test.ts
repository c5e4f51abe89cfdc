// A mail in a folder decides once, however often it is seen: its decision and the cursor behind it
// are one commit.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { type FolderDeps, readFolders } from "../../src/jobs/read-folders.ts";
import type { FetchedMessage, Inbox, MailboxListing, MailReader } from "../../src/ports.ts";
import type { Store, WriteTx } from "../../src/store-port.ts";
import { rememberRestore } from "../../src/ticket/restored.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { MINUTE } from "../support/fake-clock.ts";
import { aPayment } from "../support/memory-provider.ts";
import { rawOf, type Sent } from "./recorded-mail.ts";

/** A mailbox as IMAP numbers it, that breaks on demand. */
class Folder implements Inbox {
  readonly mailbox: string;
  readonly defaultSince = "first-start";
  readonly hasOrder = true;
  generation = "1";
  fetched = 0;
  breaksAfter = Number.POSITIVE_INFINITY;
  refuses: Error | null = null;
  readonly asked: Parameters<Inbox["list"]>[0][] = [];
  #mails: { readonly uid: number; readonly raw: Uint8Array }[] = [];
  #last = 0;

  constructor(name: string) {
    this.mailbox = `imap://mail.example/${name}`;
  }

  put(raw: Uint8Array): void {
    this.#last += 1;
    this.#mails.push({ uid: this.#last, raw });
  }

  /** As a server does that was rebuilt: the same messages under other numbers. */
  rebuild(): void {
    this.generation = String(Number(this.generation) + 1);
    const mails = this.#mails.splice(0);
    for (const { raw } of mails) this.put(raw);
  }

  async list(request: Parameters<Inbox["list"]>[0]): Promise<MailboxListing> {
    this.asked.push(request);
    if (this.refuses !== null) throw this.refuses;
    const { cursor } = request;
    const from = cursor?.generation === this.generation ? Number(cursor.lastKey) : 0;
    const keys = this.#mails.filter(({ uid }) => uid > from).map(({ uid }) => String(uid));
    return { generation: this.generation, keys, lastKey: String(this.#last) };
  }

  async *fetch(keys: readonly string[]): AsyncIterable<FetchedMessage> {
    for (const { uid, raw } of this.#mails) {
      if (!keys.includes(String(uid))) continue;
      if (this.fetched >= this.breaksAfter) throw aFailure(TransientError, "imap_lost", "Gone.");
      this.fetched += 1;
      const location = { generation: this.generation, key: String(uid) };
      yield { location, receivedAt: 0, size: raw.byteLength, raw, truncated: false };
    }
  }

  wait = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
}

const signal = new AbortController().signal;

let desk: TestDesk;
let approvals: Folder;
let rejections: Folder;
let deps: FolderDeps;
beforeEach(async () => {
  const other = aPayment({ id: "pi_680", orderNumbers: ["680"] });
  desk = await openDesk({ payments: [aPayment(), other] });
  await desk.ask();
  await desk.ask({ order: "680" });
  approvals = new Folder("返金承認");
  rejections = new Folder("返金却下");
  const { store, reader, log } = desk;
  const folders = [
    { verdict: "approve" as const, inbox: approvals },
    { verdict: "reject" as const, inbox: rejections },
  ];
  deps = { store, desk: desk.desk, reader, log, folders };
});
afterEach(() => desk.close());

const read = (change: Partial<FolderDeps> = {}) => readFolders({ ...deps, ...change }, signal);
const cursor = (of: Folder = approvals) =>
  desk.store.read((tx) => tx.messages.findCursor(of.mailbox));

function requestTo(approver: string, number: number): Sent {
  const requests = desk.mails("approval_request", approver);
  const found = requests.findLast(({ variables }) => variables["reference"] === `R-${number}`);
  if (found === undefined) throw new Error(`no request of R-${number} to ${approver}`);
  return found;
}

/** The request as it lies in the mailbox. */
const rawRequest = (number: number, approver: string = TANAKA) => {
  const { messageId, draft } = requestTo(approver, number);
  return rawOf({ from: "shop@shop.example", messageId, headers: { ...draft.headers } });
};

/** The store where saving a cursor fails, as a full disk does. */
function storeThatForgets(): Store {
  const watched = (tx: WriteTx): WriteTx => ({
    ...tx,
    messages: {
      ...tx.messages,
      saveCursor: () => Promise.reject(aFailure(TransientError, "disk_full", "No space.")),
    },
  });
  return { ...desk.store, write: (work) => desk.store.write((tx) => work(watched(tx))) };
}

const statuses = async () => [(await desk.ticket(1)).status, (await desk.ticket(2)).status];
const OPEN = ["awaiting_approval", "awaiting_approval"];

describe("a request moved into a folder", () => {
  it("is approved in the one and rejected in the other", async () => {
    approvals.put(rawRequest(1));
    rejections.put(rawRequest(2));
    expect(await read()).toBe(2);
    await desk.work();
    expect(await statuses()).toEqual(["refunded", "rejected"]);
    expect(desk.provider.creations).toMatchObject([{ paymentId: "pi_679" }]);
  });

  it("that lay there before the first look counts, too", async () => {
    approvals.put(rawRequest(1));
    await read();
    expect(approvals.asked).toMatchObject([{ cursor: null, full: false, since: null }]);
    expect(await statuses()).toEqual(["approved", OPEN[1]]);
  });

  it("is seen once, although the folder is looked into again and again", async () => {
    approvals.put(rawRequest(1));
    expect(await read()).toBe(1);
    expect(await read()).toBe(0);
    expect(await read()).toBe(0);
    expect(approvals.fetched).toBe(1);
    expect(desk.mails("ambiguous_answer")).toEqual([]);
  });

  it("decides once, although it lies there twice", async () => {
    approvals.put(rawRequest(1));
    approvals.put(rawRequest(1));
    approvals.put(rawRequest(1, SATO));
    expect(await read()).toBe(3);
    approvals.put(rawRequest(1));
    expect(await read()).toBe(1);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
    expect((await desk.events()).filter(({ type }) => type === "decision")).toHaveLength(1);
    expect(desk.mails("ambiguous_answer", TANAKA).map(({ variables }) => variables)).toMatchObject([
      { reference: "R-1", reason: expect.stringMatching(/decided already/) },
    ]);
  });

  it("pays once, although the mailbox was rebuilt under other numbers", async () => {
    approvals.put(rawRequest(1));
    await read();
    await desk.work();
    approvals.rebuild();
    approvals.put(rawRequest(2));
    expect(await read()).toBe(2);
    await desk.work();
    expect(await cursor()).toMatchObject({ generation: "2", lastKey: "3" });
    expect(desk.provider.creations.map(({ paymentId }) => paymentId)).toEqual(["pi_679", "pi_680"]);
    // Nobody wants to hear again of every request of the past.
    expect(desk.mails("ambiguous_answer")).toEqual([]);
    expect(await read()).toBe(0);
  });
});

describe("after the database was set back to an older copy", () => {
  const setBack = async () => {
    desk.clock.advance(MINUTE);
    await desk.store.write((tx) => rememberRestore(tx, desk.clock.now()));
    desk.clock.advance(MINUTE);
  };

  it("what lies in the folder at the first look does not approve; what is moved in later does", async () => {
    await read();
    approvals.put(rawRequest(1));
    rejections.put(rawRequest(2));
    await setBack();
    await read();
    await desk.work();
    expect(await statuses()).toEqual([OPEN[0], "rejected"]);
    expect(await desk.ticket(1)).toMatchObject({ round: 2 });
    expect(desk.provider.creations).toEqual([]);

    approvals.put(rawRequest(1));
    expect(await read()).toBe(1);
    await desk.work();
    expect(desk.provider.creations).toHaveLength(1);
  });

  it("an empty folder was looked at, too", async () => {
    await read();
    await setBack();
    await read();
    approvals.put(rawRequest(1));
    await read();
    expect((await statuses())[0]).toBe("approved");
  });
});

describe("the decisions and the cursor", () => {
  it("are one commit: without the one there is not the other", async () => {
    approvals.put(rawRequest(1));
    approvals.put(rawRequest(2));
    await expect(read({ store: storeThatForgets() })).rejects.toThrow("No space.");
    expect(await cursor()).toBeUndefined();
    expect(await statuses()).toEqual(OPEN);
    await desk.work();
    expect(desk.provider.creations).toEqual([]);
    expect(await read()).toBe(2);
    await desk.work();
    expect(await statuses()).toEqual(["refunded", "refunded"]);
    expect(desk.provider.creations).toHaveLength(2);
  });

  it("are left alone where the folder breaks on the way; the next look does it", async () => {
    approvals.put(rawRequest(1));
    approvals.put(rawRequest(2));
    approvals.breaksAfter = 1;
    await expect(read()).rejects.toThrow("Gone.");
    expect(await cursor()).toBeUndefined();
    expect(await statuses()).toEqual(OPEN);
    approvals.breaksAfter = Number.POSITIVE_INFINITY;
    expect(await read()).toBe(2);
    expect(await cursor()).toMatchObject({ generation: "1", lastKey: "2" });
    expect(await statuses()).toEqual(["approved", "approved"]);
  });

  it("stay as they were where the folder cannot be listed", async () => {
    await read();
    const before = await cursor();
    approvals.put(rawRequest(1));
    approvals.refuses = aFailure(TransientError, "imap_connection", "Away.");
    await expect(read()).rejects.toThrow("Away.");
    expect(await cursor()).toEqual(before);
    approvals.refuses = null;
    expect(await read()).toBe(1);
  });

  it("of one folder are kept where the other breaks", async () => {
    approvals.put(rawRequest(1));
    rejections.refuses = aFailure(TransientError, "imap_connection", "Away.");
    await expect(read()).rejects.toThrow("Away.");
    expect(await cursor()).toMatchObject({ lastKey: "1" });
    expect(await cursor(rejections)).toBeUndefined();
    expect(await statuses()).toEqual(["approved", OPEN[1]]);
  });

  it("cost no write where nothing has moved", async () => {
    expect(await read()).toBe(0);
    expect(await cursor()).toMatchObject({ generation: "1", lastKey: "0" });
    let writes = 0;
    desk.store.onWrite(() => {
      writes += 1;
    });
    desk.clock.advance(MINUTE);
    expect(await read()).toBe(0);
    expect(writes).toBe(0);
  });
});

describe("a mail that cannot be read", () => {
  it("is passed over, and what lies behind it decides", async () => {
    approvals.put(Buffer.from("no message"));
    approvals.put(rawRequest(1));
    expect(await read()).toBe(1);
    expect(await cursor()).toMatchObject({ lastKey: "2" });
    expect(await statuses()).toEqual(["approved", OPEN[1]]);
    expect(desk.logged.filter(({ level }) => level === "warn")).toMatchObject([
      { fields: { code: "unreadable_message" } },
    ]);
    expect(await read()).toBe(0);
  });

  it.each([
    ["is broken", new Error("the thread died")],
    ["does not start", aFailure(TransientError, "reader_unavailable", "No thread.")],
  ])("because the reader itself %s is no such mail: the cursor stays", async (_how, error) => {
    approvals.put(rawRequest(1));
    const reader: MailReader = {
      read: () => Promise.reject(error),
      close: async () => undefined,
    };
    await expect(read({ reader })).rejects.toBe(error);
    expect(await cursor()).toBeUndefined();
    expect(await read()).toBe(1);
    expect(await statuses()).toEqual(["approved", OPEN[1]]);
  });
});

it("any other mail in a folder is left alone", async () => {
  approvals.put(rawOf({ from: TANAKA, subject: "Re: [R-1]", text: "OK" }));
  rejections.put(rawOf({ from: "evil@mail.example", subject: "[R-1]", text: "NG" }));
  const mails = desk.transport.attempts.length;
  expect(await read()).toBe(2);
  await desk.work();
  expect(await statuses()).toEqual(OPEN);
  expect(desk.transport.attempts).toHaveLength(mails);
});
