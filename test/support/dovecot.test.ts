import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dovecot, dovecotInstalled, startDovecot } from "./dovecot.ts";

function client(dovecot: Dovecot, password = dovecot.password): ImapFlow {
  return new ImapFlow({
    host: "127.0.0.1",
    port: dovecot.port,
    secure: false,
    auth: { user: dovecot.user, pass: password },
    logger: false,
  });
}

const mail = (subject: string) => `From: a@example.jp\r\nSubject: ${subject}\r\n\r\nhello\r\n`;

describe.skipIf(!dovecotInstalled())("a Dovecot for tests", () => {
  let dovecot: Dovecot;

  beforeAll(async () => {
    dovecot = await startDovecot();
  });

  afterAll(() => dovecot.stop());

  test("is empty at first", async () => {
    expect(await dovecot.list()).toEqual([]);
  });

  test("keeps what is appended, with its flags and date", async () => {
    const internalDate = new Date("2026-11-20T01:02:03Z");
    const { uid } = await dovecot.append(mail("one"), { internalDate, flags: ["\\Seen"] });
    expect((await dovecot.list()).at(-1)?.toString()).toBe(mail("one"));

    const imap = client(dovecot);
    await imap.connect();
    await imap.mailboxOpen("INBOX");
    const query = { internalDate: true, flags: true };
    const found = await imap.fetchOne(String(uid), query, { uid: true });
    await imap.logout();
    expect(found).toMatchObject({ internalDate, flags: new Set(["\\Seen", "\\Recent"]) });
  });

  test("keeps other mailboxes apart", async () => {
    const before = (await dovecot.list()).length;
    await dovecot.append(mail("sent"), { mailbox: "Sent" });
    await dovecot.append(mail("sent again"), { mailbox: "Sent" });
    expect(await dovecot.list("Sent")).toHaveLength(2);
    expect(await dovecot.list()).toHaveLength(before);
  });

  test("tells an idle client about a new mail", async () => {
    const imap = client(dovecot);
    await imap.connect();
    await imap.mailboxOpen("INBOX");
    const exists = once(imap, "exists");
    const idle = imap.idle();
    await dovecot.append(mail("while idle"));
    await exists;
    await imap.logout();
    await idle;
  });

  test("refuses the old password after a change, and only that", async () => {
    const old = dovecot.password;
    await dovecot.setPassword("ch@nged/1");
    const refused = client(dovecot, old);
    await expect(refused.connect()).rejects.toMatchObject({
      authenticationFailed: true,
      serverResponseCode: "AUTHENTICATIONFAILED",
    });
    expect(new URL(dovecot.url).password).toBe(encodeURIComponent("ch@nged/1"));
    await dovecot.append(mail("new password"));
  });

  test("kicks live clients, who may come back", async () => {
    const imap = client(dovecot);
    imap.on("error", () => {});
    await imap.connect();
    const closed = once(imap, "close");
    await dovecot.kick();
    await closed;
    await dovecot.append(mail("after the kick"));
  });

  test("kicks nobody without complaint", async () => {
    await dovecot.kick();
    await dovecot.kick();
  });

  test("recreates the mailbox with a new UIDVALIDITY and the same messages", async () => {
    const { uidValidity } = await dovecot.append(mail("before"));
    const mails = await dovecot.list();
    await dovecot.resetUidValidity();
    expect(await dovecot.list()).toEqual(mails);
    const after = await dovecot.append(mail("after"));
    expect(after.uidValidity).toBeGreaterThan(uidValidity);
  });

  test("refuses connections while down and has everything when up again", async () => {
    const { uidValidity, uid } = await dovecot.append(mail("before"));
    const mails = await dovecot.list();
    await dovecot.down();
    const socket = connect(dovecot.port, "127.0.0.1");
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
    await dovecot.up();
    expect(await dovecot.list()).toEqual(mails);
    await dovecot.restart();
    expect(await dovecot.append(mail("after"))).toEqual({ uidValidity, uid: uid + 1 });
  });

  test("leaves neither server nor directory behind", async () => {
    const another = await startDovecot();
    await another.append(mail("short life"));
    await another.stop();
    expect(existsSync(dirname(another.mailDir))).toBe(false);
    const socket = connect(another.port, "127.0.0.1");
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
  });
});
