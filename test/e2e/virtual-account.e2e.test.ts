// Orders paid by transfer to an Epsilon virtual account, which makeshop knows, too.

import { afterAll, expect, test } from "vitest";
import { FakeEpsilon, VIRTUAL_ACCOUNT } from "../support/fake-epsilon.ts";
import { FakeMakeshop } from "../support/fake-makeshop.ts";
import { describeByHand, type Kind } from "./by-hand.ts";
import { customerOf, nameOf } from "./shop.ts";

const epsilon = new FakeEpsilon();
const makeshop = new FakeMakeshop(Date.now);
afterAll(() => Promise.all([epsilon.stop(), makeshop.stop()]));

const KIND: Kind = {
  orders: ["901", "902", "903", "904"],
  shown: /イプシロン: 課金済み \(1\)\n・makeshop: 入金完了・未発送/,
  async settings() {
    await Promise.all([epsilon.start(), makeshop.start()]);
    for (const order of KIND.orders) {
      const payer = { user_name: nameOf(order), user_mail_add: customerOf(order) };
      epsilon.add(order, { ...VIRTUAL_ACCOUNT, item_price: "2467", ...payer });
      makeshop.set(order, { email: customerOf(order) });
    }
    return {
      EPSILON_CONTRACT_CODE: epsilon.contractCode,
      EPSILON_API_BASE: epsilon.base,
      MAKESHOP_SHOP_ID: makeshop.shopId,
      MAKESHOP_TOKEN: makeshop.token,
      MAKESHOP_API_BASE: makeshop.origin,
    };
  },
};

describeByHand("an order paid to a virtual account", KIND, (shop) => {
  test("is only looked at, in one system and the other", () => {
    const calls = new Set([...epsilon.requests, ...makeshop.requests].map(({ path }) => path));
    expect([...calls]).toEqual(["/cgi-bin/order/getsales2.cgi", "/api/orderinfo/index.html"]);
    expect(makeshop.blocked).toBe(false);
    expect(shop().moves()).toEqual([]);
  });
});
