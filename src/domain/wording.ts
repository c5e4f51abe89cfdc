// Words for codes that the core puts into mails, in both languages. Whole sentences of a mail are
// in templates/; here is only what depends on a fact.

import { ACCOUNT_SENTENCES } from "./account-words.ts";
import type { TicketStatus } from "./lifecycle.ts";
import type { SharedFacts } from "./matching.ts";
import { formatMoney } from "./money.ts";
import type { Locale } from "./outgoing-mail.ts";
import type { Payment } from "./payment.ts";
import { PAYOUT_SENTENCES } from "./payout-words.ts";
import { RECONCILIATION_SENTENCES } from "./reconciliation-words.ts";
import { UNREADABLE_SENTENCES } from "./unreadable-words.ts";

export { candidateReasonWords } from "./candidate-words.ts";

type Words = Readonly<Record<Locale, string>>;

const STATUSES: Readonly<Record<Payment["status"], Words>> = {
  paid: { ja: "支払い済み", en: "paid" },
  authorized: { ja: "未キャプチャ(与信のみ)", en: "authorised, not captured" },
  unpaid: { ja: "未払い", en: "not paid yet" },
  processing: { ja: "処理中", en: "processing" },
  failed: { ja: "失敗", en: "failed" },
  canceled: { ja: "キャンセル済み", en: "cancelled" },
  unknown: { ja: "不明な状態", en: "unknown status" },
};

export function statusWords(payment: Payment, locale: Locale): string {
  if (payment.status === "unknown") return STATUSES.unknown[locale];
  if (payment.disputed) return locale === "ja" ? "不審請求の申請あり" : "disputed";
  if (payment.refundedMinor > 0 && payment.refundedMinor >= payment.capturedMinor) {
    return locale === "ja" ? "全額返金済み" : "fully refunded";
  }
  const { amountMinor, missingMinor, currency } = payment;
  if (missingMinor === undefined) return STATUSES[payment.status][locale];
  const received = formatMoney({ amountMinor: amountMinor - missingMinor, currency });
  const missing = formatMoney({ amountMinor: missingMinor, currency });
  return locale === "ja"
    ? `入金不足 (${received} 入金済み、${missing} 不足)`
    : `underpaid (${received} received, ${missing} missing)`;
}

const FACTS: Readonly<Record<keyof SharedFacts, Words>> = {
  order: { ja: "注文番号", en: "order number" },
  email: { ja: "メールアドレス", en: "e-mail" },
  name: { ja: "お名前", en: "name" },
  amount: { ja: "金額", en: "amount" },
};

/** "注文番号・メールアドレス", or "" where nothing agrees. */
export function sharedWords(shared: SharedFacts, locale: Locale): string {
  const words = (Object.keys(FACTS) as (keyof SharedFacts)[])
    .filter((fact) => shared[fact])
    .map((fact) => FACTS[fact][locale]);
  return words.join(locale === "ja" ? "・" : ", ");
}

const LABELS = {
  orderNumber: { ja: "注文番号", en: "Order number" },
  payer: { ja: "お名前", en: "Name" },
  payerKana: { ja: "振込名義", en: "Sender of the transfer" },
  email: { ja: "メールアドレス", en: "E-mail" },
  requested: { ja: "金額", en: "Amount" },
  refunded: { ja: "返金済み", en: "Already refunded" },
  left: { ja: "返金可能額", en: "Left to refund" },
  fee: { ja: "決済手数料", en: "Provider's fee" },
  method: { ja: "支払い方法", en: "Method" },
  paidAt: { ja: "支払い日時", en: "Paid" },
  createdAt: { ja: "注文日時", en: "Ordered" },
  provider: { ja: "決済ID", en: "Payment" },
  holder: { ja: "口座名義", en: "Account holder" },
  account: { ja: "振込先", en: "Account" },
} as const satisfies Record<string, Words>;

export function label(name: keyof typeof LABELS, locale: Locale): string {
  return LABELS[name][locale];
}

