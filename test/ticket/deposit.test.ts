// What was received for a payment whose provider does not tell: staff say it, and what is owed follows.

import { afterEach, describe, expect, it } from "vitest";
import type { Payment } from "../../src/domain/payment.ts";
import { leaveAccountToStaff } from "../../src/ticket/bank-account.ts";
import { anAnswer, type Wish } from "../jobs/recorded-mail.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { DAY } from "../support/fake-clock.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const SYSTEMS = [{ system: "makeshop", state: "決済失敗・未処理" }];

/** Order 679 costs ¥2,467 and is paid to a virtual account. */
const anAccount = (change: Partial<Payment> = {}) =>
  aPayment({
    ...{ byHand: true, method: "virtual_account", status: "processing", capturedMinor: 0 },
    ...{ paidAt: null, systems: SYSTEMS, ...change },
  });

async function asked(wish: Wish = {}, change: Partial<Payment> = {}): Promise<void> {
  desk = await openDesk({ payments: [anAccount(change)] });
  await desk.ask(wish);
}

async function answered(text: string, wish: Wish = {}): Promise<void> {
  await asked(wish);
  await desk.reply(text);
  await desk.work();
}

/** As if staff had asked for the bank account themselves. */
async function accountIsKnown(): Promise<void> {
  const ticket = await desk.ticket();
  await desk.store.write((tx) => leaveAccountToStaff(tx, desk.desk, ticket, "cli:taro"));
  await desk.work();
}

const warnings = () =>
  (desk.mail("approval_request", TANAKA).variables["warnings"] as string[]).join("\n");
const explained = () => desk.mail("ambiguous_answer", TANAKA).variables["reason"];

describe("a payment of which no API tells what was received", () => {
  it("is a question to every approver, and neither proposed nor cancelled", async () => {
    await asked();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("approval_request")).toEqual([]);
    for (const to of [TANAKA, SATO]) {
      expect(desk.mail("deposit_question", to).variables).toMatchObject({
        orderNumber: "679",
        amount: "¥2,467",
        payer: `田中 太郎 ${TARO}`,
        systems: SYSTEMS,
      });
    }
    expect(desk.provider.calls).not.toContain("cancelPayment");
    expect(desk.mails("nothing_charged")).toEqual([]);
  });

  it.each(["unpaid", "processing", "unknown"] as const)(
    "is asked about while %s",
    async (status) => {
      await asked({}, { status });
      expect(desk.mails("deposit_question", TANAKA)).toHaveLength(1);
    },
  );

  it("is asked about once, however often the index finds it", async () => {
    await asked();
    desk.provider.change("pi_679", { description: "another" });
    await desk.advance(DAY);
    expect(desk.mails("deposit_question", TANAKA)).toHaveLength(1);
  });

  it("is reminded of, and asked anew once the code has expired", async () => {
    await asked();
    for (let days = 0; days < 20; days += 1) await desk.advance(DAY);
    expect(desk.mails("reminder", TANAKA).length).toBeGreaterThan(3);
    expect(desk.mails("deposit_question", TANAKA)).toHaveLength(2);
    await desk.reply("入金 2467");
    await desk.work();
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,467");
  });
});

