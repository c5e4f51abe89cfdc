// The newest mails of a real Dovecot, looked at without a trace.

import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { surveyImap } from "../../src/mail/mailbox-survey.ts";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";
import { MONDAY } from "../support/fake-clock.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const mail = (n: number) => `From: <taro${n}@example.com>\r\nSubject: ${n}\r\n\r\nbody ${n}\r\n`;

describe.skipIf(!dovecotInstalled())("a survey of a mailbox", () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());

  const survey = (newest = 3) => surveyImap({ url: dovecot.url, newest, log }, never);

  async function traces() {
    const auth = { user: dovecot.user, pass: dovecot.password };
    const options = { host: "127.0.0.1", port: dovecot.port, secure: false, logger: false, auth };
    const client = new ImapFlow(options as ConstructorParameters<typeof ImapFlow>[0]);
    await client.connect();
    const { highestModseq } = await client.mailboxOpen("INBOX", { readOnly: true });
    const rows = await client.fetchAll("1:*", { flags: true });
    await client.logout();
    return { highestModseq, flags: rows.map(({ flags }) => [...(flags ?? [])]) };
  }

  test("of an empty one tells of the server alone", async () => {
    const { server, mails } = await survey();
    expect(mails).toEqual([]);
    expect(server).toMatchObject({ mails: 0, idle: true, condstore: true });
  });

  test("has the newest headers, oldest first, and leaves no trace", async () => {
    for (const n of [1, 2, 3, 4]) await dovecot.append(mail(n), { internalDate: new Date(MONDAY) });
    const before = await traces();
    const { mails, server } = await survey();
    expect(mails.map(({ message }) => message.subject)).toEqual(["2", "3", "4"]);
    expect(mails[0]).toMatchObject({ key: "2", receivedAt: MONDAY });
    expect(mails[0]?.message.text ?? "").not.toContain("body");
    expect(server?.mails).toBe(4);
    expect(await survey(100)).toMatchObject({ mails: { length: 4 } });
    expect(await traces()).toEqual(before);
  });

  test("of a mailbox that refuses the login says so", async () => {
    const url = dovecot.url.replace(dovecot.password, "wrong");
    const refused = surveyImap({ url, newest: 3, log }, never);
    await expect(refused).rejects.toMatchObject({ code: "imap_auth_failed" });
  });
});