/** Sentences that staff read in a request, a task or an outcome; {0}, {1} are filled in. */
const SENTENCES = {
  ...ACCOUNT_SENTENCES,
  ...RECONCILIATION_SENTENCES,
  ...PAYOUT_SENTENCES,
  ...UNREADABLE_SENTENCES,
  refund_pending_elsewhere: {
    ja: "この決済には処理中の返金が別にあります: {0}",
    en: "Another refund of this payment is still pending: {0}",
  },
  other_ticket: {
    ja: "同じ決済の別チケット: {0}",
    en: "Another ticket for the same payment: {0}",
  },
  payer_without_email: {
    ja: "決済にメールアドレスがないため、結果はフォームのアドレスに送られます。",
    en: "The payment bears no e-mail; the outcome goes to the address of the form.",
  },
  requested_above_left: {
    ja: "希望額 {0} は返金可能額を超えています。",
    en: "The requested {0} is more than is left.",
  },
  several_orders: {
    ja: "このメールには複数の注文番号があります。金額を指定してください。",
    en: "The mail names several orders; please state the amount.",
  },
  fee: {
    ja: "返金されません",
    en: "not returned",
  },
  strength_strong: { ja: "強い一致 ({0})", en: "strong match ({0})" },
  strength_chosen: { ja: "担当者が選んだ決済 (一致: {0})", en: "chosen by staff (agrees: {0})" },
  nothing_shared: { ja: "なし", en: "nothing" },
  changed_left: {
    ja: "返金可能額が {0} から {1} に変わりました。",
    en: "What is left changed from {0} to {1}.",
  },
  changed_status: { ja: "決済の状態が変わりました: {0}", en: "The payment's state changed: {0}" },
  changed_gone: {
    ja: "決済サービスにこの決済が表示されません。API キーと本番/テストの別を確認してください。",
    en: "The provider does not show this payment. Check the API key, and whether it is live or test.",
  },
  void_refused: {
    ja: "承認された取消は、決済サービスに断られました({0})。もう一度試すには「OK」と返信してください。それでも断られるときは、決済サービスの管理画面で取り消してください。",
    en: 'The provider refused the cancellation ({0}). Answer "OK" to try it once more. Where that is refused, too, cancel the payment in the provider\'s own screen.',
  },
  changed_account: {
    ja: "決済アカウントまたは本番/テストの別が変わりました。",
    en: "The provider account or live/test mode changed.",
  },
  approver_removed: {
    ja: "承認者 {0} は STAFF_EMAILS から外れたため、承認は無効です。",
    en: "Approver {0} is no longer in STAFF_EMAILS; the approval does not count.",
  },
  second_approval_missing: {
    ja: "もう一人の承認が必要ですが、足りません。",
    en: "A second approval is needed and missing.",
  },
  database_restored: {
    ja: "データベースがバックアップから復元されました。以前のご回答は、その後の判断より前のものかもしれないため数えません。お手数ですが、もう一度ご判断ください。",
    en: "The database was restored from a backup. An earlier answer may be older than what was decided since, so it does not count. Please decide again.",
  },
  code_reissued: {
    ja: "コードの期限が切れたため、あらためてお送りします。",
    en: "The code has expired, so here is the request again.",
  },
  approved: { ja: "承認", en: "approved" },
  approved_first: { ja: "承認 (もう一人の承認待ち)", en: "approved (a second approval is needed)" },
  approval_withdrawn: {
    ja: "承認の取り消し (依頼は続いています)",
    en: "approval taken back (the request is still open)",
  },
  rejected: { ja: "却下", en: "rejected" },
  held: { ja: "保留", en: "on hold" },
  return_asked: { ja: "返品待ち", en: "waiting for the goods" },
  stopped: { ja: "取り消し (返金前)", en: "stopped before the refund" },
  chosen: { ja: "候補 {0} を選択", en: "candidate {0} chosen" },
  customer_asked: { ja: "お客様に確認", en: "the customer is asked" },
  refunded_elsewhere: {
    ja: "承認の後、この決済は henkin の外で全額返金されていました。henkin は返金していません。",
    en: "After the approval the payment turned out to be fully refunded elsewhere. henkin paid nothing.",
  },
  dry_run: {
    ja: "DRY_RUN のため、返金せずに終了しました。",
    en: "DRY_RUN: the ticket was closed without a refund.",
  },
  refund_refused: {
    ja: "決済サービスが返金を受け付けませんでした: {0}",
    en: "The provider refused the refund: {0}",
  },
  refund_failed: {
    ja: "返金 {0} が失敗しました: {1}。お客様への返金は完了していません。手作業の振込に切り替えるかどうか、まもなくお尋ねします。",
    en: "Refund {0} failed: {1}. The customer does not have the money. You will soon be asked whether to transfer it by hand.",
  },
  refund_canceled: {
    ja: "返金 {0} は決済サービスで取り消されました: {1}。お客様への返金は完了していません。やり直すには: henkin approve {2}",
    en: "Refund {0} was cancelled at the provider: {1}. The customer does not have the money. To ask for it anew: henkin approve {2}",
  },
  refund_status_unknown: {
    ja: "決済サービスが未知の返金状態「{0}」を返しました。画面で確認してください。",
    en: 'The provider answered the unknown refund status "{0}". Please look there.',
  },
  refund_outcome_unknown: {
    ja: "返金の結果が確認できません ({0})。henkin は新しい返金を行わず、照会を続けます。決済サービスの画面で確認してください。続行するには: henkin approve {1}",
    en: "The outcome of the refund is unknown ({0}). henkin makes no new refund and keeps looking. Check at the provider; to repeat the same call: henkin approve {1}",
  },
  refund_stopped: {
    ja: "承認のあとで決済の内容が変わったため、返金 {0} を止めました (変わった点は下記)。henkin はこの返金が行われていないか照会を続けます。変わった内容で承認者に改めて依頼するには: henkin approve {1}。却下してお客様に知らせるには: henkin reject {1}。お客様に知らせずに取り消すには、依頼のメールに STOP と返信してください。いずれも、返金が行われていないことを確かめてから行います。",
    en: "The refund of {0} was stopped, because the payment has changed since it was approved (see below). henkin keeps looking whether it was made. To ask the approvers anew over what is there now: henkin approve {1}. To reject it and tell the customer: henkin reject {1}. To stop it without a word to the customer, answer STOP to the request. Each is done once it is certain that the refund was not made.",
  },
  refund_end_unproven: {
    ja: "返金 {0} が行われていないことを確かめられないため、まだ終わらせていません。決済サービスの画面で確認してください。henkin は照会を続け、確かめられ次第ご指示どおりにします。",
    en: "It cannot be shown that the refund of {0} was not made, so it is not ended yet. Check at the provider. henkin keeps looking and does what you said as soon as that is certain.",
  },
  refund_late: {
    ja: "承認済みの返金が1時間以上できていません。henkin は試し続けます: {0}",
    en: "An approved refund could not be made for over an hour. henkin keeps trying: {0}",
  },
  waits_in_flight: {
    ja: "同じ決済の別の返金が、まだ終わっていません。",
    en: "another refund of the same payment has not ended yet.",
  },
  payment_gone: {
    ja: "決済サービスにこの決済が見つからなくなりました。返金していません。",
    en: "The provider shows this payment no more. Nothing was refunded.",
  },
  balance_too_low: {
    ja: "決済サービスの残高が足りないため、返金 {0} を待たせています。残高が増えれば自動で手続きします(毎日確認)。",
    en: "The balance at the provider is too low for the refund of {0}. It waits and is tried daily.",
  },
  guard_rail: {
    ja: "返金の上限 ({0}) に達したため、承認済みの返金を待たせています。",
    en: "A refund limit ({0}) is reached; the approved refund waits.",
  },
  clock_wrong: {
    ja: "このサーバーの時計が {0} の時計とずれているため ({1})、承認済みの返金を待たせています。時計を直せば自動で再開します(許容は{2}分)。",
    en: "This machine's clock disagrees with the one of {0} ({1}), so approved refunds wait. They go on by themselves once the clock is less than {2} minutes off.",
  },
  grant_ends: {
    ja: "メールボックスの利用許可（OAuth）が {0} に失効します。それまでに henkin authorize を実行するよう、管理者にお伝えください。",
    en: "The consent to use the mailbox (OAuth) ends on {0}. Please have the operator run `henkin authorize` before.",
  },
  paused_start: {
    ja: "henkin は返金を止めた状態で起動しました: {0}。同じデータで動く henkin が他にないことを確認し、henkin resume --i-am-the-only-one で再開してください。それまで返金と取消以外は通常どおり動きます。",
    en: "henkin has started without paying: {0}. Make sure that no other henkin works with this data, then run henkin resume --i-am-the-only-one. Until then everything but refunds and voids goes on.",
  },
  mail_uncertain: {
    ja: "{0} 宛てのメール ({1}) は、送信直後に接続が切れ、届いたか確認できませんでした。同じメールをもう一度送りました。二通届いているかもしれません。",
    en: "The connection broke right after a mail to {0} ({1}) had left. The same mail was sent once more, so it may have arrived twice.",
  },
  mail_unknown: {
    ja: "{0} 宛てのメール ({1}) は、二度とも送信直後に接続が切れました。届いたか分からず、henkin はもう送りません。必要なら別の方法でご連絡ください。",
    en: "The connection broke twice right after a mail to {0} ({1}) had left. Whether it arrived is unknown, and henkin sends it no more. If it matters, reach them in another way.",
  },
  customer_wrote: { ja: "お客様から返信がありました。", en: "The customer has written." },
  stranger_wrote: {
    ja: "{0} から、お客様本人か確認できない返信がありました。",
    en: "{0} has written about this ticket; whether it is the customer is not verified.",
  },
  customer_silent: {
    ja: "注文番号をお尋ねしましたが、3営業日たってもお返事がありません。",
    en: "The customer was asked for the order number and has not answered for 3 business days.",
  },
  no_payment_found: {
    ja: "一致する決済が見つからず、お客様のアドレスも分かりません。",
    en: "No payment fits, and no address of the customer is known.",
  },
  asked_already: {
    ja: "お客様にはすでに注文番号をお尋ねしましたが、一致する決済が見つかりません。",
    en: "The customer was asked for the order number before, and still no payment fits.",
  },
  not_an_approver: {
    ja: "承認者ではないアドレス {0} から承認依頼への返信がありました。何も行っていません。",
    en: "{0}, who is not an approver, answered an approval request. Nothing was done.",
  },
  bounced: {
    ja: "henkin のメールが {0} に届きませんでした: {1}",
    en: "A mail of henkin did not reach {0}: {1}",
  },
  mail_refused: {
    ja: "メールサーバーが {0} 宛てのメールを拒否しました: {1}",
    en: "The mail server refused a mail to {0}: {1}",
  },
  provider_notice: {
    ja: "決済会社からのお知らせをご確認ください: {0}",
    en: "A payment provider wrote; please look: {0}",
  },
  customer_withdrew: {
    ja: "お客様がご依頼を取り下げました。返金は行いません。",
    en: "The customer took the request back. Nothing will be refunded.",
  },
  withdrew_nothing: {
    ja: "取り下げの連絡がありましたが、該当する未完了の受付がありません。",
    en: "Somebody takes a request back, but no open ticket fits.",
  },
  withdrawal_unverified: {
    ja: "{0} から取り下げの連絡がありました。ご本人か確認できないため、受付は続いています。",
    en: "{0} wants to take the request back. It may be somebody else, so the ticket stays open.",
  },
  sender_differs: {
    ja: "お問い合わせメールの差出人は {0} で、お客様のメールアドレスとは異なります。",
    en: "The mail was sent from {0}, which is not the customer's address.",
  },
  command_unauthenticated: {
    ja: "{0} を名乗るメールで操作の指示がありましたが、送信元を確認できないため何も行っていません。",
    en: "A mail in the name of {0} gave a command. Its sender could not be authenticated; nothing was done.",
  },
  folder_not_request: {
    ja: "フォルダーへの移動で判断できるのは、承認依頼のメールだけです。何も行っていません。",
    en: "Only the approval request itself decides by being moved into a folder. Nothing was done.",
  },
  command_unclear: {
    ja: "指示を読み取れませんでした。「返金 679 taro@example.com」または「一覧」とだけ書いてください。",
    en: 'The command could not be read. Write just "refund 679 taro@example.com" or "list".',
  },
  requester_unknown: { ja: "記載なし", en: "not stated" },
  order_unknown: {
    ja: "担当者が知らせた注文番号の決済が見つかりません。番号を確かめて、もう一度お送りください。",
    en: "No payment bears the order number that staff gave. Please check it and send it again.",
  },
  status_inquiry: {
    ja: "返金についてのお問い合わせです。",
    en: "The customer asks about a refund.",
  },
  job_parked: {
    ja: "処理 {0} が続けられません: {1}",
    en: "The job {0} cannot go on: {1}",
  },
} as const satisfies Record<string, Words>;

