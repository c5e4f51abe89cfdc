import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";
import { writtenText } from "../../../src/domain/approval/reply-text.ts";
import { REQUEST } from "../../support/quoted-request.ts";

const JUST_OK = { text: "OK", ambiguous: null };
const MARKER = REQUEST[0] ?? "";
const HEADER = "2026/11/20 10:04、返金係 <refund@shop.example>のメール:";

function written(lines: readonly string[]) {
  return writtenText({ text: lines.join("\n"), htmlText: null });
}

/** What the whole reading makes of it: doubts about the text come before its words. */
function kindOf(lines: readonly string[]): string {
  const { text, ambiguous } = written(lines);
  return ambiguous === null ? readWords(text).kind : "ambiguous";
}

describe("the lines between quoted ones", () => {
  it.each([
    ["after the second of three", ["> 承認しますか", "> コード: K7Q3", "OK", "> お客様の文面"]],
    ["above the last of many", ["> a", "> b", "> c", "> d", "2000円だけ", "> e"]],
  ])("are nobody's answer: %s", (_name, lines) => {
    expect(written(lines).ambiguous).toBe("text_inside_quote");
    expect(written(["OK", ...lines]).ambiguous).toBe("text_inside_quote");
  });

  it.each([
    ["empty", ""],
    ["of blanks", " \u3000"],
    ["of invisible characters", "\u200B\uFEFF"],
  ])("may be %s: many clients mark no blank line", (_name, line) => {
    expect(written(["OK", "> 承認しますか", line, "> コード: K7Q3"])).toEqual(JUST_OK);
  });
});

describe("our marker in a quote", () => {
  it("is cut with the end that was wrapped off its quoted line", () => {
    const lines = ["OK", "> ##- 返信はこの線より", "上にお書きください -##", "> 承認しますか"];
    expect(written(lines)).toEqual(JUST_OK);
  });

  it("takes no written word with it", () => {
    const lines = ["OK", "> ##- 返信はこの線より", "上にお書きください -## 2000円だけ"];
    expect(written(lines).text).toContain("2000円だけ");
    expect(kindOf(lines)).toBe("ambiguous");
  });
});

describe("our marker above an unmarked quote", () => {
  it("is cut with our request, whose customer has second thoughts", () => {
    expect(REQUEST.join()).toContain("やっぱり");
    expect(written(["OK", ...REQUEST])).toEqual(JUST_OK);
  });

  it.each(["やっぱり待って", "2000円だけ", "返品後", "返金しません"])(
    "does not hide that its quote was deleted and %s written there",
    (line) => {
      const lines = ["OK", MARKER, "", line];
      expect(written(lines)).toEqual({ text: "OK", ambiguous: "text_below_quote_header" });
    },
  );

  it("leaves a refusal above it readable", () => {
    expect(written(["却下", MARKER, "田中"])).toEqual({ text: "却下", ambiguous: null });
    expect(kindOf(["却下", MARKER, "田中"])).toBe("reject");
  });
});

