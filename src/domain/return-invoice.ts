// The particulars of a 適格返還請求書, which a shop registered for Japan's invoice system owes a customer
// whose money it returns (消費税法 57条の4 第3項). Pure: what is due, and the tax in the amount.

import type { Money } from "./money.ts";

/** Per cent of a sale; 8 is the reduced rate of food and drink (軽減税率). */
export type TaxRate = 8 | 10;

/** Of the shop, as it was registered. */
export interface InvoiceIssuer {
  /** T and 13 digits (登録番号). */
  readonly number: string;
  /** All its goods are sold at this rate: which of them were returned, henkin cannot know. */
  readonly taxRate: TaxRate;
}

/** Below this amount, tax included, none is due (消費税法施行令 70条の9 第3項 第2号). */
const DUE_FROM_YEN = 10_000;

/**
 * Not for what was transferred too much: that was never the price of anything. In yen only, because the
 * law counts in yen.
 */
export function isReturnInvoiceDue({ amountMinor, currency }: Money, method: string): boolean {
  return currency === "JPY" && amountMinor >= DUE_FROM_YEN && method !== "cash_balance";
}

/** The consumption tax in an amount that includes it, without the fraction of a yen. */
export function taxWithin(amountYen: number, rate: TaxRate): number {
  return Math.floor((amountYen * rate) / (100 + rate));
}
