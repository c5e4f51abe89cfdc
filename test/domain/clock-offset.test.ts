import { describe, expect, it } from "vitest";
import { clockOffset, clockWords, isClockWrong } from "../../src/domain/clock-offset.ts";

const AT = Date.UTC(2026, 10, 22, 3, 0, 0);
const DATE = new Date(AT).toUTCString();
const MINUTE = 60_000;

describe("the difference to a provider's clock", () => {
  it.each([
    ["is nothing within the second and the round trip", AT - 200, AT + 300, 0],
    ["is nothing where our clock fits the end of that second", AT + 900, AT + 950, 0],
    ["is nothing where a long round trip explains it", AT - 20_000, AT + 10_000, 0],
    ["is what no round trip explains where we are behind", AT - 5 * MINUTE, AT - 4 * MINUTE, 4],
    ["is negative where we are ahead", AT + 3 * MINUTE + 1_000, AT + 4 * MINUTE, -3],
    ["is not stretched by a clock set back meanwhile", AT + 2 * MINUTE, AT - 3 * MINUTE, 3],
  ])("%s", (_name, sentAt, receivedAt, minutes) => {
    expect(clockOffset(DATE, sentAt, receivedAt)).toBe(minutes * MINUTE);
  });

  it.each([undefined, "", "soon"])("is unknown without a date: %s", (date) => {
    expect(clockOffset(date, AT, AT)).toBeNull();
  });

  it("is too large beyond ten minutes, either way", () => {
    expect([10, -10].map((minutes) => isClockWrong(minutes * MINUTE))).toEqual([false, false]);
    expect([1, -1].map((sign) => isClockWrong(sign * (10 * MINUTE + 1)))).toEqual([true, true]);
  });

  it("is told in words", () => {
    expect(clockWords(13 * MINUTE)).toBe("13 minutes behind");
    expect(clockWords(-3 * MINUTE)).toBe("3 minutes ahead of");
  });
});
