// What stands in the index for a payment that a provider lists and henkin cannot read: as much of it as
// finds its ticket, and the status unknown, so that this ticket comes before a person.

import { orderNumbersOfPayment } from "../domain/order-number/order-number.ts";
import type { Payment } from "../domain/payment.ts";
import { rawAnswer } from "./raw-answer.ts";

/** Where a provider writes what a ticket is found by; the first text that is there counts. */
interface Places {
  readonly email: readonly string[];
  readonly name: readonly string[];
  /** The shop's own order number, where it has a field of its own. */
  readonly reference: readonly string[];
  /** Epoch ms for one unit of its times. */
  readonly timeMs: number;
  readonly created: string;
}

interface Known {
  readonly provider: string;
  readonly account: string;
  readonly livemode: boolean;
  readonly id: string;
}

/** Nothing is said of the amount then, and staff see that. */
const NO_CURRENCY = "???";

export function standIn(item: unknown, known: Known, places: Places): Payment {
  const text = (path: string) => textAt(item, path);
  const first = (paths: readonly string[]) => paths.map(text).find((one) => one !== null) ?? null;
  const reference = first(places.reference);
  const metadata = { ...textsOf(valueAt(item, "metadata")) };
  const description = text("description");
  const orderNumbers = orderNumbersOfPayment({
    metadata: reference === null ? metadata : { ...metadata, order_number: reference },
    description,
  });
  const amount = valueAt(item, "amount");
  const currency = text("currency") ?? "";
  const created = valueAt(item, places.created);
  const isMoney = Number.isSafeInteger(amount) && isCurrency(currency);
  return {
    ...known,
    currency: isMoney ? currency.toUpperCase() : NO_CURRENCY,
    amountMinor: isMoney ? Math.max(0, Number(amount)) : 0,
    capturedMinor: 0,
    refundedMinor: 0,
    status: "unknown",
    raw: rawAnswer(item),
    method: "unknown",
    description,
    orderNumbers: orderNumbers.numbers,
    orderNumbersFrom: orderNumbers.from,
    payerName: first(places.name) ?? metadata["customer_name"] ?? null,
    payerEmail: (first(places.email) ?? metadata["customer_email"] ?? null)?.toLowerCase() ?? null,
    disputed: false,
    createdAt: Number.isSafeInteger(created) ? Number(created) * places.timeMs : 0,
    paidAt: null,
  };
}

export function isCurrency(text: string): boolean {
  return /^[A-Za-z]{3}$/.test(text);
}

function valueAt(item: unknown, path: string): unknown {
  let value = item;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function textAt(item: unknown, path: string): string | null {
  const value = valueAt(item, path);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function textsOf(metadata: unknown): Record<string, string> {
  if (typeof metadata !== "object" || metadata === null) return {};
  const entries = Object.entries(metadata).filter(([, value]) =>
    ["string", "number"].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}
