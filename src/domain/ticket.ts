// Words used everywhere (also in README):
//   message   one mail received; its raw bytes are kept before anything is decided about it
//   ticket    one customer's wish about one payment; carries [R-<number>] in every subject
//   requester who asks (the form's words); payer: who paid (the provider's words)
//   round     one asking of the approvers: a proposal, or candidates to choose from
//   approver  an address of STAFF_EMAILS, or the operator at the command line
//   refund    one attempt to move money back (or to void an authorisation) under one key
//   deposit   what staff say was received for a payment whose provider does not tell
//   payout    a refund that staff transfer by hand, where the provider's way has failed
//   job       one side effect or timer; lane: what a job depends on (smtp, provider:stripe, …)

import type { Resolution, TicketStatus } from "./lifecycle.ts";
import type { Payment, RefundReason, RefundStatus } from "./payment.ts";

export type Intent = "full" | "partial" | "cancel" | "asks" | "withdraw";

export interface Ticket {
  /** Derived from the opening message, so that a restored backup repeats it. */
  readonly id: string;
  readonly number: number;
  /** Grows with every change of status or facts. */
  readonly version: number;
  readonly status: TicketStatus;
  readonly resolution: Resolution | null;
  readonly openedBy: string;
  readonly orderNumbers: readonly string[];
  readonly requesterName: string | null;
  /** The reading of the name, in kana. */
  readonly requesterKana: string | null;
  readonly requesterEmail: string | null;
  readonly requestedMinor: number | null;
  readonly intent: Intent | null;
  readonly provider: string | null;
  readonly paymentId: string | null;
  /** The address on the payment, once it is known. */
  readonly payerEmail: string | null;
  /** Of the latest round; 0 before the first. */
  readonly round: number;
  readonly openedAt: number;
  readonly updatedAt: number;
}

/** payout: staff transfer the money by hand; no provider is called. */
export type RefundAction = "refund" | "void" | "payout";

/** What an approver is asked to approve: exactly this, and nothing that differs from it. */
export interface Proposal {
  readonly kind: "proposal";
  readonly action: RefundAction;
  readonly provider: string;
  readonly account: string;
  readonly livemode: boolean;
  readonly paymentId: string;
  readonly method: string;
  readonly currency: string;
  /** Null where a plain OK has nothing to stand for. */
  readonly proposedMinor: number | null;
  readonly refundableMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly status: Payment["status"];
  readonly disputed: boolean;
  /** Staff give it back in the processor's own screen instead of transferring it. */
  readonly inScreen?: true;
  /** Of the bank account that the money goes to; absent while none is known. */
  readonly accountDigest?: string;
  /** Staff picked the payment instead of two facts agreeing. */
  readonly chosen: boolean;
  /**
   * The address of the payment that is asked for the account, where an account decides who is paid.
   * Absent in questions of an earlier version.
   */
  readonly payee?: string | null;
}

export interface CandidateList {
  readonly kind: "candidates";
  /** Number 1 is the first. */
  readonly candidates: readonly { readonly provider: string; readonly paymentId: string }[];
}

/** How much was received, which no API tells of this payment. */
export interface DepositQuestion {
  readonly kind: "deposit";
  readonly provider: string;
  readonly paymentId: string;
  readonly currency: string;
  /** What the order costs. */
  readonly amountMinor: number;
  /** Who paid, or is to pay: he does not say how much. */
  readonly payerEmail: string | null;
  /** Staff picked the payment instead of two facts agreeing. */
  readonly chosen: boolean;
}

export type Question = Proposal | CandidateList | DepositQuestion;

export interface Round {
  readonly ticketId: string;
  readonly round: number;
  readonly question: Question;
  readonly questionHash: string;
  readonly ticketVersion: number;
  readonly state: "open" | "decided" | "superseded";
  readonly holdUntil: number | null;
  readonly reminders: number;
  readonly createdAt: number;
}

/** A request as it was mailed to one approver. */
export interface ApprovalRequest {
  readonly ticketId: string;
  readonly round: number;
  readonly approver: string;
  readonly messageId: string;
  readonly codeHash: string;
  readonly expiresAt: number;
}

/** A recorded, counted "OK". */
export interface Approval {
  readonly ticketId: string;
  readonly round: number;
  readonly approver: string;
  readonly amountMinor: number;
  readonly reason: RefundReason;
  readonly reasonText: string | null;
  readonly note: string | null;
  readonly customerNote: string | null;
  /** The message that said it; null from the command line. */
  readonly messagePk: string | null;
  /** It showed the request's one-time code, or came from the operator. */
  readonly withCode: boolean;
  readonly at: number;
}

/**
 * planned: key and parameters are stored, a call may have been made. unknown: a call was made and
 * its outcome is not known. refused: the provider definitely did nothing. The rest are its words.
 * A payout is planned while staff are asked to transfer it, then succeeded, or canceled by staff.
 */
export type RefundState = "planned" | "unknown" | "refused" | "voided" | RefundStatus;

export interface Refund {
  readonly id: string;
  readonly ticketId: string;
  readonly round: number;
  readonly action: RefundAction;
  readonly provider: string;
  readonly account: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: RefundReason;
  /** Sent to the provider as it stands here, on every repeat. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  /** To whom the provider writes for the account; null where none is needed. Sent as it stands here. */
  readonly instructionsEmail: string | null;
  readonly state: RefundState;
  /** Of a payout: the bank's reference, as staff gave it. */
  readonly providerRefundId: string | null;
  readonly failureReason: string | null;
  /** Answers that were a server error replayed under our key. */
  readonly storedErrors: number;
  /** The outcome stays unknown until a person decides; the job only looks. */
  readonly needsPerson: boolean;
  readonly keyStoredAt: number;
  readonly followUntil: number | null;
  /** When the customer was last asked for his account, and until when he can give it; epoch ms. */
  readonly accountAskedAt: number | null;
  readonly accountUntil: number | null;
  readonly updatedAt: number;
}

export interface AuditEvent {
  readonly seq: number;
  readonly ticketId: string | null;
  readonly type: string;
  /** "henkin", an approver's address, or "cli:<os user>". */
  readonly actor: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** "R-12" */
export function ticketReference(number: number): string {
  return `R-${number}`;
}
