// The account behind the fake: its payments, customers, refunds, disputes and events, what the API
// may do to them, and the hands of a test (payments appear, descriptions are written late, a bank
// returns the money).

import type Stripe from "stripe";
import { CashBalances } from "./fake-stripe-cash.ts";
import {
  CHARGE_OF_STATUS,
  chargesOf,
  customerOf,
  type Dispute,
  type Payment,
  type PaymentStatus,
  paymentIntentsOf,
  paymentMethodsOf,
  type RefundStatus,
  seconds,
} from "./fake-stripe-objects.ts";
import {
  checkPaymentCancelable,
  checkRefundCancelable,
  enterRefundStatus,
  newDispute,
  newPayment,
  newRefund,
  type PaymentPatch,
  type PaymentSeed,
  type RefundRequest,
  refundableAmount,
  usualRefundStatus,
} from "./fake-stripe-rules.ts";

export type StripeObject = { readonly id: string; readonly created: number };

type Cause = { readonly id: string | null; readonly idempotency_key: string | null };

/** What the Dashboard, a bank or a customer does. */
export const NO_REQUEST: Cause = { id: null, idempotency_key: null };

type AccountEvent = StripeObject & {
  readonly object: "event";
  readonly type: string;
  readonly api_version: string;
  readonly data: { readonly object: unknown; readonly previous_attributes?: unknown };
  readonly livemode: boolean;
  readonly pending_webhooks: number;
  readonly request: Cause;
};

const VIEWS = {
  payment_intent: paymentIntentsOf,
  charge: chargesOf,
  payment_method: paymentMethodsOf,
  refund: (payment: Payment) => structuredClone(payment.refunds),
  dispute: (payment: Payment) => structuredClone(payment.disputes),
} satisfies Record<string, (payment: Payment) => StripeObject[]>;

export type ObjectType = keyof typeof VIEWS | "customer" | "event";

const DAY_MS = 24 * 60 * 60 * 1000;
const EVENTS_KEPT_DAYS = 30;
const API_VERSION = "2026-10-28.endive";

const EVENT_OF_STATUS: Readonly<Partial<Record<PaymentStatus, string>>> = {
  succeeded: "payment_intent.succeeded",
  requires_capture: "payment_intent.amount_capturable_updated",
  requires_action: "payment_intent.requires_action",
  requires_payment_method: "payment_intent.payment_failed",
  processing: "payment_intent.processing",
  canceled: "payment_intent.canceled",
};

export class StripeAccount {
  readonly accountId: string;
  readonly now: () => number;
  /** The status new refunds get; null stands for Stripe's habit, by method of payment. */
  newRefundStatus: RefundStatus | null = null;
  /** In yen. */
  balance = { available: 1_000_000, pending: 0 };
  /** The request at work, which events name as their cause. */
  protected cause: Cause = NO_REQUEST;
  readonly #defaultLivemode: boolean;
  readonly #payments: Payment[] = [];
  /** The payment that each payment intent, charge, payment method, refund and dispute is of. */
  readonly #owners = new Map<string, Payment>();
  readonly #refunds: Stripe.Refund[] = [];
  readonly #customers = new Map<string, Stripe.Customer>();
  readonly cash: CashBalances;
  /** Of cash balances: they are of no payment. */
  readonly #balanceRefunds = new Map<string, Stripe.Customer>();
  readonly #events: AccountEvent[] = [];
  #serial = 0;

  constructor(options: {
    readonly now: () => number;
    readonly livemode: boolean;
    readonly accountId?: string | undefined;
  }) {
    this.now = options.now;
    this.accountId = options.accountId ?? "acct_1Fake000000000001";
    this.cash = new CashBalances(options.now);
    this.#defaultLivemode = options.livemode;
  }

  /** Every refund of the account, oldest first, whoever made it. */
  get refunds(): readonly Stripe.Refund[] {
    return this.#refunds;
  }

