// Stripe as a payment provider. How payments are read is in stripe-reader.ts, what its objects mean in
// stripe-payment.ts, what a failure means in stripe-errors.ts.

import type Stripe from "stripe";
import { PermanentError } from "../domain/errors.ts";
import type { Payment, ProviderRefund } from "../domain/payment.ts";
import type {
  Capabilities,
  Finding,
  PaymentChange,
  PaymentPage,
  PaymentProvider,
  RefundPage,
  RefundRequest,
  VoidRequest,
} from "../ports.ts";
import { readEach } from "./exchange.ts";
import { cashBalanceOf } from "./stripe-cash-balance.ts";
import { StripeClient, type StripeOptions } from "./stripe-client.ts";
import { diagnoseStripe } from "./stripe-doctor.ts";
import { EVENT_TYPES, paymentOfEvent } from "./stripe-events.ts";
import {
  isChargeId,
  isIntentId,
  nextCursor,
  paymentOfIntent,
  readIntent,
  readPage,
} from "./stripe-payment.ts";
import { StripeReader } from "./stripe-reader.ts";
import { refundOf } from "./stripe-refund.ts";

const PAGE_SIZE = 100;
/** 10,000 events or refunds: more than that is a loop, or a day to list everything again. */
const MAX_PAGES = 100;
/** A key may be removed once it is 24 hours old (docs.stripe.com/api/idempotent_requests). */
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY_WINDOW_MS = DAY_MS;
/**
 * Refunds of a cash balance are not listed by customer, only by date. An attempt of ours is over long
 * before: 45 days of a customer's silence, and as many until a refund that succeeded is final.
 */
const BALANCE_REFUNDS_MS = 190 * DAY_MS;
/**
 * Each asks twice for the payment and twice for its refunds within three answers. Where an answer takes a
 * third of a second, ten of them ask each endpoint 20 times a second; 25 are allowed, and 100 in all
 * (docs.stripe.com/rate-limits).
 */
const REFUNDS_AT_ONCE = 10;
const CAPABILITIES: Capabilities = {
  search: false,
  partial: true,
  void: true,
  asynchronous: true,
  manual: false,
  keyWindowMs: KEY_WINDOW_MS,
  atOnce: REFUNDS_AT_ONCE,
};

export function createStripeProvider(options: StripeOptions): PaymentProvider {
  return new StripeProvider(options);
}

class StripeProvider implements PaymentProvider {
  readonly name = "stripe";
  readonly capabilities = CAPABILITIES;
  readonly #apiKey: string;
  readonly #client: StripeClient;
  readonly #reader: StripeReader;

  constructor(options: StripeOptions) {
    this.#apiKey = options.apiKey;
    this.#client = new StripeClient(options);
    const livemode = /^[a-z]+_live_/.test(options.apiKey);
    this.#reader = new StripeReader(this.#client, { livemode, log: options.log });
  }

  clockOffsetMs(): number | null {
    return this.#client.clock.offsetMs;
  }

  account(signal: AbortSignal): Promise<string> {
    return this.#reader.account(signal);
  }

  listPayments(request: {
    createdFrom: number | null;
    page: string | null;
    signal: AbortSignal;
  }): Promise<PaymentPage> {
    return this.#reader.list(request);
  }

  retrievePayment(id: string, signal: AbortSignal): Promise<Payment | null> {
    return this.#reader.retrieve(id, signal);
  }

  /** Its search knows neither descriptions nor addresses, and lags (docs.stripe.com/search): the index serves. */
  async searchPayments(): Promise<readonly Payment[]> {
    return [];
  }

