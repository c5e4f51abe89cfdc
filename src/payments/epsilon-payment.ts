// What an order at GMO Epsilon means. Its states do not tell everything: nobody documents which one a
// virtual account has after a wrong amount, when its term is over, or when money came after a
// cancellation. What is not certain is `processing`, so that a person looks.

import type { Payment, PaymentStatus, SystemState } from "../domain/payment.ts";
import type { EpsilonFields } from "./epsilon-answer.ts";

export const EPSILON = "イプシロン";

/** As a plug-in of Epsilon's own names them (github.com/EC-CUBE, EccubePaymentLite PaymentStatus). */
const STATES: Readonly<Record<string, string>> = {
  "0": "未課金",
  "1": "課金済み",
  "4": "審査中",
  "5": "仮売上",
  "6": "出荷登録中",
  "9": "キャンセル",
  "11": "審査NG",
  "21": "処理中",
};
const CHARGED = "1";
const AUTHORIZED = "5";
const CANCELED = "9";

/** payment_code, as Epsilon's sample programs list them; 22 is the virtual account. */
const METHODS: Readonly<Record<string, string>> = {
  "1": "card",
  "2": "card",
  "3": "konbini",
  "4": "net_bank",
  "5": "net_bank",
  "7": "pay_easy",
  "8": "webmoney",
  "12": "bitcash",
  "13": "chocom",
  "22": "virtual_account",
};

export interface EpsilonOrder {
  /** As Epsilon has it: what cancel_payment.cgi is to be called with. */
  readonly orderNumber: string;
  readonly priceMinor: number;
  readonly state: string;
  readonly method: string;
  readonly payerName: string | null;
  readonly payerEmail: string | null;
  readonly description: string | null;
  /** Epoch ms. */
  readonly creditedAt: number | null;
  readonly updatedAt: number | null;
}

/** Null where a field is missing or strange without which nothing is certain. */
export function orderOf(fields: EpsilonFields): EpsilonOrder | null {
  const present = (name: string) => fields.get(name)?.trim() || null;
  const orderNumber = present("order_number");
  const price = present("item_price");
  const state = present("state");
  if (orderNumber === null || price === null || state === null) return null;
  if (!/^\d{1,9}$/.test(price) || !/^\d{1,3}$/.test(state)) return null;
  return {
    orderNumber,
    priceMinor: Number(price),
    state,
    method: METHODS[present("payment_code") ?? ""] ?? "unknown",
    payerName: present("user_name"),
    payerEmail: present("user_mail_add")?.toLowerCase() ?? null,
    description: present("item_name"),
    creditedAt: timeOf(present("credit_time")),
    updatedAt: timeOf(present("last_update")),
  };
}

/**
 * A plug-in of EC-CUBE makes 12345 into 12345x20190301, so that a second try has its own number. What
 * has no digit before the x was never a number alone.
 */
export function shopOrderNumber(orderNumber: string): string {
  return orderNumber.replace(/^(.*\d.*)x\d+$/, "$1");
}

interface Around {
  readonly id: string;
  readonly account: string;
  readonly livemode: boolean;
  /** Of the shop's own system. */
  readonly systems: readonly SystemState[];
  /** Epoch ms, for an order that bears no time. */
  readonly now: number;
  /** What systems answered, where staff must see it; "" where they need not. */
  readonly raw: string;
}

export function paymentOf(order: EpsilonOrder, around: Around): Payment {
  const status = statusOf(order);
  const { id, account, livemode, systems, now, raw } = around;
  const times = [order.creditedAt, order.updatedAt].filter((at) => at !== null);
  return {
    ...{ provider: "epsilon", account, livemode, id },
    currency: "JPY",
    amountMinor: order.priceMinor,
    capturedMinor: status === "paid" ? order.priceMinor : 0,
    refundedMinor: 0,
    status,
    // Its CGIs give no money back (the complete list of them is in EccubePaymentLite).
    byHand: true,
    systems: [{ system: EPSILON, state: stateWords(order) }, ...systems],
    ...(raw !== "" && { raw }),
    method: order.method,
    description: order.description,
    orderNumbers: [shopOrderNumber(order.orderNumber)],
    orderNumbersFrom: "metadata",
    payerName: order.payerName,
    payerEmail: order.payerEmail,
    disputed: false,
    createdAt: times.length > 0 ? Math.min(...times) : now,
    paidAt: status === "paid" ? (order.creditedAt ?? order.updatedAt) : null,
  };
}

/**
 * `authorized` is a card's alone. A cancelled card may have been charged before, and an account that is
 * not paid in full may hold money: neither is ever `canceled`, `failed` or `unpaid`.
 */
function statusOf({ state, method }: EpsilonOrder): PaymentStatus {
  if (method === "unknown") return "processing";
  if (state === CHARGED) return "paid";
  return state === AUTHORIZED && method === "card" ? "authorized" : "processing";
}

export function isCanceled({ state }: EpsilonOrder): boolean {
  return state === CANCELED;
}

export function isVoidable({ state, method }: EpsilonOrder): boolean {
  return state === AUTHORIZED && method === "card";
}

/** A state or a method that is in no list: what it means, a person must see. */
export function isNew({ state, method }: EpsilonOrder): boolean {
  return method === "unknown" || !Object.hasOwn(STATES, state);
}

export function stateWords({ state }: EpsilonOrder): string {
  return `${STATES[state] ?? "不明な状態"} (${state})`;
}

/** "2018-07-17 10:41:27" or "2018/07/17 10:41:27", in Japan. */
function timeOf(text: string | null): number | null {
  const match = /^(\d{4})[-/](\d{2})[-/](\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text ?? "");
  if (match === null) return null;
  const [, year, month, day, time] = match;
  const at = Date.parse(`${year}-${month}-${day}T${time}+09:00`);
  return Number.isNaN(at) ? null : at;
}
