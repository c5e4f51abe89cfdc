// What staff read where a provider's answer cannot be read; the answer itself stands below it in the
// mail. {0}, {1} are filled in.

type Words = Readonly<Record<"ja" | "en", string>>;

export const UNREADABLE_SENTENCES = {
  answer_unreadable: {
    ja: "決済サービスの答えを henkin が読み取れないため、この受付はここで止まっています ({0})。決済サービスの画面で確認してください。henkin は推測で進めず、読める答えが返れば続けます。",
    en: "henkin cannot read an answer of the payment provider, so this ticket stands still ({0}). Please look at the provider. henkin guesses nothing, and goes on once an answer can be read.",
  },
  refund_answer_unreadable: {
    ja: "返金を依頼しましたが、決済サービスの答えを読み取れず、結果はまだ分かりません ({0})。henkin は別の返金を行わず、照会を続けます。決済サービスの画面で確認してください。",
    en: "A refund was under way, and the provider's answer cannot be read, so its outcome is not known yet ({0}). henkin makes no other refund and keeps looking. Please look at the provider.",
  },
  void_answer_unreadable: {
    ja: "決済の取り消しを依頼しましたが、決済サービスの答えを読み取れず、結果はまだ分かりません ({0})。henkin は照会を続けます。決済サービスの画面で確認してください。",
    en: "The payment was to be cancelled, and the provider's answer cannot be read, so the outcome is not known yet ({0}). henkin keeps looking. Please look at the provider.",
  },
  list_unreadable: {
    ja: "{0} の答えに henkin が読み取れないものがあります ({1})。ほかの決済と受付はそのまま進みます。決済サービスの画面で確認してください。",
    en: "henkin cannot read something that {0} answered ({1}). All other payments and tickets go on. Please look at the provider.",
  },
  refund_unreadable: {
    ja: "{0} の返金 {1} を読み取れません。ほかの返金の照合は続いています。決済サービスの画面で確認してください。",
    en: "henkin cannot read refund {1} of {0}. All others are compared as usual. Please look at the provider.",
  },
  method_unknown: {
    ja: "この支払い方法「{0}」は henkin の知らないものです。返金のしかたを決済サービスの画面で確かめてください。",
    en: 'henkin does not know this payment\'s method "{0}". Please check at the provider how it is refunded.',
  },
} as const satisfies Record<string, Words>;
