import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { FakeSmartpay } from "../support/fake-smartpay.ts";
import { PATIENCE_MS } from "./rig.ts";
import { customerOf, nameOf, openShop, SATO, type Shop } from "./shop.ts";
import { dieOnce, FORGED, MALLORY, readBy } from "./story.ts";

const SECRET_KEY = "sk_test_smartpay";
const REFUNDED = "返金の手続きが完了いたしました";

interface SmartpayShop {
  readonly smartpay: FakeSmartpay;
  readonly shop: Shop;
  readonly close: () => Promise<void>;
}

/** A shop with both: Stripe has no payments, Smartpay those of these orders. */
async function openSmartpayShop(
  orders: Readonly<Record<string, "succeeded" | "requires_capture">>,
): Promise<SmartpayShop> {
  const smartpay = new FakeSmartpay({ secretKey: SECRET_KEY });
  const api = await smartpay.start();
  for (const [reference, status] of Object.entries(orders)) {
    const customerInfo = { emailAddress: customerOf(reference), lastName: nameOf(reference) };
    smartpay.addOrder({ suffix: reference, reference, amount: 2467, status, customerInfo });
  }
  const settings = { SMARTPAY_SECRET_KEY: SECRET_KEY, SMARTPAY_API_BASE: api.url };
  const shop = await openShop({ settings });
  const close = async () => {
    await shop.close();
    await api.close();
  };
  return { smartpay, shop, close };
}

const refundCalls = (smartpay: FakeSmartpay) => smartpay.requestsTo("POST", "/v1/refunds");

