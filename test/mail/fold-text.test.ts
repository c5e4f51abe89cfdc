import { describe, expect, it } from "vitest";
import { foldText, markValues } from "../../src/mail/fold-text.ts";

const columns = (line: string) => [...line].reduce((n, c) => n + (c > "\u2fff" ? 2 : 1), 0);
const value = (text: string) => `\u0002${text}\u0003`;

describe("a folded sentence", () => {
  it("stays as it is where it fits", () => {
    expect(foldText("短い文です。")).toBe("短い文です。");
    expect(foldText("")).toBe("");
  });

  it("is broken after punctuation, or where a phrase ends", () => {
    const lines = foldText(
      "お支払いがお済みの場合は、お手数ですが、お支払いの日付・金額・お名前をこのメールにご返信ください。改めてお調べいたします。",
    ).split("\n");
    expect(lines).toEqual([
      "お支払いがお済みの場合は、お手数ですが、",
      "お支払いの日付・金額・お名前をこのメールにご返信ください。",
      "改めてお調べいたします。",
    ]);
    expect(
      foldText(
        "このたびのお申し出については詳しい内容を担当者がひとつずつ確かめたあとで連絡します",
      ),
    ).toBe("このたびのお申し出については詳しい内容を担当者がひとつずつ\n確かめたあとで連絡します");
  });

  it("keeps お and ご with their word, and words such as とおり whole", () => {
    const text = "下記のとおり".repeat(8) + "お客様".repeat(8) + "をご案内".repeat(8);
    for (const line of foldText(text).split("\n")) {
      expect(line).not.toMatch(/^(?:り|客|案)|[おご]$/);
    }
  });

  it("begins no line with punctuation and loses no character", () => {
    const text = "「見本」、（見本）。".repeat(20);
    const folded = foldText(text);
    expect(folded.replaceAll("\n", "")).toBe(text);
    for (const line of folded.split("\n")) expect(line).not.toMatch(/^[、。）」]/);
  });

  it("is broken at spaces in English, which do not stay behind", () => {
    const folded = foldText("word ".repeat(40).trim());
    for (const line of folded.split("\n")) {
      expect(line).toMatch(/^word(?: word)*$/);
      expect(columns(line)).toBeLessThanOrEqual(70);
    }
    expect(folded.replaceAll("\n", " ")).toBe("word ".repeat(40).trim());
  });

  it("keeps in one piece what has no place to break", () => {
    const url = `https://shop.example.jp/${"a".repeat(100)}`;
    expect(foldText(url)).toBe(url);
  });

  it.each([
    `長い文の途中です。${"あいうえお、".repeat(6)}${value("OK")}、${"続きの文。".repeat(8)}`,
    `a ${"word ".repeat(12)}${value("OK, approved. OK")} ${"word ".repeat(20)}`,
    `${value("OK")} ${"word ".repeat(30)}`,
    `${"word ".repeat(13)}${value("OK")}`,
  ])("never leaves a value on a line of its own: %s", (sentence) => {
    const lines = foldText(sentence).split("\n");
    expect(lines.join("")).not.toMatch(/\p{Cc}/u);
    for (const line of lines) {
      expect(line.trim()).not.toMatch(/^(?:OK|OK, approved. OK|approved\.? ?.*OK)$/);
    }
  });

  it.each([
    ["inside", `${"a".repeat(66)} ${value("x Bcc: evil@example.net")} and what follows`],
    ["before", `${"あ".repeat(33)}、${value("Bcc: OK")}と続く文です。`],
    ["after", `${"a".repeat(30)} ${"b".repeat(34)}${value("OK")} Bcc: evil@example.net follows`],
  ])("is not broken %s a value", (_where, sentence) => {
    for (const line of foldText(sentence).split("\n")) expect(line).not.toMatch(/^Bcc:|^OK/);
  });

  it("marks what is printed, and no condition", () => {
    expect(markValues("{{#if a}}{{b}}{{else}}x{{/if}}{{~c~}}{{!-- d --}}")).toBe(
      "{{#if a}}\u0002{{b}}\u0003{{else}}x{{/if}}\u0002{{~c~}}\u0003{{!-- d --}}",
    );
  });
});
