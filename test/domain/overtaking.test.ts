import { describe, expect, it } from "vitest";
import { type Concern, createLine } from "../../src/domain/overtaking.ts";

const news = (...facts: string[]): Concern => ({ kind: "these", facts, isNews: true });
const known = (...facts: string[]): Concern => ({ kind: "these", facts, isNews: false });
const ANYTHING: Concern = { kind: "anything" };
const NOTHING: Concern = { kind: "nothing" };

describe("a mail", () => {
  it.each<[string, Concern[], boolean[]]>([
    ["passes with news of its own", [news("taro"), news("hanako")], [true, true]],
    [
      "passes after others of the same person that passed",
      [news("taro"), news("taro")],
      [true, true],
    ],
    ["waits with what others before may know of", [known("taro")], [false]],
    [
      "waits for another with one fact in common",
      [known("taro", "679"), news("679", "x")],
      [false, false],
    ],
    ["passes one with no fact in common", [known("taro", "679"), news("700")], [false, true]],
    [
      "waits for one that waits for another",
      [known("taro"), news("taro", "679"), news("679")],
      [false, false, false],
    ],
    ["waits for one that may be about anything", [ANYTHING, news("taro")], [false, false]],
    [
      "that changes nothing neither passes nor is waited for",
      [NOTHING, news("taro")],
      [false, true],
    ],
  ])("%s", (_what, concerns, passes) => {
    const line = createLine();
    expect(concerns.map(line.passes)).toEqual(passes);
  });
});
