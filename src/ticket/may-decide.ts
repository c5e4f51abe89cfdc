// Who may not decide about this ticket, though an approver.

import { approverOf, isByMail, isSameMailbox } from "../domain/approval/decider.ts";
import type { Approval, Proposal, Ticket } from "../domain/ticket.ts";
import type { Desk } from "./desk.ts";
import { needsSecondApproval } from "./round.ts";

/** Rule 1: who asks for the money, or paid it, does not decide about it. */
export function isInterested(
  ticket: Pick<Ticket, "requesterEmail" | "payerEmail">,
  decider: string,
): boolean {
  const address = approverOf(decider);
  return isSameMailbox(address, ticket.requesterEmail) || isSameMailbox(address, ticket.payerEmail);
}

export function mayNotApprove(
  desk: Desk,
  ticket: Ticket,
  proposal: Proposal,
  { amountMinor, by }: { readonly amountMinor: number; readonly by: string },
): "own_request" | "token_limit" | null {
  if (isInterested(ticket, by)) return "own_request";
  return exceedsToken(desk, proposal, amountMinor, by) ? "token_limit" : null;
}

/** Without sender authentication only small refunds to the original card are taken by mail. */
function exceedsToken(desk: Desk, proposal: Proposal, amountMinor: number, by: string): boolean {
  if (desk.shop.approvalAuth !== "token" || !isByMail(by)) return false;
  const isToCard = proposal.method === "card" && proposal.action !== "payout";
  return !isToCard || amountMinor > desk.shop.tokenMaxMinor;
}

/** Who can only write in an approver's name must not be able to have money sent anywhere else. */
export function isBarePayout({ action }: Proposal, { withCode }: Approval): boolean {
  return action === "payout" && !withCode;
}

export function sufficesAlone(desk: Desk, proposal: Proposal, approval: Approval): boolean {
  return !isBarePayout(proposal, approval) && !needsSecondApproval(desk, approval.amountMinor);
}
