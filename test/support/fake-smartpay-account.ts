// The shop's account behind the fake Smartpay: orders, their payments and refunds, what the API may do
// to them, and the hands of a test. Shapes: the order of the refund guide
// (en.docs.smartpay.co/docs/refund-an-order), github.com/smartpay-co/sdk-node src/types.ts and sdk-go
// types.go.

export type OrderStatus =
  | "pending"
  | "requires_authorization"
  | "requires_capture"
  | "succeeded"
  | "canceled"
  | "rejected"
  | "failed";

export interface OrderSeed {
  /** What follows order_test_ in the id, and payment_test_ in the id of its payment. */
  readonly suffix?: string;
  readonly amount: number;
  readonly status?: OrderStatus;
  readonly reference?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customerInfo?: Readonly<Record<string, string>>;
  /** Captured amounts; of a succeeded order, unless told: the whole at once. */
  readonly captures?: readonly number[];
  /** Epoch ms. */
  readonly createdAt?: number;
}

export interface FakeRefund {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly createdAt: number;
  readonly currency: string;
  readonly description?: string;
  readonly lineItems: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment: string;
  readonly reason: string;
  readonly reference?: string;
  /** succeeded or failed; a text, so that a test can say something new. */
  status: string;
  readonly test: boolean;
  updatedAt: number;
}

export interface FakePayment {
  readonly id: string;
  readonly object: "payment";
  readonly amount: number;
  readonly createdAt: number;
  readonly currency: string;
  readonly lineItems: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly order: string;
  readonly refunds?: readonly string[];
  readonly status: string;
  readonly test: boolean;
  readonly updatedAt: number;
}

interface Order {
  readonly id: string;
  readonly seed: OrderSeed;
  readonly createdAt: number;
  updatedAt: number;
  status: OrderStatus;
  readonly payments: { readonly id: string; readonly amount: number; readonly createdAt: number }[];
}

export interface RefundParameters {
  readonly payment: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  readonly reference?: string;
  readonly description?: string;
  readonly lineItems?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** `{errorCode, message, details}` with its status. */
export class Refusal extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

export class SmartpayAccount {
  readonly now: () => number;
  readonly livemode: boolean;
  /** As Smartpay made them: the oldest first. */
  readonly refunds: FakeRefund[] = [];
  /** Of the next refunds. */
  newRefundStatus = "succeeded";
  /** One description of the API gives a payment the ids of its refunds, another one does not. */
  paymentsNameRefunds = true;
  readonly #orders: Order[] = [];
  #serial = 0;
  #lastAt = 0;

  constructor(options: { readonly now: () => number; readonly livemode: boolean }) {
    this.now = options.now;
    this.livemode = options.livemode;
  }

  /** Returns the ids of the order and of its payments. */
  addOrder(seed: OrderSeed): { readonly order: string; readonly payments: readonly string[] } {
    const suffix = seed.suffix ?? this.#suffix();
    const status = seed.status ?? "succeeded";
    const createdAt = seed.createdAt ?? this.now();
    const order: Order = {
      id: this.#id("order", suffix),
      seed,
      createdAt,
      updatedAt: createdAt,
      status,
      payments: [],
    };
    this.#orders.push(order);
    const captures = seed.captures ?? (status === "succeeded" ? [seed.amount] : []);
    for (const [index, amount] of captures.entries()) {
      const id = this.#id("payment", index === 0 ? suffix : `${suffix}x${index + 1}`);
      order.payments.push({ id, amount, createdAt: createdAt + index });
    }
    return { order: order.id, payments: order.payments.map(({ id }) => id) };
  }

  /** The shop ships, and captures the whole. Returns the id of the payment. */
  capture(orderId: string): string {
    const order = this.#order(orderId);
    const id = this.#id("payment", orderId.split("_")[2] ?? "");
    order.payments.push({ id, amount: order.seed.amount, createdAt: this.now() });
    order.status = "succeeded";
    return id;
  }

  setOrderStatus(orderId: string, status: OrderStatus): void {
    this.#order(orderId).status = status;
  }

  setRefundStatus(id: string, status: string): void {
    const refund = this.refunds.find((candidate) => candidate.id === id);
    if (refund === undefined) throw new Error(`There is no refund ${id}.`);
    refund.status = status;
  }

  /** Newest first, as far as a test does not want it otherwise. */
  listOrders(expand: string) {
    return this.#orders.map((order) => this.#orderView(order, expand)).toReversed();
  }

