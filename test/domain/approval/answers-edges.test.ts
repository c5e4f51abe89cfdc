// The edges of the words: dates, references of a bank, and reasons that go to a customer.

import { describe, expect, it } from "vitest";
import { answerIn } from "../../../src/domain/approval/answers.ts";
import { readWords } from "../../../src/domain/approval/approval-words.ts";

describe("one sentence by itself", () => {
  it.each(["NG", "却下します", "Rejected"])("is a rejection: %s", (sentence) => {
    expect(answerIn(sentence)).toEqual({ kind: "reject", reason: null, text: null });
  });
});

describe("a day", () => {
  it.each([
    ["保留 12/1", { kind: "hold", date: { month: 12, day: 1 } }],
    ["保留 12/31", { kind: "hold", date: { month: 12, day: 31 } }],
    ["返品待ち 1/1", { kind: "return", date: { month: 1, day: 1 } }],
  ])("is in the calendar: %s", (text, expected) => {
    expect(readWords(text)).toMatchObject(expected);
  });

  it.each(["保留 12/0", "保留 12/00", "返品待ち 1/0", "保留 12/32", "返品待ち 4/31"])(
    "is not in it: %s",
    (text) => {
      expect(readWords(text)).toMatchObject({ kind: "ambiguous", reason: "not_understood" });
    },
  );
});

describe("the reference of a transfer", () => {
  it.each([
    "20261120001",
    "受付12345",
    "受付 12345",
    "カード 12345",
    "カード:#12345",
    "TR-12/3",
    "12/3-001",
    "1/2/3",
  ])("is %s", (reference) => {
    expect(readWords(`完了 ${reference}`)).toMatchObject({ kind: "done", reference });
  });

  it.each([
    ["without a digit", "ABC"],
    ["behind a negation", "していませんA1"],
    ["behind a negation set apart", "まだ A1"],
    ["behind an unknown word", "受付は12345"],
    ["of a day", "12/31"],
    ["of a day of a year", "2026/12/3"],
    ["of the end of a year", "2026/12/31"],
  ])("is none %s: %s", (_name, reference) => {
    expect(readWords(`完了 ${reference}`).kind).toBe("ambiguous");
  });
});

describe("a rejection tells the customer a reason", () => {
  it.each([
    ["in small letters", "ng 期限超過", "expired"],
    ["in small letters, English", "reject already shipped", "shipped"],
    ["with a polite ending", "NG 期限切れです", "expired"],
    ["for its cause", "NG 発送済みのため", "shipped"],
    ["as Stripe writes it", "NG not_covered", "not_covered"],
  ])("%s", (_name, text, reason) => {
    expect(readWords(text)).toMatchObject({ kind: "reject", reason, text: null });
  });

  it.each([
    ["that is negated in front", "not expired"],
    ["that is negated behind", "期限超過ではないが開封済み"],
    ["that has not happened", "未発送済み"],
    ["that is shipped in part", "shipped in part"],
    ["that somebody disputes", "客は対象外という"],
    ["that holds for a part", "一部対象外"],
    ["that is covered in part", "対象外ではないが使用済み"],
    ["that is not the word alone", "not in stock"],
  ])("but none %s", (_name, text) => {
    expect(readWords(`NG ${text}`)).toMatchObject({ kind: "reject", reason: "other", text });
  });

  it("but not one of two, of which both are kept", () => {
    expect(readWords("NG 期限超過\n開封済み")).toMatchObject({
      kind: "reject",
      reason: "other",
      text: "期限超過\n開封済み",
    });
  });
});

describe("a rejection taken back", () => {
  it.each(["NG no", "NG not", "NG\n保留", "NG やっぱり待って", "NG 承認します", "NG 異議なし"])(
    "is two answers: %j",
    (text) => {
      expect(readWords(text)).toMatchObject({ kind: "ambiguous", reason: "two_answers" });
    },
  );
});
