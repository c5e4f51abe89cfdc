// The worker dies after Stripe has made a refund for which the customer is asked for a bank account, and
// before it has stored Stripe's answer.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { PATIENCE_MS } from "./rig.ts";
import { customerOf, openShop, payment, type Shop } from "./shop.ts";
import { askForExcess, dieOnce, readBy } from "./story.ts";

const TRANSFER = { method: "customer_balance" } as const;
const PAYMENTS = [
  payment("721", { method: "konbini" }),
  payment("722", { ...TRANSFER, customer: "cus_722" }),
  payment("723", { ...TRANSFER, customer: "cus_723" }),
];

const ASKED = "返金先口座のご登録をお願いいたします";
const STARTED = "返金のお手続きを開始いたしました";
const REFUNDED = "返金の手続きが完了いたしました";

describe.skipIf(!dovecotInstalled())(
  "a worker that dies after Stripe made a refund to a bank account",
  { timeout: 120_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
      shop.stripe.transfer("cus_722", { amount: 2467, pays: "pi_722" });
      shop.stripe.transfer("cus_723", { amount: 3000, pays: "pi_723" });
    });
    afterAll(() => shop.close());

    const asApproved = async (order: string) => {
      const { number, requests } = await shop.ask(order);
      return { number, request: requests[0] };
    };

    test.each([
      ["of a Konbini payment", "721", asApproved],
      ["of a bank transfer", "722", asApproved],
      ["of what was transferred too much", "723", (order: string) => askForExcess(shop, order)],
    ])("finds it and makes no other: %s", async (_what, order, ask) => {
      const { number, request } = await ask(order);
      const { stripe } = shop;
      const known = stripe.refunds.length;
      const calls = stripe.requestsTo("POST", "/v1/refunds").length;
      stripe.fail({ method: "POST", path: "/v1/refunds", how: "hang-after-effect" });
      await dieOnce(shop, {
        cause: () => shop.answer(request, "OK"),
        seen: () => stripe.waitFor(() => stripe.refunds.length > known, PATIENCE_MS),
        meanwhile: () => stripe.release(),
      });
      expect(stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(calls + 1);
      const [refund, ...more] = stripe.refunds.slice(known);
      expect(more).toEqual([]);
      expect(refund?.instructions_email).toBe(customerOf(order));
      expect(shop.status(number)).toBe("refund_requires_action");
      expect(readBy(shop, customerOf(order), number)).toEqual([ASKED]);
      for (const [status, word] of [
        ["pending", STARTED],
        ["succeeded", REFUNDED],
      ] as const) {
        stripe.setRefundStatus(refund?.id ?? "", status);
        await shop.waitForMailTo(customerOf(order), word);
      }
      expect(readBy(shop, customerOf(order), number)).toEqual([ASKED, STARTED, REFUNDED]);
      expect(shop.status(number)).toBe("refunded");
    });
  },
);
