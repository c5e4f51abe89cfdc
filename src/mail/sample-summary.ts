// What a nightly summary shows, for trying and previewing its template.

import type { MailVariables } from "../domain/outgoing-mail.ts";

const SUMMARY_LINE = { number: 12, order: "679", amount: "¥2,467" };

export function japaneseSummary(): MailVariables["summary"] {
  const line = { ...SUMMARY_LINE, age: "2日" };
  return {
    shopName: "みほん商店",
    date: "2026-11-21",
    period: "2026-11-20 21:00 から 2026-11-21 21:00",
    needsAction: 5,
    figures: [{ label: "新しい受付", value: "4件" }],
    paidOut: [{ provider: "Stripe", count: 2, amount: "¥5,246" }],
    paidElsewhere: [{ provider: "Stripe", count: 1, amount: "¥1,200" }],
    mismatches: ["R-9: 返金 re_3Sample9 が決済サービスに見当たりません。"],
    refundsElsewhere: [
      {
        provider: "Stripe",
        refund: "re_3Sample7",
        amount: "¥1,200",
        date: "2026-11-21 14:02",
        status: "succeeded",
        reference: "R-7",
        needsLook: true,
      },
    ],
    comparisons: [
      { provider: "Stripe", at: "2026-11-21 20:30" },
      { provider: "Smartpay", at: "" },
    ],
    waiting: [{ ...line, status: "承認待ち", note: "sato@example.jp へ再通知済み" }],
    openRefunds: [{ ...line, number: 8, status: "口座情報待ち", note: "期限 2027-01-05" }],
    failures: [{ ...line, number: 5, status: "返金失敗", note: "カードの有効期限切れ" }],
    quarantined: [{ from: "info@example.net", subject: "お問い合わせ", reason: "25 MB 超" }],
    lanes: ["Stripe: APIキーが無効です"],
    stopped: true,
    auditHead: "3f9a1c…e07b",
  };
}

export function englishSummary(): MailVariables["summary"] {
  const line = { ...SUMMARY_LINE, age: "2 days" };
  return {
    ...japaneseSummary(),
    shopName: "Sample Shop",
    period: "2026-11-20 21:00 to 2026-11-21 21:00",
    figures: [{ label: "New tickets", value: "4" }],
    mismatches: ["R-9: The provider does not show refund re_3Sample9 any more."],
    waiting: [{ ...line, status: "awaiting approval", note: "sato@example.jp was reminded" }],
    openRefunds: [{ ...line, number: 8, status: "awaiting bank account", note: "by 2027-01-05" }],
    failures: [{ ...line, number: 5, status: "refund failed", note: "card expired" }],
    quarantined: [{ from: "info@example.net", subject: "Inquiry", reason: "larger than 25 MB" }],
    lanes: ["Stripe: the API key is not valid"],
  };
}
