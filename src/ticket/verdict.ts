// What a person decides about the open round, and why that may not be taken.

import type { Decision } from "../domain/approval/decision.ts";
import type { RefundReason } from "../domain/payment.ts";
import type { Round, Ticket } from "../domain/ticket.ts";
import type { Desk } from "./desk.ts";

const HOLD_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1_000;

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

/** Null where the words mean nothing that can be done to this request. */
export function verdictOf(desk: Desk, decision: Decision): Verdict | null {
  const { reason, reasonText, customerNote } = decision;
  switch (decision.decision) {
    case "approve": {
      const isRefundReason =
        reason === "duplicate" || reason === "fraudulent" || reason === "other";
      return {
        kind: "approve",
        amountMinor: decision.amountMinor,
        reason: isRefundReason ? reason : "requested_by_customer",
        reasonText,
        customerNote,
      };
    }
    case "reject": {
      const isPolite = reason === "expired" || reason === "shipped" || reason === "not_covered";
      return { kind: "reject", reason: isPolite ? reason : null, customerNote };
    }
    case "hold":
    case "return": {
      const now = desk.clock.now();
      const { until } = decision;
      const at =
        until === null
          ? now + HOLD_DAYS * DAY_MS
          : desk.calendar.nextMonthDay(now, until.month, until.day);
      return at === null ? null : { kind: decision.decision, until: at };
    }
    case "choose":
      return decision.choice === null ? null : { kind: "choose", choice: decision.choice };
    case "ask":
      return { kind: "ask" };
    case "received":
      return decision.amountMinor === null
        ? null
        : { kind: "received", amountMinor: decision.amountMinor };
    case "stop":
    case "done":
    case "ambiguous":
      return null;
  }
}

/** Refusals and delays count whenever they were said. */
export function leadsToMoney(verdict: Verdict): boolean {
  return verdict.kind === "approve" || (verdict.kind === "choose" && verdict.choice !== 0);
}
