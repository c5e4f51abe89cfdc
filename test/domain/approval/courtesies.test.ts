import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";
import {
  hasReservation,
  isCourtesy,
  isNameLine,
  SECOND_THOUGHTS,
  withoutCourtesies,
} from "../../../src/domain/approval/courtesies.ts";

describe("a courtesy", () => {
  it.each(["よろしくお願いします", "よろしくお願いします、", "Thanks, ", "Best regards , \t"])(
    "is one with the commas and blanks behind it: %j",
    (sentence) => {
      expect(isCourtesy(sentence)).toBe(true);
    },
  );

  it.each(["", "、", "お願いしますが在庫を見てから", "在庫を見てから、お願いします"])(
    "is nothing that says less or more: %j",
    (sentence) => {
      expect(isCourtesy(sentence)).toBe(false);
    },
  );

  it.each([
    "OK, Thanks",
    "OK, THANK YOU",
    "Hi, OK",
    "HELLO, OK, Best Regards",
    "OK、 お願いします",
  ])("is set apart from an answer, however it is written: %j", (sentence) => {
    expect(withoutCourtesies(sentence)).toBe("OK");
    expect(readWords(sentence).kind).toBe("approve");
  });
});

describe("a line that only names somebody", () => {
  it.each(
    (
      "佐藤 齋藤 齊藤 福田 太田 宮崎 横山 武田 松井 飯田 西川 吉村 川上 大島 sato Sasaki " +
      "Yamaguchi ISHIKAWA"
    ).split(" "),
  )("is a common family name: %s", (name) => {
    expect(isNameLine(name)).toBe(true);
    expect(readWords(`OK\n${name}`).kind).toBe("approve");
  });

  it.each(["田中。", "田中。 ", "田中、。", "Tanaka. ,", "店長の佐藤です。。"])(
    "may end in signs and blanks: %j",
    (line) => {
      expect(isNameLine(line)).toBe(true);
    },
  );

  it.each([
    "株式会社サンプル",
    "株式会社 サンプル",
    "株式会社\tサンプル",
    "(株)Sample",
    "株式会社東京商会",
    "サンプル株式会社",
    "東京サンプル有限会社",
    "東京合同会社",
    "Sample Tokyo 株式会社",
  ])("is a company: %j", (line) => {
    expect(isNameLine(line)).toBe(true);
    expect(readWords(`OK\n${line}`).kind).toBe("approve");
  });

  it.each([
    "あとでやります 佐藤様",
    "在庫を見てから田中さん",
    "二千円まで Dear Bob",
    "二千円まで Hi Bob",
    "あとで株式会社サンプル",
    "返すのは 株式会社サンプル",
    "株式会社サンプルに聞いてから",
    "株式会社サンプルが先",
    "株式会社へ返品",
    "株式会社に聞いてから",
    "株式会社にきいてから",
    "株式会社 にきいてから",
    "サンプル株式会社に聞いてから",
    "先にサンプル株式会社",
    "あとでみる株式会社",
    "まずは合同会社",
    "株式会社",
  ])("says nothing else: OK above %j is no approval", (line) => {
    expect(isNameLine(line)).toBe(false);
    expect(readWords(`OK\n${line}`).kind).toBe("ambiguous");
  });

  it.each(["Bob", "here", "御手洗", "東京", "現場"])(
    "is no word where the message gives no name: %s",
    (line) => {
      expect(isNameLine(line)).toBe(false);
      expect(readWords(`OK\n${line}`).kind).toBe("ambiguous");
    },
  );
});

describe("the sender's own name", () => {
  it.each([
    ["Bob", "Bob Smith"],
    ["BOB", "Bob Smith"],
    ["bob smith", "Bob  Smith"],
    ["Ｂｏｂ", "Bob Smith"],
    ["GROẞ", "Jürgen Groß"],
    ["御手洗凛", "御手洗 凛"],
    ["御手洗　凛", "御手洗凛"],
    ["御手洗です", "御手洗 凛"],
    ["御手洗より", "御手洗 凛"],
    ["御手洗 拝", "御手洗 凛"],
    ["より子です", "御手洗 より子"],
    ["ですよ", "ですよ"],
    ["高円", "高円 凛"],
  ])("is recognised: %s for %s", (line, name) => {
    expect(isNameLine(line, ["Somebody", name])).toBe(true);
    expect(readWords(`OK\n${line}`, ["Somebody", name]).kind).toBe("approve");
  });

  it.each([
    ["Rob", "Bob Smith"],
    ["ob", "Bob Smith"],
    ["Smith Bob", "Bob Smith"],
    ["B", "B Smith"],
    ["他", "他 花子"],
    ["", ""],
    ["です", ""],
    ["Bobですが", "Bob Smith"],
    ["です御手洗", "御手洗 凛"],
    ["御より手洗", "御手洗 凛"],
  ])("is not anything else, nor a single letter: %j for %j", (line, name) => {
    expect(isNameLine(line, [name])).toBe(false);
  });

  it("of one letter below OK makes it no approval", () => {
    expect(readWords("OK\n他", ["他 花子"]).kind).toBe("ambiguous");
  });
});

describe("a second thought", () => {
  it.each(["Wait for the goods", "ACTUALLY no", "Hold On", "まだok", "2000YENのみ", "Don’t pay"])(
    "in a note takes the approval back, in capitals or not: %s",
    (note) => {
      expect(SECOND_THOUGHTS.test(note)).toBe(true);
      expect(readWords(`OK\nメモ: ${note}`).kind).toBe("ambiguous");
    },
  );
});

describe("a condition", () => {
  it.each([
    "返品後",
    "返品が届いてから",
    "返送の到着後",
    "入荷次第",
    "商品が届いたら",
    "商品が届いてから",
    "今回は払わない",
    "返金しません",
    "返金はできません",
    "返金を却下",
    "金額は二千円",
  ])("in a note takes the approval back as well: %s", (note) => {
    expect(hasReservation(note)).toBe(true);
    expect(readWords(`OK\nメモ: ${note}`).kind).toBe("ambiguous");
  });

  it.each(["色違い", "返品は着払い", "金額を確認済み", "届いています", "返金します"])(
    "is nothing that only describes the case: %s",
    (note) => {
      expect(hasReservation(note)).toBe(false);
      expect(readWords(`OK\nメモ: ${note}`).kind).toBe("approve");
    },
  );
});
