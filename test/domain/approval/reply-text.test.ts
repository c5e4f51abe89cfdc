import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";
import { writtenText } from "../../../src/domain/approval/reply-text.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { englishFields, marked, REQUEST } from "../../support/quoted-request.ts";

function written(text: string) {
  return writtenText({ text, htmlText: null });
}

describe("a line like a mail program's above a quote", () => {
  it.each([
    ["On Mon, Nov 9, 2026, I don't wrote:"],
    ["2026/11/09 10:00、\n待ち合わせ さんが書きました:"],
    ["On Mon, Nov 9, 2026, Taro would\nnot <taro@mail.example> wrote:"],
  ])("is left for the grammar to doubt where it speaks of doubt itself: %j", (header) => {
    expect(written(`OK\n\n${header}\n> a\n> b\n> c\n> d`)).toEqual({
      text: `OK\n\n${header}`,
      ambiguous: null,
    });
  });
});

describe("signatures", () => {
  it.each([
    ["the usual delimiter", "OK\n-- \n田中 花子\nTEL 03-1234-5678 (平日OK)"],
    ["a delimiter whose blank was lost", "OK\n--\nTanaka"],
    ["a ruled block", "OK\n\n━━━━━━━━━━\nサンプル商店 田中 (返金OK)\nTEL 03-1234-5678\n━━━━━━━━━━"],
    ["a ruled block with a name alone", "OK\n==========\n田中\n=========="],
    [
      "a name between rules, details below",
      "OK\n**********\n田中花子\n**********\n株式会社サンプル\nTEL 03-1234-5678",
    ],
    ["a single rule above contact details", "OK\n---\nサンプル商店\nhttps://shop.example/"],
    ["a single rule above a name", "OK\n-----\n田中"],
    ["a phone", "OK\niPhoneから送信"],
    ["another phone", "OK\n\nスマートフォンから送信"],
    ["an app", "OK\n\nYahoo!メールアプリから送信"],
    ["an English app", "OK\n\nSent from Outlook for iOS"],
    ["an English phone", "OK\n\nSent from my Galaxy"],
  ])("cuts %s", (_name, text) => {
    expect(written(text)).toEqual({ text: "OK", ambiguous: null });
  });

  it.each([
    ["-- \nOK\nサンプル商店"],
    ["━━━━━━━━\nOK\n━━━━━━━━"],
    ["\n\n━━━━━━━━\n承認します\nTEL 03-1234-5678"],
    ["---\nOK"],
    ["iPhoneから送信"],
  ])("never reads an approval from %j", (text) => {
    const result = written(text);
    expect(readWords(result.text).kind).toBe("ambiguous");
  });

  it.each([
    ["OK\n-- \nPS: wait for the goods", "text_in_signature"],
    ["OK\n---\nただし2000円だけ返金してください", "text_in_signature"],
    ["OK\n━━━━\n2000円でお願いします\n━━━━", "text_in_signature"],
    ["OK\n-- \n2000円に変更してください", "text_in_signature"],
    ["OK\n━━━━\nOK 2000\n━━━━", "text_in_signature"],
    ["OK\n---\n注文が二つあります", "text_below_rule"],
    // Between rules as below one: what nobody can tell for a signature is none.
    ["OK\n==========\n返品OKの店 サンプル\n==========", "text_below_rule"],
    ["OK\n====\n来月払ってください\n====", "text_below_rule"],
    ["OK\n====\n来月にしてください\n====", "text_below_rule"],
    ["OK\n====\n来月にしてください\n====\nよろしくお願いします", "text_below_rule"],
  ])("does not overlook what is written in one: %j", (text, reason) => {
    expect(written(text).ambiguous).toBe(reason);
  });

  it.each(["OK\n＞田中さん、やっぱり却下で", "OK\n> やっぱり待って", "> 返品が届いてから\nOK"])(
    "does not overlook a few lines that only look quoted: %j",
    (text) => {
      expect(written(text).ambiguous).toBe("text_inside_quote");
    },
  );

  it.each([
    "OK\n返品するまで待って taro@mail.example wrote:",
    "OK\nOn Mon, Nov 16, 2026 at 9:00 AM please do not pay yet, x wrote:",
    "OK\n差出人: 待つ\n件名: 返品後\n宛先: 待つ\n日付: 未定",
    "OK\n件名: 返品後\n宛先: 待つ\n日付: 未定",
    "OK\n＞＜ 待ってください",
  ])("does not take words for the head of a quote: %j", (text) => {
    expect(readWords(written(text).text).kind).toBe("ambiguous");
  });

  it("does not overlook an afterthought below the marker of a quote that was cut", () => {
    const text = `OK\n\n${REQUEST[0]}\n\n待ってください`;
    expect(written(text).ambiguous).toBe("text_below_quote_header");
  });

  it.each([
    "OK\niPhoneから送信\nやっぱり待って",
    "OK\n━━━━\n田中 TEL 03-1234-5678\n━━━━\nやっぱり待って",
    "OK\n明日私から送信します",
    "OK\nSent from my heart but do not refund",
  ])("leaves what stands below one in the answer: %j", (text) => {
    expect(readWords(written(text).text).kind).toBe("ambiguous");
  });
});

