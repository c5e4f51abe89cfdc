import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import { headerValues, type MailMessage } from "../../src/domain/mail-message.ts";
import { readMessage } from "../../src/mail/message-reader.ts";
import { cpuMs } from "../support/cpu-time.ts";

/** Lines of a message; Japanese goes out as UTF-8. */
function read(...lines: (string | Buffer)[]): Promise<MailMessage> {
  const bytes = lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\r\n")]));
  return readMessage(Buffer.concat(bytes));
}

const FROM = "From: a@example.jp";

describe("a message", () => {
  test("has every field read", async () => {
    const message = await read(
      "Received: from x by y;",
      "\tFri, 20 Nov 2026 10:00:00 +0900",
      "Message-ID: <One@Example.jp>",
      "In-Reply-To: <henkin.1@shop.example>",
      "References: <a@b>",
      " <henkin.1@shop.example>",
      "Date: Fri, 20 Nov 2026 10:00:00 +0900 (JST)",
      'From: "Tanaka, Taro" <Taro@Example.JP>',
      "Reply-To: =?UTF-8?B?55Sw5Lit?= <reply@example.jp>",
      "To: staff: Shop <shop@shop.example>, b@shop.example;",
      "Subject: =?ISO-2022-JP?B?GyRCSlY2YhsoQg==?=",
      " =?ISO-2022-JP?B?GyRCJE43bxsoQg==?= No.1",
      "Content-Type: text/plain; charset=utf-8",
      "",
      "返金してください",
    );
    expect(message).toMatchObject({
      messageId: "One@Example.jp",
      inReplyTo: ["henkin.1@shop.example"],
      references: ["a@b", "henkin.1@shop.example"],
      from: [{ name: "Tanaka, Taro", address: "taro@example.jp" }],
      replyTo: [{ name: "田中", address: "reply@example.jp" }],
      to: [
        { name: "Shop", address: "shop@shop.example" },
        { name: "", address: "b@shop.example" },
      ],
      subject: "返金の件 No.1",
      date: Date.parse("2026-11-20T01:00:00Z"),
      text: "返金してください\n",
      html: null,
      deliveryStatus: null,
      returnedMessageIds: [],
    });
    expect(message.headers.map(({ name }) => name)).toEqual([
      "received",
      "message-id",
      "in-reply-to",
      "references",
      "date",
      "from",
      "reply-to",
      "to",
      "subject",
      "content-type",
    ]);
    expect(headerValues(message, "received")).toEqual([
      "from x by y;\tFri, 20 Nov 2026 10:00:00 +0900",
    ]);
  });

  test("has nothing where nothing is said", async () => {
    expect(await read(FROM, "", "x")).toMatchObject({
      messageId: null,
      inReplyTo: [],
      references: [],
      replyTo: [],
      to: [],
      subject: "",
      date: null,
    });
    expect(await read(FROM, "Date: yesterday", "To: undisclosed-recipients:;", "")).toMatchObject({
      date: null,
      to: [],
    });
  });

  test("shows every From, also the ones that are badly written", async () => {
    const two = await read("From: boss@shop.example", "From: thief@evil.example", "", "OK");
    expect(two.from.map(({ address }) => address)).toEqual([
      "boss@shop.example",
      "thief@evil.example",
    ]);
    expect((await read("From: a@b.jp, c@d.jp", "", "")).from).toHaveLength(2);
    expect((await read("From:", "From: a@b.jp", "", "")).from).toHaveLength(2);
    expect((await read("From: nobody", "From: a@b.jp", "", "")).from).toHaveLength(2);
    const encoded = Buffer.from("Boss <boss@shop.example>").toString("base64");
    const dressed = await read(`From: =?utf-8?B?${encoded}?=`, "", "");
    expect(dressed.from.map(({ address }) => address)).not.toContain("boss@shop.example");
  });

  test("keeps line breaks out of subject and names", async () => {
    const nasty = Buffer.from("x\r\nBcc: y@z.jp").toString("base64");
    const message = await read(
      `From: =?utf-8?B?${nasty}?= <a@b.jp>`,
      `Subject: =?utf-8?B?${nasty}?=`,
      "",
      "",
    );
    expect(message.subject).toBe("x Bcc: y@z.jp");
    expect(message.from[0]?.name).toBe("x Bcc: y@z.jp");
  });

  test("reads encoded words that were cut inside a character", async () => {
    const bytes = Buffer.from("返金の件");
    const words = [bytes.subarray(0, 4), bytes.subarray(4)].map((part) => part.toString("base64"));
    const subject = words.map((word) => `=?utf-8?B?${word}?=`).join("\r\n ");
    expect((await read(FROM, `Subject: ${subject}`, "", "")).subject).toBe("返金の件");
    expect((await read(FROM, "Subject: =?utf-8?Q?=E8=BF=94_x?= y", "", "")).subject).toBe("返 x y");
    expect((await read(FROM, "Subject: =?x-unknown?Q?a?= b", "", "")).subject).toBe("a b");
  });
});

