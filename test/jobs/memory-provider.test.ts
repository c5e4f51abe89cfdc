// The provider of these tests keeps what every provider promises.

import { describe, expect, it } from "vitest";
import { orderNumbersOfPayment } from "../../src/domain/order-number/order-number.ts";
import { describeProviderContract, STRIPE_REFUSALS } from "../payments/provider-contract.ts";
import { DAY, FakeClock } from "../support/fake-clock.ts";
import { aPayment, MemoryProvider } from "../support/memory-provider.ts";

describeProviderContract("the memory provider", {
  capabilities: {
    search: false,
    partial: true,
    void: true,
    asynchronous: true,
    manual: false,
    keyWindowMs: DAY,
  },
  refusals: STRIPE_REFUSALS,
  start: async (payments) => {
    const provider = new MemoryProvider(new FakeClock());
    for (const { name, amount, orderNumber: _, payerEmail, ...payment } of payments) {
      const isPaid = name !== "authorized";
      const { numbers, from } = orderNumbersOfPayment({
        metadata: {},
        description: payment.description,
      });
      provider.put(
        aPayment({
          ...payment,
          id: `pi_${name}`,
          account: provider.accountId,
          livemode: false,
          amountMinor: amount,
          capturedMinor: isPaid ? amount : 0,
          status: isPaid ? "paid" : "authorized",
          method: name === "waiting" ? "konbini" : "card",
          disputed: name === "disputed",
          orderNumbers: numbers,
          orderNumbersFrom: from,
          payerEmail: payerEmail.toLowerCase(),
          paidAt: isPaid ? payment.createdAt : null,
        }),
      );
    }
    return {
      provider,
      ids: {
        paid: "pi_paid",
        waiting: "pi_waiting",
        authorized: "pi_authorized",
        disputed: "pi_disputed",
      },
      unknown: { payment: "pi_nobody", refund: "re_nobody" },
      stop: async () => undefined,
    };
  },
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
