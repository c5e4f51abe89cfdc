import { describe, expect, it } from "vitest";
import { matchPayments } from "../../src/domain/matching.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { POINTED_MAX, pointedAt } from "../../src/domain/unreferenced-payments.ts";
import { aPayment } from "../support/memory-provider.ts";

const DAY = 86_400_000;
const WISH = { orderNumbers: ["678"], requestedMinor: 5000 };

/** A bank transfer on the n-th day, of somebody else than who asks. */
function transfer(day: number, change: Partial<Payment> = {}): Payment {
  const { capturedMinor = 1000 } = change;
  return aPayment({
    ...{ id: `pi_${day}`, method: "bank_transfer", description: null, orderNumbers: [] },
    ...{ payerEmail: "hanako@mail.example", payerName: null, createdAt: day * DAY },
    ...{ amountMinor: capturedMinor, capturedMinor },
    ...change,
  });
}

function found(payments: readonly Payment[], wish: Partial<typeof WISH> = {}) {
  const pointed = pointedAt({ ...WISH, ...wish }, payments);
  return pointed && [pointed.pointer, ...pointed.payments.map(({ id }) => id)];
}

describe("where no payment bears the order number", () => {
  it.each<[string, Partial<Payment>]>([
    ["the description", { description: "Re: 678 / 見本商店" }],
    ["the description, in full-width digits", { description: "ご注文　６７８　分" }],
    ["the name a bank wrote", { payerKana: "678ﾀﾅｶ ﾀﾛｳ" }],
    ["the payer's name", { payerName: "田中太郎 678" }],
    ["the description of another order", { description: "注文 700 (678 の再注文)" }],
  ])("the number in %s points at a payment", (_where, change) => {
    expect(found([transfer(1), transfer(2, change)])).toEqual(["in_memo", "pi_2"]);
  });

  it.each(["1678", "6780", "A678", "678-2", "67", ""])(
    "a memo that says %j points at nothing",
    (description) => {
      expect(found([transfer(1, { description })])).toBeNull();
    },
  );

  it("a number of one or two signs is looked for in no memo", () => {
    expect(found([transfer(1, { description: "12 個" })], { orderNumbers: ["12"] })).toBeNull();
  });

  it("payments of the same amount are listed, oldest first", () => {
    const same = { capturedMinor: 5000 };
    expect(found([transfer(3, same), transfer(1, same), transfer(2)])).toEqual([
      ...["same_amount", "pi_1", "pi_3"],
    ]);
  });

  it.each<[string, Partial<Payment>]>([
    ["in another currency", { currency: "USD" }],
    ["that was given back", { refundedMinor: 5000 }],
    ["on which nothing was paid", { amountMinor: 5000, capturedMinor: 0, status: "unpaid" }],
    ["of a card, which bears another order's number", { method: "card", orderNumbers: ["700"] }],
  ])("a payment of the same amount %s is not listed", (_which, change) => {
    expect(found([transfer(1, { capturedMinor: 5000, ...change })])).toBeNull();
  });

  it("of a transfer another order's number is no reason against it", () => {
    const payment = transfer(1, { capturedMinor: 5000, orderNumbers: ["700"] });
    expect(found([payment])).toEqual(["same_amount", "pi_1"]);
  });

  it("an amount that nobody stated points at nothing", () => {
    expect(found([transfer(1)], { requestedMinor: null as never })).toBeNull();
  });

  it("payments of one payer that add up are listed, as few and as old as will do", () => {
    const amounts = [2000, 1500, 1500, 3000];
    const payments = amounts.map((capturedMinor, day) => transfer(day, { capturedMinor }));
    expect(found(payments)).toEqual(["adding_up", "pi_0", "pi_3"]);
  });

  it.each([[[2500, 2500]], [[1000, 1000, 1000, 1000, 1000]]])("%j add up", (amounts) => {
    const payments = amounts.map((capturedMinor, day) => transfer(day, { capturedMinor }));
    expect(found(payments)).toHaveLength(amounts.length + 1);
  });

  it.each([[[2500, 2501]], [[5001, 1]], [[900, 900, 900, 900, 900, 500]]])(
    "%j do not add up",
    (amounts) => {
      const payments = amounts.map((capturedMinor, day) => transfer(day, { capturedMinor }));
      expect(found(payments)).toBeNull();
    },
  );

  it("payments of two payers are not added", () => {
    const [one, other] = [
      transfer(1, { capturedMinor: 2000 }),
      transfer(2, { capturedMinor: 3000 }),
    ];
    expect(found([one, other])).toEqual(["adding_up", "pi_1", "pi_2"]);
    expect(found([one, { ...other, payerEmail: "jiro@mail.example" }])).toBeNull();
  });

  it("payments of nobody known are not added", () => {
    const nobody = { payerEmail: null, capturedMinor: 2500 };
    expect(found([transfer(1, nobody), transfer(2, nobody)])).toBeNull();
  });

  it("one payer is known by the name his bank writes", () => {
    const kana = { payerEmail: null, capturedMinor: 2500, payerKana: "ﾀﾅｶ ﾀﾛｳ" };
    expect(found([transfer(1, kana), transfer(2, kana)])).toEqual(["adding_up", "pi_1", "pi_2"]);
  });

  it("a memo says more than an amount, and an amount more than a sum", () => {
    const memo = transfer(4, { description: "678" });
    const same = transfer(3, { capturedMinor: 5000 });
    const sum = [transfer(1, { capturedMinor: 2000 }), transfer(2, { capturedMinor: 3000 })];
    expect(found([...sum, same, memo])).toEqual(["in_memo", "pi_4"]);
    expect(found([...sum, same])).toEqual(["same_amount", "pi_3"]);
  });

  it("no more are listed than an answer of one digit can choose", () => {
    const many = Array.from({ length: 12 }, (_, day) => transfer(day, { capturedMinor: 5000 }));
    expect(found(many)).toHaveLength(POINTED_MAX + 1);
  });
});

describe("a payment that is only pointed at", () => {
  const wish = { ...WISH, email: "taro@mail.example", name: "田中太郎" };
  const pointed = transfer(1, { capturedMinor: 5000 });

  it("is a candidate with its reason, and never a match", () => {
    expect(matchPayments(wish, [pointed], [])).toMatchObject({
      kind: "candidates",
      reason: "same_amount",
      candidates: [{ id: "pi_1" }],
    });
  });

  it("is not listed beside a payment of who asks", () => {
    const own = aPayment({ id: "pi_own" });
    expect(matchPayments(wish, [own, pointed], [])).toMatchObject({
      reason: "order_number_not_found",
      candidates: [{ id: "pi_own" }],
    });
  });

  it("stands in the list once where its number is a near miss too", () => {
    const near = transfer(1, { capturedMinor: 5000, orderNumbers: ["688"] });
    expect(matchPayments(wish, [near], [near])).toMatchObject({ others: [] });
  });
});
