// Payments and refunds as Smartpay shows them. Its lists know no filter and state no order
// (en.docs.smartpay.co/reference, github.com/smartpay-co/sdk-node src/types.ts): what is looked for is
// paged through and compared here.

import { PermanentError } from "../domain/errors.ts";
import type { Payment, ProviderRefund } from "../domain/payment.ts";
import type { Log, PaymentPage, RefundPage } from "../ports.ts";
import { readEach, UnreadableAnswer } from "./exchange.ts";
import type { SmartpayClient } from "./smartpay-client.ts";
import {
  createdAtOf,
  idOf,
  isOrderId,
  isPaymentId,
  isRefundId,
  type Mode,
  type Order,
  type Page,
  paymentIdOfRefund,
  paymentOfCapture,
  paymentOfOrder,
  readOrder,
  readPage,
  readPayment,
  refundOf,
  type SmartpayPayment,
} from "./smartpay-payment.ts";
import { RecentRefunds } from "./smartpay-recent-refunds.ts";

import { standIn } from "./stand-in.ts";

/** Smartpay's own default; a greater one might be refused. */
const PAGE_SIZE = 20;
/** 20,000 refunds: a list without end, or one that a person should look at. */
const MAX_PAGES = 1_000;

/** github.com/smartpay-co/sdk-go types.go */
const PLACES = {
  email: ["customerInfo.emailAddress", "customerInfo.email"],
  name: ["customerInfo.lastName"],
  reference: ["reference"],
  created: "createdAt",
  timeMs: 1,
};

type RefundsOf = (payment: SmartpayPayment) => Promise<readonly ProviderRefund[]>;

interface PageRequest {
  /** Epoch ms; null for all. */
  readonly createdFrom: number | null;
  readonly page: string | null;
  readonly signal: AbortSignal;
}

export class SmartpayReader {
  readonly mode: Mode;
  readonly #client: SmartpayClient;
  readonly #log: Log | undefined;
  readonly #recent: RecentRefunds;

  constructor(client: SmartpayClient, log: Log | undefined) {
    this.#client = client;
    this.#log = log;
    const now = () => client.clock.now();
    this.#recent = new RecentRefunds((signal) => this.#allRefunds(signal), { now, log });
    const { livemode } = client;
    // One account a mode: a rolled key must not change it, and ids of payments are unique anyway.
    this.mode = { livemode, account: livemode ? "smartpay_live" : "smartpay_test" };
  }

