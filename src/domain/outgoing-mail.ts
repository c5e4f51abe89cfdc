// Every mail henkin writes, with what its template may use. All values are ready to print: templates
// choose words, never facts. A missing variable fails the rendering (Handlebars strict mode). Every
// string is one line; "" stands for what is not known or does not apply.

import type { SummaryTicketLine, SummaryVariables } from "./summary-mail.ts";

/** One line of the facts shown to staff. */
export interface Fact {
  readonly label: string;
  readonly payment: string;
  readonly request: string;
  /** "same" | "differs" | "plain" where there is nothing to compare. */
  readonly mark: "same" | "differs" | "plain";
}

export interface CandidateLine {
  /** null: shown for orientation, cannot be chosen. */
  readonly number: number | null;
  /** mailto: link that answers with this number; "" where it cannot be chosen. */
  readonly chooseLink: string;
  readonly orderNumbers: string;
  readonly amount: string;
  readonly left: string;
  readonly payer: string;
  readonly paidAt: string;
  readonly status: string;
  readonly shared: string;
}

/**
 * How the money goes back, which decides what a mail may promise. card: on the card's statement;
 * bank: to a bank account (Konbini, bank transfer, by hand); instalments: off a pay-later plan.
 */
export type RefundRoute = "card" | "bank" | "instalments" | "other";

interface StaffTicket {
  /** "R-12" */
  readonly reference: string;
  readonly shopName: string;
}

interface CustomerTicket {
  readonly reference: string;
  readonly shopName: string;
  readonly shopEmail: string;
  /** With 様 in Japanese; the fallback (お客様) where no name is known. */
  readonly customer: string;
  /** Printed order numbers, or "" where none is known. */
  readonly orderNumber: string;
}

/** Of a refund: less than was paid is said beside what was paid. */
interface Returned {
  readonly amount: string;
  readonly paidAmount: string;
  readonly isPartial: boolean;
}

/** The particulars of a 適格返還請求書; "" in all of them where none is due. */
interface ReturnInvoice {
  /** 登録番号 */
  readonly invoiceNumber: string;
  readonly saleDate: string;
  /** "10%" */
  readonly taxRate: string;
  /** The goods bear the reduced rate, which has to be said. */
  readonly isReducedRate: boolean;
  /** In the amount that is returned. */
  readonly taxAmount: string;
}

interface Decidable {
  /** The bare one-time code, to be repeated as the line 「コード: …」. */
  readonly code: string;
  /** mailto: link that prefills the answer, percent-encoded. */
  readonly rejectLink: string;
  /** The customer's own words, line by line; the template puts a bar before each. */
  readonly customerText: readonly string[];
  /** Marked where the provider is in test mode. */
  readonly testMode: boolean;
  /** What a provider answered, line by line, where that is new or strange; else empty. */
  readonly rawAnswer: readonly string[];
}