const TICKET_WORDS: Readonly<Record<TicketStatus, Words>> = {
  received: { ja: "照合中", en: "being matched" },
  unmatched: { ja: "決済が未確定", en: "payment not certain" },
  awaiting_approval: { ja: "承認待ち", en: "waits for approval" },
  approved: { ja: "承認済み・返金前", en: "approved, not refunded yet" },
  awaiting_manual_refund: { ja: "手動返金待ち", en: "waits for a manual refund" },
  refund_pending: { ja: "返金処理中", en: "refund pending" },
  refund_requires_action: {
    ja: "お客様の口座情報待ち",
    en: "waits for the customer's bank details",
  },
  refunded: { ja: "返金済み", en: "refunded" },
  refund_failed: { ja: "返金失敗", en: "refund failed" },
  rejected: { ja: "却下", en: "rejected" },
  closed: { ja: "終了", en: "closed" },
};

export function ticketStatusWords(status: TicketStatus, locale: Locale): string {
  return TICKET_WORDS[status][locale];
}

export type SentenceName = keyof typeof SENTENCES;

export function sentence(name: SentenceName, locale: Locale, ...values: readonly string[]): string {
  return SENTENCES[name][locale].replace(/\{(\d)\}/g, (_all, index: string) => {
    return values[Number(index)] ?? "";
  });
}

/** 「田中太郎 様」, "Taro Tanaka", or the fallback where no name is known. */
export function customerWords(name: string | null, locale: Locale): string {
  if (name === null || name.trim() === "") return locale === "ja" ? "お客様" : "Customer";
  return locale === "ja" ? `${name} 様` : name;
}
