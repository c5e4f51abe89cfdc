// What the steps of a ticket know besides the transaction: the shop's settings and pure functions.
// No adapter is in reach here, so nothing inside a transaction can wait for a network.

import type { Locale } from "../domain/outgoing-mail.ts";
import type { RetentionSettings } from "../domain/retention.ts";
import type { InvoiceIssuer } from "../domain/return-invoice.ts";
import type { Calendar, Clock, Signer, Vault } from "../ports.ts";

export interface ShopSettings {
  readonly name: string;
  /** Lower case, like every address here. */
  readonly email: string;
  readonly staff: readonly string[];
  readonly managers: readonly string[];
  readonly formFrom: readonly string[];
  readonly locale: Locale;
  /** With {order} for the order number; null where the shop has none. */
  readonly orderUrl: string | null;
  readonly acknowledge: boolean;
  /** null: the shop is not registered for the invoice system, or writes its return invoices by hand. */
  readonly invoiceIssuer: InvoiceIssuer | null;
  readonly authservIds: readonly string[];
  readonly approvalAuth: "authenticated" | "token";
  readonly tokenMaxMinor: number;
  readonly secondApprovalFromMinor: number | null;
  readonly coolingMs: number;
  readonly remindDays: number;
  readonly expiresMs: number;
  readonly refundsPerHourMax: number;
  readonly refundsPerDayMax: number;
  readonly refundMinorPerDayMax: number | null;
  readonly dryRun: boolean;
  readonly recheckMs: number;
  readonly retention: RetentionSettings;
}

export interface Desk {
  readonly shop: ShopSettings;
  readonly signer: Signer;
  readonly vault: Vault;
  readonly calendar: Calendar;
  readonly clock: Clock;
}

/** Every address that belongs to the shop: never a customer's. */
export function ownAddresses(shop: ShopSettings): string[] {
  return [shop.email, ...shop.staff, ...shop.managers];
}

/** Whose answers count, and what vouches for them. */
export function approverRules({ staff, authservIds, approvalAuth }: ShopSettings) {
  return { approvers: staff, authservIds, mode: approvalAuth };
}

export const STOP_SWITCH = "stop";
