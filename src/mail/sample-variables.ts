// One full set of sample values per language. The templates are tried on it before anything runs,
// and the preview shows it. Facts are invented; addresses lie under example domains.

import type { CandidateLine, Fact, Locale, MailVariables } from "../domain/outgoing-mail.ts";
import { SAMPLE_DEPOSIT } from "./sample-deposit.ts";
import { answerLink, CODE, REFERENCE } from "./sample-link.ts";
import { englishSummary, japaneseSummary } from "./sample-summary.ts";

export function sampleVariables(locale: Locale): MailVariables {
  return locale === "ja"
    ? { ...japaneseStaffMails(), ...japaneseCustomerMails(), summary: japaneseSummary() }
    : { ...englishStaffMails(), ...englishCustomerMails(), summary: englishSummary() };
}

/** Enough variants of a sample to walk through both sides of every condition in a template. */
export function sampleVariants<Variables extends object>(sample: Variables): Variables[] {
  const entries = Object.entries(sample);
  const switched = entries
    .filter(([, value]) => typeof value === "boolean")
    .map(([key, value]) => ({ ...sample, [key]: !value }));
  const routes = "route" in sample ? ["bank", "instalments", "other"] : [];
  const empty = Object.fromEntries(entries.map(([key, value]) => [key, emptyLike(value)]));
  return [
    ...switched,
    ...routes.map((route) => ({ ...sample, route })),
    { ...sample, ...empty } as Variables,
  ];
}

function emptyLike(value: unknown): unknown {
  if (typeof value === "string") return "";
  if (typeof value === "number") return 0;
  return Array.isArray(value) ? [] : false;
}

type StaffMail =
  | "approval_request"
  | "candidates"
  | "deposit_question"
  | "ambiguous_answer"
  | "decision_made"
  | "reminder"
  | "staff_task"
  | "status_inquiry"
  | "open_tickets"
  | "escalation";
type StaffMails = Pick<MailVariables, StaffMail>;
type CustomerMails = Omit<MailVariables, StaffMail | "summary">;

const QUESTION = {
  testMode: false,
  orderUrl: "https://shop.example.jp/wp-admin/post.php?post=679&action=edit",
  rejectLink: answerLink("NG"),
};

function japaneseStaffMails(): StaffMails {
  const ticket = { reference: REFERENCE, shopName: "みほん商店" };
  const answerable = { ...ticket, code: CODE, rawAnswer: [] };
  const person = { orderNumber: "679", requester: "田中太郎 tanaka@example.com" };
  const customerText = [
    "注文番号: 679",
    "上記注文番号の注文をキャンセルしたいです。",
    "返金の処理をお願いいたします。",
  ];
  return {
    approval_request: {
      ...answerable,
      ...QUESTION,
      ...person,
      isVoid: false,
      isPayout: false,
      amount: "¥2,467",
      hasProposal: true,
      exampleFigure: "1234",
      exampleAmount: "¥1,234",
      facts: japaneseFacts(),
      strength: "強い一致（注文番号・メールアドレス）",
      warnings: ["同じ決済の別チケット: R-9"],
      changes: ["返金可能額が ¥2,967 から ¥2,467 に変わりました。"],
      method: "クレジットカード",
      route: "card",
      customerEmail: "tanaka@example.com",
      approveLink: answerLink("OK"),
      coolingMinutes: 10,
      needsSecondApproval: true,
      codeUntil: "2026-12-05",
      customerText,
    },
    deposit_question: { ...answerable, ...QUESTION, ...person, ...SAMPLE_DEPOSIT, customerText },
    candidates: {
      ...answerable,
      ...QUESTION,
      ...person,
      askLink: answerLink("確認"),
      orderNumber: "678",
      reason: "この注文番号の決済は見つかりませんでした。",
      candidates: japaneseCandidates(),
      rawAnswer: ['status = "settled_later"', '{"id":"pi_3Pq","status":"settled_later"}'],
      customerText: ["注文番号: 678", ...customerText.slice(1)],
    },
    ambiguous_answer: {
      ...answerable,
      reason: "判断として読み取れませんでした。",
      answer: ["OK", "ただし返品を確認してからお願いします"],
    },
    decision_made: {
      ...ticket,
      decision: "承認",
      by: "sato@example.jp",
      amount: "¥2,467",
      note: "電話でも確認済み",
      stopUntil: "2026-11-21 16:00",
      isFinal: true,
    },
    reminder: { ...answerable, ...person, amount: "¥2,467", since: "2026-11-18" },
    staff_task: {
      ...answerable,
      reason: "銀行振込での返金",
      details: ["金額: ¥2,467", "makeshop の注文を取り消す", "イプシロンの決済を取り消す"],
      asksDone: true,
      copyText: ["以下について、ステータス変更を依頼します。", "・対象注文番号: 679"],
    },
    status_inquiry: { ...ticket, ...japaneseInquiry() },
    open_tickets: { shopName: ticket.shopName, tickets: japaneseSummary().waiting },
    escalation: {
      ...ticket,
      ...person,
      amount: "¥2,467",
      since: "2026-11-18",
      reminders: "3",
      approvers: ["sato@example.jp", "suzuki@example.jp"],
    },
  };
}

