import { describe, expect, it } from "vitest";
import { ambiguityWords } from "../../src/domain/approval/ambiguity-words.ts";
import type { CandidateReason } from "../../src/domain/matching.ts";
import type { PaymentStatus } from "../../src/domain/payment.ts";
import { methodWords, providerWords, refundRoute } from "../../src/domain/payment-words.ts";
import {
  candidateReasonWords,
  customerWords,
  label,
  sentence,
  sharedWords,
  statusWords,
} from "../../src/domain/wording.ts";
import { aPayment } from "../support/memory-provider.ts";

const JAPANESE = /[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/u;
const STATUSES: readonly PaymentStatus[] = [
  "paid",
  "authorized",
  "unpaid",
  "processing",
  "failed",
  "canceled",
  "unknown",
];
const REASONS: readonly CandidateReason[] = [
  "order_number_missing",
  "order_number_not_found",
  "payer_differs",
  "several_payments",
  "disputed",
  "unclear_status",
];

/** What both languages say of the same fact: never the same, and only one of them in Japanese. */
function expectBoth(words: (locale: "ja" | "en") => string): void {
  expect(words("ja")).toMatch(JAPANESE);
  expect(words("en")).toMatch(/[A-Za-z]/);
  expect(words("en")).not.toMatch(JAPANESE);
}

describe("both languages say", () => {
  it.each(STATUSES)("that a payment is %s", (status) => {
    expectBoth((locale) => statusWords(aPayment({ status }), locale));
  });

  it.each(REASONS)("why staff have to choose: %s", (reason) => {
    expectBoth((locale) => candidateReasonWords(reason, locale));
  });

  it.each([
    "unauthenticated",
    "thread",
    "superseded",
    "decided",
    "own_request",
    "token_limit",
    "unclear",
    "a_reason_of_tomorrow",
  ])("why an answer does nothing: %s", (reason) => {
    expectBoth((locale) => ambiguityWords(reason, locale));
  });

  it.each(["card", "konbini", "bank_transfer"])("how it was paid: %s", (method) => {
    expectBoth((locale) => methodWords(method, locale));
  });

  it.each(["orderNumber", "payer", "email", "requested", "left"] as const)("%s", (name) => {
    expectBoth((locale) => label(name, locale));
  });

  it.each(["dry_run", "approved", "rejected", "fee", "customer_silent"] as const)(
    "a sentence: %s",
    (name) => {
      expectBoth((locale) => sentence(name, locale));
    },
  );
});

describe("a payment's state", () => {
  it.each([
    ["disputed before anything else", { disputed: true, refundedMinor: 2467 }, "disputed"],
    ["fully refunded once all is back", { refundedMinor: 2467 }, "fully refunded"],
    ["paid while something is left", { refundedMinor: 2466 }, "paid"],
    ["not paid yet", { status: "unpaid", capturedMinor: 0 }, "not paid yet"],
  ] as const)("is %s", (_name, change, words) => {
    expect(statusWords(aPayment(change), "en")).toBe(words);
  });
});

it.each([
  ["card", "card"],
  ["konbini", "bank"],
  ["bank_transfer", "bank"],
  ["smartpay", "instalments"],
  ["paypay", "other"],
])("money paid by %s goes back by %s", (method, route) => {
  expect(refundRoute(method)).toBe(route);
});

it("names an unknown method as the provider does", () => {
  expect(methodWords("paypay", "ja")).toBe("paypay");
});

it("names Smartpay as customers know it", () => {
  expect(methodWords("smartpay", "ja")).toBe("Smartpay(あと払い)");
  expect(providerWords("smartpay")).toBe("Smartpay");
  expect(providerWords("memory")).toBe("memory");
});

it.each([
  [{ order: true, email: true, name: true, amount: true }, "order number, e-mail, name, amount"],
  [{ order: false, email: false, name: true, amount: false }, "name"],
  [{ order: false, email: false, name: false, amount: false }, ""],
])("names what agrees", (shared, words) => {
  expect(sharedWords(shared, "en")).toBe(words);
});

describe("a sentence", () => {
  it("takes its values in order, and blanks for those that are missing", () => {
    expect(sentence("bounced", "en", "taro@mail.example")).toBe(
      "A mail of henkin did not reach taro@mail.example: ",
    );
  });

  it("leaves signs alone that only look like a place for a value", () => {
    expect(sentence("refund_refused", "en", "{1} $& $1")).toContain("{1} $& $1");
  });

  it("tells staff how to go on after an unknown outcome", () => {
    for (const locale of ["ja", "en"] as const) {
      expect(sentence("refund_outcome_unknown", locale, "x", "12")).toContain("henkin approve 12");
    }
  });
});

it.each([
  ["田中太郎", "ja", "田中太郎 様"],
  ["Taro Tanaka", "en", "Taro Tanaka"],
  [null, "ja", "お客様"],
  [" ", "ja", "お客様"],
  [null, "en", "Customer"],
] as const)("%s is greeted in %s as %s", (name, locale, words) => {
  expect(customerWords(name, locale)).toBe(words);
});
