import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { bounce } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { customerOf, openShop, payment, SATO, type Shop, SUZUKI } from "./shop.ts";

const PAYMENTS = [
  payment("602", { refundStatus: "pending" }),
  payment("603", { method: "konbini" }),
  payment("604", { status: "requires_capture" }),
  payment("605", { status: "requires_capture" }),
  payment("606"),
  payment("607", { refundStatus: "pending" }),
  payment("608", { refundStatus: "reversed_by_martians" }),
];

describe.skipIf(!dovecotInstalled())(
  "what becomes of a refund",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    const refundOf = (order: string) => {
      const payment = `pi_${order}`;
      const refund = shop.stripe.refunds.find(({ payment_intent }) => payment_intent === payment);
      if (refund === undefined) throw new Error(`no refund of ${order}`);
      return refund.id;
    };

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    test("is told when it succeeds, not before", async () => {
      const { number, requests } = await shop.ask("602");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("602")).toEqual(["refund pi_602 2467"]);
      expect((await shop.ticket(number)).status).toBe("refund_pending");
      expect(shop.mailsTo(customerOf("602")).map(({ subject }) => subject)).toEqual([
        `【渋谷商店】返金のお手続きを開始いたしました [R-${number}]`,
      ]);
      shop.stripe.setRefundStatus(refundOf("602"), "succeeded");
      await shop.waitForMailTo(customerOf("602"), "返金の手続きが完了いたしました");
      expect(shop.mailsTo(customerOf("602"))).toHaveLength(2);
      expect(await shop.ticket(number)).toMatchObject({
        status: "refunded",
        resolution: "refunded",
      });
      expect(shop.moves("602")).toEqual(["refund pi_602 2467"]);
    });

    test("is told when it fails", async () => {
      const { number, requests } = await shop.ask("607");
      await shop.answer(requests[0], "OK");
      shop.stripe.setRefundStatus(refundOf("607"), "failed", "lost_or_stolen_card");
      await shop.waitForMailTo(customerOf("607"), "返金のお手続きについてのお詫び");
      for (const address of [SATO, SUZUKI]) {
        expect(shop.mailsTo(address, number).at(-1)?.text).toContain("lost_or_stolen_card");
      }
      expect((await shop.ticket(number)).status).toBe("refund_failed");
      expect(shop.moves("607")).toEqual(["refund pi_607 2467"]);
    });

    test("asks a Konbini customer for the bank account first", async () => {
      const { number, requests } = await shop.ask("603");
      await shop.answer(requests[0], "OK");
      expect((await shop.ticket(number)).status).toBe("refund_requires_action");
      expect(shop.mailsTo(customerOf("603")).map(({ subject }) => subject)).toEqual([
        `【渋谷商店】返金先口座のご登録をお願いいたします [R-${number}]`,
      ]);
      shop.stripe.setRefundStatus(refundOf("603"), "succeeded");
      await shop.waitForMailTo(customerOf("603"), "返金の手続きが完了いたしました");
      expect(shop.moves("603")).toEqual(["refund pi_603 2467"]);
    });

    test("is put before staff where Stripe says something unheard of", async () => {
      const { number, requests } = await shop.ask("608");
      await shop.answer(requests[0], "OK");
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.text).toContain("reversed_by_martians");
      expect(shop.mailsTo(customerOf("608"))).toEqual([]);
      expect(shop.moves("608")).toEqual(["refund pi_608 2467"]);
    });

    test("is a void where nothing was captured", async () => {
      const { number, requests } = await shop.ask("604");
      expect(requests[0].subject).toContain("請求取消の承認依頼 ¥2,467");
      await shop.answer(requests[0], "OK 2000");
      expect(shop.moves("604")).toEqual([]);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("604")).toEqual(["cancel pi_604"]);
      const [call] = shop.stripe.requestsTo("POST", "/v1/payment_intents/pi_604/cancel");
      expect(call?.idempotencyKey).toMatch(/^henkin-[0-9a-f]{64}$/);
      expect(await shop.ticket(number)).toMatchObject({ status: "closed", resolution: "voided" });
      const [mail, ...more] = shop.mailsTo(customerOf("604"));
      expect(mail?.text).toContain("ご請求は発生しません");
      expect(more).toEqual([]);
    });

    test("is asked for anew where an authorisation was captured meanwhile", async () => {
      const { number, requests } = await shop.ask("605");
      shop.stripe.updatePayment("pi_605", { status: "succeeded" });
      await shop.answer(requests[0], "OK");
      expect(shop.moves("605")).toEqual([]);
      const request = shop.mailsTo(SATO, number).at(-1) as ReceivedMail;
      expect(request.subject).toContain("【内容変更】返金の承認依頼 ¥2,467");
      await shop.answer(request, "OK");
      expect(shop.moves("605")).toEqual(["refund pi_605 2467"]);
    });

    test("reaches staff where the customer's mail comes back", async () => {
      const { number, requests } = await shop.ask("606");
      await shop.answer(requests[0], "OK");
      const [mail] = shop.mailsTo(customerOf("606")) as [ReceivedMail];
      const report = { original: mail.raw, recipient: customerOf("606") };
      await shop.deliver(bounce({ ...report, status: "4.4.1" }));
      expect(shop.mailsTo(SATO, number)).toHaveLength(1);
      await shop.deliver(bounce(report));
      await shop.deliver(bounce(report));
      expect(shop.mailsTo(SATO, number)).toHaveLength(2);
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain(customerOf("606"));
      expect(shop.moves("606")).toEqual(["refund pi_606 2467"]);
    });
  },
);
