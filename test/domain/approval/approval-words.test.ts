import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";

const NO_LINES = { refundReason: null, note: null, customerNote: null, code: null };

describe("a plain approval", () => {
  it.each(
    (
      "OK|ＯＫ|ok|Ok|OKです|ＯＫです|OKでお願いします|OKでお願いいたします|OKお願いします|承認|承認します|承認いたします|承認致します|" +
      "承認です|approve|approved|Approved|APPROVE|OK。|OK.|OK!|OK！|OK!!|承認します。|承認．|  OK  |　OK　|OK\n|\n\nOK|\tOK"
    ).split("|"),
  )("is %j", (text) => {
    expect(readWords(text)).toEqual({ kind: "approve", figure: null, ...NO_LINES });
  });

  it.each([
    "お疲れ様です。\nOKです。\nよろしくお願いします。",
    "お疲れさまです、OKです",
    "いつもお世話になっております。\n承認します。",
    "OK\nお願いします",
    "OK お願いします",
    "承認\nよろしくお願いいたします",
    "OK、よろしくお願いします",
    "OK, thanks",
    "OK please.",
    "Thanks, OK",
    "Hi,\nApproved.\nBest regards,\nTanaka",
    "Hello Bob,\nOK",
    "返金担当者様\nOKです",
    "サンプル商店御中\n承認します",
    "田中です。OKです。",
    "店長の佐藤です。\n承認します。",
    "OKです。\n田中",
    "OK\n\n山田太郎",
    "OK\n佐々木 花子",
    "OK\nTaro Tanaka",
    "ありがとうございます。OKです。",
    "お手数ですが、OKでお願いします",
    "OK 🙏",
    "OK🙇‍♂️",
    "OKです😊。",
    "OK👍",
    "OK\n👍🏻",
    "OK m(_ _)m",
    "OK\n以上です。",
    "OKです。\n\n株式会社サンプル\n田中",
  ])("stays one with the courtesies of %j", (text) => {
    expect(readWords(text)).toMatchObject({ kind: "approve", figure: null });
  });

  it("stays one with the sender's own name below", () => {
    expect(readWords("OK\n御手洗 凛", ["御手洗 凛"]).kind).toBe("approve");
    expect(readWords("OK\n御手洗", ["御手洗 凛"]).kind).toBe("approve");
    expect(readWords("OK\nBob", ["Bob Smith"]).kind).toBe("approve");
    expect(readWords("OK\nBob").kind).toBe("ambiguous");
  });

  it("is not made of a display name that is an answer", () => {
    expect(readWords("OK", ["OK"]).kind).toBe("approve");
    expect(readWords("OK\nNG", ["NG"]).kind).toBe("ambiguous");
    expect(readWords("OK\n保留", ["保留"]).kind).toBe("ambiguous");
    expect(readWords("OK\n中止", ["中止 花子"]).kind).toBe("ambiguous");
  });
});

