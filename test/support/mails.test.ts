import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import {
  AUTHSERV_ID,
  bounce,
  contactForm,
  directMail,
  type ReplyClient,
  staffReply,
  vacationReply,
} from "./mails.ts";

const date = new Date("2026-11-20T05:06:00Z");

const request = directMail({
  from: "渋谷商店 <shop@shop.example.jp>",
  to: "yuki@shop.example.jp",
  subject: "[R-12] 返金のご確認",
  messageId: "<henkin.abc@shop.example.jp>",
  headers: { References: "<first@shop.example.jp>" },
  date,
  text: "返信はこの線より上に\n\n注文番号: 678\n",
});

function headOf(raw: Buffer): string[] {
  return (raw.toString("latin1").split("\r\n\r\n")[0] ?? "").split("\r\n");
}

describe("every mail", () => {
  test("has CRLF line ends, short lines and the fields given", async () => {
    const raw = contactForm({
      from: "店 <form@shop.example.jp>",
      to: "inbox@shop.example.jp",
      messageId: "<1@x>",
      date,
      headers: { "X-Test": "あ", "message-id": "<2@x>" },
    });
    const text = raw.toString("latin1");
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    const mail = await simpleParser(raw);
    expect(mail.from?.value).toEqual([{ name: "店", address: "form@shop.example.jp" }]);
    expect(mail).toMatchObject({ messageId: "<2@x>", date, to: { text: "inbox@shop.example.jp" } });
    expect(headOf(raw)).toContain("X-Test: =?UTF-8?B?44GC?=");
    expect(text.match(/^message-id:/gim)).toHaveLength(1);
  });

  test("bears the receiving server's verdict at the very top, if any", () => {
    const stamped = headOf(directMail({ from: "a@customer.example.jp" })).join("\r\n");
    expect(stamped).toMatch(new RegExp(`^Authentication-Results: ${AUTHSERV_ID};`));
    expect(stamped).toContain("dmarc=pass header.from=customer.example.jp");
    expect(headOf(directMail({ authenticationResults: "mx.a; dmarc=fail" }))[0]).toBe(
      "Authentication-Results: mx.a; dmarc=fail",
    );
    expect(headOf(directMail({ authenticationResults: null }))[0]).toMatch(/^Received: /);
  });

  test("has a Message-ID of its own unless told", async () => {
    const [a, b] = await Promise.all([directMail(), directMail()].map((raw) => simpleParser(raw)));
    expect(a?.messageId).not.toBe(b?.messageId);
  });
});

describe("contactForm", () => {
  test.each(["utf-8", "iso-2022-jp"] as const)("is the Japanese form in %s", async (charset) => {
    const raw = contactForm({ charset, name: "髙﨑 一郎①", email: "ichiro@example.jp" });
    const mail = await simpleParser(raw);
    expect(mail.subject).toBe("お問い合わせ");
    expect(mail.from?.text).toContain("渋谷商店");
    expect(mail.replyTo?.text).toBe("ichiro@example.jp");
    expect(mail.text).toBe(`差出人: 髙﨑 一郎① ichiro@example.jp
題名: お問い合わせ

お名前: 髙﨑 一郎①
住所: 東京都渋谷区渋谷1
電話番号: 000-0000-0000
メールアドレス: ichiro@example.jp

メッセージ本文:
注文番号: 678
上記注文番号の注文をキャンセルしたいです。
返金の処理をお願いいたします。

-- 
このメールは お問い合わせフォームから送信されました
`);
  });

  test("is 7 bit throughout in ISO-2022-JP, and each encoded-word stands alone", async () => {
    const subject = "注文番号６７８のキャンセルと返金について、至急ご対応をお願いいたします";
    const raw = contactForm({ charset: "iso-2022-jp", subject });
    expect(raw.every((byte) => byte < 0x80)).toBe(true);
    expect(headOf(raw)).toContain("Content-Type: text/plain; charset=ISO-2022-JP");
    const words = raw.toString("latin1").match(/=\?ISO-2022-JP\?B\?[^?]+\?=/g) ?? [];
    for (const word of words) {
      expect(word.length).toBeLessThanOrEqual(75);
      const bytes = Buffer.from(word.split("?")[3] ?? "", "base64").toString("latin1");
      expect(bytes.endsWith("\x1b(B")).toBe(true);
    }
    expect((await simpleParser(raw)).subject).toBe(subject);
  });

  test("refuses a character that ISO-2022-JP lacks", () => {
    expect(() => contactForm({ charset: "iso-2022-jp", message: "👍" })).toThrow("has no 👍");
  });

  test("is the English form", async () => {
    const mail = await simpleParser(
      contactForm({ layout: "cf7-en", orderNumber: "1042", message: "Please refund." }),
    );
    expect(mail.subject).toBe("Refund request");
    expect(mail.text).toMatch(/^From: Taro Tanaka taro@customer\.example\.jp\nSubject: Refund/);
    expect(mail.text).toContain(
      "\nMessage Body:\nOrder number: 1042\nPlease refund.\n\n-- \nThis is",
    );
  });
});

