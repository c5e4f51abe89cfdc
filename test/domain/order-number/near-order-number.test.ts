import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearOrderNumbers } from "../../../src/domain/order-number/near-order-number.ts";

describe("near 678", () => {
  it.each([
    ["a digit changed", "688"],
    ["another digit changed", "679"],
    ["a digit dropped", "67"],
    ["a digit doubled", "6778"],
    ["a digit in front", "1678"],
    ["a digit behind", "6780"],
    ["two neighbours swapped", "687"],
  ])("is one with %s", (_name, number) => {
    expect(nearOrderNumbers("678")).toContain(number);
  });

  it.each([
    ["itself", "678"],
    ["two digits changed", "689"],
    ["distant ones swapped", "876"],
    ["nothing", ""],
    ["two digits more", "16780"],
  ])("is never %s", (_name, number) => {
    expect(nearOrderNumbers("678")).not.toContain(number);
  });
});

it.each([
  ["A-0679", "A-0680", false],
  ["A-0679", "A-0678", true],
  ["A-0679", "A-679", true],
  ["A-0679", "B-0679", false],
  ["A-0679", "A0-679", true],
  ["12", "1", true],
  ["1", "2", false],
  ["1", "12", false],
  ["", "1", false],
])("near %s is %s: %s", (number, other, isNear) => {
  expect(nearOrderNumbers(number).includes(other)).toBe(isNear);
});

it("is mutual, and stays within what one look-up takes", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{3,12}$/), (number) => {
      const near = nearOrderNumbers(number);
      expect(new Set(near).size).toBe(near.length);
      expect(near).not.toContain(number);
      expect(near.length).toBeLessThanOrEqual(300);
      for (const other of near) expect(nearOrderNumbers(other)).toContain(number);
    }),
  );
});
