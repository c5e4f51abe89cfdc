import { describe, expect, it } from "vitest";
import { isReturnInvoiceDue, taxWithin } from "../../src/domain/return-invoice.ts";

const yen = (amountMinor: number) => ({ amountMinor, currency: "JPY" });

describe("a 適格返還請求書", () => {
  it.each([
    [9_999, false],
    [10_000, true],
    [10_001, true],
  ])("of ¥%d is due: %s", (amount, isDue) => {
    expect(isReturnInvoiceDue(yen(amount), "card")).toBe(isDue);
  });

  it("is due in yen only", () => {
    expect(isReturnInvoiceDue({ amountMinor: 1_000_000, currency: "USD" }, "card")).toBe(false);
  });

  it("is not due for what was transferred too much", () => {
    expect(isReturnInvoiceDue(yen(20_000), "cash_balance")).toBe(false);
    expect(isReturnInvoiceDue(yen(20_000), "bank_transfer")).toBe(true);
  });

  it.each([
    [11_000, 10, 1_000],
    [10_800, 8, 800],
    [10_000, 10, 909],
    [10_000, 8, 740],
    [10_010, 10, 910],
    [10_009, 10, 909],
    [0, 10, 0],
    [9_007_199_254, 10, 818_836_295],
  ] as const)("has in ¥%d at %d%% a tax of ¥%d, fractions dropped", (amount, rate, tax) => {
    expect(taxWithin(amount, rate)).toBe(tax);
  });
});
