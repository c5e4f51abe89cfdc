import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/domain/retry.ts";

describe("the wait before a retry", () => {
  it.each([
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
    [8, 256_000],
    [9, 300_000],
    [50, 300_000],
    [1_000_000, 300_000],
  ])("doubles: after %i failures at most %i ms", (failures, ms) => {
    expect(backoffMs(failures, 1)).toBe(ms);
    expect(backoffMs(failures, 0)).toBe(ms * 0.75);
  });

  it("is a whole number between three quarters of a second and five minutes", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, spread) => {
        const ms = backoffMs(failures, spread);
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(750);
        expect(ms).toBeLessThanOrEqual(300_000);
      }),
    );
  });

  it("never shrinks with more failures", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100 }), (failures) => {
        expect(backoffMs(failures + 1, 0.5)).toBeGreaterThanOrEqual(backoffMs(failures, 0.5));
      }),
    );
  });
});
