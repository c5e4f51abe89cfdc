// Smartpay's objects as henkin reads them, and what they mean: a payment is a Smartpay payment with
// its order, or an order of which nothing was captured yet.
//
// Only what henkin needs is expected to be there (github.com/smartpay-co/sdk-go types.go, sdk-node
// src/types.ts), and of that a missing amount is an error.

import { z } from "zod";
import {
  normalizeOrderNumber,
  orderNumbersOfPayment,
} from "../domain/order-number/order-number.ts";
import type { Payment, PaymentStatus, ProviderRefund } from "../domain/payment.ts";
import { Currency, readAs, UnreadableAnswer } from "./exchange.ts";
import { rawAnswer } from "./raw-answer.ts";

const Text = z
  .string()
  .nullish()
  .transform((text) => (text === undefined || text === null || text.trim() === "" ? null : text));
/** An id, or the object it stands for where the server expanded it. */
const Reference = z.union([
  z.string().min(1),
  z.object({ id: z.string().min(1) }).transform((object) => object.id),
]);
/** The documents type the values as anything. */
const Metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((metadata) => {
    const texts: Record<string, string> = {};
    for (const [key, value] of Object.entries(metadata ?? {})) {
      if (["string", "number", "boolean"].includes(typeof value)) texts[key] = String(value);
    }
    return texts;
  });
/** Whole yen: the only currency. */
const Amount = z.int().min(0);

const Common = {
  id: z.string().min(1),
  amount: Amount,
  /** Other amounts than whole yen could not be told from them. */
  currency: z.string().regex(/^jpy$/i),
  status: Text,
  /** Epoch ms. */
  createdAt: z.int(),
  reference: Text,
  description: Text,
  metadata: Metadata,
  test: z.boolean().nullish(),
};

const PaymentShape = z.object({
  ...Common,
  order: Reference,
  /** Ids or objects; one description of the API has them and another one has not. */
  refunds: z.array(z.unknown()).nullish(),
});
/** As it came, for staff to see where it says something new. */
interface Told {
  readonly answer: unknown;
}
export type SmartpayPayment = z.infer<typeof PaymentShape> & Told;

const OrderShape = z.object({
  ...Common,
  /** Ids or objects, each read by itself. */
  payments: z
    .array(z.unknown())
    .nullish()
    .transform((payments) => payments ?? []),
  /** Only the checkout is documented to have it; it is read where it is there. */
  customerInfo: z
    .object({ emailAddress: Text, email: Text, firstName: Text, lastName: Text })
    .nullish()
    .catch(null),
});
export type Order = z.infer<typeof OrderShape> & Told;

const RefundShape = z.object({ ...Common, currency: Currency, payment: Reference });

const PageShape = z.object({
  data: z.array(z.unknown()),
  nextPageToken: z
    .string()
    .nullish()
    .transform((token) => token || null),
});
export type Page = z.infer<typeof PageShape>;

const Identified = z.object({ id: z.string().min(1) });
const OfPayment = z.object({ payment: Reference });
const Dated = z.object({ createdAt: z.int() });

export const readPage = (answer: unknown): Page => readAs("collection", PageShape, answer);
export const readPayment = (answer: unknown): SmartpayPayment => ({
  ...readAs("payment", PaymentShape, answer),
  answer,
});
export const readOrder = (answer: unknown): Order => ({
  ...readAs("order", OrderShape, answer),
  answer,
});

/** Of an id or an object; "" where there is none. */
export function idOf(item: unknown): string {
  if (typeof item === "string") return item;
  return Identified.safeParse(item).data?.id ?? "";
}

export function createdAtOf(item: unknown): number | null {
  return Dated.safeParse(item).data?.createdAt ?? null;
}

/** Which payment an object of the list of refunds belongs to. Throws UnreadableAnswer. */
export function paymentIdOfRefund(item: unknown): string {
  return readAs("refund", OfPayment, item).payment;
}

/** Of the key, and of what it is to see. */
export interface Mode {
  readonly account: string;
  readonly livemode: boolean;
}

export function refundOf(answer: unknown): ProviderRefund {
  const refund = readAs("refund", RefundShape, answer);
  const rawStatus = refund.status ?? "";
  const isKnown = rawStatus === "succeeded" || rawStatus === "failed";
  return {
    id: refund.id,
    paymentId: refund.payment,
    amountMinor: refund.amount,
    currency: refund.currency.toUpperCase(),
    status: isKnown ? rawStatus : "unknown",
    rawStatus,
    ...(!isKnown && { raw: rawAnswer(answer, [["status"]]) }),
    metadata: withOurReference(refund),
    failureReason: null,
    createdAt: refund.createdAt,
    traceReference: null,
  };
}

/** What henkin puts into a refund's `reference`; nobody says that its metadata is given back. */
const OUR_REFERENCE = /^[0-9a-f]{32}$/;

