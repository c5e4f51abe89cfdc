import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { createImapInbox, parseImapUrl } from "../../src/mail/imap-inbox.ts";
import type { FetchedMessage, Inbox, MailboxCursor } from "../../src/ports.ts";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import * as certificate from "./localhost-certificate.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const MB = 1024 * 1024;

const mail = (subject: string, body = "hello\r\n") =>
  `From: a@example.jp\r\nSubject: ${subject}\r\n\r\n${body}`;

function inboxAt(url: string, port: number, limits = {}): Inbox {
  return createImapInbox({ url: url.replace(/:\d+\//, `:${port}/`), log, limits });
}

function list(inbox: Inbox, request: Partial<Parameters<Inbox["list"]>[0]> = {}) {
  return inbox.list({ cursor: null, full: false, since: null, signal: never, ...request });
}

async function collect(messages: AsyncIterable<FetchedMessage>): Promise<FetchedMessage[]> {
  const all: FetchedMessage[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

const subjects = (messages: FetchedMessage[]) =>
  messages.map(({ raw }) => /Subject: (.*)\r/.exec(Buffer.from(raw).toString())?.[1]);

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no error",
    (error) => error,
  );
}

/** Counts what a client downloads. */
async function startMeter(targetPort: number) {
  const meter = { port: 0, bytes: 0, close: () => server.close() };
  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    target.on("data", (chunk) => {
      meter.bytes += chunk.length;
    });
    client.pipe(target).pipe(client);
    for (const socket of [client, target]) socket.on("error", () => target.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  meter.port = (server.address() as AddressInfo).port;
  return meter;
}

describe.skipIf(!dovecotInstalled())("an IMAP inbox", () => {
  let dovecot: Dovecot;
  let proxy: TcpProxy;
  let inbox: Inbox;

  beforeAll(async () => {
    dovecot = await startDovecot();
  });

  afterAll(() => dovecot.stop());

  beforeEach(async () => {
    proxy = await startTcpProxy({ targetPort: dovecot.port });
    inbox = inboxAt(dovecot.url, proxy.port);
  });

  afterEach(async () => {
    await inbox.close();
    await proxy.close();
  });

  async function currentCursor(): Promise<MailboxCursor> {
    const { generation, lastKey } = await list(inbox);
    return { generation, lastKey };
  }

  test("names the mailbox without the password", () => {
    expect(inbox.mailbox).toBe(`imap://shop@127.0.0.1:${proxy.port}/INBOX`);
    expect(inbox.defaultSince).toBe("first-start");
  });

  test("lists nothing in an empty mailbox, and then what comes", async () => {
    const empty = await startDovecot();
    const fresh = inboxAt(empty.url, empty.port);
    const cursor = await list(fresh);
    expect(cursor.keys).toEqual([]);
    const { uid } = await empty.append(mail("first"));
    expect((await list(fresh, { cursor })).keys).toEqual([String(uid)]);
    await fresh.close();
    await empty.stop();
  });

  test("sees at a glance what a server has told since, and begins with a look", async () => {
    await dovecot.append(mail("known"));
    const cursor = await currentCursor();
    const { uid } = await dovecot.append(mail("new"));
    const fresh = inboxAt(dovecot.url, proxy.port);
    expect((await list(fresh, { cursor, glance: true })).keys).toEqual([String(uid)]);
    const { uid: next } = await dovecot.append(mail("newer"));
    const from = { ...cursor, lastKey: String(uid) };
    await expect
      .poll(async () => (await list(fresh, { cursor: from, glance: true })).keys)
      .toEqual([String(next)]);
    await fresh.close();
  });

  test("lists what came after the cursor, and not the last known mail again", async () => {
    await dovecot.append(mail("known"));
    const cursor = await currentCursor();
    expect(await list(inbox, { cursor })).toEqual({ ...cursor, keys: [] });
    const { uid } = await dovecot.append(mail("new"));
    expect(await list(inbox, { cursor })).toEqual({
      generation: cursor.generation,
      keys: [String(uid)],
      lastKey: String(uid),
    });
  });

  test("lists everything since a date in full, also what lies behind the cursor", async () => {
    const since = Date.parse("2026-11-20T12:00:00Z");
    const old = await dovecot.append(mail("old"), { internalDate: new Date("2026-11-01") });
    const exact = await dovecot.append(mail("exact"), { internalDate: new Date(since) });
    const cursor = await currentCursor();
    const { keys, lastKey } = await list(inbox, { cursor, full: true, since });
    expect(keys).toContain(String(exact.uid));
    expect(keys).not.toContain(String(old.uid));
    expect(lastKey).toBe(cursor.lastKey);
  });

  test("fetches messages as they are, in the order of the keys, and skips what is gone", async () => {
    const internalDate = new Date("2026-11-20T01:02:03Z");
    const first = await dovecot.append(mail("first"), { internalDate });
    const second = await dovecot.append(mail("second", `${"x".repeat(3 * MB)}\r\n`));
    const keys = [second.uid, 4_000_000_000, first.uid].map(String);
    const messages = await collect(inbox.fetch(keys, never));
    expect(subjects(messages)).toEqual(["second", "first"]);
    expect(messages[0]?.raw.length).toBe(messages[0]?.size);
    expect(Buffer.from(messages[0]?.raw ?? []).toString()).toMatch(/x{3145728}\r\n$/);
    expect(messages[1]).toMatchObject({
      location: { generation: String(first.uidValidity), key: String(first.uid) },
      receivedAt: internalDate.getTime(),
      size: mail("first").length,
      truncated: false,
    });
    expect(Buffer.from(messages[1]?.raw ?? []).toString()).toBe(mail("first"));
  });

  test("fetches a message that ends exactly with a piece", async () => {
    const raw = mail("even", "")
      .padEnd(2 * MB - 2, "y")
      .concat("\r\n");
    const { uid } = await dovecot.append(raw);
    const [message] = await collect(inbox.fetch([String(uid)], never));
    expect(Buffer.from(message?.raw ?? []).equals(Buffer.from(raw))).toBe(true);
  });

  test("fetches many messages", async () => {
    const many = await startDovecot();
    const raws = Array.from({ length: 450 }, (_, index) => mail(`number ${index}`));
    await many.list();
    for (const [index, raw] of raws.entries()) {
      await writeFile(join(many.mailDir, "new", `${1_000_000_000 + index}.x.host`), raw);
    }
    const reader = inboxAt(many.url, many.port);
    const { keys } = await list(reader);
    const messages = await collect(reader.fetch(keys, never));
    expect(messages.map(({ raw }) => Buffer.from(raw).toString())).toEqual(raws);
    await reader.close();
    await many.stop();
  });

  test("never sets \\Seen, and takes \\Recent from nobody", async () => {
    const { uid } = await dovecot.append(mail("unread"));
    await list(inbox);
    await collect(inbox.fetch([String(uid)], never));
    const client = new ImapFlow({
      host: "127.0.0.1",
      port: dovecot.port,
      secure: false,
      auth: { user: dovecot.user, pass: dovecot.password },
      logger: false,
    });
    await client.connect();
    await client.mailboxOpen("INBOX", { readOnly: true });
    const found = await client.fetchOne(String(uid), { flags: true }, { uid: true });
    await client.logout();
    expect(found).toMatchObject({ flags: new Set(["\\Recent"]) });
  });

  test("downloads under 1 MB of a mail of 60 MB", async () => {
    const line = `${"z".repeat(998)}\r\n`;
    const small = await dovecot.append(mail("small"));
    const { uid } = await dovecot.append(mail("huge", line.repeat(60_000)));
    const meter = await startMeter(dovecot.port);
    const reader = inboxAt(dovecot.url, meter.port);
    const keys = [small.uid, uid].map(String);
    const [first, message] = await collect(reader.fetch(keys, never));
    await reader.close();
    meter.close();
    expect(first).toMatchObject({ truncated: false });
    expect(message).toMatchObject({ truncated: true });
    expect(message?.raw.length).toBe(256 * 1024);
    expect(message?.size).toBeGreaterThan(59_000_000);
    expect(meter.bytes).toBeLessThan(MB);
  });

  test("ignores a cursor of another generation", async () => {
    await dovecot.append(mail("before the change"));
    const cursor = await currentCursor();
    const { keys: all } = await list(inbox);
    await dovecot.resetUidValidity();
    await failure(list(inbox, { cursor }));
    const listing = await list(inbox, { cursor });
    expect(listing.generation).not.toBe(cursor.generation);
    expect(listing.keys).toHaveLength(all.length);
    const [message] = await collect(inbox.fetch(listing.keys.slice(-1), never));
    expect(message?.location.generation).toBe(listing.generation);
  });

  test("notices a new mail within a second, although it has just been asked", async () => {
    const cursor = await currentCursor();
    const waiting = inbox.wait(60_000, never);
    const start = performance.now();
    const { uid } = await dovecot.append(mail("while idle"));
    await waiting;
    expect(performance.now() - start).toBeLessThan(1_000);
    expect((await list(inbox, { cursor })).keys).toEqual([String(uid)]);
  });

  test("sees a mail that comes right after another as soon as the first", async () => {
    let cursor: MailboxCursor = await currentCursor();
    for (const subject of ["first", "second", "third"]) {
      const waiting = inbox.wait(60_000, never);
      const start = performance.now();
      await dovecot.append(mail(subject));
      await waiting;
      // imapflow by itself would listen again only 15 s after the last command.
      expect(performance.now() - start).toBeLessThan(5_000);
      const { generation, keys, lastKey } = await list(inbox, { cursor });
      expect(subjects(await collect(inbox.fetch(keys, never)))).toEqual([subject]);
      cursor = { generation, lastKey };
    }
  });

  test("does not wait for a mail that came between two calls", async () => {
    const cursor = await currentCursor();
    await dovecot.append(mail("in between"));
    await collect(inbox.fetch([cursor.lastKey], never));
    await inbox.wait(60_000, never);
    expect((await list(inbox, { cursor })).keys).toHaveLength(1);
  });

  test("waits for the next mail once it has listed the last one", async () => {
    const cursor = await currentCursor();
    await dovecot.append(mail("seen"));
    await collect(inbox.fetch([cursor.lastKey], never));
    await list(inbox, { cursor });
    const start = performance.now();
    await inbox.wait(50, never);
    expect(performance.now() - start).toBeGreaterThan(45);
  });

  test("waits no longer than it was told, and no longer than it may", async () => {
    await list(inbox);
    const start = performance.now();
    await inbox.wait(50, never);
    expect(performance.now() - start).toBeGreaterThan(45);
    const stop = new AbortController();
    const waiting = inbox.wait(60_000, stop.signal);
    stop.abort();
    await waiting;
    await list(inbox);
  });

  test("ends the wait when the connection is lost, and connects again", async () => {
    await list(inbox);
    const waiting = inbox.wait(60_000, never);
    await dovecot.kick();
    await waiting;
    await list(inbox);
    expect(proxy.connections).toBe(2);
  });

  test("survives a reset while it waits", async () => {
    await list(inbox);
    const waiting = inbox.wait(60_000, never);
    await proxy.setMode("reset");
    await waiting;
    await proxy.setMode("pass");
    await list(inbox);
  });

  test("gives up a black-holed connection at the deadline, and builds a new one", async () => {
    const hasty = inboxAt(dovecot.url, proxy.port, { callMs: 300, connectMs: 2_000 });
    await list(hasty);
    await proxy.setMode("black-hole");
    const start = performance.now();
    const error = await failure(list(hasty));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "imap_timeout" });
    expect(performance.now() - start).toBeLessThan(1_500);
    await proxy.setMode("pass");
    await list(hasty);
    await hasty.close();
  });

  test("gives up connecting into a black hole", async () => {
    await proxy.setMode("black-hole");
    const hasty = inboxAt(dovecot.url, proxy.port, { connectMs: 300 });
    expect(await failure(list(hasty))).toMatchObject({ code: "imap_timeout" });
    await hasty.close();
  });

  test("tells a fetch that broke from messages that are gone", async () => {
    const { uid } = await dovecot.append(mail("broken off", "x".repeat(2 * MB)));
    await list(inbox);
    proxy.swallow(/UID FETCH \d+ \(.*BODY\.PEEK\[]<1048576/, "to-server");
    const error = await failure(collect(inbox.fetch([String(uid)], never)));
    expect(error).toBeInstanceOf(TransientError);
    expect(await collect(inbox.fetch([String(uid)], never))).toHaveLength(1);
  });

  test("cancels a call when the signal aborts", async () => {
    await list(inbox);
    proxy.hold(/EXAMINE/, "to-server");
    const stop = new AbortController();
    const listing = list(inbox, { signal: stop.signal });
    await proxy.held();
    stop.abort();
    expect(await failure(listing)).toMatchObject({ code: "imap_aborted" });
    proxy.drop();
    await list(inbox);
  });

  test("reports a wrong password as lost access, without naming anybody", async () => {
    const stranger = inboxAt(dovecot.url.replace(":s3cret@", ":wrong@"), proxy.port);
    const error = await failure(list(stranger));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "imap_auth_failed" });
    expect(String(error)).not.toMatch(/wrong|shop/);
    await stranger.close();
  });

  test("reports a refused connection and a missing mailbox as temporary", async () => {
    const elsewhere = inboxAt(dovecot.url.replace("/INBOX", "/Nowhere"), proxy.port);
    expect(await failure(list(elsewhere))).toMatchObject({ code: "imap_mailbox_missing" });
    await elsewhere.close();
    await proxy.setMode("refuse");
    const error = await failure(list(inboxAt(dovecot.url, proxy.port)));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "imap_connection" });
  });

  test("connects no more once it is closed", async () => {
    await list(inbox);
    await inbox.close();
    expect(await failure(list(inbox))).toMatchObject({ code: "imap_closed" });
    expect(proxy.connections).toBe(1);
  });
});

