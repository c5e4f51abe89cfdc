import { expect, it } from "vitest";
import { fitText, textWidth, wrapText } from "../../src/commands/text-width.ts";

const RANGES = [
  [0x20, 0x7e],
  [0xa5, 0xa5],
  [0x3000, 0x3029],
  [0x3041, 0x3096],
  [0x30a1, 0x30fe],
  [0x3400, 0x34ff],
  [0x4e00, 0x4fff],
  [0xff01, 0xff5e],
  [0xffe0, 0xffe6],
] as const;

it("plain signs are as wide by the short way as by the long one", () => {
  const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
  for (const [from, to] of RANGES) {
    const codes = Array.from({ length: to - from + 1 }, (_none, at) => from + at);
    const signs = codes.map((code) => String.fromCodePoint(code));
    expect([...segmenter.segment(signs.join(""))]).toHaveLength(signs.length);
    // A mark on top sends a sign the long way, and takes no room.
    const other = signs.filter((sign) => textWidth(`${sign}\u0301`) !== textWidth(sign));
    expect(other).toEqual([]);
  }
});

it.each([
  ["注文番号 679", 12],
  ["¥1,500", 6],
  ["が", 2],
  ["か\u3099", 2],
  ["ｶﾞ", 2],
  ["👨‍👩‍👧 山田", 7],
])("%s takes %i columns", (text, columns) => {
  expect(textWidth(text)).toBe(columns);
});

it("a line is cut and broken between signs", () => {
  expect(fitText("山田太郎様", 7)).toBe("山田太…");
  expect(wrapText("山田太郎様", 4)).toEqual(["山田", "太郎", "様"]);
});
