import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CANDIDATES_MAX,
  certainMatch,
  type Match,
  matchPayments,
  proposedMinor,
  routeOf,
  sharedFacts,
  type Wish,
} from "../../src/domain/matching.ts";
import type { Payment, PaymentStatus } from "../../src/domain/payment.ts";
import { aPayment } from "../support/memory-provider.ts";

const NOW = Date.parse("2026-11-22T12:00:00+09:00");
const WISH: Wish = {
  orderNumbers: ["679"],
  email: "taro@mail.example",
  name: "田中太郎",
  requestedMinor: null,
};
const STRANGER = { payerEmail: "hanako@mail.example", payerName: "山田 花子" } as const;

const dead = (id: string, change: Partial<Payment> = {}) =>
  aPayment({ id, status: "failed", capturedMinor: 0, ...change });

function ids(match: Match) {
  if (match.kind === "exact") return { exact: match.payment.id };
  const others = match.others.map(({ id }) => id);
  if (match.kind === "none") return { others };
  return { reason: match.reason, candidates: match.candidates.map(({ id }) => id), others };
}

describe("the golden case: the mail asks for 678", () => {
  const wish: Wish = { ...WISH, orderNumbers: ["678"] };
  const someoneElses = aPayment({ id: "pi_688", orderNumbers: ["688"], ...STRANGER });
  const own = aPayment();

  it("lists the sender's own 679 with a number and the near 688 without", () => {
    expect(ids(matchPayments(wish, [own], [someoneElses]))).toEqual({
      reason: "order_number_not_found",
      candidates: ["pi_679"],
      others: ["pi_688"],
    });
  });

  it("shows a payment once where it is both the sender's own and a near miss", () => {
    expect(ids(matchPayments(wish, [own], [own, someoneElses]))).toEqual({
      reason: "order_number_not_found",
      candidates: ["pi_679"],
      others: ["pi_688"],
    });
  });

  it("picks neither where nothing but the number is near", () => {
    expect(ids(matchPayments(wish, [], [someoneElses]))).toEqual({ others: ["pi_688"] });
  });
});

describe("an exact match", () => {
  it.each<[string, Partial<Wish>, Partial<Payment>]>([
    ["order number, e-mail and name", {}, {}],
    ["order number and e-mail", { name: null }, {}],
    ["order number and e-mail in capitals", { name: null, email: "Taro@Mail.example" }, {}],
    ["order number and name", { email: null }, {}],
    ["order number and name, where the e-mail differs", { email: "other@mail.example" }, {}],
    [
      "order number and a name in half-width kana",
      { email: null, name: "ﾀﾅｶ ﾀﾛｳ" },
      { payerName: "たなかたろう" },
    ],
    ["one of two order numbers", { orderNumbers: ["111", "679"] }, {}],
    ["one of the payment's order numbers", {}, { orderNumbers: ["A-1", "679"] }],
  ])("needs %s", (_name, wish, payment) => {
    expect(ids(matchPayments({ ...WISH, ...wish }, [aPayment(payment)], []))).toEqual({
      exact: "pi_679",
    });
  });

  it("says which facts agree", () => {
    const match = matchPayments({ ...WISH, email: null, requestedMinor: 2467 }, [aPayment()], []);
    expect(match).toMatchObject({
      shared: { order: true, email: false, name: true, amount: true },
    });
  });

  it("looks past attempts that failed or were cancelled", () => {
    const attempts = [dead("pi_1"), dead("pi_2", { status: "canceled" }), aPayment()];
    expect(ids(matchPayments(WISH, attempts, []))).toEqual({ exact: "pi_679" });
  });

  it("is a dead payment only where no other of the order lives", () => {
    expect(ids(matchPayments(WISH, [dead("pi_1")], []))).toEqual({ exact: "pi_1" });
  });

  it("is no dead payment where the sender may have paid otherwise", () => {
    const unnumbered = aPayment({ id: "pi_2", orderNumbers: [] });
    expect(ids(matchPayments(WISH, [dead("pi_1"), unnumbered], []))).toMatchObject({
      candidates: ["pi_2"],
      others: ["pi_1"],
    });
  });
});

