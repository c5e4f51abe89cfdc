import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Request } from "../../../src/domain/approval/decision.ts";
import { readQuestion, writeQuestion } from "../../../src/domain/approval/question-header.ts";

const PROPOSAL: Request = {
  kind: "proposal",
  action: "refund",
  proposedMinor: 2467,
  refundableMinor: 3000,
  currency: "JPY",
  forbiddenNumbers: ["注文 679", "1"],
};

describe("the question in a header", () => {
  it.each<[string, Request]>([
    ["a proposal", PROPOSAL],
    ["a proposal without an amount", { ...PROPOSAL, proposedMinor: null }],
    ["candidates", { kind: "candidates", numbers: [1, 2] }],
    ["a task", { kind: "task" }],
  ])("is read back: %s", (_name, request) => {
    expect(readQuestion(writeQuestion(request))).toEqual(request);
  });

  it("is one line of printable ASCII, whatever an order number holds", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (forbiddenNumbers) => {
        const request: Request = { ...PROPOSAL, forbiddenNumbers };
        expect(writeQuestion(request)).toMatch(/^[!-~]+$/);
        expect(readQuestion(writeQuestion(request))).toEqual(request);
      }),
    );
  });

  it("is read although mail servers fold long lines", () => {
    const folded = writeQuestion(PROPOSAL).replace(/.{30}/g, "$&\r\n\t ");
    expect(readQuestion(folded)).toEqual(PROPOSAL);
  });

  it.each([
    ["no header", undefined],
    ["an empty one", ""],
    ["no JSON", "proposal"],
    ["broken percent-encoding", "%E3%8"],
    ["a kind of nobody", encodeURIComponent('{"kind":"gift"}')],
    ["no object", encodeURIComponent("[1]")],
    ["nothing", encodeURIComponent("null")],
    ["a text", encodeURIComponent('"proposal"')],
  ])("is none where there is %s", (_name, value) => {
    expect(readQuestion(value)).toBeNull();
  });
});
