// What customers and staff call a provider and a way of paying, and the way the money goes back.

import type { Locale, RefundRoute } from "./outgoing-mail.ts";
import type { Proposal } from "./ticket.ts";

const METHODS: Readonly<Record<string, Readonly<Record<Locale, string>>>> = {
  card: { ja: "クレジットカード", en: "card" },
  konbini: { ja: "コンビニ決済", en: "convenience store (Konbini)" },
  bank_transfer: { ja: "銀行振込", en: "bank transfer" },
  cash_balance: { ja: "銀行振込の残高(顧客残高)", en: "cash balance of bank transfers" },
  virtual_account: { ja: "銀行振込(バーチャル口座)", en: "bank transfer to a virtual account" },
  net_bank: { ja: "ネットバンキング決済", en: "internet banking" },
  pay_easy: { ja: "ペイジー決済", en: "Pay-easy" },
  webmoney: { ja: "WebMoney", en: "WebMoney" },
  other: { ja: "支払方法不明", en: "method unknown" },
  unknown: { ja: "支払方法不明", en: "method unknown" },
  smartpay: { ja: "Smartpay(あと払い)", en: "Smartpay (pay later)" },
};

const ROUTES: Readonly<Record<string, RefundRoute>> = {
  card: "card",
  konbini: "bank",
  bank_transfer: "bank",
  cash_balance: "bank",
  virtual_account: "bank",
  // The plan is lowered from the last instalment backwards
  // (en.docs.smartpay.co/reference/order-management-api).
  smartpay: "instalments",
};

const PROVIDERS: Readonly<Record<string, string>> = {
  stripe: "Stripe",
  smartpay: "Smartpay",
  epsilon: "イプシロン",
};

export function methodWords(method: string, locale: Locale): string {
  return METHODS[method]?.[locale] ?? method;
}

/** Whether henkin knows how its refunds go; a provider's newest method it does not. */
export function isKnownMethod(method: string): boolean {
  return Object.hasOwn(METHODS, method) && !isMethodUnknown(method);
}

/** Neither an adapter nor an imported file says how it was paid. */
export function isMethodUnknown(method: string): boolean {
  return method === "other" || method === "unknown";
}

export function refundRoute(method: string): RefundRoute {
  return ROUTES[method] ?? "other";
}

/** Of a transfer by hand; null for every other way back. */
export function payoutRoute({
  action,
  inScreen,
}: Pick<Proposal, "action" | "inScreen">): RefundRoute | null {
  return action === "payout" && inScreen !== true ? "bank" : null;
}

export function providerWords(provider: string): string {
  return PROVIDERS[provider] ?? provider;
}
