// What staff read about money they transfer by hand; {0}, {1} are filled in.

type Words = Readonly<Record<"ja" | "en", string>>;

export const PAYOUT_SENTENCES = {
  payout_proposed: {
    ja: "決済サービスでの返金が失敗したため、承認後は手作業での振込をお願いします。それまで振り込まないでください。",
    en: "The provider's refund has failed: once approved, please transfer the money by hand, and not before.",
  },
  payout_task: {
    ja: "{0} を手作業で振り込んでください。",
    en: "Please transfer {0} by hand.",
  },
  payout_payment: { ja: "決済: {0} {1} (注文 {2})", en: "Payment: {0} {1} (order {2})" },
  payout_payee: { ja: "お支払いになった方: {0}", en: "Who paid: {0}" },
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
  payout_late: {
    ja: "{0} から、中止されたはずの手作業の振込 {1} が済んだと連絡がありました (控え: {2})。henkin の記録では返金されていません。この決済をほかの方法で返金しないでください。",
    en: "{0} says that the transfer of {1}, which had been called off, was made (reference {2}). henkin's records do not count it: refund this payment in no other way.",
  },
  payout_done: { ja: "手作業の振込が完了", en: "transferred by hand" },
  payout_declined: {
    ja: "手作業の振込を中止 (お客様への返金は済んでいません)",
    en: "transfer by hand called off (the customer does not have the money)",
  },
} as const satisfies Record<string, Words>;
