// What a person decides about the open round, and why that may not be taken.

import type { RefundReason } from "../domain/payment.ts";
import type { Round, Ticket } from "../domain/ticket.ts";

export type Verdict =
  | {
      readonly kind: "approve";
      /** Null: what the proposal says. */
      readonly amountMinor: number | null;
      readonly reason: RefundReason;
      readonly reasonText: string | null;
      readonly customerNote: string | null;
    }
  | {
      readonly kind: "reject";
      readonly reason: "expired" | "shipped" | "not_covered" | "other" | null;
      readonly customerNote: string | null;
    }
  | { readonly kind: "hold" | "return"; readonly until: number }
  | { readonly kind: "choose"; readonly choice: number }
  | { readonly kind: "received"; readonly amountMinor: number }
  | { readonly kind: "ask" };

export interface Decided {
  readonly ticket: Ticket;
  readonly round: Round;
  readonly verdict: Verdict;
  /** See decider.ts. */
  readonly by: string;
  readonly note: string | null;
  readonly messagePk: string | null;
  /** The answer shows the request's one-time code. */
  readonly withCode: boolean;
}

/** Why a clear decision is not taken; what to say is in wording.ts. */
export type Refusal =
  | "decided"
  | "superseded"
  | "own_request"
  | "token_limit"
  | "nothing_to_stop"
  | "unclear";
