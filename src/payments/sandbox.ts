// A provider that pays nobody: payments from a file, refunds into another, and Stripe's rules between
// them. For the demonstration, for trying the worker out and for tests.

import { createHash } from "node:crypto";
import {
  AccessError,
  AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import { formatMoney } from "../domain/money.ts";
import { type Payment, type ProviderRefund, refundableMinor } from "../domain/payment.ts";
import type {
  Capabilities,
  Finding,
  PaymentPage,
  PaymentProvider,
  RefundPage,
  RefundRequest,
  VoidRequest,
} from "../ports.ts";
import {
  readPayments,
  readState,
  type SandboxRefund,
  type SandboxState,
  writeState,
} from "./sandbox-file.ts";
import { paymentOf, paymentOfOdd, refundOf } from "./sandbox-payment.ts";

const NAME = "The sandbox";
const PAGE_SIZE = 100;
/** As long as Stripe's, although the sandbox forgets nothing. */
const KEY_WINDOW_MS = 24 * 60 * 60 * 1000;
const CAPABILITIES: Capabilities = {
  search: false,
  partial: true,
  void: true,
  asynchronous: true,
  manual: false,
  keyWindowMs: KEY_WINDOW_MS,
};
/** Stripe first asks the customer for a bank account (docs.stripe.com/refunds). */
const NEEDS_BANK_ACCOUNT = new Set(["konbini", "bank_transfer"]);

export function createSandboxProvider(options: {
  readonly path: string;
  readonly now: () => number;
}): PaymentProvider {
  return new SandboxProvider(options.path, options.now);
}

/**
 * Each method reads, decides and writes without waiting in between, so that two calls in one process
 * cannot pass each other.
 */
class SandboxProvider implements PaymentProvider {
  readonly name = "sandbox";
  readonly capabilities = CAPABILITIES;
  readonly #path: string;
  readonly #now: () => number;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  clockOffsetMs(): null {
    return null;
  }

  async account(): Promise<string> {
    return "sandbox";
  }

  async listPayments(request: {
    createdFrom: number | null;
    page: string | null;
    signal: AbortSignal;
  }): Promise<PaymentPage> {
    refuseIfAborted(request.signal);
    const from = request.createdFrom ?? Number.NEGATIVE_INFINITY;
    const payments = this.#payments()
      .filter((payment) => payment.createdAt >= from)
      .sort((one, other) => other.createdAt - one.createdAt);
    const start = Number(request.page ?? 0);
    const end = start + PAGE_SIZE;
    return {
      payments: payments.slice(start, end),
      next: end < payments.length ? String(end) : null,
    };
  }

  /** A file has no memory of what changed in it. */
  async changedPayments(): Promise<null> {
    return null;
  }

  async retrievePayment(id: string): Promise<Payment | null> {
    return this.#payments().find((payment) => payment.id === id) ?? null;
  }

  async searchPayments(): Promise<readonly Payment[]> {
    return [];
  }

  async listRefunds(paymentId: string): Promise<readonly ProviderRefund[]> {
    const { refunds } = this.#state();
    return refunds
      .filter((refund) => refund.paymentId === paymentId)
      .map(refundOf)
      .reverse();
  }

  async listAllRefunds(request: {
    createdFrom: number;
    page: string | null;
    signal: AbortSignal;
  }): Promise<RefundPage> {
    refuseIfAborted(request.signal);
    const refunds = this.#state()
      .refunds.filter((refund) => refund.createdAt >= request.createdFrom)
      .map(refundOf)
      .reverse();
    const start = Number(request.page ?? 0);
    const end = start + PAGE_SIZE;
    return {
      refunds: refunds.slice(start, end),
      next: end < refunds.length ? String(end) : null,
    };
  }

  async retrieveRefund(id: string): Promise<ProviderRefund | null> {
    const refund = this.#state().refunds.find((candidate) => candidate.id === id);
    return refund === undefined ? null : refundOf(refund);
  }

  async createRefund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund> {
    refuseIfAborted(signal);
    const { paymentId, amountMinor, reason, metadata, idempotencyKey } = request;
    const state = this.#state();
    const asked = fingerprint("refund", [paymentId, amountMinor, reason, sorted(metadata)]);
    const done = replayed(state, idempotencyKey, asked);
    const before = state.refunds.find((refund) => refund.id === done);
    if (before !== undefined) return refundOf(before);

    const payment = this.#payment(paymentId);
    checkRefundable(payment, request);
    const refund: SandboxRefund = {
      id: `re_sandbox_${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 24)}`,
      paymentId,
      amount: amountMinor,
      currency: payment.currency,
      status: NEEDS_BANK_ACCOUNT.has(payment.method) ? "requires_action" : "succeeded",
      reason,
      metadata: { ...metadata },
      createdAt: this.#now(),
    };
    state.refunds.push(refund);
    state.idempotency[idempotencyKey] = { request: asked, answer: refund.id };
    writeState(this.#statePath, state);
    return refundOf(refund);
  }

  async cancelPayment(request: VoidRequest, signal: AbortSignal): Promise<Payment> {
    refuseIfAborted(signal);
    const { paymentId, idempotencyKey } = request;
    const state = this.#state();
    const asked = fingerprint("cancel", [paymentId]);
    if (replayed(state, idempotencyKey, asked) !== null) return this.#payment(paymentId);

    const { status } = this.#payment(paymentId);
    if (!["authorized", "unpaid", "failed"].includes(status)) {
      const said = `${paymentId} is ${status} and cannot be cancelled`;
      const foreignCode = "payment_intent_unexpected_state";
      throw new PermanentError("provider_refused", { provider: NAME, said }, { foreignCode });
    }
    state.canceled.push(paymentId);
    state.idempotency[idempotencyKey] = { request: asked, answer: paymentId };
    writeState(this.#statePath, state);
    return this.#payment(paymentId);
  }

  async diagnose(): Promise<readonly Finding[]> {
    try {
      const { length } = this.#payments();
      const { problems } = readPayments(this.#path);
      if (problems.length > 0) {
        throw new AccessError("sandbox_file_invalid", {
          path: this.#path,
          why: problems.slice(0, 10).join("; "),
        });
      }
      const message = `${length} payments in ${this.#path}; a refund here pays nobody`;
      const mend = "Remove SANDBOX_PAYMENTS and set STRIPE_API_KEY to make real refunds.";
      return [{ level: "warn", check: "sandbox", message, mend }];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { message, mend } = error;
      return [{ level: "fail", check: "sandbox", message, mend }];
    }
  }

  get #statePath(): string {
    return `${this.#path}.state.json`;
  }

  #state(): SandboxState {
    return readState(this.#statePath);
  }

  #payments(): Payment[] {
    const { entries, odd, writtenAt } = readPayments(this.#path);
    const state = this.#state();
    const unreadable = odd.filter(({ id }) => id !== "").map(paymentOfOdd);
    return [...entries.map((entry) => paymentOf(entry, state, writtenAt)), ...unreadable];
  }

  #payment(id: string): Payment {
    const payment = this.#payments().find((candidate) => candidate.id === id);
    if (payment !== undefined) return payment;
    const details = { provider: NAME, said: `there is no payment ${id}` };
    throw new PermanentError("provider_refused", details, { foreignCode: "resource_missing" });
  }
}

/** Refuses in Stripe's words (docs.stripe.com/error-codes). */
function checkRefundable(payment: Payment, { amountMinor, currency }: RefundRequest): void {
  const refuse = (code: string, why: string): never => {
    const details = { provider: NAME, said: `${payment.id} ${why}` };
    throw new PermanentError("provider_refused", details, { foreignCode: code });
  };
  if (payment.capturedMinor === 0) refuse("invalid_request", "has no successful charge to refund");
  if (payment.disputed) refuse("charge_disputed", "has been charged back");
  const left = refundableMinor(payment);
  if (left === 0) refuse("charge_already_refunded", "has already been refunded");
  if (currency.toUpperCase() !== payment.currency) {
    refuse("invalid_request_currency", `was not paid in ${currency}`);
  }
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) {
    refuse("invalid_amount", `cannot be refunded by ${amountMinor}`);
  }
  if (amountMinor > left) {
    const money = formatMoney({ amountMinor: left, currency: payment.currency });
    refuse("invalid_request_amount", `has only ${money} left to refund`);
  }
}

/** The id that answered this key before, or null where the key is new. */
function replayed(state: SandboxState, key: string, asked: string): string | null {
  if (key === "" || key.length > 255) {
    throw new PermanentError("invalid_idempotency_key");
  }
  const before = Object.hasOwn(state.idempotency, key) ? state.idempotency[key] : undefined;
  if (before === undefined) return null;
  if (before.request === asked) return before.answer;
  throw new OutcomeUnknownError("idempotency_mismatch", {
    provider: NAME,
    what: "other parameters",
  });
}

function fingerprint(what: string, facts: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([what, ...facts]))
    .digest("hex");
}

function sorted(metadata: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1));
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new TransientError("aborted", { provider: NAME });
}