describe("the bodies of a message", () => {
  const part = (type: string, body: string) => ["--b", `Content-Type: ${type}`, "", body];

  test("are the plain text and the HTML as it was sent", async () => {
    const message = await read(
      FROM,
      "Content-Type: multipart/alternative; boundary=b",
      "",
      ...part("text/plain", "OK https://example.jp"),
      ...part("text/html", '<p>OK <a href="cid:1">x</a></p>'),
      "--b--",
    );
    expect(message.text).toBe("OK https://example.jp");
    expect(message.html).toBe('<p>OK <a href="cid:1">x</a></p>');
  });

  test("keep the HTML free of the images it shows", async () => {
    const message = await read(
      FROM,
      "Content-Type: multipart/related; boundary=b",
      "",
      ...part("text/html", '<img src="cid:1">'),
      "--b",
      "Content-Type: image/png",
      "Content-ID: <1>",
      "",
      "png",
      "--b--",
    );
    expect(message.html).toBe('<img src="cid:1">');
  });

  test("are never made of each other", async () => {
    const html = await read(FROM, "Content-Type: text/html", "", "<p>OK</p>");
    expect(html).toMatchObject({ text: null, html: "<p>OK</p>\n" });
    expect(await read(FROM, "", "OK")).toMatchObject({ text: "OK\n", html: null });
    const mixed = await read(
      FROM,
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...part("text/plain", "OK"),
      ...part("text/html", "<p>x</p>"),
      "--b--",
    );
    expect(mixed.html).toBe("<p>x</p>");
    expect(mixed.text?.trim()).toBe("OK");
  });

  test("leave out attachments and embedded messages", async () => {
    const message = await read(
      FROM,
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...part("text/plain", "OK"),
      "--b",
      "Content-Type: text/plain; name=note.txt",
      "Content-Disposition: attachment",
      "",
      "NG",
      "--b",
      "Content-Type: message/rfc822",
      "Content-Disposition: inline",
      "",
      "Message-ID: <inner@example.jp>",
      "",
      "NG",
      "--b--",
    );
    expect(message.text).toBe("OK");
    expect(message.returnedMessageIds).toEqual(["inner@example.jp"]);
  });

  // "①㈱髙 返金" as the old systems write it.
  const SJIS = Buffer.from("8740878afbfc2095d48be0", "hex");
  const JIS = Buffer.from("1b24422d212d6a7c62" + "1b28422020" + "1b24424a5636621b2842", "hex");
  const EUC = Buffer.from("cad6b6e2", "hex");

  test.each([
    ["Shift_JIS under its name", "text/plain; charset=Shift_JIS", SJIS, "①㈱髙 返金"],
    ["Shift_JIS under no name", "text/plain", SJIS, "①㈱髙 返金"],
    ["Shift_JIS under a wrong name", "text/plain; charset=utf-8", SJIS, "①㈱髙 返金"],
    ["ISO-2022-JP under no name", "text/plain", JIS, "①㈱髙  返金"],
    ["ISO-2022-JP under its name", "text/plain; charset=iso-2022-jp", JIS, "①㈱髙  返金"],
    ["ISO-2022-JP under Microsoft's name", "text/plain; charset=cp50221", JIS, "①㈱髙  返金"],
    ["EUC-JP under Microsoft's name", "text/plain; charset=eucJP-win", EUC, "返金"],
    ["HTML in Shift_JIS under no name", "text/html", SJIS, "①㈱髙 返金"],
  ])("are read in %s", async (_name, type, bytes, expected) => {
    const message = await read(FROM, `Content-Type: ${type}`, "", bytes);
    expect((message.text ?? message.html)?.trim()).toBe(expected);
    const parts = await read(
      FROM,
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      `Content-Type: ${type}`,
      "",
      bytes,
      "--b",
      "Content-Type: text/plain; name=a.txt",
      "Content-Disposition: attachment; filename=a.txt",
      "",
      "not the text",
      "--b--",
    );
    expect((parts.text ?? parts.html)?.trim()).toBe(expected);
  });

  test("are read without any Content-Type, and so is a raw Subject", async () => {
    const message = await read(FROM, Buffer.concat([Buffer.from("Subject: "), JIS]), "", SJIS);
    expect(message.text).toBe("①㈱髙 返金\n");
    expect(message.subject).toBe("①㈱髙 返金");
  });

  test("stay UTF-8 where one character was cut", async () => {
    const cut = Buffer.concat([Buffer.from("返金をお願いします"), Buffer.from([0xe3])]);
    expect((await read(FROM, "", cut)).text).toBe("返金をお願いします\uFFFD\n");
  });
});

