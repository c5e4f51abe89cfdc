import { describe, expect, it } from "vitest";
import { matchesOf } from "../../src/domain/matches.ts";

describe("the matches of a pattern", () => {
  it.each([
    [/\d+/g, "12 and 345"],
    [/\d+/g, "none"],
    [/(?=b)|$/g, "abab"],
    [/(?:)/gu, "𠮷野家"],
    [/(?:)/g, "𠮷野家"],
    [/(?<all>(\d)\d*)/dg, "7, 89"],
  ])("%s are those of matchAll", (pattern, text) => {
    const all = [...text.matchAll(pattern)];
    expect(matchesOf(text, pattern)).toEqual(all);
    expect(matchesOf(text, pattern).map(({ index }) => index)).toEqual(
      all.map(({ index }) => index),
    );
  });

  it("are taken up to the number asked for, and from the start the next time", () => {
    const digit = /\d/g;
    expect(matchesOf("1234", digit, 2).map(([one]) => one)).toEqual(["1", "2"]);
    expect(matchesOf("5678", digit, 2).map(([one]) => one)).toEqual(["5", "6"]);
  });
});
