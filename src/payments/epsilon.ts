// GMO Epsilon as a payment provider. It looks one order up at a time and gives no money back: staff
// transfer it by hand. The shop's own system, where there is one, tells what it says of the same order.

import { AccessError, AppError, OutcomeUnknownError, PermanentError } from "../domain/errors.ts";
import type { Payment, SystemState } from "../domain/payment.ts";
import type {
  Capabilities,
  Finding,
  PaymentPage,
  PaymentProvider,
  RefundPage,
  VoidRequest,
} from "../ports.ts";
import { EpsilonClient, type EpsilonLookUp, type EpsilonOptions } from "./epsilon-client.ts";
import { diagnoseEpsilon } from "./epsilon-doctor.ts";
import {
  EPSILON,
  type EpsilonOrder,
  isCanceled,
  isNew,
  isVoidable,
  paymentOf,
  shopOrderNumber,
  stateWords,
} from "./epsilon-payment.ts";
import type { OrderSource, ShopOrder } from "./order-source.ts";

const CAPABILITIES: Capabilities = {
  search: true,
  partial: true,
  void: true,
  asynchronous: false,
  manual: true,
  keyWindowMs: 0,
};

/**
 * What an order number can be; anything else, which a customer may have typed, is not asked for. It is the
 * payment's id, too, and not Epsilon's trans_code: an order that Epsilon does not know yet, or cannot tell
 * of just now, must not be another payment afterwards.
 */
const ORDER_NUMBER = /^[\w.:/-]{1,64}$/;
/** Of what is said about a failure: staff need its kind, the log has all of it. */
const WHY_MAX = 120;

/** What the shop's system says, or that it could not be asked. */
interface ShopWord {
  readonly states: readonly SystemState[];
  readonly order: ShopOrder | null;
  readonly failure: AppError | null;
}

export function createEpsilonProvider(
  options: EpsilonOptions & { readonly orders: OrderSource | null },
): PaymentProvider {
  return new EpsilonProvider(options);
}

class EpsilonProvider implements PaymentProvider {
  readonly name = "epsilon";
  readonly capabilities = CAPABILITIES;
  readonly #client: EpsilonClient;
  readonly #orders: OrderSource | null;
  readonly #now: () => number;

  constructor(options: EpsilonOptions & { readonly orders: OrderSource | null }) {
    this.#client = new EpsilonClient(options);
    this.#orders = options.orders;
    this.#now = options.now;
  }

  clockOffsetMs(): number | null {
    return this.#client.clock.offsetMs;
  }

  async account(): Promise<string> {
    return `epsilon_${this.#client.contractCode}`;
  }

  /** No CGI lists orders. */
  async listPayments(): Promise<PaymentPage> {
    return { payments: [], next: null };
  }

  async changedPayments(): Promise<null> {
    return null;
  }

  async retrievePayment(id: string, signal: AbortSignal): Promise<Payment | null> {
    return ORDER_NUMBER.test(id) ? this.#find(id, signal) : null;
  }

  /**
   * Found is only what bears exactly this number: an order that a plug-in of EC-CUBE has sent as
   * 12345x20190301 is not found as 12345, because no CGI searches by a beginning. Of several tries
   * under one number Epsilon answers with one.
   */
  async searchPayments(orderNumber: string, signal: AbortSignal): Promise<readonly Payment[]> {
    if (!ORDER_NUMBER.test(orderNumber)) return [];
    const payment = await this.#find(orderNumber, signal);
    if (payment === null) return [];
    if (payment.orderNumbers.includes(orderNumber)) return [payment];
    return [{ ...payment, orderNumbers: [...payment.orderNumbers, orderNumber] }];
  }

  async listRefunds(): Promise<[]> {
    return [];
  }

  async listAllRefunds(): Promise<RefundPage> {
    return { refunds: [], next: null };
  }

  async retrieveRefund(): Promise<null> {
    return null;
  }

  async createRefund(): Promise<never> {
    throw new PermanentError("refund_not_supported", { provider: "GMO Epsilon" });
  }

