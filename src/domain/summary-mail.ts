// What the nightly summary prints, ready to print; see outgoing-mail.ts for what that means.

export interface SummaryTicketLine {
  readonly number: number;
  readonly order: string;
  readonly status: string;
  readonly amount: string;
  readonly age: string;
  readonly note: string;
}

/** One that a person has to answer. */
export interface WaitingLine extends SummaryTicketLine {
  /**
   * mailto: link that asks the approvers to look at it; "" where there is nobody to ask. It decides
   * nothing: nobody approves without the facts of the request before him, and the summary is the
   * mail that gets forwarded, so that it bears no one-time code.
   */
  readonly askLink: string;
}

/** One row of the accountant's file; the columns in this order. */
export interface LedgerLine {
  /** "2026-11-21 15:50" */
  readonly date: string;
  readonly ticket: string;
  readonly order: string;
  readonly counterparty: string;
  /** A bare number in the currency's major unit. */
  readonly amount: string;
  readonly currency: string;
  readonly provider: string;
  readonly refund: string;
  readonly state: string;
  /** What left the shop by it: the amount, "0", or below zero where it came back. */
  readonly paidOut: string;
}

interface MoneyLine {
  readonly provider: string;
  readonly count: number;
  readonly amount: string;
}

/** One day of the bars. */
export interface DayBar {
  /** "11/21" */
  readonly day: string;
  readonly requests: number;
  /** As signs for the text, and as a share of the column for HTML. */
  readonly requestsBar: string;
  readonly requestsPercent: number;
  readonly amount: string;
  readonly amountBar: string;
  readonly amountPercent: number;
}

export interface GuardRail {
  readonly label: string;
  readonly used: string;
  /** "" without a limit. */
  readonly limit: string;
  /** Little is left; the next refunds may have to wait. */
  readonly isNear: boolean;
}

export interface SummaryVariables {
  readonly shopName: string;
  readonly date: string;
  readonly period: string;
  /** As of when everything is that waits; "" where that is the end of the period. */
  readonly asOf: string;
  readonly needsAction: number;
  /** The mail's reader may decide, by answering the requests he has got. */
  readonly isApprover: boolean;
  readonly figures: readonly {
    readonly label: string;
    readonly value: string;
    /** Of a day; "" while there is nothing to compare with. */
    readonly average: string;
  }[];
  /** How many days the averages are of; at most 14. */
  readonly averageDays: number;
  readonly paidOut: readonly MoneyLine[];
  /** What had left the shop and came back. */
  readonly cameBack: readonly MoneyLine[];
  /** The same of refunds made outside henkin, such as in the provider's Dashboard. */
  readonly paidElsewhere: readonly MoneyLine[];
  /** What the records and the provider do not agree about. */
  readonly mismatches: readonly string[];
  readonly refundsElsewhere: readonly {
    readonly provider: string;
    readonly refund: string;
    readonly amount: string;
    readonly date: string;
    /** The provider's word. */
    readonly status: string;
    /** "R-12", or "" where no ticket is about that payment. */
    readonly reference: string;
    /** Money of the ticket is out or was refused, so that a person must look. */
    readonly needsLook: boolean;
  }[];
  /** Each provider, and when its refunds were compared with the records; "" not in this period. */
  readonly comparisons: readonly { readonly provider: string; readonly at: string }[];
  /** How many have waited how long. */
  readonly ages: readonly { readonly label: string; readonly count: number }[];
  /** Oldest first; transfers by hand are not among them. */
  readonly waiting: readonly WaitingLine[];
  /** How many more there are than the mail lists. */
  readonly moreWaiting: number;
  /** Transfers that staff have been asked for. */
  readonly manual: readonly WaitingLine[];
  readonly moreManual: number;
  /** Nearest deadline first. */
  readonly openRefunds: readonly SummaryTicketLine[];
  readonly moreOpenRefunds: number;
  readonly failures: readonly WaitingLine[];
  readonly moreFailures: number;
  readonly quarantined: readonly {
    readonly from: string;
    readonly subject: string;
    readonly reason: string;
  }[];
  readonly moreQuarantined: number;
  /** Mails of the period that nobody but a person can answer. */
  readonly unanswered: number;
  /** Mails of ours that were refused, or of which nobody knows whether they arrived. */
  readonly undelivered: number;
  readonly guardRails: readonly GuardRail[];
  /** Oldest first, tonight last. */
  readonly days: readonly DayBar[];
  /** Of the amounts among the bars. */
  readonly currency: string;
  readonly lanes: readonly string[];
  readonly stopped: boolean;
  readonly auditHead: string;
  /** What the attached file holds. */
  readonly ledger: readonly LedgerLine[];
}