describe("what is not clearly an approval", () => {
  it.each([
    [
      "negations",
      "OKではない|OKではありません|OKじゃない|OKしない|OKしません|まだOKではありません|OK出来ません|承認できません|承認しません|承認しない|未承認|否認|不承認|承認不可|not OK|not approved|disapprove|disapproved|don't approve|unapproved|OKなし|no|No OK|却下OK",
    ],
    [
      "questions",
      "OK?|OK？|OKですか|OKですか？|OKでしょうか|承認？|承認しますか|OK❓|OK⁇|返金していい？|approve?|Is it OK|OKかな",
    ],
    [
      "conditions",
      "OKだけど待って|OKただし2000円|返品が届いたらOK|在庫があればOK|OK if returned|OK after return|OKの予定|明日OK|後でOK|確認後OK|OKだと思う|多分OK|たぶんOKです|maybe OK|OK for now|OK but wait|承認予定|承認済みなら|承認待ち|要承認|承認保留",
    ],
    [
      "agreement without a word of the table",
      "はい|はい。|了解|了解です|了解しました|承知しました|いいよ|いいです|大丈夫です|大丈夫|問題ありません|問題ないです|yes|y|yep|sure|okay|o.k.|O.K.|oke|okok|OKOK|OK OK|👍|👌|🙆|🆗|はい、OKです|了解、OKです|OKはい|返金してください|お願いします|よろしくお願いします|おk|オーケー|おっけー|承認お願いします|承認をお願いします|please approve|go ahead|LGTM",
    ],
    [
      "more than one thing",
      "2通ともOK|両方OK|全部OK|OKとNG|OK NG|OK/NG|OK or NG|OK 1件目のみ|1はOK|OK 残りは保留|OKです。やっぱり待って|OK\nやっぱり待って|OK\nNG|NG\nOK|OK\n保留|保留\nOK|OK\n1|OK\n承認|承認\nSTOP|OK\n確認|OK\n返品待ち",
    ],
    [
      "tone",
      "OK...|OK…|OK。。|OK‥|OK、|OK~|OK〜|OK🤔|OK🙅|OK❌|OK👎|OK💢|🙅OK|OK×|OK^|(OK)|「OK」|OK)|＊OK＊|*OK*|_OK_|~~OK~~|<OK>|> OK|: OK|OK:|OK-|-OK|#OK|OK1回目",
    ],
    [
      "other words around",
      "件名: OK|返信OK|OK牧場|OKストア|BOOK|TOKYO|OKR|承認者|承認欄|承認印|approver|approval|approves|approving|再承認|OKです佐藤さんに確認します|OK\n在庫確認します|OK\n原因調査|OK\n東京確認|OK\n不可です|OK\n無理です|OK\n冗談です|OK\n間違いです|OK\n却下様|OK\n田中確認|OK\n田中 却下|OK\n佐藤さんに聞いて|田中様 OK|OK 田中様|OK\ndear no",
    ],
  ])("%s", (_name, list) => {
    const texts = list.split("|").map((text) => text.replaceAll("\\n", "\n"));
    expect(texts.filter((text) => readWords(text).kind === "approve")).toEqual([]);
  });

  it.each([
    ["Cyrillic О", "\u041EK"],
    ["Cyrillic К", "O\u041A"],
    ["Greek Ο", "\u039FK"],
    ["Greek Κ", "O\u039A"],
    ["Armenian Օ", "\u0555K"],
    ["Cherokee", "\u13ABK"],
    ["mathematical letters", "\u{1D40E}\u{1D40A}"],
    ["mathematical monospace", "\u{1D67E}\u{1D67A}"],
    ["circled letters", "Ⓞ\u24C0"],
    ["squared letters", "\u{1F13E}\u{1F13A}"],
    ["the OK button", "🆗"],
    ["the Kelvin sign", "O\u212A"],
    ["parenthesised letters", "\u24AA\u24A6"],
    ["superscripts", "ᴼᴷ"],
    ["a zero", "0K"],
    ["an ideographic zero", "〇K"],
    ["a circled amount", "OK ②"],
    ["superscript digits", "OK 200\u2070"],
    ["a mathematical digit", "OK \u{1D7D0}000"],
    ["a fraction", "OK ½"],
  ])("look-alikes: %s", (_name, text) => {
    expect(readWords(text).kind).toBe("ambiguous");
  });

  it.each([
    ["zero width space", "O\u200BK"],
    ["zero width space at the end", "OK\u200B"],
    ["zero width joiner", "O\u200DK"],
    ["zero width non-joiner", "OK\u200C 2000"],
    ["word joiner", "\u2060OK"],
    ["byte order mark", "OK\uFEFF"],
    ["soft hyphen", "O\u00ADK"],
    ["right-to-left override", "\u202EKO"],
    ["bidi isolate", "\u2066OK\u2069"],
    ["tag characters", "OK\u{E0041}"],
    ["Hangul filler", "OK\u3164"],
    ["braille blank", "OK\u2800"],
    ["a backspace", "NOK\b"],
    ["a null", "OK\0"],
    ["a combining stroke", "O\u0336K\u0336"],
    ["a combining enclosure", "OK\u20E0"],
    ["a keycap", "1\uFE0F\u20E3"],
    ["a variation selector", "OK\uFE0F"],
    ["zero width in the amount", "OK 20\u200B00"],
  ])("hidden characters: %s", (_name, text) => {
    const words = readWords(text);
    expect(words).toMatchObject({ kind: "ambiguous" });
    expect(["hidden_character", "combining_mark"]).toContain(
      words.kind === "ambiguous" ? words.reason : "",
    );
  });

  it("look-alikes in a further line", () => {
    expect(readWords("OK\nメモ: \u041EK")).toMatchObject({
      kind: "ambiguous",
      reason: "look_alike_letter",
    });
  });

  it.each(["", " ", "\n\n", "。", "よろしくお願いします", "田中です。", "🙏"])(
    "nothing but courtesy: %j",
    (text) => {
      expect(readWords(text)).toMatchObject({ kind: "ambiguous", reason: "no_answer" });
    },
  );

  it("an essay, or an emoji between the letters", () => {
    expect(readWords(`OK${" ".repeat(6_000)}`).kind).toBe("ambiguous");
    expect(readWords("O👍K").kind).toBe("ambiguous");
    expect(readWords("OK 20👍00").kind).toBe("ambiguous");
  });
});

