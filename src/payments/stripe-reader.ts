// Payments as Stripe shows them, each put together from all the objects that say something about it.

import type Stripe from "stripe";
import { z } from "zod";
import { PermanentError, UnreadableError } from "../domain/errors.ts";
import type { Payment } from "../domain/payment.ts";
import type { Log, PaymentPage } from "../ports.ts";
import { readAs, UnreadableAnswer } from "./exchange.ts";
import { standIn } from "./stand-in.ts";
import {
  availableOf,
  type CashBalanceKey,
  cashBalanceOf,
  isFunded,
  type Movements,
  movementsOf,
  paymentOfBalance,
} from "./stripe-cash-balance.ts";
import type { StripeClient } from "./stripe-client.ts";
import {
  type Charge,
  type Intent,
  isChargeId,
  isIntentId,
  methodOf,
  nextCursor,
  type Page,
  payerEmail,
  paymentOfCharge,
  paymentOfIntent,
  readCharge,
  readIntent,
  readPage,
  type Surroundings,
  Text,
  type Told,
} from "./stripe-payment.ts";

const PAGE_SIZE = 100;
/** The token of the page behind the last one of payment intents. */
const CHARGES = "charges";
/** A customer with more orders or transfers than that is looked at by a person. */
const CUSTOMER_PAGES_MAX = 5;
/** The money is ours and refundable. `lost` is not here: it has gone back by another way. */
const DISPUTE_OVER = new Set(["won", "warning_closed", "prevented"]);

/** One that was deleted has neither. */
const CustomerShape = z.object({ email: Text, name: Text });

/** docs.stripe.com/api/payment_intents/object, docs.stripe.com/api/charges/object */
const PLACES = {
  email: [
    "latest_charge.billing_details.email",
    "billing_details.email",
    "latest_charge.receipt_email",
    "receipt_email",
  ],
  name: ["latest_charge.billing_details.name", "billing_details.name"],
  reference: [],
  created: "created",
  timeMs: 1000,
};

type LookUps = { readonly customer: boolean };

export class StripeReader {
  readonly livemode: boolean;
  readonly #client: StripeClient;
  readonly #log: Log | undefined;
  #account: string | null = null;

  constructor(client: StripeClient, options: { livemode: boolean; log: Log | undefined }) {
    this.#client = client;
    this.livemode = options.livemode;
    this.#log = options.log;
  }

  /**
   * A restricted key may not be allowed to read its account. "stripe" then stands for it: it must not
   * change while approvals are open, which an id derived from the key would when the key is rolled.
   */
  async account(signal: AbortSignal): Promise<string> {
    if (this.#account !== null) return this.#account;
    const account = await this.#client.readIfAllowed(signal, (stripe) =>
      stripe.accounts.retrieveCurrent(),
    );
    this.#account = account?.id ?? "stripe";
    return this.#account;
  }

  /** Payment intents first, then the charges that have none; newest first within each. */
  async list(request: {
    createdFrom: number | null;
    page: string | null;
    signal: AbortSignal;
  }): Promise<PaymentPage> {
    const { createdFrom, signal } = request;
    const { stage, after } = readPageToken(request.page);
    const params = {
      limit: PAGE_SIZE,
      ...(createdFrom !== null && { created: { gte: Math.floor(createdFrom / 1000) } }),
      ...(after !== null && { starting_after: after }),
    };
    if (request.page === null && createdFrom !== null) return this.#listBoth(params, signal);
    return stage === "intents"
      ? this.#listIntents(params, signal)
      : this.#listCharges(params, signal);
  }

