import { describe, expect, it } from "vitest";
import { readWords } from "../../../src/domain/approval/approval-words.ts";
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
  forbiddenNumbers: ["679", "12", "A-0688", "1", "2"],
};
const dollars: ProposalRequest = { ...proposal, proposedMinor: 2467, currency: "USD" };
const partial: ProposalRequest = { ...proposal, proposedMinor: null };
const voided: ProposalRequest = { ...proposal, action: "void", refundableMinor: 0 };
const candidates: Request = { kind: "candidates", numbers: [1, 2, 3] };
const task: Request = { kind: "task" };

const EMPTY = {
  amountMinor: null,
  reason: null,
  reasonText: null,
  note: null,
  customerNote: null,
  choice: null,
  reference: null,
  until: null,
  code: null,
  ambiguity: null,
};

function decide(text: string, request: Request) {
  return interpret(readWords(text), request);
}

describe("on a proposal", () => {
  it.each([
    ["OK", null],
    ["承認します。", null],
    ["OK 2000", 2000],
    ["OK 2,000円", 2000],
    ["承認 ¥2000", 2000],
    ["OK \\2000", 2000],
    ["OK 3000", 3000],
    ["OK 2467", 2467],
    ["OK JPY 2467", 2467],
  ])("%s approves %s", (text, amountMinor) => {
    expect(decide(text, proposal)).toEqual({ ...EMPTY, decision: "approve", amountMinor });
  });

  it.each([
    ["OK 20.00", 2000],
    ["OK $20.00", 2000],
    ["OK 20", 2000],
    ["OK 20 USD", 2000],
    ["OK", null],
  ])("%s in dollars approves %s cents", (text, amountMinor) => {
    expect(decide(text, dollars)).toEqual({ ...EMPTY, decision: "approve", amountMinor });
  });

  it.each([
    ["OK 3001", proposal, "amount_out_of_range"],
    ["OK 0", proposal, "amount_out_of_range"],
    ["OK 20.00", proposal, "unreadable_amount"],
    ["OK $20", proposal, "unreadable_amount"],
    ["OK ¥2000", dollars, "unreadable_amount"],
    ["OK 2000円", dollars, "unreadable_amount"],
    ["OK $20円", dollars, "unreadable_amount"],
    ["OK 2000", dollars, "amount_out_of_range"],
    ["OK 0.00", dollars, "amount_out_of_range"],
    ["OK 679", proposal, "amount_equals_a_number"],
    ["OK 679円", proposal, "amount_equals_a_number"],
    ["OK ¥679", proposal, "amount_equals_a_number"],
    ["OK 688", proposal, "amount_equals_a_number"],
    ["OK 12", proposal, "amount_equals_a_number"],
    ["OK 1", proposal, "amount_equals_a_number"],
    ["OK 2.00", dollars, "amount_equals_a_number"],
    ["OK 2,024", { ...proposal, forbiddenNumbers: ["2024-0001"] }, "amount_equals_a_number"],
    ["OK 2467", { ...proposal, forbiddenNumbers: ["＃２４６７"] }, "amount_equals_a_number"],
    ["OK", partial, "no_proposal"],
    ["OK", { ...proposal, proposedMinor: 3001 }, "amount_out_of_range"],
    ["OK", { ...proposal, proposedMinor: 0 }, "amount_out_of_range"],
    ["1", proposal, "nothing_to_choose"],
    ["9", proposal, "nothing_to_choose"],
    ["完了 A1", proposal, "nothing_to_complete"],
    ["入金 2500", proposal, "nothing_to_receive"],
    ["はい", proposal, "not_understood"],
    ["OK?", proposal, "question"],
    ["", proposal, "no_answer"],
  ] as const)("%s is ambiguous", (text, request, ambiguity) => {
    expect(decide(text, request)).toEqual({ ...EMPTY, decision: "ambiguous", ambiguity });
  });

  it("a figure serves where there is no proposal", () => {
    expect(decide("OK 2000", partial)).toMatchObject({ decision: "approve", amountMinor: 2000 });
  });

  it.each([
    ["NG", { decision: "reject" }],
    ["NG 期限超過", { decision: "reject", reason: "expired" }],
    ["却下 開封済み", { decision: "reject", reason: "other", reasonText: "開封済み" }],
    ["保留 12/3", { decision: "hold", until: { month: 12, day: 3 } }],
    ["返品待ち", { decision: "return" }],
    ["確認", { decision: "ask" }],
    ["STOP", { decision: "stop" }],
  ])("%s decides as it says", (text, expected) => {
    expect(decide(text, proposal)).toEqual({ ...EMPTY, ...expected });
  });

  it("carries the further lines", () => {
    const text =
      "OK 2000\n理由: その他 色違い\nメモ: 着払い\nお客様へ: 失礼しました。\nコード: AB12";
    expect(decide(text, proposal)).toEqual({
      ...EMPTY,
      decision: "approve",
      amountMinor: 2000,
      reason: "other",
      reasonText: "色違い",
      note: "着払い",
      customerNote: "失礼しました。",
      code: "AB12",
    });
  });
});

