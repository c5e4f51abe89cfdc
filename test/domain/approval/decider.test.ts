// Who decided: one person under two names must never pass for two.

import { describe, expect, it } from "vitest";
import {
  approverOf,
  folderDecider,
  isByMail,
  isOperator,
  isSameDecider,
  isSameMailbox,
} from "../../../src/domain/approval/decider.ts";

const TANAKA = "tanaka@shop.example";
const SATO = "sato@shop.example";
const CLI = "cli:operator";

describe("who moved the request to an approver", () => {
  it("is recorded as the folder of that address", () => {
    expect(folderDecider(TANAKA)).toBe("imap-folder:tanaka@shop.example");
  });

  it("stands for that approver", () => {
    expect(approverOf(folderDecider(TANAKA))).toBe(TANAKA);
  });
});

describe("an approver by mail and the operator", () => {
  it.each([TANAKA, CLI])("stand for themselves: %s", (decider) => {
    expect(approverOf(decider)).toBe(decider);
  });
});

it.each([
  [TANAKA, { byMail: true, operator: false }],
  [folderDecider(TANAKA), { byMail: false, operator: false }],
  [CLI, { byMail: false, operator: true }],
  ["tanaka+cli:x@shop.example", { byMail: true, operator: false }],
])("%s came by mail or from the operator, or neither", (decider, { byMail, operator }) => {
  expect(isByMail(decider)).toBe(byMail);
  expect(isOperator(decider)).toBe(operator);
});

describe("two decisions", () => {
  const one = folderDecider(TANAKA);
  const other = folderDecider(SATO);

  it.each([
    ["the same address", TANAKA, TANAKA],
    ["the same operator", CLI, CLI],
    ["the same request moved twice", one, one],
    ["requests to two approvers, both moved", one, other],
    ["a request moved, and an answer of its approver", one, TANAKA],
    ["the same the other way round", TANAKA, one],
    ["a request moved, and another approver's answer", one, SATO],
    ["an answer, and another approver's request moved", SATO, one],
  ])("may be one person's: %s", (_what, first, second) => {
    expect(isSameDecider(first, second)).toBe(true);
  });

  it.each([
    ["two answers", TANAKA, SATO],
    ["a request moved, and the operator", one, CLI],
    ["an answer and the operator", TANAKA, CLI],
  ])("are two persons': %s", (_what, first, second) => {
    expect(isSameDecider(first, second)).toBe(false);
  });
});

describe("two addresses", () => {
  it.each([
    ["a@shop.example", "A@Shop.example"],
    ["a+shop@mail.example", "a@mail.example"],
    ["a@mail.example", "a+1+2@mail.example"],
  ])("are one mailbox: %s and %s", (one, other) => {
    expect(isSameMailbox(one, other)).toBe(true);
  });

  it.each([
    ["a@shop.example", "b@shop.example"],
    ["a@shop.example", "a@mail.example"],
    ["a@shop.example", null],
  ])("are two: %s and %s", (one, other) => {
    expect(isSameMailbox(one, other)).toBe(false);
  });
});
