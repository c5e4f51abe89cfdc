// What staff can answer a customer who asks where the money is: drafted from the true state, so that
// nobody promises more than the provider says.

import type { Locale, RefundRoute } from "./outgoing-mail.ts";
import type { ProviderRefund } from "./payment.ts";
import type { Ticket } from "./ticket.ts";

export interface InquiryFacts {
  readonly ticket: Pick<Ticket, "status">;
  /** Of the newest refund or void of the ticket; null where none was begun. */
  readonly refund: {
    /** What the provider says just now; null where it could not be asked, or knows of none. */
    readonly status: ProviderRefund["status"] | null;
    /** With its currency, ready to print. */
    readonly amount: string;
    /** On which it was made, YYYY-MM-DD. */
    readonly date: string;
    readonly route: RefundRoute;
    /** By which the customer's bank can find the refund; null where there is none. */
    readonly traceReference: string | null;
  } | null;
}

type RefundFacts = NonNullable<InquiryFacts["refund"]>;
type OfRefund = Readonly<Record<Locale, (refund: RefundFacts) => readonly string[]>>;
type OfTicket = Readonly<Record<Locale, readonly string[]>>;

const REFUNDED: OfRefund = {
  ja: ({ amount, date, route, traceReference }) => [
    `ご返金（${amount}）は ${date} にお手続きし、決済会社で完了しております。`,
    ...(route === "card"
      ? [
          "ご利用明細への反映には、通常5〜10営業日ほどかかります。",
          "時期はカード会社により異なります。",
        ]
      : ["ご入金の時期は、金融機関により異なります。"]),
    ...(traceReference === null
      ? []
      : [
          "カード会社へお問い合わせの際は、次の照会番号をお伝えください。",
          `照会番号: ${traceReference}`,
        ]),
  ],
  en: ({ amount, date, route, traceReference }) => [
    `Your refund of ${amount} was made on ${date},`,
    "and the payment provider says that it is completed.",
    ...(route === "card"
      ? [
          "It usually appears on the card statement within 5 to 10 business days.",
          "The card company decides when.",
        ]
      : ["When it arrives depends on your bank."]),
    ...(traceReference === null
      ? []
      : ["If you ask your card company, please give them this reference:", traceReference]),
  ],
};

const AT_PROVIDER: OfRefund = {
  ja: ({ amount }) => [
    `ご返金（${amount}）のお手続きを、決済会社で進めております。`,
    "完了しましたら、改めてご連絡いたします。",
  ],
  en: ({ amount }) => [
    `Your refund of ${amount} is being processed by the payment provider.`,
    "We will write to you when it is completed.",
  ],
};

const NEEDS_DETAILS: OfRefund = {
  ja: ({ amount }) => [
    `ご返金（${amount}）のため、決済会社より、`,
    "お振込先の口座をお尋ねするメールをお送りしております。",
    "お手数ですが、そのメールからお手続きをお願いいたします。",
  ],
  en: ({ amount }) => [
    `For your refund of ${amount} the payment provider has asked you`,
    "by mail for your bank account.",
    "Please follow that mail.",
  ],
};

const FAILED: OfRefund = {
  ja: ({ amount }) => [
    `ご返金（${amount}）のお手続きが完了しませんでした。誠に申し訳ございません。`,
    "方法を確認のうえ、改めてご連絡いたします。",
  ],
  en: ({ amount }) => [
    `We are sorry: your refund of ${amount} could not be completed.`,
    "We are looking for another way and will write to you again.",
  ],
};

const IN_HAND: OfTicket = {
  ja: ["ご依頼は承っており、現在確認しております。", "結果は改めてメールでお知らせいたします。"],
  en: ["We have received your request and are looking into it.", "We will write to you again."],
};

const APPROVED: OfTicket = {
  ja: ["ご返金を承りました。まもなくお手続きいたします。"],
  en: ["Your refund has been approved and will be made shortly."],
};

const REJECTED: OfTicket = {
  ja: ["先日のご依頼につきましては、ご希望に沿えない旨をお知らせしております。"],
  en: ["We have written to you that we cannot grant your request."],
};

/** Staff know what the records do not say. */
const NOTHING: OfTicket = { ja: [], en: [] };

function ofRefund(status: RefundFacts["status"]): OfRefund | null {
  switch (status) {
    case "succeeded":
      return REFUNDED;
    case "pending":
      return AT_PROVIDER;
    case "requires_action":
      return NEEDS_DETAILS;
    case "failed":
    case "canceled":
      return FAILED;
    case "unknown":
    case null:
      return null;
  }
}

function ofTicket(status: Ticket["status"]): OfTicket {
  switch (status) {
    case "received":
    case "unmatched":
    case "awaiting_approval":
      return IN_HAND;
    case "approved":
      return APPROVED;
    case "rejected":
      return REJECTED;
    case "awaiting_manual_refund":
    case "refund_pending":
    case "refund_requires_action":
    case "refunded":
    case "refund_failed":
    case "closed":
      return NOTHING;
  }
}

/**
 * The sentences between greeting and regards; none where nothing is certain. Of a refund only what
 * the provider says just now counts.
 */
export function draftAnswer({ ticket, refund }: InquiryFacts, locale: Locale): readonly string[] {
  if (refund === null) return ofTicket(ticket.status)[locale];
  return ofRefund(refund.status)?.[locale](refund) ?? [];
}