export interface MailVariables {
  /** staff */
  approval_request: StaffTicket &
    Decidable & {
      readonly isVoid: boolean;
      /** Staff are to transfer the money by hand. */
      readonly isPayout: boolean;
      /** What a plain OK stands for; "" where it stands for nothing. */
      readonly amount: string;
      readonly hasProposal: boolean;
      /** An amount that may be paid, to show how one is written: "OK 1200", and what that means. */
      readonly exampleFigure: string;
      readonly exampleAmount: string;
      readonly orderNumber: string;
      /** Who asks: name and address as the request gives them. */
      readonly requester: string;
      readonly facts: readonly Fact[];
      readonly strength: string;
      readonly warnings: readonly string[];
      /** What changed since an earlier request; empty the first time. */
      readonly changes: readonly string[];
      readonly orderUrl: string;
      readonly method: string;
      readonly route: RefundRoute;
      /** Where the customer will be written to afterwards. */
      readonly customerEmail: string;
      /** mailto: link that prefills the answer, percent-encoded. */
      readonly approveLink: string;
      /** How long an approval can still be stopped; 0: not at all. */
      readonly coolingMinutes: number;
      readonly needsSecondApproval: boolean;
      /** The last day of the code; then a new request follows by itself. */
      readonly codeUntil: string;
    };
  /** How much was received? The answer is 「入金 2500」. */
  deposit_question: StaffTicket &
    Decidable & {
      readonly orderNumber: string;
      readonly requester: string;
      readonly payer: string;
      /** What the order costs; "" where no system knows. */
      readonly amount: string;
      /** For showing how to answer: the order's price, where it is known. */
      readonly exampleFigure: string;
      readonly exampleAmount: string;
      /** A provider's notice opened the ticket, and no customer has asked. */
      readonly isUnasked: boolean;
      /** What other systems say of the order. */
      readonly systems: readonly { readonly system: string; readonly state: string }[];
      readonly orderUrl: string;
      /** mailto: links that answer with the whole amount ("" where it is not known), and with nothing. */
      readonly fullLink: string;
      readonly nothingLink: string;
    };
  candidates: StaffTicket &
    Decidable & {
      readonly reason: string;
      readonly orderNumber: string;
      readonly requester: string;
      readonly candidates: readonly CandidateLine[];
      readonly orderUrl: string;
      /** mailto: link that answers with 確認: ask the customer. */
      readonly askLink: string;
    };
  ambiguous_answer: StaffTicket & {
    readonly reason: string;
    readonly answer: readonly string[];
    readonly code: string;
  };
  decision_made: StaffTicket & {
    readonly decision: string;
    readonly by: string;
    readonly amount: string;
    readonly note: string;
    /** Until when the answer STOP is heard; "" where there is nothing to stop. */
    readonly stopUntil: string;
    /** Nobody else has to answer; false where a second approval or a later answer is awaited. */
    readonly isFinal: boolean;
  };
  /** Without links: nobody should approve without seeing the facts of the request again. */
  reminder: StaffTicket & {
    /** "" where no amount is proposed, as with candidates. */
    readonly amount: string;
    readonly orderNumber: string;
    readonly requester: string;
    readonly since: string;
    readonly code: string;
  };
  /** To the managers, where reminders to the approvers were not enough. */
  escalation: StaffTicket & {
    /** "" where no amount is proposed, as with candidates. */
    readonly amount: string;
    readonly orderNumber: string;
    readonly requester: string;
    readonly since: string;
    readonly reminders: string;
    readonly approvers: readonly string[];
  };
  /** The answer to 「一覧」. */
  open_tickets: {
    readonly shopName: string;
    /** Oldest first. */
    readonly tickets: readonly SummaryTicketLine[];
  };
  /** A ticket that stands still until a person acts. */
  staff_task: StaffTicket & {
    readonly reason: string;
    readonly details: readonly string[];
    /** Whether 「完了 <reference>」 is awaited. */
    readonly asksDone: boolean;
    /** Line by line what may be copied into another system; empty where there is nothing to copy. */
    readonly copyText: readonly string[];
    /** What a provider answered, line by line, where that is what it is about; else empty. */
    readonly rawAnswer: readonly string[];
    /** "" where no answer is expected. */
    readonly code: string;
  };
  /** A customer asks where the money is; the answer is drafted, and sent by staff. */
  status_inquiry: StaffTicket & {
    readonly customerText: readonly string[];
    readonly status: string;
    /** The provider's id of the refund; "" where none was made. */
    readonly refund: string;
    /** The provider's own word; "" where it was not asked. */
    readonly refundStatus: string;
    /** Whether the provider was asked just now. */
    readonly isLive: boolean;
    readonly traceReference: string;
    /** Whom the provider asked for the bank account, and until when; "" where nobody. */
    readonly accountAsked: string;
    /** Whoever asks; "" where the mail names nobody. Only a claim, like every sender. */
    readonly writtenBy: string;
    readonly customer: string;
    readonly customerEmail: string;
    /** Empty where the records do not say what is true. */
    readonly draft: readonly string[];
    /** mailto: link that opens the draft as a mail to the customer; "" where there is none. */
    readonly answerLink: string;
  };
  /** customer */
  acknowledgement: CustomerTicket;
  need_order_number: CustomerTicket;
  return_goods: CustomerTicket & { readonly until: string };
  /** Asks for the bank account, to be written into the answer. */
  account_request: CustomerTicket & {
    /** What was approved, as long as nothing changes; "" where nobody has said. */
    readonly amount: string;
    readonly isReminder: boolean;
    /** Nobody has asked for the refund: the shop found out that it owes it. */
    readonly isUnasked: boolean;
    /** What an earlier answer left unclear, in words. */
    readonly unclear: readonly string[];
  };
  account_received: CustomerTicket & {
    /** Bank, branch, kind and the end of the number. */
    readonly bank: string;
    readonly holder: string;
    /** Another account was given before. */
    readonly isChanged: boolean;
  };
  refund_started: CustomerTicket &
    Returned & { readonly method: string; readonly route: RefundRoute };
  refund_needs_details: CustomerTicket &
    Returned & {
      /** Who writes to the customer for the bank account, e.g. "Stripe". */
      readonly provider: string;
      /** The last day to give the account; "" where the provider does not tell. */
      readonly deadline: string;
      readonly isReminder: boolean;
    };
  refunded: CustomerTicket &
    Returned &
    ReturnInvoice & {
      readonly method: string;
      readonly route: RefundRoute;
      readonly date: string;
      /** The shop's own sentence, or "". */
      readonly note: string;
    };
  voided: CustomerTicket & { readonly amount: string; readonly route: RefundRoute };
  /** At most one reason is true; none: a general regret. */
  rejected: CustomerTicket & {
    readonly isExpired: boolean;
    readonly isShipped: boolean;
    readonly isNotCovered: boolean;
    /** The shop's own sentence, or "". */
    readonly note: string;
  };
  already_refunded: CustomerTicket & { readonly amount: string; readonly date: string };
  nothing_charged: CustomerTicket & { readonly route: RefundRoute };
  refund_failed: CustomerTicket & { readonly amount: string };
  /** To the old and the new address that is asked for the bank account of a refund. */
  payee_changed: CustomerTicket;
  /** manager */
  summary: SummaryVariables;
}

export type MailName = keyof MailVariables;

export type Locale = "ja" | "en";