describe.skipIf(!dovecotInstalled())(
  "a request for an order paid at Smartpay",
  { timeout: 120_000 },
  () => {
    let open: SmartpayShop;

    beforeAll(async () => {
      open = await openSmartpayShop({
        801: "succeeded",
        802: "succeeded",
        803: "requires_capture",
        804: "requires_capture",
        805: "succeeded",
        806: "requires_capture",
        811: "succeeded",
        812: "succeeded",
        813: "succeeded",
      });
    });
    afterAll(() => open.close());

    const refundsOf = (order: string) =>
      open.smartpay.refunds.filter(({ payment }) => payment === `payment_test_${order}`);

    test("is refunded once after one OK, and the customer told how", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("801");
      expect(readBy(shop, customerOf("801"), number)).toEqual([]);
      expect(requests[0].text).toContain("Smartpay(あと払い)");
      await shop.answer(requests[0], "OK 2,000円\n理由: 重複");
      const calls = refundCalls(smartpay).filter(({ effect }) => effect);
      expect(calls).toMatchObject([
        {
          idempotencyKey: expect.stringMatching(/^henkin-[0-9a-f]{64}$/),
          body: {
            payment: "payment_test_801",
            amount: 2000,
            currency: "JPY",
            reason: "requested_by_customer",
            reference: expect.stringMatching(/^[0-9a-f]{32}$/),
            metadata: { henkin_ticket: String(number), henkin_reason: "duplicate" },
          },
        },
      ]);
      expect(await shop.ticket(number)).toMatchObject({
        status: "refunded",
        paymentId: "payment_test_801",
        amount: 2000,
      });
      const [mail, ...more] = shop.mailsTo(customerOf("801"));
      expect(more).toEqual([]);
      expect(mail?.subject).toContain("返金の手続きが完了いたしました");
      expect(mail?.text).toContain("最後の回より順に");
    });

    test("goes back and is told where it was paid, whatever a forged form says", async () => {
      const { shop, smartpay } = open;
      for (const [order, told] of [
        ["805", REFUNDED],
        ["806", "ご請求の取り消しについて"],
      ] as const) {
        const { number, requests } = await shop.ask(order, FORGED);
        expect(requests[0].text).toContain(MALLORY);
        await shop.answer(requests[0], "OK");
        expect(readBy(shop, customerOf(order), number)).toEqual([told]);
      }
      expect(smartpay.refunds.at(-1)).toMatchObject({ payment: "payment_test_805", amount: 2467 });
      expect(shop.mailsTo(MALLORY)).toEqual([]);
    });

    test("reaches staff where Smartpay refuses, and is not refunded", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("802");
      smartpay.newRefundStatus = "failed";
      await shop.answer(requests[0], "OK");
      smartpay.newRefundStatus = "succeeded";
      expect((await shop.ticket(number)).status).toBe("refund_failed");
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("返金 ¥2,467 が失敗しました");
      const subjects = shop.mailsTo(customerOf("802")).map(({ subject }) => subject);
      expect(subjects).toEqual([expect.stringContaining("お詫び")]);
    });

    test("is a cancellation where nothing was captured", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("803");
      expect(requests[0].subject).toContain("請求取消の承認依頼 ¥2,467");
      await shop.answer(requests[0], "OK");
      const calls = smartpay.requestsTo("PUT", "/v1/orders/order_test_803/cancellation");
      expect(calls.filter(({ effect }) => effect)).toHaveLength(1);
      expect(await shop.ticket(number)).toMatchObject({ status: "closed", resolution: "voided" });
    });

    test("is asked for anew where the order was captured meanwhile", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("804");
      const payment = smartpay.capture("order_test_804");
      await shop.answer(requests[0], "OK");
      expect(smartpay.refunds.filter((refund) => refund.payment === payment)).toEqual([]);
      const [anew] = shop.mailsTo(SATO, number).slice(-1);
      expect(anew?.subject).toContain("【内容変更】返金の承認依頼 ¥2,467");
      if (anew !== undefined) await shop.answer(anew, "OK");
      expect(await shop.ticket(number)).toMatchObject({ status: "refunded", paymentId: payment });
      expect(smartpay.refunds.filter((refund) => refund.payment === payment)).toHaveLength(1);
    });

    test("is found sound by doctor", async () => {
      const { stdout } = await open.shop.henkin("doctor");
      expect(stdout).toContain("Smartpay key: test mode: no money moves");
      expect(stdout).toContain("Smartpay orders: can be listed");
      expect(stdout).toContain("agrees with Smartpay");
    });

    test("refused for good ends the attempt, and nobody is paid", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("811");
      // Between the last look and the call somebody refunds in the Dashboard.
      smartpay.fail({ method: "POST", path: "/v1/refunds", how: "refuse" });
      await shop.answer(requests[0], "OK");
      expect(shop.status(number)).toBe("refund_failed");
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("amount_insufficient");
      expect(refundsOf("811")).toEqual([]);
      expect(shop.mailsTo(customerOf("811"))).toEqual([]);
    });

    test("is refunded once where henkin dies with the answer on its way", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("812");
      smartpay.fail({ method: "POST", path: "/v1/refunds", how: "hang-after-effect" });
      await dieOnce(shop, {
        cause: () => shop.answer(requests[0], "OK"),
        seen: () => smartpay.waitFor(() => refundsOf("812").length === 1, PATIENCE_MS),
        meanwhile: () => smartpay.release(),
      });
      await shop.waitForMailTo(customerOf("812"), REFUNDED);
      const keys = refundCalls(smartpay)
        .filter(({ body }) => JSON.stringify(body).includes("payment_test_812"))
        .map(({ idempotencyKey }) => idempotencyKey);
      expect(new Set(keys).size).toBe(1);
      const [refund, ...more] = refundsOf("812");
      expect(more).toEqual([]);
      const ticket = { status: "refunded", refundId: refund?.id };
      expect(await shop.ticket(number)).toMatchObject(ticket);
      expect(readBy(shop, customerOf("812"), number)).toEqual([REFUNDED]);
    });

    test("is refunded once where only the answer is lost", async () => {
      const { shop, smartpay } = open;
      const { number, requests } = await shop.ask("813");
      smartpay.fail({ method: "POST", path: "/v1/refunds", how: "cut-after-effect" });
      await shop.answer(requests[0], "OK");
      await shop.waitForMailTo(customerOf("813"), REFUNDED);
      expect(refundsOf("813")).toHaveLength(1);
      expect(shop.status(number)).toBe("refunded");
    });
  },
);
