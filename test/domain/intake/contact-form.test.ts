import { describe, expect, it } from "vitest";
import {
  type IntakeContext,
  type RequestFields,
  readRequest,
} from "../../../src/domain/intake/contact-form.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["shop@shop.example", "staff@shop.example", "manager@shop.example"],
  formFrom: ["wordpress@shop.example"],
  shopDomain: "shop.example",
  htmlText: null,
  attachedText: null,
};

function read(parts: MessageParts, context: Partial<IntakeContext> = {}): RequestFields {
  return readRequest(aMessage(parts), { ...CONTEXT, ...context });
}

const FORM = { from: "SHOP <wordpress@shop.example>", subject: 'SHOP "お問い合わせ"' };

const SEED = `差出人: 田中太郎
geguhama@svk.jp
題名: お問い合わせ

お名前: 田中太郎
住所: 東京都渋谷区渋谷1
電話番号: 000-0000-0000
メールアドレス: geguhama@svk.jp

メッセージ本文:
注文番号: 678

上記注文番号の注文をキャンセルしたいです。
返金の処理をお願いいたします。

--
このメールは お問い合わせフォームから送信されました`;

describe("the golden mail (seed 000)", () => {
  const fields = read({ ...FORM, replyTo: "geguhama@svk.jp", text: SEED });

  it("gives every field its one form", () => {
    expect(fields).toMatchObject({
      name: "田中太郎",
      email: "geguhama@svk.jp",
      phone: "00000000000",
      address: "東京都渋谷区渋谷1",
      orderNumbers: ["678"],
      requestedAmountMinor: null,
      intent: "cancel",
    });
  });

  it("says where each was found", () => {
    expect(fields.found).toEqual({
      name: { part: "text", label: "お名前" },
      email: { part: "text", label: "メールアドレス" },
      phone: { part: "text", label: "電話番号" },
      address: { part: "text", label: "住所" },
      orderNumbers: { part: "message", label: "注文番号" },
      intent: { part: "message", label: "キャンセルしたい" },
    });
  });

  it("keeps the customer's own words without the footer", () => {
    expect(fields.messageText).toBe(
      "注文番号: 678\n\n上記注文番号の注文をキャンセルしたいです。\n返金の処理をお願いいたします。",
    );
  });
});

type Expected = Partial<RequestFields>;

