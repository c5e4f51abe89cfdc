// A payment provider in memory, with Stripe's rules for keys and remainders and with faults on
// demand. provider-contract.ts holds it to what every provider promises.

import {
  OutcomeUnknownError,
  PermanentError,
  TransientError,
  UnreadableError,
} from "../../src/domain/errors.ts";
import type { Payment, ProviderRefund } from "../../src/domain/payment.ts";
import { refundableMinor } from "../../src/domain/payment.ts";
import type {
  Capabilities,
  PaymentChange,
  PaymentProvider,
  RefundRequest,
  VoidRequest,
} from "../../src/ports.ts";
import { aFailure } from "./failures.ts";
import type { FakeClock } from "./fake-clock.ts";
import { DAY } from "./fake-clock.ts";

/**
 * What becomes of one call: an error before or after its effect, or any error at all. "stored": a
 * server error that its key repeats from then on, after the effect or without it.
 */
export type Fault = "before" | "after" | "stored before" | "stored after" | Error;

export const TARO = "taro@mail.example";

/** Order 679, paid by Taro: ¥2,467 by card. */
export function aPayment(change: Partial<Payment> = {}): Payment {
  const paidAt = Date.parse("2026-11-01T12:00:00+09:00");
  return {
    provider: "memory",
    account: "acct_1",
    livemode: true,
    id: "pi_679",
    currency: "JPY",
    amountMinor: 2467,
    capturedMinor: 2467,
    refundedMinor: 0,
    status: "paid",
    method: "card",
    description: "見本商店 - 注文 679",
    orderNumbers: ["679"],
    orderNumbersFrom: "description",
    payerName: "田中 太郎",
    payerEmail: TARO,
    disputed: false,
    createdAt: paidAt,
    paidAt,
    ...change,
  };
}

type Method =
  | "createRefund"
  | "retrieveRefund"
  | "cancelPayment"
  | "retrievePayment"
  | "searchPayments"
  | "listRefunds"
  | "listAllRefunds"
  | "listPayments"
  | "changedPayments";

/** What the provider answers under a key it knows: docs.stripe.com/api/idempotent_requests. */
interface Kept {
  readonly asked: string;
  /** The id of the refund; null where an error is repeated instead. */
  readonly answer: string | null;
  readonly error: Error | null;
  readonly at: number;
}

const lost = () => aFailure(OutcomeUnknownError, "connection_lost", "The connection broke.");

