// What staff may start by mail, and what only looks like it.

import { describe, expect, it } from "vitest";
import { readCommand, type StaffCommand } from "../../../src/domain/approval/staff-command.ts";

const NAMES = ["田中 花子"];

const read = (text: string, subject = "お疲れさまです") => readCommand(text, subject, NAMES);
const open = (email: string | null = null, name: string | null = null): StaffCommand => ({
  kind: "open",
  orderNumber: "679",
  email,
  name,
});
const TARO = "taro@example.com";

describe("a request that came by phone", () => {
  it.each<[string, StaffCommand]>([
    ["返金 679", open()],
    ["返金　６７９ TARO@Example.com", open(TARO)],
    ["返金:679 taro@example.com", open(TARO)],
    ["返金 注文番号 679 taro@example.com", open(TARO)],
    ["返金 679 <taro@example.com>", open(TARO)],
    ["返金 679 田中太郎様", open(null, "田中太郎")],
    ["返金 679 田中 太郎さん", open(null, "田中 太郎")],
    ["返金 679 taro@example.com 田中太郎様", open(TARO, "田中太郎")],
    ["返金 679 田中太郎様 taro@example.com", open(TARO, "田中太郎")],
    ["refund 679 taro@example.com Taro Tanaka", open(TARO, "Taro Tanaka")],
    ["REFUND order #679", open()],
  ])("is named by its order: %j", (text, command) => {
    expect(read(text)).toEqual(command);
  });

  it("may stand on two lines", () => {
    expect(read("返金 679\r\ntaro@example.com")).toEqual(open(TARO));
  });

  it("may stand in the subject of a mail without a text", () => {
    expect(read("", "返金 679 taro@example.com")).toEqual(open(TARO));
    expect(read("よろしくお願いします。", "返金 679")).toEqual(open());
  });

  it("is read from the text alone where there is one", () => {
    expect(read("返金 679", "返金 680")).toEqual(open());
    expect(read("お電話がありました。", "返金 680")).toBeNull();
  });

  it("may have greeting, courtesy and the sender's name around it", () => {
    const text =
      "お疲れさまです。\n田中です。\n\n返金 679 taro@example.com\n\nよろしくお願いします。\n田中 花子";
    expect(read(text)).toEqual(open(TARO));
  });
});

describe("the question what is open", () => {
  it.each(["一覧", "list", "LIST", "ｌｉｓｔ", "お疲れさまです\n一覧\nよろしくお願いします。"])(
    "is asked by %j",
    (text) => {
      expect(read(text)).toEqual({ kind: "list" });
    },
  );

  it("may stand in the subject", () => {
    expect(read("", "一覧")).toEqual({ kind: "list" });
  });

  it.each(["一覧を送ってください", "list of orders", "返金の一覧", "一覧 679"])(
    "is not asked by %j",
    (text) => {
      expect(read(text)).toBeNull();
    },
  );
});

describe("what begins like a command and goes on otherwise", () => {
  it.each([
    "返金 679 しないで",
    "返金 679 しないでください",
    "返金 679 待ってください",
    "返金 679 taro@example.com は不要です",
    "返金 679 たろう",
    "返金 679 one@example.com two@example.com",
    "返金 679 taro@",
    "返金 679 taro@example",
    "返金 679 680",
    "返金 679 2,000円",
    "返金 679?",
    "返金 2,467円",
    "返金 090-1234-5678",
    "返金 679\n\n在庫を見てからにします。",
    "refund 679 don’t",
    "返金 679 中止",
    "返金 679 キャンセル",
    "Refund 679 not",
    "返金 679 taro@exаmple.com",
  ])("is unclear: %j", (text) => {
    expect(read(text)).toEqual({ kind: "unclear" });
  });
});

describe("a look-alike", () => {
  it.each([
    ["a Cyrillic letter in refund", "r\u0435fund 679"],
    ["a Cyrillic letter in list", "l\u0456st"],
    ["an invisible character in the word", "返\u200B金 679"],
    ["another character for 返", "返\u91D1\uFE00 679"],
  ])("is no command: %s", (_what, text) => {
    expect(read(text)).toBeNull();
  });

  it.each([
    ["a letter for a digit", "返金 \u04317\u0439"],
    ["an invisible character behind the number", "返金 679\u200B 680"],
    ["a name in letters of another script", "返金 679 Т\u0430н\u0430к\u0430"],
  ])("opens nothing: %s", (_what, text) => {
    expect(read(text)?.kind).not.toBe("open");
  });
});

describe("what people write to each other", () => {
  it.each([
    "",
    "OK",
    "承認します",
    "返金",
    "返金お願いします",
    "返金ok",
    "返金をお願いします。注文番号は679です。",
    "679 返金",
    "注文679の返金、お客様からお電話がありました。",
    "先ほどの返金 679 の件ですが、どうなりましたか。",
    "明日は休みです。一覧は後で送ります。",
    "Could you refund 679?",
    "refunds are slow today",
    "The list is attached.",
  ])("is no command: %j", (text) => {
    expect(read(text)).toBeNull();
  });
});

describe("a customer's mail that staff paste", () => {
  it.each([
    "お世話になっております。田中太郎です。\n注文番号679をキャンセルしたいです。\n返金 よろしくお願いします。",
    "お名前: 田中太郎\nメールアドレス: taro@example.com\n\nメッセージ本文:\n注文番号: 679\n返金してください。",
    "お客様より:\n返金 679 taro@example.com",
    "Hello,\n\nplease refund order 679.\n\nTaro Tanaka\ntaro@example.com",
  ])("is no command: %j", (text) => {
    expect(read(text)).toBeNull();
  });
});
