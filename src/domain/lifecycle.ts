// The life of a refund ticket, as data. A pair that is not listed is ignored and recorded, never an
// error: mail comes late, twice and out of order. "Outcome unknown" is not a status: the ticket
// stays approved while its job looks.

export const TICKET_STATUSES = [
  "received",
  "unmatched",
  "awaiting_approval",
  "approved",
  "awaiting_manual_refund",
  "refund_pending",
  "refund_requires_action",
  "refunded",
  "refund_failed",
  "rejected",
  "closed",
] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

export const RESOLUTIONS = [
  "refunded",
  "rejected",
  "withdrawn",
  "already_refunded",
  "nothing_paid",
  "voided",
  "done_elsewhere",
  "dry_run",
] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export const TICKET_EVENTS = [
  "payment_matched",
  "payment_unmatched",
  "details_received",
  "candidate_chosen",
  "approval_granted",
  "approval_denied",
  "approval_stopped",
  "proposal_changed",
  "approval_requested",
  "manual_refund_requested",
  "refund_pending",
  "refund_requires_action",
  "refund_succeeded",
  "refund_failed",
  "payment_voided",
  "dry_run_ended",
  "ticket_closed",
] as const;
export type TicketEvent = (typeof TICKET_EVENTS)[number];

type Row = readonly [from: readonly TicketStatus[], event: TicketEvent, to: TicketStatus];

const AT_PROVIDER = ["approved", "refund_pending", "refund_requires_action"] as const;

export const LIFECYCLE: readonly Row[] = [
  [["received", "unmatched"], "payment_matched", "awaiting_approval"],
  [["received", "unmatched"], "payment_unmatched", "unmatched"],
  [["unmatched"], "details_received", "received"],
  [["unmatched"], "candidate_chosen", "received"],
  [["awaiting_approval"], "proposal_changed", "awaiting_approval"],
  [["awaiting_approval"], "payment_unmatched", "unmatched"],
  [["awaiting_approval"], "approval_granted", "approved"],
  [["awaiting_approval", "unmatched"], "approval_denied", "rejected"],
  [["approved"], "approval_stopped", "rejected"],
  [["approved"], "proposal_changed", "awaiting_approval"],
  [["approved"], "payment_unmatched", "unmatched"],
  [["approved"], "manual_refund_requested", "awaiting_manual_refund"],
  [["approved"], "payment_voided", "closed"],
  [["approved"], "dry_run_ended", "closed"],
  [["awaiting_manual_refund"], "refund_succeeded", "refunded"],
  [["awaiting_manual_refund"], "refund_failed", "refund_failed"],
  [AT_PROVIDER, "refund_pending", "refund_pending"],
  [AT_PROVIDER, "refund_requires_action", "refund_requires_action"],
  [AT_PROVIDER, "refund_succeeded", "refunded"],
  [AT_PROVIDER, "refund_failed", "refund_failed"],
  [["refunded"], "refund_failed", "refund_failed"],
  [["refunded"], "refund_requires_action", "refund_requires_action"],
  [["refund_failed"], "approval_requested", "awaiting_approval"],
  [["refund_failed"], "manual_refund_requested", "awaiting_manual_refund"],
  [["received", "unmatched", "awaiting_approval", "refund_failed"], "ticket_closed", "closed"],
];

/** The status that follows, or null where the table does not list the pair. */
export function nextStatus(from: TicketStatus, event: TicketEvent): TicketStatus | null {
  const row = LIFECYCLE.find(([statuses, name]) => name === event && statuses.includes(from));
  return row === undefined ? null : row[2];
}

const TERMINAL: readonly TicketStatus[] = ["refunded", "rejected", "closed"];

/** Whether a second request for the same order joins this ticket instead of opening another. */
export function isOpen(status: TicketStatus): boolean {
  return !TERMINAL.includes(status);
}
