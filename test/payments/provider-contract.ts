// What the core relies on in every payment provider, as one suite: each adapter runs it against its
// own server or file, so that none can drift away from the others. What only some can do is tested
// where it is declared; elsewhere it must be refused in a way nobody can mistake.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Capabilities, PaymentProvider, RefundPage, RefundRequest } from "../../src/ports.ts";

/**
 * paid: by the usual method. waiting: paid, and a refund of it waits for somebody. authorized: not
 * captured yet. disputed: paid, and charged back.
 */
export type SampleName = "paid" | "waiting" | "authorized" | "disputed";

export interface ContractPayment {
  readonly name: SampleName;
  readonly amount: number;
  /** The shop's own, as its software hands it to the provider. */
  readonly orderNumber: string;
  readonly description: string;
  /** 山田 花子 */
  readonly payerName: string;
  readonly payerEmail: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface Bench {
  readonly provider: PaymentProvider;
  /**
   * What the provider calls each sample it has. "paid" must be there, "waiting" where it is
   * `asynchronous` and "authorized" where it can `void`.
   */
  readonly ids: Readonly<Partial<Record<SampleName, string>>> & { readonly paid: string };
  /** Ids in the provider's form that it does not know. */
  readonly unknown: { readonly payment: string; readonly refund: string };
  /** How many requests have reached the provider so far; absent where nobody can be asked. */
  readonly requests?: () => number;
  readonly stop: () => Promise<void>;
}

/** The code of the PermanentError by which a provider refuses to … */
export interface RefusalCodes {
  /** Give anything back; only where it is `manual`. */
  readonly refund?: string;
  readonly moreThanLeft: string;
  readonly nothing: string;
  readonly notCaptured: string;
  readonly disputed: string;
  readonly unknownPayment: string;
  readonly withoutKey: string;
  readonly alreadyRefunded: string;
  readonly cancelCaptured: string;
  /** Unused where no key tells one cancellation from another. */
  readonly cancelAgain: string;
}

/** Stripe's words, and those of what stands in for it. */
export const STRIPE_REFUSALS: RefusalCodes = {
  moreThanLeft: "invalid_request_amount",
  nothing: "invalid_amount",
  notCaptured: "invalid_request",
  disputed: "charge_disputed",
  unknownPayment: "resource_missing",
  withoutKey: "invalid_idempotency_key",
  alreadyRefunded: "charge_already_refunded",
  cancelCaptured: "payment_intent_unexpected_state",
  cancelAgain: "payment_intent_unexpected_state",
};

interface Contract {
  /** What the provider must declare; it decides which promises are tested. */
  readonly capabilities: Capabilities;
  readonly refusals: RefusalCodes;
  readonly start: (payments: readonly ContractPayment[]) => Promise<Bench>;
}

const CREATED_AT = Date.UTC(2026, 10, 1, 3, 0, 0);

function sample(name: SampleName, orderNumber: string, amount: number, at: number) {
  const description = `見本商店 - 注文 ${orderNumber}`;
  const payer = { payerName: "山田 花子", payerEmail: "Hanako@Example.jp" };
  return { name, orderNumber, amount, description, ...payer, createdAt: CREATED_AT + at };
}

/** The oldest first. */
const SAMPLES: readonly ContractPayment[] = [
  sample("paid", "679", 2467, 0),
  sample("waiting", "680", 1500, 1000),
  sample("authorized", "681", 3000, 2000),
  sample("disputed", "682", 900, 3000),
];

const signal = new AbortController().signal;

function refundOf(paymentId: string, more: Partial<RefundRequest> = {}): RefundRequest {
  return {
    paymentId,
    amountMinor: 1000,
    currency: "JPY",
    reason: "requested_by_customer",
    metadata: { henkin_ticket: "R-1", henkin_refund: "abc" },
    idempotencyKey: "key-1",
    ...more,
  };
}

async function listAll(provider: PaymentProvider, createdFrom: number | null = null) {
  const payments = [];
  let page: string | null = null;
  do {
    const answer = await provider.listPayments({ createdFrom, page, signal });
    payments.push(...answer.payments);
    page = answer.next;
  } while (page !== null);
  return payments;
}

export function describeProviderContract(name: string, contract: Contract): void {
  const { capabilities, start } = contract;
  describe(`${name} as a payment provider`, () => {
    let current: Bench;
    const bench: OpenBench = {
      provider: () => current.provider,
      id: (sampleName) => current.ids[sampleName] ?? current.unknown.payment,
      all: () => ({ ...current.ids }),
      unknown: () => current.unknown,
      remaining: async (id) => {
        const payment = await current.provider.retrievePayment(id, signal);
        return payment && payment.capturedMinor - payment.refundedMinor;
      },
      requests: () => current.requests?.() ?? 0,
    };

    beforeEach(async () => {
      current = await start(SAMPLES);
    });
    afterEach(() => current.stop());

    it("declares what it can do, and has payments to show it with", () => {
      expect(current.provider.capabilities).toEqual(capabilities);
      if (capabilities.asynchronous) expect(current.ids).toHaveProperty("waiting");
      if (capabilities.void) expect(current.ids).toHaveProperty("authorized");
    });

    promises(bench, contract);
  });
}

/** The declared capabilities decide which. */
function promises(bench: OpenBench, { capabilities, refusals }: Contract): void {
  reading(bench, capabilities);
  if (capabilities.imported === true) importing(bench);
  else if (capabilities.search) searching(bench);
  else listing(bench);
  if (capabilities.manual) refusingRefunds(bench, refusals);
  else givingBack(bench, capabilities, refusals);
  if (!capabilities.void) refusingVoids(bench, refusals);
  else {
    voiding(bench, capabilities, refusals);
    if (capabilities.keyWindowMs > 0) voidingUnderKeys(bench, refusals);
    else voidingWithoutKeys(bench);
  }
}

function givingBack(bench: OpenBench, capabilities: Capabilities, codes: RefusalCodes): void {
  refunding(bench);
  listingRefunds(bench);
  refusing(bench, codes);
  if (capabilities.keyWindowMs > 0) repeating(bench);
  if (capabilities.partial) refundingParts(bench);
  else refusingParts(bench);
  if (capabilities.asynchronous) waiting(bench);
}

/** What a test of the running bench asks it for. */
interface OpenBench {
  readonly provider: () => PaymentProvider;
  /** An id it does not know, where it has no such sample. */
  readonly id: (name: SampleName) => string;
  readonly all: () => Partial<Record<SampleName, string>>;
  readonly unknown: () => Bench["unknown"];
  /** Of a payment, by its id. */
  readonly remaining: (id: string) => Promise<number | null>;
  /** That have reached the provider so far. */
  readonly requests: () => number;
}

function reading({ provider, id, unknown }: OpenBench, capabilities: Capabilities): void {
  it("tells all that matching needs", async () => {
    const account = await provider().account(signal);
    expect(account).not.toBe("");
    const payment = await provider().retrievePayment(id("paid"), signal);
    expect(payment).toMatchObject({
      provider: provider().name,
      account,
      livemode: false,
      id: id("paid"),
      currency: "JPY",
      amountMinor: 2467,
      capturedMinor: 2467,
      refundedMinor: 0,
      status: "paid",
      orderNumbers: expect.arrayContaining(["679"]),
      payerEmail: "hanako@example.jp",
      disputed: false,
      createdAt: CREATED_AT,
      paidAt: CREATED_AT,
    });
    expect(payment?.payerName?.replace(/\s/g, "")).toBe("山田花子");
    expect(payment?.method).not.toBe("");
    expect(payment?.byHand ?? false).toBe(capabilities.manual);
  });

  it("says null of ids it does not know", async () => {
    expect(await provider().retrievePayment(unknown().payment, signal)).toBeNull();
    expect(await provider().retrievePayment("?", signal)).toBeNull();
    expect(await provider().retrieveRefund(unknown().refund, signal)).toBeNull();
    expect(await provider().listRefunds(id("paid"), signal)).toEqual([]);
  });
}

function listing({ provider, id, all }: OpenBench): void {
  const newestFirst = () =>
    (["disputed", "authorized", "waiting", "paid"] as const)
      .filter((name) => all()[name] !== undefined)
      .map(id);

  it("lists every payment once, the newest first, as it shows each", async () => {
    const payments = await listAll(provider());
    expect(payments.map((payment) => payment.id)).toEqual(newestFirst());
    expect(payments).toContainEqual(await provider().retrievePayment(id("paid"), signal));
  });

  it("lists what was created at or after a moment", async () => {
    const ids = (await listAll(provider(), CREATED_AT + 1000)).map((payment) => payment.id);
    expect(ids).toEqual(newestFirst().filter((one) => one !== id("paid")));
  });

  it("searches nothing, since the index does", async () => {
    expect(await provider().searchPayments("679", signal)).toEqual([]);
  });
}

function searching({ provider, id }: OpenBench): void {
  it("finds a payment by its order number and by no other", async () => {
    const payment = await provider().retrievePayment(id("paid"), signal);
    expect(await provider().searchPayments("679", signal)).toEqual([payment]);
    expect(await provider().searchPayments("67", signal)).toEqual([]);
    expect(await provider().searchPayments("6790", signal)).toEqual([]);
  });

  it("lists nothing, since it is searched", async () => {
    const request = { createdFrom: null, page: null, signal };
    expect(await provider().listPayments(request)).toEqual({ payments: [], next: null });
  });
}

function importing({ provider, id }: OpenBench): void {
  it("lists, searches and tells nothing: what was imported is in the index", async () => {
    const request = { createdFrom: null, page: null, signal };
    expect(await provider().listPayments(request)).toEqual({ payments: [], next: null });
    expect(await provider().searchPayments("679", signal)).toEqual([]);
    expect(await provider().changedPayments(0, signal)).toBeNull();
    expect(await provider().retrievePayment(id("paid"), signal)).not.toBeNull();
  });

  it("has no clock to compare ours with", async () => {
    await provider().retrievePayment(id("paid"), signal);
    expect(provider().clockOffsetMs()).toBeNull();
  });
}

function refusingRefunds(
  { provider, id, unknown, remaining, requests }: OpenBench,
  codes: RefusalCodes,
): void {
  it.each<[string, () => RefundRequest]>([
    ["all of it", () => refundOf(id("paid"), { amountMinor: 2467 })],
    ["a part of it", () => refundOf(id("paid"))],
    ["what it does not know", () => refundOf(unknown().payment)],
    ["without a key", () => refundOf(id("paid"), { idempotencyKey: "" })],
  ])("gives nothing back (%s), says so for good and asks nobody", async (_, request) => {
    const before = requests();
    const failure = await refusalOf(provider().createRefund(request(), signal));
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code: codes.refund });
    expect(requests()).toBe(before);
    expect(await remaining(id("paid"))).toBe(2467);
  });

  it("lists no refunds, of one payment or of all", async () => {
    await refusalOf(provider().createRefund(refundOf(id("paid")), signal));
    expect(await provider().listRefunds(id("paid"), signal)).toEqual([]);
    const all = { createdFrom: 0, page: null, signal };
    expect(await provider().listAllRefunds(all)).toEqual({ refunds: [], next: null });
  });
}