describe("a question to staff", () => {
  it.each<[string, Partial<Wish>, readonly Payment[], string, readonly string[]]>([
    [
      "an order number whose payer is someone else",
      {},
      [aPayment(STRANGER)],
      "payer_differs",
      ["pi_679"],
    ],
    [
      "an amount in place of the second fact",
      { requestedMinor: 2467 },
      [aPayment(STRANGER)],
      "payer_differs",
      ["pi_679"],
    ],
    [
      "an order number alone",
      { email: null, name: null },
      [aPayment()],
      "payer_differs",
      ["pi_679"],
    ],
    [
      "a payment that names no payer",
      {},
      [aPayment({ payerEmail: null, payerName: null })],
      "payer_differs",
      ["pi_679"],
    ],
    [
      "two living payments of one order",
      {},
      [aPayment(), aPayment({ id: "pi_2", createdAt: 1 })],
      "several_payments",
      ["pi_679", "pi_2"],
    ],
    ["no order number", { orderNumbers: [] }, [aPayment()], "order_number_missing", ["pi_679"]],
    [
      "an order number that nothing bears",
      { orderNumbers: ["700"] },
      [aPayment()],
      "order_number_not_found",
      ["pi_679"],
    ],
  ])("is %s", (_name, wish, payments, reason, candidates) => {
    expect(ids(matchPayments({ ...WISH, ...wish }, payments, []))).toEqual({
      reason,
      candidates,
      others: [],
    });
  });

  it("orders candidates by the facts they share, then the newest first", () => {
    const payments = [
      aPayment({ id: "name", orderNumbers: ["1"], payerEmail: null }),
      aPayment({ id: "old", orderNumbers: ["2"], createdAt: 1 }),
      aPayment({ id: "order", ...STRANGER }),
      aPayment({ id: "new", orderNumbers: ["3"], createdAt: 2 }),
    ];
    expect(ids(matchPayments(WISH, payments, []))).toMatchObject({
      candidates: ["order", "new", "old", "name"],
    });
  });

  it("numbers at most nine", () => {
    const payments = Array.from({ length: 20 }, (_, at) => aPayment({ id: `pi_${at}` }));
    const match = matchPayments(WISH, payments, payments);
    expect(match).toMatchObject({ kind: "candidates" });
    expect("candidates" in match && match.candidates.length).toBe(CANDIDATES_MAX);
  });

  it("gives no number to a payment that shares no fact, or only the amount", () => {
    const foreign = aPayment({ id: "pi_x", orderNumbers: ["1"], description: null, ...STRANGER });
    const wish = { ...WISH, requestedMinor: foreign.amountMinor };
    expect(ids(matchPayments(wish, [foreign], []))).toEqual({ others: [] });
  });
});

describe("an order number", () => {
  it.each([
    ["678", "1678"],
    ["678", "6780"],
    ["678", "0678"],
    ["679", "A-679"],
    ["２０", "20"],
    ["", ""],
  ])("%s is not %s", (asked, paid) => {
    const wish = { ...WISH, orderNumbers: asked === "" ? [] : [asked] };
    const payment = aPayment({ orderNumbers: paid === "" ? [] : [paid] });
    expect(sharedFacts(wish, payment).order).toBe(false);
    expect(matchPayments(wish, [payment], []).kind).not.toBe("exact");
  });

  it("never matches another, whatever else agrees", () => {
    const number = fc.stringMatching(/^[A-Z]?-?\d{1,8}$/);
    fc.assert(
      fc.property(number, number, (asked, paid) => {
        const match = matchPayments(
          { ...WISH, orderNumbers: [asked], requestedMinor: 2467 },
          [aPayment({ orderNumbers: [paid] })],
          [],
        );
        expect(match.kind === "exact").toBe(asked === paid);
      }),
    );
  });
});