describe("the connection of an IMAP inbox", () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Answers every command by its name; says what it was told. */
  async function startScriptedImap(replies: Record<string, string>, host: string, tls = false) {
    const told: string[] = [];
    const serve = (socket: Socket) => {
      socket.on("error", () => socket.destroy());
      socket.write("* OK ready\r\n");
      socket.on("data", (chunk) => {
        for (const line of chunk.toString().split("\r\n").filter(Boolean)) {
          told.push(line);
          const [tag = "", command = ""] = line.split(" ");
          socket.write(
            `${replies[command] ?? ""}${tag} ${replies[`${command}:`] ?? "OK done"}\r\n`,
          );
        }
      });
    };
    const server = tls ? createTlsServer(certificate, serve) : createServer(serve);
    servers.push(server);
    server.listen(0, host);
    await once(server, "listening");
    return { told, port: (server.address() as AddressInfo).port };
  }

  const CAPABILITY = { CAPABILITY: "* CAPABILITY IMAP4rev1\r\n" };

  test("sends no password over the network without TLS", async () => {
    const { told, port } = await startScriptedImap(CAPABILITY, "127.0.0.2");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.2:${port}/INBOX`, log });
    expect(await failure(list(inbox))).toMatchObject({ code: "imap_tls" });
    expect(told.join()).not.toMatch(/LOGIN|AUTH|secret/);
    await inbox.close();
  });

  test("trusts no unknown certificate, and a known one", async () => {
    const replies = {
      ...CAPABILITY,
      EXAMINE: "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n",
    };
    const { told, port } = await startScriptedImap(replies, "127.0.0.1", true);
    const url = `imaps://shop:secret@127.0.0.1:${port}/INBOX`;
    const wary = createImapInbox({ url, log });
    expect(await failure(list(wary))).toMatchObject({ code: "imap_tls" });
    expect(told).toEqual([]);
    await wary.close();
    const trusting = createImapInbox({ url, log, tls: { ca: certificate.cert } });
    expect(await list(trusting)).toEqual({ generation: "7", keys: [], lastKey: "0" });
    await trusting.close();
  });

  test("says no password after STARTTLS with an unknown certificate", async () => {
    const told: string[] = [];
    const serve = (socket: Socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (chunk) => {
        const line = chunk.toString();
        told.push(line);
        const tag = line.split(" ")[0];
        const more = line.includes("CAPABILITY") ? "* CAPABILITY IMAP4rev1 STARTTLS\r\n" : "";
        socket.write(`${more}${tag} OK go\r\n`);
        if (!line.includes("STARTTLS")) return;
        socket.removeAllListeners("data");
        serve(new TLSSocket(socket, { isServer: true, ...certificate }));
      });
    };
    const server = createServer((socket) => {
      socket.write("* OK ready\r\n");
      serve(socket);
    });
    servers.push(server);
    await once(server.listen(0, "127.0.0.2"), "listening");
    const { port } = server.address() as AddressInfo;
    const url = `imap://shop:s3cret@127.0.0.2:${port}/INBOX`;
    const wary = createImapInbox({ url, log });
    expect(await failure(list(wary))).toMatchObject({ code: "imap_tls" });
    expect(told.join()).toContain("STARTTLS");
    expect(told.join()).not.toMatch(/LOGIN|s3cret/);
    await wary.close();
    const trusting = createImapInbox({ url, log, tls: { ca: certificate.cert } });
    await failure(list(trusting));
    expect(told.join()).toMatch(/LOGIN "?shop"? "?s3cret/);
    await trusting.close();
  });

  const OPEN = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n";
  const cursor = { generation: "7", lastKey: "1" };

  test("does not take a failed search for an empty one", async () => {
    const replies = { ...CAPABILITY, EXAMINE: OPEN, "UID:": "NO not now" };
    const { port } = await startScriptedImap(replies, "127.0.0.1");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.1:${port}/INBOX`, log });
    expect(await failure(list(inbox, { cursor }))).toMatchObject({ code: "imap_refused" });
    await inbox.close();
  });

  test("asks for a day more than it needs: servers compare days in their own time zone", async () => {
    const { told, port } = await startScriptedImap({ ...CAPABILITY, EXAMINE: OPEN }, "127.0.0.1");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.1:${port}/INBOX`, log });
    await list(inbox, { full: true, since: Date.parse("2026-11-20T23:30:00Z") });
    expect(told.join("\n")).toMatch(/UID SEARCH SINCE 19-Nov-2026/);
    await inbox.close();
  });

  test("opens the mailbox anew for a look, and not for a glance", async () => {
    const replies = { ...CAPABILITY, EXAMINE: OPEN, UID: "* SEARCH 8\r\n" };
    const { told, port } = await startScriptedImap(replies, "127.0.0.1");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.1:${port}/INBOX`, log });
    const opened = () => told.filter((line) => line.includes("EXAMINE")).length;
    await list(inbox, { cursor });
    const before = opened();
    expect(await list(inbox, { cursor, glance: true })).toEqual({
      generation: "7",
      keys: ["8"],
      lastKey: "8",
    });
    expect(opened()).toBe(before);
    await list(inbox, { cursor });
    expect(opened()).toBe(before + 1);
    await inbox.close();
  });

  test("takes what a server says of other UIDs for no news", async () => {
    const replies = { ...CAPABILITY, EXAMINE: OPEN, UID: "* SEARCH 1\r\n" };
    const { port } = await startScriptedImap(replies, "127.0.0.1");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.1:${port}/INBOX`, log });
    expect(await list(inbox, { cursor })).toEqual({ ...cursor, keys: [] });
    await inbox.close();
  });

  test.each([
    ["NO [UNAVAILABLE] later", TransientError],
    ["NO [ALERT] Too many simultaneous connections.", TransientError],
    ["BAD what?", TransientError],
    ["NO [AUTHENTICATIONFAILED] Invalid credentials", AccessError],
    ["NO wrong", AccessError],
  ])("takes %s for what it is", async (reply, kind) => {
    const { port } = await startScriptedImap({ ...CAPABILITY, "LOGIN:": reply }, "127.0.0.1");
    const inbox = createImapInbox({ url: `imap://shop:secret@127.0.0.1:${port}/INBOX`, log });
    expect(await failure(list(inbox))).toBeInstanceOf(kind);
    await inbox.close();
  });
});

