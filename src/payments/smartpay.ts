// Smartpay as a payment provider. How payments are read is in smartpay-reader.ts, what its objects
// mean in smartpay-payment.ts, what a failure means in smartpay-errors.ts.

import { OutcomeUnknownError, PermanentError } from "../domain/errors.ts";
import type { Payment, ProviderRefund } from "../domain/payment.ts";
import type {
  Capabilities,
  Finding,
  PaymentPage,
  PaymentProvider,
  RefundPage,
  RefundRequest,
  VoidRequest,
} from "../ports.ts";
import { SmartpayClient, type SmartpayOptions } from "./smartpay-client.ts";
import { diagnoseSmartpay } from "./smartpay-doctor.ts";
import {
  isLiveId,
  isOrderId,
  isPaymentId,
  paymentOfOrder,
  readOrder,
  refundOf,
} from "./smartpay-payment.ts";
import { SmartpayReader } from "./smartpay-reader.ts";

/** From when the key was first received (en.docs.smartpay.co/reference/idempotency). */
const KEY_WINDOW_MS = 6 * 60 * 60 * 1000;
/** Key-value pairs of an object (github.com/smartpay-co/sdk-go types.go). */
const METADATA_MAX = 20;
const CURRENCY = "JPY";
const CAPABILITIES: Capabilities = {
  search: false,
  partial: true,
  void: true,
  asynchronous: false,
  manual: false,
  mayForgetMarks: true,
  keyWindowMs: KEY_WINDOW_MS,
};

export function createSmartpayProvider(options: SmartpayOptions): PaymentProvider {
  return new SmartpayProvider(options);
}

class SmartpayProvider implements PaymentProvider {
  readonly name = "smartpay";
  readonly capabilities = CAPABILITIES;
  readonly #secretKey: string;
  readonly #client: SmartpayClient;
  readonly #reader: SmartpayReader;

  constructor(options: SmartpayOptions) {
    this.#secretKey = options.secretKey;
    this.#client = new SmartpayClient(options);
    this.#reader = new SmartpayReader(this.#client, options.log);
  }

  clockOffsetMs(): number | null {
    return this.#client.clock.offsetMs;
  }

  async account(): Promise<string> {
    return this.#reader.mode.account;
  }

  listPayments(request: {
    createdFrom: number | null;
    page: string | null;
    signal: AbortSignal;
  }): Promise<PaymentPage> {
    return this.#reader.list(request);
  }

  /** It tells of changes only those who can be reached from the internet. */
  async changedPayments(): Promise<null> {
    return null;
  }

  retrievePayment(id: string, signal: AbortSignal): Promise<Payment | null> {
    return this.#reader.retrieve(id, signal);
  }

  /** Its lists cannot be asked for a reference: the index serves. */
  async searchPayments(): Promise<readonly Payment[]> {
    return [];
  }

  listRefunds(paymentId: string, signal: AbortSignal): Promise<readonly ProviderRefund[]> {
    return this.#reader.refundsOf(paymentId, signal);
  }

  listAllRefunds(request: {
    createdFrom: number;
    page: string | null;
    signal: AbortSignal;
  }): Promise<RefundPage> {
    return this.#reader.listRefunds(request);
  }

  retrieveRefund(id: string, signal: AbortSignal): Promise<ProviderRefund | null> {
    return this.#reader.retrieveRefund(id, signal);
  }

  async createRefund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund> {
    const body = this.#refundBody(request);
    const idempotencyKey = checkedKey(request.idempotencyKey);
    const refund = await this.#client.send(
      { method: "POST", path: "/refunds", body, idempotencyKey },
      signal,
      refundOf,
    );
    // Nobody says that other parameters under a used key are refused: the answer may be to them.
    const isOurs =
      refund.paymentId === body.payment &&
      refund.amountMinor === body.amount &&
      refund.currency === body.currency;
    if (isOurs) return refund;
    throw new OutcomeUnknownError("idempotency_mismatch", {
      provider: "Smartpay",
      what: `it answered with ${refund.id}, which is not the refund that was asked for`,
    });
  }

  async cancelPayment(request: VoidRequest, signal: AbortSignal): Promise<Payment> {
    const { paymentId } = request;
    const idempotencyKey = checkedKey(request.idempotencyKey);
    if (!isOrderId(paymentId)) {
      throw new PermanentError("void_not_supported", {
        provider: "Smartpay",
        payment: paymentId,
        why: "it is captured, and must be refunded",
      });
    }
    this.#checkMode(paymentId);
    return this.#client.send(
      { method: "PUT", path: `/orders/${paymentId}/cancellation`, idempotencyKey },
      signal,
      (answer) => paymentOfOrder(readOrder(answer), this.#reader.mode),
    );
  }

  diagnose(signal: AbortSignal): Promise<readonly Finding[]> {
    return diagnoseSmartpay(this.#client, this.#secretKey, signal);
  }

  #refundBody({ paymentId, amountMinor, currency, reason, metadata }: RefundRequest) {
    if (!isPaymentId(paymentId)) {
      throw new PermanentError("unknown_payment_id", { provider: "Smartpay", payment: paymentId });
    }
    this.#checkMode(paymentId);
    if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) {
      throw new PermanentError("invalid_amount", { amount: amountMinor });
    }
    if (currency.toUpperCase() !== CURRENCY) {
      throw new PermanentError("unsupported_currency", { provider: "Smartpay", currency });
    }
    const isItsWord = reason === "requested_by_customer" || reason === "fraudulent";
    const entries = { ...metadata, ...(!isItsWord && { henkin_reason: reason }) };
    if (Object.keys(entries).length > METADATA_MAX) {
      throw new PermanentError("too_much_metadata", { provider: "Smartpay", most: METADATA_MAX });
    }
    const reference = metadata["henkin_refund"];
    return {
      payment: paymentId,
      amount: amountMinor,
      currency: CURRENCY,
      // The only two words it has (en.docs.smartpay.co/docs/refund-an-order).
      reason: isItsWord ? reason : "requested_by_customer",
      ...(reference !== undefined && { reference }),
      metadata: entries,
    };
  }

  #checkMode(id: string): void {
    const { livemode } = this.#reader.mode;
    if (isLiveId(id) === livemode) return;
    const [its, ours] = livemode ? (["test", "live"] as const) : (["live", "test"] as const);
    throw new PermanentError("livemode_mismatch", { payment: id, its, ours });
  }
}

function checkedKey(key: string): string {
  if (key.length > 0 && key.length <= 255) return key;
  throw new PermanentError("invalid_idempotency_key");
}
