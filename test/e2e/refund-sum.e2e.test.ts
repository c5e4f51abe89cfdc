import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { customerOf, openShop, payment, SATO, type Shop } from "./shop.ts";

const PAYMENTS = [
  payment("201"),
  payment("202"),
  payment("203"),
  payment("204", { currency: "usd" }),
  payment("205", { id: "ch_205", withoutPaymentIntent: true }),
  payment("206"),
];

describe.skipIf(!dovecotInstalled())(
  "the refunds of one payment",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    test("follow one another up to what was paid", async () => {
      const first = await shop.ask("201");
      await shop.answer(first.requests[0], "OK 1000");
      const second = await shop.ask("201");
      expect(second.number).toBeGreaterThan(first.number);
      expect(second.requests[0].subject).toContain("¥1,467");
      expect(second.requests[0].text).toContain(`別チケット: R-${first.number}`);
      await shop.answer(second.requests[0], "OK 1468");
      expect(shop.moves("201")).toEqual(["refund pi_201 1000"]);
      await shop.answer(second.requests[0], "OK");
      expect(shop.moves("201")).toEqual(["refund pi_201 1000", "refund pi_201 1467"]);
    });

    test("are named to staff where one made elsewhere is still pending", async () => {
      const { id } = shop.stripe.addRefund("pi_202", 500, "pending");
      const { requests } = await shop.ask("202");
      expect(requests[0].text).toContain(`処理中の返金が別にあります: ${id} ¥500`);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("202")).toEqual(["refund pi_202 1967"]);
    });

    test("are never two where two tickets mean the same payment", async () => {
      const one = await shop.ask("203");
      const other = await shop.ask("2030", { email: customerOf("203") });
      await shop.answer(other.requests[0], "1");
      const request = shop.mailsTo(SATO, other.number).at(-1) as ReceivedMail;
      expect(request.text).toContain(`同じ決済の別チケット: R-${one.number}`);
      await shop.answer(one.requests[0], "OK");
      await shop.answer(request, "OK");
      expect(shop.moves("203")).toEqual(["refund pi_203 2467"]);
      expect(await shop.ticket(other.number)).toMatchObject({
        status: "closed",
        resolution: "done_elsewhere",
      });
    });

    test("count in the payment's own currency", async () => {
      const { requests } = await shop.ask("204");
      expect(requests[0].subject).toContain("$24.67");
      await shop.answer(requests[0], "OK 20円");
      expect(shop.moves("204")).toEqual([]);
      await shop.answer(requests[0], "OK 20.00");
      expect(shop.moves("204")).toEqual(["refund pi_204 2000"]);
      expect(shop.mailsTo(customerOf("204"))[0]?.text).toContain("$20.00");
    });

    test("go to the charge where there is no payment intent", async () => {
      const { requests } = await shop.ask("205");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("205")).toEqual(["refund ch_205 2467"]);
    });

    test("wait for nobody's word about another amount", async () => {
      const { requests } = await shop.ask("206", { message: "9,999円を返金してください。" });
      expect(requests[0].subject).toContain("¥2,467");
      expect(requests[0].text).toContain("希望額 ¥9,999 は返金可能額を超えています");
      await shop.answer(requests[0], "OK 9999");
      expect(shop.moves("206")).toEqual([]);
    });
  },
);
