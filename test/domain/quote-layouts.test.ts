import { describe, expect, it } from "vitest";
import { readWords } from "../../src/domain/approval/approval-words.ts";
import { MARKER_EN, writtenText } from "../../src/domain/approval/reply-text.ts";
import { englishFields, marked, REQUEST } from "../support/quoted-request.ts";

const unmarkedFields = [
  "差出人: 返金係 <refund@shop.example>",
  "送信日時: 2026年11月20日 10:04",
  "宛先: 田中 花子 <tanaka@shop.example>",
  "CC: keiri@shop.example",
  "件名: [R-12] 返金の承認をお願いします",
];

/** What a client makes of an answer: the answer stands where `null` is. */
const LAYOUTS: readonly (readonly [string, readonly (string | null)[]])[] = [
  ["Gmail ja", [null, "", "2026年11月20日(金) 10:04 返金係 <refund@shop.example>:", "", ...marked]],
  [
    "Gmail ja, wrapped after <",
    [
      null,
      "",
      "2026年11月20日(金) 10:04 サンプル商店 返金係 <",
      "refund@shop.example>:",
      "",
      ...marked,
    ],
  ],
  [
    "Gmail ja before 2012",
    [null, "", "2009/08/26 11:24 に 返金係 <refund@shop.example> さんは書きました:", ...marked],
  ],
  [
    "Evolution ja",
    [null, "", "2006-11-08 (水) の 11:31 +0100 に 返金係 さんは書きました:", ...marked],
  ],
  ["Roundcube ja", [null, "", "2026-06-29 14:16 に 返金係 さんは書きました:", ...marked]],
  [
    "さんは書きました, unmarked",
    [null, "", "2026/11/20 10:04 に 返金係 さんは書きました:", ...REQUEST],
  ],
  [
    "Gmail en",
    [
      null,
      "",
      "On Fri, Nov 20, 2026 at 10:04 AM Refunds <refund@shop.example> wrote:",
      "",
      ...marked,
    ],
  ],
  [
    "Gmail en, wrapped",
    [
      null,
      "",
      "On Fri, Nov 20, 2026 at 10:04\u202FAM Refunds of the shop <",
      "refund@shop.example> wrote:",
      "",
      ...marked,
    ],
  ],
  [
    "iPhone ja",
    [
      null,
      "",
      "iPhoneから送信",
      "",
      "\uFEFF2026/11/20 10:04、返金係 (サンプル商店) <refund@shop.example>のメール:",
      "",
      "\uFEFF",
      ...marked,
    ],
  ],
  [
    "Apple Mail ja, unmarked",
    [null, "", "2026/11/20 午前10:04、返金係 <refund@shop.example>のメール：", "", ...REQUEST],
  ],
  [
    "Apple Mail ja, older",
    [null, "", "2026/11/20 10:04、返金係 <refund@shop.example>のメッセージ:", "", ...marked],
  ],
  [
    "Apple Mail en",
    [null, "", "On Nov 20, 2026, at 10:04, Refunds <refund@shop.example> wrote:", "", ...marked],
  ],
  [
    "iPhone en",
    [
      null,
      "",
      "Sent from my iPhone",
      "",
      "On Nov 20, 2026, at 10:04 AM, Refunds <refund@shop.example> wrote:",
      "",
      ...marked,
    ],
  ],
  [
    "Spark ja",
    [null, "", "2026年7月22日 18:12 +0900、返金係 <refund@shop.example>のメール:", ...marked],
  ],
  ["Outlook ja", [null, "", "________________________________", ...unmarkedFields, "", ...REQUEST]],
  ["Outlook ja without a rule", [null, "", ...unmarkedFields, "", ...REQUEST.slice(1)]],
  ["Outlook en", [null, "", "________________________________", ...englishFields, "", ...REQUEST]],
  [
    "Outlook for iOS ja",
    [
      null,
      "",
      "Outlook for iOS を入手<https://aka.ms/o0ukef>",
      "________________________________",
      ...englishFields,
      "",
      ...REQUEST,
    ],
  ],
  [
    "Outlook for Android en",
    [
      null,
      "",
      "Get Outlook for Android<https://aka.ms/AAb9ysg>",
      "",
      ...englishFields,
      "",
      ...REQUEST,
    ],
  ],
  [
    "Outlook plain text",
    [null, "", "-----Original Message-----", ...englishFields, "", ...REQUEST],
  ],
  [
    "Outlook ja plain text",
    [null, "", "-----元のメッセージ-----", ...unmarkedFields, "", ...REQUEST.slice(1)],
  ],
  [
    "eM Client ja",
    [
      null,
      "",
      "------ 元のメッセージ ------",
      '差出人 "返金係" <refund@shop.example>',
      '宛先 "田中"',
      "件名 [R-12]",
      "",
      ...marked,
    ],
  ],
  [
    "Yahoo!メール",
    [
      null,
      "",
      "----- Original Message -----",
      "From: refund@shop.example",
      "To: tanaka@shop.example",
      "Date: 2026/11/20, Fri 10:04",
      "Subject: [R-12]",
      "",
      "",
      ...marked,
    ],
  ],
  ["Thunderbird", ["On 2026/11/20 10:04, 返金係 wrote:", ...marked, "", null]],
  ["Thunderbird ja, older", ["(2014/08/05 3:51), 返金係 wrote:", ...marked, "", null]],
  [
    "Becky!",
    [
      null,
      "",
      "On Fri, 20 Nov 2026 10:04:33 +0900",
      "返金係 <refund@shop.example> wrote:",
      "",
      ...marked,
    ],
  ],
  ["Becky! without a line", [null, "", ...marked]],
  ["秀丸メール", [...REQUEST.map((line) => `返金係> ${line}`), "", null]],
  ["no quote at all", [null]],
  ["unmarked, without a line above", [null, "", ...REQUEST]],
  [
    "below a marked quote, with a signature",
    [...marked, "", null, "", "-- ", "田中 花子", "OKストア"],
  ],
  ["English marker", [null, "", `##- ${MARKER_EN} -##`, "", "Reply OK to approve."]],
  [
    "marker wrapped",
    [null, "", "##- 返信はこの線より上に", "お書きください -##", "", "OK とお書きください"],
  ],
  [
    "marker wrapped over three lines",
    [null, "", "##- 返信は", "この線より上にお書き", "ください -##", "OK"],
  ],
  [
    "quoted marker wrapped",
    ["> ##- 返信はこの線より上に", "お書きください -##", "> 「OK」", "", null],
  ],
];

const ANSWERS = [
  ["OK", "approve"],
  ["OK 2000", "approve"],
  ["NG", "reject"],
  ["OKですか？", "ambiguous"],
] as const;

function body(lines: readonly (string | null)[], answer: string): string {
  return lines.map((line) => line ?? answer).join("\r\n");
}

function written(text: string) {
  return writtenText({ text, htmlText: null });
}

describe.each(LAYOUTS)("an answer written with %s", (_name, lines) => {
  it.each(ANSWERS)("%s is all that is left", (answer, kind) => {
    const result = written(body(lines, answer));
    expect(result).toEqual({ text: answer, ambiguous: null });
    expect(readWords(result.text).kind).toBe(kind);
  });

  it("is empty where nothing was written", () => {
    expect(written(body(lines, "")).text).toBe("");
  });
});
