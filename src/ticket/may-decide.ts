// Who may not decide about this ticket, though an approver.

import { approverOf, isByMail, isSameMailbox } from "../domain/approval/decider.ts";
import type { Approval, Proposal, Ticket } from "../domain/ticket.ts";
import type { Desk } from "./desk.ts";
import { needsSecondApproval } from "./round.ts";

/** Rule 1: who asks for the money, or paid it, does not decide about it. */
export function isInterested(ticket: Ticket, decider: string): boolean {
  const address = approverOf(decider);
  return isSameMailbox(address, ticket.requesterEmail) || isSameMailbox(address, ticket.payerEmail);
}

/** Without sender authentication only small refunds to the original card are taken by mail. */
export function exceedsToken(
  desk: Desk,
  proposal: Proposal,
  amountMinor: number,
  by: string,
): boolean {
  if (desk.shop.approvalAuth !== "token" || !isByMail(by)) return false;
  const isToCard = proposal.method === "card" && proposal.action !== "payout";
  return !isToCard || amountMinor > desk.shop.tokenMaxMinor;
}

/** Who has one mailbox must not be able to send money to an account of his own. */
export function sufficesAlone(
  desk: Desk,
  { accountDigest }: Proposal,
  approval: Approval,
): boolean {
  const isBare = accountDigest !== undefined && !approval.withCode;
  return !isBare && !needsSecondApproval(desk, approval.amountMinor);
}
