import { afterEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, PermanentError } from "../../src/domain/errors.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { openDesk, PROVIDER, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

const AUTHORIZED = { status: "authorized", capturedMinor: 0, paidAt: null } as const;

let desk: TestDesk;
afterEach(() => desk.close());

/** Approved, planned and about to be cancelled for the first time. */
async function planned(change: Partial<Payment> = AUTHORIZED): Promise<void> {
  desk = await openDesk({ payments: [aPayment(change)] });
  await desk.ask();
  await desk.reply("OK");
  expect(await desk.next(PROVIDER)).toBe("prepare_refund");
}

const cancellations = () => desk.provider.calls.filter((call) => call === "cancelPayment").length;

describe("what was not captured", () => {
  it.each([
    ["an authorisation", AUTHORIZED],
    [
      "one whose money only a transfer would give back",
      { ...AUTHORIZED, byHand: true, method: "net_bank" },
    ],
    ["a voucher nobody has paid yet", { status: "unpaid", capturedMinor: 0, method: "konbini" }],
  ] as const)("is voided after an approval: %s", async (_name, change) => {
    await planned(change);
    expect(desk.mail("approval_request", TANAKA).variables).toMatchObject({
      isVoid: true,
      amount: "¥2,467",
    });
    expect(String(desk.mail("approval_request", TANAKA).variables["warnings"])).not.toMatch(
      /short/,
    );
    expect((await desk.refunds())[0]).toMatchObject({ action: "void", state: "planned" });
    expect(cancellations()).toBe(0);
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "voided" });
    expect((await desk.refunds())[0]?.state).toBe("voided");
    expect(desk.mails("voided", TARO)).toHaveLength(1);
    expect(desk.mails("account_request")).toEqual([]);
    expect(desk.mails("refunded")).toEqual([]);
    expect(desk.provider.creations).toEqual([]);
  });

  it.each(["OK 1000", "OK 0"])("is not voided by %s", async (answer) => {
    desk = await openDesk({ payments: [aPayment(AUTHORIZED)] });
    await desk.ask();
    await desk.reply(answer);
    await desk.work();
    expect(cancellations()).toBe(0);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("counts for no cap on refunds", async () => {
    await planned();
    await desk.work();
    const counted = await desk.store.read((tx) => tx.refunds.countSince(0));
    expect(counted).toEqual({ count: 0, amountMinor: 0 });
  });
});

describe("a void that meets a payment", () => {
  it("that was just captured becomes a new request for a refund", async () => {
    await planned();
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    await desk.work();
    expect((await desk.refunds())[0]).toMatchObject({ state: "refused", failureReason: "paid" });
    expect(await desk.ticket()).toMatchObject({ status: "awaiting_approval", round: 2 });
    const request = desk.mail("approval_request", TANAKA).variables;
    expect(request).toMatchObject({ isVoid: false, amount: "¥2,467" });
    expect(request["changes"]).toEqual([expect.stringContaining("paid")]);
    expect(desk.mails("voided")).toEqual([]);
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
  });

  it("that the customer is making just now is looked at and asked about anew, until it is paid", async () => {
    await planned({ status: "unpaid", capturedMinor: 0, paidAt: null, method: "konbini" });
    const refused = aFailure(
      PermanentError,
      "payment_intent_unexpected_state",
      "It is being paid.",
    );
    desk.provider.fail("cancelPayment", refused);
    await desk.work();
    expect((await desk.refunds())[0]?.state).toBe("refused");
    expect(desk.mail("approval_request", TANAKA).variables).toMatchObject({
      isVoid: true,
      changes: [expect.stringContaining("refused the cancellation (payment_intent_unexpected")],
    });
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    desk.clock.advance(MINUTE);
    await desk.reply("OK");
    await desk.work();
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(variables["isVoid"]).toBe(false);
    expect(desk.mails("voided")).toEqual([]);
    expect(desk.provider.creations).toEqual([]);
  });

  it("that is being processed is put before staff, and asked about once it is paid", async () => {
    await planned({ status: "unpaid", capturedMinor: 0, paidAt: null, method: "konbini" });
    desk.provider.change("pi_679", { status: "processing" });
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("candidates", TANAKA)).toHaveLength(1);
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    desk.provider.changed = ["pi_679"];
    await desk.advance(HOUR);
    expect(desk.mail("approval_request", TANAKA).variables["isVoid"]).toBe(false);
    expect(desk.mails("voided")).toEqual([]);
  });

  it("that has another amount by now is asked about anew", async () => {
    desk = await openDesk({ payments: [aPayment(AUTHORIZED)] });
    await desk.ask();
    await desk.reply("OK");
    desk.provider.change("pi_679", { amountMinor: 5000 });
    await desk.work();
    expect(cancellations()).toBe(0);
    expect((await desk.ticket()).status).toBe("awaiting_approval");
  });

  it("that was cancelled by others is void all the same", async () => {
    await planned();
    desk.provider.change("pi_679", { status: "canceled" });
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "voided" });
  });

  it("that is gone is told to staff", async () => {
    await planned();
    const before = desk.transport.accepted.length;
    desk.provider.remove("pi_679");
    await desk.work();
    expect((await desk.refunds())[0]?.state).toBe("refused");
    expect((await desk.ticket()).status).not.toBe("approved");
    const told = desk.transport.accepted.slice(before).filter(({ to }) => to === TANAKA);
    expect(told).not.toEqual([]);
    expect(desk.mails("voided")).toEqual([]);
  });
});

describe("a void without an answer", () => {
  it.each(["before", "after"] as const)(
    "that was lost %s its effect is looked for",
    async (fault) => {
      await planned();
      desk.provider.fail("cancelPayment", fault);
      await desk.work();
      expect((await desk.refunds())[0]?.state).toBe("unknown");
      expect((await desk.ticket()).status).toBe("approved");
      expect(desk.mails("voided")).toEqual([]);
      await desk.advance(MINUTE);
      expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "voided" });
      expect(cancellations()).toBe(fault === "before" ? 2 : 1);
    },
  );

  it("waits while the stop switch is on", async () => {
    await planned();
    await desk.store.write((tx) => tx.switches.set("stop", "on"));
    await desk.work();
    await desk.advance(HOUR);
    expect(cancellations()).toBe(0);
    await desk.store.write((tx) => tx.switches.set("stop", "off"));
    await desk.advance(MINUTE);
    expect((await desk.ticket()).resolution).toBe("voided");
  });

  it("is not made in a dry run, although its key is stored", async () => {
    await planned();
    const dry = await openDesk({ on: desk, shop: { dryRun: true } });
    await dry.work();
    await dry.advance(HOUR);
    expect(cancellations()).toBe(0);
  });

  it("is put before a person where the provider replays its error", async () => {
    await planned();
    const stored = () => aFailure(OutcomeUnknownError, "stored_server_error", "Replayed: 500.");
    desk.provider.fail("cancelPayment", ...Array.from({ length: 500 }, stored));
    await desk.work();
    for (let hours = 0; hours < 24; hours += 1) await desk.advance(HOUR);
    await desk.advance(DAY);
    expect(desk.mails("staff_task", TANAKA)).not.toEqual([]);
  });

  it("is not made of a refusal that changed nothing", async () => {
    await planned();
    desk.provider.fail("cancelPayment", aFailure(PermanentError, "invalid_request", "No."));
    await desk.work();
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mails("voided")).toEqual([]);
  });
});