  /**
   * Only what is authorised is cancelled: the same call on a charged card would be a refund that nobody
   * approved. It bears no key, so that every call looks first.
   */
  async cancelPayment({ paymentId }: VoidRequest, signal: AbortSignal): Promise<Payment> {
    const isNumber = ORDER_NUMBER.test(paymentId);
    const before = isNumber ? await this.#client.lookUp(paymentId, signal) : null;
    if (before?.kind !== "order") {
      throw new PermanentError("void_not_supported", {
        provider: "Epsilon",
        payment: paymentId,
        why: "it tells nothing certain of it",
      });
    }
    const { order } = before;
    const result = (read: EpsilonOrder): Payment => {
      const payment = paymentOf(read, this.#around(paymentId, [], isNew(read) ? before.raw : ""));
      return isCanceled(read) ? { ...payment, status: "canceled" } : payment;
    };
    if (isCanceled(order) && order.method === "card") return result(order);
    if (!isVoidable(order)) {
      const state = `${order.method}, ${stateWords(order)}`;
      const why = `only a card's authorisation can be cancelled, and this is: ${state}`;
      const details = { provider: "Epsilon", payment: paymentId, why };
      throw new PermanentError("void_not_supported", details);
    }
    await this.#client.cancel(order.orderNumber, signal);
    return result(await this.#afterCancel(order, signal));
  }

  async diagnose(signal: AbortSignal): Promise<readonly Finding[]> {
    const findings = await diagnoseEpsilon(this.#client, signal);
    return this.#orders === null
      ? findings
      : [...findings, ...(await this.#orders.diagnose(signal))];
  }

  /** Epsilon has said that it is cancelled: what is read now must agree, or nobody knows. */
  async #afterCancel(before: EpsilonOrder, signal: AbortSignal): Promise<EpsilonOrder> {
    let after: EpsilonLookUp;
    try {
      after = await this.#client.lookUp(before.orderNumber, signal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const details = { provider: "Epsilon", said: error.message };
      const options = { cause: error, foreignCode: error.code };
      throw new OutcomeUnknownError("void_unconfirmed", details, options);
    }
    if (after.kind === "order" && !isVoidable(after.order)) return after.order;
    throw new OutcomeUnknownError(
      "void_not_seen",
      { provider: "Epsilon", payment: before.orderNumber },
      after.kind === "unreadable" ? { raw: after.raw } : {},
    );
  }

  async #find(number: string, signal: AbortSignal): Promise<Payment | null> {
    const found = await this.#client.lookUp(number, signal);
    if (found.kind === "absent") return this.#onlyInShop(number, signal);
    const shop = await this.#ask(shopOrderNumber(number), signal);
    if (found.kind === "order") {
      const raw = both(isNew(found.order) ? found.raw : "", shop);
      return paymentOf(found.order, this.#around(number, shop.states, raw));
    }
    const raw = found.raw === "" ? "(空の応答)" : found.raw;
    return this.#placeholder({ number, status: "unknown", state: "答えを読めません", raw, shop });
  }

  /**
   * The customer gave up half-way (要確認), or pays with another method. Null only where the shop's
   * system, too, has said that there is no such order.
   */
  async #onlyInShop(number: string, signal: AbortSignal): Promise<Payment | null> {
    const shop = await this.#ask(shopOrderNumber(number), signal);
    if (shop.order === null && shop.failure === null) return null;
    // Asked again later, it may know. Where it cannot be asked, a person looks.
    if (shop.failure !== null && !isLasting(shop.failure)) throw shop.failure;
    const status = shop.order === null ? "unknown" : "processing";
    return this.#placeholder({ number, status, state: "取引なし", raw: "", shop });
  }

  #placeholder(known: {
    number: string;
    status: "unknown" | "processing";
    state: string;
    raw: string;
    shop: ShopWord;
  }): Payment {
    const { number, status, state, shop } = known;
    const raw = both(known.raw, shop);
    const { account, livemode, now } = this.#around(number, [], raw);
    const { order } = shop;
    return {
      ...{ provider: this.name, account, livemode, id: number, status },
      currency: "JPY",
      amountMinor: order?.amountMinor ?? 0,
      capturedMinor: 0,
      refundedMinor: 0,
      byHand: true,
      ...(raw !== "" && { raw }),
      systems: [{ system: EPSILON, state }, ...shop.states],
      method: "unknown",
      description: null,
      orderNumbers: [shopOrderNumber(number)],
      orderNumbersFrom: "metadata",
      payerName: order?.payerName ?? null,
      payerEmail: order?.payerEmail ?? null,
      disputed: false,
      createdAt: order?.orderedAt ?? now,
      paidAt: null,
    };
  }

  async #ask(number: string, signal: AbortSignal): Promise<ShopWord> {
    if (this.#orders === null) return { states: [], order: null, failure: null };
    const { system } = this.#orders;
    try {
      const order = await this.#orders.find(number, signal);
      return { states: [{ system, state: order?.state ?? "注文なし" }], order, failure: null };
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      const why = Array.from(error.message).slice(0, WHY_MAX).join("");
      const state = `確認できませんでした: ${why}`;
      return { states: [{ system, state }], order: null, failure: error };
    }
  }

  #around(id: string, systems: readonly SystemState[], raw: string) {
    return {
      ...{ id, raw },
      account: `epsilon_${this.#client.contractCode}`,
      livemode: this.#client.livemode,
      systems,
      now: this.#now(),
    };
  }
}

/** What Epsilon answered and, where it cannot be read either, what the shop's system did. */
function both(epsilon: string, shop: ShopWord): string {
  const other = shop.failure?.raw ?? null;
  return [epsilon, other].filter((raw) => raw !== null && raw !== "").join("\n");
}

function isLasting(error: AppError): boolean {
  return error instanceof AccessError || error instanceof PermanentError;
}
