// A payment as every provider's is seen by the core, and a refund of it.

/**
 * paid: captured, so there may be something to refund. authorized: captured nothing yet, void it.
 * unpaid: may still be paid by the customer (a voucher), void it. processing: undecided, a person
 * looks. failed, canceled: nothing was paid. unknown: the provider said something new, a person looks.
 */
export type PaymentStatus =
  | "paid"
  | "authorized"
  | "unpaid"
  | "processing"
  | "failed"
  | "canceled"
  | "unknown";

/** The methods by which the payer's bank sends the money. */
export const TRANSFERS: readonly string[] = ["bank_transfer", "virtual_account", "cash_balance"];

/** What another system says of an order, in that system's own words. */
export interface SystemState {
  /** makeshop, Epsilon */
  readonly system: string;
  readonly state: string;
}

export interface Payment {
  readonly provider: string;
  /** The provider's account; an approval is bound to it. */
  readonly account: string;
  readonly livemode: boolean;
  readonly id: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  /** As the provider counts it. */
  readonly refundedMinor: number;
  /** What staff transferred back by hand, or are asked to: no provider knows it. Absent: nothing. */
  readonly paidByHandMinor?: number;
  readonly status: PaymentStatus;
  /** The provider's API cannot give it back, and staff transfer it. Told by the provider, not kept. */
  readonly byHand?: boolean;
  /** Its API refunds it until then, epoch ms. Told by the provider, not kept. Absent: no such limit. */
  readonly refundableUntil?: number;
  /** Of the amount, not received yet: a transfer was too small. Told by the provider, not kept. */
  readonly missingMinor?: number;
  /** The provider's other payments to be looked at beside this one. Told by it, not kept. */
  readonly alongside?: readonly string[];
  /** For staff to read beside the payment's own facts. Told by the provider, not kept. */
  readonly systems?: readonly SystemState[];
  /** What the provider answered, where it holds something new or strange. For staff; not kept. */
  readonly raw?: string;
  /** card, konbini, bank_transfer, cash_balance (what a customer transferred too much), … */
  readonly method: string;
  readonly description: string | null;
  /** Normalised (order-number.ts); metadata wins over the description. */
  readonly orderNumbers: readonly string[];
  readonly orderNumbersFrom: "metadata" | "description" | null;
  readonly payerName: string | null;
  /** The sender of a bank transfer as his bank wrote him, in kana. Absent: not looked up. */
  readonly payerKana?: string | null;
  /** Lower case. */
  readonly payerEmail: string | null;
  readonly disputed: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly paidAt: number | null;
}

/** By the provider and by hand. */
export function givenBackMinor({ refundedMinor, paidByHandMinor = 0 }: Payment): number {
  return refundedMinor + paidByHandMinor;
}

export function refundableMinor(payment: Payment): number {
  return Math.max(0, payment.capturedMinor - givenBackMinor(payment));
}

/** Their payers have no account that the provider knows, so that it writes to them for one. */
const ACCOUNT_ASKED = ["konbini", "bank_transfer", "cash_balance"];

/** Whether the provider pays a refund only to an account that it asks the payer for by mail. */
export function asksForAccount({ method }: Pick<Payment, "method">): boolean {
  return ACCOUNT_ASKED.includes(method);
}

/** Paid from an account or in cash: what staff give back of it is a bank transfer. */
const TRANSFERRED_BACK = ["konbini", "bank_transfer", "virtual_account", "net_bank", "pay_easy"];

/**
 * Whether staff give it back in the processor's own screen, on the way it came: a card's charge is never
 * paid out to a bank account, whose owner may not be the card's.
 */
export function isGivenBackInScreen({
  byHand,
  method,
}: Pick<Payment, "byHand" | "method">): boolean {
  return byHand === true && !TRANSFERRED_BACK.includes(method);
}

export function isTooOld({ refundableUntil }: Payment, now: number): boolean {
  return refundableUntil !== undefined && now >= refundableUntil;
}

/** The provider's words for the state of a refund (docs.stripe.com/refunds). */
export type RefundStatus = "pending" | "requires_action" | "succeeded" | "failed" | "canceled";

export interface ProviderRefund {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** "unknown" is a status this version does not know: a person looks. */
  readonly status: RefundStatus | "unknown";
  readonly rawStatus: string;
  /** What we put there when we made it; refunds made elsewhere have none of ours. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly failureReason: string | null;
  readonly createdAt: number;
  /** By which the customer's bank can find it; null where the provider gives none, or none yet. */
  readonly traceReference: string | null;
  /** Absent: the customer is not asked for an account just now. */
  readonly accountAsked?: AccountAsked;
  /** What the provider answered, where the status is new. For staff to read. */
  readonly raw?: string;
}

/** The provider's mail that asks a customer for a bank account. */
export interface AccountAsked {
  readonly email: string | null;
  /** Epoch ms; null where the provider does not tell. */
  readonly at: number | null;
  /** Until when it can be given, epoch ms. */
  readonly until: number | null;
}

/** docs.stripe.com/api/refunds/create#create_refund-reason; 「その他」 has no value there. */
export type RefundReason = "duplicate" | "fraudulent" | "requested_by_customer" | "other";
