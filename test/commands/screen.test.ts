import { describe, expect, it } from "vitest";
import { harmless, screenOf } from "../../src/commands/screen.ts";

const hasColors = () => true;
const TERMINAL = { isTTY: true, columns: 100, hasColors };
const RED = "\u001b[31mno\u001b[39m";

// What the environment says is asked of Node's own terminals; test/e2e/terminal.e2e.test.ts tries it.
describe("colours", () => {
  it.each([
    ["on a terminal", TERMINAL, true],
    ["on one that has none", { ...TERMINAL, hasColors: () => false }, false],
    ["in a pipe", {}, false],
    ["in a pipe, whatever it says of itself", { hasColors }, false],
  ])("%s", (_where, stream, isColoured) => {
    const screen = screenOf(stream);
    expect(screen.isColoured).toBe(isColoured);
    expect(screen.paint("bad", "no")).toBe(isColoured ? RED : "no");
  });

  it("know the width of a terminal, and of nothing else", () => {
    expect(screenOf(TERMINAL).columns).toBe(100);
    expect(screenOf({ isTTY: true, columns: 0 }).columns).toBe(80);
    expect(screenOf({ columns: 100 }).columns).toBeNull();
  });
});

describe("a text from outside", () => {
  it.each([
    ["an escape sequence", "a\u001b[2Jb", "a\\u001b[2Jb"],
    ["a title of the window", "\u001b]0;x\u0007", "\\u001b]0;x\\u0007"],
    ["a control of eight bits", "\u009b2J", "\\u009b2J"],
    ["a return to the line's start", "paid\rnot", "paid\\u000dnot"],
    ["a backspace", "no\b\bok", "no\\u0008\\u0008ok"],
    ["a turned direction", "\u202e876\u202c \u2067x\u2069", "\\u202e876\\u202c \\u2067x\\u2069"],
    ["a line of another kind", "a\u2028b", "a\\u2028b"],
    ["a colour", RED, "\\u001b[31mno\\u001b[39m"],
  ])("does not steer the terminal by %s", (_what, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it("keeps its lines, tabs and every sign that is only drawn", () => {
    const text = "田中\t太郎\n👨‍👩‍👧 葛\u{e0100}城";
    expect(harmless(text)).toBe(text);
  });

  it("has nothing but henkin's own colours on a coloured terminal", () => {
    const screen = screenOf(TERMINAL);
    expect(harmless(`${screen.paint("bad", "no")}\u001b[2J\u001b[8;1H`, screen)).toBe(
      `${RED}\\u001b[2J\\u001b[8;1H`,
    );
  });

  it.each(["\u001b[8m", "\u001b[30m", "\u001b[7m", "\u200e", "\u061c"])(
    "takes no %j from outside, coloured or not",
    (sign) => {
      expect(harmless(sign, screenOf(TERMINAL))).toMatch(/^\\u/);
    },
  );

  it("is the same value in JSON", () => {
    const value = { name: "\\\u001b[2J\u009b2J\u202e" };
    const line = harmless(JSON.stringify(value));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(line)).toEqual(value);
  });
});
