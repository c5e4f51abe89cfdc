// Refunds for which Stripe asks the customer for a bank account: Konbini, bank transfers and what was
// transferred too much.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import {
  CUSTOMER,
  crash,
  expectNoRepeat,
  PATIENCE_MS,
  test as rigTest,
  TIMEOUT_MS,
  untilRequest,
} from "./rig.ts";
import { customerOf, openShop, payment, SATO, type Shop } from "./shop.ts";

const TRANSFER = { method: "customer_balance" } as const;
const PAYMENTS = [
  payment("701", { method: "konbini" }),
  payment("702", { method: "konbini" }),
  payment("703", { method: "konbini" }),
  payment("704", { method: "konbini" }),
  payment("705", { method: "konbini", status: "requires_action", atTheTill: true }),
  payment("711", { ...TRANSFER, customer: "cus_711" }),
  payment("712", { ...TRANSFER, customer: "cus_712" }),
  payment("713", { ...TRANSFER, customer: "cus_713" }),
];

describe.skipIf(!dovecotInstalled())(
  "a refund to a bank account",
  { concurrent: true, timeout: 120_000 },
  () => {
    let shop: Shop;

    const refundsOf = (order: string) =>
      shop.stripe.refunds.filter(({ payment_intent }) => payment_intent === `pi_${order}`);
    const asked = (order: string) =>
      shop.stripe
        .requestsTo("POST", "/v1/refunds")
        .filter(({ params }) => params["payment_intent"] === `pi_${order}`)
        .map(({ params }) => params["instructions_email"]);
    const said = (order: string, word: string) =>
      shop.mailsTo(customerOf(order)).filter(({ subject }) => subject.includes(word)).length;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
      for (const order of ["711", "712"]) {
        shop.stripe.transfer(`cus_${order}`, { amount: 2467, pays: `pi_${order}` });
      }
      shop.stripe.transfer("cus_713", { amount: 3000, pays: "pi_713" });
    });
    afterAll(() => shop.close());

    test.each(["701", "711"])("is told of when it succeeds and not before: %s", async (order) => {
      const { number, requests } = await shop.ask(order);
      expect(requests[0].text).toContain("45日以内");
      await shop.answer(requests[0], "OK");
      expect(asked(order)).toEqual([customerOf(order)]);
      const [refund] = refundsOf(order);
      expect((await shop.ticket(number)).status).toBe("refund_requires_action");
      expect(said(order, "返金先口座のご登録")).toBe(1);
      shop.stripe.setRefundStatus(refund?.id ?? "", "pending");
      await shop.waitForMailTo(customerOf(order), "返金のお手続きを開始いたしました");
      expect(said(order, "完了")).toBe(0);
      shop.stripe.setRefundStatus(refund?.id ?? "", "succeeded");
      await shop.waitForMailTo(customerOf(order), "返金の手続きが完了いたしました");
      expect(shop.mailsTo(customerOf(order))).toHaveLength(3);
      expect(await shop.ticket(number)).toMatchObject({ status: "refunded" });
      expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
    });

    test.each(["702", "712"])(
      "that expires is proposed as a transfer by hand: %s",
      async (order) => {
        const { number, requests } = await shop.ask(order);
        await shop.answer(requests[0], "OK");
        shop.stripe.expireRefund(refundsOf(order)[0]?.id ?? "");
        await shop.waitForMailTo(customerOf(order), "返金のお手続きについてのお詫び");
        expect((await shop.ticket(number)).status).toBe("refund_failed");
        expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("失敗しました");
        expect(await shop.henkin("approve", String(number), "--by-hand")).toMatchObject({
          code: 0,
        });
        const proposal = await shop.waitForMailTo(SATO, "手作業での振込をお願いします");
        expect(proposal.text).toContain("手作業での振込");
        expect(said(order, "完了")).toBe(0);
        expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
      },
    );

    test("whose answer is lost is made once", async () => {
      const { number, requests } = await shop.ask("703");
      const when = ({ params }: { params: Readonly<Record<string, unknown>> }) =>
        params["payment_intent"] === "pi_703";
      shop.stripe.fail({ method: "POST", path: "/v1/refunds", when, how: "cut-after-effect" });
      await shop.answer(requests[0], "OK");
      await shop.waitForMailTo(customerOf("703"), "返金先口座のご登録");
      expect(refundsOf("703")).toHaveLength(1);
      expect((await shop.ticket(number)).status).toBe("refund_requires_action");
    });

    test("goes where the payment says, whatever a forged form does", async () => {
      const forged = "mallory@evil.example";
      const { requests } = await shop.ask("704", { email: forged });
      expect(requests[0].text).toContain(customerOf("704"));
      await shop.answer(requests[0], "OK");
      expect(asked("704")).toEqual([customerOf("704")]);
      expect(said("704", "返金先口座のご登録")).toBe(1);
      expect(shop.mailsTo(forged)).toEqual([]);
    });

    test("of what was transferred too much is chosen by staff and made of the balance", async () => {
      const { requests } = await shop.ask("713");
      expect(requests[0].subject).toContain("どの決済への返金か");
      expect(requests[0].text).toContain("¥533");
      const choice = /候補 (\d)[^\n]*¥533/.exec(requests[0].text)?.[1] ?? "";
      await shop.answer(requests[0], choice);
      const request = shop.mailsTo(SATO).findLast(({ subject }) => subject.includes("¥533"));
      await shop.answer(request as ReceivedMail, "OK");
      const [call] = shop.stripe
        .requestsTo("POST", "/v1/refunds")
        .filter(({ params }) => params["origin"] !== undefined);
      expect(call?.params).toMatchObject({
        origin: "customer_balance",
        customer: "cus_713",
        currency: "jpy",
        amount: "533",
        instructions_email: customerOf("713"),
      });
      expect(refundsOf("713")).toEqual([]);
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
      expect(said("705", "取消")).toBe(0);
    });
  },
);

/** The first line of Stripe's answer to a refund that it made. */
const REFUND_MADE = /^HTTP\/1\.1 200[\s\S]*"id": "re_/;

describe.skipIf(!dovecotInstalled())(
  "a worker that dies after Stripe made the refund",
  { timeout: TIMEOUT_MS },
  () => {
    for (const method of ["konbini", "customer_balance"] as const) {
      rigTest(`finds it and makes no other: ${method}`, async ({ rig }) => {
        rig.addPayment({ method });
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(REFUND_MADE, "to-client");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        expect(rig.rows("select state, instructions_email from refund")).toEqual([
          { state: "planned", instructions_email: CUSTOMER },
        ]);
        await crash(worker);
        rig.networks.stripe.drop();

        await rig.start();
        await rig.ticketIs("refund_requires_action");
        expect(rig.stripe.refunds).toHaveLength(1);
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
        expectNoRepeat(rig);
      });
    }
  },
);
