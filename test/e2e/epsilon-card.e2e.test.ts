// Cards authorised through Epsilon: released by cancel_payment.cgi after one OK, or left to a person.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { FakeEpsilon, refusal } from "../support/fake-epsilon.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { PATIENCE_MS } from "./rig.ts";
import { customerOf, nameOf, openShop, SATO, type Shop } from "./shop.ts";
import { dieOnce, FORGED, MALLORY, readBy } from "./story.ts";

const CANCEL = "/cgi-bin/order/cancel_payment.cgi";
const AUTHORIZED = { payment_code: "1", state: "5" };
const VOIDED = "ご請求の取り消しについて";

describe.skipIf(!dovecotInstalled())("a card authorised at Epsilon", { timeout: 120_000 }, () => {
  let shop: Shop;
  const epsilon = new FakeEpsilon();

  beforeAll(async () => {
    await epsilon.start();
    for (const order of ["921", "922", "923", "924", "925"]) {
      const payer = { user_name: nameOf(order), user_mail_add: customerOf(order) };
      epsilon.add(order, { ...AUTHORIZED, item_price: "2467", ...payer });
    }
    const { contractCode, base } = epsilon;
    const settings = { EPSILON_CONTRACT_CODE: contractCode, EPSILON_API_BASE: base };
    shop = await openShop({ settings });
  });
  afterAll(async () => {
    await shop.close();
    await epsilon.stop();
  });

  const cancels = (order: string) =>
    epsilon.requests.filter(
      ({ path, params }) => path === CANCEL && params.get("order_number") === order,
    );
  const last = (ticket: number) => shop.mailsTo(SATO, ticket).at(-1) as ReceivedMail;
  const told = (order: string, ticket: number) => readBy(shop, customerOf(order), ticket);

  describe("after an OK", { concurrent: true, timeout: 120_000 }, () => {
    test("is released after one OK, and the customer told that nothing is charged", async () => {
      const { number, requests } = await shop.ask("921");
      expect(requests[0].subject).toContain("請求取消の承認依頼 ¥2,467");
      expect(cancels("921")).toEqual([]);
      await shop.answer(requests[0], "OK");
      expect(cancels("921")).toHaveLength(1);
      const ticket = { status: "closed", resolution: "voided", paymentId: "921" };
      expect(await shop.ticket(number)).toMatchObject(ticket);
      expect(told("921", number)).toEqual([VOIDED]);
      expect(shop.mailsTo(customerOf("921"))[0]?.text).toContain("ご請求は発生しません");
    });

    test("is given back in the screen, on the way it came, where it was charged meanwhile", async () => {
      const { number, requests } = await shop.ask("923");
      epsilon.set("923", "state", "1");
      await shop.answer(requests[0], "OK");
      expect(last(number).subject).toContain("【内容変更】返金の承認依頼 ¥2,467");
      await shop.answer(last(number), "OK");
      expect(last(number).text).toContain("お支払いと同じ方法(クレジットカード)にお戻しください");
      expect(cancels("923")).toEqual([]);
      expect(told("923", number)).toEqual([]);
      await shop.answer(last(number), "完了 9-1");
      expect(told("923", number)).toEqual(["返金の手続きが完了いたしました"]);
    });

    test("is told of at the address on the payment, whatever a forged form says", async () => {
      const { number, requests } = await shop.ask("925", FORGED);
      await shop.answer(requests[0], "OK");
      expect(cancels("925")).toHaveLength(1);
      expect(told("925", number)).toEqual([VOIDED]);
      expect(shop.mailsTo(MALLORY)).toEqual([]);
    });
  });

  test("is put before a person, with Epsilon's words, where it refuses", async () => {
    const { number, requests } = await shop.ask("922");
    epsilon.failAt(CANCEL, refusal("810", "対象取引はありません"));
    await shop.answer(requests[0], "OK");
    expect(cancels("922")).toHaveLength(1);
    const again = last(number);
    expect(again.subject).toContain("【内容変更】請求取消の承認依頼");
    expect(again.text).toContain("810: 対象取引はありません");
    expect(told("922", number)).toEqual([]);
    // In Epsilon's own screen, as the request says.
    epsilon.set("922", "state", "9");
    await shop.answer(again, "OK");
    // Whether it was charged in between, no API tells: that is for a person, and not for the customer.
    expect(last(number).text).toContain("キャンセル (9)");
    expect(cancels("922")).toHaveLength(1);
    expect(shop.status(number)).toBe("unmatched");
    expect(told("922", number)).toEqual([]);
  });

  test("is released once where henkin dies with Epsilon's answer on its way", async () => {
    const { number, requests } = await shop.ask("924");
    epsilon.failAt(CANCEL, "hang_after");
    await dieOnce(shop, {
      cause: () => shop.answer(requests[0], "OK"),
      seen: () => vi.waitUntil(() => cancels("924").length === 1, PATIENCE_MS),
    });
    expect(cancels("924")).toHaveLength(1);
    expect(shop.status(number)).toBe("closed");
    expect(told("924", number)).toEqual([VOIDED]);
  });
});
