// What a nightly summary shows, for trying and previewing its template.

import { lengths } from "../domain/night-figures.ts";
import type { DayBar, LedgerLine, SummaryVariables, WaitingLine } from "../domain/summary-mail.ts";

const askLink = (reference: string) =>
  `mailto:sato%40example.jp?subject=${encodeURIComponent(`${reference} の件、ご確認をお願いします`)}`;

function line(number: number, change: Partial<WaitingLine>): WaitingLine {
  return {
    number,
    order: String(667 + number),
    status: "承認待ち",
    amount: "¥2,467",
    age: "2日",
    note: "田中太郎",
    askLink: askLink(`R-${number}`),
    ...change,
  };
}

const REQUESTS = [2, 3, 1, 0, 4, 6, 3, 2, 2, 5, 3, 0, 1, 4, 4];
const AMOUNTS = [
  4_980, 12_400, 0, 0, 8_800, 31_250, 6_600, 2_980, 5_960, 9_900, 7_450, 0, 1_980, 18_400, 5_246,
];

function bars(): DayBar[] {
  const requests = lengths(REQUESTS, 100);
  const amounts = lengths(AMOUNTS, 100);
  const signs = (percent = 0) => "█".repeat(Math.ceil(percent / 12.5));
  return REQUESTS.map((count, at) => ({
    day: `11/${String(7 + at).padStart(2, "0")}`,
    requests: count,
    requestsBar: signs(requests[at]),
    requestsPercent: requests[at] ?? 0,
    amount: `¥${(AMOUNTS[at] ?? 0).toLocaleString("en")}`,
    amountBar: signs(amounts[at]),
    amountPercent: amounts[at] ?? 0,
  }));
}

const REFUND: LedgerLine = {
  date: "2026-11-21 10:12",
  ticket: "R-4",
  order: "671",
  counterparty: "田中太郎",
  amount: "2467",
  currency: "JPY",
  provider: "Stripe",
  refund: "re_3Sample4",
  state: "返金済み",
  paidOut: "2467",
};

export function japaneseSummary(): SummaryVariables {
  return {
    shopName: "みほん商店",
    date: "2026-11-21",
    period: "2026-11-20 21:00 – 2026-11-21 21:00",
    asOf: "2026-11-22 09:30",
    needsAction: 5,
    isApprover: true,
    figures: [
      { label: "届いたメール", value: "18通", average: "14.1通" },
      { label: "返金のご依頼", value: "4件", average: "2.6件" },
      { label: "新しいチケット", value: "4件", average: "2.5件" },
      { label: "承認", value: "2件", average: "2.1件" },
      { label: "却下", value: "0件", average: "0.3件" },
      { label: "返金の完了", value: "2件", average: "2.0件" },
      { label: "終了", value: "3件", average: "2.4件" },
      { label: "返金した金額", value: "¥5,246", average: "¥7,907" },
    ],
    averageDays: 14,
    paidOut: [{ provider: "Stripe", count: 2, amount: "¥5,246" }],
    cameBack: [{ provider: "Stripe", count: 1, amount: "¥1,980" }],
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
    ages: [
      { label: "1日未満", count: 1 },
      { label: "1〜2日", count: 1 },
      { label: "7日以上", count: 1 },
    ],
    waiting: [
      line(12, {}),
      line(14, { order: "", status: "決済が未確定", amount: "", age: "0日", note: "鈴木一郎" }),
    ],
    moreWaiting: 2,
    manual: [line(6, { status: "手動返金待ち", amount: "¥12,800", age: "8日" })],
    moreManual: 1,
    openRefunds: [
      line(8, { status: "お客様の口座情報待ち", note: "高橋美咲 / 口座の期限: 2027-01-05" }),
    ],
    moreOpenRefunds: 1,
    failures: [line(5, { status: "返金失敗", amount: "¥1,980", note: "伊藤健" })],
    moreFailures: 1,
    quarantined: [{ from: "info@example.net", subject: "お問い合わせ", reason: "25 MB 超" }],
    moreQuarantined: 1,
    unanswered: 6,
    undelivered: 1,
    guardRails: [
      { label: "直近1時間の返金", used: "1件", limit: "20件", isNear: false },
      { label: "直近24時間の返金", used: "2件", limit: "100件", isNear: false },
      { label: "直近24時間の返金額", used: "¥45,246", limit: "¥50,000", isNear: true },
    ],
    days: bars(),
    currency: "JPY",
    lanes: ["Stripe: APIキーが無効です"],
    stopped: true,
    auditHead: "120 3f9a1c…e07b",
    ledger: [
      REFUND,
      { ...REFUND, ticket: "R-3", order: "670", amount: "2779", paidOut: "2779" },
      {
        ...REFUND,
        ...{ ticket: "R-5", order: "672", amount: "1980", paidOut: "-1980" },
        state: "戻り(返金後に不成立)",
      },
    ],
  };
}

export function englishSummary(): SummaryVariables {
  const sample = japaneseSummary();
  const labels = [
    "Mails received",
    "Refund requests",
    "New tickets",
    "Approved",
    "Rejected",
    "Refunds made",
    "Closed",
    "Amount paid back",
  ];
  return {
    ...sample,
    shopName: "Sample Shop",
    figures: labels.map((label, at) => ({
      label,
      value: (sample.figures[at]?.value ?? "").replace(/[通件]/, ""),
      average: (sample.figures[at]?.average ?? "").replace(/[通件]/, ""),
    })),
    mismatches: ["R-9: The provider does not show refund re_3Sample9 any more."],
    ages: [
      { label: "Under a day", count: 1 },
      { label: "1–2 days", count: 1 },
      { label: "7 days or more", count: 1 },
    ],
    waiting: [
      line(12, { status: "waits for approval", age: "2 days", note: "Taro Tanaka" }),
      line(14, { ...{ order: "", amount: "", age: "0 days" }, status: "payment not certain" }),
    ],
    manual: [line(6, { status: "waits for a manual refund", amount: "¥12,800", age: "8 days" })],
    openRefunds: [
      line(8, {
        ...{ status: "waits for the customer's bank details", age: "2 days" },
        note: "Misaki Takahashi / account until 2027-01-05",
      }),
    ],
    failures: [line(5, { status: "refund failed", amount: "¥1,980", age: "2 days" })],
    quarantined: [{ from: "info@example.net", subject: "Inquiry", reason: "larger than 25 MB" }],
    guardRails: [
      { label: "Refunds, last hour", used: "1", limit: "20", isNear: false },
      { label: "Refunds, last 24 hours", used: "2", limit: "100", isNear: false },
      { label: "Amount, last 24 hours", used: "¥45,246", limit: "¥50,000", isNear: true },
    ],
    lanes: ["Stripe: the API key is not valid"],
    ledger: [{ ...REFUND, counterparty: "Taro Tanaka", state: "refunded" }],
  };
}