describe("further lines", () => {
  it.each([
    ["理由: 重複", { value: "duplicate", text: null }],
    ["理由：不正", { value: "fraudulent", text: null }],
    ["理由: お客様都合", { value: "requested_by_customer", text: null }],
    ["理由: その他", { value: "other", text: null }],
    ["理由: その他 色違いで届いた", { value: "other", text: "色違いで届いた" }],
    ["reason: duplicate", { value: "duplicate", text: null }],
    ["Reason: fraudulent", { value: "fraudulent", text: null }],
    ["reason: requested_by_customer", { value: "requested_by_customer", text: null }],
    ["reason: customer", { value: "requested_by_customer", text: null }],
    ["reason: other wrong colour", { value: "other", text: "wrong colour" }],
  ])("%s", (line, refundReason) => {
    expect(readWords(`OK 2000\n${line}`)).toEqual({
      ...NO_LINES,
      kind: "approve",
      figure: "2000",
      refundReason,
    });
  });

  it.each([
    ["メモ: 色違い！ 着払い", { note: "色違い！ 着払い" }],
    ["note: wrong colour", { note: "wrong colour" }],
    ["お客様へ: ご迷惑をおかけしました。", { customerNote: "ご迷惑をおかけしました。" }],
    ["customer: Sorry for the trouble.", { customerNote: "Sorry for the trouble." }],
    ["コード：K7Q3-9XWM", { code: "K7Q3-9XWM" }],
    ["Code: K7Q3-9XWM", { code: "K7Q3-9XWM" }],
    ["メモ:", {}],
  ])("%s", (line, expected) => {
    expect(readWords(`${line}\n承認`)).toEqual({
      ...NO_LINES,
      kind: "approve",
      figure: null,
      ...expected,
    });
  });

  it("may all be there", () => {
    const text =
      "OKです\n理由: 重複\nメモ: 二重決済\nお客様へ: 申し訳ありません。\nコード: AB12\n田中";
    expect(readWords(text)).toEqual({
      kind: "approve",
      figure: null,
      refundReason: { value: "duplicate", text: null },
      note: "二重決済",
      customerNote: "申し訳ありません。",
      code: "AB12",
    });
  });

  it.each([
    "理由: 詐欺かも",
    "理由: fraud",
    "理由: 重複/不正/お客様都合/その他",
    "理由: その他 2000円だけ",
    "理由: 重複\n理由: 不正",
    "メモ: やっぱり待って",
    "メモ: 2000円のみ返金",
    "メモ: 却下",
    "メモ: 送料は?",
    "メモ: a\nメモ: b",
    "コード: AB 12",
    "コード: AB12\nコード: CD34",
    "お客様へ: 返送しましたか？",
    "備考: なし",
    "理由 重複",
    "お客様へ: ご迷惑を\nおかけしました",
  ])("do not make an approval with %j", (lines) => {
    expect(readWords(`OK\n${lines}`).kind).toBe("ambiguous");
  });

  it("keep the code of an answer that is otherwise ambiguous", () => {
    expect(readWords("はい\nコード: AB12")).toMatchObject({ kind: "ambiguous", code: "AB12" });
  });
});

describe("random text around an approval", () => {
  /** All that may surround OK: blanks, full stops and courtesy emoji. */
  const HARMLESS = /^[\s。.!！．｡🙏🙇🙆😊🙂😀😃😄😁😌☺👍👌✨🎉]*$/u;
  const noise = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      ..."はい,まだ,ではない,?,？,ただし,待って,not,未,なら,だけ,NG,2000円 3000円,了解,後で,\u200B,半額,か,…".split(
        ",",
      ),
    ),
  );

  it("is never an approval of the proposed amount", () => {
    fc.assert(
      fc.property(noise, noise, fc.boolean(), fc.boolean(), (before, after, isLine, isBelow) => {
        fc.pre(!HARMLESS.test(before) && !HARMLESS.test(after));
        fc.pre(!/^[a-z ]*(?:hi|thanks|please|best)/i.test(before + after));
        const text = `${before}${isLine ? "\n" : ""}OK${isBelow ? "\n" : " "}${after}`;
        const words = readWords(text);
        expect(words.kind === "approve" && words.figure === null).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never approves a figure that does not follow the word", () => {
    fc.assert(
      fc.property(noise, (after) => {
        const words = readWords(`OK ${after}`);
        if (words.kind !== "approve" || words.figure === null) return;
        expect(after.normalize("NFKC")).toContain(words.figure);
      }),
      { numRuns: 2_000 },
    );
  });

  it("without any word of the table approves nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        fc.pre(!/ok|承認|approve/i.test(text.normalize("NFKC")));
        expect(readWords(text).kind).not.toBe("approve");
      }),
      { numRuns: 2_000 },
    );
  });
});