function refunding({ provider, id, remaining }: OpenBench): void {
  it("refunds a payment, and shows the refund", async () => {
    const request = refundOf(id("paid"), { amountMinor: 2467 });
    const refund = await provider().createRefund(request, signal);
    expect(refund).toMatchObject({
      paymentId: id("paid"),
      amountMinor: 2467,
      currency: "JPY",
      status: "succeeded",
      rawStatus: "succeeded",
      failureReason: null,
    });
    expect(await remaining(id("paid"))).toBe(0);
    expect(await provider().retrieveRefund(refund.id, signal)).toEqual(refund);
    expect(await provider().listRefunds(id("paid"), signal)).toEqual([refund]);
  });

  it("finds its refund again by the metadata it was made with", async () => {
    await provider().createRefund(refundOf(id("paid"), { amountMinor: 2467 }), signal);
    const refunds = await provider().listRefunds(id("paid"), signal);
    expect(refunds).toMatchObject([{ metadata: { henkin_ticket: "R-1", henkin_refund: "abc" } }]);
  });

  it("accepts a reason the provider has no word for", async () => {
    const request = refundOf(id("paid"), { reason: "other", amountMinor: 2467 });
    expect((await provider().createRefund(request, signal)).amountMinor).toBe(2467);
  });

  it("sends nothing once the caller has given up", async () => {
    const request = refundOf(id("paid"), { amountMinor: 2467 });
    const failure = provider().createRefund(request, AbortSignal.abort());
    await expect(failure).rejects.toBeInstanceOf(TransientError);
    expect(await provider().listRefunds(id("paid"), signal)).toEqual([]);
  });
}

