// A shop as its settings describe it. A part of app.ts that commands need alone.

import { createCalendar } from "./calendar.ts";
import { systemClock } from "./clock.ts";
import type { Config, SettingName } from "./config.ts";
import { STORE_SETTINGS } from "./open-store.ts";
import { ensureShopKey } from "./shop-key.ts";
import { createSigner } from "./signer.ts";
import type { Store } from "./store-port.ts";
import type { Desk, ShopSettings } from "./ticket/desk.ts";
import { createVault } from "./vault.ts";

export const DESK_SETTINGS = [
  ...STORE_SETTINGS,
  "SHOP_NAME",
  "SHOP_EMAIL",
  "STAFF_EMAILS",
  "MANAGER_EMAILS",
  "FORM_FROM",
  "ORDER_URL",
  "CLOSED_DAYS",
  "ACKNOWLEDGE",
  "INVOICE_NUMBER",
  "INVOICE_TAX_RATE",
  "AUTHSERV_IDS",
  "APPROVAL_AUTH",
  "TOKEN_MAX_AMOUNT",
  "SECOND_APPROVAL_FROM",
  "APPROVAL_COOLING_MINUTES",
  "APPROVAL_REMIND_DAYS",
  "APPROVAL_EXPIRES_DAYS",
  "REFUND_MAX_PER_HOUR",
  "REFUND_MAX_PER_DAY",
  "REFUND_MAX_AMOUNT_PER_DAY",
  "DRY_RUN",
  "REFUND_RECHECK_SECONDS",
  "RETENTION_DAYS",
  "BOOKS_YEARS",
] as const satisfies readonly SettingName[];

export type DeskConfig = Config<(typeof DESK_SETTINGS)[number]>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export function shopSettings(config: DeskConfig): ShopSettings {
  return {
    name: config.SHOP_NAME,
    email: config.SHOP_EMAIL,
    staff: [...new Set(config.STAFF_EMAILS)],
    managers: [...new Set(config.MANAGER_EMAILS)],
    formFrom: config.FORM_FROM ?? [],
    locale: config.LOCALE,
    orderUrl: config.ORDER_URL ?? null,
    acknowledge: config.ACKNOWLEDGE,
    invoiceIssuer: invoiceIssuer(config),
    authservIds: config.AUTHSERV_IDS,
    approvalAuth: config.APPROVAL_AUTH,
    tokenMaxMinor: config.TOKEN_MAX_AMOUNT,
    secondApprovalFromMinor: config.SECOND_APPROVAL_FROM ?? null,
    coolingMs: config.APPROVAL_COOLING_MINUTES * MINUTE_MS,
    remindDays: config.APPROVAL_REMIND_DAYS,
    expiresMs: config.APPROVAL_EXPIRES_DAYS * DAY_MS,
    refundsPerHourMax: config.REFUND_MAX_PER_HOUR,
    refundsPerDayMax: config.REFUND_MAX_PER_DAY,
    refundMinorPerDayMax: config.REFUND_MAX_AMOUNT_PER_DAY ?? null,
    dryRun: config.DRY_RUN,
    recheckMs: config.REFUND_RECHECK_SECONDS * 1_000,
    retention: { personalDays: config.RETENTION_DAYS ?? null, booksYears: config.BOOKS_YEARS },
  };
}

function invoiceIssuer({ INVOICE_NUMBER: number, INVOICE_TAX_RATE: rate }: DeskConfig) {
  return number === undefined ? null : ({ number, taxRate: rate === "8" ? 8 : 10 } as const);
}

export function buildCalendar(
  config: Config<"TIMEZONE" | "SUMMARY_AT"> & Partial<Config<"CLOSED_DAYS">>,
) {
  return createCalendar({
    timeZone: config.TIMEZONE,
    summaryAt: config.SUMMARY_AT,
    closed: config.CLOSED_DAYS ?? { weekdays: [], dates: [] },
  });
}

/** `key`: of this shop. */
export function buildDesk(config: DeskConfig, key: Uint8Array): Desk {
  return {
    shop: shopSettings(config),
    signer: createSigner(key),
    vault: createVault(key),
    calendar: buildCalendar(config),
    clock: systemClock,
  };
}

/** The same for a command, which has the shop's store open. */
export async function openDesk(
  config: DeskConfig,
  directory: string,
  store: Pick<Store, "read">,
): Promise<Desk> {
  return buildDesk(config, await ensureShopKey(config, directory, store));
}
