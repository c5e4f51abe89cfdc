import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskCardNumbers } from "../../src/domain/card-numbers.ts";

describe("a card number is masked but for its last four digits", () => {
  it.each([
    ["Visa", "カード番号は4242424242424242です", "カード番号は************4242です"],
    ["Visa of old", "4222222222222", "*********2222"],
    ["Visa with 19 digits", "4000000000000000006", "***************0006"],
    ["Mastercard", "5555 5555 5555 4444", "**** **** **** 4444"],
    ["Mastercard's second series", "2223-0031-2200-3222", "****-****-****-3222"],
    ["American Express", "3782 822463 10005", "**** ****** *0005"],
    ["JCB", "3530111333300000", "************0000"],
    ["Diners", "3056 930902 5904", "**** ****** 5904"],
    ["Discover", "6011111111111117", "************1117"],
    ["UnionPay with 19 digits", "6205500000000000004", "***************0004"],
    ["full width", "４２４２－４２４２－４２４２－４２４２", "****－****－****－４２４２"],
    ["an ideographic blank", "4242　4242　4242　4242", "****　****　****　4242"],
    ["a long vowel for a hyphen", "4242ー4242ー4242ー4242", "****ー****ー****ー4242"],
    ["hyphens between blanks", "4242 - 4242 - 4242 - 4242", "**** - **** - **** - 4242"],
    ["a wrapped line", "4242 4242\n4242 4242", "**** ****\n**** 4242"],
    ["a wrapped line that is quoted", "4242-4242-\r\n> 4242-4242", "****-****-\r\n> ****-4242"],
    ["each digit for itself", "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "* * * * * * * * * * * * 4 2 4 2"],
    ["the brand written to it", "VISA4242424242424242", "VISA************4242"],
    ["a form's field", "card_number=4242424242424242", "card_number=************4242"],
    ["expiry and code behind it", "4242 4242 4242 4242 12/29 123", "**** **** **** 4242 12/29 123"],
    ["an order number before it", "注文 679 4242424242424242", "注文 679 ************4242"],
    ["two of them", "4242424242424242 5555555555554444", "************4242 ************4444"],
  ])("%s", (_name, text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });
});

describe("what is no card number stays as it is", () => {
  it.each([
    ["a wrong check digit", "4242424242424243"],
    ["makeshop's order number", "P242424242424242424"],
    ["an order number of an issuer's length that no issuer begins with", "1234567890123452"],
    ["a date and a serial number as order number", "20261121000000016"],
    ["a phone number", "090-4242-4242"],
    ["an international phone number", "+4242424242424242"],
    ["two phone numbers", "03-4242-4242 090-4242-4242"],
    ["a tracking number", "4242-4242-4242"],
    ["two tracking numbers", "4242-4242-4242 4242-4242-4242"],
    ["a payment at Stripe", "pi_3424242424242424242"],
    ["a link", "https://shop.example/?order=4242424242424242"],
    ["a part of a longer number", "42424242424242424242"],
    ["JAN barcodes", "4900000000009 4500000000007"],
    ["prices in a column", "4242\n4242\n4242\n4242"],
    ["order numbers in a column", "42424242\n42424242"],
    ["amounts with commas", "4,242,424,242,424,242"],
    ["letters behind it", "4242424242424242abc"],
    ["groups of several sizes", "42-424242-4242-4242"],
  ])("%s", (_name, text) => {
    expect(maskCardNumbers(text)).toBe(text);
  });

  it("no digit of another text is lost, and every text is as long as before", () => {
    const text = fc.string({
      unit: fc.constantFrom(..."0123456789４２- 　\n>abc注文:".split("")),
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, (given) => {
        const masked = maskCardNumbers(given);
        expect(masked).toHaveLength(given.length);
        const changed = [...given].filter((sign, at) => sign !== masked[at]);
        expect(changed.every((sign) => /[0-9４２]/.test(sign))).toBe(true);
        expect(maskCardNumbers(masked)).toBe(masked);
      }),
    );
  });

  it("takes its time over a hostile text like over any other", () => {
    const text = `${"4 ".repeat(100_000)}${"4".repeat(100_000)}`;
    expect(maskCardNumbers(text)).toHaveLength(text.length);
  });
});