describe("marked quotes", () => {
  it.each([
    ["OK above, a second thought below", ["OK", ...marked, "やっぱり待って"]],
    ["two answers around", ["OK", ...marked, "NG"]],
    ["two amounts around", ["OK 2000", ...marked, "OK 3000"]],
    ["OK only in the quote", [...marked]],
    ["OK only in the quote, marked full-width", REQUEST.map((line) => `＞ ${line}`)],
    ["one line that only looks like NAME>", ["OK", "注意> 在庫を見てから"]],
  ])("%s is no approval", (_name, lines) => {
    const result = written(lines.join("\n"));
    expect(result.ambiguous).toBeNull();
    expect(readWords(result.text).kind).toBe("ambiguous");
  });

  it("let nobody's answer be read between their lines, where a wrapped line leaves its end", () => {
    const between = ["OK", marked[0], "2000円だけ", ...marked.slice(1)];
    expect(written(between.join("\n")).ambiguous).toBe("text_inside_quote");
    const wrapped = [marked[0], "OK", ...marked.slice(1)];
    expect(written(wrapped.join("\n")).ambiguous).toBe("text_inside_quote");
  });

  it("keep an inline answer", () => {
    const text = ["> 承認しますか", "OK 2000", "> コード: K7Q3"].join("\n");
    expect(written(text).text).toBe("OK 2000");
  });
});

describe("lines that only resemble a header", () => {
  it.each([
    "OK\n2026年11月20日まで待ってください:",
    "OK\nOn Friday I saw what Bob wrote:",
    "OK\n差出人: 田中さんに聞いてから",
    "OK\n在庫を確認してから 2026/11/20 10:04、返金係のメール:",
    "OK\n-----Original Message----- は見ていません",
  ])("stay in the answer: %j", (text) => {
    expect(readWords(written(text).text).kind).toBe("ambiguous");
  });

  it.each([
    ["OK\n待って ##- 返信はこの線より上にお書きください -##", "text_beside_marker"],
    ["OK\nただし2000円 返信はこの線より上に\nお書きください -##", "text_beside_marker"],
    ["OK\nOn 2026/11/20 10:04, 返金係 wrote:\nやっぱり待って", "text_below_quote_header"],
  ])("%j is ambiguous: %s", (text, reason) => {
    expect(written(text).ambiguous).toBe(reason);
  });
});

describe("forwards", () => {
  it.each([
    "---------- Forwarded message ---------",
    "-----転送メッセージ-----",
    "---------- 転送されたメッセージ ----------",
    "Begin forwarded message:",
  ])("make it ambiguous: %s", (line) => {
    const result = written(["OK", "", line, ...englishFields, "", ...REQUEST].join("\n"));
    expect(result).toEqual({ text: "OK", ambiguous: "forwarded" });
  });

  it("inside a quote do not", () => {
    expect(written("OK\n> ---------- Forwarded message ---------").ambiguous).toBeNull();
  });
});

describe("HTML", () => {
  it("is read where there is no text", () => {
    const html = { text: "OK\n\niPhoneから送信\n", suspicious: false };
    expect(writtenText({ text: null, htmlText: html })).toEqual({ text: "OK", ambiguous: null });
  });

  it("is not read where there is text, even an empty one", () => {
    expect(writtenText({ text: "", htmlText: { text: "OK", suspicious: false } }).text).toBe("");
  });

  it("that hides something is ambiguous", () => {
    const result = writtenText({ text: null, htmlText: { text: "OK", suspicious: true } });
    expect(result.ambiguous).toBe("suspicious_html");
  });

  it("that hides something does not matter beside text", () => {
    const result = writtenText({ text: "OK", htmlText: { text: "NG", suspicious: true } });
    expect(result).toEqual({ text: "OK", ambiguous: null });
  });

  it("keeps what stands below an attribution whose quote is gone", () => {
    const text = "OK\n\n2026/11/20 10:04、返金係 <refund@shop.example>のメール:\n\n2000円だけ";
    const result = writtenText({ text: null, htmlText: { text, suspicious: false } });
    expect(result.text).toMatch(/^OK\n\s*2000円だけ$/);
    expect(readWords(result.text).kind).toBe("ambiguous");
  });

  it("is cut at our marker and at the header of an unmarked quote", () => {
    const marker = ["OK", "2026/11/20 10:04、返金係 <refund@shop.example>のメール:", ...REQUEST];
    const fields = ["OK", ...englishFields, "", "Reply OK to approve."];
    for (const lines of [marker, fields]) {
      const htmlText = { text: lines.join("\n"), suspicious: false };
      expect(writtenText({ text: null, htmlText })).toEqual({ text: "OK", ambiguous: null });
    }
  });

  it("absent like the text leaves nothing", () => {
    expect(writtenText({ text: null, htmlText: null })).toEqual({ text: "", ambiguous: null });
  });
});

it("keeps a zero-width character inside a word, for the grammar to find", () => {
  expect(written("O\u200BK\n\u200B\n> x").text).toBe("O\u200BK");
});

it("does not read what nobody could have written", () => {
  expect(written("x".repeat(300_001))).toEqual({ text: "", ambiguous: "too_long" });
});

it("reads the longest and most header-like text within seconds", () => {
  const text = "2026年11月20日(金) 10:04 x <\n".repeat(300_000 / 28);
  const start = process.cpuUsage();
  expect(readWords(written(`OK\n${text}`).text).kind).toBe("ambiguous");
  expect(cpuMs(start)).toBeLessThan(5_000);
});