  /** Of the last hours or days there is seldom more than one page, and somebody waits for it. */
  async #listBoth(
    params: Stripe.PaymentIntentListParams & Stripe.ChargeListParams,
    signal: AbortSignal,
  ): Promise<PaymentPage> {
    const [intents, charges] = await Promise.all([
      this.#listIntents(params, signal),
      this.#listCharges(params, signal),
    ]);
    if (intents.next !== CHARGES) return intents;
    return { payments: [...intents.payments, ...charges.payments], next: charges.next };
  }

  async retrieve(id: string, signal: AbortSignal): Promise<Payment | null> {
    if (isIntentId(id)) {
      const intent = await this.#client.readIfThere(signal, async (stripe) =>
        readIntent(await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] })),
      );
      return intent && this.#completeIntent(intent, signal, { customer: true });
    }
    const balance = cashBalanceOf(id);
    if (balance !== null) return this.#cashBalance(balance, signal);
    if (!isChargeId(id)) return null;
    const charge = await this.#charge(id, signal);
    return charge && this.#completeCharge(charge, signal, { customer: true });
  }

  async #listIntents(
    params: Stripe.PaymentIntentListParams,
    signal: AbortSignal,
  ): Promise<PaymentPage> {
    const page = await this.#client.read(signal, async (stripe) =>
      readPage(await stripe.paymentIntents.list({ ...params, expand: ["data.latest_charge"] })),
    );
    const payments: Payment[] = [];
    for (const item of page.data) {
      const complete = async () =>
        this.#completeIntent(readIntent(item), signal, { customer: false });
      payments.push(await this.#orStandIn(item, complete, signal));
    }
    const after = nextCursor(page);
    return { payments, next: after === null ? CHARGES : `intents:${after}` };
  }

  async #listCharges(params: Stripe.ChargeListParams, signal: AbortSignal): Promise<PaymentPage> {
    const page = await this.#client.read(signal, async (stripe) =>
      readPage(await stripe.charges.list(params)),
    );
    const payments: Payment[] = [];
    for (const item of page.data) {
      // Else it is shown as its payment intent.
      if (item["payment_intent"] != null) continue;
      const complete = async () =>
        this.#completeCharge(readCharge(item), signal, { customer: false });
      payments.push(await this.#orStandIn(item, complete, signal));
    }
    const after = nextCursor(page);
    return { payments, next: after === null ? null : `charges:${after}` };
  }

  /** One object that cannot be read must not keep all others out of sight, nor be out of it. */
  async #orStandIn(
    item: Page["data"][number],
    complete: () => Promise<Payment>,
    signal: AbortSignal,
  ): Promise<Payment> {
    try {
      return await complete();
    } catch (error) {
      const isItsOwn = error instanceof UnreadableAnswer || error instanceof UnreadableError;
      if (!isItsOwn) throw error;
      this.#log?.warn({ id: item.id, why: error.message }, "a payment of Stripe cannot be read");
      const account = await this.account(signal);
      const known = { provider: "stripe", account, livemode: this.livemode, id: item.id };
      return standIn(item, known, PLACES);
    }
  }

  async #completeIntent(
    intent: Intent & Told,
    signal: AbortSignal,
    lookUps: LookUps,
  ): Promise<Payment> {
    const latest = intent.latest_charge ?? null;
    // `expand` is a wish; a server may answer with the id alone.
    const charge = typeof latest === "string" ? await this.#charge(latest, signal) : latest;
    const around = await this.#surroundings(intent, charge, { signal, lookUps });
    return paymentOfIntent(intent, charge, around);
  }

  async #completeCharge(
    charge: Charge & Told,
    signal: AbortSignal,
    lookUps: LookUps,
  ): Promise<Payment> {
    return paymentOfCharge(charge, await this.#surroundings(charge, charge, { signal, lookUps }));
  }

  async #surroundings(
    main: Intent | Charge,
    charge: Charge | null,
    { signal, lookUps }: { signal: AbortSignal; lookUps: LookUps },
  ): Promise<Surroundings> {
    const customerId = main.customer ?? charge?.customer ?? null;
    const isTransfer = methodOf(charge, isIntent(main) ? main : null) === "bank_transfer";
    const isKanaWanted = lookUps.customer && isTransfer && customerId !== null;
    const movements = isKanaWanted
      ? await this.#movements({ customer: customerId, currency: main.currency }, signal)
      : undefined;
    const wanted = lookUps.customer && payerEmail(main, charge) === null;
    return {
      account: await this.account(signal),
      livemode: this.livemode,
      disputed: charge !== null && (await this.#isDisputed(charge, signal)),
      customer: wanted && customerId !== null ? await this.#customer(customerId, signal) : null,
      payerKana: movements === undefined ? undefined : (movements?.senderKana ?? null),
    };
  }

  /** Null where there is none, or this key may not see it. */
  async #cashBalance(key: CashBalanceKey, signal: AbortSignal): Promise<Payment | null> {
    const availableMinor = await this.#client.readIfAllowed(signal, async (stripe) =>
      availableOf(await stripe.customers.retrieveCashBalance(key.customer), key.currency),
    );
    if (availableMinor === null) return null;
    const movements = await this.#movements(key, signal);
    const returnedMinor = movements?.returnedMinor ?? 0;
    if (availableMinor <= 0 && returnedMinor === 0) return null;
    const [newest, ...others] = await this.#transfersOf(key, signal);
    if (newest === undefined) return null;
    return paymentOfBalance(key, { availableMinor, returnedMinor }, [newest, ...others]);
  }

  /** The customer's bank transfers in this currency, newest first; the newest that is funded with all look-ups. */
  async #transfersOf({ customer, currency }: CashBalanceKey, signal: AbortSignal) {
    const answers = await this.#pages(signal, (stripe, after) =>
      stripe.paymentIntents.list({
        customer,
        limit: PAGE_SIZE,
        expand: ["data.latest_charge"],
        ...after,
      }),
    );
    const payments: Payment[] = [];
    for (const answer of answers ?? []) {
      const intent = this.#client.checked(() => readIntent(answer));
      const latest = intent.latest_charge ?? null;
      const charge = typeof latest === "string" ? null : latest;
      if (intent.currency !== currency || methodOf(charge, intent) !== "bank_transfer") continue;
      const seen = await this.#completeIntent(intent, signal, { customer: false });
      const isPayer = isFunded(seen) && !payments.some(isFunded);
      const lookUps = { customer: true };
      payments.push(isPayer ? await this.#completeIntent(intent, signal, lookUps) : seen);
    }
    return payments;
  }

  async #movements(
    { customer, currency }: CashBalanceKey,
    signal: AbortSignal,
  ): Promise<Movements | null> {
    const answers = await this.#pages(signal, (stripe, after) =>
      stripe.customers.listCashBalanceTransactions(customer, { limit: PAGE_SIZE, ...after }),
    );
    return answers === null ? null : this.#client.checked(() => movementsOf(answers, currency));
  }

  /** All elements; null where the key may not read them, or where they are too many to tell. */
  async #pages(
    signal: AbortSignal,
    ask: (stripe: Stripe, after: { starting_after?: string }) => Promise<unknown>,
  ): Promise<readonly unknown[] | null> {
    const elements: unknown[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < CUSTOMER_PAGES_MAX; pages += 1) {
      const after: { starting_after?: string } = cursor === null ? {} : { starting_after: cursor };
      const page = await this.#client.readIfAllowed(signal, async (stripe) =>
        readPage(await ask(stripe, after)),
      );
      if (page === null) return null;
      elements.push(...page.data);
      cursor = nextCursor(page);
      if (cursor === null) return elements;
    }
    return null;
  }

  async #customer(id: string, signal: AbortSignal): Promise<Surroundings["customer"]> {
    return this.#client.readIfAllowed(signal, async (stripe) =>
      readAs("customer", CustomerShape, await stripe.customers.retrieve(id)),
    );
  }

  /** `disputed` stays true after a dispute was won (docs.stripe.com/api/charges/object). */
  async #isDisputed(charge: Charge, signal: AbortSignal): Promise<boolean> {
    if (charge.disputed !== true) return false;
    const page = await this.#client.readIfAllowed(signal, async (stripe) =>
      readPage(await stripe.disputes.list({ charge: charge.id, limit: PAGE_SIZE })),
    );
    if (page === null || page.data.length === 0 || page.has_more) return true;
    return page.data.some((dispute) => !DISPUTE_OVER.has(String(dispute["status"])));
  }

  #charge(id: string, signal: AbortSignal): Promise<(Charge & Told) | null> {
    return this.#client.readIfThere(signal, async (stripe) =>
      readCharge(await stripe.charges.retrieve(id)),
    );
  }
}

function isIntent(main: Intent | Charge): main is Intent {
  return isIntentId(main.id);
}

function readPageToken(page: string | null): {
  stage: "intents" | "charges";
  after: string | null;
} {
  const [stage = "", after = null] = (page ?? "intents").split(":", 2);
  if (stage !== "intents" && stage !== "charges") {
    throw new PermanentError("invalid_page", { provider: "Stripe" });
  }
  return { stage, after };
}
