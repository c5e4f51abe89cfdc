// The edges of the grammar: what two parts of a mail must share, where a labelled line begins and
// ends, and why an answer is not understood.

import { describe, expect, it } from "vitest";
import {
  type Answer,
  isSameAnswer,
  readAside,
  readWords,
  type Words,
} from "../../../src/domain/approval/approval-words.ts";

const NO_LINES = { refundReason: null, note: null, customerNote: null, code: null };
const PLAIN = { ...NO_LINES, kind: "approve", figure: null };

const approval = (figure: string | null): Answer => ({ kind: "approve", figure });
const rejection = (
  reason: "expired" | "shipped" | "other" | null,
  text: string | null,
): Answer => ({
  kind: "reject",
  reason,
  text,
});
const day = { month: 12, day: 3 };

const LINES = { refundReason: null, note: null, customerNote: null, code: null };
const isSame = (one: Answer, other: Answer, lines: Partial<Words> = {}) =>
  isSameAnswer({ ...LINES, ...one } as Words, { ...LINES, ...lines, ...other } as Words);

describe("two parts of a mail say the same", () => {
  it.each<[string, Answer, Answer]>([
    ["a plain approval", approval(null), approval(null)],
    ["an approval of one figure", approval("2000"), approval("2000")],
    ["a figure with other blanks", approval("¥ 2,000 yen"), approval("¥2,000yen")],
    [
      "a receipt with other blanks",
      { kind: "received", figure: "2500 円" },
      { kind: "received", figure: "2500円" },
    ],
    ["a rejection without a reason", rejection(null, null), rejection(null, null)],
    ["a rejection for one reason", rejection("expired", null), rejection("expired", null)],
    ["a reason wrapped otherwise", rejection("other", "a b"), rejection("other", "a\nb")],
    ["a hold without a date", { kind: "hold", date: null }, { kind: "hold", date: null }],
    ["a hold until one day", { kind: "hold", date: day }, { kind: "hold", date: { ...day } }],
    ["a wait without a date", { kind: "return", date: null }, { kind: "return", date: null }],
    ["a wait until one day", { kind: "return", date: day }, { kind: "return", date: { ...day } }],
    ["one candidate", { kind: "choose", choice: 1 }, { kind: "choose", choice: 1 }],
    ["one reference", { kind: "done", reference: "A1" }, { kind: "done", reference: "A1" }],
    ["a question to the customer", { kind: "ask" }, { kind: "ask" }],
    ["an end", { kind: "stop" }, { kind: "stop" }],
    [
      "nothing clear, for whatever reason",
      { kind: "ambiguous", reason: "question" },
      { kind: "ambiguous", reason: "no_answer" },
    ],
  ])("%s", (_name, one, other) => {
    expect(isSame(one, other)).toBe(true);
  });

  it.each<[string, Answer, Answer]>([
    ["approve two figures", approval("2000"), approval("3000")],
    ["approve a figure and what was proposed", approval("2000"), approval(null)],
    ["approve a figure in two currencies", approval("$20"), approval("€20")],
    [
      "have received two figures",
      { kind: "received", figure: "2000" },
      { kind: "received", figure: "3000" },
    ],
    ["approve and reject", approval(null), rejection(null, null)],
    ["approve and hold", approval(null), { kind: "hold", date: null }],
    ["approve and wait", approval(null), { kind: "return", date: null }],
    ["approve and ask", approval(null), { kind: "ask" }],
    ["approve and stop", approval(null), { kind: "stop" }],
    ["approve and choose", approval("1"), { kind: "choose", choice: 1 }],
    ["approve and have received", approval("2000"), { kind: "received", figure: "2000" }],
    ["approve and are unclear", approval(null), { kind: "ambiguous", reason: "question" }],
    ["reject for two reasons", rejection("expired", null), rejection("shipped", null)],
    ["reject for a reason and for none", rejection("expired", null), rejection(null, null)],
    [
      "hold until two days",
      { kind: "hold", date: day },
      { kind: "hold", date: { month: 12, day: 4 } },
    ],
    [
      "hold until two months",
      { kind: "hold", date: day },
      { kind: "hold", date: { month: 11, day: 3 } },
    ],
    ["hold until a day and for good", { kind: "hold", date: day }, { kind: "hold", date: null }],
    [
      "wait until two days",
      { kind: "return", date: day },
      { kind: "return", date: { month: 12, day: 4 } },
    ],
    ["hold and wait", { kind: "hold", date: day }, { kind: "return", date: day }],
    ["choose two candidates", { kind: "choose", choice: 1 }, { kind: "choose", choice: 2 }],
    ["give two references", { kind: "done", reference: "A1" }, { kind: "done", reference: "A2" }],
    ["ask and stop", { kind: "ask" }, { kind: "stop" }],
    ["ask and are unclear", { kind: "ask" }, { kind: "ambiguous", reason: "question" }],
    ["stop and are unclear", { kind: "stop" }, { kind: "ambiguous", reason: "question" }],
  ])("but not where they %s", (_name, one, other) => {
    expect(isSame(one, other)).toBe(false);
    expect(isSame(other, one)).toBe(false);
  });
});