describe("the amount that staff state", () => {
  it("leads to a request for the transfer, and moves no money itself", async () => {
    await answered("入金 2467");
    expect((await desk.ticket()).status).toBe("awaiting_approval");
    expect(desk.mail("approval_request", TANAKA).variables).toMatchObject({
      amount: "¥2,467",
      isPayout: true,
    });
    expect(await desk.refunds()).toEqual([]);
    await desk.reply("OK", SATO);
    await desk.work();
    await accountIsKnown();
    expect(desk.mail("staff_task", SATO).variables["reason"]).toBe(
      "Please transfer ¥2,467 by hand.",
    );
    expect(desk.provider.creations).toEqual([]);
  });

  it("is what the customer reads as paid, once the transfer is reported", async () => {
    await answered("入金 3000", { text: "注文番号 679 の返金をお願いします。" });
    await desk.reply("OK 533");
    await desk.work();
    await accountIsKnown();
    expect(desk.mails("refunded", TARO)).toEqual([]);
    await desk.receive(anAnswer(desk.mail("staff_task", TANAKA), "完了 20261121-01"));
    await desk.work();
    expect(desk.mail("refunded", TARO).variables).toMatchObject({
      amount: "¥533",
      paidAmount: "¥3,000",
      isPartial: true,
      route: "bank",
    });
  });

  it("still holds when the task is reminded of", async () => {
    await answered("入金 2467");
    await desk.reply("OK");
    await desk.work();
    await accountIsKnown();
    await desk.advance(4 * DAY);
    expect(desk.mails("staff_task", TANAKA)).toHaveLength(2);
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toBe(
      "Please transfer ¥2,467 by hand.",
    );
  });

  it("is kept with who said it, and told to the others", async () => {
    await answered("入金 2467");
    expect(await desk.noted("decision")).toMatchObject([
      { decision: "received", amountMinor: 2467, paymentId: "pi_679" },
    ]);
    expect(desk.mail("decision_made", SATO).variables).toMatchObject({
      decision: "amount received",
      amount: "¥2,467",
      by: TANAKA,
    });
    expect(desk.mails("decision_made", TANAKA)).toEqual([]);
  });

  it("is owed whole where the order is cancelled, too much or too little", async () => {
    for (const [said, amount] of [
      ["入金 3000", "¥3,000"],
      ["入金 2000", "¥2,000"],
    ] as const) {
      await answered(said, { text: "注文番号 679 をキャンセルします。返金をお願いします。" });
      expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe(amount);
      await desk.close();
    }
    desk = await openDesk();
  });

  it("is nobody's proposal where the order stands: too much may be owed whole or in part", async () => {
    await answered("入金 3000", { text: "注文番号 679 の返金をお願いします。" });
    expect(desk.mail("approval_request", TANAKA).variables["hasProposal"]).toBe(false);
    expect(warnings()).toMatch(/¥3,000 was received for an order of ¥2,467 \(¥533 too much\)/);
    await desk.reply("OK");
    await desk.work();
    expect(await desk.refunds()).toEqual([]);
    await desk.reply("OK 533");
    await desk.work();
    await accountIsKnown();
    expect(await desk.refunds()).toMatchObject([{ action: "payout", amountMinor: 533 }]);
  });

  it("is said to be too little where it is", async () => {
    await answered("入金 2000", { text: "注文番号 679 の返金をお願いします。" });
    expect(warnings()).toMatch(/Only ¥2,000 was received for an order of ¥2,467 \(¥467 short\)/);
  });

  it("is proposed in the part that the customer names", async () => {
    await answered("入金 3000", { text: "注文番号 679 で払いすぎた533円の返金をお願いします。" });
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥533");
  });

  it("cannot be given back beyond itself", async () => {
    await answered("入金 2000", { text: "注文番号 679 をキャンセルします。返金をお願いします。" });
    await desk.reply("OK 2467");
    await desk.work();
    expect(await desk.refunds()).toEqual([]);
  });

  it("of nothing ends the ticket with the truth, after a live look", async () => {
    await asked();
    const looks = desk.provider.calls.filter((call) => call === "retrievePayment").length;
    await desk.reply("入金 0");
    await desk.work();
    expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "nothing_paid" });
    expect(desk.mails("nothing_charged", TARO)).toHaveLength(1);
    expect(desk.provider.calls.filter((call) => call === "retrievePayment").length).toBe(looks + 1);
  });

  it("counts for its own ticket alone: the next one is asked about anew", async () => {
    await answered("入金 0");
    await desk.advance(DAY);
    await desk.ask({
      text: "注文番号 679 を振り込みましたが、キャンセルします。返金をお願いします。",
    });
    expect((await desk.ticket(2)).status).toBe("unmatched");
    expect(desk.mails("nothing_charged", TARO)).toHaveLength(1);
    expect(desk.mails("deposit_question", TANAKA)).toHaveLength(2);
  });

  it("gives way to what the provider says by then", async () => {
    await answered("入金 2000", { text: "注文番号 679 をキャンセルします。返金をお願いします。" });
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    await desk.reply("OK");
    await desk.work();
    expect(await desk.refunds()).toEqual([]);
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,467");
  });
});

