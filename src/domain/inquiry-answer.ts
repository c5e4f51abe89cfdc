// What staff can answer a customer who asks where the money is: drafted from the true state, so that
// nobody promises more than the provider says.

import type { Locale, RefundRoute } from "./outgoing-mail.ts";
import type { Ticket } from "./ticket.ts";

export interface InquiryFacts {
  readonly ticket: Pick<Ticket, "status" | "resolution">;
  /** With its currency, ready to print; "" where no refund was made. */
  readonly amount: string;
  /** Of the refund, YYYY-MM-DD; "" where none was made. */
  readonly date: string;
  readonly route: RefundRoute;
  /** By which the customer's bank can find the refund; null where there is none. */
  readonly traceReference: string | null;
}

type Sentences = Readonly<Record<Locale, (facts: InquiryFacts) => readonly string[]>>;

const REFUNDED: Sentences = {
  ja: ({ amount, date, route, traceReference }) => [
    `ご返金（${amount}）のお手続きは、${date} に完了しております。`,
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
    `Your refund of ${amount} was completed on ${date}.`,
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

const AT_PROVIDER: Sentences = {
  ja: ({ amount }) => [
    `ご返金（${amount}）のお手続きを、決済会社で進めております。`,
    "完了しましたら、改めてご連絡いたします。",
  ],
  en: ({ amount }) => [
    `Your refund of ${amount} is being processed by the payment provider.`,
    "We will write to you when it is completed.",
  ],
};

const NEEDS_DETAILS: Sentences = {
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

const FAILED: Sentences = {
  ja: ({ amount }) => [
    `ご返金（${amount}）のお手続きが完了しませんでした。誠に申し訳ございません。`,
    "方法を確認のうえ、改めてご連絡いたします。",
  ],
  en: ({ amount }) => [
    `We are sorry: your refund of ${amount} could not be completed.`,
    "We are looking for another way and will write to you again.",
  ],
};

const IN_HAND: Sentences = {
  ja: () => [
    "ご依頼は承っており、現在確認しております。",
    "結果は改めてメールでお知らせいたします。",
  ],
  en: () => [
    "We have received your request and are looking into it.",
    "We will write to you again.",
  ],
};

const APPROVED: Sentences = {
  ja: () => ["ご返金を承りました。まもなくお手続きいたします。"],
  en: () => ["Your refund has been approved and will be made shortly."],
};

const REJECTED: Sentences = {
  ja: () => ["先日のご依頼につきましては、ご希望に沿えない旨をお知らせしております。"],
  en: () => ["We have written to you that we cannot grant your request."],
};

const NOT_CHARGED: Sentences = {
  ja: () => ["ご注文は取り消しており、ご請求は発生しておりません。"],
  en: () => ["The order was cancelled, and nothing was charged."],
};

/** Staff know what the records do not say. */
const UNKNOWN: Sentences = { ja: () => [], en: () => [] };

function sentencesFor({ status, resolution }: InquiryFacts["ticket"]): Sentences {
  switch (status) {
    case "refunded":
      return REFUNDED;
    case "refund_pending":
      return AT_PROVIDER;
    case "refund_requires_action":
      return NEEDS_DETAILS;
    case "refund_failed":
    case "awaiting_manual_refund":
      return FAILED;
    case "approved":
      return APPROVED;
    case "received":
    case "unmatched":
    case "awaiting_approval":
      return IN_HAND;
    case "rejected":
      return REJECTED;
    case "closed":
      return resolution === "voided" ? NOT_CHARGED : UNKNOWN;
  }
}

/** The sentences between greeting and regards; none where the records do not say what is true. */
export function draftAnswer(facts: InquiryFacts, locale: Locale): readonly string[] {
  return sentencesFor(facts.ticket)[locale](facts);
}
