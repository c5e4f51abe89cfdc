import { describe, expect, it } from "vitest";
import { kindOfLabel } from "../../../src/domain/intake/label-words.ts";
import { readLabels } from "../../../src/domain/intake/labels.ts";

describe("a label", () => {
  it.each([
    ["お名前", "name"],
    ["■お名前", "name"],
    ["お名前（フリガナ）", "kana"],
    ["ﾒｰﾙｱﾄﾞﾚｽ", "email"],
    ["メールアドレス（確認用）", "other"],
    ["E-mail *", "email"],
    ["your_email", "email"],
    ["ご注文番号 必須", "orderNumber"],
    ["TEL／FAX", "phone"],
    ["Order ID", "orderNumber"],
    ["受付番号", "other"],
    ["Product ID", "other"],
    ["お問い合わせ内容", "message"],
  ])("%s is known as a whole: %s", (label, kind) => {
    expect(kindOfLabel(label, false)).toBe(kind);
  });

  it.each([
    ["1. お名前（フルネーム）をご記入ください", "name"],
    ["What is your order number? (see confirmation email)", "orderNumber"],
    ["Confirm your email address", "other"],
    ["Do you agree to our Privacy Policy?", "other"],
    ["日中つながるお電話番号", "phone"],
    ["建物名・部屋番号", "addressPart"],
    ["ご購入された商品名", "other"],
    ["Please tell us why", "message"],
  ])("%s is known by a word in it, where only labels stand: %s", (label, kind) => {
    expect(kindOfLabel(label, true)).toBe(kind);
    expect(kindOfLabel(label, false)).toBeNull();
  });

  it("of nothing, or as long as a story, is none", () => {
    expect(kindOfLabel("", true)).toBeNull();
    expect(kindOfLabel("注文番号".repeat(40), true)).toBeNull();
  });
});

describe("a layout", () => {
  const value = (text: string) =>
    readLabels(text).entries.map(({ kind, lines }) => [kind, lines.join(" ")]);

  it.each([
    ["お名前: 田中 太郎"],
    ["お名前　　田中 太郎"],
    ["お名前\t田中 太郎"],
    ["お名前 田中 太郎"],
    ["[ お名前 ] 田中 太郎"],
    ["【お名前】\n田中 太郎"],
    ["＜お名前＞\n田中 太郎"],
    ["■ お名前\n田中 太郎"],
    ["▼お名前\n\n田中 太郎"],
    ["**お名前:** 田中 太郎"],
    ["お名前 *\n  田中 太郎"],
    ["お名前 = 田中 太郎"],
    ["- お名前\n田中 太郎"],
    ["あなたのお名前を教えてください\n田中 太郎"],
  ])("sets label and value apart: %j", (text) => {
    expect(value(text)).toEqual([["name", "田中 太郎"]]);
  });

  it("does not take the head of a table for a value", () => {
    expect(value("Name\tValue\nEmail\ttaro@mail.example")).toEqual([
      ["name", ""],
      ["email", "taro@mail.example"],
    ]);
  });

  it("leaves a sentence beside a label in the customer's words", () => {
    const { rest } = readLabels("注文番号: 678 をキャンセルしてください。");
    expect(rest).toContain("キャンセルしてください");
  });

  it("takes no word of a story for the message's label", () => {
    const text = "I ordered a cup.\nI have one more message: please cancel it.";
    expect(readLabels(text).message).toBeNull();
  });
});
