import { once } from "node:events";
import { connect } from "node:net";
import { createTransport, type SendMailOptions } from "nodemailer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedSmtp, type Smtp, startScriptedSmtp, startSmtpTester } from "./smtp.ts";

const mail: SendMailOptions = {
  messageId: "<one@shop.example.jp>",
  from: "渋谷商店 <shop@shop.example.jp>",
  to: "hanako@example.jp",
  subject: "[R-12] 返金のご確認：ご注文番号６７８、田中太郎様、クレジットカード決済",
  text: "承認をお願いします。",
  html: "<p>承認を<b>お願い</b>します。</p>",
};

async function send(url: string, changes: SendMailOptions = {}) {
  const transport = createTransport(url);
  try {
    return await transport.sendMail({ ...mail, ...changes });
  } finally {
    transport.close();
  }
}

describe.each([
  ["smtp-tester", startSmtpTester],
  ["the scripted server", startScriptedSmtp],
])("%s", (_name, start) => {
  let smtp: Smtp;

  beforeEach(async () => {
    smtp = await start();
  });

  afterEach(() => smtp.close());

  test("lists what it receives, decoded and raw, before the sender goes on", async () => {
    await send(smtp.url, { envelope: { from: "bounce@shop.example.jp", to: "a@example.jp" } });
    expect(smtp.mails).toHaveLength(1);
    const [received] = smtp.mails;
    expect(received).toMatchObject({
      envelope: { from: "bounce@shop.example.jp", to: ["a@example.jp"] },
      messageId: "<one@shop.example.jp>",
      subject: mail.subject,
      html: mail.html,
    });
    expect(received?.text.trim()).toBe(mail.text);
    expect(received?.headers.get("to")).toBe("hanako@example.jp");
    expect(received?.headers.get("subject")).toMatch(/^=\?UTF-8\?[^\r\n]+\?=$/);
    expect(received?.raw).toMatch(/^Content-Type: multipart\/alternative/m);
  });

  test("listens on loopback only", async () => {
    const socket = connect(smtp.port, "::1");
    await expect(once(socket, "connect")).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL/);
  });

  test("waits for a mail that is yet to come, and finds one that came", async () => {
    const waiting = smtp.waitForMail(({ subject }) => subject === "second");
    await send(smtp.url);
    await send(smtp.url, { subject: "second" });
    expect((await waiting).subject).toBe("second");
    expect(await smtp.waitForMail(({ subject }) => subject === "second")).toBe(await waiting);
  });

  test("names what came instead of the mail waited for", async () => {
    await send(smtp.url, { subject: "another" });
    await expect(smtp.waitForMail(() => false, 20)).rejects.toThrow("another to hanako@example.jp");
  });

  test("outlives a client that breaks off", async () => {
    const socket = connect(smtp.port, "127.0.0.1");
    await once(socket, "data");
    socket.write("EHLO broken.example\r\nMAIL FROM:<a@example.jp>\r\n");
    socket.resetAndDestroy();
    await send(smtp.url);
    expect(smtp.mails).toHaveLength(1);
  });
});

describe("the scripted server", () => {
  let smtp: ScriptedSmtp;

  beforeEach(async () => {
    smtp = await startScriptedSmtp();
  });

  afterEach(() => smtp.close());

  test.each([
    { fault: "refuse-rcpt-4xx", seen: { responseCode: 451, command: "RCPT TO" }, mails: 0 },
    { fault: "refuse-rcpt-5xx", seen: { responseCode: 550, command: "RCPT TO" }, mails: 0 },
    { fault: "refuse-data-4xx", seen: { responseCode: 451, command: "DATA" }, mails: 0 },
    { fault: "refuse-data-5xx", seen: { responseCode: 550, command: "DATA" }, mails: 0 },
    { fault: "wrong-credentials", seen: { responseCode: 535, code: "EAUTH" }, mails: 0 },
    { fault: "drop-before-data", seen: { code: "ECONNECTION" }, mails: 0 },
    { fault: "drop-after-data", seen: { code: "ECONNECTION" }, mails: 1 },
    { fault: "hang-after-data", seen: { code: "ETIMEDOUT" }, mails: 1 },
  ] as const)("shows $fault once and then works", async ({ fault, seen, mails }) => {
    smtp.behave(fault, { times: 1 });
    // Only the hang is ended by this timeout, all else fails by itself.
    const url = fault === "hang-after-data" ? `${smtp.url}/?socketTimeout=500` : smtp.url;
    await expect(send(url)).rejects.toMatchObject(seen);
    await smtp.waitForFault(fault);
    expect(smtp.mails).toHaveLength(mails);
    await send(smtp.url);
    expect(smtp.mails).toHaveLength(mails + 1);
    expect(smtp.faults).toEqual([fault]);
  });

  test("shows a fault until told otherwise", async () => {
    smtp.behave("refuse-data-4xx");
    await expect(send(smtp.url)).rejects.toThrow("451");
    await expect(send(smtp.url)).rejects.toThrow("451");
    smtp.behave("accept");
    await send(smtp.url);
    expect(smtp.faults).toHaveLength(2);
  });

  test("limits a fault to the mails for one address", async () => {
    smtp.behave("refuse-rcpt-5xx", { to: "gone@example.jp" });
    await send(smtp.url);
    await expect(send(smtp.url, { to: "gone@example.jp" })).rejects.toThrow("550");
    smtp.behave("drop-after-data", { to: "gone@example.jp" });
    await send(smtp.url);
    await expect(send(smtp.url, { to: "gone@example.jp" })).rejects.toThrow();
    expect(smtp.mails.map(({ envelope }) => envelope.to[0])).toEqual([
      "hanako@example.jp",
      "hanako@example.jp",
      "gone@example.jp",
    ]);
  });

  test("wants a login, and the right one", async () => {
    const { port } = smtp;
    await expect(send(`smtp://127.0.0.1:${port}`)).rejects.toThrow("530");
    await expect(send(`smtp://shop:guess@127.0.0.1:${port}`)).rejects.toThrow("535");
    expect(smtp.mails).toEqual([]);
  });

  test("refuses connections while stopped and answers on the same port again", async () => {
    await smtp.stop();
    await expect(send(smtp.url)).rejects.toMatchObject({ code: "ESOCKET" });
    await smtp.start();
    await send(smtp.url);
    expect(smtp.mails).toHaveLength(1);
  });

  test("stops at once, whoever is connected", async () => {
    const socket = connect(smtp.port, "127.0.0.1");
    await once(socket, "data");
    const closed = once(socket, "close");
    await smtp.stop();
    await closed;
  });
});
