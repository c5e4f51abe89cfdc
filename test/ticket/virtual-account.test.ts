// Orders paid to an Epsilon virtual account, in each state that makeshop's manual names (イプシロン銀行振込
// (バーチャル口座)の決済ステータス): who is asked what, what is owed, and what the customer reads.

import { afterEach, describe, expect, it } from "vitest";
import type { MailName } from "../../src/domain/outgoing-mail.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { openDesk, TANAKA, type TestDesk } from "../support/desk.ts";
import { aPayment, TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
afterEach(() => desk.close());

const ORDER = "P171323551145213731";
const CANCEL = `注文番号: ${ORDER}\nキャンセルします。返金をお願いします。`;
const REFUND = `注文番号: ${ORDER}\n返金をお願いします。`;

function anOrder(makeshop: string, epsilon: string, change: Partial<Payment> = {}): Payment {
  return aPayment({
    ...{ id: "trans-1", orderNumbers: [ORDER], method: "virtual_account", byHand: true },
    ...{ amountMinor: 2500, capturedMinor: 0, paidAt: null, status: "processing" },
    systems: [
      { system: "イプシロン", state: epsilon },
      { system: "makeshop", state: makeshop },
    ],
    ...change,
  });
}

const PAID = { status: "paid", capturedMinor: 2500, paidAt: 1 } as const;

interface Case {
  readonly state: string;
  readonly order: () => Payment;
  readonly text: string;
  /** What staff answer to the question for the deposit; null where it is not asked. */
  readonly said: string | null;
  /** What a plain OK then stands for; null: nothing is owed, "": staff state the amount. */
  readonly owed: string | null;
  readonly warning?: RegExp;
}

const CASES: readonly Case[] = [
  {
    state: "要確認: given up half-way, and nothing came",
    order: () => anOrder("要確認・未発送", "未課金 (0)"),
    text: CANCEL,
    said: "入金 0",
    owed: null,
  },
  {
    state: "未入金: not paid yet",
    order: () => anOrder("未入金・未発送", "未課金 (0)"),
    text: CANCEL,
    said: "入金 0",
    owed: null,
  },
  {
    state: "入金完了: paid as it should be",
    order: () => anOrder("入金完了・未発送", "課金済み (1)", PAID),
    text: CANCEL,
    said: null,
    owed: "¥2,500",
  },
  {
    state: "入金期限切れ: too late to pay",
    order: () => anOrder("入金期限切れ・未発送", "未課金 (0)"),
    text: CANCEL,
    said: "入金 0",
    owed: null,
  },
  {
    state: "決済失敗, too much came: all of it where the order is cancelled",
    order: () => anOrder("決済失敗・未発送", "未課金 (0)"),
    text: CANCEL,
    said: "入金 3000",
    owed: "¥3,000",
    warning: /¥500 too much/,
  },
  {
    state: "決済失敗, too much came: the difference or all of it where it stands",
    order: () => anOrder("決済失敗・未発送", "未課金 (0)"),
    text: REFUND,
    said: "入金 3000",
    owed: "",
    warning: /¥500 too much/,
  },
  {
    state: "決済失敗, too little came",
    order: () => anOrder("決済失敗・未発送", "未課金 (0)"),
    text: CANCEL,
    said: "入金 2000",
    owed: "¥2,000",
    warning: /¥500 short/,
  },
  {
    state: "注文キャンセル: cancelled after it was paid",
    order: () => anOrder("注文キャンセル・未発送", "課金済み (1)", PAID),
    text: REFUND,
    said: null,
    owed: "¥2,500",
  },
  {
    state: "a deposit after the cancellation",
    order: () => anOrder("注文キャンセル・未発送", "キャンセル (9)"),
    text: REFUND,
    said: "入金 2500",
    owed: "¥2,500",
  },
];

const sent = (name: MailName) => desk.mails(name, TARO);

describe("an order paid to a virtual account", () => {
  it.each(CASES)("$state", async ({ order, text, said, owed, warning }) => {
    desk = await openDesk({ payments: [order()] });
    await desk.ask({ order: "", text });
    expect(desk.mails("deposit_question", TANAKA)).toHaveLength(said === null ? 0 : 1);
    if (said !== null) {
      const question = desk.mail("deposit_question", TANAKA).variables;
      expect(question["systems"]).toEqual(order().systems);
      expect(desk.transport.accepted.filter(({ to }) => to === TARO)).toEqual([]);
      await desk.reply(said);
      await desk.work();
    }
    if (owed === null) {
      expect(await desk.ticket()).toMatchObject({ status: "closed", resolution: "nothing_paid" });
      expect(sent("nothing_charged")).toHaveLength(1);
      expect(desk.mails("approval_request")).toEqual([]);
      return;
    }
    const request = desk.mail("approval_request", TANAKA).variables;
    expect(request).toMatchObject({ amount: owed, isPayout: true, hasProposal: owed !== "" });
    expect(request["facts"]).toContainEqual(
      expect.objectContaining({ label: "makeshop", payment: order().systems?.[1]?.state }),
    );
    if (warning !== undefined) expect(String(request["warnings"])).toMatch(warning);
    expect(sent("nothing_charged")).toEqual([]);
    await desk.reply(owed === "" ? "OK 500" : "OK");
    await desk.work();
    expect(sent("account_request")).toHaveLength(1);
    expect(sent("refunded")).toEqual([]);
    expect(desk.provider.creations).toEqual([]);
  });
});
