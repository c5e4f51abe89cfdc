// The report of a rehearsal, in the language of the shop.

import type { Locale } from "./outgoing-mail.ts";
import type { Verdict } from "./rehearsal.ts";

type Words = Readonly<Record<Locale, string>>;

const VERDICTS: Readonly<Record<Verdict, Words>> = {
  agrees: { ja: "決済も金額も一致", en: "same payment, same amount" },
  amount_open: {
    ja: "決済が一致(金額は担当者が指定)",
    en: "same payment; staff would have stated the amount",
  },
  listed: {
    ja: "返金された決済が候補の中にあった",
    en: "the refunded payment was among the candidates",
  },
  rightly_closed: {
    ja: "返金するものがなく、その後も返金されていない",
    en: "nothing to refund, and nothing was refunded",
  },
  other_amount: { ja: "決済は一致、金額が異なる", en: "same payment, another amount" },
  other_payment: {
    ja: "★別の決済が返金された",
    en: "* another payment was refunded",
  },
  not_listed: {
    ja: "返金された決済が候補になかった",
    en: "the refunded payment was not among the candidates",
  },
  not_found: {
    ja: "決済を見つけられなかったが、返金された",
    en: "no payment was found, and one was refunded",
  },
  wrongly_closed: {
    ja: "★返金不要と回答するところだったが、返金された",
    en: "* henkin would have said there is nothing to refund, and it was refunded",
  },
  asked_not_refunded: {
    ja: "返金の承認を依頼するところだったが、返金されていない(お断り、対応漏れ、または誤った提案)",
    en: "asked to refund, and not refunded (declined, forgotten, or wrongly proposed)",
  },
  not_refunded: {
    ja: "特定の決済を提案せず、返金もされていない",
    en: "no payment was proposed, and nothing was refunded",
  },
  untold: {
    ja: "決済サービスが返金を教えないため比較できない",
    en: "cannot be compared: the provider does not tell of refunds",
  },
};

const KINDS: Readonly<Record<string, Words>> = {
  refund_request: { ja: "返金・キャンセルの依頼", en: "refund or cancellation requests" },
  customer_reply: { ja: "お客様の返信", en: "customers' answers" },
  staff_reply: { ja: "担当者の返信", en: "staff answers" },
  staff_command: { ja: "担当者の依頼", en: "staff's own requests" },
  status_inquiry: { ja: "返金状況のお問い合わせ", en: "questions where the money is" },
  provider_notice: { ja: "決済会社からのお知らせ", en: "notices of payment providers" },
  auto_reply: { ja: "自動応答", en: "automatic answers" },
  bounce: { ja: "配信エラー", en: "bounces" },
  own: { ja: "henkin のメール", en: "mails of henkin itself" },
  other: { ja: "その他(henkin は触れない)", en: "others, left alone" },
};

const TEXTS = {
  title: { ja: "リハーサル {0} 〜 {1}", en: "Rehearsal {0} to {1}" },
  mails: { ja: "届いたメール", en: "Mails received" },
  unreadable: { ja: "読めないメール(担当者に見せる)", en: "unreadable, shown to staff" },
  repeated: { ja: "同じメールの重複", en: "the same mail again" },
  requests: { ja: "返金の依頼への henkin の対応", en: "What henkin would have done" },
  to_approve: {
    ja: "決済を1件に特定し、担当者に承認を依頼",
    en: "one payment matched: approval asked of staff",
  },
  to_choose: { ja: "候補を示し、担当者に選択を依頼", en: "candidates: staff asked to choose" },
  customer_asked: {
    ja: "決済が見つからず、お客様に注文番号を確認",
    en: "no payment: the customer asked for the order number",
  },
  closed: {
    ja: "返金済み・未入金・取り下げとして回答",
    en: "answered: already refunded, nothing paid or withdrawn",
  },
  left_to_person: { ja: "担当者の判断に委ねる", en: "left to a person" },
  compared: { ja: "実際の返金との比較", en: "Compared with the refunds really made" },
  sum: { ja: "合計", en: "total" },
  refunds_made: { ja: "実際に行われた返金", en: "refunds really made" },
  without_request: { ja: "うち、依頼のメールが見つからないもの", en: "of them without a request" },
  agreement: {
    ja: "特定した決済のうち返金された {0} 件中、決済も金額も一致: {1} 件({2})",
    en: "Of {0} matched payments that were refunded, {1} agree in payment and amount ({2}).",
  },
  uncovered: {
    ja: "この割合は、返金と比較できない提案 {0} 件を含みません(返金されていない: {1} 件、比較できない: {2} 件)。",
    en: "The rate does not cover {0} proposals: {1} never refunded, {2} that cannot be compared.",
  },
  disagreements: { ja: "食い違い {0} 件", en: "Disagreements: {0}" },
  no_disagreement: { ja: "食い違いはありません。", en: "There are no disagreements." },
  orphans: { ja: "依頼のメールが見つからない返金 {0} 件", en: "Refunds without a request: {0}" },
  more: { ja: "… ほか {0} 件(--json で全件)", en: "… and {0} more (--json has all)" },
  column_date: { ja: "受信", en: "received" },
  column_sender: { ja: "送信者", en: "sender" },
  column_order: { ja: "注文", en: "order" },
  column_would: { ja: "henkin の対応", en: "henkin would have" },
  column_made: { ja: "実際の返金", en: "really refunded" },
  column_refunded: { ja: "返金日時", en: "refunded" },
  column_payment: { ja: "決済", en: "payment" },
  column_amount: { ja: "金額", en: "amount" },
  would_ask: { ja: "承認を依頼: {0}", en: "asked to refund: {0}" },
  would_void: { ja: "取消を依頼: {0}", en: "asked to void: {0}" },
  would_choose: { ja: "候補から選択: {0}", en: "asked to choose: {0}" },
  would_ask_customer: { ja: "お客様に注文番号を確認", en: "asked the customer" },
  would_close: { ja: "返金不要と回答: {0}", en: "answered {0}" },
  would_nothing: { ja: "担当者の判断に委ねる", en: "left it to a person" },
  untold_note: {
    ja: "{0} は返金の記録を提供しないため、その決済は比較していません。",
    en: "{0} does not tell of refunds: its payments are not compared.",
  },
  unreadable_refunds: {
    ja: "読み取れない返金が {0} 件あり、比較に含めていません。",
    en: "{0} refunds could not be read and are left out.",
  },
  nothing_changed: {
    ja: "メールの送信、返金、データの変更は一切行っていません。",
    en: "Nothing was sent, paid or changed.",
  },
} as const satisfies Readonly<Record<string, Words>>;

export function verdictWords(verdict: Verdict, locale: Locale): string {
  return VERDICTS[verdict][locale];
}

/** Of mails; a kind of a later version in its own words. */
export function kindWords(kind: string, locale: Locale): string {
  return KINDS[kind]?.[locale] ?? kind;
}

export function rehearsalText(
  name: keyof typeof TEXTS,
  locale: Locale,
  ...values: readonly (string | number)[]
): string {
  return TEXTS[name][locale].replace(/\{(\d)\}/g, (_all, at) => String(values[Number(at)] ?? ""));
}
