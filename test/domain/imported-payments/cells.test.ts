import { describe, expect, it } from "vitest";
import {
  readAmount,
  readCurrency,
  readEmail,
  readId,
  readMethod,
  readOrder,
  readPayerName,
  readStatus,
  readTime,
  shown,
} from "../../../src/domain/imported-payments/cells.ts";
import { timeReader } from "../../../src/domain/imported-payments/local-time.ts";

const problem = (words: string | RegExp) => ({
  problem:
    typeof words === "string" ? expect.stringContaining(words) : expect.stringMatching(words),
});

describe("an amount", () => {
  it.each([
    ["2467", "JPY", 2467],
    ["¥2,467", "JPY", 2467],
    ["￥2,467", "JPY", 2467],
    ["\\2,467", "JPY", 2467],
    ["２，４６７円", "JPY", 2467],
    [" 2 467 円 ", "JPY", 2467],
    ["JPY 2467", "JPY", 2467],
    ['="2467"', "JPY", 2467],
    ["0", "JPY", 0],
    ["999999999", "JPY", 999_999_999],
    ["24.67", "USD", 2467],
    ["$24.67", "USD", 2467],
    ["24", "EUR", 2400],
    ["24.67 EUR", "EUR", 2467],
  ])("%s in %s is %i", (cell, currency, value) => {
    expect(readAmount(cell, currency)).toEqual({ value });
  });

  it.each([
    ["", "JPY", "is empty"],
    ["-2467", "JPY", "below zero"],
    ["¥-2467", "JPY", "below zero"],
    ["−2467", "JPY", "below zero"],
    ["▲2467", "JPY", "below zero"],
    ["(2467)", "JPY", "below zero"],
    ["2467-", "JPY", "below zero"],
    ["24.67", "JPY", "no decimals"],
    ["2467.00", "JPY", "no decimals"],
    ["24.6", "USD", "write 24.67"],
    ["24.675", "USD", "write 24.67"],
    ["2,46", "JPY", "no amount"],
    ["2.467,00", "EUR", "no amount"],
    ["NaN", "JPY", "no amount"],
    ["Infinity", "JPY", "no amount"],
    ["0x10", "JPY", "no amount"],
    ["1e3", "JPY", "no amount"],
    ["=1+1", "JPY", "no amount"],
    ["無料", "JPY", "no amount"],
    ["1000000000", "JPY", "too large"],
    ["1,000,000,000", "JPY", "too large"],
    ["99999999999999999999", "JPY", "too large"],
    ["$24", "JPY", "not in JPY"],
    ["¥2467", "USD", "not in USD"],
    ["2467円", "USD", "not in USD"],
    ["2467 USD", "JPY", "not in JPY"],
  ])("%s in %s is refused: %s", (cell, currency, words) => {
    expect(readAmount(cell, currency)).toEqual(problem(words));
  });
});

describe("a currency", () => {
  it.each([
    ["", "JPY"],
    ["円", "JPY"],
    ["jpy", "JPY"],
    ["ＵＳＤ", "USD"],
  ])("%s is %s", (cell, value) => {
    expect(readCurrency(cell)).toEqual({ value });
  });

  it.each([
    ["KWD", "does not handle"],
    ["XYZ", "write a code"],
    ["dollars", "write a code"],
  ])("%s is refused", (cell, words) => {
    expect(readCurrency(cell)).toEqual(problem(words));
  });
});

describe("an id", () => {
  it.each([
    ["  T-1 ", "T-1"],
    ["Ｔ－１", "T-1"],
    ['="00123"', "00123"],
    ["\u200bT1\u00ad", "T1"],
    ["=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"],
    ["+815012345678", "+815012345678"],
  ])("%s is the text %s", (cell, value) => {
    expect(readId(cell)).toEqual({ value });
  });

  it.each([
    ["", "is empty"],
    ["2.02611E+11", "rounded"],
    ["T\u001b[2J1", "cannot be read"],
    ["T\n1", "cannot be read"],
    ["T\ufffd1", "cannot be read"],
    ["x".repeat(101), "more than 100"],
  ])("%s is refused", (cell, words) => {
    expect(readId(cell)).toEqual(problem(words));
  });
});

describe("an order number", () => {
  it.each([
    ["679", ["679"]],
    ["#０６７９", ["0679"]],
    ["注文番号：679", ["679"]],
    ['="00679"', ["00679"]],
  ])("%s is read as everywhere", (cell, value) => {
    expect(readOrder(cell)).toEqual({ value });
  });

  it.each(["", "なし", "=HYPERLINK(1)", "6.79E+5"])("%s is refused", (cell) => {
    expect(readOrder(cell)).toEqual(problem(/./));
  });
});

describe("a status", () => {
  it.each([
    ["paid", "paid"],
    ["支払済み", "paid"],
    ["入金済み", "paid"],
    ["Partially_Refunded", "part"],
    ["返金済み", "refunded"],
    ["未入金", "open"],
    ["キャンセル", "open"],
    ["ｷｬﾝｾﾙ", "open"],
    ["pending", "open"],
  ])("%s is %s", (cell, value) => {
    expect(readStatus(cell)).toEqual({ value });
  });

  it.each(["", "謎", "not paid", "paid?", "toString"])("%s is refused and no guess", (cell) => {
    expect(readStatus(cell)).toEqual(problem("write paid"));
  });
});