  async list(request: PageRequest): Promise<PaymentPage> {
    const { createdFrom, signal } = request;
    // From its beginning on, the list tells of everything that happened before it was asked for.
    if (request.page === null) this.#recent.forget();
    const page = await this.#page("/orders?expand=all", request);
    const refundsOf = this.#indexReader(signal);
    const payments: Payment[] = [];
    for (const item of page.data) {
      const read = () => this.#paymentsOf(item, refundsOf, signal);
      payments.push(...(await this.#readable(item, read)));
    }
    const listed = payments
      .filter(({ createdAt }) => createdFrom === null || createdAt >= createdFrom)
      .sort((one, other) => other.createdAt - one.createdAt);
    return { payments: listed, next: nextOf(page, createdFrom) };
  }

  /**
   * By the id of a payment, or of an order: that is the payment the order has become, if it has. Only
   * by its own id is a payment as it stands this moment; a refund is made of nothing else.
   */
  async retrieve(id: string, signal: AbortSignal): Promise<Payment | null> {
    if (isPaymentId(id)) {
      const payment = await this.#payment(id, signal);
      if (payment === null) return null;
      const order = await this.#order(payment.order, signal);
      return this.#complete(payment, order, (own) => this.#liveRefunds(own, signal));
    }
    if (!isOrderId(id)) return null;
    const order = await this.#order(id, signal);
    if (order === null) return null;
    const [only, ...more] = order.payments;
    if (only === undefined || more.length > 0 || order.status === "requires_capture") {
      return this.#client.checked(() => paymentOfOrder(order, this.mode));
    }
    return this.#complete(await this.#needed(only, signal), order, this.#indexReader(signal));
  }

  /** Newest first. One that cannot be read might be ours: then the list is of no use to decide by. */
  async refundsOf(paymentId: string, signal: AbortSignal): Promise<readonly ProviderRefund[]> {
    if (isOrderId(paymentId)) return [];
    const payment = await this.#needed(paymentId, signal);
    return this.#liveRefunds(payment, signal);
  }

  async listRefunds(request: PageRequest): Promise<RefundPage> {
    const { createdFrom } = request;
    const page = await this.#page("/refunds", request);
    const { things: refunds, unreadable } = readEach(page.data, refundOf);
    return {
      refunds: newestFirst(refunds).filter(({ createdAt }) => createdAt >= (createdFrom ?? 0)),
      next: nextOf(page, createdFrom),
      ...(unreadable.length > 0 && { unreadable }),
    };
  }

  async retrieveRefund(id: string, signal: AbortSignal): Promise<ProviderRefund | null> {
    if (!isRefundId(id)) return null;
    return this.#client.getIfThere(`/refunds/${id}`, signal, refundOf);
  }

  /** What stands for an order in the index: its payments, or itself where nothing else does. */
  async #paymentsOf(item: unknown, refundsOf: RefundsOf, signal: AbortSignal): Promise<Payment[]> {
    const order = readOrder(item);
    const payments: Payment[] = [];
    for (const entry of order.payments) {
      const read = async () => [
        await this.#complete(await this.#needed(entry, signal), order, refundsOf),
      ];
      payments.push(...(await this.#readable(entry, read)));
    }
    const isOpen = order.payments.length === 0 || order.status === "requires_capture";
    return isOpen ? [...payments, paymentOfOrder(order, this.mode)] : payments;
  }

  /** One object that cannot be read must not keep all others out of sight, nor be out of it. */
  async #readable(item: unknown, read: () => Promise<Payment[]>): Promise<Payment[]> {
    try {
      return await read();
    } catch (error) {
      const isItsOwn = error instanceof UnreadableAnswer || error instanceof PermanentError;
      if (!isItsOwn) throw error;
      const id = idOf(item);
      this.#log?.warn({ id, why: error.message }, "a payment of Smartpay cannot be read");
      // What is not even an id of its kind could not be looked up again.
      if (!isPaymentId(id) && !isOrderId(id)) return [];
      return [standIn(item, { provider: "smartpay", ...this.mode, id }, PLACES)];
    }
  }

  async #complete(
    payment: SmartpayPayment,
    order: Order | null,
    refundsOf: RefundsOf,
  ): Promise<Payment> {
    const refunds = await refundsOf(payment);
    return this.#client.checked(() => paymentOfCapture(payment, order, refunds, this.mode));
  }

  /** The list of all refunds is read only where a payment does not name its own. */
  async #liveRefunds(
    { id, refunds }: SmartpayPayment,
    signal: AbortSignal,
  ): Promise<readonly ProviderRefund[]> {
    if (refunds != null) return this.#refundsById(refunds, signal);
    const items = await this.#allRefunds(signal);
    const own = () => items.filter((item) => paymentIdOfRefund(item) === id).map(refundOf);
    return newestFirst(this.#client.checked(own));
  }

  #indexReader(signal: AbortSignal): RefundsOf {
    return async ({ id, refunds }) => {
      if (refunds != null) return this.#refundsById(refunds, signal);
      const own = await this.#recent.of(id, signal);
      return newestFirst(this.#client.checked(() => own.map(refundOf)));
    };
  }

  /** Read by themselves even where they were expanded: so there is one answer to how each stands. */
  async #refundsById(
    entries: readonly unknown[],
    signal: AbortSignal,
  ): Promise<readonly ProviderRefund[]> {
    const refunds: ProviderRefund[] = [];
    for (const id of entries.map(idOf)) {
      if (!isRefundId(id)) {
        throw new PermanentError("unreadable_answer", {
          provider: "Smartpay",
          why: "it names a refund that is none",
        });
      }
      refunds.push(await this.#client.get(`/refunds/${id}`, signal, refundOf));
    }
    return newestFirst(refunds);
  }

  async #allRefunds(signal: AbortSignal): Promise<unknown[]> {
    const items: unknown[] = [];
    let token: string | null = null;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page: Page = await this.#page("/refunds", { page: token, signal });
      items.push(...page.data);
      token = page.nextPageToken;
      if (token === null) return items;
    }
    throw new PermanentError("too_many_refunds", { provider: "Smartpay" });
  }

  #payment(id: string, signal: AbortSignal): Promise<SmartpayPayment | null> {
    return this.#client.getIfThere(`/payments/${id}`, signal, readPayment);
  }

  /** `expand` is a wish; a server may answer with the id alone. */
  async #needed(entry: unknown, signal: AbortSignal): Promise<SmartpayPayment> {
    if (typeof entry !== "string") return this.#client.checked(() => readPayment(entry));
    if (isPaymentId(entry)) return this.#client.get(`/payments/${entry}`, signal, readPayment);
    throw new PermanentError("unknown_payment_id", { provider: "Smartpay", payment: entry });
  }

  async #order(id: string, signal: AbortSignal): Promise<Order | null> {
    if (!isOrderId(id)) return null;
    return this.#client.getIfThere(`/orders/${id}?expand=no`, signal, readOrder);
  }

  async #page(path: string, { page, signal }: Omit<PageRequest, "createdFrom">): Promise<Page> {
    const query = new URLSearchParams({ maxResults: String(PAGE_SIZE) });
    if (page !== null) query.set("pageToken", page);
    const sign = path.includes("?") ? "&" : "?";
    const answer = await this.#client.get(`${path}${sign}${query}`, signal, readPage);
    if (answer.nextPageToken === null || answer.nextPageToken !== page) return answer;
    throw new PermanentError("endless_list", { provider: "Smartpay" });
  }
}

function newestFirst(refunds: readonly ProviderRefund[]): ProviderRefund[] {
  return refunds.toSorted((one, other) => other.createdAt - one.createdAt);
}

/** Only a page that is in order and ends before the time asked for promises that none is left. */
function nextOf(page: Page, createdFrom: number | null): string | null {
  if (createdFrom === null || page.nextPageToken === null) return page.nextPageToken;
  const times = page.data.map(createdAtOf);
  const isInOrder = times.every((time, index) => {
    const before = index === 0 ? Number.POSITIVE_INFINITY : times[index - 1];
    return time !== null && before != null && time <= before;
  });
  const last = times.at(-1);
  return isInOrder && last != null && last < createdFrom ? null : page.nextPageToken;
}
