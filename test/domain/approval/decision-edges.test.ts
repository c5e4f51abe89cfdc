// The edges of an amount: in which currency it is, which numbers it may not be, and what is no figure.

import { describe, expect, it } from "vitest";
import { readWords, type Words } from "../../../src/domain/approval/approval-words.ts";
import {
  interpret,
  type ProposalRequest,
  type Request,
} from "../../../src/domain/approval/decision.ts";

const proposal: ProposalRequest = {
  kind: "proposal",
  action: "refund",
  proposedMinor: 2467,
  refundableMinor: 3000,
  currency: "JPY",
  forbiddenNumbers: [],
};
const voided: ProposalRequest = { ...proposal, action: "void", refundableMinor: 0 };

function decide(text: string, request: Request) {
  return interpret(readWords(text), request);
}

/** The words of an approval whose figure the grammar has not seen. */
function approvalOf(figure: string): Words {
  const none = { refundReason: null, note: null, customerNote: null, code: null };
  return { ...none, kind: "approve", figure };
}

describe("a figure in the payment's currency is approved", () => {
  it.each([
    ["JPY", "¥2000", 2000],
    ["JPY", "￥2000", 2000],
    ["JPY", "\\2000", 2000],
    ["JPY", "2000円", 2000],
    ["JPY", "2000 yen", 2000],
    ["JPY", "2000 YEN", 2000],
    ["JPY", "¥2000円", 2000],
    ["jpy", "2000 jpy", 2000],
    ["USD", "$20", 2000],
    ["USD", "20ドル", 2000],
    ["USD", "20.00 usd", 2000],
    ["EUR", "€20", 2000],
    ["EUR", "20ユーロ", 2000],
    ["GBP", "£20", 2000],
    ["GBP", "20ポンド", 2000],
  ])("in %s: %s", (currency, figure, amountMinor) => {
    expect(decide(`OK ${figure}`, { ...proposal, currency })).toMatchObject({
      decision: "approve",
      amountMinor,
    });
  });

  it.each([
    ["GBP", "€20"],
    ["GBP", "20ユーロ"],
    ["EUR", "£20"],
    ["EUR", "20ポンド"],
    ["EUR", "20ドル"],
    ["USD", "2000 yen"],
  ])("but not in %s: %s", (currency, figure) => {
    expect(decide(`OK ${figure}`, { ...proposal, currency })).toMatchObject({
      decision: "ambiguous",
      ambiguity: "unreadable_amount",
    });
  });
});

describe("what is no figure", () => {
  it.each(["", "abc", "EUR", "1€2", "2€1", "1-2", "20 and 30"])("is not approved: %j", (figure) => {
    const euros = { ...proposal, currency: "EUR" };
    expect(interpret(approvalOf(figure), euros)).toMatchObject({
      decision: "ambiguous",
      amountMinor: null,
      ambiguity: "unreadable_amount",
    });
    expect(interpret(approvalOf(figure), null)).toMatchObject({
      decision: "ambiguous",
      amountMinor: null,
      ambiguity: "unreadable_amount",
    });
  });
});

describe("a number of the request", () => {
  it.each([
    ["in runs", "12-34", "1234"],
    ["in more runs", "A-1-2-3", "123"],
    ["by one run of it", "12-34", "34"],
  ])("is no amount, %s", (_name, number, figure) => {
    expect(decide(`OK ${figure}`, { ...proposal, forbiddenNumbers: [number] })).toMatchObject({
      decision: "ambiguous",
      ambiguity: "amount_equals_a_number",
    });
  });

  it("of letters alone equals no amount, not even zero", () => {
    const lettered = { ...proposal, forbiddenNumbers: ["VIP", ""] };
    expect(decide("OK 2000", lettered)).toMatchObject({ decision: "approve", amountMinor: 2000 });
    expect(decide("OK 0", lettered).ambiguity).toBe("amount_out_of_range");
  });

  it("need not be known for a transfer", () => {
    expect(decide("入金 2500", { kind: "task" })).toMatchObject({
      decision: "received",
      amountMinor: 2500,
    });
  });
});

describe("an answer that decides nothing says why", () => {
  it.each<[string, string, Request, string]>([
    ["a part of a void", "OK 2000", voided, "amount_on_a_void"],
    ["nothing of a void", "OK 0", voided, "amount_on_a_void"],
    ["nothing of an unknown request", "OK 0", null, "unreadable_amount"],
    ["a receipt of nothing", "入金 0", null, "unreadable_amount"],
    ["cents of a yen", "OK ¥20.00", null, "unreadable_amount"],
  ])("%s: %s", (_name, text, request, ambiguity) => {
    expect(decide(text, request)).toMatchObject({ decision: "ambiguous", ambiguity });
  });
});

describe("the wait for the goods", () => {
  it("lasts until the day that is written", () => {
    expect(decide("返品待ち 1/15", proposal)).toMatchObject({
      decision: "return",
      until: { month: 1, day: 15 },
    });
  });
});