describe("a payer", () => {
  it("has his name on one line, and none where the cell is empty", () => {
    expect(readPayerName(" 鈴木\n一郎 ")).toEqual({ value: "鈴木 一郎" });
    expect(readPayerName("　")).toEqual({ value: null });
    expect(readPayerName("田中\ufffd")).toEqual(problem("cannot be read"));
  });

  it("has one address in lower case", () => {
    expect(readEmail(" Taro@Example.JP ")).toEqual({ value: "taro@example.jp" });
    expect(readEmail('"taro..yamada"@docomo.ne.jp')).toEqual({
      value: "taro..yamada@docomo.ne.jp",
    });
    expect(readEmail("")).toEqual({ value: null });
  });

  it.each([
    "taro",
    "taro@@example.jp",
    "taro@example.jp, jiro@example.jp",
    "taro@example.jp\r\nBcc: x@evil.example",
    "田中 <taro@example.jp>",
    "ta***@example.jp",
  ])("is not believed to have the address %s, which is not repeated", (cell) => {
    expect(readEmail(cell)).toEqual(problem("one mail address"));
    expect(readEmail(cell)).toEqual(readEmail("x"));
  });
});

describe("a method", () => {
  it.each([
    ["クレジットカード", "card"],
    ["Credit Card", "card"],
    ["コンビニ", "konbini"],
    ["銀行振込", "bank_transfer"],
    ["クレジットカード:VISA", "card"],
    ["コンビニエンスストア払い", "konbini"],
    ["銀行振込(前払い)", "bank_transfer"],
    ["銀行振り込み", "bank_transfer"],
    ["振込み", "bank_transfer"],
    ["ネットバンク", "net_bank"],
    ["ペイジー", "pay_easy"],
    ["代金引換", "代金引換"],
    ["PayPay", "PayPay"],
    ["", "other"],
  ])("%s is %s", (cell, value) => {
    expect(readMethod(cell)).toEqual({ value });
  });
});

describe("a date", () => {
  const now = Date.parse("2026-11-09T10:00:00+09:00");
  const tokyo = timeReader("Asia/Tokyo");
  const read = (cell: string) => readTime(cell, tokyo, now);

  it.each([
    ["2026-11-01", "2026-11-01T00:00:00+09:00"],
    ["2026/11/1 12:34", "2026-11-01T12:34:00+09:00"],
    ["2026/11/01 9:05:07", "2026-11-01T09:05:07+09:00"],
    ["２０２６／１１／１　１２：３４", "2026-11-01T12:34:00+09:00"],
    ["2026.11.1", "2026-11-01T00:00:00+09:00"],
    ["2026年11月1日", "2026-11-01T00:00:00+09:00"],
    ["2026年11月1日(日) 12時34分", "2026-11-01T12:34:00+09:00"],
    ["2026-11-01T03:34:56.789Z", "2026-11-01T03:34:56Z"],
    ["2026-11-01T12:34:56+0200", "2026-11-01T12:34:56+02:00"],
  ])("%s is %s", (cell, at) => {
    expect(read(cell)).toEqual({ value: Date.parse(at) });
  });

  it("is none where the cell is empty", () => {
    expect(read(" ")).toEqual({ value: null });
  });

  it.each([
    ["2026-02-30", "write a date"],
    ["2026-13-01", "write a date"],
    ["2026-11-01 25:00", "write a date"],
    ["11/1/2026", "write a date"],
    ["1/11/26", "write a date"],
    ["2026-11/01", "write a date"],
    ["昨日", "write a date"],
    ["45962", "write a date"],
    ["1899-12-31", "before the year 2000"],
    ["2026-11-11", "future"],
  ])("%s is refused", (cell, words) => {
    expect(read(cell)).toEqual(problem(words));
  });

  it("is read by the clock of the shop's zone, summer time included", () => {
    const berlin = timeReader("Europe/Berlin");
    expect(berlin("2026-07-01 12:00")).toBe(Date.parse("2026-07-01T12:00:00+02:00"));
    expect(berlin("2026-12-01 12:00")).toBe(Date.parse("2026-12-01T12:00:00+01:00"));
    expect(berlin("2026-03-29 01:59")).toBe(Date.parse("2026-03-29T01:59:00+01:00"));
    expect(berlin("2026-03-29 03:00")).toBe(Date.parse("2026-03-29T03:00:00+02:00"));
    expect(berlin("2026-03-29 02:30")).toBe(Date.parse("2026-03-29T01:30:00Z"));
  });
});

describe("a cell in a message", () => {
  it("stands on one line and steers no terminal", () => {
    expect(shown("a\u001b[2J\r\nb\u009b31m\u202ec\u2028d")).toBe("a [2J b 〓〓mc d");
    expect(shown("x".repeat(200))).toHaveLength(61);
  });
});
