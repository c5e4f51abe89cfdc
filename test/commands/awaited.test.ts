import { describe, expect, it } from "vitest";
import { awaited, type Standing } from "../../src/commands/awaited.ts";
import { TICKET_STATUSES } from "../../src/domain/lifecycle.ts";
import type {
  Approval,
  Proposal,
  Question,
  Refund,
  Round,
  Ticket,
} from "../../src/domain/ticket.ts";

const DAY = Date.UTC(2026, 11, 5);
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

const PROPOSAL = { kind: "proposal", action: "refund", currency: "JPY" } as Proposal;
const PAYOUT: Proposal = { ...PROPOSAL, action: "payout" };
const CANDIDATES: Question = { kind: "candidates", candidates: [] };
const DEPOSIT = { kind: "deposit", currency: "JPY" } as Question;

const roundOf = (question: Question, change: Partial<Round> = {}) =>
  ({ question, state: "open", holdUntil: null, ...change }) as Round;

const refundOf = (change: Partial<Refund>) =>
  ({
    ...{
      provider: "stripe",
      action: "refund",
      state: "planned",
      amountMinor: 2467,
      currency: "JPY",
    },
    ...{ needsPerson: false, followUntil: null, accountUntil: null, ...change },
  }) as Refund;

function words(status: Ticket["status"], change: Partial<Standing> = {}): string {
  const standing: Standing = {
    ticket: { number: 12, status } as Ticket,
    round: undefined,
    approvers: ["tanaka@shop.example", "sato@shop.example"],
    approvals: [],
    refund: undefined,
    waitsFor: null,
    isAccountAwaited: false,
    ...change,
  };
  return awaited(standing, dayOf);
}

describe("what a ticket waits for", () => {
  it.each(TICKET_STATUSES)("is said of one that is %s, whatever else is known", (status) => {
    expect(words(status)).toMatch(/^\S.{10,}$/);
    const known = { round: roundOf(PROPOSAL), refund: refundOf({ state: "succeeded" }) };
    expect(words(status, known)).not.toMatch(/undefined|null|NaN/);
  });

  it.each<[string, Ticket["status"], Partial<Standing>, RegExp]>([
    [
      "the choice of a payment",
      "unmatched",
      { round: roundOf(CANDIDATES) },
      /^tanaka@shop.example, sato@shop.example: which payment\?.*henkin choose 12 K/,
    ],
    ["what was received", "unmatched", { round: roundOf(DEPOSIT) }, /henkin received 12 AMOUNT/],
    [
      "the order number",
      "unmatched",
      { round: roundOf(CANDIDATES, { state: "decided" }) },
      /^the customer, for the order number/,
    ],
    [
      "a decision",
      "awaiting_approval",
      { round: roundOf(PROPOSAL) },
      /: OK or NG, or `henkin approve 12`$/,
    ],
    [
      "a decision on a transfer",
      "awaiting_approval",
      { round: roundOf(PAYOUT) },
      /`henkin approve 12 --by-hand`$/,
    ],
    [
      "a second approval",
      "awaiting_approval",
      { round: roundOf(PROPOSAL), approvals: [{} as Approval] },
      /: one more approval; OK/,
    ],
    [
      "one that was put off",
      "awaiting_approval",
      { round: roundOf(PROPOSAL, { holdUntil: DAY }) },
      /\(put off until 2026-12-05\)/,
    ],
    ["henkin's last look", "approved", {}, /^henkin: it looks at the payment once more/],
    [
      "a guard rail",
      "approved",
      { waitsFor: "REFUND_MAX_PER_DAY" },
      /the refund waits \(REFUND_MAX_PER_DAY\)/,
    ],
    [
      "the bank account",
      "approved",
      { isAccountAwaited: true },
      /^the customer: the bank account.*--account-known/,
    ],
    ["the call", "approved", { refund: refundOf({}) }, /^henkin: it calls stripe/],
    [
      "an unknown outcome",
      "approved",
      { refund: refundOf({ state: "unknown" }) },
      /looks at stripe for the refund, and repeats the same call/,
    ],
    [
      "a person, of an unknown outcome",
      "approved",
      { refund: refundOf({ state: "unknown", needsPerson: true }) },
      /^staff: .*henkin approve 12.*henkin reject 12/,
    ],
    [
      "a transfer by hand",
      "awaiting_manual_refund",
      { refund: refundOf({ action: "payout" }) },
      /^staff: give back ¥2,467 by hand.*henkin done 12 REF/,
    ],
    ["the provider", "refund_pending", { refund: refundOf({ state: "pending" }) }, /^stripe: /],
    [
      "the bank details",
      "refund_requires_action",
      { refund: refundOf({ accountUntil: DAY }) },
      /^the customer: give stripe the bank details until 2026-12-05$/,
    ],
    [
      "nobody, but a look",
      "refunded",
      { refund: refundOf({ followUntil: DAY }) },
      /^nobody; henkin watches until 2026-12-05/,
    ],
    ["another way", "refund_failed", {}, /henkin approve 12 --by-hand/],
    ["nobody", "closed", {}, /^nobody; the ticket has ended$/],
  ])("%s", (_what, status, change, expected) => {
    expect(words(status, change)).toMatch(expected);
  });
});
