import { describe, expect, it } from "vitest";
import { withoutBlankRuns } from "../../src/mail/blank-runs.ts";

const cut = (text: string) => withoutBlankRuns(Buffer.from(text)).toString();

describe("a run of blanks", () => {
  it("that a line can hold stays, and the bytes are the very same", () => {
    const bytes = Buffer.from(`a${" ".repeat(998)}b`);
    expect(withoutBlankRuns(bytes)).toBe(bytes);
  });

  it("that is longer is cut to that, wherever it stands", () => {
    const [long, most] = [" \t".repeat(600), " \t".repeat(499)];
    expect(cut(`a${long}b`)).toBe(`a${most}b`);
    expect(cut(`${long}b`)).toBe(`${most}b`);
    expect(cut(`a${long}`)).toBe(`a${most}`);
    expect(cut(`a${long}b${long}c`)).toBe(`a${most}b${most}c`);
  });

  it("of the first length that no line can hold is cut wherever it begins", () => {
    for (let before = 0; before <= 1_000; before += 1) {
      const text = `${"a".repeat(before)}${" ".repeat(999)}b`;
      expect(cut(text).length).toBe(text.length - 1);
    }
  });
});
