// The story of money that only a transfer by hand gives back, whatever it was paid with: staff do it,
// once, and the customer hears what is true.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { ContactFormOptions } from "../support/mails.ts";
import { type ReceivedMail, type ScriptedSmtp, startScriptedSmtp } from "../support/smtp.ts";
import { letTimePass, PATIENCE_MS, UNCERTAIN_WAIT_MS } from "./rig.ts";
import { customerOf, openShop, SATO, type Shop, SUZUKI } from "./shop.ts";
import {
  dieOnce,
  FORGED,
  MALLORY,
  MALLORYS_ACCOUNT,
  MALLORYS_NUMBER,
  PAYERS_ACCOUNT,
  PAYERS_NUMBER,
  readBy,
} from "./story.ts";

const ASKED = "返金先の口座をお知らせください";
const CONFIRMED = "返金先の口座をうけたまわりました";
const REFUNDED = "返金の手続きが完了いたしました";
const DONE = "完了 20261121-01";

export interface Kind {
  /** Paid, 2,467 yen each, by customerOf() with the name nameOf(). */
  readonly orders: readonly [string, string, string, string];
  /** What the approvers read of the first of them. */
  readonly shown: RegExp;
  readonly settings?: () => Promise<Record<string, string>>;
  /** Once the shop is open. */
  readonly prepare?: (shop: Shop) => Promise<void>;
}

export function describeByHand(
  name: string,
  { orders, shown, settings, prepare }: Kind,
  more: (shop: () => Shop) => void = () => {},
): void {
  describe.skipIf(!dovecotInstalled())(name, { timeout: 120_000 }, () => {
    let shop: Shop;
    let smtp: ScriptedSmtp;

    beforeAll(async () => {
      smtp = await startScriptedSmtp();
      shop = await openShop({ openSmtp: async () => smtp, settings: (await settings?.()) ?? {} });
      await prepare?.(shop);
    });
    afterAll(() => shop.close());

    const last = (address: string, ticket: number) =>
      shop.mailsTo(address, ticket).at(-1) as ReceivedMail;
    const told = (order: string, ticket: number) => readBy(shop, customerOf(order), ticket);
    /** To whomever, repeats included. */
    const tasks = (ticket: number) =>
      [SATO, SUZUKI]
        .flatMap((address) => shop.mailsTo(address, ticket))
        .filter(({ text }) => text.includes(PAYERS_NUMBER));

    /** Up to the second request, which shows whose account the customer gave. */
    async function untilAccount(order: string, form: ContactFormOptions = {}) {
      const { number, requests } = await shop.ask(order, form);
      await shop.answer(requests[0], "OK");
      expect(told(order, number)).toEqual([ASKED]);
      await shop.answer(last(customerOf(order), number), PAYERS_ACCOUNT);
      expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
      return { number, asked: requests[0], request: last(SATO, number) };
    }

    describe("ends as staff say", { concurrent: true, timeout: 120_000 }, () => {
      test("transferred by one person, and called refunded only then", async () => {
        const order = orders[0];
        const { number, asked, request } = await untilAccount(order);
        expect(asked.text).toMatch(shown);
        expect(tasks(number)).toEqual([]);
        await shop.answer(request, "OK");
        const [task, ...more] = tasks(number) as [ReceivedMail];
        expect(more).toEqual([]);
        expect(task.text).toContain("みずほ銀行 渋谷支店 普通 1234567 / 名義 タナカ タロウ");
        expect(shop.status(number)).toBe("awaiting_manual_refund");
        expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
        await shop.answer(task, DONE);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
        expect(last(customerOf(order), number).text).toContain("返金額: ¥2,467");
        const refund = { amount: 2467, refundId: "20261121-01" };
        const ticket = { status: "refunded", resolution: "refunded", ...refund };
        expect(await shop.ticket(number)).toMatchObject(ticket);
      });

      test("not called refunded where nobody transfers it", async () => {
        const order = orders[1];
        const { number, request } = await untilAccount(order);
        await shop.answer(request, "OK");
        await shop.answer(last(SATO, number), "NG");
        expect(shop.status(number)).toBe("refund_failed");
        expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
      });

      test("to the account of who paid, whatever a forged form says", async () => {
        const order = orders[2];
        const { number, requests } = await shop.ask(order, FORGED);
        expect(requests[0].text).toContain(MALLORY);
        await shop.answer(requests[0], "OK");
        const question = last(customerOf(order), number);
        await shop.answer(question, MALLORYS_ACCOUNT, { from: MALLORY });
        expect(last(SATO, number).text).toContain("ご本人からのメールと確認できない");
        expect(shop.status(number)).toBe("approved");
        await shop.answer(question, PAYERS_ACCOUNT);
        await shop.answer(last(SATO, number), "OK");
        const [task, ...more] = tasks(number);
        expect(more).toEqual([]);
        expect(task?.text).not.toContain(MALLORYS_NUMBER);
        await shop.answer(task as ReceivedMail, DONE);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
        expect(shop.mailsTo(MALLORY)).toEqual([]);
      });
    });

    test("is asked for by the same bytes, and told once, where henkin dies twice", async () => {
      const order = orders[3];
      const { number, request } = await untilAccount(order);

      smtp.behave("hang-after-data", { to: SATO, times: 1 });
      await dieOnce(shop, {
        cause: () => shop.answer(request, "OK"),
        seen: () => vi.waitUntil(() => tasks(number).length === 1, PATIENCE_MS),
        meanwhile: () => letTimePass(shop, UNCERTAIN_WAIT_MS),
      });
      const [task, repeat, ...more] = tasks(number) as [ReceivedMail, ReceivedMail];
      expect([repeat, more]).toEqual([task, []]);
      expect(told(order, number)).toEqual([ASKED, CONFIRMED]);

      smtp.behave("refuse-rcpt-4xx", { to: customerOf(order) });
      await dieOnce(shop, {
        cause: () => shop.answer(task, DONE),
        seen: () => smtp.waitForFault("refuse-rcpt-4xx", PATIENCE_MS),
        meanwhile() {
          smtp.behave("accept");
          expect(shop.status(number)).toBe("refunded");
          expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
          letTimePass(shop, PATIENCE_MS);
        },
      });
      await shop.waitForMailTo(customerOf(order), REFUNDED);
      await shop.answer(repeat, DONE);
      expect(shop.status(number)).toBe("refunded");
      expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
      expect(tasks(number)).toEqual([task, repeat]);
    });

    more(() => shop);
  });
}