const LAYOUTS: readonly [string, MessageParts, Expected][] = [
  [
    "Contact Form 7, current: name and address on one line",
    {
      ...FORM,
      text: "From: Hanako Yamada hanako@mail.example\nSubject: Refund\n\nMessage Body:\nPlease refund order #1001.\n\n-- \nThis is a notification that a contact form was submitted on your website (SHOP https://shop.example).",
    },
    {
      name: "Hanako Yamada",
      email: "hanako@mail.example",
      orderNumbers: ["1001"],
      intent: "full",
      messageText: "Please refund order #1001.",
    },
  ],
  [
    "Contact Form 7 up to 5.6: address in angle brackets",
    {
      ...FORM,
      text: "From: Hanako Yamada <Hanako@Mail.example>\nSubject: Cancel\n\nMessage Body:\nI would like to cancel order 753.\n\n-- \nThis e-mail was sent from a contact form on SHOP (https://shop.example)",
    },
    {
      name: "Hanako Yamada",
      email: "hanako@mail.example",
      orderNumbers: ["753"],
      intent: "cancel",
      messageText: "I would like to cancel order 753.",
    },
  ],
  [
    "Contact Form 7 of 2015: the customer's name before the shop's address",
    {
      from: "山田 花子 <wordpress@shop.example>",
      replyTo: "hanako@mail.example",
      text: "From: 山田 花子 <hanako@mail.example>\nSubject: 返金\n\nMessage Body:\n注文番号は６８８です。返金してください。\n\n--\nThis e-mail was sent from a contact form on SHOP (https://shop.example)",
    },
    { name: "山田 花子", email: "hanako@mail.example", orderNumbers: ["688"], intent: "full" },
  ],
  [
    "Contact Form 7 in Japanese, 2010: 件名 and a link in the footer",
    {
      ...FORM,
      text: "差出人: 佐藤 次郎 <jiro@mail.example>\n件名: キャンセル\n\nメッセージ本文:\n注文 第６８８号をキャンセルしてください。\n\n--\nこのメールは SHOP https://shop.example のお問い合わせフォームから送信されました",
    },
    { name: "佐藤 次郎", email: "jiro@mail.example", orderNumbers: ["688"], intent: "cancel" },
  ],
  [
    "a footer whose sentence the site's name has wrapped",
    {
      ...FORM,
      text: "お名前: 佐藤次郎\nメールアドレス: jiro@mail.example\n\nメッセージ本文:\n注文番号は12です。返金をお願いします。\n\n--\nこのメールは とても長い名前の店 (https://shop.example) の\nお問い合わせフォームから送信されました\n電話 03-1234-5678",
    },
    { phone: null, orderNumbers: ["12"], messageText: "注文番号は12です。返金をお願いします。" },
  ],
  [
    "custom labels with decoration, reading and 様",
    {
      ...FORM,
      subject: "【HPお問い合わせ】キャンセル（山田花子様）",
      text: "■お名前: 山田　　花子（ヤマダ ハナコ）様\n■メールアドレス：Hanako@Mail.example\n■電話番号：０９０－１２３４－５６７８\n\n---- メッセージ ----\n注文番号：０６７９\nキャンセルをお願いします。\n\n送信日時: 2024年10月18日 21:08\n送信元IP: 203.0.113.9",
    },
    {
      name: "山田 花子",
      email: "hanako@mail.example",
      phone: "09012345678",
      orderNumbers: ["0679"],
      intent: "cancel",
      messageText: "注文番号：０６７９\nキャンセルをお願いします。",
    },
  ],
  [
    "a full-width blank as separator",
    {
      ...FORM,
      text: "お名前　　山田花子\nメールアドレス　hanako@mail.example\n電話番号　03-1234-5678\nお問い合わせ内容\n注文番号　727、728，729を返金してください",
    },
    { name: "山田花子", phone: "0312345678", orderNumbers: ["727", "728", "729"], intent: "full" },
  ],
  [
    "labels in brackets",
    {
      ...FORM,
      text: "【お名前】山田花子\n【 メールアドレス 】 hanako@mail.example\n【ご注文番号】 712\n【お問い合わせ内容】\n返金を希望します。",
    },
    { name: "山田花子", email: "hanako@mail.example", orderNumbers: ["712"], intent: "full" },
  ],
  [
    "values on the line below their labels",
    {
      ...FORM,
      text: "お名前：\n山田花子\n\nメールアドレス：\nhanako@mail.example\n\nご注文番号：\n701\n703\n\nお問い合わせ内容：\nキャンセル希望です",
    },
    {
      name: "山田花子",
      email: "hanako@mail.example",
      orderNumbers: ["701", "703"],
      intent: "cancel",
    },
  ],
  [
    "family and given name apart, a confirmed address, a reading",
    {
      ...FORM,
      text: "姓: 山田\n名: 花子\nフリガナ: ヤマダ ハナコ\nメールアドレス（確認用）: other@mail.example\nメールアドレス: hanako@mail.example\n内容:\n返金をお願いします",
    },
    { name: "山田 花子", kana: "ヤマダ ハナコ", email: "hanako@mail.example", orderNumbers: [] },
  ],
  [
    "an address in parts",
    {
      ...FORM,
      text: "お名前: 山田花子\n郵便番号: 150-0002\n都道府県: 東京都\n住所: 渋谷区渋谷1-2-3\nマンション名: ABCビル 405\n本文: 返金してください",
    },
    { address: "東京都 渋谷区渋谷1-2-3 ABCビル 405", orderNumbers: [] },
  ],
  [
    "an address of two lines",
    {
      ...FORM,
      text: "お名前: 山田花子\n住所: 東京都渋谷区渋谷1-2-3\nABCビル405号室\n電話: 03-1234-5678\n本文: 返金してください",
    },
    { address: "東京都渋谷区渋谷1-2-3 ABCビル405号室", phone: "0312345678" },
  ],
  [
    "the message before the fields",
    {
      ...FORM,
      text: "お問い合わせ内容:\n注文678をキャンセルしたいです\n\nお名前: 山田花子\nメールアドレス: hanako@mail.example",
    },
    { name: "山田花子", email: "hanako@mail.example", orderNumbers: ["678"], intent: "cancel" },
  ],
  [
    "empty and filler values",
    {
      ...FORM,
      replyTo: "hanako@mail.example",
      text: "お名前: （未入力）\n住所:\n電話番号:\nご注文番号: なし\n\nメッセージ本文:\n返金してください",
    },
    { name: null, address: null, phone: null, orderNumbers: [], email: "hanako@mail.example" },
  ],
  [
    "a field for the amount",
    {
      ...FORM,
      text: "お名前: 山田花子\nご注文番号: 678\n返金希望額: ３，０００\nメッセージ: 一部返金をお願いします",
    },
    { requestedAmountMinor: 3000, intent: "partial", orderNumbers: ["678"] },
  ],
  [
    "a drop-down that says the wish",
    {
      ...FORM,
      text: "お名前: 山田花子\nお問い合わせ種別: キャンセル・返金\nメッセージ本文:\n注文番号678です。よろしくお願いします。",
    },
    { intent: "cancel", orderNumbers: ["678"] },
  ],
  [
    "HTML only, as the caller's text",
    { ...FORM, text: null, html: "<p>…</p>" },
    { name: null, intent: null },
  ],
];