function refundingParts({ provider, id, remaining }: OpenBench): void {
  it("refunds a part, and leaves the rest", async () => {
    const refund = await provider().createRefund(refundOf(id("paid")), signal);
    expect(refund.amountMinor).toBe(1000);
    expect(await remaining(id("paid"))).toBe(1467);
  });

  it("makes two equal refunds under two keys", async () => {
    const first = await provider().createRefund(refundOf(id("paid")), signal);
    const other = refundOf(id("paid"), { idempotencyKey: "key-2" });
    const second = await provider().createRefund(other, signal);
    expect(second.id).not.toBe(first.id);
    expect(await remaining(id("paid"))).toBe(467);
  });

  it("lists the refunds of a payment, the newest first, and no others", async () => {
    await provider().createRefund(refundOf(id("paid")), signal);
    const more = { idempotencyKey: "key-2", metadata: { henkin_refund: "def" } };
    await provider().createRefund(refundOf(id("paid"), more), signal);
    const refunds = await provider().listRefunds(id("paid"), signal);
    expect(refunds.map(({ metadata }) => metadata["henkin_refund"])).toEqual(["def", "abc"]);
  });

  it("lists refunds page by page, each once", async () => {
    const made: string[] = [];
    for (let at = 0; at < 101; at += 1) {
      const one = refundOf(id("paid"), { idempotencyKey: `key-${at}`, amountMinor: 1 });
      made.unshift((await provider().createRefund(one, signal)).id);
    }
    const listed: string[] = [];
    let pages = 0;
    for (let page: string | null = null; pages === 0 || page !== null; pages += 1) {
      const answer: RefundPage = await provider().listAllRefunds({ createdFrom: 0, page, signal });
      listed.push(...answer.refunds.map((refund) => refund.id));
      page = answer.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(listed).toEqual(made);
  });
}

function refusingParts({ provider, id, remaining }: OpenBench): void {
  it("refuses for good to refund a part", async () => {
    const failure = provider().createRefund(refundOf(id("paid")), signal);
    await expect(failure).rejects.toBeInstanceOf(PermanentError);
    expect(await remaining(id("paid"))).toBe(2467);
  });
}

function listingRefunds({ provider, id }: OpenBench): void {
  it("lists the refunds of all payments from a moment on", async () => {
    const refund = await provider().createRefund(
      refundOf(id("paid"), { amountMinor: 2467 }),
      signal,
    );
    const list = async (createdFrom: number) =>
      (await provider().listAllRefunds({ createdFrom, page: null, signal })).refunds;
    expect(await list(refund.createdAt)).toEqual([refund]);
    expect(await list(0)).toEqual([refund]);
    expect(await list(refund.createdAt + 1_000)).toEqual([]);
  });
}

function waiting({ provider, id }: OpenBench): void {
  it("makes refunds that wait for the customer or a bank", async () => {
    const refund = await provider().createRefund(refundOf(id("waiting")), signal);
    expect(["pending", "requires_action"]).toContain(refund.status);
  });

  it("lists the refunds of all payments once, the newest first", async () => {
    const request = refundOf(id("paid"), { amountMinor: 2467 });
    const first = await provider().createRefund(request, signal);
    const other = refundOf(id("waiting"), { idempotencyKey: "key-2", amountMinor: 500 });
    const second = await provider().createRefund(other, signal);
    const { refunds } = await provider().listAllRefunds({ createdFrom: 0, page: null, signal });
    expect(refunds).toEqual([second, first]);
    expect(await provider().listRefunds(id("waiting"), signal)).toEqual([second]);
  });
}

function refusing({ provider, id, all, unknown }: OpenBench, codes: RefusalCodes): void {
  it.each<[string, () => RefundRequest, string]>([
    ["more than is left", () => refundOf(id("paid"), { amountMinor: 2468 }), codes.moreThanLeft],
    ["nothing", () => refundOf(id("paid"), { amountMinor: 0 }), codes.nothing],
    ["a payment it does not know", () => refundOf(unknown().payment), codes.unknownPayment],
    [
      "without a key",
      () => refundOf(id("paid"), { idempotencyKey: "", amountMinor: 2467 }),
      codes.withoutKey,
    ],
  ])("refuses for good to refund %s", async (_, request, code) => {
    const failure = await refusalOf(provider().createRefund(request(), signal));
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code });
    expect(await provider().listRefunds(id("paid"), signal)).toEqual([]);
  });

  it.each([
    ["authorized", 1000, codes.notCaptured],
    ["disputed", 100, codes.disputed],
  ] as const)(
    "refuses for good to refund what is %s, where it has such",
    async (name, amountMinor, code) => {
      // A provider without such payments has nothing to refuse.
      if (all()[name] === undefined) return;
      const failure = await refusalOf(
        provider().createRefund(refundOf(id(name), { amountMinor }), signal),
      );
      expect(failure).toBeInstanceOf(PermanentError);
      expect(failure).toMatchObject({ code });
      expect(await provider().listRefunds(id(name), signal)).toEqual([]);
    },
  );

  it("refuses to refund what has been refunded", async () => {
    await provider().createRefund(refundOf(id("paid"), { amountMinor: 2467 }), signal);
    const more = refundOf(id("paid"), { amountMinor: 1, idempotencyKey: "key-2" });
    const failure = await refusalOf(provider().createRefund(more, signal));
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code: codes.alreadyRefunded });
  });
}

