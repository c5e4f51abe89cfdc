// Why staff are asked which payment is meant.

import type { CandidateReason } from "./matching.ts";

type Words = Readonly<Record<"ja" | "en", string>>;

const CANDIDATE_REASONS: Readonly<Record<CandidateReason, Words>> = {
  order_number_missing: {
    ja: "お問い合わせに注文番号がありません。",
    en: "The request names no order number.",
  },
  order_number_not_found: {
    ja: "この注文番号の決済は見つかりませんでした。",
    en: "No payment bears this order number.",
  },
  in_memo: {
    ja: "この注文番号の決済は見つかりませんでしたが、備考や振込名義にこの番号がある決済があります。お客様の情報とは一致していません。ご本人のものか確かめてください。",
    en: "No payment bears this order number, but the number stands in the description or the sender's name of these. Nothing of the customer agrees with them: make sure that they are his.",
  },
  same_amount: {
    ja: "注文番号では見つかりませんでしたが、金額が同じ決済があります(古い順)。お客様の情報とは一致していません。ご本人のものか確かめてください。",
    en: "The order number led to no payment, but these are of the same amount (oldest first). Nothing of the customer agrees with them: make sure that they are his.",
  },
  adding_up: {
    ja: "注文番号では見つかりませんでしたが、合計するとお申し出の金額になる、同じ支払者の決済があります。1回の振込で複数の注文をお支払いになったのかもしれません。選べるのは1件で、ほかの注文は「返金 注文番号」というメールで別に受け付けられます。",
    en: 'The order number led to no payment, but these of one payer add up to the amount asked for: one transfer may have paid several orders. Choose one of them; a mail that says "refund ORDER NUMBER" opens a ticket for another.',
  },
  payer_differs: {
    ja: "注文番号は一致しますが、支払者のメールアドレスもお名前も一致しません。",
    en: "The order number agrees, but neither the payer's e-mail nor the name does.",
  },
  notice: {
    ja: "決済会社の名前で届いたお知らせにある注文番号の決済です。お客様からのご依頼はまだなく、お知らせの差出人も確認していません。",
    en: "A notice in a payment provider's name bears this order number. No customer has asked, and who sent the notice is not verified.",
  },
  several_payments: {
    ja: "この注文番号の決済が複数あります。",
    en: "Several payments bear this order number.",
  },
  disputed: {
    ja: "この決済には不審請求の申請があるため、返金できません。決済サービスの画面で対応してください。",
    en: "This payment is disputed, so nothing may be refunded. Answer the dispute at the provider.",
  },
  too_old: {
    ja: "銀行振込の決済から180日が過ぎたため、決済サービスからは返金できません。番号を選ぶと、手作業での振込の承認依頼をお送りします。",
    en: "A bank transfer of more than 180 days ago cannot be refunded by the provider. If you choose it, you are asked to approve a transfer by hand.",
  },
  underpaid: {
    ja: "お振込みの金額が足りず、この決済は成立していないため、選んで返金することはできません。受け取った分はお客様の現金残高にあります。残高が候補に出ていればその番号を選んでください。出ていなければ、Stripe のダッシュボードでこのお客様を開き、残高から返金してください(不足分を待つ場合は「保留」。入金されれば自動で進みます)。別の決済のことなら「0」、お断りするなら「NG」と返信してください。",
    en: "The transfer was too small, so nothing was charged and there is nothing to choose. What was received lies in the customer's cash balance. If the balance is listed, choose its number. If not, open the customer in the Stripe Dashboard and refund it from the balance there, or answer HOLD to wait for the rest, which goes on by itself once it arrives. Answer 0 if another payment is meant, NG to decline.",
  },
  cash_balance: {
    ja: "この注文番号のお客様の振込のうち、どの決済にも使われていない残高だけが見つかりました。",
    en: "Of this order only money was found that the customer transferred and that paid for nothing.",
  },
  unclear_status: {
    ja: "決済の状態が確定していないため、判断できません。",
    en: "The payment is in a state that allows no decision yet.",
  },
};

export function candidateReasonWords(reason: CandidateReason, locale: "ja" | "en"): string {
  return CANDIDATE_REASONS[reason][locale];
}