describe("a payment that is certain", () => {
  it.each<[string, Partial<Payment>, ReturnType<typeof routeOf>]>([
    ["is paid", {}, "refund"],
    ["is paid and refunded in part", { refundedMinor: 467 }, "refund"],
    ["is refunded already", { refundedMinor: 2467 }, "already_refunded"],
    ["is paid, but nothing was captured", { capturedMinor: 0 }, "unclear_status"],
    ["is authorised", { status: "authorized", capturedMinor: 0 }, "void"],
    ["may still be paid", { status: "unpaid", capturedMinor: 0 }, "void"],
    ["failed", { status: "failed", capturedMinor: 0 }, "nothing_paid"],
    ["is cancelled", { status: "canceled", capturedMinor: 0 }, "nothing_paid"],
    ["is cancelled, but captured", { status: "canceled" }, "unclear_status"],
    ["is within its time", { refundableUntil: NOW + 1 }, "refund"],
    ["is past its time", { refundableUntil: NOW }, "too_old"],
    [
      "is past its time, and refunded",
      { refundableUntil: 1, refundedMinor: 2467 },
      "already_refunded",
    ],
    ["is paid in part", { status: "processing", capturedMinor: 0, missingMinor: 467 }, "underpaid"],
    ["is being processed", { status: "processing", capturedMinor: 0 }, "unclear_status"],
    ["is in a new status", { status: "unknown" }, "unclear_status"],
    ["is disputed", { disputed: true }, "disputed"],
    ["is disputed and refunded", { disputed: true, refundedMinor: 2467 }, "disputed"],
    ["is disputed and failed", { disputed: true, status: "failed" }, "disputed"],
  ])("that %s leads there", (_name, change, route) => {
    expect(routeOf(aPayment(change), NOW)).toBe(route);
  });

  it("is never said to be unpaid while something was captured", () => {
    const statuses: PaymentStatus[] = ["paid", "authorized", "unpaid", "processing", "failed"];
    for (const status of [...statuses, "canceled", "unknown"] as const) {
      expect(routeOf(aPayment({ status, capturedMinor: 1 }), NOW)).not.toBe("nothing_paid");
    }
  });

  it("is exact, and none where it is gone", () => {
    const payment = aPayment();
    expect(certainMatch(payment)).toMatchObject({ kind: "exact", payment });
    for (const gone of [null, undefined]) {
      expect(certainMatch(gone)).toEqual({ kind: "none", others: [] });
    }
  });
});

describe("a plain OK", () => {
  it.each<[string, number | null, string | null, number, number | null]>([
    ["all that is left without a wish", null, "full", 0, 2467],
    ["what is left after a part", null, "cancel", 467, 2000],
    ["the amount asked for", 1000, "partial", 0, 1000],
    ["the last yen", 2467, "full", 0, 2467],
    ["what is left where more is asked", 2468, "full", 0, 2467],
    ["what is left where nothing sensible is asked", 0, "full", 0, 2467],
    ["nothing where a part without a figure is asked", null, "partial", 0, null],
  ])("stands for %s", (_name, requestedMinor, intent, refundedMinor, expected) => {
    const payment = aPayment({ refundedMinor });
    expect(proposedMinor({ requestedMinor, intent }, payment)).toBe(expected);
  });

  it("never stands for more than is left, nor for less than one", () => {
    const amount = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(fc.option(amount), amount, amount, (requestedMinor, captured, refunded) => {
        const payment = aPayment({ capturedMinor: captured, refundedMinor: refunded });
        const left = Math.max(0, captured - refunded);
        const proposed = proposedMinor({ requestedMinor, intent: "full" }, payment);
        expect(proposed).toBeLessThanOrEqual(left);
        if (left > 0) expect(proposed).toBeGreaterThan(0);
      }),
    );
  });
});