describe("the header above a quote", () => {
  it.each([
    ["directly below", [HEADER, "> 承認しますか", "> コード: K7Q3"]],
    ["below a blank line", [HEADER, "", "> 承認しますか", "> コード: K7Q3"]],
    ["below an invisible line", [HEADER, "\u200B", "> 承認しますか", "> コード: K7Q3"]],
    ["marked with a name", [HEADER, "返金係> 承認しますか", "返金係> コード: K7Q3"]],
  ])("is cut with its marked quote %s, and what follows the quote counts", (_name, quote) => {
    expect(written(["OK", ...quote])).toEqual(JUST_OK);
    expect(written([...quote, "OK"])).toEqual(JUST_OK);
    expect(kindOf(["OK", ...quote, "NG"])).toBe("ambiguous");
    expect(kindOf(["OK", ...quote, "在庫を見てから"])).toBe("ambiguous");
  });

  it("is cut where nothing at all follows it", () => {
    expect(written(["OK", HEADER])).toEqual(JUST_OK);
    expect(written(["OK", HEADER, "", ""])).toEqual(JUST_OK);
  });

  it.each([
    ["far below it", [HEADER, "", "", "", "", "やっぱり待って"]],
    ["below invisible lines", [HEADER, "\u200B", "\u200B", "\u200B", "やっぱり待って"]],
    ["first of two lines", [HEADER, "やっぱり待って", "在庫を見てから"]],
    ["last of three lines", [HEADER, "返金の件", "在庫を見てから", "やっぱり待って"]],
  ])("does not hide a second thought %s", (_name, below) => {
    expect(written(["OK", ...below]).ambiguous).toBe("text_below_quote_header");
  });

  it("is no doubt above an unmarked quote of our length, whose customer has second thoughts", () => {
    const quote = REQUEST.slice(2);
    expect(quote.join()).toContain("やっぱり");
    expect(written(["OK", HEADER, ...quote])).toEqual(JUST_OK);
    const four = ["返金の承認", "お客様の文面:", "やっぱり待って", "コード: K7Q3"];
    expect(written(["OK", HEADER, ...four])).toEqual(JUST_OK);
  });

  it("leaves an answer between two of them in HTML whose quotes are gone", () => {
    const text = [HEADER, "", "OK", "", HEADER].join("\n");
    const result = writtenText({ text: null, htmlText: { text, suspicious: false } });
    expect(result).toEqual(JUST_OK);
  });
});

describe("quotes marked with a name", () => {
  it.each([
    ["two lines", ["Tanaka> 承認しますか", "Tanaka> コード: K7Q3"]],
    ["indented lines", ["  Tanaka> 承認しますか", "\tTanaka> コード: K7Q3"]],
    ["a line without words", ["Tanaka> 承認しますか", "Tanaka>", "Tanaka> コード: K7Q3"]],
    ["a Japanese name", ["返金係> 承認しますか", "返金係> コード: K7Q3"]],
    ["initials", ["T> 承認しますか", "T> コード: K7Q3"]],
    ["twenty letters", ["a", "b"].map((line) => `${"x".repeat(20)}> ${line}`)],
    ["two names", ["a> 1", "b> 2", "a> 3", "b> 4"]],
  ])("are cut: %s", (_name, quote) => {
    expect(written(["OK", ...quote])).toEqual(JUST_OK);
    expect(kindOf(["OK", ...quote, "NG"])).toBe("ambiguous");
    expect(kindOf(quote)).toBe("ambiguous");
  });

  it.each([
    ["a sentence before the sign", ["在庫を 注意> 見てから", "返品を 注意> 待ってから"]],
    ["something longer than a name", ["a", "b"].map((line) => `${"x".repeat(21)}> ${line}`)],
    ["an address", ["田中@本店> 見てから", "田中@本店> 在庫確認"]],
    ["a label", ["注意:在庫> 見てから", "注意:在庫> 返品待ち"]],
    ["no blank behind the sign", ["在庫>見てから", "在庫>返品待ち"]],
    ["a different name each", ["在庫> 見てから", "返品> 待ってから"]],
    ["one line alone", ["在庫> 見てから"]],
  ])("are not %s, which stays in the answer", (_name, lines) => {
    expect(written(["OK", ...lines]).text).toBe(["OK", ...lines].join("\n"));
    expect(kindOf(["OK", ...lines])).toBe("ambiguous");
  });
});

describe("the line of a device", () => {
  it.each([
    "iPhoneから送信。",
    "iphoneから送信",
    "GALAXYから送信されました",
    "Sent from my iPhone.",
    "sent from my iphone",
    "SENT FROM MY PIXEL 9 PRO",
    "Outlook for iOS",
    "Get Outlook for iOS",
    "get outlook for ios",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android <https://aka.ms/AAb9ysg>",
    "Get Outlook for Mac (https://aka.ms/GetOutlookForMac)",
    "Get Outlook for iOS <https://aka.ms/o0ukef>.",
    "Outlook for iOSを入手",
    "Outlook for iOS を入手",
    "Outlook for iOS を入手する",
    "Outlook for iOS を入手<https://aka.ms/o0ukef>",
    "Outlook for iOS を入手する (https://aka.ms/o0ukef)",
    "Outlook for iOS<https://aka.ms/o0ukef>を入手",
    "Outlook for iOS <https://aka.ms/o0ukef> を入手する",
    "Outlook for iOS (https://aka.ms/o0ukef) を入手",
  ])("is cut: %s", (line) => {
    expect(written(["OK", "", line])).toEqual(JUST_OK);
  });

  it.each([
    "在庫を見てから Get Outlook for iOS",
    "NG, Outlook for iOS",
    "Outlook for iOS の分は在庫を見てから",
    "Get Outlook for iOS <https://aka.ms/o0ukef> 2000円だけ",
    "Outlook for iOS を入手してから",
    "Outlook for iOS <https://aka.ms/ 2000円だけ>",
    "Outlook for iOS <https://aka.ms/ 2000円だけ> を入手",
  ])("stays where it says more: %s", (line) => {
    expect(written(["OK", line]).text).toBe(`OK\n${line}`);
    expect(kindOf(["OK", line])).toBe("ambiguous");
  });
});