describe("a bounce", () => {
  const bounce = (type: string, returnedType: string) =>
    read(
      "From: MAILER-DAEMON@mx.example",
      `Content-Type: ${type}; boundary=b`,
      "",
      "--b",
      "",
      "Undelivered",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.example",
      "",
      "Final-Recipient: rfc822; taro@example.jp",
      "Action: failed",
      "--b",
      `Content-Type: ${returnedType}`,
      "",
      "Received: from x by y",
      "Message-ID:",
      " <henkin.7@shop.example>",
      "References: <other@example.jp>",
      "",
      "Message-ID: <quoted@example.jp>",
      "--b--",
    );

  test.each(["message/rfc822", "text/rfc822-headers", "message/global"])(
    "shows its report and what it returns as %s",
    async (returnedType) => {
      const message = await bounce("multipart/report; report-type=delivery-status", returnedType);
      expect(message.text).toBe("Undelivered");
      expect(message.deliveryStatus).toBe(
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; taro@example.jp\nAction: failed",
      );
      expect(message.returnedMessageIds).toEqual(["henkin.7@shop.example"]);
    },
  );

  test("is only what says so itself", async () => {
    expect((await bounce("multipart/mixed", "message/rfc822")).deliveryStatus).toBeNull();
  });
});

describe("the identity of a message", () => {
  const HEADERS = [
    "Message-ID: <1@a>",
    "Date: Fri, 20 Nov 2026 10:00:00 +0900",
    FROM,
    "Subject: x  y",
  ];
  const QP = "Content-Transfer-Encoding: quoted-printable";
  const BASE64 = "Content-Transfer-Encoding: base64";
  const TYPE = "Content-Type: text/plain; charset=utf-8";
  const identity = async (...lines: string[]) => (await read(...lines)).identity;

  test("is a versioned digest", async () => {
    expect(await identity(...HEADERS, "", "OK")).toMatch(/^v1:[0-9a-f]{64}$/);
  });

  test("is the same for two deliveries", async () => {
    const first = await identity(...HEADERS, TYPE, "", "返金 x");
    const trace = [
      "Return-Path: <a@example.jp>",
      "Delivered-To: shop@shop.example",
      "Received: from x by y",
      "Authentication-Results: mx; dmarc=pass",
    ];
    expect(await identity(...trace, ...HEADERS, TYPE, "", "返金 x")).toBe(first);
    const base64 = Buffer.from("返金 x\r\n").toString("base64");
    expect(await identity(...HEADERS, TYPE, BASE64, "", base64)).toBe(first);
    expect(await identity(...HEADERS, TYPE, QP, "", "=E8=BF=94=\r\n=E9=87=91 x")).toBe(first);
    const folded = HEADERS.map((line) => line.replace("x  y", "x\r\n\ty"));
    expect(await identity(...folded.reverse(), TYPE, "", "返金 x")).toBe(first);
  });

  test("is the same for an attachment in either encoding", async () => {
    const withPart = (encoding: string, body: string) =>
      identity(
        ...HEADERS,
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: application/pdf; name=a.pdf",
        encoding,
        "",
        body,
        "--b--",
      );
    const first = await withPart(BASE64, Buffer.from("receipt").toString("base64"));
    expect(await withPart(QP, "rec=65ipt")).toBe(first);
    expect(await withPart(QP, "another")).not.toBe(first);
  });

  test("is another for any other content", async () => {
    const messages = [
      [...HEADERS, "", "OK"],
      [...HEADERS, "", "OK 2000"],
      ["Message-ID: <2@a>", ...HEADERS.slice(1), "", "OK"],
      [
        ...HEADERS.slice(0, 1),
        "Date: Fri, 20 Nov 2026 10:00:01 +0900",
        ...HEADERS.slice(2),
        "",
        "OK",
      ],
      [...HEADERS.slice(0, 2), "From: b@example.jp", ...HEADERS.slice(3), "", "OK"],
      [...HEADERS.slice(0, 3), "Subject: xy", "", "OK"],
      [...HEADERS, FROM, "", "OK"],
      [...HEADERS, "Content-Type: text/html", "", "OK"],
      [...HEADERS, "Content-Type: application/pdf", "", "OK"],
    ];
    const identities = await Promise.all(messages.map((lines) => identity(...lines)));
    expect(new Set(identities).size).toBe(messages.length);
  });
});

