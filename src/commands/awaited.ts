// What a ticket waits for, from whom, and how the operator can answer in a person's place.

import { formatMoney } from "../domain/money.ts";
import type { Approval, Refund, Round, Ticket } from "../domain/ticket.ts";
import { plainCode } from "./history-words.ts";

export interface Standing {
  readonly ticket: Ticket;
  /** The latest one; undefined before the first. */
  readonly round: Round | undefined;
  /** Who was asked in it. */
  readonly approvers: readonly string[];
  /** What was said in it and counts. */
  readonly approvals: readonly Approval[];
  /** Of the latest round. */
  readonly refund: Refund | undefined;
  /** Why the approved refund waits, as it was recorded last; null where it does not. */
  readonly waitsFor: string | null;
  readonly isAccountAwaited: boolean;
}

type Awaited = (standing: Standing, dayOf: (at: number) => string) => string;

const NOBODY = "nobody; the ticket has ended";

const BY_STATUS: Readonly<Record<Ticket["status"], Awaited>> = {
  received: () => "henkin: it looks for the payment",
  unmatched: (standing, dayOf) =>
    standing.round?.state === "open"
      ? byQuestion(standing, standing.round, dayOf)
      : "the customer, for the order number; or henkin, for a payment that fits",
  awaiting_approval: (standing, dayOf) =>
    standing.round === undefined
      ? "henkin: it asks the approvers"
      : byQuestion(standing, standing.round, dayOf),
  approved: byCall,
  awaiting_manual_refund: ({ ticket, refund }) =>
    `staff: give back ${amountOf(refund)} by hand, then answer 完了 with the reference, or type \`henkin done ${ticket.number} REF\``,
  refund_pending: ({ refund }) =>
    `${refund?.provider ?? "the provider"}: henkin looks until the refund has succeeded or failed`,
  refund_requires_action: ({ refund }, dayOf) => {
    const until = refund?.accountUntil ?? null;
    return `the customer: give ${refund?.provider ?? "the provider"} the bank details${until === null ? "" : ` until ${dayOf(until)}`}`;
  },
  refunded: ({ refund }, dayOf) =>
    refund?.followUntil == null
      ? NOBODY
      : `nobody; henkin watches until ${dayOf(refund.followUntil)} whether the refund still fails`,
  refund_failed: ({ ticket: { number } }) =>
    `staff: \`henkin approve ${number}\` asks for another refund, \`henkin approve ${number} --by-hand\` for a transfer`,
  rejected: () => NOBODY,
  closed: () => NOBODY,
};

export function awaited(standing: Standing, dayOf: (at: number) => string): string {
  return BY_STATUS[standing.ticket.status](standing, dayOf);
}

function amountOf(refund: Refund | undefined): string {
  return refund === undefined ? "the money" : formatMoney(refund);
}

function byQuestion(
  { ticket: { number }, approvers, approvals }: Standing,
  { question, holdUntil }: Round,
  dayOf: (at: number) => string,
): string {
  const held = holdUntil === null ? "" : ` (put off until ${dayOf(holdUntil)})`;
  const whom = `${approvers.join(", ")}${held}`;
  if (question.kind === "candidates") {
    return `${whom}: which payment? The number, or \`henkin choose ${number} K\``;
  }
  if (question.kind === "deposit") {
    return `${whom}: how much was received? 「入金 …」, or \`henkin received ${number} AMOUNT\``;
  }
  const second = approvals.length > 0 ? "one more approval; " : "";
  const byHand = question.action === "payout" ? " --by-hand" : "";
  return `${whom}: ${second}OK or NG, or \`henkin approve ${number}${byHand}\``;
}

function byCall({ ticket: { number }, refund, waitsFor, isAccountAwaited }: Standing): string {
  if (refund?.needsPerson === true) {
    return `staff: the refund's outcome is open; \`henkin approve ${number}\` goes on with it, \`henkin reject ${number}\` ends one that was stopped`;
  }
  if (refund?.state === "unknown") {
    return `henkin: it looks at ${refund.provider} for the refund, and repeats the same call if it is absent`;
  }
  if (refund !== undefined) return `henkin: it calls ${refund.provider}`;
  if (isAccountAwaited) {
    return `the customer: the bank account to transfer to; \`henkin approve ${number} --account-known\` where staff know it`;
  }
  if (waitsFor !== null) return `henkin: the refund waits (${plainCode(waitsFor)})`;
  return "henkin: it looks at the payment once more, then refunds";
}
