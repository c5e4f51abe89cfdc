// Which part of a mail is read: text, HTML, or a message inside.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskCardNumbers } from "../../src/domain/card-numbers.ts";
import { readMail } from "../../src/domain/mail-reading.ts";
import { readRawMail } from "../../src/mail/mail-reader.ts";
import { readMessage } from "../../src/mail/message-reader.ts";

const STAFF = "tanaka@shop.example.jp";
const SHOP = {
  shop: "info@shop.example.jp",
  staff: [STAFF],
  managers: [],
  formFrom: [],
  answersFrom: "shop" as const,
};

const read = (lines: readonly string[]) => readRawMail(Buffer.from(lines.join("\r\n")), SHOP);

const alternative = (text: string, html: string) => [
  "From: 田中太郎 <taro@mail.example>",
  "Subject: x",
  'Content-Type: multipart/alternative; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "",
  text,
  "--b",
  "Content-Type: text/html; charset=utf-8",
  "",
  html,
  "--b--",
];

const REQUEST = ["注文番号 679 をキャンセルしてください。", "田中太郎"];

/** A message inside another one. */
const attached = (from: string, text: string, inner: readonly string[]) => [
  `From: ${from}`,
  "Subject: Fwd: x",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "",
  text,
  "--b",
  "Content-Type: message/rfc822",
  "",
  ...inner,
  "--b--",
];

describe("a mail with text and HTML", () => {
  it("is read by its text", async () => {
    const { fields } = await read(
      alternative(
        "注文番号 679 をキャンセルしてください。",
        `<p>注文番号 680</p>${"<p>x</p>".repeat(200)}`,
      ),
    );
    expect(fields.orderNumbers).toEqual(["679"]);
  });

  it("is read by its HTML where the text says nothing", async () => {
    const html = "<p>お名前: 田中太郎</p><p>注文番号: 679</p><p>内容: キャンセルしてください。</p>";
    const { fields } = await read(alternative("This message is in HTML.", html));
    expect(fields).toMatchObject({ orderNumbers: ["679"], name: "田中太郎", intent: "cancel" });
  });

  it.each([
    "このメールはHTML形式です。HTML表示に対応したメールソフトでご覧ください。",
    "Your e-mail client does not support HTML.",
    "To view this message, please use an HTML compatible email viewer!",
    "このメールが表示されない場合はブラウザでご覧ください",
  ])("is read by its HTML where the text speaks of the mail: %s", async (text) => {
    const html = `<p>お名前: 田中太郎</p><p>注文番号: 679</p>${"<p>返金してください</p>".repeat(9)}`;
    const { fields } = await read(alternative(text, html));
    expect(fields.orderNumbers).toEqual(["679"]);
  });

  it.each([
    "ブラウザが固まって二重に注文しました。注文番号 679 をキャンセルしてください。",
    "The html of your page was broken, so I ordered twice. Please cancel order 679.",
    "このメールはブラウザから送っています。注文番号 679 をキャンセルしてください。",
  ])("is read by its text where that is the customer's: %s", async (text) => {
    const { fields, classification } = await read(
      alternative(text, `<p>注文番号 680</p>${"<p>x</p>".repeat(200)}`),
    );
    expect(fields).toMatchObject({ orderNumbers: ["679"], intent: "cancel" });
    expect(classification.kind).toBe("refund_request");
  });

  it("is one text for all rules, also where the HTML is what is read", async () => {
    const html = `<p>自動返信メールです。</p><p>${"お待ちください。".repeat(20)}</p>`;
    const { classification } = await read(alternative("This message is in HTML.", html));
    expect(classification.kind).toBe("auto_reply");
  });

  it("answers nothing where the two do not say the same", async () => {
    const raw = alternative("OK", `<p>NG</p>${"<p>x</p>".repeat(50)}`).join("\r\n");
    const { answer } = await readRawMail(Buffer.from(raw), { ...SHOP, answersFrom: "anyone" });
    expect(answer?.written).toEqual({ text: "OK", ambiguous: "parts_disagree" });
  });

  it("answers what is seen: a signature's white name on its colour does no harm", async () => {
    const seen = async (html: string) => {
      const raw = Buffer.from(alternative("OK\n-- \n田中", html).join("\r\n"));
      const { answer } = await readRawMail(raw, { ...SHOP, answersFrom: "anyone" });
      return answer?.written.ambiguous ?? answer?.words.kind;
    };
    const banner =
      '<p>-- </p><div style="background:#036"><span style="color:#fff">田中</span></div>';
    expect(await seen(`<p>OK</p>${banner}`)).toBe("approve");
    expect(await seen(`<p style="display:none">OK</p>${banner}`)).toBe("parts_disagree");
    expect(await seen(`<p><s>OK</s></p>${banner}`)).toBe("parts_disagree");
  });
});

