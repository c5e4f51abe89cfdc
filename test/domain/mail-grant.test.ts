import { describe, expect, it } from "vitest";
import { endOf, endsSoon, isInUse, newGrant, renewed } from "../../src/domain/mail-grant.ts";
import { DAY, HOUR, MONDAY } from "../support/fake-clock.ts";

const GOOGLE_IDLE = 180 * DAY;

describe("the end of a consent", () => {
  it("is nobody's knowledge where neither server nor provider names one", () => {
    const life = newGrant(MONDAY, null);
    expect(endOf(life, null)).toBeNull();
    expect(endsSoon(life, MONDAY + 1_000 * DAY, null)).toBe(false);
  });

  it("is told two weeks before, not earlier", () => {
    const life = newGrant(MONDAY, 60 * DAY);
    expect(endsSoon(life, MONDAY + 46 * DAY, null)).toBe(false);
    expect(endsSoon(life, MONDAY + 46 * DAY + 1, null)).toBe(true);
  });

  it("is told at once where it is nearer than that, as of an app in testing at Google", () => {
    expect(endsSoon(newGrant(MONDAY, 7 * DAY), MONDAY, GOOGLE_IDLE)).toBe(true);
  });

  it("comes by want of use, and each use puts it off", () => {
    const life = newGrant(MONDAY, null);
    expect(endsSoon(life, MONDAY + 167 * DAY, GOOGLE_IDLE)).toBe(true);
    const used = renewed(life, MONDAY + 167 * DAY, null);
    expect(endsSoon(used, MONDAY + 167 * DAY, GOOGLE_IDLE)).toBe(false);
    expect(endOf(used, GOOGLE_IDLE)).toBe(MONDAY + 347 * DAY);
  });

  it("that the server names stands before want of use", () => {
    expect(endOf(newGrant(MONDAY, 7 * DAY), GOOGLE_IDLE)).toBe(MONDAY + 7 * DAY);
  });

  it("that each use moves a day ahead is no news every day", () => {
    const life = renewed(newGrant(MONDAY, DAY), MONDAY + HOUR, DAY);
    expect(life).toMatchObject({ moves: true, expiresAt: MONDAY + HOUR + DAY });
    expect(endsSoon(life, MONDAY + 12 * HOUR, null)).toBe(false);
    expect(endsSoon(life, MONDAY + 14 * HOUR, null)).toBe(true);
  });

  it("does not move by the second that an answer takes", () => {
    const life = renewed(newGrant(MONDAY, 7 * DAY), MONDAY + HOUR, 7 * DAY - HOUR + 1_000);
    expect(life.moves).toBe(false);
  });

  it("of one that nobody has used for a week is nobody's concern", () => {
    const life = newGrant(MONDAY, 10 * DAY);
    expect(isInUse(life, MONDAY + 6 * DAY)).toBe(true);
    expect(isInUse(life, MONDAY + 8 * DAY)).toBe(false);
  });
});
