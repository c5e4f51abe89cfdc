// What staff read about refunds for which the provider asks the customer for a bank account; {0}, {1}
// are filled in.

type Words = Readonly<Record<"ja" | "en", string>>;

export const ACCOUNT_SENTENCES = {
  account_asked: {
    ja: "返金先の口座は、決済サービスが決済のアドレス {0} にメールでお尋ねします。お客様が45日以内に登録しないと、この返金は失敗します。",
    en: "The provider writes to {0}, the address on the payment, for the bank account. If the customer does not give it within 45 days, the refund fails.",
  },
  refund_fee: {
    ja: "返金のたびに(一部返金でも)、決済サービスの手数料がかかることがあります。",
    en: "Each refund, also of a part, may cost a fee at the provider.",
  },
  account_unknown_address: {
    ja: "決済にメールアドレスがなく、決済サービスが口座をお尋ねできないため、手作業での振込になります。承認後にお願いするまで振り込まないでください。",
    en: "The payment bears no address to which the provider could write for the account, so the money is transferred by hand: once approved, and not before.",
  },
  too_old_by_hand: {
    ja: "銀行振込の決済から180日が過ぎたため、手作業での振込になります。承認後にお願いするまで振り込まないでください。",
    en: "The bank transfer is more than 180 days old, so the money is transferred by hand: once approved, and not before.",
  },
  ach_in_dashboard: {
    ja: "この決済(ACH クレジットトランスファー)は API では返金できません。Stripe の画面で返金してください(口座は Stripe がお客様にメールでお尋ねします)。済んだら、承認後のメールに「完了」と返金IDを返信してください。",
    en: 'This payment (ACH credit transfer) cannot be refunded by API: refund it in the Stripe Dashboard, where Stripe asks the customer for the account by mail. Then answer the mail that follows your approval with "done" and the id of the refund.',
  },
  look_in_cash_balance: {
    ja: "期限切れの返金のお金は、Stripe の顧客残高(銀行振込)に戻っていることがあります。振り込む前に、Stripe の画面で顧客の残高を確かめてください。",
    en: "The money of a refund that expired may lie in the customer's cash balance at Stripe. Look there before you transfer anything.",
  },
  changed_payee: {
    ja: "口座をお尋ねする決済のアドレスが {0} から {1} に変わりました。両方のアドレスにお知らせします。",
    en: "The address on the payment, which is asked for the account, changed from {0} to {1}. Both are told.",
  },
  changed_too_old: {
    ja: "決済サービスから返金できる期限を過ぎました。",
    en: "The time in which the provider can refund the payment is over.",
  },
  account_deadline: {
    ja: "お客様の返金先口座がまだ登録されていません。{1} までに登録されないと、返金 {0} は失敗します。別の方法でもご連絡ください。",
    en: "The customer has not given the bank account yet. Unless that happens by {1}, the refund of {0} fails. Please reach them in another way, too.",
  },
  account_until: { ja: "口座登録の期限 {0}", en: "bank account due {0}" },
  account_mailed: {
    ja: "{0} に口座の登録をお願いするメールを送信済み (期限 {1})",
    en: "{0} was asked by mail for the bank account (due {1})",
  },
} as const satisfies Record<string, Words>;