describe("the words of an answer", () => {
  it("are read where the shop's own people write, not in a customer's mail", async () => {
    const from = async (address: string) =>
      (await read([`From: ${address}`, "Subject: x", "", "OK"])).answer?.words.kind;
    expect(await from(STAFF)).toBe("approve");
    expect(await from("taro@mail.example")).toBeUndefined();
  });
});

describe("a mail that staff pass on", () => {
  const inner = ["From: 岡田真弓 <okada@mail.example>", "Subject: 返金", "", ...REQUEST];

  it("is the customer's, attached", async () => {
    const { classification, message } = await read(attached(STAFF, "お願いします。", inner));
    expect(classification).toMatchObject({
      kind: "refund_request",
      fields: { email: "okada@mail.example", orderNumbers: ["679"] },
    });
    expect(message.from[0]?.address).toBe(STAFF);
  });

  it("is the customer's, inline with a header of any client", async () => {
    for (const header of [
      [
        "---------- Forwarded message ---------",
        "From: 岡田真弓 <okada@mail.example>",
        "Subject: 返金",
      ],
      ["________________________________", "差出人: 岡田真弓 <okada@mail.example>", "件名: 返金"],
      ["-----転送メッセージ-----", "差出人: 岡田真弓 [mailto:okada@mail.example]", "件名: 返金"],
      ["Begin forwarded message:", "", "> From: 岡田真弓 <okada@mail.example>", "> Subject: 返金"],
    ]) {
      const { classification } = await read([
        `From: ${STAFF}`,
        "Subject: Fwd: x",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "お願いします。 田中",
        ...header,
        "",
        ...REQUEST,
      ]);
      expect(classification).toMatchObject({
        kind: "refund_request",
        fields: { email: "okada@mail.example", orderNumbers: ["679"] },
      });
    }
  });

  it("has no sender's address where its header gives none and its text does not ask for answers", async () => {
    const passedOn = (text: string) =>
      read([
        `From: ${STAFF}`,
        "Subject: Fwd: x",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "-----転送メッセージ-----",
        "差出人: 岡田真弓",
        "件名: 返金",
        "",
        ...REQUEST,
        text,
      ]);
    const told = await passedOn("届け先は友人の tomo@mail.example です。");
    expect(told.classification).toMatchObject({ kind: "refund_request", fields: { email: null } });
    const asked = await passedOn("ご連絡は okada@mail.example へお願いします。");
    expect(asked.fields.email).toBe("okada@mail.example");
  });

  it("is no request where staff only speak of one", async () => {
    const { classification } = await read([
      `From: ${STAFF}`,
      "Subject: Re: x",
      "Content-Type: text/plain; charset=utf-8",
      "",
      "注文番号 679 は昨日、返金しました。",
    ]);
    expect(classification.kind).not.toBe("refund_request");
  });

  it("is a mail of ours where it answers one", async () => {
    const answer = ["In-Reply-To: <henkin.0123@shop.example.jp>", ...attached(STAFF, "OK", inner)];
    expect((await read(answer)).classification.kind).toBe("staff_reply");
  });
});

describe("a mail that a customer passes on", () => {
  it("is the customer's own, with the order number of the mail inside", async () => {
    const ours = [
      "From: info@shop.example.jp",
      "Subject: ご注文",
      "",
      "ご注文番号：20261119-00945",
    ];
    const { classification } = await read(
      attached("saori@mail.example", "これキャンセルしたいです。", ours),
    );
    expect(classification).toMatchObject({
      kind: "refund_request",
      fields: { email: "saori@mail.example", orderNumbers: ["20261119-00945"] },
    });
  });
});

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(stringsIn);
}

