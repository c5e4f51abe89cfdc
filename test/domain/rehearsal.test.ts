import { describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import {
  DISAGREEMENTS,
  judge,
  type MadeRefund,
  type RehearsedRequest,
  totalsOf,
  type Would,
} from "../../src/domain/rehearsal.ts";

const DAY = 24 * 60 * 60 * 1_000;
const NOBODY = { payerName: null, payerEmail: null };

function payment(id: string, facts: Partial<Payment> = {}): Payment {
  return {
    ...{ provider: "stripe", account: "acct_1", livemode: true, id, currency: "JPY" },
    ...{ amountMinor: 3_000, capturedMinor: 3_000, refundedMinor: 0, status: "paid" },
    ...{ method: "card", description: null, orderNumbers: [], orderNumbersFrom: null },
    ...{ ...NOBODY, disputed: false, createdAt: 0, paidAt: 0 },
    ...facts,
  };
}

function made(paymentId: string, day: number, amountMinor = 3_000): MadeRefund {
  const id = `re_${paymentId}_${day}`;
  return { provider: "stripe", id, paymentId, amountMinor, currency: "JPY", createdAt: day * DAY };
}

const FACTS = { order: true, email: true, name: false, amount: false };

function ask(of: Payment, proposedMinor: number | null = 3_000): Would {
  return { does: "ask", action: "refund", payment: of, proposedMinor, shared: FACTS };
}

function request(day: number, would: Would, email: string | null = "taro@example.jp") {
  const wish = { orderNumbers: ["1"], email, name: null, requestedMinor: null };
  const facts = { number: day, receivedAt: day * DAY, sender: email ?? "", joined: 0 };
  return { ...facts, wish, would } satisfies RehearsedRequest;
}

function judged(
  requests: readonly RehearsedRequest[],
  refunds: readonly MadeRefund[],
  payments: readonly Payment[] = [],
  untold: readonly string[] = [],
) {
  const findPayment = (_provider: string, id: string) => payments.find((one) => one.id === id);
  return judge(requests, { refunds, findPayment, untold: new Set(untold) });
}

const verdicts = (...args: Parameters<typeof judged>) =>
  judged(...args).judged.map(({ verdict }) => verdict);

const P = payment("p");
const Q = payment("q", { payerEmail: "taro@example.jp" });

describe("a rehearsed request", () => {
  it("agrees where that payment was refunded with that amount, in one or several parts", () => {
    expect(verdicts([request(1, ask(P))], [made("p", 2)])).toEqual(["agrees"]);
    const parts = [made("p", 2, 1_000), made("p", 9, 2_000)];
    expect(verdicts([request(1, ask(P))], parts)).toEqual(["agrees"]);
  });

  it("does not agree with another amount", () => {
    expect(verdicts([request(1, ask(P))], [made("p", 2, 2_700)])).toEqual(["other_amount"]);
    expect(verdicts([request(1, ask(P, null))], [made("p", 2, 2_700)])).toEqual(["amount_open"]);
  });

  it("is a danger where another payment of its customer was refunded instead", () => {
    expect(verdicts([request(1, ask(P))], [made("q", 2)], [P, Q])).toEqual(["other_payment"]);
  });

  it("has nothing to do with a refund before it, or of a stranger, or of two months later", () => {
    const stranger = payment("q", { payerEmail: "else@example.jp" });
    for (const [refund, other] of [
      [made("q", 1), Q],
      [made("q", 3), stranger],
      [made("q", 63), Q],
    ] as const) {
      const { judged: all, withoutRequest } = judged([request(2, ask(P))], [refund], [P, other]);
      expect(all.map(({ verdict }) => verdict)).toEqual(["asked_not_refunded"]);
      expect(withoutRequest).toEqual([refund]);
    }
  });

  it("takes a refund that belongs to a request of its own from no other", () => {
    const requests = [request(1, ask(P)), request(2, ask(Q))];
    expect(verdicts(requests, [made("q", 3)], [P, Q])).toEqual(["asked_not_refunded", "agrees"]);
  });

  it("has the refunds up to the next request about the same payment", () => {
    const requests = [request(1, ask(P, 1_000)), request(5, ask(P, 2_000))];
    const refunds = [made("p", 6, 2_000), made("p", 2, 1_000)];
    expect(verdicts(requests, refunds)).toEqual(["agrees", "agrees"]);
  });

  it("with candidates is judged by whether the refunded one was among them", () => {
    const choose: Would = { does: "choose", reason: "payer_differs", candidates: [P] };
    expect(verdicts([request(1, choose)], [made("p", 2)], [P])).toEqual(["listed"]);
    expect(verdicts([request(1, choose)], [made("q", 2)], [P, Q])).toEqual(["not_listed"]);
    expect(verdicts([request(1, choose)], [], [P])).toEqual(["not_refunded"]);
  });

  it("without a payment is missed where one of the customer was refunded", () => {
    expect(verdicts([request(1, { does: "ask_customer" })], [made("q", 2)], [Q])).toEqual([
      "not_found",
    ]);
  });

  it("that was answered with nothing to refund is wrong once something is refunded", () => {
    const close: Would = { does: "close", resolution: "already_refunded", payment: P };
    const before = judged([request(2, close)], [made("p", 1)], [P]);
    expect(before.judged.map(({ verdict }) => verdict)).toEqual(["rightly_closed"]);
    expect(before.withoutRequest).toEqual([]);
    expect(verdicts([request(2, close)], [made("p", 3, 500)], [P])).toEqual(["wrongly_closed"]);
  });

  it("for a void agrees where the payment was cancelled", () => {
    const would = { ...ask(P), action: "void" } as Would;
    const canceled = { ...P, status: "canceled" } as const;
    expect(verdicts([request(1, would)], [], [canceled])).toEqual(["agrees"]);
    expect(verdicts([request(1, would)], [], [P])).toEqual(["asked_not_refunded"]);
  });

  it("is a person's to look at where staff never paid what henkin would have proposed", () => {
    expect(verdicts([request(1, ask(P))], [], [P])).toEqual(["asked_not_refunded"]);
    expect(DISAGREEMENTS).toContain("asked_not_refunded");
    // Where henkin proposed nothing, there is nothing to disagree about.
    for (const does of ["ask_customer", "nothing"] as const) {
      expect(verdicts([request(1, { does })], [], [P])).toEqual(["not_refunded"]);
    }
    expect(DISAGREEMENTS).not.toContain("not_refunded");
  });

  it("is not judged where the provider tells of no refunds", () => {
    expect(verdicts([request(1, ask(P))], [], [P], ["stripe"])).toEqual(["untold"]);
  });
});

describe("the totals of a rehearsal", () => {
  it("count the proposals that the rate says nothing about", () => {
    const untold = payment("u", { provider: "epsilon" });
    const wouldAsk = [request(1, ask(P)), request(2, ask(Q)), request(3, ask(untold))];
    const requests = [...wouldAsk, request(4, { does: "nothing" }, null)];
    const totals = totalsOf(judged(requests, [made("p", 4)], [P, Q], ["epsilon"]));
    expect(totals).toMatchObject({ toApprove: 3, comparable: 1, uncovered: 2 });
    expect(totals.verdicts).toMatchObject({ asked_not_refunded: 1, untold: 1, not_refunded: 1 });
  });

  it("count each request under one verdict, and compare what can be compared", () => {
    const requests = [request(1, ask(P)), request(2, ask(Q)), request(3, { does: "ask_customer" })];
    const totals = totalsOf(judged(requests, [made("p", 4), made("x", 4)], [P, Q]));
    expect(totals).toMatchObject({
      ...{ requests: 3, matched: 2, toApprove: 2, customerAsked: 1, comparable: 1 },
      ...{ refundsMade: 2, refundsWithoutRequest: 1 },
    });
    expect(Object.values(totals.verdicts).reduce((sum, count) => sum + count, 0)).toBe(3);
  });
});
