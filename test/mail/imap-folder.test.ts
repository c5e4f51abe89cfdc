// Another folder of the inbox's mailbox, which is made where it is missing.

import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createImapInbox, type ImapFolder } from "../../src/mail/imap-inbox.ts";
import type { FetchedMessage, MailboxCursor } from "../../src/ports.ts";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const FOLDER = "返金承認";

const mail = (subject: string) => `From: a@example.jp\r\nSubject: ${subject}\r\n\r\nhello\r\n`;

function list(inbox: ImapFolder, cursor: MailboxCursor | null = null) {
  return inbox.list({ cursor, full: false, since: null, signal: never });
}

async function collect(messages: AsyncIterable<FetchedMessage>): Promise<string[]> {
  const all: string[] = [];
  for await (const { raw } of messages) all.push(Buffer.from(raw).toString());
  return all;
}

describe.skipIf(!dovecotInstalled())("a folder beside the INBOX", () => {
  let dovecot: Dovecot;
  let folder: ImapFolder;

  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  beforeEach(() => {
    folder = createImapInbox({ url: dovecot.url, log }).folder(FOLDER);
  });
  afterEach(() => folder.close());

  /** As a person does in a mail program. */
  async function asPerson<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const { port, user, password } = dovecot;
    const auth = { user, pass: password };
    const client = new ImapFlow({ host: "127.0.0.1", port, secure: false, auth, logger: false });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  test("is named with its account, without the password", () => {
    expect(folder.mailbox).toBe(`imap://shop@127.0.0.1:${dovecot.port}/${FOLDER}`);
  });

  test("is made where it is missing, so that mail programs show it", async () => {
    const paths = () => asPerson(async (client) => client.list());
    expect((await paths()).map(({ path }) => path)).not.toContain(FOLDER);
    expect((await list(folder)).keys).toEqual([]);
    const made = (await paths()).find(({ path }) => path === FOLDER);
    expect(made).toMatchObject({ path: FOLDER, subscribed: true });
  });

  test("is opened as it is where it is there", async () => {
    const { uid, uidValidity } = await dovecot.append(mail("first"), { mailbox: FOLDER });
    const listing = await list(folder);
    expect(listing).toEqual({
      generation: String(uidValidity),
      keys: [String(uid)],
      lastKey: String(uid),
    });
  });

  test("shows what somebody moves into it, and the INBOX shows it no more", async () => {
    const cursor = await list(folder);
    const { uid } = await dovecot.append(mail("moved"));
    expect((await list(folder, cursor)).keys).toEqual([]);
    await asPerson(async (client) => {
      await client.mailboxOpen("INBOX");
      await client.messageMove(String(uid), FOLDER, { uid: true });
    });
    const { keys } = await list(folder, cursor);
    expect(await collect(folder.fetch(keys, never))).toEqual([mail("moved")]);
    expect((await dovecot.list()).map(String)).not.toContain(mail("moved"));
  });

  test("is made again after somebody has deleted it", async () => {
    await dovecot.append(mail("old"), { mailbox: FOLDER });
    const before = await list(folder);
    await asPerson((client) => client.mailboxDelete(FOLDER));
    await list(folder, before).catch(() => undefined);
    const after = await list(folder, before);
    expect(after.keys).toEqual([]);
    expect(after.generation).not.toBe(before.generation);
    const { uid } = await dovecot.append(mail("new"), { mailbox: FOLDER });
    expect((await list(folder, after)).keys).toEqual([String(uid)]);
  });

  test("is the only one that is made: an INBOX_URL that names none stays an error", async () => {
    const elsewhere = createImapInbox({ url: dovecot.url.replace("/INBOX", "/Nowhere"), log });
    await expect(list(elsewhere)).rejects.toMatchObject({ code: "imap_mailbox_missing" });
    await elsewhere.close();
    const paths = await asPerson((client) => client.list());
    expect(paths.map(({ path }) => path)).not.toContain("Nowhere");
  });
});