describe("beside an answer a line", () => {
  it.each(["田中です。", "お疲れ様です。", "Bob", "🙏", ""])("says nothing: %j", (line) => {
    expect(readAside(line, ["Bob Smith"])).toBe(true);
  });

  it.each(["OK", "返金 1001", "田中です。NG", "Alice"])("says something: %j", (line) => {
    expect(readAside(line, ["Bob Smith"])).toBe(false);
  });

  it("of one word is no name where the sender gives none", () => {
    expect(readWords("OK\nhere")).toMatchObject({ kind: "ambiguous", reason: "not_understood" });
  });
});

describe("the length of an answer", () => {
  it("may be five thousand characters", () => {
    expect(readWords(`OK${" ".repeat(4_998)}`)).toEqual(PLAIN);
  });

  it("is not more, and nothing of it is read then", () => {
    expect(readWords(`OK\nコード: AB12${" ".repeat(5_000)}`)).toEqual({
      ...NO_LINES,
      kind: "ambiguous",
      reason: "too_long",
    });
  });
});

describe("a labelled line is read", () => {
  it.each([
    ["indented", "  理由: 重複  ", { refundReason: { value: "duplicate", text: null } }],
    ["indented, full-width", "　メモ：着払い　", { note: "着払い" }],
    [
      "with a blank before its colon",
      "理由 : その他",
      { refundReason: { value: "other", text: null } },
    ],
    ["with a blank before the note", "メモ : 着払い", { note: "着払い" }],
    [
      "with a blank before the customer",
      "お客様へ : 失礼しました",
      { customerNote: "失礼しました" },
    ],
    ["with a blank before the code", "コード : AB12", { code: "AB12" }],
    ["without a blank after its colon", "お客様へ:失礼しました", { customerNote: "失礼しました" }],
    ["typed full-width", "コード：ＡＢ１２", { code: "AB12" }],
    [
      "as the reason, typed full-width",
      "理由：ＤＵＰＬＩＣＡＴＥ",
      { refundReason: { value: "duplicate", text: null } },
    ],
    [
      "with its full-width signs",
      "お客様へ：失礼しました！（店長）",
      { customerNote: "失礼しました！（店長）" },
    ],
    ["with a colon in it", "メモ: 配送: 着払い", { note: "配送: 着払い" }],
    [
      "with several signs before its text",
      "理由: その他、 ：色違い",
      { refundReason: { value: "other", text: "色違い" } },
    ],
    ["twice, if it says the same", "メモ: 着払い\nメモ：着払い", { note: "着払い" }],
  ])("%s", (_name, line, expected) => {
    expect(readWords(`OK\n${line}`)).toEqual({ ...PLAIN, ...expected });
  });
});