describe("contact form layouts", () => {
  it.each(LAYOUTS)("reads %s", (_name, parts, expected) => {
    expect(read(parts)).toMatchObject(expected);
  });

  it("reads the text given for a mail that has only HTML", () => {
    const htmlText =
      "お名前: 山田花子\nメールアドレス: hanako@mail.example\n内容: 注文番号678を返金してください";
    const fields = read({ ...FORM, text: null, html: "<p>…</p>" }, { htmlText });
    expect(fields).toMatchObject({ name: "山田花子", orderNumbers: ["678"] });
    expect(fields.found.name).toEqual({ part: "html", label: "お名前" });
  });
});

describe("labels inside the message", () => {
  const text =
    "From: Hanako Yamada <hanako@mail.example>\nSubject: Refund\n\nMessage Body:\nName: Somebody Else\nEmail: else@mail.example\nTel: 090-1111-2222\nOrder number: 1001\nPlease refund.";

  it("are the customer's text, but an order number there counts", () => {
    expect(read({ ...FORM, text })).toMatchObject({
      name: "Hanako Yamada",
      email: "hanako@mail.example",
      phone: null,
      orderNumbers: ["1001"],
    });
  });
});

describe("the customer's address", () => {
  const body = "内容: 注文番号678を返金してください";
  const CASES: readonly [string, MessageParts, string | null, string | undefined][] = [
    [
      "the field before Reply-To",
      { ...FORM, replyTo: "b@mail.example", text: `メール: a@mail.example\n${body}` },
      "a@mail.example",
      "text",
    ],
    [
      "Reply-To before From",
      { from: "a@mail.example", replyTo: "B@mail.example", text: body },
      "b@mail.example",
      "reply_to",
    ],
    [
      "From for want of others",
      { from: "A <a@mail.example>", text: body },
      "a@mail.example",
      "from",
    ],
    [
      "never the shop's in Reply-To",
      { from: "a@mail.example", replyTo: "shop@shop.example", text: body },
      "a@mail.example",
      "from",
    ],
    [
      "never the shop's in the field",
      { ...FORM, replyTo: "a@mail.example", text: `メール: shop@shop.example\n${body}` },
      "a@mail.example",
      "reply_to",
    ],
    ["never the form's", { ...FORM, text: body }, null, undefined],
    ["never a machine's", { from: "noreply@forms.example", text: body }, null, undefined],
    [
      "full-width signs folded",
      { ...FORM, text: `メール： Ａ＠ｍａｉｌ．ｅｘａｍｐｌｅ\n${body}` },
      "a@mail.example",
      "text",
    ],
    [
      "an address given as contact",
      { ...FORM, text: `ご連絡先: a@mail.example\n${body}` },
      "a@mail.example",
      "text",
    ],
  ];
  it.each(CASES)("is %s", (_name, parts, email, part) => {
    const fields = read(parts);
    expect(fields.email).toBe(email);
    expect(fields.found.email?.part).toBe(part);
  });

  it("may live at a free-mail shop's domain", () => {
    const context = { shopDomain: "gmail.com", ownAddresses: ["our-shop@gmail.com"] };
    expect(read({ from: "taro@gmail.com", text: body }, context).email).toBe("taro@gmail.com");
    expect(read({ from: "our-shop@gmail.com", text: body }, context).email).toBeNull();
  });
});