describe("directMail", () => {
  test.each([
    ["ja", "注文番号は701です", "田中太郎"],
    ["en", "order no. 701", "Taro Tanaka"],
  ] as const)("is a customer's own mail in %s", async (language, words, name) => {
    const mail = await simpleParser(directMail({ language, orderNumber: "701" }));
    expect(mail.text).toContain(words);
    expect(mail.from?.value[0]?.name).toBe(name);
  });
});

describe("staffReply", () => {
  const reply = async (client: ReplyClient, changes = {}) =>
    simpleParser(
      await staffReply({
        request,
        from: "Yuki <yuki@shop.example.jp>",
        text: "OK",
        client,
        ...changes,
      }),
    );
  const author = "渋谷商店 <shop@shop.example.jp>";

  test("answers the request in its thread", async () => {
    const mail = await reply("none");
    expect(mail.inReplyTo).toBe("<henkin.abc@shop.example.jp>");
    expect(mail.references).toEqual(["<first@shop.example.jp>", "<henkin.abc@shop.example.jp>"]);
    expect(mail.subject).toBe("Re: [R-12] 返金のご確認");
    expect(mail.to).toMatchObject({ value: [{ address: "shop@shop.example.jp" }] });
  });

  test("can name another thread, subject or sender, or no thread", async () => {
    expect((await reply("none", { inReplyTo: "<other@x>" })).inReplyTo).toBe("<other@x>");
    const loose = await reply("none", {
      inReplyTo: null,
      subject: "OK",
      headers: { From: "a@example.jp, b@example.jp" },
    });
    expect(loose.inReplyTo).toBeUndefined();
    expect(loose.references).toBeUndefined();
    expect(loose.subject).toBe("OK");
    expect(loose.from?.value).toHaveLength(2);
  });

  const marked = "> 返信はこの線より上に\n>\n> 注文番号: 678\n";

  test.each<[ReplyClient, string]>([
    ["gmail-ja", `OK\n\n2026年11月20日(金) 14:06 ${author}:\n\n${marked}`],
    [
      "iphone-ja",
      `OK\n\niPhoneから送信\n\n2026/11/20 14:06、${author}のメール:\n\n\uFEFF${marked}`,
    ],
    [
      "outlook-ja",
      `OK

________________________________
差出人: ${author}
送信日時: 2026年11月20日 14:06
宛先: yuki@shop.example.jp
件名: [R-12] 返金のご確認

返信はこの線より上に

注文番号: 678
`,
    ],
    ["thunderbird", `On 2026/11/20 14:06, 渋谷商店 wrote:\n${marked}\nOK\n`],
    ["none", "OK\n"],
  ])("quotes as %s does", async (client, text) => {
    expect((await reply(client)).text).toBe(text);
  });

  test("breaks Gmail's line behind the bracket when it is long", async () => {
    const long = directMail({
      from: "株式会社渋谷商店お客様窓口 <a.very.long.address@shop.example.jp>",
    });
    const { text } = await reply("gmail-ja", { request: long });
    expect(text).toMatch(/お客様窓口 <\na\.very\.long\.address@shop\.example\.jp>:\n/);
  });

  test.each<[ReplyClient, string]>([
    ["gmail-ja", '<blockquote class="gmail_quote">'],
    ["outlook-ja", '<div id="divRplyFwdMsg">'],
  ])("has the HTML of %s as well", async (client, mark) => {
    const { html } = await reply(client);
    expect(html).toMatch(/^<div[^>]*>OK<\/div>/);
    expect(html).toContain(mark);
    expect(html).toContain("注文番号: 678");
  });

  test("leaves out the quote when told, not the phone's signature", async () => {
    expect((await reply("gmail-ja", { quote: false })).text).toBe("OK\n");
    expect((await reply("iphone-ja", { quote: false })).text).toBe("OK\n\niPhoneから送信\n");
  });
});

describe("vacationReply", () => {
  test("answers by itself and says so", async () => {
    const mail = await simpleParser(await vacationReply({ request, from: "yuki@shop.example.jp" }));
    expect(mail.subject).toBe("自動応答: [R-12] 返金のご確認");
    expect(mail.inReplyTo).toBe("<henkin.abc@shop.example.jp>");
    expect(mail.headers.get("auto-submitted")).toBe("auto-replied");
    expect(mail.headers.get("precedence")).toBe("bulk");
    expect(mail.text).toContain("不在");
  });
});

describe("bounce", () => {
  test.each([
    ["5.1.1", "failed"],
    ["4.4.1", "delayed"],
  ])("reports status %s as %s", async (status, action) => {
    const raw = bounce({ original: request, recipient: "hanako@example.jp", status });
    expect(headOf(raw).join("\n")).toMatch(/multipart\/report; report-type=delivery-status/);
    expect(raw.toString()).toContain(`\r\nAction: ${action}\r\nStatus: ${status}\r\n`);
    const mail = await simpleParser(raw);
    expect(mail.text).toContain("<hanako@example.jp>");
    expect(headOf(raw)).toContain("Return-Path: <>");
    const returned = mail.attachments.find((part) => part.contentType === "text/rfc822-headers");
    expect(returned?.content.toString()).toContain("Message-ID: <henkin.abc@shop.example.jp>");
  });
});