describe("a card number in a mail", () => {
  const CARD = "4242 4242 4242 4242";

  it("is masked wherever it is read from", async () => {
    const form = ["お名前: 田中太郎", `注文番号: 679`, `カード: ${CARD}`, "返金してください。"];
    const inner = [`From: "${CARD}" <taro@mail.example>`, `Subject: ${CARD}`, "", ...form];
    const mails = [
      [`From: "${CARD}" <taro@mail.example>`, `Subject: 返金 ${CARD}`, "", ...form],
      alternative(form.join("\n"), `<p>${form.join("<br>")}</p>`),
      alternative("This message is in HTML.", `<p>${form.join("<br>")}</p>`),
      alternative("", "<p>カード: 4242 <b>4242</b> 4242 4242</p>"),
      attached(STAFF, "転送します", inner),
    ];
    for (const mail of mails) {
      // What the header said stays, for those who authenticate it; nobody keeps it.
      const isHeader = (name: string) => name === "headers";
      const withoutHeaders = (name: string, value: unknown) => (isHeader(name) ? null : value);
      const reading = await read(mail);
      expect(reading.message.html ?? "").not.toContain(CARD);
      const kept = { ...reading, message: { ...reading.message, html: null } };
      expect(JSON.stringify(kept, withoutHeaders)).not.toMatch(/4242[ -]?4242/);
    }
    const [plain = []] = mails;
    const { fields } = await read(plain);
    expect(fields.orderNumbers).toEqual(["679"]);
    expect(fields.messageText).toContain("**** **** **** 4242");
  });

  it.each([
    ["注文番号: 679 を返金してください。カード 4111 1111 1111 1111", ["679"], null],
    ["注文番号: 4242424242424242 を返金してください。", [], null],
    ["注文番号: 4242-4242-4242-4242 を返金してください。", [], null],
    ["注文番号: 679\n返金希望金額: 4242424242424242円\n返金してください。", ["679"], null],
    ["注文番号: 679\nカード: 4242424242424242\n返金希望金額: 500円", ["679"], 500],
  ])("adds nothing to what is read: %s", async (text, orderNumbers, requestedAmountMinor) => {
    const { fields } = await read(["From: taro@mail.example", "Subject: x", "", text]);
    expect(fields).toMatchObject({ orderNumbers, requestedAmountMinor });
  });

  const CARDS = [
    "4242424242424242",
    "4111 1111 1111 1111",
    "3782-822463-10005",
    "5555 5555 5555 4444",
  ];
  const PIECES = [
    "注文番号: ",
    "注文 ",
    "Order #",
    "679",
    "701 ",
    "返金してください。",
    "返金希望金額: ",
    "金額 ",
  ];
  const MORE = [
    "500円",
    "円",
    "電話: ",
    "090-1234-5678",
    "お名前: 田中太郎",
    "No. ",
    "完了 ",
    "OK ",
    "\n",
    "、",
    " ",
  ];

  it("changes nothing of what is read, and stays nowhere", async () => {
    const piece = fc.constantFrom(...CARDS, ...CARDS, ...PIECES, ...MORE, "\n");
    const aText = fc.array(piece, { minLength: 1, maxLength: 14 }).map((all) => all.join(""));
    await fc.assert(
      fc.asyncProperty(aText, fc.boolean(), async (text, isStaffs) => {
        const from = isStaffs ? STAFF : "taro@mail.example";
        const subject = isStaffs ? "Re: [R-1] x" : text.replaceAll("\n", " ");
        const raw = Buffer.from([`From: ${from}`, `Subject: ${subject}`, "", text].join("\r\n"));
        const html = { whole: null, reply: () => null };
        const whole = readMail(await readMessage(raw), html, SHOP);
        const masked = await readRawMail(raw, SHOP);
        const { orderNumbers, requestedAmountMinor, email, intent } = whole.request;
        const numbers = { orderNumbers, requestedAmountMinor, email, intent };
        expect(masked).toMatchObject({ request: numbers, answer: whole.answer });
        expect(masked.classification.kind).toBe(whole.classification.kind);
        expect(masked.bankAccount).toEqual(whole.bankAccount);
        if (isStaffs) return;
        const { message, fields, request, classification } = masked;
        const kept = { ...message, headers: [], fields, request, of: classification.fields };
        expect(stringsIn(kept).map(maskCardNumbers)).toEqual(stringsIn(kept));
      }),
      { numRuns: 300 },
    );
  });

  it("is no phone number, and a phone number is no card's", async () => {
    const phoneIn = async (text: string) =>
      (await read(["From: taro@mail.example", "Subject: x", "", text])).fields.phone;
    expect(await phoneIn("電話: 3782-822463-10005")).toBeNull();
    expect(await phoneIn("電話: 090-4242-4242")).toBe("09042424242");
    expect(await phoneIn("電話: +4222222222222")).toBe("4222222222222");
  });

  it("leaves the reference of a transfer whole", async () => {
    const reference = "4242424242424242";
    const mail = [`From: ${STAFF}`, "Subject: Re: [R-1] x", "", `完了 ${reference}`];
    expect((await read(mail)).answer?.words).toMatchObject({ kind: "done", reference });
  });
});
