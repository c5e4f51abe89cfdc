// The provider of these tests keeps what every provider promises.

import { describe, expect, it } from "vitest";
import { orderNumbersOfPayment } from "../../src/domain/order-number/order-number.ts";
import { describeProviderContract } from "../payments/provider-contract.ts";
import { DAY, FakeClock } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider } from "../support/memory-provider.ts";

describeProviderContract("the memory provider", async (payments) => {
  const provider = new MemoryProvider(new FakeClock());
  for (const { amount, payerEmail, paidAt, ...payment } of payments) {
    const isPaid = payment.status === "succeeded";
    const { numbers, from } = orderNumbersOfPayment({
      metadata: {},
      description: payment.description,
    });
    provider.put(
      aPayment({
        ...payment,
        account: provider.accountId,
        livemode: false,
        amountMinor: amount,
        capturedMinor: isPaid ? amount : 0,
        status: isPaid ? "paid" : "authorized",
        orderNumbers: numbers,
        orderNumbersFrom: from,
        payerEmail: payerEmail.toLowerCase(),
        createdAt: paidAt,
        paidAt: isPaid ? paidAt : null,
      }),
    );
  }
  return { provider, stop: async () => undefined };
});

describe("its faults", () => {
  const signal = new AbortController().signal;
  const request = {
    paymentId: "pi_679",
    amountMinor: 1000,
    currency: "JPY",
    reason: "requested_by_customer",
    metadata: {},
    idempotencyKey: "key-1",
  } as const;
  const make = () => {
    const clock = new FakeClock();
    const provider = new MemoryProvider(clock);
    provider.put(aPayment());
    return { clock, provider };
  };

  it.each([
    ["before", 0],
    ["after", 1],
  ] as const)("%s the effect leave %i refunds", async (fault, refunds) => {
    const { provider } = make();
    provider.fail("createRefund", fault);
    await expect(provider.createRefund(request, signal)).rejects.toMatchObject({
      name: "OutcomeUnknownError",
    });
    expect(provider.refunds).toHaveLength(refunds);
    await provider.createRefund(request, signal);
    expect(provider.refunds).toHaveLength(1);
  });

  it("let a forgotten key pay twice", async () => {
    const { provider } = make();
    await provider.createRefund(request, signal);
    provider.forgetKeys();
    await provider.createRefund(request, signal);
    expect(provider.refunds).toHaveLength(2);
  });

  it("hide a refund from listings until the delay is over", async () => {
    const { clock, provider } = make();
    provider.listDelayMs = DAY;
    await provider.createRefund(request, signal);
    expect(await provider.listRefunds("pi_679")).toEqual([]);
    clock.advance(DAY);
    expect(await provider.listRefunds("pi_679")).toHaveLength(1);
  });

  it("give the money of a failed refund back to the payment", async () => {
    const { provider } = make();
    const { id } = await provider.createRefund(request, signal);
    provider.settle(id, "failed");
    expect(await provider.retrievePayment("pi_679")).toMatchObject({ refundedMinor: 0 });
  });
});