describe("names", () => {
  const CASES: readonly [string, string | null][] = [
    ["田中太郎", "田中太郎"],
    ["田中　太郎 様", "田中 太郎"],
    ["田中太郎様", "田中太郎"],
    ["田中 太郎（タナカ タロウ）", "田中 太郎"],
    ["田中 太郎 (たなか たろう) 様", "田中 太郎"],
    ["田中太郎様（ﾀﾅｶ ﾀﾛｳ）", "田中太郎"],
    ["田中太郎／タナカタロウ", "田中太郎"],
    ["田中 さくら", "田中 さくら"],
    ["タナカ タロウ", "タナカ タロウ"],
    ["髙﨑　㈱", "髙﨑 ㈱"],
    ["John  Smith", "John Smith"],
    ["taro@mail.example", null],
    ["-", null],
    ["(empty)", null],
  ];
  it.each(CASES)("%s is read as %s", (written, name) => {
    const text = `お名前: ${written}\nメールアドレス: x@mail.example\n内容: 返金してください`;
    expect(read({ ...FORM, text }).name).toBe(name);
  });
});

describe("mails without labels", () => {
  it("are read from what they say plainly", () => {
    const text =
      "お世話になっております。先日注文した山田花子と申します。\n\n注文678の件ですが、サイズを間違えたのでキャンセルをお願いいたします。\n\n山田花子\n〒150-0002 東京都渋谷区渋谷1-2-3\nTEL: 090-1234-5678";
    expect(read({ from: "花 <hana@mail.example>", subject: "注文について", text })).toMatchObject({
      name: "山田花子",
      email: "hana@mail.example",
      phone: "09012345678",
      address: "〒150-0002 東京都渋谷区渋谷1-2-3",
      orderNumbers: ["678"],
      intent: "cancel",
    });
  });

  it("are read in English", () => {
    const text =
      "Hello,\n\nmy name is John Smith. I ordered the wrong size and would like a refund of ¥3,000 for order no. \n753. The order total is ¥9,800.\n\nRegards,\nJohn Smith\n+81 90-1234-5678";
    expect(read({ from: "js1990 <js@mail.example>", text })).toMatchObject({
      name: "John Smith",
      orderNumbers: ["753"],
      requestedAmountMinor: 3000,
      intent: "partial",
    });
  });

  const NAMES: readonly [string, string, string, string | null][] = [
    ["the display name", "山田 花子 <h@mail.example>", "注文678を返金してください", "山田 花子"],
    ["no nickname", "hana_123 <h@mail.example>", "注文678を返金してください", null],
    [
      "a signature below a nickname",
      "hana <h@mail.example>",
      "返金してください。\n\n山田 花子",
      "山田 花子",
    ],
    ["the surname alone", "h@mail.example", "田中です。\n返金してください。", "田中"],
    [
      "a signature in English",
      "h@mail.example",
      "Please refund.\n\nBest regards,\nMary Ann Lee",
      "Mary Ann Lee",
    ],
  ];
  it.each(NAMES)("take %s for a name", (_name, from, text, name) => {
    expect(read({ from, text }).name).toBe(name);
  });

  it("do not take the sentence below an empty label for its value", () => {
    const fields = read({
      from: "taro@mail.example",
      text: "メール: taro@mail.example\nお名前:\n\n注文678をキャンセルしたいです",
    });
    expect(fields).toMatchObject({ name: null, intent: "cancel" });
    expect(fields.messageText).toBe("注文678をキャンセルしたいです");
  });

  it("do not take the line below a value for more of it", () => {
    const text = "お名前: 山田花子\n至急キャンセル希望\n注文番号: 678";
    expect(read({ text })).toMatchObject({ name: "山田花子", intent: "cancel" });
  });

  it("may have a few labels among the text", () => {
    const text =
      "注文番号: 678\n上記の注文をキャンセルしたいです。\n\n名前: 田中太郎\n電話: 090-1234-5678\nよろしくお願いします。";
    const fields = read({ from: "taro@mail.example", text });
    expect(fields).toMatchObject({
      name: "田中太郎",
      phone: "09012345678",
      orderNumbers: ["678"],
      intent: "cancel",
    });
    expect(fields.messageText).toContain("上記の注文をキャンセルしたいです。");
  });
});