describe("garbage", () => {
  test("without a header field cannot be read", async () => {
    for (const raw of ["", "\r\n\r\n", "no header here\r\n", "\u0000\u0001", "二:三\r\n\r\nx"]) {
      await expect(readMessage(Buffer.from(raw))).rejects.toThrow(PermanentError);
    }
  });

  const nested = Array.from(
    { length: 10_000 },
    (_, index) => `Content-Type: multipart/mixed; boundary=b${index}\r\n\r\n--b${index}\r\n`,
  ).join("");

  test.each([
    ["10,000 nested parts", nested],
    ["900 nested parts", nested.slice(0, nested.indexOf("b900"))],
    [
      "10,000 parts",
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(10_000)}`,
    ],
    ["a header of 2 MB", `X: ${"a".repeat(2_000_000)}\r\n\r\nx`],
    ["a From of 900 KB", `From: ${"a,".repeat(450_000)}\r\n\r\nx`],
    ["a From of opened brackets", `From: ${'<("'.repeat(20_000)}\r\n\r\nx`],
    ["a Subject of encoded words", `Subject: ${"=?utf-8?Q?a?= ".repeat(60_000)}\r\n\r\nx`],
    ["a Subject of half encoded words", `Subject: ${"=?utf-8?Q?".repeat(90_000)}\r\n\r\nx`],
    ["a line of 20 MB", `From: a@b.jp\r\n\r\n${"x".repeat(20_000_000)}`],
    [
      "an unterminated part",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nOK",
    ],
    ["a boundary that never comes", "Content-Type: multipart/mixed; boundary=b\r\n\r\nOK"],
    ["broken base64", "From: a@b\r\nContent-Transfer-Encoding: base64\r\n\r\n####\r\n=="],
    ["an unknown charset", 'From: a@b\r\nContent-Type: text/plain; charset="x\u0000y"\r\n\r\nx'],
    ["prototype names", "__proto__: x\r\nconstructor: y\r\nList-__proto__: <z>\r\n\r\nx"],
  ])("ends in a message or a refusal, and soon: %s", async (_name, raw) => {
    const start = process.cpuUsage();
    const outcome = await readMessage(Buffer.from(raw)).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PermanentError);
    expect(cpuMs(start)).toBeLessThan(8_000);
  });

  test("of any bytes ends in a message or a refusal", async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          "\r\n",
          "\r\n\r\n",
          "--b\r\n",
          "--b--\r\n",
          "From: ",
          "Subject: =?iso-2022-jp?B?",
          "Content-Type: multipart/mixed; boundary=b\r\n",
          "Content-Type: message/rfc822\r\n",
          "Content-Type: text/plain; charset=shift_jis; format=flowed\r\n",
          "Content-Transfer-Encoding: base64\r\n",
          "\u001b$B",
        )
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const outcome = await readMessage(Buffer.concat(pieces)).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PermanentError);
        else expect(outcome).toMatchObject({ identity: expect.stringMatching(/^v1:/) });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a message beyond every limit", () => {
  const codeOf = (raw: string) =>
    readMessage(Buffer.from(raw)).then(
      () => "read",
      (error: PermanentError) => error.code,
    );
  const part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n";
  const nested = (at: number) =>
    `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`;

  test("is refused by its header before it is parsed", async () => {
    expect(await codeOf(`${FROM}\r\nX: ${"x".repeat(1_100_000)}\r\n\r\nx`)).toBe(
      "header_too_large",
    );
    expect(await codeOf(`${FROM}\r\nX: ${"x".repeat(900_000)}\r\n\r\nx`)).toBe("read");
  });

  test("is refused by its parts, side by side or within one another", async () => {
    const flat = `${FROM}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
    expect(await codeOf(flat + part.repeat(2_100))).toBe("too_many_parts");
    expect(await codeOf(flat + part.repeat(200))).toBe("read");
    const deep = Array.from({ length: 2_100 }, (_none, at) => nested(at)).join("");
    expect(await codeOf(`${FROM}\r\n${deep}`)).toBe("too_many_parts");
  });

  test("is refused by its size", async () => {
    expect(await codeOf(`${FROM}\r\n\r\n${"x".repeat(26 * 1024 * 1024)}`)).toBe("too_large");
  });
});
