// Whether what the provider shows proves that a refund was never made.

import { describe, expect, it } from "vitest";
import { isAbsenceProven } from "../../src/domain/absence.ts";
import type { Payment, ProviderRefund } from "../../src/domain/payment.ts";
import { aPayment } from "../support/memory-provider.ts";

const REFUND = { amountMinor: 1000, currency: "JPY" };

function shown(amountMinor: number, change: Partial<ProviderRefund> = {}): ProviderRefund {
  return {
    ...{ id: "re_1", paymentId: "pi_679", amountMinor, currency: "JPY" },
    ...{ status: "succeeded", rawStatus: "succeeded", metadata: {}, failureReason: null },
    ...{ createdAt: 0, traceReference: null },
    ...change,
  };
}

const isProven = (
  change: Partial<Payment> | null,
  refunds: readonly ProviderRefund[] = [],
  mayForgetMarks = false,
) => {
  const payment = change === null ? null : aPayment({ capturedMinor: 2467, ...change });
  return isAbsenceProven(REFUND, { payment, refunds, leftThen: 2467, mayForgetMarks });
};

describe("that a refund was never made", () => {
  it.each<[string, boolean, Partial<Payment> | null, ProviderRefund[], boolean?]>([
    ["is proven where nothing has left the payment", true, {}, []],
    ["is not proven where the payment is not shown", false, null, []],
    ["is not proven where the payment is in an unknown state", false, { status: "unknown" }, []],
    ["is not proven where something is gone unexplained", false, { refundedMinor: 1 }, []],
    ["is proven where others' refunds explain it", true, { refundedMinor: 500 }, [shown(500)]],
    ["is not proven where they explain a part", false, { refundedMinor: 501 }, [shown(500)]],
    [
      "is not proven by refunds that have failed",
      false,
      { refundedMinor: 500 },
      [shown(500, { status: "failed" })],
    ],
    ["is proven by one of the same amount", true, { refundedMinor: 1000 }, [shown(1000)]],
    [
      "is not proven by one of the same amount where marks may be forgotten",
      false,
      { refundedMinor: 1000 },
      [shown(1000)],
      true,
    ],
    [
      "is proven by one of the same amount that bears the mark of another attempt",
      true,
      { refundedMinor: 1000 },
      [shown(1000, { metadata: { henkin_refund: "another" } })],
      true,
    ],
    [
      "is proven by one of another amount where marks may be forgotten",
      true,
      { refundedMinor: 999 },
      [shown(999)],
      true,
    ],
    [
      "is not proven by an unmarked one of the same amount although as much is left as before",
      false,
      {},
      [shown(1000, { status: "pending" })],
      true,
    ],
  ])("%s", (_what, expected, change, refunds, mayForgetMarks) => {
    expect(isProven(change, refunds, mayForgetMarks)).toBe(expected);
  });
});
