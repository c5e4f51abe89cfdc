import { describe, expect, it } from "vitest";
import { type Screen, screenOf } from "../../src/commands/screen.ts";
import { createTable, table } from "../../src/commands/table.ts";
import { fitText, textWidth } from "../../src/commands/text-width.ts";

describe("the width of a text", () => {
  it.each([
    ["", 0],
    ["R-12", 4],
    ["田中太郎", 8],
    ["タナカ", 6],
    ["ﾀﾅｶ", 3],
    ["ｶﾞ", 2],
    ["が", 2],
    ["か\u3099", 2],
    ["e\u0301", 1],
    ["（株）", 6],
    ["〒150", 5],
    ["①②…※→○α", 7],
    ["¥2,467", 6],
    ["￥２", 4],
    ["👍", 2],
    ["👨‍👩‍👧", 2],
    ["👍🏽", 2],
    ["🇯🇵", 2],
    ["☎", 1],
    ["☎\ufe0f", 2],
    ["✅", 2],
    ["𠮷野家", 6],
    ["葛\u{e0100}城", 4],
    ["a\u200bb", 2],
    ["한국", 4],
  ])("of %j is %i", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it.each([
    ["田中太郎", 8, "田中太郎"],
    ["田中太郎", 7, "田中太…"],
    ["田中太郎", 6, "田中…"],
    ["田中太郎", 1, "…"],
    ["田中太郎", 0, ""],
    ["か\u3099か\u3099か\u3099", 5, "か\u3099か\u3099…"],
    ["👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"],
  ])("of %j is cut to %i columns", (text, columns, cut) => {
    expect(fitText(text, columns)).toBe(cut);
    expect(textWidth(cut)).toBeLessThanOrEqual(Math.max(columns, 0));
  });
});

describe("a table", () => {
  const starts = (lines: readonly string[], mark: string) =>
    lines.map((line) => textWidth(line.slice(0, line.indexOf(mark))));

  it("begins every column at one place, whatever stands before it", () => {
    const names = ["田中太郎", "Bob", "ﾀﾅｶ", "👨‍👩‍👧 家族", "か\u3099", "①社", "葛\u{e0100}城"];
    const lines = table(names.map((name) => [name, "|"]));
    expect(new Set(starts(lines, "|")).size).toBe(1);
  });

  it("ends amounts below each other", () => {
    const lines = table(
      [
        ["R-1", "¥2,467", "田中"],
        ["R-2", "¥125,400", "鈴木"],
        ["R-3", "", "高橋"],
      ],
      {
        header: ["Ticket", "Amount", "Name"],
        right: [1],
      },
    );
    expect(lines).toEqual([
      "Ticket    Amount  Name",
      "R-1       ¥2,467  田中",
      "R-2     ¥125,400  鈴木",
      "R-3               高橋",
    ]);
  });

  it("shown in parts has one header, and columns that only grow", () => {
    const linesOf = createTable({ header: ["Ticket", "Name"] });
    expect(linesOf([["R-1", "田中"]])).toEqual(["Ticket  Name", "R-1     田中"]);
    expect(linesOf([["R-2", "鈴木"]])).toEqual(["R-2     鈴木"]);
    expect(linesOf([["R-1000000", "高橋"]])).toEqual(["R-1000000  高橋"]);
    expect(linesOf([["R-3", "佐藤"]])).toEqual(["R-3        佐藤"]);
    expect(linesOf([])).toEqual([]);
  });

  const terminal = (columns: number): Screen => screenOf({ isTTY: true, columns });

  it("cuts the longest cells to the terminal's width, and nothing in a file", () => {
    const row = [
      "R-1",
      "とても長いお名前のお客様でございます",
      "a-long-address@customer.example.jp",
    ];
    const [line = ""] = table([row], { screen: terminal(50) });
    expect(textWidth(line)).toBeLessThanOrEqual(50);
    expect(line).toMatch(/^R-1 {2}とても.*… {2}a-long.*…$/);
    expect(table([row])).toEqual([row.join("  ")]);
  });

  it("leaves short columns readable where the terminal is far too narrow", () => {
    const [line] = table([["R-1", "2026-11-21 15:50", "田中太郎"]], { screen: terminal(5) });
    expect(line).toBe("R-1  2026…  田中…");
  });

  it("pads by what is seen, not by the codes of a colour", () => {
    const screen = screenOf({ isTTY: true, columns: 80, hasColors: () => true });
    const rows = [
      [{ text: "refunded", style: "good" as const }, "x"],
      ["awaiting_approval", "x"],
    ];
    expect(table(rows, { screen })).toEqual([
      "\u001b[32mrefunded\u001b[39m           x",
      "awaiting_approval  x",
    ]);
  });

  it("keeps a text from outside on its line and makes its signs harmless", () => {
    expect(table([["a\r\nb\u001b[2J\u0007\u009b31m\u202e", "x"]])).toEqual([
      "a b\\u001b[2J\\u0007\\u009b31m\\u202e  x",
    ]);
  });
});