  listPayments(): FakePayment[] {
    return this.#orders
      .flatMap((order) => order.payments.map(({ id }) => this.payment(id)))
      .toReversed();
  }

  order(id: string, expand: string) {
    return this.#orderView(this.#order(id), expand);
  }

  payment(id: string): FakePayment {
    const order = this.#orders.find(({ payments }) => payments.some((own) => own.id === id));
    const payment = order?.payments.find((own) => own.id === id);
    if (order === undefined || payment === undefined) {
      throw new Refusal(404, "payment.not-found", "No payment was found.");
    }
    const refunds = this.refunds.filter((refund) => refund.payment === id);
    const view = {
      id,
      object: "payment" as const,
      amount: payment.amount,
      createdAt: payment.createdAt,
      currency: "JPY",
      lineItems: [],
      metadata: {},
      order: order.id,
      refunds: refunds.map((refund) => refund.id),
      status: this.#left(id, payment.amount) === 0 ? "refunded" : "processed",
      test: !this.livemode,
      updatedAt: payment.createdAt,
    };
    if (this.paymentsNameRefunds) return view;
    const { refunds: _refunds, ...rest } = view;
    return rest;
  }

  refund(id: string): FakeRefund {
    const refund = this.refunds.find((candidate) => candidate.id === id);
    if (refund !== undefined) return refund;
    throw new Refusal(404, "refund.not-found", "No refund was found.");
  }

  createRefund(parameters: RefundParameters): FakeRefund {
    const { payment, amount, currency, reason, reference, description } = parameters;
    if (this.#left(payment, this.payment(payment).amount) < amount) {
      const message = "Available amount on payment is insufficient to handle the request.";
      throw new Refusal(403, "amount.insufficient", message);
    }
    // No two objects of the real account were made in one millisecond.
    this.#lastAt = Math.max(this.now(), this.#lastAt + 1);
    const refund: FakeRefund = {
      id: this.#id("refund", this.#suffix()),
      object: "refund",
      amount,
      createdAt: this.#lastAt,
      currency,
      ...(description !== undefined && { description }),
      lineItems: parameters.lineItems ?? [],
      metadata: parameters.metadata ?? {},
      payment,
      reason,
      ...(reference !== undefined && { reference }),
      status: this.newRefundStatus,
      test: !this.livemode,
      updatedAt: this.#lastAt,
    };
    this.refunds.push(refund);
    return refund;
  }

  /** The documents say which orders can be cancelled, and not how others are refused. */
  cancelOrder(id: string) {
    const order = this.#order(id);
    if (order.status !== "requires_capture") {
      throw new Refusal(403, "order.not-cancelable", "The order cannot be cancelled.");
    }
    order.status = "canceled";
    order.updatedAt = this.now();
    return this.#orderView(order, "no");
  }

  #left(payment: string, amount: number): number {
    return this.refunds
      .filter((refund) => refund.payment === payment && refund.status !== "failed")
      .reduce((left, refund) => left - refund.amount, amount);
  }

  #order(id: string): Order {
    const order = this.#orders.find((candidate) => candidate.id === id);
    if (order !== undefined) return order;
    throw new Refusal(404, "order.not-found", "No order was found.");
  }

  #orderView({ id, seed, createdAt, updatedAt, status, payments }: Order, expand: string) {
    const { amount, reference, description, metadata = {}, customerInfo } = seed;
    const ids = payments.map((payment) => payment.id);
    return {
      id,
      object: "order",
      amount,
      createdAt,
      currency: "JPY",
      ...(description !== undefined && { description }),
      discounts: [],
      expiresAt: createdAt + 7 * 24 * 60 * 60 * 1000,
      lineItems: [`li_${this.#mode}_1`],
      metadata,
      payments: expand === "all" ? ids.map((payment) => this.payment(payment)) : ids,
      ...(reference !== undefined && { reference }),
      ...(customerInfo !== undefined && { customerInfo }),
      shippingInfo: { address: { country: "JP", line1: "1-1", locality: "渋谷区" } },
      status,
      test: !this.livemode,
      updatedAt,
    };
  }

  get #mode(): string {
    return this.livemode ? "live" : "test";
  }

  #id(kind: string, suffix: string): string {
    return `${kind}_${this.#mode}_${suffix}`;
  }

  #suffix(): string {
    this.#serial += 1;
    return `Fake${String(this.#serial).padStart(6, "0")}`;
  }
}