function japaneseInquiry() {
  return {
    customerText: ["注文679の返金がまだ届きません。", "いつ頃になりますか。"],
    status: "返金済み",
    refund: "re_3Pq",
    refundStatus: "succeeded",
    isLive: true,
    traceReference: "74088286000000001234567",
    accountAsked: "",
    writtenBy: "tanaka@example.com",
    customer: "田中 太郎 様",
    customerEmail: "tanaka@example.com",
    draft: [
      "ご返金（¥2,467）は 2026-11-21 にお手続きし、決済会社で完了しております。",
      "ご利用明細への反映には、通常5〜10営業日ほどかかります。",
      "時期はカード会社により異なります。",
    ],
    answerLink: "mailto:tanaka@example.com?subject=%5BR-12%5D&body=…",
  };
}

function japaneseFacts(): Fact[] {
  const email = "tanaka@example.com";
  return [
    { label: "注文番号", payment: "679 (metadata)", request: "", mark: "same" },
    { label: "メールアドレス", payment: email, request: "", mark: "same" },
    { label: "お名前", payment: "タナカ タロウ", request: "田中太郎", mark: "differs" },
    { label: "返金可能額", payment: "¥2,467", request: "", mark: "plain" },
    { label: "支払い日時", payment: "2026-10-18 15:50 (34日前)", request: "", mark: "plain" },
  ];
}

function japaneseCandidates(): CandidateLine[] {
  return [
    {
      number: 1,
      chooseLink: answerLink("1"),
      orderNumbers: "679",
      amount: "¥2,467",
      left: "¥2,467",
      payer: "タナカ タロウ tanaka@example.com",
      paidAt: "2026-10-18 15:50",
      status: "支払い済み",
      shared: "メールアドレス",
    },
    {
      number: null,
      chooseLink: "",
      orderNumbers: "688",
      amount: "¥2,779",
      left: "¥2,779",
      payer: "info@example.net",
      paidAt: "2026-10-18 21:08",
      status: "支払い済み",
      shared: "",
    },
  ];
}

function japaneseCustomerMails(): CustomerMails {
  const ticket = {
    reference: REFERENCE,
    shopName: "みほん商店",
    shopEmail: "shop@example.jp",
    customer: "田中太郎 様",
    orderNumber: "679",
  };
  const amount = "¥2,467";
  const method = "クレジットカード";
  const note = "またのご利用を心よりお待ちしております。";
  const returned = { amount: "¥2,000", paidAmount: amount, isPartial: true };
  return {
    acknowledgement: ticket,
    need_order_number: ticket,
    return_goods: { ...ticket, until: "2026-11-30" },
    account_request: { ...ticket, amount, isReminder: false, isUnasked: false, unclear: [] },
    account_received: {
      ...ticket,
      bank: "みずほ銀行 渋谷支店 普通 ****567",
      holder: "タナカ タロウ",
      isChanged: false,
    },
    refund_started: { ...ticket, ...returned, method, route: "card" },
    refund_needs_details: {
      ...ticket,
      ...returned,
      provider: "Stripe",
      deadline: "2027-01-05",
      isReminder: false,
    },
    refunded: {
      ...ticket,
      ...returned,
      method,
      route: "card",
      date: "2026-11-21",
      note: "送料を差し引かせていただきました。",
      // Of no refund as small as this one, but the preview shows where they stand.
      invoiceNumber: "T1234567890123",
      saleDate: "2026-10-18",
      taxRate: "10%",
      isReducedRate: false,
      taxAmount: "¥181",
    },
    voided: { ...ticket, amount, route: "card" },
    rejected: { ...ticket, isExpired: false, isShipped: false, isNotCovered: false, note },
    already_refunded: { ...ticket, amount, date: "2026-11-02" },
    nothing_charged: { ...ticket, route: "card" },
    refund_failed: { ...ticket, amount },
    payee_changed: ticket,
  };
}

