import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/domain/errors.ts";
import { createSandboxProvider } from "../../src/payments/sandbox.ts";
import type { PaymentProvider, RefundRequest } from "../../src/ports.ts";
import { describeProviderContract, STRIPE_REFUSALS } from "./provider-contract.ts";

const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "henkin-sandbox-"));
  path = join(folder, "payments.json");
});
afterEach(() => rm(folder, { recursive: true }));

const sandbox = (): PaymentProvider => createSandboxProvider({ path, now: () => NOW });

const ENTRY = {
  id: "pi_1",
  amount: 2467,
  currency: "jpy",
  status: "succeeded",
  method: "card",
  description: "見本商店 - 注文 679",
  metadata: { order_id: 679 },
  payerName: "山田 花子",
  payerEmail: "Hanako@Example.jp",
  paidAt: "2026-11-01T12:00:00+09:00",
  refunded: 0,
  disputed: false,
  livemode: false,
};

const write = (...entries: unknown[]) => writeFile(path, JSON.stringify(entries));

const REFUND: RefundRequest = {
  paymentId: "pi_1",
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: { henkin_ticket: "R-1" },
  idempotencyKey: "key-1",
};

describeProviderContract("the sandbox", {
  capabilities: {
    search: false,
    partial: true,
    void: true,
    asynchronous: true,
    manual: false,
    keyWindowMs: 24 * 60 * 60 * 1000,
  },
  refusals: STRIPE_REFUSALS,
  start: async (payments) => {
    const entries = payments.map(({ name, orderNumber: _, createdAt, ...payment }) => ({
      ...payment,
      id: `pi_${name}`,
      currency: "JPY",
      status: name === "authorized" ? "requires_capture" : "succeeded",
      method: name === "waiting" ? "konbini" : "card",
      disputed: name === "disputed",
      paidAt: createdAt,
    }));
    await write(...entries);
    return {
      provider: sandbox(),
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

describe("the payments of the sandbox", () => {
  it.each([
    ["succeeded", "paid"],
    ["requires_capture", "authorized"],
    ["requires_action", "unpaid"],
    ["requires_payment_method", "failed"],
    ["canceled", "canceled"],
    ["processing", "processing"],
    ["paid", "paid"],
    ["authorized", "authorized"],
    ["unpaid", "unpaid"],
    ["failed", "failed"],
    ["unknown", "unknown"],
  ])("have the status %s read as %s", async (status, expected) => {
    await write({ ...ENTRY, status });
    const payment = await sandbox().retrievePayment("pi_1", signal);
    expect(payment?.status).toBe(expected);
    expect(payment?.capturedMinor).toBe(expected === "paid" ? 2467 : 0);
  });

  it.each([
    ["an ISO date", "2026-11-01T12:00:00+09:00"],
    ["epoch seconds", 1793502000],
    ["epoch milliseconds", 1793502000000],
  ])("may be dated by %s", async (_, paidAt) => {
    await write({ ...ENTRY, paidAt });
    const payment = await sandbox().retrievePayment("pi_1", signal);
    expect(payment?.paidAt).toBe(Date.UTC(2026, 10, 1, 3, 0, 0));
  });

  it("are as old as the file where they have no date", async () => {
    await write({ id: "pi_1", amount: 100, currency: "JPY", status: "requires_action" });
    const at = Date.UTC(2026, 10, 5);
    await utimes(path, at / 1000, at / 1000);
    const payment = await sandbox().retrievePayment("pi_1", signal);
    expect(payment).toMatchObject({ createdAt: at, paidAt: null, payerEmail: null });
  });

  it.each([
    [true, 2467],
    [500, 500],
    [false, 0],
    [undefined, 0],
  ])("may have been refunded before: %s", async (refunded, expected) => {
    await write({ ...ENTRY, refunded });
    const payment = await sandbox().retrievePayment("pi_1", signal);
    expect(payment?.refundedMinor).toBe(expected);
  });

  it("count earlier refunds against a new one", async () => {
    await write({ ...ENTRY, refunded: 2000 });
    await expect(sandbox().createRefund(REFUND, signal)).rejects.toMatchObject({
      code: "invalid_request_amount",
      message: "The sandbox refuses: pi_1 has only ¥467 left to refund.",
    });
  });

  it("are not refunded in another currency", async () => {
    await write(ENTRY);
    const failure = sandbox().createRefund({ ...REFUND, currency: "USD" }, signal);
    await expect(failure).rejects.toMatchObject({ code: "invalid_request_currency" });
  });

  it("are read again on each call", async () => {
    await write(ENTRY);
    const provider = sandbox();
    await provider.retrievePayment("pi_1", signal);
    await write({ ...ENTRY, disputed: true, status: "paid" });
    const failure = provider.createRefund(REFUND, signal);
    await expect(failure).rejects.toMatchObject({ code: "charge_disputed" });
  });

  it("come in pages where there are many", async () => {
    await write(...Array.from({ length: 250 }, (_, index) => ({ ...ENTRY, id: `pi_${index}` })));
    const sizes: number[] = [];
    let page: string | null = null;
    do {
      const answer = await sandbox().listPayments({ createdFrom: null, page, signal });
      sizes.push(answer.payments.length);
      page = answer.next;
    } while (page !== null);
    expect(sizes).toEqual([100, 100, 50]);
  });

  it.each([
    [
      "an amount of yen with decimals",
      { ...ENTRY, amount: 24.67 },
      /entry 2 \(pi_1\): amount must be a whole/,
    ],
    ["no amount", { ...ENTRY, amount: undefined }, /entry 2 \(pi_1\): amount must be a whole/],
    ["no id", { ...ENTRY, id: undefined }, /entry 2.*: id must be a text/],
    ["an unknown status", { ...ENTRY, status: "done" }, /entry 2 \(pi_1\): status is none of succ/],
    [
      "an unknown date",
      { ...ENTRY, paidAt: "yesterday" },
      /entry 2 \(pi_1\): paidAt must be an ISO/,
    ],
    [
      "too much refunded",
      { ...ENTRY, refunded: 2468 },
      /entry 2 \(pi_1\): refunded must not be more/,
    ],
    ["an id that stands twice", { ...ENTRY, id: "pi_0" }, /entry 2 \(pi_0\): this id stands twice/],
    ["something else", "pi_1", /entry 2: /],
  ])("are shown with %s, which stops no other, and named to doctor", async (_, entry, message) => {
    const fine = { ...ENTRY, id: "pi_2" };
    await write({ ...ENTRY, id: "pi_0" }, entry, fine);
    expect(await sandbox().diagnose(signal)).toMatchObject([
      { level: "fail", message: expect.stringMatching(message) },
    ]);
    expect(await sandbox().retrievePayment("pi_2", signal)).toMatchObject({ status: "paid" });
    const id = (entry as { id?: string }).id ?? "";
    if (id === "") return;
    expect(await sandbox().retrievePayment(id, signal)).toMatchObject({
      status: "unknown",
      capturedMinor: 0,
      orderNumbers: ["679"],
      payerEmail: "hanako@example.jp",
      raw: expect.stringContaining(ENTRY.description),
    });
    const refusal = sandbox().createRefund({ ...REFUND, paymentId: id }, signal);
    await expect(refusal).rejects.toBeInstanceOf(PermanentError);
  });

  it.each([
    ["missing", null, "sandbox_file_missing"],
    ["not JSON", "[", "sandbox_file_unreadable"],
    ["no array", "{}", "sandbox_file_invalid"],
  ])("are not to be had while the file is %s", async (_, text, code) => {
    if (text !== null) await writeFile(path, text);
    await expect(sandbox().retrievePayment("pi_1", signal)).rejects.toMatchObject({
      name: "AccessError",
      code,
    });
    expect(await sandbox().diagnose(signal)).toMatchObject([{ level: "fail" }]);
  });
});