  /** Stripe keeps events for 30 days (docs.stripe.com/api/events): what is older must be listed. */
  async changedPayments(
    since: number,
    signal: AbortSignal,
  ): Promise<readonly PaymentChange[] | null> {
    const created = { gte: Math.floor(since / 1000) };
    const params = { types: [...EVENT_TYPES], created, limit: PAGE_SIZE };
    const changes = new Map<string, string[]>();
    let cursor: string | null = null;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const after: { starting_after?: string } = cursor === null ? {} : { starting_after: cursor };
      const page = await this.#client.readIfAllowed(signal, async (stripe) =>
        readPage(await stripe.events.list({ ...params, ...after })),
      );
      if (page === null) return null;
      for (const event of page.data) {
        const paymentId = paymentOfEvent(event);
        if (paymentId === null) continue;
        changes.set(paymentId, [...(changes.get(paymentId) ?? []), event.id]);
      }
      cursor = nextCursor(page);
      if (cursor === null)
        return [...changes].map(([paymentId, events]) => ({ paymentId, events }));
    }
    return null;
  }

  async listRefunds(paymentId: string, signal: AbortSignal): Promise<readonly ProviderRefund[]> {
    const params = { ...this.#listedBy(paymentId), limit: PAGE_SIZE };
    const refunds: ProviderRefund[] = [];
    const isOfThis = (refund: ProviderRefund) =>
      cashBalanceOf(paymentId) === null ||
      refund.paymentId === paymentId ||
      isUnnamedOfOurs(refund);
    let cursor: string | null = null;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const after: { starting_after?: string } = cursor === null ? {} : { starting_after: cursor };
      cursor = await this.#client.read(signal, async (stripe) => {
        const page = readPage(await stripe.refunds.list({ ...params, ...after }));
        // One that cannot be read might be ours: then the list is of no use to decide by.
        refunds.push(...page.data.map(refundOf));
        return nextCursor(page);
      });
      if (cursor === null) return refunds.filter(isOfThis);
    }
    throw new PermanentError("too_many_refunds", { provider: "Stripe" });
  }

  #listedBy(paymentId: string) {
    if (cashBalanceOf(paymentId) === null) return targetOf(paymentId);
    const gte = Math.floor((this.#client.clock.now() - BALANCE_REFUNDS_MS) / 1000);
    return { created: { gte } };
  }

  async listAllRefunds(request: {
    createdFrom: number;
    page: string | null;
    signal: AbortSignal;
  }): Promise<RefundPage> {
    const { createdFrom, page: after, signal } = request;
    const params = {
      created: { gte: Math.floor(createdFrom / 1000) },
      limit: PAGE_SIZE,
      ...(after !== null && { starting_after: after }),
    };
    return this.#client.read(signal, async (stripe) => {
      const page = readPage(await stripe.refunds.list(params));
      const { things: refunds, unreadable } = readEach(page.data, refundOf);
      return { refunds, next: nextCursor(page), ...(unreadable.length > 0 && { unreadable }) };
    });
  }

  retrieveRefund(id: string, signal: AbortSignal): Promise<ProviderRefund | null> {
    return this.#client.readIfThere(signal, async (stripe) =>
      refundOf(await stripe.refunds.retrieve(id)),
    );
  }

  async createRefund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund> {
    const { amountMinor, reason, metadata } = request;
    const idempotencyKey = checkedKey(request.idempotencyKey);
    if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) {
      // Stripe refunds all that is left where the amount is missing.
      throw new PermanentError("invalid_amount", { amount: amountMinor });
    }
    const { instructionsEmail = null } = request;
    const params: Stripe.RefundCreateParams = {
      ...originOf(request.paymentId),
      amount: amountMinor,
      // There is no word for other reasons; `fraudulent` would block the customer's card and address
      // (docs.stripe.com/api/refunds/create#create_refund-reason).
      ...(reason !== "other" && { reason }),
      metadata: { ...metadata },
      ...(instructionsEmail !== null && { instructions_email: instructionsEmail }),
    };
    return this.#client.write(signal, async (stripe) =>
      refundOf(await stripe.refunds.create(params, { idempotencyKey })),
    );
  }

  async cancelPayment(request: VoidRequest, signal: AbortSignal): Promise<Payment> {
    const { paymentId } = request;
    const idempotencyKey = checkedKey(request.idempotencyKey);
    if (!isIntentId(paymentId)) {
      throw new PermanentError("void_not_supported", {
        provider: "Stripe",
        payment: paymentId,
        why: "only payment intents can be cancelled",
      });
    }
    // Looked up before: once the payment is cancelled, no failed look-up may hide that.
    const account = await this.account(signal);
    const { livemode } = this.#reader;
    return this.#client.write(signal, async (stripe) => {
      const answer = await stripe.paymentIntents.cancel(
        paymentId,
        { cancellation_reason: "requested_by_customer", expand: ["latest_charge"] },
        { idempotencyKey },
      );
      const intent = readIntent(answer);
      const latest = intent.latest_charge ?? null;
      const charge = typeof latest === "string" ? null : latest;
      const around = { account, livemode, disputed: false, customer: null };
      return paymentOfIntent(intent, charge, around);
    });
  }

  diagnose(signal: AbortSignal): Promise<readonly Finding[]> {
    return diagnoseStripe(this.#client, this.#apiKey, signal);
  }
}

/** It names neither payment nor customer, so that our mark alone tells whether it is the one looked for. */
function isUnnamedOfOurs({ paymentId, metadata }: ProviderRefund): boolean {
  return paymentId === "" && metadata["henkin_digest"] !== undefined;
}

function targetOf(paymentId: string): { payment_intent: string } | { charge: string } {
  if (isIntentId(paymentId)) return { payment_intent: paymentId };
  if (isChargeId(paymentId)) return { charge: paymentId };
  // Without either, Stripe would list the refunds of all payments.
  throw new PermanentError("unknown_payment_id", { provider: "Stripe", payment: paymentId });
}

/** What a refund is of; of a cash balance it names the customer and the currency instead. */
function originOf(paymentId: string) {
  const balance = cashBalanceOf(paymentId);
  return balance === null
    ? targetOf(paymentId)
    : { origin: "customer_balance" as const, ...balance };
}

/** Without a key the SDK would invent a new one for every call. */
function checkedKey(key: string): string {
  if (key.length > 0 && key.length <= 255) return key;
  throw new PermanentError("invalid_idempotency_key");
}
