// Mailboxes at hosts that offer little, each a real server on loopback: the inbox works there, or
// says why not.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { checkFolder } from "../../src/doctor/mailbox.ts";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { createImapInbox, type ImapInbox, type ImapLimits } from "../../src/mail/imap-inbox.ts";
import { createSentFolder } from "../../src/mail/imap-sent.ts";
import type { FetchedMessage, MailboxCursor, MailboxListing } from "../../src/ports.ts";
import { modifiedUtf7, type PoorHost, type PoorImap, startPoorImap } from "../support/poor-imap.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const APPROVALS = "返金承認";

const mail = (subject: string) =>
  `From: a@example.jp\r\nMessage-ID: <${subject}@example.jp>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(host: PoorHost, limits: Partial<ImapLimits> = {}) {
  const server = await startPoorImap(host);
  const inbox = createImapInbox({ url: server.url, log, limits });
  closing.push(server.close, inbox.close);
  return { server, inbox };
}

type Listed = Pick<ImapInbox, "list" | "fetch">;

const list = (mailbox: Listed, cursor: MailboxCursor | null = null): Promise<MailboxListing> =>
  mailbox.list({ cursor, full: false, since: null, signal: never });

async function subjects(mailbox: Listed, keys: readonly string[]) {
  const all: FetchedMessage[] = [];
  for await (const message of mailbox.fetch(keys, never)) all.push(message);
  return all.map(({ raw }) => /Subject: (.*)\r/.exec(Buffer.from(raw).toString())?.[1]);
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error) => error,
  );

/** A mail comes, is waited for, listed and read; and once more after the host has lost the connection. */
async function expectAtWork(server: PoorImap, inbox: ImapInbox, waitMs: number): Promise<void> {
  server.deliver(mail("first"));
  const start = await list(inbox);
  expect(await subjects(inbox, start.keys)).toEqual(["first"]);
  const waiting = inbox.wait(waitMs, never);
  server.deliver(mail("second"));
  await waiting;
  const next = await list(inbox, start);
  expect(await subjects(inbox, next.keys)).toEqual(["second"]);
  expect((await list(inbox, next)).keys).toEqual([]);
  expect(server.complaints).toEqual([]);
}

const RICH = "IMAP4rev1 IDLE ID NAMESPACE ENABLE UIDPLUS CONDSTORE SPECIAL-USE";

describe("an inbox works at a host", () => {
  const HOSTS: Readonly<Record<string, PoorHost>> = {
    "that offers a little of everything": { capabilities: RICH },
    "without any extension: no IDLE, CONDSTORE, UIDPLUS, SPECIAL-USE, ENABLE, ID": {},
    "without keywords of one's own": { capabilities: "IMAP4rev1 IDLE", permanentFlags: "\\Seen" },
    "that tells no UIDNEXT": { capabilities: "IMAP4rev1 IDLE", tellsUidNext: false },
    "that refuses ID": { capabilities: "IMAP4rev1 ID", refuses: /^ID/ },
    "that hangs up at NOOP": { hangsUpAt: /^NOOP/ },
    "that forbids STATUS of the open mailbox": { capabilities: RICH, refuses: /^STATUS/ },
    "like Courier": { capabilities: "IMAP4rev1 NAMESPACE IDLE", prefix: "INBOX.", separator: "." },
    "like old Cyrus": {
      capabilities: "IMAP4 IMAP4rev1 NAMESPACE",
      prefix: "INBOX.",
      separator: ".",
    },
    "that refuses IDLE although it offers it": {
      capabilities: "IMAP4rev1 IDLE",
      refuses: /^IDLE/,
    },
    "that searches slowly": { searchMs: 300 },
    "that announces mails nobody finds": {
      capabilities: "IMAP4rev1 IDLE",
      noise: ["* 9 EXISTS", "* 4 EXPUNGE", "* 10 EXISTS"],
    },
  };

  test.each(Object.entries(HOSTS))("%s", async (_name, host) => {
    const { server, inbox } = await open(host);
    await expectAtWork(server, inbox, 100);
    expect(server.logins).toBe(1);
  });

  test("that lets only a few be connected, as the inbox and its folders need one", async () => {
    const { server, inbox } = await open({ connections: { most: 1, refusal: "NO [LIMIT] full" } });
    const [approvals, rejections] = [inbox.folder(APPROVALS), inbox.folder("返金却下")];
    let cursor = await list(inbox);
    for (const folder of [approvals, rejections]) expect((await list(folder)).keys).toEqual([]);
    const uid = server.deliver(mail("request"));
    await inbox.wait(60_000, never);
    cursor = await list(inbox, cursor);
    server.move(uid, "INBOX", modifiedUtf7(APPROVALS));
    const moved = await list(approvals);
    expect(await subjects(approvals, moved.keys)).toEqual(["request"]);
    expect((await list(rejections)).keys).toEqual([]);
    expect((await list(inbox, cursor)).keys).toEqual([]);
    expect(server.logins).toBe(1);
    expect(server.mostConnections).toBe(1);
    expect(server.complaints).toEqual([]);
  });
});

describe("the folders beside the inbox", () => {
  test.each([
    ["/", "", APPROVALS, modifiedUtf7(APPROVALS)],
    [".", "INBOX.", `INBOX.${APPROVALS}`, `INBOX.${modifiedUtf7(APPROVALS)}`],
    [".", "INBOX.", APPROVALS, `INBOX.${modifiedUtf7(APPROVALS)}`],
    ["/", "", "受付 & 返金/承認", modifiedUtf7("受付 & 返金/承認")],
  ])("are made as the host names them (%s %s %s)", async (separator, prefix, name, wire) => {
    const { server, inbox } = await open({
      ...{ capabilities: "IMAP4rev1 NAMESPACE", separator, prefix },
    });
    await list(inbox.folder(name));
    expect([...server.mailboxes.keys()]).toEqual(["INBOX", wire]);
    expect(wire).toMatch(/^[\x20-\x7e]+$/);
    server.deliver(mail("moved"), wire);
    const folder = inbox.folder(name);
    expect(await subjects(folder, (await list(folder)).keys)).toEqual(["moved"]);
  });

  test.each([
    ["Alles", "IMAP4rev1 SPECIAL-USE", "\\HasNoChildren \\All"],
    ["Belangrijk", "IMAP4rev1 SPECIAL-USE", "\\Important"],
    ["Verstuurd", "IMAP4rev1", "\\sent"],
    // By its name, which the settings do not know.
    ["Gesendet", "IMAP4rev1", ""],
  ])("are none into which mail comes by itself: %s (%s)", async (name, capabilities, flags) => {
    const { server, inbox } = await open({ capabilities, flags: { [name]: flags } });
    server.deliver(mail("filed by the host"), name);
    const folder = inbox.folder(name);
    const error = await failure(list(folder));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "imap_folder_fills_itself" });
    expect(await failure(subjects(folder, ["1"]))).toBeInstanceOf(AccessError);
    expect(await checkFolder({ inbox: folder, verdict: "approve" }, never)).toMatchObject([
      { level: "fail", mend: expect.stringContaining("only people move mail into") },
    ]);
  });

  test("that the host does not let be made say so, and the inbox goes on", async () => {
    const { server, inbox } = await open({ refuses: /^CREATE/ });
    await list(inbox);
    expect(await failure(list(inbox.folder(APPROVALS)))).toBeInstanceOf(TransientError);
    await expectAtWork(server, inbox, 100);
  });

  test("never pass their mails off as each other's, however many ask at once", async () => {
    const { server, inbox } = await open({ searchMs: 5 });
    const [approvals, rejections] = [inbox.folder(APPROVALS), inbox.folder("返金却下")];
    await Promise.all([list(inbox), list(approvals), list(rejections)]);
    server.deliver(mail("in inbox"));
    server.deliver(mail("approved"), modifiedUtf7(APPROVALS));
    server.deliver(mail("rejected"), modifiedUtf7("返金却下"));
    const all = [inbox, approvals, rejections, approvals, inbox, rejections];
    const seen = await Promise.all(all.map((mailbox) => subjects(mailbox, ["1"])));
    expect(seen.flat()).toEqual([
      "in inbox",
      "approved",
      "rejected",
      "approved",
      "in inbox",
      "rejected",
    ]);
    expect(server.logins).toBe(1);
  });

  test("do not keep the inbox waiting: what came meanwhile is looked for at once", async () => {
    const { server, inbox } = await open({ capabilities: RICH });
    const folder = inbox.folder(APPROVALS);
    const cursor = await list(inbox);
    await list(folder);
    server.deliver(mail("unannounced"));
    await inbox.wait(60_000, never);
    expect((await list(inbox, cursor)).keys).toEqual(["1"]);
    await list(folder);
    const waiting = inbox.wait(60_000, never);
    await vi.waitUntil(() => server.told.at(-1)?.endsWith("IDLE"));
    server.deliver(mail("announced"));
    await waiting;
  });
});

describe("a host that loses connections", () => {
  test("after a silence, and tells nobody: IDLE ends before that, and nothing is lost", async () => {
    const limits = { idleMs: 150, callMs: 2_000 };
    const { server, inbox } = await open({ capabilities: RICH, forgetsAfterMs: 600 }, limits);
    let cursor = await list(inbox);
    for (let round = 0; round < 6; round += 1) {
      await inbox.wait(60_000, never);
      cursor = await list(inbox, cursor);
    }
    server.deliver(mail("after six times the silence"));
    await inbox.wait(60_000, never);
    expect((await list(inbox, cursor)).keys).toEqual(["1"]);
    expect(server.logins).toBe(1);
  });

  test("sooner than the poll: the next look finds out, and the one after it works", async () => {
    const { server, inbox } = await open({ forgetsAfterMs: 50 }, { callMs: 200 });
    const cursor = await list(inbox);
    await inbox.wait(200, never);
    expect(await failure(list(inbox, cursor))).toMatchObject({
      code: "imap_timeout",
      mend: expect.stringContaining("POLL_SECONDS"),
    });
    server.deliver(mail("later"));
    expect((await list(inbox, cursor)).keys).toEqual(["1"]);
  });

  test("after a while, with a goodbye: the next one is made at once", async () => {
    const { server, inbox } = await open({ capabilities: RICH, byeAfterMs: 150 });
    const cursor = await list(inbox);
    await inbox.wait(60_000, never);
    server.deliver(mail("after the goodbye"));
    expect((await list(inbox, cursor)).keys).toEqual(["1"]);
    expect(server.logins).toBe(2);
  });

  test("at every IDLE: it is not stormed with logins", async () => {
    const { server, inbox } = await open({ capabilities: RICH, hangsUpAt: /^IDLE/ });
    const stop = new AbortController();
    const reading = (async () => {
      while (!stop.signal.aborted) {
        await list(inbox).catch(() => undefined);
        await inbox.wait(60_000, stop.signal).catch(() => undefined);
      }
    })();
    await pause(1_500);
    stop.abort();
    await reading;
    expect(server.logins).toBeGreaterThan(1);
    expect(server.logins).toBeLessThan(5);
  });
});

describe("a host that has no room for one more connection", () => {
  test.each([
    ["NO [LIMIT] Maximum number of connections from user+IP exceeded"],
    ["NO [ALERT] Too many simultaneous connections. (Failure)"],
    ["NO Maximum number of connections exceeded"],
    ["* BYE Too many connections from your IP"],
    ["* BYE [ALERT] Maximum connection limit reached"],
  ])("is asked again later: %s", async (refusal) => {
    const { server, inbox } = await open({ connections: { most: 1, refusal } });
    const other = createImapInbox({ url: server.url, log });
    closing.push(other.close);
    await list(other);
    const error = await failure(list(inbox));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "imap_too_many_connections" });
    await other.close();
    await vi.waitUntil(() => server.openConnections === 0);
    await expectAtWork(server, inbox, 50);
  });

  test("sees one look into the sent mailbox at a time", async () => {
    const { server, inbox } = await open({ searchMs: 20 });
    await list(inbox);
    server.deliver(mail("sent"));
    const sent = createSentFolder({ url: server.url, folder: "INBOX", log });
    const looks = ["sent", "other", "sent"].map((id) => sent.holds(`${id}@example.jp`, never));
    expect(await Promise.all(looks)).toEqual([true, false, true]);
    expect(server.mostConnections).toBe(2);
  });
});

describe("a host that talks nonsense", () => {
  const GARBAGE: Readonly<Record<string, (tag: string) => string | Buffer>> = {
    "random bytes": () => Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256)),
    "half a line": () => "* SEARCH 1 2 ",
    "a line of 40 MB": () => Buffer.alloc(40 * 1024 * 1024, "x"),
    "a literal that never comes": () => "* 1 FETCH (UID 1 BODY[] {99999}",
    "a literal of a terabyte": () => "* 1 FETCH (UID 1 BODY[] {1099511627776}",
    "brackets without end": () => `* ${"(".repeat(100_000)}`,
    "another's tag": () => "ZZZ OK done",
    "numbers that are none": (tag) => `* SEARCH 0 -1 1e400 x 99999999999\r\n${tag} OK done`,
    nothing: () => "",
  };

  test.each(Object.entries(GARBAGE))("fails that look only: %s", async (name, said) => {
    const { server, inbox } = await open({}, { callMs: 500, connectMs: 500 });
    const cursor = await list(inbox);
    server.deliver(mail("there"));
    server.become({ answers: (command, tag) => (/SEARCH/.test(command) ? said(tag) : undefined) });
    const outcome = await failure(list(inbox, cursor));
    if (name !== "numbers that are none") expect(outcome).toBeInstanceOf(TransientError);
    server.become({});
    const after = await list(inbox, cursor);
    expect(await subjects(inbox, after.keys)).toEqual(["there"]);
  });

  test.each(["greeting", "CAPABILITY", "LOGIN", "EXAMINE", "FETCH"])(
    "at %s does not end the worker",
    async (when) => {
      const { server, inbox } = await open({}, { callMs: 300, connectMs: 300 });
      server.deliver(mail("there"));
      for (const said of Object.values(GARBAGE).filter((_, at) => at !== 2)) {
        const silent = (command: string, tag: string) =>
          when === "greeting" || command.includes(when) ? said(tag) : undefined;
        server.become({ answers: silent });
        const failed = await failure(list(inbox).then(({ keys }) => subjects(inbox, keys)));
        if (typeof failed !== "string") expect(failed).toBeInstanceOf(TransientError);
      }
      server.become({});
      expect((await list(inbox)).keys).toEqual(["1"]);
    },
  );
});
