// Refunds for which Stripe asks the customer for a bank account: Konbini, bank transfers and what was
// transferred too much.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { customerOf, openShop, payment, SATO, type Shop } from "./shop.ts";
import { askForExcess, FORGED, MALLORY, readBy } from "./story.ts";

const KONBINI = { method: "konbini" } as const;
const PAYMENTS = [
  payment("701", KONBINI),
  payment("702", KONBINI),
  payment("703", KONBINI),
  payment("704", KONBINI),
  payment("705", { ...KONBINI, status: "requires_action", atTheTill: true }),
];
/** Order → what was transferred for it. */
const TRANSFERS = { 711: 2467, 712: 2467, 713: 3000, 714: 2467, 715: 3000, 716: 3000 };

const ASKED = "返金先口座のご登録をお願いいたします";
const STARTED = "返金のお手続きを開始いたしました";
const REFUNDED = "返金の手続きが完了いたしました";
const SORRY = "返金のお手続きについてのお詫び";

describe.skipIf(!dovecotInstalled())(
  "a refund to a bank account",
  { concurrent: true, timeout: 120_000 },
  () => {
    let shop: Shop;

    const refundsOf = (order: string) =>
      shop.stripe.refunds.filter(({ payment_intent }) => payment_intent === `pi_${order}`);
    const excessOf = (order: string) =>
      shop.stripe.refunds.filter((refund) => refund.customer === `cus_${order}`);
    const asked = (order: string) =>
      shop.stripe
        .requestsTo("POST", "/v1/refunds")
        .filter(({ params }) => params["payment_intent"] === `pi_${order}`)
        .map(({ params }) => params["instructions_email"]);
    const told = (order: string, ticket: number) => readBy(shop, customerOf(order), ticket);

    beforeAll(async () => {
      const transfers = Object.keys(TRANSFERS).map((order) =>
        payment(order, { method: "customer_balance", customer: `cus_${order}` }),
      );
      shop = await openShop({ payments: [...PAYMENTS, ...transfers] });
      for (const [order, amount] of Object.entries(TRANSFERS)) {
        shop.stripe.transfer(`cus_${order}`, { amount, pays: `pi_${order}` });
      }
    });
    afterAll(() => shop.close());

    test.each(["701", "711"])("is told of when it succeeds and not before: %s", async (order) => {
      const { number, requests } = await shop.ask(order);
      expect(requests[0].text).toContain("45日以内");
      await shop.answer(requests[0], "OK");
      expect(asked(order)).toEqual([customerOf(order)]);
      const [refund] = refundsOf(order);
      expect(shop.status(number)).toBe("refund_requires_action");
      expect(told(order, number)).toEqual([ASKED]);
      shop.stripe.setRefundStatus(refund?.id ?? "", "pending");
      await shop.waitForMailTo(customerOf(order), STARTED);
      expect(told(order, number)).toEqual([ASKED, STARTED]);
      shop.stripe.setRefundStatus(refund?.id ?? "", "succeeded");
      await shop.waitForMailTo(customerOf(order), REFUNDED);
      expect(told(order, number)).toEqual([ASKED, STARTED, REFUNDED]);
      expect(await shop.ticket(number)).toMatchObject({ status: "refunded" });
      expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
    });

    test.each(["702", "712"])(
      "that expires is proposed as a transfer by hand: %s",
      async (order) => {
        const { number, requests } = await shop.ask(order);
        await shop.answer(requests[0], "OK");
        shop.stripe.expireRefund(refundsOf(order)[0]?.id ?? "");
        await shop.waitForMailTo(customerOf(order), SORRY);
        expect(shop.status(number)).toBe("refund_failed");
        expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("失敗しました");
        expect(await shop.henkin("approve", String(number), "--by-hand")).toMatchObject({
          code: 0,
        });
        const proposal = await shop.waitForMailTo(SATO, "手作業での振込をお願いします");
        expect(proposal.text).toContain("手作業での振込");
        expect(told(order, number)).toEqual([ASKED, SORRY]);
        expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
      },
    );

    test("whose answer is lost is made once", async () => {
      const { number, requests } = await shop.ask("703");
      const when = ({ params }: { params: Readonly<Record<string, unknown>> }) =>
        params["payment_intent"] === "pi_703";
      shop.stripe.fail({ method: "POST", path: "/v1/refunds", when, how: "cut-after-effect" });
      await shop.answer(requests[0], "OK");
      await shop.waitForMailTo(customerOf("703"), ASKED);
      expect(refundsOf("703")).toHaveLength(1);
      expect(shop.status(number)).toBe("refund_requires_action");
    });

    test.each(["704", "714"])(
      "goes where the payment says, whatever a forged form does: %s",
      async (order) => {
        const { number, requests } = await shop.ask(order, FORGED);
        expect(requests[0].text).toContain(customerOf(order));
        await shop.answer(requests[0], "OK");
        expect(asked(order)).toEqual([customerOf(order)]);
        shop.stripe.setRefundStatus(refundsOf(order)[0]?.id ?? "", "succeeded");
        await shop.waitForMailTo(customerOf(order), REFUNDED);
        expect(told(order, number)).toEqual([ASKED, REFUNDED]);
        expect(shop.mailsTo(MALLORY)).toEqual([]);
      },
    );

    test.each([
      ["to who asks", "713", {}],
      ["to who paid, whatever a forged form does", "716", FORGED],
    ])(
      "of what was transferred too much is chosen by staff, and told %s: %s",
      async (_to, order, form) => {
        const { number, list, request } = await askForExcess(shop, order, form);
        expect(list.subject).toContain("どの決済への返金か");
        expect(request.subject).toContain("¥533");
        expect(excessOf(order)).toEqual([]);
        await shop.answer(request, "OK");
        const [call] = shop.stripe
          .requestsTo("POST", "/v1/refunds")
          .filter(({ params }) => params["customer"] === `cus_${order}`);
        expect(call?.params).toMatchObject({
          origin: "customer_balance",
          customer: `cus_${order}`,
          currency: "jpy",
          amount: "533",
          instructions_email: customerOf(order),
        });
        expect(refundsOf(order)).toEqual([]);
        expect(told(order, number)).toEqual([ASKED]);
        shop.stripe.setRefundStatus(excessOf(order)[0]?.id ?? "", "succeeded");
        await shop.waitForMailTo(customerOf(order), REFUNDED);
        expect(told(order, number)).toEqual([ASKED, REFUNDED]);
        expect(shop.status(number)).toBe("refunded");
        expect(shop.mailsTo(MALLORY)).toEqual([]);
      },
    );

    test("of what was transferred too much lies in the balance again where it expires", async () => {
      const { number, request } = await askForExcess(shop, "715");
      await shop.answer(request, "OK");
      shop.stripe.expireRefund(excessOf("715")[0]?.id ?? "");
      await shop.waitForMailTo(customerOf("715"), SORRY);
      expect(told("715", number)).toEqual([ASKED, SORRY]);
      expect(shop.status(number)).toBe("refund_failed");
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("失敗しました");
      expect(excessOf("715")).toHaveLength(1);
    });

    test("is not needed where the voucher is paid only now: asked about anew", async () => {
      const { number, requests } = await shop.ask("705");
      expect(requests[0].subject).toContain("請求取消の承認依頼");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("705")).toEqual([]);
      expect(shop.mailsTo(SATO, number).at(-1)?.subject).toContain("請求取消の承認依頼");
      shop.stripe.updatePayment("pi_705", { atTheTill: false, status: "succeeded" });
      await shop.answer(shop.mailsTo(SATO, number).at(-1) as ReceivedMail, "OK");
      expect(shop.moves("705")).toEqual([]);
      expect(shop.mailsTo(SATO, number).at(-1)?.subject).toContain("返金の承認依頼");
      expect(told("705", number)).toEqual([]);
    });
  },
);
