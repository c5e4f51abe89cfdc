import { describe, expect, it } from "vitest";
import { namesPerson } from "../../src/domain/names-person.ts";

const TARO = { address: "taro@mail.example", names: ["返金", "田中太郎"], references: ["R-1"] };

describe("a mail that belongs to no ticket names a person", () => {
  it.each([
    ["by the address", { quarantined: [{ from: "TARO@mail.example" }] }],
    ["by the address in a sentence", { details: ["「taro@mail.example」から返信がありました"] }],
    [
      "in the line of a ticket of the person",
      { ledger: [{ ticket: "R-1", counterparty: "返金" }] },
    ],
    ["in a line of no ticket", { ledger: [{ ticket: "", counterparty: "田中太郎" }] }],
  ])("%s", (_how, words) => {
    expect(namesPerson(words, TARO)).toBe(true);
  });

  it.each([
    ["in the line of another's ticket", { ledger: [{ ticket: "R-2", counterparty: "田中太郎" }] }],
    ["by a part of a word", { ledger: [{ ticket: "", counterparty: "田中太郎左衛門" }] }],
    ["by a word of the mail's own", { figures: [{ label: "返金", value: "返金" }], note: "返金" }],
    ["by the name of a field", { 返金: { 田中太郎: "" } }],
    ["by another's address", { from: "a-taro@mail.example", to: "taro@mail.example.org" }],
  ])("but not %s", (_how, words) => {
    expect(namesPerson(words, TARO)).toBe(false);
  });
});