describe("on a void", () => {
  it.each([
    ["OK", null],
    ["OK 2467", 2467],
  ])("%s approves %s", (text, amountMinor) => {
    expect(decide(text, voided)).toEqual({ ...EMPTY, decision: "approve", amountMinor });
  });

  it.each(["OK 2000", "OK 1", "OK 0", "OK 2468"])("%s is ambiguous", (text) => {
    expect(decide(text, voided).decision).toBe("ambiguous");
  });

  it("a plain OK is ambiguous without a proposal", () => {
    expect(decide("OK", { ...voided, proposedMinor: null }).ambiguity).toBe("no_proposal");
  });
});

describe("on candidates", () => {
  it.each([
    ["1", 1],
    ["３", 3],
  ])("%s chooses", (text, choice) => {
    expect(decide(text, candidates)).toEqual({ ...EMPTY, decision: "choose", choice });
  });

  it("0 leaves the choice to a word with the customer", () => {
    expect(decide("0", candidates)).toEqual({ ...EMPTY, decision: "ask" });
  });

  it.each([
    ["4", "no_such_candidate"],
    ["OK", "approval_of_candidates"],
    ["OK 2000", "approval_of_candidates"],
    ["OK 1", "approval_of_candidates"],
    ["完了 A1", "nothing_to_complete"],
  ])("%s is ambiguous", (text, ambiguity) => {
    expect(decide(text, candidates)).toMatchObject({ decision: "ambiguous", ambiguity });
  });

  it.each([
    ["NG", "reject"],
    ["確認", "ask"],
    ["保留", "hold"],
  ])("%s decides as it says", (text, decision) => {
    expect(decide(text, candidates).decision).toBe(decision);
  });
});

describe("on a task", () => {
  it.each([
    ["完了 20261120-001", { decision: "done", reference: "20261120-001" }],
    ["入金 2,500円", { decision: "received", amountMinor: 2500 }],
  ])("%s decides as it says", (text, expected) => {
    expect(decide(text, task)).toEqual({ ...EMPTY, ...expected });
  });

  it.each([
    ["OK", task, "approval_of_a_task"],
    ["OK 2000", task, "approval_of_a_task"],
    ["1", task, "nothing_to_choose"],
    ["入金 0", task, "amount_out_of_range"],
    ["入金 $25", task, "unreadable_amount"],
    ["入金 679", { kind: "task", forbiddenNumbers: ["679"] }, "amount_equals_a_number"],
  ] as const)("%s is ambiguous", (text, request, ambiguity) => {
    expect(decide(text, request)).toMatchObject({ decision: "ambiguous", ambiguity });
  });

  it("reads the task's own currency", () => {
    expect(decide("入金 25.00", { kind: "task", currency: "USD" }).amountMinor).toBe(2500);
  });
});

describe("on an unknown request", () => {
  it.each([
    ["OK", { decision: "approve" }],
    ["OK 2000", { decision: "approve", amountMinor: 2000 }],
    ["OK 20.00", { decision: "approve", amountMinor: 2000 }],
    ["OK $20", { decision: "approve", amountMinor: 2000 }],
    ["OK ¥2,000", { decision: "approve", amountMinor: 2000 }],
    ["1", { decision: "choose", choice: 1 }],
    ["完了 A1", { decision: "done", reference: "A1" }],
    ["入金 2500", { decision: "received", amountMinor: 2500 }],
    ["NG 対象外", { decision: "reject", reason: "not_covered" }],
  ])("%s is read bare", (text, expected) => {
    expect(decide(text, null)).toEqual({ ...EMPTY, ...expected });
  });

  it.each(["OK 0", "OK 20.00円", "OK ¥20.00", "入金 0"])("%s is ambiguous", (text) => {
    expect(decide(text, null).decision).toBe("ambiguous");
  });
});