function repeating({ provider, id, all, unknown, remaining }: OpenBench): void {
  const WHOLE = { amountMinor: 2467 };

  it("refunds once per key, however often it is asked", async () => {
    const first = await provider().createRefund(refundOf(id("paid"), WHOLE), signal);
    const again = await provider().createRefund(refundOf(id("paid"), WHOLE), signal);
    expect(again).toEqual(first);
    expect(await provider().listRefunds(id("paid"), signal)).toHaveLength(1);
  });

  it.each<[string, () => Partial<RefundRequest>]>([
    ["amount", () => ({ amountMinor: 1001 })],
    ["reason", () => ({ reason: "fraudulent" })],
    ["metadata", () => ({ metadata: { henkin_refund: "def" } })],
    ["payment", () => ({ paymentId: all().waiting ?? unknown().payment })],
  ])("does not take a used key with another %s for an answer", async (_, change) => {
    await provider().createRefund(refundOf(id("paid"), WHOLE), signal);
    const request = refundOf(id("paid"), { ...WHOLE, ...change() });
    const failure = await refusalOf(provider().createRefund(request, signal));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ code: "idempotency_mismatch" });
    expect(await remaining(id("paid"))).toBe(0);
  });
}

type Cancel = (paymentId: string, idempotencyKey?: string) => Promise<Payment>;