function withOurReference({ metadata, reference }: z.infer<typeof RefundShape>) {
  const isOurs = reference !== null && OUR_REFERENCE.test(reference);
  return isOurs ? { henkin_refund: reference, ...metadata } : metadata;
}

/** A captured payment of an order. `refunds` are all of this payment. */
export function paymentOfCapture(
  payment: SmartpayPayment,
  order: Order | null,
  refunds: readonly ProviderRefund[],
  mode: Mode,
): Payment {
  const { status, capturedMinor, refundedMinor } = captured(payment, refunds);
  return {
    ...facts(payment, order, mode),
    amountMinor: payment.amount,
    capturedMinor,
    refundedMinor,
    status,
    ...shown(status, payment),
    paidAt: status === "paid" ? payment.createdAt : null,
  };
}

/** An order of which no payment can be shown in its place. */
export function paymentOfOrder(order: Order, mode: Mode): Payment {
  const status = statusOfOrder(order);
  return {
    ...facts(order, order, mode),
    amountMinor: order.amount,
    capturedMinor: 0,
    refundedMinor: 0,
    status,
    ...shown(status, order),
    paidAt: null,
  };
}

function shown(status: PaymentStatus, { answer }: Told) {
  return status === "unknown" ? { raw: rawAnswer(answer, [["status"]]) } : {};
}

function captured(payment: SmartpayPayment, refunds: readonly ProviderRefund[]) {
  // One whose status is new may still pay.
  const given = refunds
    .filter(({ status }) => status !== "failed")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const refundedMinor = Math.min(given, payment.amount);
  const isKnown =
    payment.status === "processed" ||
    // Nobody says whether a part is enough for the word: then a person looks.
    (payment.status === "refunded" && refundedMinor === payment.amount);
  const status: PaymentStatus = isKnown ? "paid" : "unknown";
  return isKnown
    ? { status, capturedMinor: payment.amount, refundedMinor }
    : { status, capturedMinor: 0, refundedMinor: 0 };
}

function statusOfOrder({ status, payments }: Order): PaymentStatus {
  switch (status) {
    case "requires_capture":
      // A part was captured: cancelling the rest would not give it back.
      return payments.length === 0 ? "authorized" : "unknown";
    case "pending":
    case "requires_authorization":
      return "processing";
    case "canceled":
      return payments.length === 0 ? "canceled" : "unknown";
    case "rejected":
    case "failed":
      return payments.length === 0 ? "failed" : "unknown";
    default:
      return "unknown";
  }
}

function facts(main: SmartpayPayment | Order, order: Order | null, mode: Mode) {
  const livemode = main.test === undefined || main.test === null ? mode.livemode : !main.test;
  if (livemode !== mode.livemode) {
    const message = `${main.id} is of the other mode, live or test, than the key`;
    throw new UnreadableAnswer(message, rawAnswer(main.answer, [["test"]]));
  }
  const description = order?.description ?? main.description;
  const reference = order?.reference ?? main.reference;
  const metadata = { ...main.metadata, ...order?.metadata };
  const named = orderNumbersOfPayment({
    // The shop's own number for the order.
    metadata: reference === null ? metadata : { ...metadata, order_number: reference },
    description,
  });
  return {
    provider: "smartpay",
    account: mode.account,
    livemode,
    id: main.id,
    currency: main.currency.toUpperCase(),
    method: "smartpay",
    description,
    orderNumbers: withOrderId(named.numbers, "order" in main ? main.order : main.id),
    orderNumbersFrom: named.from ?? ("metadata" as const),
    ...payerOf(order, metadata),
    disputed: false,
    createdAt: main.createdAt,
  };
}

/** Smartpay's mails to the customer name its own id of the order. */
function withOrderId(numbers: readonly string[], orderId: string): readonly string[] {
  return [...new Set([...numbers, normalizeOrderNumber(orderId) ?? orderId.toUpperCase()])];
}

function payerOf(order: Order | null, metadata: Readonly<Record<string, string>>) {
  const info = order?.customerInfo;
  const name = [info?.lastName, info?.firstName].filter((part) => part != null).join(" ");
  const email = info?.emailAddress ?? info?.email ?? metadata["customer_email"];
  return {
    payerName: name.trim() || metadata["customer_name"]?.trim() || null,
    payerEmail: email?.trim().toLowerCase() || null,
  };
}

export function isPaymentId(id: string): boolean {
  return /^payment_(?:test|live)_[0-9A-Za-z]+$/.test(id);
}

export function isOrderId(id: string): boolean {
  return /^order_(?:test|live)_[0-9A-Za-z]+$/.test(id);
}

export function isRefundId(id: string): boolean {
  return /^refund_(?:test|live)_[0-9A-Za-z]+$/.test(id);
}

export function isLiveId(id: string): boolean {
  return /^[a-z]+_live_/.test(id);
}
