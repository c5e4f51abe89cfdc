// The sender of a bank transfer, whom his bank names in kana, as the second fact of a match.

import { describe, expect, it } from "vitest";
import { matchPayments, sharedFacts } from "../../src/domain/matching.ts";
import { kanaKey } from "../../src/domain/name.ts";
import { aPayment } from "../support/memory-provider.ts";

describe("two writings of one name in kana", () => {
  it.each([
    ["ﾀﾅｶ ﾀﾛｳ", "タナカ　タロウ"],
    ["ﾀﾅｶ ﾀﾛｳ", "たなか たろう 様"],
    ["ｼﾖｳｼﾞ ｷﾖｳｺ", "しょうじ きょうこ"],
    ["ﾊﾂﾄﾘ ﾘﾖｳ", "ハットリ リョウ"],
    ["ﾎﾞ-ﾑ ﾘ-", "ボーム リー"],
  ])("%s and %s are the same", (one, other) => {
    expect(kanaKey(one)).not.toBeNull();
    expect(kanaKey(one)).toBe(kanaKey(other));
  });

  it.each([
    ["カ)ミホン", "ミホン"],
    ["ﾐﾎﾝ(ｶ", "ﾐﾎﾝ"],
    ["(カ", "カ)"],
    ["ユ)タナカ", "タナカ"],
    ["タナカ タロウ", "タナカ ジロウ"],
    ["ハハ", "ハハ"],
    ["田中太郎", "田中太郎"],
    ["", ""],
    ["  ", "  "],
  ])("%s and %s are not: strangers may share that much", (one, other) => {
    const key = kanaKey(one);
    expect(key !== null && key === kanaKey(other)).toBe(false);
  });
});

describe("the sender of the transfer", () => {
  const payment = aPayment({ payerName: null, payerEmail: null, payerKana: "ﾀﾅｶ ﾀﾛｳ" });
  const wish = { orderNumbers: ["679"], email: null, name: "タナカタロウ", requestedMinor: null };

  it("agrees with a request in kana, and makes the match exact with the order number", () => {
    expect(sharedFacts(wish, payment)).toMatchObject({ order: true, name: true });
    expect(matchPayments(wish, [payment], [])).toMatchObject({ kind: "exact" });
  });

  it.each(["カ)タナカタロウ", "田中太郎", "タナカ"])("does not agree with %s", (name) => {
    expect(sharedFacts({ ...wish, name }, payment).name).toBe(false);
    expect(matchPayments({ ...wish, name }, [payment], []).kind).toBe("candidates");
  });

  it("agrees with the reading of a name in kanji, and with no other reading", () => {
    const kanji = { ...wish, name: "田中太郎" };
    expect(sharedFacts({ ...kanji, kana: "たなか　たろう" }, payment).name).toBe(true);
    expect(sharedFacts({ ...kanji, kana: "たなか　じろう" }, payment).name).toBe(false);
    expect(sharedFacts({ ...kanji, kana: null }, payment).name).toBe(false);
  });

  it("that is a company agrees with nobody", () => {
    const company = aPayment({ payerName: null, payerEmail: null, payerKana: "カ)タナカ" });
    for (const name of ["カ)タナカ", "タナカ", "カタナカ"]) {
      expect(sharedFacts({ ...wish, name }, company).name).toBe(false);
    }
  });
});