describe("where the order number stands", () => {
  const CASES: readonly [string, MessageParts, string[], string | undefined][] = [
    [
      "only in the subject",
      { subject: "注文番号713のキャンセル", text: "よろしくお願いします" },
      ["713"],
      "subject",
    ],
    [
      "only in the quoted mail of the shop",
      {
        subject: "Re: ご注文ありがとうございます",
        text: "キャンセルをお願いします。\n\n2024年10月18日(金) 21:08 SHOP <shop@shop.example>:\n> ご注文番号: 679\n> 合計: 2,467円",
      },
      ["679"],
      "quote",
    ],
    [
      "in Outlook's unmarked quote",
      {
        text: "キャンセルをお願いします。\n\n差出人: SHOP <shop@shop.example>\n送信日時: 2024年10月18日 21:08\n宛先: taro@mail.example\n件名: ご注文\n\nご注文番号: 679",
      },
      ["679"],
      "quote",
    ],
    [
      "in the text, whatever the quote says",
      { text: "注文番号は678です。キャンセルしたいです。\n> ご注文番号: 679" },
      ["678"],
      "message",
    ],
    [
      "in a field and in the message",
      { ...FORM, text: "お名前: 田中太郎\n注文番号: 701\n内容: 注文703も返金してください" },
      ["701", "703"],
      "text",
    ],
    [
      "nowhere: a phone number in the order field",
      { ...FORM, text: "お名前: 田中太郎\nご注文番号: 090-1234-5678\n内容: 返金してください" },
      [],
      undefined,
    ],
    [
      "nowhere: the form's own serial",
      { ...FORM, text: "受付番号：202410180001\nお名前: 田中太郎\n内容: 返金してください" },
      [],
      undefined,
    ],
  ];
  it.each(CASES)("%s", (_name, parts, numbers, part) => {
    const fields = read(parts);
    expect(fields.orderNumbers).toEqual(numbers);
    expect(fields.found.orderNumbers?.part).toBe(part);
  });

  it("leaves a quote out of the customer's own words", () => {
    const text = "キャンセルをお願いします。\n\n> 返金はいたしかねます。";
    expect(read({ text }).messageText).toBe("キャンセルをお願いします。");
  });

  it("reads a forwarded notification that nobody has added to", () => {
    const text = `---------- Forwarded message ---------\nFrom: SHOP <wordpress@shop.example>\nDate: 2024\nSubject: お問い合わせ\nTo: <shop@shop.example>\n\n${SEED}`;
    expect(read({ from: "staff@shop.example", text })).toMatchObject({
      name: "田中太郎",
      email: "geguhama@svk.jp",
      orderNumbers: ["678"],
    });
  });
});

describe("a message as short as a subject", () => {
  it.each([
    ["注文678 キャンセル", "cancel"],
    ["返金", "full"],
    ["678", null],
  ])("%s", (text, intent) => {
    expect(read({ text }).intent).toBe(intent);
  });
});

describe("a named amount", () => {
  it("makes a refund partial, unless the mail calls it the whole", () => {
    const wish = (text: string) => read({ text }).intent;
    expect(wish("1,500円の返金をお願いします")).toBe("partial");
    expect(wish("全額の2,467円を返金してください")).toBe("full");
    expect(wish("合計は2,467円でした。2,467円の返金をお願いします")).toBe("full");
  });

  it("leaves a cancellation a cancellation", () => {
    expect(read({ text: "注文をキャンセルして2,467円を返金してください" })).toMatchObject({
      intent: "cancel",
      requestedAmountMinor: 2467,
    });
  });
});
