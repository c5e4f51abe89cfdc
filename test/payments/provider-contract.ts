// What the core relies on in every payment provider, as one suite: each adapter runs it against its
// own server or file, so that the sandbox cannot drift away from the real one.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, PermanentError, TransientError } from "../../src/domain/errors.ts";
import type { PaymentProvider, RefundPage, RefundRequest } from "../../src/ports.ts";

export interface ContractPayment {
  readonly id: string;
  readonly amount: number;
  readonly status: "succeeded" | "requires_capture";
  readonly method: "card" | "konbini";
  readonly description: string;
  readonly payerName: string;
  readonly payerEmail: string;
  readonly disputed: boolean;
  /** Epoch ms. */
  readonly paidAt: number;
}

export interface Bench {
  readonly provider: PaymentProvider;
  readonly stop: () => Promise<void>;
}

const PAID_AT = Date.UTC(2026, 10, 1, 3, 0, 0);
const PAYER = { payerName: "山田 花子", payerEmail: "Hanako@Example.jp", disputed: false } as const;

const PAYMENTS: readonly ContractPayment[] = [
  {
    ...PAYER,
    id: "pi_paid",
    amount: 2467,
    status: "succeeded",
    method: "card",
    description: "見本商店 - 注文 679",
    paidAt: PAID_AT,
  },
  {
    ...PAYER,
    id: "pi_konbini",
    amount: 1500,
    status: "succeeded",
    method: "konbini",
    description: "見本商店 - 注文 680",
    paidAt: PAID_AT + 1000,
  },
  {
    ...PAYER,
    id: "pi_authorized",
    amount: 3000,
    status: "requires_capture",
    method: "card",
    description: "見本商店 - 注文 681",
    paidAt: PAID_AT + 2000,
  },
  {
    ...PAYER,
    id: "pi_disputed",
    amount: 900,
    status: "succeeded",
    method: "card",
    description: "見本商店 - 注文 682",
    disputed: true,
    paidAt: PAID_AT + 3000,
  },
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

export function describeProviderContract(
  name: string,
  start: (payments: readonly ContractPayment[]) => Promise<Bench>,
): void {
  describe(`${name} as a payment provider`, () => {
    let bench: Bench;
    let provider: PaymentProvider;

    beforeEach(async () => {
      bench = await start(PAYMENTS);
      provider = bench.provider;
    });
    afterEach(() => bench.stop());

    const remaining = async (id: string) => {
      const payment = await provider.retrievePayment(id, signal);
      return payment && payment.capturedMinor - payment.refundedMinor;
    };

    reading(() => provider);
    refunding(() => provider, remaining);
    voiding(() => provider);
  });
}

function reading(provider: () => PaymentProvider): void {
  it("lists every payment once, the newest first", async () => {
    const ids = (await listAll(provider())).map((payment) => payment.id);
    expect(ids).toEqual(["pi_disputed", "pi_authorized", "pi_konbini", "pi_paid"]);
  });

  it("lists what was created at or after a moment", async () => {
    const ids = (await listAll(provider(), PAID_AT + 2000)).map((payment) => payment.id);
    expect(ids).toEqual(["pi_disputed", "pi_authorized"]);
  });

  it("tells all that matching needs", async () => {
    const account = await provider().account(signal);
    expect(account).not.toBe("");
    const payment = await provider().retrievePayment("pi_paid", signal);
    expect(payment).toEqual({
      provider: provider().name,
      account,
      livemode: false,
      id: "pi_paid",
      currency: "JPY",
      amountMinor: 2467,
      capturedMinor: 2467,
      refundedMinor: 0,
      status: "paid",
      method: "card",
      description: "見本商店 - 注文 679",
      orderNumbers: ["679"],
      orderNumbersFrom: "description",
      payerName: "山田 花子",
      payerEmail: "hanako@example.jp",
      disputed: false,
      createdAt: PAID_AT,
      paidAt: PAID_AT,
    });
    expect(await listAll(provider())).toContainEqual(payment);
  });

  it("says null of ids it does not know", async () => {
    expect(await provider().retrievePayment("pi_nobody", signal)).toBeNull();
    expect(await provider().retrievePayment("?", signal)).toBeNull();
    expect(await provider().retrieveRefund("re_nobody", signal)).toBeNull();
    expect(await provider().listRefunds("pi_paid", signal)).toEqual([]);
  });
}

function refunding(
  provider: () => PaymentProvider,
  remaining: (id: string) => Promise<number | null>,
): void {
  it("refunds a part of a card payment", async () => {
    const refund = await provider().createRefund(refundOf("pi_paid"), signal);
    expect(refund).toMatchObject({
      paymentId: "pi_paid",
      amountMinor: 1000,
      currency: "JPY",
      status: "succeeded",
      rawStatus: "succeeded",
      failureReason: null,
    });
    expect(await remaining("pi_paid")).toBe(1467);
    expect(await provider().retrieveRefund(refund.id, signal)).toEqual(refund);
  });

  it("refunds once per key, however often it is asked", async () => {
    const first = await provider().createRefund(refundOf("pi_paid"), signal);
    const again = await provider().createRefund(refundOf("pi_paid"), signal);
    expect(again).toEqual(first);
    expect(await remaining("pi_paid")).toBe(1467);
  });

  it("makes two equal refunds under two keys", async () => {
    const first = await provider().createRefund(refundOf("pi_paid"), signal);
    const other = refundOf("pi_paid", { idempotencyKey: "key-2" });
    const second = await provider().createRefund(other, signal);
    expect(second.id).not.toBe(first.id);
    expect(await remaining("pi_paid")).toBe(467);
  });

  it("finds its refunds again by their metadata", async () => {
    await provider().createRefund(refundOf("pi_paid"), signal);
    await provider().createRefund(
      refundOf("pi_paid", { idempotencyKey: "key-2", metadata: { henkin_refund: "def" } }),
      signal,
    );
    const refunds = await provider().listRefunds("pi_paid", signal);
    expect(refunds.map(({ metadata }) => metadata["henkin_refund"])).toEqual(["def", "abc"]);
    expect(await provider().listRefunds("pi_konbini", signal)).toEqual([]);
  });

  it("lists the refunds of all payments once, the newest first, from a moment on", async () => {
    const first = await provider().createRefund(refundOf("pi_paid"), signal);
    const other = refundOf("pi_konbini", { idempotencyKey: "key-2", amountMinor: 500 });
    const second = await provider().createRefund(other, signal);
    const list = async (createdFrom: number) =>
      (await provider().listAllRefunds({ createdFrom, page: null, signal })).refunds;
    expect(await list(first.createdAt)).toEqual([second, first]);
    expect(await list(0)).toEqual([second, first]);
    expect(await list(second.createdAt + 1_000)).toEqual([]);
  });

  it("lists refunds page by page, each once", async () => {
    const made: string[] = [];
    for (let at = 0; at < 101; at += 1) {
      const one = refundOf("pi_paid", { idempotencyKey: `key-${at}`, amountMinor: 1 });
      made.unshift((await provider().createRefund(one, signal)).id);
    }
    const listed: string[] = [];
    let pages = 0;
    for (let page: string | null = null; pages === 0 || page !== null; pages += 1) {
      const answer: RefundPage = await provider().listAllRefunds({ createdFrom: 0, page, signal });
      listed.push(...answer.refunds.map(({ id }) => id));
      page = answer.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(listed).toEqual(made);
  });

  it("waits for the customer's bank account where there is no card", async () => {
    const refund = await provider().createRefund(refundOf("pi_konbini"), signal);
    expect(refund.status).toBe("requires_action");
  });

  it("accepts a reason the provider has no word for", async () => {
    const request = refundOf("pi_paid", { reason: "other" });
    expect((await provider().createRefund(request, signal)).amountMinor).toBe(1000);
  });

  it.each([
    ["more than is left", refundOf("pi_paid", { amountMinor: 2468 }), "invalid_request_amount"],
    ["nothing", refundOf("pi_paid", { amountMinor: 0 }), "invalid_amount"],
    ["what was not captured", refundOf("pi_authorized"), "invalid_request"],
    ["what is disputed", refundOf("pi_disputed", { amountMinor: 100 }), "charge_disputed"],
    ["a payment it does not know", refundOf("pi_nobody"), "resource_missing"],
    ["without a key", refundOf("pi_paid", { idempotencyKey: "" }), "invalid_idempotency_key"],
  ])("refuses for good to refund %s", async (_, request, code) => {
    const failure = await provider()
      .createRefund(request, signal)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure).toMatchObject({ code });
    expect(await provider().listRefunds("pi_paid", signal)).toEqual([]);
  });

  it("refuses to refund what has been refunded", async () => {
    await provider().createRefund(refundOf("pi_paid", { amountMinor: 2467 }), signal);
    const more = refundOf("pi_paid", { amountMinor: 1, idempotencyKey: "key-2" });
    const failure = provider().createRefund(more, signal);
    await expect(failure).rejects.toMatchObject({
      name: "PermanentError",
      code: "charge_already_refunded",
    });
  });

  it.each<[string, Partial<RefundRequest>]>([
    ["amount", { amountMinor: 1001 }],
    ["reason", { reason: "duplicate" }],
    ["metadata", { metadata: { henkin_refund: "def" } }],
    ["payment", { paymentId: "pi_konbini" }],
  ])("does not take a used key with another %s for an answer", async (_, change) => {
    await provider().createRefund(refundOf("pi_paid"), signal);
    const failure = await provider()
      .createRefund(refundOf("pi_paid", change), signal)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ code: "idempotency_mismatch" });
    expect(await remaining("pi_paid")).toBe(1467);
  });

  it("sends nothing once the caller has given up", async () => {
    const failure = provider().createRefund(refundOf("pi_paid"), AbortSignal.abort());
    await expect(failure).rejects.toBeInstanceOf(TransientError);
    expect(await provider().listRefunds("pi_paid", signal)).toEqual([]);
  });
}

function voiding(provider: () => PaymentProvider): void {
  const cancel = (paymentId: string, idempotencyKey = "void-1") =>
    provider().cancelPayment({ paymentId, idempotencyKey }, signal);

  it("cancels what was only authorised, and shows it so from then on", async () => {
    expect(await provider().retrievePayment("pi_authorized", signal)).toMatchObject({
      status: "authorized",
      capturedMinor: 0,
      paidAt: null,
    });
    const canceled = { status: "canceled", capturedMinor: 0, refundedMinor: 0 };
    expect(await cancel("pi_authorized")).toMatchObject(canceled);
    expect(await provider().retrievePayment("pi_authorized", signal)).toMatchObject(canceled);
  });

  it("gives the same answer to the same cancellation", async () => {
    const first = await cancel("pi_authorized");
    expect(await cancel("pi_authorized")).toEqual(first);
  });

  it("refuses for good to cancel what was captured, or is cancelled already", async () => {
    const refused = { name: "PermanentError", code: "payment_intent_unexpected_state" };
    await expect(cancel("pi_paid")).rejects.toMatchObject(refused);
    await cancel("pi_authorized", "void-2");
    await expect(cancel("pi_authorized", "void-3")).rejects.toMatchObject(refused);
  });
}
