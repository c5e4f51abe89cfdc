// What staff read about money they transfer by hand; {0}, {1} are filled in.

import type { AccountField } from "./bank-account.ts";

type Words = Readonly<Record<"ja" | "en", string>>;

const ACCOUNT_FIELDS: Readonly<Record<AccountField, Words>> = {
  bank: { ja: "銀行名", en: "bank" },
  branch: { ja: "支店名", en: "branch" },
  kind: { ja: "口座種別", en: "account type" },
  number: { ja: "口座番号(7桁)", en: "account number (7 digits)" },
  holder: { ja: "口座名義(カナ)", en: "account holder (katakana)" },
};

export function fieldWords(field: AccountField, locale: "ja" | "en"): string {
  return ACCOUNT_FIELDS[field][locale];
}

export const PAYOUT_SENTENCES = {
  payout_proposed: {
    ja: "決済サービスでの返金が失敗したため、承認後は手作業での振込をお願いします。それまで振り込まないでください。",
    en: "The provider's refund has failed: once approved, please transfer the money by hand, and not before.",
  },
  payout_only: {
    ja: "この決済は決済サービスから返金できません。承認後は手作業での振込をお願いします。それまで振り込まないでください。",
    en: "The provider cannot give this payment back: once approved, please transfer the money by hand, and not before.",
  },
  payout_in_screen: {
    ja: "この決済({0})は henkin から返金できません。承認後は、決済サービスの管理画面での返金をお願いします。それまで返金しないでください。",
    en: "henkin cannot give this payment ({0}) back: once approved, please refund it in the processor's own screen, and not before.",
  },
  payout_screen_task: {
    ja: "{0} を決済サービスの管理画面で返金してください。",
    en: "Please refund {0} in the processor's own screen.",
  },
  payout_way_unknown: {
    ja: "支払方法が分かりません。決済サービスの管理画面で確かめ、画面から返金できるものは画面で返金してください。銀行振込やコンビニでのお支払いだったときだけ、決済に登録されたアドレスの方に口座を尋ねて振り込んでください。",
    en: "How it was paid is not known: look in the processor's screen, and refund it there where that is possible. Only where it was a bank transfer or cash, ask the address on the payment for an account and transfer it.",
  },
  payout_as_it_came: {
    ja: "お支払いと同じ方法({0})にお戻しください。銀行口座へは振り込まないでください。返金できないときは、返金せずに NG と返信してください。",
    en: "Give it back on the way it came ({0}), never to a bank account. Where that is not possible, give nothing back and answer NG.",
  },
  payout_task: {
    ja: "{0} を手作業で振り込んでください。",
    en: "Please transfer {0} by hand.",
  },
  payout_payment: { ja: "決済: {0} {1} (注文 {2})", en: "Payment: {0} {1} (order {2})" },
  payout_payee: { ja: "お支払いになった方: {0}", en: "Who paid: {0}" },
  payout_test: {
    ja: "【テスト環境】振り込まないでください。{0} の振込を済ませたものとして返信すると、続きを試せます。",
    en: "Test mode: do NOT transfer. Answer as if {0} had been transferred to try what follows.",
  },
  payout_changed: {
    ja: "{0} を振り込まないでください。お願いした後に状況が変わりました。",
    en: "Do NOT transfer {0}: something has changed since you were asked.",
  },
  payout_changed_answer: {
    ja: "すでに振り込んだ場合は「完了 控えの番号」、まだの場合は NG と返信してください。",
    en: 'If you have transferred already, answer "done" and the reference; if not, NG.',
  },
  payout_reminder: {
    ja: "{0}回目のお知らせです。すでに振り込んだ場合は、もう一度振り込まずに完了の返信だけをしてください。",
    en: "This is reminder {0} of the same transfer: if you have made it, make no other, just answer.",
  },
  payout_waiting: {
    ja: "{0}: 手作業の振込 {1} のお返事がありません (担当: {2})。振り込まれたかどうかを担当者にお確かめのうえ、「henkin done」または「henkin reject」で記録してください。",
    en: "{0}: no answer about the transfer of {1} by hand (asked: {2}). Ask whether it was made, and record it with henkin done or henkin reject.",
  },
  payout_account_unknown: {
    ja: "この決済にはメールアドレスがありません。フォームのアドレスはご本人のものとは限らないため、注文の記録にある連絡先に口座をお尋ねください。",
    en: "The payment bears no address, and the one of the form may be anybody's: ask for the account through the order's own records.",
  },
  payout_account: {
    ja: "振込先の口座は、決済に登録されたアドレスの方にお尋ねください。お問い合わせの本文や、ほかのアドレスから届いた口座には振り込まないでください。",
    en: "Ask the address on the payment for the bank account. Never use an account from the form or from any other address.",
  },
  payout_name: {
    ja: "口座名義(カナ)が、お支払いになった方と同じことを確かめてください。",
    en: "Check that the account holder is who paid.",
  },
  payout_once: {
    ja: "振り込むのは一度だけです。振り込まないと決めたときは NG と返信してください。",
    en: "Transfer once only. If you decide not to, answer NG.",
  },
  payout_waits: {
    ja: "承認された手作業の振込は、この決済の別の返金が決済サービスで終わるまで待ちます: {0}。二重の返金を防ぐため、まだ振り込まないでください。急ぐ場合は、決済サービスの画面でその返金を取り消してください。",
    en: "The approved transfer waits until another refund of this payment has ended at the provider: {0}. Do not transfer yet, so that nothing is paid twice. If it is urgent, cancel that refund at the provider.",
  },
  transfer_reported: {
    ja: "{0} から、{1} の手作業の振込が済んだと連絡がありました (控え: {2})。henkin が待っている振込ではなく、記録では返金されていません。振り込まれたかどうかを確かめるまで、この決済をほかの方法で返金しないでください。",
    en: "{0} says that a transfer for {1} was made by hand (reference {2}). henkin waits for none, and its records do not count it. Until you know whether it was made, refund this payment in no other way.",
  },
  transfer_reported_before: {
    ja: "この決済は手作業で振り込まれたと連絡がありました。承認の前に、{0} の履歴を確かめてください。",
    en: "Somebody reported that this payment was given back by a transfer. Look at the history of {0} before you approve.",
  },
  payout_assignee_gone: {
    ja: "振込をお願いできる承認者がいません。",
    en: "None of the approvers who were asked is in STAFF_EMAILS any more.",
  },
  account_pending: {
    ja: "振込先の口座はまだ分かりません。承認後にお客様(決済に登録されたアドレス)へお尋ねし、届いたら名義を添えてもう一度お尋ねします。",
    en: "The bank account is not known yet. Once you approve, the address on the payment is asked for it, and you are asked again with its holder.",
  },
  account_of_another: {
    ja: "承認された振込先の口座は、この決済の今の支払者のものではないため使いません。",
    en: "The approved bank account was not given by who this payment now says has paid, so it is not used.",
  },
  account_arrived: {
    ja: "振込先の口座が届きました。名義をお確かめください。",
    en: "The bank account has come. Please check its holder.",
  },
  account_holder_differs: {
    ja: "口座の名義が、お支払いになった方と異なります。",
    en: "The account's holder is not who paid.",
  },
  account_details: {
    ja: "振込先: {0} {1} {2} {3} / 名義 {4}",
    en: "To: {0} {1} {2} {3}, holder {4}",
  },
  account_forget: {
    ja: "「完了」のあと、henkin は口座を記録から消します。このメールとお客様のメールは、メールソフトから削除してください。",
    en: 'After "done" henkin forgets the account. Please delete this mail and the customer\'s from your mail program, too.',
  },
  account_holder_of: { ja: "{0} (お支払いになった方: {1})", en: "{0} (who paid: {1})" },
  account_unverified: {
    ja: "{0} から振込先の口座が届きましたが、お支払いになったご本人からのメールと確認できないため、使いません。ご本人に別の方法で口座を確かめたうえで続けるには: henkin approve {1} --account-known",
    en: "{0} sent a bank account. Whether that is who paid cannot be verified, so it is not used. To go on after asking the customer in another way: henkin approve {1} --account-known",
  },
  account_unclear: {
    ja: "お客様の口座を、二度お尋ねしても読み取れませんでした。別の方法で確かめて続けるには: henkin approve {0} --account-known",
    en: "The customer's account is still unclear after two questions. To go on after asking in another way: henkin approve {0} --account-known",
  },
  account_late: {
    ja: "お客様から口座についてのメールが届きましたが、この受付では今は口座をお待ちしていないため使いません。振り込む前に、お客様のメールをご確認ください (R-{0})。",
    en: "The customer wrote about the bank account, for which this ticket does not wait just now; it is not used. Look at that mail before you transfer (R-{0}).",
  },
  account_silent: {
    ja: "振込先の口座を30日間お待ちしていますが、お客様からお返事がありません。別の方法で確かめて続けるには: henkin approve {0} --account-known",
    en: "The customer has not given a bank account for 30 days. To go on after asking in another way: henkin approve {0} --account-known",
  },
  approved_bare: {
    ja: "承認 (手作業の返金のため、もう一人の承認か、依頼のコードを書いた承認を待っています)",
    en: "approved (a transfer by hand: a second approval is needed, or one that shows the request's code)",
  },
  code_or_second: {
    ja: "手作業の振込には、依頼のコードか、もう一人の承認が必要です。",
    en: "A transfer by hand needs the request's code or a second approval.",
  },
  nothing_received: {
    ja: "入金はありませんでした。注文の取り消しをご確認ください。",
    en: "Nothing was received. Please see to the cancellation of the order.",
  },
  customer_told_nothing_paid: {
    ja: "お客様には、お支払いを確認できないことだけをお伝えしました。注文を取り消したことは伝えていません",
    en: "The customer was told only that no payment was found, and not that the order is cancelled",
  },
  customer_untold: {
    ja: "お客様には何もお送りしていません(お客様からのご依頼がない受付のため)",
    en: "The customer was told nothing, as no customer has asked",
  },
  deposit_stated: { ja: "入金額の確認", en: "amount received" },
  deposit_stated_by: {
    ja: "入金額 {0} は {1} の申告によるものです。決済サービスの画面で確かめてから承認してください。",
    en: "{1} stated that {0} was received: check it in the provider's screen before you approve.",
  },
  unasked: {
    ja: "決済会社の名前で届いたお知らせによる受付です。お客様からのご依頼はまだなく、お知らせの差出人も確認していません。決済会社の管理画面でお確かめのうえ、お返しする金額を「OK 金額」と返信してください。お返しするものがなければ「NG」です(お客様には何も送りません)。お知らせに口座が書かれていても、そこへは振り込まないでください。",
    en: "A notice in a payment provider's name opened this ticket: no customer has asked, and who sent the notice is not verified. Check on the provider's own screen, then answer OK with the amount that is owed, or NG where nothing is (the customer is told nothing). Never transfer to an account that the notice names.",
  },
  deposit_over: {
    ja: "注文の金額 {0} に対して {1} が入金されています({2} の過剰入金)。注文を取り消すなら全額で「OK {3}」、注文を続けるなら過剰分で「OK {4}」と返信してください。",
    en: '{1} was received for an order of {0} ({2} too much). Answer "OK {3}" for all of it where the order is cancelled, "OK {4}" for what was too much where it stands.',
  },
  deposit_under: {
    ja: "注文の金額 {0} に対して {1} しか入金されていません({2} の不足)。注文を取り消すなら入金された全額で「OK {3}」と返信してください。不足分を請求して注文を続けるなら「NG」です(お客様にはお断りのメールが届きます。不足分は入金期限まで同じ口座に追加で入金できます)。",
    en: 'Only {1} was received for an order of {0} ({2} short). Where the order is cancelled, answer "OK {3}" for all that was received. Where the shortfall is to be charged and the order goes on, answer NG: the customer is told that there is no refund, and can pay the rest to the same account until its term is over.',
  },
  given_back_by_shop: { ja: "当店での個別のお手続き", en: "arranged by the shop" },
  payout_done: { ja: "手作業の返金が完了", en: "given back by hand" },
  payout_declined: {
    ja: "手作業の返金を中止 (お客様への返金は済んでいません。再開するには henkin approve {0}、振込なら --by-hand)",
    en: "refund by hand called off (the customer does not have the money; to go on: henkin approve {0}, for a transfer with --by-hand)",
  },
} as const satisfies Record<string, Words>;
