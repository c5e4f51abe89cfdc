import { describe, expect, it } from "vitest";
import { splitQuote } from "../../../src/domain/intake/quoted-text.ts";
import { MARKER_EN, MARKER_JA } from "../../../src/domain/quote-layouts.ts";

describe("what a customer wrote above a mail of ours", () => {
  it.each([
    ["in Japanese", `── ${MARKER_JA} ──`],
    ["in English", `-- ${MARKER_EN.toUpperCase()} --`],
    ["in wide letters", MARKER_EN.replace("above", "ａｂｏｖｅ")],
    ["that is wrapped", MARKER_EN.replace("above", "abo\nve")],
  ])("ends at our marker %s", (_how, marker) => {
    expect(splitQuote(`678です。\n${marker}\n本文\n注文番号: 679`)).toEqual({
      own: "678です。",
      quoted: "本文\n注文番号: 679",
    });
  });

  it("goes on where nothing announces a quote", () => {
    const text = "線のついた箱です。\nabove all, thanks\n> 引用\nおわり";
    expect(splitQuote(text)).toEqual({
      own: "線のついた箱です。\nabove all, thanks\nおわり",
      quoted: "引用",
    });
  });
});