describe("an IMAP URL", () => {
  test("is plain on this machine only, not where a name may lead there", () => {
    const isPlain = (host: string) => parseImapUrl(`imap://u:p@${host}/`).plain;
    expect(
      ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"].filter((host) => !isPlain(host)),
    ).toEqual([]);
    const others = [
      "localhost.example.jp",
      "127.0.0.1.nip.example",
      "localhost.",
      "127.1",
      "0.0.0.0",
    ];
    expect(others.filter(isPlain)).toEqual([]);
  });

  test("has defaults", () => {
    expect(parseImapUrl("imaps://shop%40example.jp:p%23w@mail.example.jp")).toMatchObject({
      secure: true,
      plain: false,
      host: "mail.example.jp",
      port: 993,
      user: "shop@example.jp",
      password: "p#w",
      mailbox: "INBOX",
      label: "imap://shop@example.jp@mail.example.jp:993/INBOX",
    });
    expect(parseImapUrl("imap://u:p@mail.example.jp/A/B")).toMatchObject({
      plain: false,
      port: 143,
      mailbox: "A/B",
    });
    expect(parseImapUrl("imap://u:p@[::1]:1143/")).toMatchObject({ plain: true, host: "::1" });
  });

  test.each([
    ["secret", "must be imaps://"],
    ["https://u:secret@host/", "must be imaps://"],
    ["imaps://u:sec/ret@host/", "must be imaps://"],
    ["imaps://host/INBOX", "needs user:password@"],
    ["imaps://u@host/INBOX", "needs user:password@"],
    ["imaps://u:secret@host/INBOX#x", "%23"],
    ["imaps://u:secret%@host/INBOX", "%25"],
  ])("that cannot be used says why: %s", (url, reason) => {
    expect(() => parseImapUrl(url)).toThrow(reason);
    expect(() => parseImapUrl(url)).not.toThrow(/secret/);
  });
});
