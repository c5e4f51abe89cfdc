// What the provider has sent, looked up in a real Dovecot.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { createSentFolder } from "../../src/mail/imap-sent.ts";
import { type Dovecot, dovecotInstalled, startDovecot } from "../support/dovecot.ts";

const log = { info() {}, warn() {}, error() {}, debug() {} };
const never = new AbortController().signal;
const FOLDER = "送信済み Sent";
const ID = "henkin.0123456789abcdef0123456789abcdef01234567@shop.example.jp";

const mail = (id: string) =>
  `From: shop@shop.example.jp\r\nMessage-ID: <${id}>\r\nSubject: ${ID}\r\n\r\n<${ID}>\r\n`;

describe.skipIf(!dovecotInstalled())("a folder of sent mail", () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
    await dovecot.append(mail(`other.${ID.slice(10)}`), { mailbox: FOLDER });
  });
  afterAll(() => dovecot.stop());

  const folder = (name = FOLDER, url = dovecot.url) => createSentFolder({ url, folder: name, log });

  test("holds a mail from the moment it lies there, by its Message-ID alone", async () => {
    const sent = folder();
    expect(await sent.holds(ID, never)).toBe(false);
    await dovecot.append(mail(ID));
    expect(await sent.holds(ID, never)).toBe(false);
    await dovecot.append(mail(ID), { mailbox: FOLDER });
    expect(await sent.holds(ID, never)).toBe(true);
  });

  test("is not made where it is missing", async () => {
    const error = await folder("Nowhere")
      .holds(ID, never)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: "imap_mailbox_missing" });
    await expect(folder("Nowhere").holds(ID, never)).rejects.toThrow(/does not exist/);
  });

  test("tells refused credentials from trouble", async () => {
    const wrong = dovecot.url.replace(`:${encodeURIComponent(dovecot.password)}@`, ":wrong@");
    expect(wrong).not.toBe(dovecot.url);
    await expect(folder(FOLDER, wrong).holds(ID, never)).rejects.toBeInstanceOf(AccessError);
  });

  test("throws where the server is down, and leaves nothing open", async () => {
    const sent = folder();
    await dovecot.down();
    await expect(sent.holds(ID, never)).rejects.toBeInstanceOf(TransientError);
    await dovecot.up();
    expect(await sent.holds(ID, never)).toBe(true);
  });
});
