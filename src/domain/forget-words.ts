// What the operator may pass on to who asked to be forgotten, in the language of the shop.

import type { Locale } from "./outgoing-mail.ts";

interface Words {
  readonly kept: (reference: string, until: string, years: number) => string;
  readonly quarantined: (count: number) => string;
  readonly outOfReach: string;
}

export const FORGET_WORDS: Readonly<Record<Locale, Words>> = {
  ja: {
    kept: (reference, until, years) =>
      `${reference}: ${until} まで保存します。返金などの取引の記録は、法人税法・所得税法等により帳簿書類として保存が必要です（${years}年）。`,
    quarantined: (count) =>
      `読み取れずに保留中のメールが ${count} 通あります。henkin quarantine で確認し、先に処理してください。`,
    outOfReach:
      "henkin が消せないもの: メールボックスの中のメール、決済サービスの記録、これまでに作成したバックアップ、データベースと同じフォルダーの更新前・復元前の控え（….before-step-…、….before-restore-…）。別途ご対応ください。",
  },
  en: {
    kept: (reference, until, years) =>
      `${reference}: kept until ${until}. Money was given back or a payment cancelled; Japanese tax law wants the records of it kept with the books (${years} years).`,
    quarantined: (count) =>
      `${count} mails of this address lie in quarantine and are kept; deal with them first, see henkin quarantine.`,
    outOfReach:
      "Out of henkin's reach: the mails in the mailbox itself, the payment provider's records, backups made before, and the copies beside the database from before an update or a restore (….before-step-…, ….before-restore-…). Deal with those yourself.",
  },
};