  addPayment(seed: PaymentSeed): Payment {
    const suffix = seed.id?.replace(/^[a-z]+_/, "") ?? this.#nextSuffix();
    const payment = newPayment(seed, { suffix, now: this.now(), livemode: this.#defaultLivemode });
    const { id, chargeId, paymentMethodId } = payment;
    for (const owned of new Set([id, chargeId, paymentMethodId])) this.#own(owned, payment);
    this.#payments.push(payment);
    if (seed.customer !== undefined) this.#addCustomer(payment, seed.customer);
    this.#announceStatus(payment, payment.createdAt);
    if (seed.amountRefunded !== undefined) this.addRefund(id, seed.amountRefunded);
    if (seed.disputed === true) this.openDispute(id);
    return payment;
  }

  /** Changes a payment as the shop or its customer does, some time after it was made. */
  updatePayment(id: string, patch: PaymentPatch): Payment {
    const payment = this.#payment(id);
    const { status = payment.status, ...facts } = patch;
    Object.assign(payment, facts);
    if (status !== payment.status) {
      payment.charge = CHARGE_OF_STATUS[status];
      payment.status = status;
      payment.canceledAt = status === "canceled" ? this.now() : null;
      this.#announceStatus(payment, this.now());
    }
    return payment;
  }

  /** A bank transfer of the customer arrives; what it does not pay stays in his cash balance. */
  transfer(
    customerId: string,
    transfer: { readonly amount: number; readonly sender?: string; readonly pays?: string },
  ): void {
    const customer = this.customer(customerId);
    this.cash.fund(customer, transfer.amount, transfer.sender ?? null);
    if (transfer.pays === undefined) return;
    const payment = this.#payment(transfer.pays);
    this.cash.apply(customer, payment.amount, payment.id);
  }

  customer(id: string): Stripe.Customer {
    const customer = this.#customers.get(id);
    if (customer === undefined) throw new Error(`The account has no ${id}.`);
    return customer;
  }

  refundBalance(
    customerId: string,
    request: RefundRequest & { readonly currency: string; readonly amount: number },
  ): Stripe.Refund {
    const customer = this.customer(customerId);
    const made = {
      id: `re_${this.#nextSuffix()}`,
      status: this.newRefundStatus ?? "requires_action",
    };
    const refund = this.cash.refund(customer, request, made);
    this.#refunds.push(refund);
    this.#balanceRefunds.set(refund.id, customer);
    this.#announce("refund.created", refund, customer);
    return refund;
  }

  /** As after 45 days without an answer (docs.stripe.com/payments/konbini#refunds). */
  expireRefund(id: string): Stripe.Refund {
    checkRefundCancelable(this.#refund(id));
    return this.setRefundStatus(id, "failed", "expired");
  }

  /** A refund made in the Dashboard: no idempotency key, no metadata of ours. */
  addRefund(paymentId: string, amount: number, status?: RefundStatus): Stripe.Refund {
    return this.#refundPayment(this.#payment(paymentId), { amount }, status ?? "succeeded");
  }

  /** With a status `warning_…` it is an inquiry, and the charge can still be refunded. */
  openDispute(paymentId: string, status: Stripe.Dispute.Status = "needs_response"): Dispute {
    const payment = this.#payment(paymentId);
    const dispute = newDispute(payment, {
      id: `dp_${this.#nextSuffix()}`,
      status,
      now: this.now(),
    });
    payment.disputes.push(dispute);
    this.#own(dispute.id, payment);
    this.#announce("charge.dispute.created", dispute, payment);
    return dispute;
  }

  /** Moves a refund on, in any direction: a bank may return money days after `succeeded`. */
  setRefundStatus(id: string, status: RefundStatus, failureReason = "unknown"): Stripe.Refund {
    const holder = this.#balanceRefunds.get(id);
    const payment = holder ?? this.#payment(id);
    const refund = this.#refund(id);
    const previous = { status: refund.status };
    // Asked again where the money came back, at the address that was asked first.
    const email = refund.instructions_email ?? null;
    enterRefundStatus(refund, status, { failureReason, email });
    const isDead = status === "failed" || status === "canceled";
    if (holder !== undefined && isDead) this.cash.takeBack(holder, refund);
    this.#announce("refund.updated", refund, payment, { previous });
    if (status === "failed") this.#announce("refund.failed", refund, payment);
    return refund;
  }

  /** As no provider should: the refund is not there any more. */
  loseRefund(id: string): void {
    const { refunds } = this.#payment(id);
    refunds.splice(0, refunds.length, ...refunds.filter((refund) => refund.id !== id));
  }

  createRefund(payment: Payment, request: RefundRequest): Stripe.Refund {
    const status = payment.refundStatus ?? this.newRefundStatus ?? usualRefundStatus(payment);
    return this.#refundPayment(payment, request, status);
  }

  cancelRefund(id: string): Stripe.Refund {
    checkRefundCancelable(this.#refund(id));
    return this.setRefundStatus(id, "canceled", "merchant_request");
  }

  cancelPayment(payment: Payment, reason: string | null): void {
    checkPaymentCancelable(payment);
    if (payment.charge === "authorised") payment.charge = "released";
    payment.status = "canceled";
    payment.canceledAt = this.now();
    payment.cancellationReason = reason;
    this.#announceStatus(payment, this.now());
  }

  /** The payment behind an id of any of its objects, as far as a key of this mode may see it. */
  ownerOf(id: string, livemode: boolean): Payment | undefined {
    const payment = this.#owners.get(id);
    return payment?.livemode === livemode ? payment : undefined;
  }

  /** All objects of a type that a key of this mode may see, oldest first. */
  list(type: ObjectType, livemode: boolean): StripeObject[] {
    const ofMode = (thing: { readonly livemode: boolean }) => thing.livemode === livemode;
    if (type === "customer") return [...this.#customers.values()].filter(ofMode);
    if (type === "event") {
      const oldest = seconds(this.now() - EVENTS_KEPT_DAYS * DAY_MS);
      return this.#events.filter((event) => ofMode(event) && event.created >= oldest);
    }
    const things = this.#payments.filter(ofMode).flatMap<StripeObject>(VIEWS[type]);
    return type === "refund" ? [...things, ...this.#refundsOfBalances(livemode)] : things;
  }

  #refundsOfBalances(livemode: boolean): Stripe.Refund[] {
    return this.#refunds
      .filter(({ id }) => this.#balanceRefunds.get(id)?.livemode === livemode)
      .map((refund) => structuredClone(refund));
  }

  find(type: ObjectType, id: string, livemode: boolean): StripeObject | undefined {
    if (type === "customer" || type === "event" || this.#balanceRefunds.has(id)) {
      return this.list(type, livemode).find((thing) => thing.id === id);
    }
    const payment = this.ownerOf(id, livemode);
    return payment && [...VIEWS[type](payment)].find((thing: StripeObject) => thing.id === id);
  }

  #refundPayment(payment: Payment, request: RefundRequest, status: RefundStatus): Stripe.Refund {
    const amount = refundableAmount(payment, request);
    const id = `re_${this.#nextSuffix()}`;
    const refund = newRefund(payment, request, { id, amount, now: this.now() });
    const email = request.instructions_email ?? payment.payerEmail;
    enterRefundStatus(refund, status, { failureReason: "unknown", email });
    payment.refunds.push(refund);
    this.#refunds.push(refund);
    this.#own(id, payment);
    this.#announce("refund.created", refund, payment);
    for (const charge of chargesOf(payment)) this.#announce("charge.refunded", charge, payment);
    return refund;
  }

  #addCustomer(payment: Payment, seed: NonNullable<PaymentSeed["customer"]>): void {
    const { id, name, email } = typeof seed === "string" ? { id: seed } : seed;
    payment.customerId = id;
    const facts = { name: name ?? payment.payerName, email: email ?? payment.payerEmail };
    const { createdAt, livemode } = payment;
    if (!this.#customers.has(id)) {
      this.#customers.set(id, customerOf({ id, ...facts, createdAt, livemode }));
    }
  }

  #announceStatus(payment: Payment, at: number): void {
    const type = EVENT_OF_STATUS[payment.status];
    for (const intent of paymentIntentsOf(payment)) {
      if (type !== undefined) this.#announce(type, intent, payment, { at });
    }
    if (payment.charge !== "captured") return;
    for (const charge of chargesOf(payment)) {
      this.#announce("charge.succeeded", charge, payment, { at });
    }
  }

  #announce(
    type: string,
    object: StripeObject | Dispute,
    payment: { readonly livemode: boolean },
    more: { readonly at?: number; readonly previous?: unknown } = {},
  ): void {
    const { at = this.now(), previous } = more;
    this.#events.push({
      id: `evt_${this.#nextSuffix()}`,
      object: "event",
      api_version: API_VERSION,
      created: seconds(at),
      data: {
        object: structuredClone(object),
        ...(previous !== undefined && { previous_attributes: previous }),
      },
      livemode: payment.livemode,
      pending_webhooks: 0,
      request: this.cause,
      type,
    });
  }

  #nextSuffix(): string {
    this.#serial += 1;
    return `3Fake${String(this.#serial).padStart(12, "0")}`;
  }

  #own(id: string, payment: Payment): void {
    if (this.#owners.has(id)) throw new Error(`The account has ${id} already.`);
    this.#owners.set(id, payment);
  }

  #payment(id: string): Payment {
    const payment = this.#owners.get(id);
    if (payment === undefined) throw new Error(`The account has no ${id}.`);
    return payment;
  }

  #refund(id: string): Stripe.Refund {
    const refund = this.#refunds.find((candidate) => candidate.id === id);
    if (refund === undefined) throw new Error(`The account has no refund ${id}.`);
    return refund;
  }
}