describe("who states the amount", () => {
  it("is named in the request that follows", async () => {
    await answered("入金 2467");
    expect(warnings()).toContain(`${TANAKA} stated that ¥2,467 was received`);
  });

  it("is named, too, where the provider says more than he did", async () => {
    await answered("入金 2000", { text: "注文番号 679 をキャンセルします。返金をお願いします。" });
    desk.provider.change("pi_679", { status: "paid", capturedMinor: 2467 });
    await desk.reply("OK");
    await desk.work();
    expect(warnings()).toContain(`${TANAKA} stated that ¥2,000 was received`);
  });

  it("is not who has to pay, though an approver", async () => {
    desk = await openDesk({ payments: [anAccount({ payerEmail: TANAKA })] });
    await desk.ask({ email: TARO });
    await desk.reply("1", SATO);
    await desk.work();
    await desk.reply("入金 500000", TANAKA);
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(explained()).toMatch(/payer or the requester/);
  });

  it("is nobody by mail where senders are not authenticated", async () => {
    desk = await openDesk({ payments: [anAccount()], shop: { approvalAuth: "token" } });
    await desk.ask();
    await desk.reply("入金 0");
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(desk.mails("nothing_charged")).toEqual([]);
  });
});

describe("a deposit that staff stated for an earlier ticket", () => {
  it("counts beside what the provider says: what is still owed is not taken for given back", async () => {
    const paid = { status: "paid", capturedMinor: 1000, amountMinor: 1000, paidAt: 1 } as const;
    desk = await openDesk({ payments: [anAccount(paid)] });
    await desk.ask({ text: "注文番号 679 の二重払い分の返金をお願いします。" });
    const { id } = await desk.ticket();
    const deposit = { amountMinor: 2000, statedBy: TANAKA, statedAt: 1 };
    await desk.store.write((tx) => tx.deposits.save(id, "memory", "pi_679", deposit));
    await desk.reply("OK");
    await desk.work();
    await desk.reply("OK 1000");
    await desk.work();
    await accountIsKnown();
    await desk.receive(anAnswer(desk.mail("staff_task", TANAKA), "完了 20261121-01"));
    await desk.work();
    expect((await desk.ticket()).status).toBe("refunded");
    await desk.ask({ text: "注文番号 679 をキャンセルします。返金をお願いします。" });
    expect(desk.mails("already_refunded")).toEqual([]);
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥1,000");
  });
});

describe("an answer that states no amount", () => {
  it.each([
    ["OK", /how much was received/],
    ["OK 2467", /how much was received/],
    ["1", /./],
    ["完了 20261121-01", /./],
    ["入金 679", /./],
    ["入金 2467 ドル", /./],
    ["入金 2467 ですか?", /./],
  ])("%s does nothing", async (text, reason) => {
    await answered(text);
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(explained()).toMatch(reason);
    expect(desk.mails("approval_request")).toEqual([]);
  });

  it("NG rejects, and the customer hears of it", async () => {
    await answered("NG");
    expect((await desk.ticket()).status).toBe("rejected");
    expect(desk.mails("rejected", TARO)).toHaveLength(1);
  });

  it("of a second approver comes too late", async () => {
    await answered("入金 2467");
    await desk.receive(anAnswer(desk.mail("deposit_question", SATO), "入金 1000"));
    await desk.work();
    expect(desk.mail("ambiguous_answer", SATO).variables["reason"]).toMatch(/outdated/);
    expect(desk.mail("approval_request", TANAKA).variables["amount"]).toBe("¥2,467");
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("does not count from who asks for the money", async () => {
    desk = await openDesk({ payments: [anAccount({ payerEmail: TANAKA })] });
    await desk.ask({ email: TANAKA });
    await desk.reply("入金 9000");
    await desk.work();
    expect((await desk.ticket()).status).toBe("unmatched");
    expect(explained()).toMatch(/another approver/);
  });
});