function englishStaffMails(): StaffMails {
  const mails = japaneseStaffMails();
  const shop = { shopName: "Sample Shop" };
  const asked = {
    ...shop,
    requester: "Taro Tanaka tanaka@example.com",
    customerText: ["Order number: 679", "I would like to cancel this order."],
  };
  return {
    approval_request: {
      ...mails.approval_request,
      ...asked,
      facts: [
        { label: "Order number", payment: "679 (metadata)", request: "", mark: "same" },
        { label: "Name", payment: "T. Tanaka", request: "Taro Tanaka", mark: "differs" },
        { label: "Paid", payment: "2026-10-18 15:50 (34 days ago)", request: "", mark: "plain" },
      ],
      strength: "strong match (order number, e-mail)",
      warnings: ["Another ticket for the same payment: R-9"],
      changes: ["What is left changed from ¥2,967 to ¥2,467."],
      method: "card",
    },
    candidates: {
      ...mails.candidates,
      ...asked,
      reason: "No payment bears this order number.",
      candidates: mails.candidates.candidates.map((candidate) => ({
        ...candidate,
        status: "paid",
        shared: candidate.shared === "" ? "" : "e-mail",
      })),
    },
    ambiguous_answer: {
      ...mails.ambiguous_answer,
      ...shop,
      reason: "The answer could not be read as a decision.",
      answer: ["OK", "but only after the goods are back"],
    },
    decision_made: {
      ...mails.decision_made,
      ...shop,
      decision: "approved",
      note: "confirmed by phone",
    },
    reminder: { ...mails.reminder, ...shop, requester: asked.requester },
    open_tickets: { shopName: shop.shopName, tickets: englishSummary().waiting },
    deposit_question: {
      ...mails.deposit_question,
      ...shop,
      requester: asked.requester,
      payer: asked.requester,
      orderUrl: "",
    },
    escalation: { ...mails.escalation, ...shop, requester: asked.requester },
    staff_task: {
      ...mails.staff_task,
      ...shop,
      reason: "Refund by bank transfer",
      details: ["Amount: ¥2,467", "Cancel the order in makeshop"],
    },
    status_inquiry: {
      ...mails.status_inquiry,
      ...shop,
      customerText: ["My refund for order 679 has not arrived.", "When will it come?"],
      status: "refunded",
      customer: "Taro Tanaka",
      draft: [
        "Your refund of ¥2,467 was made on 2026-11-21,",
        "and the payment provider says that it is completed.",
        "It usually appears on the card statement within 5 to 10 business days.",
        "The card company decides when.",
      ],
    },
  };
}

function englishCustomerMails(): CustomerMails {
  const mails = japaneseCustomerMails();
  const words = { shopName: "Sample Shop", customer: "Taro Tanaka" };
  const note = "We hope to see you again.";
  return {
    acknowledgement: { ...mails.acknowledgement, ...words },
    need_order_number: { ...mails.need_order_number, ...words },
    return_goods: { ...mails.return_goods, ...words },
    account_request: { ...mails.account_request, ...words },
    account_received: { ...mails.account_received, ...words },
    refund_started: { ...mails.refund_started, ...words, method: "card" },
    refund_needs_details: { ...mails.refund_needs_details, ...words },
    refunded: { ...mails.refunded, ...words, method: "card", note: "The postage was taken off." },
    voided: { ...mails.voided, ...words },
    rejected: { ...mails.rejected, ...words, note },
    already_refunded: { ...mails.already_refunded, ...words },
    nothing_charged: { ...mails.nothing_charged, ...words },
    refund_failed: { ...mails.refund_failed, ...words },
    payee_changed: { ...mails.payee_changed, ...words },
  };
}
