import { describe, expect, it } from "vitest";
import { harmless, screenOf } from "../../src/commands/screen.ts";

const TERMINAL = { isTTY: true, columns: 100 };
const RED = "\u001b[31mno\u001b[39m";

describe("colours", () => {
  it.each([
    ["on a terminal", TERMINAL, {}, true],
    ["in a pipe", {}, {}, false],
    ["in a pipe, forced", {}, { FORCE_COLOR: "1" }, false],
    ["with NO_COLOR", TERMINAL, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR", TERMINAL, { NO_COLOR: "" }, true],
    ["on a dumb terminal", TERMINAL, { TERM: "dumb" }, false],
    ["with FORCE_COLOR=0", TERMINAL, { FORCE_COLOR: "0" }, false],
    ["forced over NO_COLOR", TERMINAL, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    ["forced on a dumb terminal", TERMINAL, { FORCE_COLOR: "3", TERM: "dumb" }, true],
  ])("%s", (_where, stream, env, isColoured) => {
    const screen = screenOf(stream, env);
    expect(screen.isColoured).toBe(isColoured);
    expect(screen.paint("bad", "no")).toBe(isColoured ? RED : "no");
  });

  it("know the width of a terminal, and of nothing else", () => {
    expect(screenOf(TERMINAL, {}).columns).toBe(100);
    expect(screenOf({ isTTY: true, columns: 0 }, {}).columns).toBe(80);
    expect(screenOf({ columns: 100 }, {}).columns).toBeNull();
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
    const screen = screenOf(TERMINAL, {});
    expect(harmless(`${screen.paint("bad", "no")}\u001b[2J\u001b[8;1H`, screen)).toBe(
      `${RED}\\u001b[2J\\u001b[8;1H`,
    );
  });

  it("is the same value in JSON", () => {
    const value = { name: "\\\u001b[2J\u009b2J\u202e" };
    const line = harmless(JSON.stringify(value));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(line)).toEqual(value);
  });
});
