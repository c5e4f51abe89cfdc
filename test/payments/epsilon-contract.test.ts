// Epsilon keeps what every provider promises, alone and with the shop's own system beside it.

import { createEpsilonProvider } from "../../src/payments/epsilon.ts";
import { createMakeshopOrders } from "../../src/payments/makeshop.ts";
import type { Clock } from "../../src/ports.ts";
import { MONDAY } from "../support/fake-clock.ts";
import { FakeEpsilon } from "../support/fake-epsilon.ts";
import { FakeMakeshop } from "../support/fake-makeshop.ts";
import {
  type ContractPayment,
  describeProviderContract,
  type SampleName,
  STRIPE_REFUSALS,
} from "./provider-contract.ts";

const HOUR_MS = 60 * 60 * 1000;

/** One on which sleeping takes no time: makeshop is asked once a second. */
function restlessClock(): Clock {
  let now = MONDAY;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

/** Null for a sample it has not: no CGI tells of a chargeback, and none asks for an account. */
function add(fake: FakeEpsilon, sample: ContractPayment): string | null {
  const { name, amount, orderNumber, payerName, payerEmail, createdAt } = sample;
  if (name !== "paid" && name !== "authorized") return null;
  const at = new Date(createdAt + 9 * HOUR_MS).toISOString().slice(0, 19).replace("T", " ");
  return fake.add(orderNumber, {
    ...{ state: name === "paid" ? "1" : "5", item_price: String(amount) },
    ...{ user_name: payerName, user_mail_add: payerEmail, last_update: at, credit_time: at },
  });
}

function describeEpsilon(name: string, hasShop: boolean): void {
  describeProviderContract(name, {
    capabilities: {
      search: true,
      partial: true,
      void: true,
      asynchronous: false,
      manual: true,
      keyWindowMs: 0,
    },
    refusals: {
      ...STRIPE_REFUSALS,
      refund: "refund_not_supported",
      cancelCaptured: "void_not_supported",
    },
    start: async (payments) => {
      const clock = restlessClock();
      const fake = new FakeEpsilon();
      const shop = new FakeMakeshop(clock.now);
      await Promise.all([fake.start(), shop.start()]);
      const ids: Partial<Record<SampleName, string>> = {};
      for (const sample of payments) {
        const id = add(fake, sample);
        if (id !== null) ids[sample.name] = id;
        shop.set(sample.orderNumber, { sum: String(sample.amount) });
      }
      const { shopId, token, origin: apiBase } = shop;
      const orders = hasShop ? createMakeshopOrders({ shopId, token, apiBase, clock }) : null;
      const { contractCode, base } = fake;
      return {
        provider: createEpsilonProvider({ contractCode, apiBase: base, orders, now: clock.now }),
        ids: { ...ids, paid: ids.paid ?? "" },
        unknown: { payment: "999999", refund: "999999" },
        requests: () => fake.requests.length + shop.requests.length,
        stop: async () => {
          await Promise.all([fake.stop(), shop.stop()]);
        },
      };
    },
  });
}

describeEpsilon("Epsilon", false);
describeEpsilon("Epsilon beside makeshop", true);
