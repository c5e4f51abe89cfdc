// What an answer of makeshop's order API (注文API, apidoc.makeshop.jp/orderinfo) says of one order.
// ordernum, status, payment_status, paymethod, buyer and orderdetail/sumprice are in use by others who
// read it; where a parcel's state stands is not published. What is missing is 不明, what is new is
// shown as it is, and nothing here decides anything: staff read it.

import type { ShopOrder } from "./order-source.ts";
import { rawAnswer } from "./raw-answer.ts";
import { parseXml, type XmlElement, XmlError } from "./xml.ts";

export type MakeshopAnswer =
  | { readonly kind: "order"; readonly order: ShopOrder }
  | { readonly kind: "absent" }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  | { readonly kind: "unreadable"; readonly why: string };

const UNKNOWN = "不明";

const STATUSES: Readonly<Record<string, string>> = {
  "0": "キャンセル",
  "1": "通常",
  "99": "仮注文",
};
const PAYMENTS: Readonly<Record<string, string>> = { "0": "未入金", "1": "入金完了" };
/** The values that cmd=deliver sets; 0 before the first. */
const DELIVERIES: Readonly<Record<string, string>> = {
  "0": "未発送",
  "1": "配送指示済",
  "2": "配送準備中",
  "3": "配送完了",
  "9": "返送",
};
/** paymethod's type; which one the virtual account of Epsilon has is not published. */
const PAYMETHODS: Readonly<Record<string, string>> = {
  A: "後払い.com",
  B: "銀行振込",
  B1: "GMO後払い",
  D1: "Amazon Pay",
  M: "Paid",
  M1: "銀行振込",
  N: "NP後払い",
  P: "ゆうちょ振替",
  R: "代金引換",
  Z: "コンビニ決済",
};

export function readMakeshopAnswer(
  body: Buffer,
  contentType: string,
  orderNumber: string,
): MakeshopAnswer {
  try {
    return answerOf(parseXml(decode(body, contentType)), orderNumber);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { kind: "unreadable", why: error.message };
  }
}

function answerOf(root: XmlElement, orderNumber: string): MakeshopAnswer {
  if (root.name === "response") {
    const code = fieldOf(root, "code") ?? "";
    const message = fieldOf(root, "message") ?? "";
    if (code === "" && message === "") throw new XmlError("<response> says nothing");
    return { kind: "error", code, message };
  }
  if (root.name !== "orders") throw new XmlError("it is neither <orders> nor <response>");
  if (root.text !== "" || root.children.some(({ name }) => name !== "order")) {
    throw new XmlError("<orders> holds something else than orders");
  }
  const orders = root.children;
  if (orders.length === 0) return { kind: "absent" };
  const [order, ...others] = orders.filter((one) => fieldOf(one, "ordernum") === orderNumber);
  // An answer about other orders is no word about this one.
  if (order === undefined) throw new XmlError("another order than the one asked for");
  if (others.length > 0) throw new XmlError("the order stands there more than once");
  return { kind: "order", order: orderOf(order) };
}

function orderOf(order: XmlElement): ShopOrder {
  const buyer = childOf(order, "buyer");
  const detail = childOf(order, "orderdetail");
  const sum = (detail && fieldOf(detail, "sumprice")) ?? fieldOf(order, "sumprice");
  const email = buyer && fieldOf(buyer, "email");
  return {
    state: stateOf(order, sum),
    amountMinor: sum !== null && /^\d{1,9}$/.test(sum) ? Number(sum) : null,
    payerName: buyer && fieldOf(buyer, "name"),
    payerEmail: email?.toLowerCase() ?? null,
    orderedAt: timeOf(fieldOf(order, "date")),
  };
}

function stateOf(order: XmlElement, sum: string | null): string {
  const status = fieldOf(order, "status");
  const parts = [
    // Nearly every order is a normal one; what else it is comes first.
    ...(status === "1" ? [] : [named("注文", STATUSES, status)]),
    named("入金", PAYMENTS, fieldOf(order, "payment_status")),
    ...deliveriesOf(order).map((value) => named("配送", DELIVERIES, value)),
    `決済方法: ${paymethodOf(order)}`,
    `合計: ${sum ?? UNKNOWN}`,
  ];
  return parts.join("・");
}

function named(
  label: string,
  names: Readonly<Record<string, string>>,
  value: string | null,
): string {
  if (value === null) return `${label}: ${UNKNOWN}`;
  return names[value] ?? `${label}: ${value}`;
}

/** One for each parcel; one unknown where none is told of. */
function deliveriesOf(order: XmlElement): (string | null)[] {
  const deliveries = childOf(order, "deliveries")?.children ?? [];
  const found = deliveries.map((delivery) => fieldOf(delivery, "status"));
  return found.length === 0 ? [null] : found;
}

function paymethodOf(order: XmlElement): string {
  const paymethod = childOf(order, "paymethod");
  if (paymethod === null) return UNKNOWN;
  const type = fieldOf(paymethod, "type");
  const own = paymethod.text || fieldOf(paymethod, "content");
  const name = own ?? (type === null ? null : (PAYMETHODS[type] ?? null));
  return [name, type === null ? null : `(${type})`].filter((part) => part !== null).join(" ");
}

function childOf(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((child) => child.name === name) ?? null;
}

/** An attribute or an element of that name: readers of this API have met both. */
function fieldOf(element: XmlElement, name: string): string | null {
  const value = element.attributes.get(name) ?? childOf(element, name)?.text ?? "";
  return value.trim() === "" ? null : value.trim();
}

/** "2026/11/09 10:00:00", "2026-11-09 10:00:00" or "20261109100000", in Japan. */
function timeOf(text: string | null): number | null {
  const match = /^(\d{4})[-/]?(\d\d)[-/]?(\d\d)[ T]?(\d\d):?(\d\d):?(\d\d)$/.exec(text ?? "");
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+09:00`);
  return Number.isNaN(at) ? null : at;
}

/** Its beginning, for staff to read; what is in no known charset keeps replacement characters. */
export function rawMakeshop(body: Buffer, contentType: string): string {
  try {
    return rawAnswer(decode(body, contentType));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return rawAnswer(body.toString("utf8"));
  }
}

const DECLARED = /^\uFEFF?<\?xml\s[^<>]*?encoding\s*=\s*["']([\w-]+)["']/;

/** As the document or the header says, if it can be true; else UTF-8, else the EUC-JP of its requests. */
function decode(body: Buffer, contentType: string): string {
  const declared = DECLARED.exec(body.subarray(0, 200).toString("latin1"))?.[1];
  const header = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1];
  for (const label of [declared, header, "utf-8", "euc-jp"]) {
    if (label === undefined) continue;
    try {
      return new TextDecoder(label, { fatal: true }).decode(body);
    } catch {
      // Not that one, or no charset at all.
    }
  }
  throw new XmlError("its charset is not known");
}
