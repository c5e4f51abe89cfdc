// The mails of the demonstration: what the customers' forms send, and how staff answer.

export const SHOP = "info@shop.example.jp";
export const STAFF = "staff@shop.example.jp";
export const MANAGER = "manager@shop.example.jp";
export const AUTHSERV_ID = "mx.shop.example.jp";

const base64 = (text: string) =>
  (
    Buffer.from(text, "utf8")
      .toString("base64")
      .match(/.{1,76}/g) ?? []
  ).join("\r\n");

const word = (text: string) => `=?UTF-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;

interface Form {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly order: string;
  readonly text: string;
}

/** Contact Form 7's Japanese notification, as in the shop's own manual. */
export function contactForm({ id, name, email, order, text }: Form, date: Date): string {
  const body = [
    `差出人: ${name}`,
    email,
    "題名: お問い合わせ",
    "",
    `お名前: ${name}`,
    "住所: 東京都渋谷区渋谷1",
    "電話番号: 000-0000-0000",
    `メールアドレス: ${email}`,
    "",
    "メッセージ本文:",
    `注文番号: ${order}`,
    "",
    text,
    "",
    "このメールは お問い合わせフォームから送信されました",
  ].join("\r\n");
  return [
    `From: ${word("デモショップ")} <wordpress@shop.example.jp>`,
    `To: ${SHOP}`,
    `Reply-To: ${email}`,
    `Subject: ${word("お問い合わせ")}`,
    `Message-ID: <${id}@shop.example.jp>`,
    `Date: ${date.toUTCString()}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: base64",
    "",
    base64(body),
    "",
  ].join("\r\n");
}

export interface Received {
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
}

/** An answer typed above the quoted request. Without a verdict anyone could have sent it. */
export function staffAnswer(
  request: Received,
  answer: { readonly text: string; readonly authenticated: boolean; readonly id: string },
  date: Date,
): string {
  const quoted = request.text.split(/\r?\n/).map((line) => `> ${line}`);
  const body = [
    answer.text,
    "",
    "2026年11月21日(土) 10:00 デモショップ <info@shop.example.jp>:",
    ...quoted,
  ];
  const verdict = `Authentication-Results: ${AUTHSERV_ID}; dkim=pass header.d=shop.example.jp; dmarc=pass header.from=shop.example.jp`;
  return [
    ...(answer.authenticated ? [verdict] : []),
    `From: ${word("担当 佐藤")} <${STAFF}>`,
    `To: ${SHOP}`,
    `Subject: ${word(`Re: ${request.subject}`)}`,
    `Message-ID: <${answer.id}@shop.example.jp>`,
    `In-Reply-To: <${request.messageId}>`,
    `References: <${request.messageId}>`,
    `Date: ${date.toUTCString()}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: base64",
    "",
    base64(body.join("\r\n")),
    "",
  ].join("\r\n");
}

const payment = (
  order: string,
  amount: number,
  payerName: string,
  payerEmail: string,
  days: number,
) => ({
  id: `pi_demo_${order}`,
  amount,
  currency: "JPY",
  status: "succeeded",
  method: "card",
  description: `デモショップ - 注文 ${order}`,
  metadata: {},
  payerName,
  payerEmail,
  paidAt: new Date(Date.now() - days * 86_400_000).toISOString(),
  refunded: 0,
  disputed: false,
  livemode: false,
});

/** 688 and 679 are the two payments of the shop's own manual; nobody paid for order 678. */
export const PAYMENTS = [
  payment("688", 2_779, "木村 花子", "kimura@example.com", 1),
  payment("679", 2_467, "田中 太郎", "geguhama@svk.jp", 1),
  payment("701", 5_400, "鈴木 一郎", "suzuki@example.com", 3),
  payment("702", 8_800, "高橋 美咲", "takahashi@example.com", 12),
  payment("703", 1_980, "伊藤 健", "ito@example.com", 2),
];
