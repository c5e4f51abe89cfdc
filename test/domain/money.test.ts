import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMoney, minorDigits, parseFigure } from "../../src/domain/money.ts";

describe("an amount as it is printed", () => {
  it.each([
    [2467, "JPY", "¥2,467"],
    [0, "JPY", "¥0"],
    [999, "JPY", "¥999"],
    [1_000_000, "JPY", "¥1,000,000"],
    [-2467, "JPY", "-¥2,467"],
    [2467, "USD", "$24.67"],
    [5, "USD", "$0.05"],
    [100_000, "EUR", "€1,000.00"],
    [-5, "GBP", "-£0.05"],
    [2467, "CHF", "CHF 24.67"],
    [2467, "KRW", "KRW 2,467"],
  ])("%i %s is %s", (amountMinor, currency, text) => {
    expect(formatMoney({ amountMinor, currency })).toBe(text);
  });
});

describe("a figure", () => {
  it.each([
    ["2467", "JPY", 2467],
    ["2,467", "JPY", 2467],
    ["0", "JPY", 0],
    ["1,234,567", "JPY", 1_234_567],
    ["24.67", "USD", 2467],
    ["24", "USD", 2400],
    ["1,024.00", "USD", 102_400],
  ])("%s in %s is %i", (text, currency, minor) => {
    expect(parseFigure(text, currency)).toBe(minor);
  });

  it.each([
    ["", "JPY"],
    ["24.67", "JPY"],
    ["24.00", "JPY"],
    ["24.6", "USD"],
    ["24.", "USD"],
    [".50", "USD"],
    ["24.670", "USD"],
    ["-5", "JPY"],
    ["+5", "JPY"],
    ["2,46", "JPY"],
    ["24,67", "USD"],
    ["2 467", "JPY"],
    ["１０", "JPY"],
    ["1e3", "JPY"],
    ["0x10", "JPY"],
    ["2467円", "JPY"],
    ["12345678901", "JPY"],
  ])("%j is none in %s", (text, currency) => {
    expect(parseFigure(text, currency)).toBeNull();
  });

  it("is read back as it is printed", () => {
    const currencies = fc.constantFrom("JPY", "USD", "EUR", "KRW");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), currencies, (minor, currency) => {
        const amountMinor = minorDigits(currency) === 0 ? minor % 1_000_000_000 : minor;
        const printed = formatMoney({ amountMinor, currency }).replace(/^[^\d]+/, "");
        expect(parseFigure(printed, currency)).toBe(amountMinor);
      }),
    );
  });

  it("is null or a safe whole number, whatever is written", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("JPY", "USD"), (text, currency) => {
        const minor = parseFigure(text, currency);
        expect(minor === null || (Number.isSafeInteger(minor) && minor >= 0)).toBe(true);
      }),
    );
  });
});

it.each([
  ["JPY", 0],
  ["jpy", 0],
  ["KRW", 0],
  ["VND", 0],
  ["USD", 2],
  ["EUR", 2],
  ["TWD", 2],
])("%s has %i decimals", (currency, digits) => {
  expect(minorDigits(currency)).toBe(digits);
});