export class MemoryProvider implements PaymentProvider {
  readonly name: string;
  capabilities: Capabilities = {
    search: false,
    partial: true,
    void: true,
    asynchronous: true,
    manual: false,
    keyWindowMs: DAY,
  };
  /** Older keys are forgotten, as a provider may do after its window. */
  keysKeptMs = Number.POSITIVE_INFINITY;
  accountId = "acct_1";
  /** Its clock less ours. */
  offsetMs: number | null = null;
  pageSize = 100;
  /** Its refunds show in listings only that long after they were made. */
  listDelayMs = 0;
  /** Of the next refunds; null: succeeded, or requires_action where there is no card. */
  nextStatus: ProviderRefund["status"] | null = null;
  changed: string[] | null = null;
  /** What an id has become: an authorisation, the payment that was captured. */
  readonly successors = new Map<string, string>();
  /** By id of a payment or refund, what is answered about it instead of anything that can be read. */
  readonly garbled = new Map<string, string>();
  readonly refunds: ProviderRefund[] = [];
  /** Every createRefund as it came in, answered or not. */
  readonly creations: RefundRequest[] = [];
  readonly calls: Method[] = [];
  /** Awaited at the start of a call, before its effect. */
  readonly on: Partial<Record<Method, () => Promise<void>>> = {};
  readonly #faults = new Map<Method, Fault[]>();
  readonly #payments = new Map<string, Payment>();
  readonly #keys = new Map<string, Kept>();
  readonly #changes = new Map<string, number>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, name = "memory") {
    this.#clock = clock;
    this.name = name;
  }

  put(payment: Payment): Payment {
    this.#changes.set(payment.id, (this.#changes.get(payment.id) ?? 0) + 1);
    this.#payments.set(payment.id, payment);
    return payment;
  }

  payment(id: string): Payment {
    return this.#need(id);
  }

  change(id: string, change: Partial<Payment>): Payment {
    return this.put({ ...this.#need(id), ...change });
  }

  remove(id: string): void {
    this.#payments.delete(id);
  }

  /** For the next calls of the method, one each. */
  fail(method: Method, ...faults: Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** No fault is planned any more. */
  calm(): void {
    this.#faults.clear();
    this.listDelayMs = 0;
  }

  forgetKeys(): void {
    this.#keys.clear();
  }

  /** As a person would in the dashboard. */
  refundByHand(paymentId: string, amountMinor: number, status: ProviderRefund["status"]): void {
    this.#add({ paymentId, amountMinor, metadata: {}, status });
  }

  /** As a provider does that forgot its key, or whose data was set back. */
  repeat(id: string): void {
    const refund = this.refunds.find((other) => other.id === id);
    if (refund !== undefined) this.#add(refund);
  }

  /** The card network has given the refund its number. */
  trace(id: string, traceReference: string): void {
    const at = this.refunds.findIndex((refund) => refund.id === id);
    const refund = this.refunds[at];
    if (refund !== undefined) this.refunds[at] = { ...refund, traceReference };
  }

  /** What a bank does days later. */
  settle(id: string, status: ProviderRefund["status"], failureReason: string | null = null): void {
    const at = this.refunds.findIndex((refund) => refund.id === id);
    const refund = this.refunds[at];
    if (refund === undefined) throw new Error(`no refund ${id}`);
    const isDead = status === "failed" || status === "canceled";
    const wasDead = refund.status === "failed" || refund.status === "canceled";
    const raw = status === "unknown" ? { raw: NEW_STATUS } : {};
    this.refunds[at] = { ...refund, status, rawStatus: rawOf(status), failureReason, ...raw };
    const sign = isDead === wasDead ? 0 : isDead ? -1 : 1;
    const payment = this.#need(refund.paymentId);
    this.put({ ...payment, refundedMinor: payment.refundedMinor + sign * refund.amountMinor });
  }

  clockOffsetMs = () => this.offsetMs;

  account = async (): Promise<string> => this.accountId;

  async listPayments(request: { createdFrom: number | null; page: string | null }) {
    await this.#begin("listPayments");
    if (this.capabilities.search) return { payments: [], next: null };
    const all = [...this.#payments.values()]
      .filter(({ createdAt }) => createdAt >= (request.createdFrom ?? 0))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    const from = Number(request.page ?? 0);
    const to = from + this.pageSize;
    const payments = all.slice(from, to).map((payment) => this.#orUnknown(payment));
    return { payments, next: to < all.length ? String(to) : null };
  }

  async changedPayments(): Promise<PaymentChange[] | null> {
    await this.#begin("changedPayments");
    const eventOf = (id: string) => `evt_${id}_${this.#changes.get(id) ?? 0}`;
    return this.changed?.map((id) => ({ paymentId: id, events: [eventOf(id)] })) ?? null;
  }

  async searchPayments(orderNumber: string): Promise<readonly Payment[]> {
    await this.#begin("searchPayments");
    if (!this.capabilities.search) return [];
    return [...this.#payments.values()].filter(({ orderNumbers }) =>
      orderNumbers.includes(orderNumber),
    );
  }

  async retrievePayment(id: string): Promise<Payment | null> {
    await this.#begin("retrievePayment");
    this.#refuseGarbled(id);
    return this.#payments.get(this.successors.get(id) ?? id) ?? null;
  }

  async listRefunds(paymentId: string): Promise<ProviderRefund[]> {
    await this.#begin("listRefunds");
    for (const refund of this.refunds) {
      if (refund.paymentId === paymentId) this.#refuseGarbled(refund.id);
    }
    const seenUntil = this.#clock.now() - this.listDelayMs;
    return this.refunds
      .filter((refund) => refund.paymentId === paymentId && refund.createdAt <= seenUntil)
      .reverse();
  }

  async listAllRefunds(request: { createdFrom: number; page: string | null }) {
    await this.#begin("listAllRefunds");
    const seenUntil = this.#clock.now() - this.listDelayMs;
    const all = this.refunds
      .filter(({ createdAt }) => createdAt >= request.createdFrom && createdAt <= seenUntil)
      .reverse();
    const from = Number(request.page ?? 0);
    const to = from + this.pageSize;
    const page = all.slice(from, to);
    const unreadable = page.flatMap(({ id }) => {
      const raw = this.garbled.get(id);
      return raw === undefined ? [] : [{ id, raw }];
    });
    const refunds = page.filter(({ id }) => !this.garbled.has(id));
    return { refunds, unreadable, next: to < all.length ? String(to) : null };
  }

  async retrieveRefund(id: string): Promise<ProviderRefund | null> {
    await this.#begin("retrieveRefund");
    this.#refuseGarbled(id);
    return this.refunds.find((refund) => refund.id === id) ?? null;
  }

  async createRefund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund> {
    if (signal.aborted) throw aFailure(TransientError, "aborted", "The caller gave up.");
    this.creations.push(request);
    const fault = await this.#begin("createRefund");
    if (fault === "stored before") throw this.#store(request, null);
    const refund = this.#create(request);
    if (fault === "stored after") throw this.#store(request, refund.id);
    if (fault === "after") throw lost();
    return refund;
  }

  async cancelPayment({ paymentId, idempotencyKey }: VoidRequest, signal: AbortSignal) {
    if (signal.aborted) throw aFailure(TransientError, "aborted", "The caller gave up.");
    const fault = await this.#begin("cancelPayment");
    const payment = this.#need(paymentId);
    const isRepeat = this.#known(idempotencyKey) !== undefined;
    if (!isRepeat && !["authorized", "unpaid"].includes(payment.status)) {
      throw refusal("payment_intent_unexpected_state");
    }
    this.#keep(idempotencyKey, { asked: paymentId, answer: paymentId });
    this.change(paymentId, { status: "canceled" });
    if (fault === "after") throw lost();
    return this.#need(paymentId);
  }

  diagnose = async () => [];

  #keep(key: string, kept: Pick<Kept, "asked" | "answer"> & { readonly error?: Error }): void {
    this.#keys.set(key, { error: null, ...kept, at: this.#clock.now() });
  }

  #known(key: string): Kept | undefined {
    const kept = this.#keys.get(key);
    return kept !== undefined && this.#clock.now() - kept.at <= this.keysKeptMs ? kept : undefined;
  }

  #store(request: RefundRequest, answer: string | null): Error {
    const error = aFailure(OutcomeUnknownError, "stored_server_error", "The provider broke down.");
    const kept = this.#known(request.idempotencyKey);
    if (kept === undefined || answer !== null) {
      this.#keep(request.idempotencyKey, { asked: fingerprint(request), answer, error });
    }
    return error;
  }

  #refuseGarbled(id: string): void {
    const raw = this.garbled.get(id);
    if (raw !== undefined)
      throw new UnreadableError({ provider: "The other side", why: "It cannot be read" }, { raw });
  }

  #orUnknown(payment: Payment): Payment {
    const raw = this.garbled.get(payment.id);
    return raw === undefined ? payment : { ...payment, capturedMinor: 0, status: "unknown", raw };
  }

  async #begin(method: Method): Promise<Exclude<Fault, "before" | Error> | null> {
    this.calls.push(method);
    await this.on[method]?.();
    const fault = this.#faults.get(method)?.shift();
    if (fault === undefined) return null;
    if (fault === "before") throw lost();
    if (fault instanceof Error) throw fault;
    return fault;
  }

  #need(id: string): Payment {
    const payment = this.#payments.get(id);
    if (payment === undefined) throw refusal("resource_missing");
    return payment;
  }

  #create(request: RefundRequest): ProviderRefund {
    const { paymentId, amountMinor, metadata, idempotencyKey } = request;
    if (idempotencyKey === "") throw refusal("invalid_idempotency_key");
    const kept = this.#known(idempotencyKey);
    if (kept !== undefined && kept.asked !== fingerprint(request)) {
      throw aFailure(OutcomeUnknownError, "idempotency_mismatch", "Other parameters.");
    }
    if (kept !== undefined && kept.error !== null) throw kept.error;
    const before = this.refunds.find(({ id }) => id === kept?.answer);
    if (before !== undefined) return before;
    const asked = fingerprint(request);
    try {
      this.#check(this.#need(paymentId), amountMinor);
    } catch (error) {
      // Repeated as well: the endpoint had begun to work.
      if (error instanceof Error) this.#keep(idempotencyKey, { asked, answer: null, error });
      throw error;
    }
    const status = this.nextStatus ?? this.#naturalStatus(paymentId);
    const refund = this.#add({ paymentId, amountMinor, metadata, status });
    this.#keep(idempotencyKey, { asked, answer: refund.id });
    return refund;
  }

  #naturalStatus(paymentId: string): ProviderRefund["status"] {
    return this.#need(paymentId).method === "card" ? "succeeded" : "requires_action";
  }

  #check(payment: Payment, amountMinor: number): void {
    if (payment.capturedMinor === 0) throw refusal("invalid_request");
    if (payment.disputed) throw refusal("charge_disputed");
    if (refundableMinor(payment) === 0) throw refusal("charge_already_refunded");
    if (amountMinor <= 0) throw refusal("invalid_amount");
    if (amountMinor > refundableMinor(payment)) throw refusal("invalid_request_amount");
  }

  #add(made: Pick<ProviderRefund, "paymentId" | "amountMinor" | "metadata" | "status">) {
    const payment = this.#need(made.paymentId);
    const refund: ProviderRefund = {
      ...made,
      id: `re_${this.refunds.length + 1}`,
      currency: payment.currency,
      rawStatus: rawOf(made.status),
      ...(made.status === "unknown" && { raw: NEW_STATUS }),
      failureReason: null,
      traceReference: null,
      createdAt: this.#clock.now(),
    };
    this.refunds.push(refund);
    const isDead = made.status === "failed" || made.status === "canceled";
    if (isDead) return refund;
    this.put({ ...payment, refundedMinor: payment.refundedMinor + made.amountMinor });
    return refund;
  }
}

/** How a refund of an unknown status is answered. */
export const NEW_STATUS = '{"object":"refund","status":"a_new_word"}';

function rawOf(status: ProviderRefund["status"]): string {
  return status === "unknown" ? "a_new_word" : status;
}

function refusal(code: string): PermanentError {
  return aFailure(PermanentError, code, `Refused: ${code}.`);
}

function fingerprint({ idempotencyKey: _key, ...parameters }: RefundRequest): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
