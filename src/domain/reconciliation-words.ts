// What staff and manager read of the nightly comparison with the provider; {0}, {1} are filled in.

import type { MismatchKind } from "./reconciliation.ts";

type Words = Readonly<Record<"ja" | "en", string>>;

const MISMATCHES = {
  mismatch_vanished: {
    ja: "返金 {0} ({1}、決済 {2}) が決済サービスに見当たりません。henkin は再度の返金を行いません。決済サービスの画面で確認してください。",
    en: "The provider does not show refund {0} ({1}, payment {2}) any more. henkin does not pay again by itself; please look at the provider.",
  },
  mismatch_differs: {
    ja: "返金 {0} の記録が決済サービスと一致しません: henkin の記録は {1}、決済サービスは {2}。",
    en: "Refund {0} differs: henkin's records say {1}, the provider says {2}.",
  },
  mismatch_paid_twice: {
    ja: "返金 {0} ({1}、決済 {3}) は返金 {2} と同じ承認によるものです。二重に返金されたおそれがあります。",
    en: "Refund {0} ({1}, payment {3}) bears the same approval as refund {2}: the money may have been paid twice.",
  },
  mismatch_unrecorded: {
    ja: "henkin の印がある返金 {0} ({1}、決済 {2}) が記録にありません。古いバックアップから戻したか、別の henkin が動いているおそれがあります。",
    en: "Refund {0} ({1}, payment {2}) bears henkin's mark, but these records do not know it: the database is an old backup, or a second henkin is at work.",
  },
  mismatch_overdue: {
    ja: "返金 {0} ({1}) が45日を過ぎても完了していません。決済サービスの画面で確認してください。",
    en: "Refund {0} ({1}) is still not final after 45 days; please look at the provider.",
  },
  mismatch_total: {
    ja: "{0} の返金合計が一致しません: henkin の記録は {1}、決済サービスは {2}。",
    en: "The refunds of {0} do not add up: henkin's records say {1}, the provider says {2}.",
  },
} as const satisfies Readonly<Record<`mismatch_${MismatchKind}`, Words>>;

export const RECONCILIATION_SENTENCES = {
  ...MISMATCHES,
  refund_made_elsewhere: {
    ja: "このチケットの決済に、henkin 以外で返金 {0} ({1}) が行われました。二重の返金になっていないか確認してください。",
    en: "Somebody made refund {0} ({1}) of this ticket's payment outside henkin. Please check that nothing is paid twice.",
  },
} as const satisfies Record<string, Words>;