describe("a signature", () => {
  it.each([
    ["only words of its own below the delimiter", ["OK", "-- ", "返品OKの店"]],
    ["a blank line below a single rule", ["OK", "---", "", "田中", "", "よろしくお願いします"]],
    ["an address without its label", ["OK", "****", "田中花子", "****", "東京都", "TEL 1"]],
    ["a bare telephone number", ["OK", "---", "サンプル 03-1234-5678"]],
    ["a bare number of a mobile", ["OK", "---", "サンプル 0901-23-4567"]],
    ["a plain link", ["OK", "---", "http://shop.example/"]],
    ["a secure link", ["OK", "---", "https://shop.example/"]],
    ["an address written out", ["OK", "---", "Email tanaka at shop.example"]],
    ["an address written out with a hyphen", ["OK", "---", "E-mail tanaka at shop.example"]],
  ])("is cut with %s", (_name, lines) => {
    expect(written(lines)).toEqual(JUST_OK);
  });

  it.each([
    ["a name above it", ["OK", "---", "田中", "注文が二つあります"]],
    ["a courtesy above it", ["OK", "---", "お疲れ様です", "在庫を見てから"]],
    ["a date in it", ["OK", "---", "返金は2026-11-20以降"]],
    ["a number too short for a telephone", ["OK", "---", "返金は1-20-2000の分"]],
    ["another in it", ["OK", "---", "返金は20-1-2000の分"]],
  ])("is not what stands below a single rule with %s", (_name, lines) => {
    expect(written(lines).ambiguous).toBe("text_below_rule");
  });

  it.each([
    ["ends in hyphens", ["OK", "在庫を見てから---", "田中"]],
    ["ends in asterisks", ["OK", "2000円の分***", "田中"]],
    ["holds a telephone number", ["OK", "03-1234-5678 に確認してから"]],
    ["holds a link", ["OK", "https://shop.example/ を見てから"]],
  ])("begins at no line that says more and %s", (_name, lines) => {
    expect(written(lines)).toEqual({ text: lines.join("\n"), ambiguous: null });
    expect(kindOf(lines)).toBe("ambiguous");
  });

  it.each([
    ["in one below a quote", ["OK", "> 承認しますか", "-- ", "PS: wait for the goods"]],
    ["in the first of two", ["OK", "-- ", "PS: wait for the goods", "> 承認しますか", "田中"]],
    ["in capitals", ["OK", "-- ", "WAIT for the goods"]],
    ["full-width", ["OK", "-- ", "２０００円だけ"]],
  ])("does not hide a second thought %s", (_name, lines) => {
    expect(written(lines).ambiguous).toBe("text_in_signature");
  });

  it.each(["-- ", "--", "━━━━"])("below %j leaves a refusal readable", (line) => {
    expect(written(["却下", line, "田中"])).toEqual({ text: "却下", ambiguous: null });
    expect(kindOf(["却下", line, "田中"])).toBe("reject");
  });
});

it("reads as much as a long thread holds, and no more", () => {
  const blanks = "\n".repeat(50_000 - "OK".length);
  expect(written([`OK${blanks}`])).toEqual(JUST_OK);
  expect(written([`OK${blanks}\n`])).toEqual({ text: "", ambiguous: "too_long" });
});