function cancelling({ provider }: OpenBench): Cancel {
  return (paymentId, idempotencyKey = "void-1") =>
    provider().cancelPayment({ paymentId, idempotencyKey }, signal);
}

const CANCELED = { status: "canceled", capturedMinor: 0, refundedMinor: 0 };

function voiding(bench: OpenBench, { manual }: Capabilities, codes: RefusalCodes): void {
  const { provider, id, remaining } = bench;
  const cancel = cancelling(bench);

  it("cancels what was only authorised, and shows it so from then on", async () => {
    const authorized = id("authorized");
    expect(await provider().retrievePayment(authorized, signal)).toMatchObject({
      status: "authorized",
      capturedMinor: 0,
      paidAt: null,
    });
    expect(await cancel(authorized)).toMatchObject(CANCELED);
    const after = await provider().retrievePayment(authorized, signal);
    // Where staff give back, a cancelled payment may have been a charged one: a person looks.
    const shown = manual ? { status: "processing", capturedMinor: 0, paidAt: null } : CANCELED;
    expect(after).toMatchObject(shown);
  });

  it("gives the same answer to the same cancellation", async () => {
    const first = await cancel(id("authorized"));
    expect(await cancel(id("authorized"))).toEqual(first);
  });

  it("refuses for good to cancel what was captured", async () => {
    const captured = await refusalOf(cancel(id("paid")));
    expect(captured).toBeInstanceOf(PermanentError);
    expect(captured).toMatchObject({ code: codes.cancelCaptured });
    expect(await remaining(id("paid"))).toBe(2467);
  });
}

function voidingUnderKeys(bench: OpenBench, codes: RefusalCodes): void {
  const cancel = cancelling(bench);

  it("refuses for good to cancel once more under another key", async () => {
    await cancel(bench.id("authorized"), "void-2");
    const again = await refusalOf(cancel(bench.id("authorized"), "void-3"));
    expect(again).toBeInstanceOf(PermanentError);
    expect(again).toMatchObject({ code: codes.cancelAgain });
  });
}

function voidingWithoutKeys(bench: OpenBench): void {
  const { id, requests } = bench;
  const cancel = cancelling(bench);

  it("says again that it is cancelled, and only looks, whatever the key", async () => {
    const before = requests();
    const first = await cancel(id("authorized"), "void-2");
    const needed = requests() - before;
    expect(await cancel(id("authorized"), "void-3")).toEqual(first);
    expect(requests() - before).toBeLessThan(2 * needed);
  });
}

function refusingVoids({ provider, id, remaining, requests }: OpenBench, codes: RefusalCodes) {
  it.each(["authorized", "paid"] as const)(
    "cancels no payment (%s), says so for good and asks nobody",
    async (name) => {
      const before = requests();
      const request = { paymentId: id(name), idempotencyKey: "void-1" };
      const failure = await refusalOf(provider().cancelPayment(request, signal));
      expect(failure).toBeInstanceOf(PermanentError);
      expect(failure).toMatchObject({ code: codes.cancelCaptured });
      expect(requests()).toBe(before);
      expect(await remaining(id("paid"))).toBe(2467);
    },
  );
}

function refusalOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  );
}
