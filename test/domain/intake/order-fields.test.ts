import { describe, expect, it } from "vitest";
import { readRequest } from "../../../src/domain/intake/contact-form.ts";
import { withAmount } from "../../../src/domain/intake/order-fields.ts";

const CONTEXT = {
  ownAddresses: ["info@shop.example.jp"],
  formFrom: [],
  shopDomain: "shop.example.jp",
  htmlText: null,
  attachedText: null,
};

function read(subject: string, text: string) {
  const message = {
    messageId: null,
    inReplyTo: [],
    references: [],
    from: [{ name: "", address: "taro@mail.example" }],
    replyTo: [],
    to: [],
    subject,
    date: null,
    text,
    html: null,
    headers: [],
    deliveryStatus: null,
    attached: null,
    returnedMessageIds: [],
    identity: "",
  };
  return readRequest(message, CONTEXT);
}

describe("the orders of a mail, out of subject, field, text and quote", () => {
  const CASES: readonly [string, string, string[]][] = [
    [
      "Re: 【見本商店】ご注文番号をお知らせください [R-12]",
      "1250です。よろしくお願いします。\n佐藤花子\n\n2026年11月13日(金) 14:06 見本商店 <info@shop.example.jp>:\n> ご注文番号（例：678）をこのメールにご返信ください。",
      ["1250"],
    ],
    [
      "Re: 【見本商店】ご注文番号をお知らせください [R-12]",
      "1250 佐藤花子 hanako@docomo.ne.jp",
      ["1250"],
    ],
    ["Re: 【見本商店】ご注文番号をお知らせください [R-12]", "たぶん1250だと思います", ["1250"]],
    ["ご注文番号について", "お返事おそくなりました。\n4471ではなく、4417でした。", ["4417"]],
    ["refund for 7HX-2290 - where is it?", "Could you check, please?", ["7HX-2290"]],
    [
      "返金の件",
      "お名前\n無量小路 節\n\nメールアドレス\nsumikko@example.ne.jp\n\nご注文番号（わかる方のみ）\n78-3391 と 78-3404（78-3398はもう届いたのでいいです）\n\nお問い合わせ内容\n二つともやめておきます。",
      ["78-3391", "78-3404"],
    ],
    [
      "Re: where is my parcel?",
      "Amazon (503-1234567-7654321) needed two days. Either the full amount is back or I open a dispute.\n\nOn Wed, Nov 18, 2026 at 9:01 AM Mihon <info@shop.example.jp> wrote:\n> your order #35506 was handed to Japan Post",
      ["35506"],
    ],
    [
      "Re: 【見本商店】ご注文番号をお知らせください [R-12]",
      "佐藤です。\n1250\n1251\nの2つです",
      ["1250", "1251"],
    ],
    ["Re: Mihon: please tell us your order number [R-12]", "It's 1250. Thanks", ["1250"]],
    ["Re: Mihon: please tell us your order number [R-12]", "Hi, here is it: 1250", ["1250"]],
    [
      "Re: 【見本商店】ご注文番号をお知らせください [R-12]",
      "電話は090-1234-5678です。番号はわかりません",
      [],
    ],
    [
      "Re: 【見本商店】ご注文番号をお知らせください [R-12]",
      "わかりません。\n\n2026年11月13日(金) 14:06 見本商店 <info@shop.example.jp>:\n> 次の2点をこのメールにご返信ください。\n> 注文番号：1234（例）",
      [],
    ],
    [
      "Re: 【見本商店】ご注文ありがとうございます",
      "キャンセルしてください。\n\n2026年11月13日(金) 14:06 見本商店 <info@shop.example.jp>:\n> ご注文番号：1234",
      ["1234"],
    ],
    [
      "Re: 【見本商店】ご注文ありがとうございます",
      "注文1240をキャンセルしてください。\n\n2026年11月13日(金) 14:06 見本商店 <info@shop.example.jp>:\n> ご注文番号：1234",
      ["1240"],
    ],
    ["cancel 788", "お願いします", ["788"]],
    ["キャンセル 788", "お願いします", ["788"]],
    ["キャンセル 1120", "お願いします", ["1120"]],
    ["返金 3000円", "お願いします", []],
    ["返金希望 3980", "お願いします", []],
    ["返金希望 3981", "お願いします", ["3981"]],
    ["返金希望 注文3980", "お願いします", ["3980"]],
    ["refund 3980", "お願いします", []],
    ["788", "キャンセルお願いします", ["788"]],
    ["2026年の返金", "お願いします", []],
    ["注文1042", "注文1043もキャンセルしてください", ["1042", "1043"]],
    ["注文1042について", "すみません1042ではなく1043でした。キャンセルしてください", ["1043"]],
    ["お願い", "キャンセルお願いします\n1234\n田中", ["1234"]],
    ["お願い", "キャンセルお願いします\n2025\n田中", []],
    ["お願い", "返金お願いします\n3980\n田中", []],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: 1001\n内容: 1001ではなく1002です。返金してください",
      ["1002"],
    ],
    ["お願い", "お名前: 田中\nメール: a@b.jp\n注文番号: 不明\n内容: 返金してください", []],
    ["お願い", "お名前: 田中\nメール: a@b.jp\n注文番号: 090-1234-5678\n内容: 返金してください", []],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: 商品番号 AB-1234\n内容: 返金してください",
      [],
    ],
    ["お願い", "お名前: 田中\nメール: a@b.jp\n注文番号: 2026/11/03\n内容: 返金してください", []],
    ["お願い", "お名前: 田中\nメール: a@b.jp\n注文番号: 11月3日の注文\n内容: 返金してください", []],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: 1001 1002\n内容: 返金してください",
      ["1001", "1002"],
    ],
    ["お願い", "お名前: 田中\nメール: a@b.jp\n注文番号: 5\n内容: 返金してください", ["5"]],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: たぶん1001です\n内容: 返金してください",
      ["1001"],
    ],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: 1001,1002\n内容: 1001は無事届きました。1002の返金をお願いします",
      ["1002"],
    ],
    [
      "お願い",
      "お名前: 田中\nメール: a@b.jp\n注文番号: 1001(2点)\n内容: 返金してください",
      ["1001"],
    ],
    [
      "[ 202611190034 ] お問い合せフォームから",
      "お名前: 田中\nメール: a@b.jp\n内容: 返金してください",
      [],
    ],
  ];
  it.each(CASES)("%s: %s", (subject, text, numbers) => {
    expect(read(subject, text).orderNumbers).toEqual(numbers);
  });
});

describe("a stated sum", () => {
  const full = { value: "full", part: "message", label: "" } as const;
  const sum = { value: 1650, part: "message", label: "" } as const;
  const CASES: readonly [string, string][] = [
    ["1,650円を返金してください", "partial"],
    ["1,650円全額を返金してください", "full"],
    ["全部で3点買い、1点だけ1,650円を返金してください", "partial"],
    ["代金は1,650円でした。1,650円を返金してください", "full"],
    ["please refund the full price, 1,650 yen", "full"],
  ];
  it.each(CASES)("in %s makes the wish %s", (text, intent) => {
    expect(withAmount(full, sum, text)?.value).toBe(intent);
  });
});
