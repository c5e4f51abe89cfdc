// A card that henkin cannot give back: staff do so in the processor's own screen, and no bank account has
// anything to do with it.

import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import { openDesk, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

async function asked(change: Partial<Payment> = {}) {
  desk = await openDesk({ payments: [aPayment({ byHand: true, ...change })] });
  await desk.ask();
}

describe.each(["card", "PayPay", "ach_credit_transfer"])("a payment by %s", (method) => {
  it("is given back in the screen, as the request says before anybody approves", async () => {
    await asked({ method });
    const { variables } = desk.mail("approval_request", TANAKA);
    expect(JSON.stringify(variables["warnings"])).toMatch(/own screen|Stripe Dashboard/);
    expect(variables["route"]).not.toBe("bank");
  });

  it("asks nobody for a bank account, and staff for no transfer", async () => {
    await asked({ method });
    await desk.reply("OK");
    await desk.work();
    await desk.advance(4 * DAY);
    expect(desk.mails("account_request")).toEqual([]);
    const { reason, details } = desk.mails("staff_task", TANAKA)[0]?.variables ?? {};
    expect(reason).toMatch(/refund ¥2,467 in the processor's own screen/);
    expect(JSON.stringify(details)).toMatch(/never to a bank account/);
    expect(JSON.stringify(details)).not.toMatch(/Ask the address|account holder/);
  });

  it("is told to the customer as given back on the way it came, once staff have said so", async () => {
    await asked({ method });
    await desk.reply("OK");
    await desk.work();
    expect(desk.mails("refunded")).toEqual([]);
    await desk.reply("DONE 20261121-01");
    await desk.work();
    const { variables } = desk.mail("refunded", TARO);
    expect(variables["route"]).toBe(method === "card" ? "card" : "other");
    expect(variables["method"]).toBe(method);
  });
});

it("whose method nobody knows is told as the shop's own doing, and staff are told to look", async () => {
  await asked({ method: "other" });
  await desk.reply("OK");
  await desk.work();
  const { details } = desk.mails("staff_task", TANAKA)[0]?.variables ?? {};
  expect(JSON.stringify(details)).toMatch(/How it was paid is not known/);
  await desk.reply("DONE 20261121-01");
  await desk.work();
  expect(desk.mail("refunded", TARO).variables["method"]).toBe("arranged by the shop");
});

it.each(["processing", "unpaid", "unknown"] as const)(
  "a card whose state is %s is looked at by a person, not asked for as a deposit",
  async (status) => {
    await asked({ status, capturedMinor: 0, paidAt: null });
    expect(desk.mails("deposit_question")).toEqual([]);
    expect(desk.mail("candidates", TANAKA).variables["reason"]).toMatch(/allows no decision/);
  },
);