describe("no approval is made of", () => {
  it.each([
    ["words before a reason", "その他 reason: 色違い", "not_understood"],
    ["words before a note", "待ってメモ: 着払い", "not_understood"],
    ["words before a word to the customer", "中止しますお客様へ: 失礼", "not_understood"],
    ["words before a code", "NOコード: AB12", "not_understood"],
    ["words between a label and its colon", "メモの前に待って: 着払い", "not_understood"],
    ["words between the reason and its colon", "理由待って: 重複", "not_understood"],
    ["words between the customer and the colon", "お客様へ待って: 失礼", "not_understood"],
    ["words between the code and its colon", "コード待って: AB12", "not_understood"],
    ["a negated duplicate", "理由: not duplicate", "unknown_reason"],
    ["a negated fraud", "理由: not fraudulent", "unknown_reason"],
    ["a fraud taken back", "理由: 不正ではない", "unknown_reason"],
    ["a negated wish of the customer", "理由: not customer", "unknown_reason"],
    ["a wish of the customer taken back", "理由: お客様都合ではない", "unknown_reason"],
    ["another reason without a sign between", "理由: その他の件は不可", "unknown_reason"],
    ["a reason we do not know", "理由: 詐欺かも", "unknown_reason"],
    ["a note that takes it back", "メモ: やっぱり待って", "condition"],
    ["a word to the customer that takes it back", "お客様へ: やっぱり待って", "condition"],
    ["a second of two lines that takes it back", "メモ: box\nお客様へ: wait", "condition"],
    ["a reason that takes it back", "理由: その他 2000円だけ", "condition"],
    ["a code with a blank", "コード: AB 12", "unreadable_code"],
    ["two notes", "メモ: a\nメモ: b", "two_note_lines"],
    ["two reasons", "理由: 重複\n理由: 不正", "two_reason_lines"],
    ["two codes", "コード: AB12\nコード: CD34", "two_code_lines"],
    ["two words to the customer", "お客様へ: a\nお客様へ: b", "two_customer_lines"],
    ["a line that trails off", "田中です。。", "hesitation"],
    ["a second answer", "NG", "two_answers"],
    ["a second and an unknown one", "はい", "not_understood"],
    ["a line about nothing", "Stryker was here!", "not_understood"],
    ["a circled figure", "②", "look_alike_letter"],
  ])("%s", (_name, line, reason) => {
    expect(readWords(`OK\n${line}`)).toMatchObject({ kind: "ambiguous", reason });
  });
});

describe("who asks somebody else to approve", () => {
  it.each([
    ["a colleague, line by line", "佐藤様\n承認\nお願いします", "asks_somebody"],
    ["a colleague, with signs", "佐藤様、\n承認。\nよろしくお願いします。", "asks_somebody"],
    ["a colleague, in English", "Dear Sato,\napprove\nplease", "asks_somebody"],
    ["a colleague, after a word to him", "佐藤様\n了解、承認\nお願いします", "asks_somebody"],
    ["a colleague, after a blank", "佐藤様\nOK 承認\nお願いします", "asks_somebody"],
    ["in one line", "承認 お願いします", "not_understood"],
    ["in one line of English", "approve, please", "not_understood"],
  ])("does not approve: %s", (_name, text, reason) => {
    expect(readWords(text)).toMatchObject({ kind: "ambiguous", reason });
  });

  it.each([
    ["to a colleague, without asking", "佐藤様\n承認"],
    ["asking for nothing more", "承認\nお願いします"],
    ["in words of one's own", "佐藤様\n承認します\nよろしくお願いします"],
    ["in words of one's own on one line", "承認します、よろしくお願いします"],
    ["below a greeting", "お疲れ様です\n承認\nよろしくお願いします"],
  ])("is not who approves %s", (_name, text) => {
    expect(readWords(text)).toEqual(PLAIN);
  });
});

describe("the further lines of two answers", () => {
  const ok: Answer = { kind: "approve", figure: null };

  it("that go beyond the shop have to be the same", () => {
    expect(isSame(ok, ok, { refundReason: { value: "fraudulent", text: null } })).toBe(false);
    expect(isSame(ok, ok, { customerNote: "送料を引きました。" })).toBe(false);
    expect(isSame(ok, ok, { note: "電話で確認" })).toBe(true);
  });
});
