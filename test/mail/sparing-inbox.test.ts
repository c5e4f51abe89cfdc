// Many mailboxes at a real server that allows few connections.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHostSeats } from "../../src/mail/host-seats.ts";
import type { ImapInbox } from "../../src/mail/imap-inbox.ts";
import { buildInbox } from "../../src/mail-servers.ts";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const request = { cursor: null, full: false, since: null, signal: never };
const MAIL = "From: a@example.jp\r\nMessage-ID: <1@example.jp>\r\nSubject: one\r\n\r\nhello\r\n";

describe.skipIf(!dovecotInstalled())("a host that allows two connections of a user", () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot({ poor: "mail_max_userip_connections = 2\n" });
    await dovecot.append(MAIL);
  });
  afterAll(() => dovecot.stop());

  it("is read for three mailboxes, of which one keeps its connection", async () => {
    const seats = createHostSeats({ most: 1, now: Date.now, random: () => 0.5 });
    const inboxes = [1, 2, 3].map(() => buildInbox(dovecot.url, "/", log, { seats }) as ImapInbox);
    for (let round = 0; round < 2; round += 1) {
      for (const inbox of inboxes) {
        expect((await inbox.list(request)).keys).toHaveLength(1);
        await inbox.wait(1, never);
      }
    }
    for (const inbox of inboxes) await inbox.close();
  });

  it("is left by a mailbox that hangs up, and found again by its next look", async () => {
    const seats = createHostSeats({ most: 9, now: Date.now, random: () => 0.5 });
    const open = () => buildInbox(dovecot.url, "/", log, { seats }) as ImapInbox;
    const inboxes = [open(), open(), open(), open()];
    for (const inbox of [...inboxes, ...inboxes]) {
      expect((await inbox.list(request)).keys).toHaveLength(1);
      await inbox.hangUp();
    }
    for (const inbox of inboxes) await inbox.close();
    await expect(inboxes[0]?.list(request)).rejects.toMatchObject({ code: "imap_closed" });
  });
});
