// Money that only a transfer by hand gives back: paid to an Epsilon virtual account (seen in makeshop,
// too), or imported from another processor's file. Staff do it, once, and the customer hears what is true.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { FakeEpsilon, VIRTUAL_ACCOUNT } from "../support/fake-epsilon.ts";
import { FakeMakeshop } from "../support/fake-makeshop.ts";
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

const KINDS = [
  { kind: "an Epsilon virtual account", first: 901, shown: /makeshop: 入金完了・未発送/ },
  { kind: "a file of payments", first: 911, shown: /決済ID: manual T-911/ },
];

const PAYER = "田中太郎";
const ASKED = "返金先の口座をお知らせください";
const CONFIRMED = "返金先の口座をうけたまわりました";
const REFUNDED = "返金の手続きが完了いたしました";
const DONE = "完了 20261121-01";

describe.skipIf(!dovecotInstalled())(
  "a payment that staff give back by hand",
  { timeout: 120_000 },
  () => {
    let shop: Shop;
    let smtp: ScriptedSmtp;
    const epsilon = new FakeEpsilon();
    const makeshop = new FakeMakeshop(Date.now);

    beforeAll(async () => {
      await Promise.all([epsilon.start(), makeshop.start()]);
      smtp = await startScriptedSmtp();
      shop = await openShop({
        openSmtp: async () => smtp,
        settings: {
          EPSILON_CONTRACT_CODE: epsilon.contractCode,
          EPSILON_API_BASE: epsilon.base,
          MAKESHOP_SHOP_ID: makeshop.shopId,
          MAKESHOP_TOKEN: makeshop.token,
          MAKESHOP_API_BASE: makeshop.origin,
        },
      });
      for (const order of ["901", "902", "903", "904", "905"]) {
        const payer = { user_name: PAYER, user_mail_add: customerOf(order) };
        epsilon.add(order, { ...VIRTUAL_ACCOUNT, item_price: "2467", ...payer });
        makeshop.set(order, { email: customerOf(order) });
      }
      const lines = ["911", "912", "913", "914", "915"].map(
        (order) =>
          `T-${order},${order},2467,入金済み,${PAYER},${customerOf(order)},2026/11/1 12:34`,
      );
      const head = "取引ID,注文番号,支払金額,状態,購入者名,メールアドレス,入金日";
      const file = join(shop.directory, "payments.csv");
      await writeFile(file, [head, ...lines, ""].join("\n"));
      expect(await shop.henkin("import", file, "--apply")).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      await shop.close();
      await Promise.all([epsilon.stop(), makeshop.stop()]);
    });

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
      const { number, requests } = await shop.ask(order, { name: PAYER, ...form });
      await shop.answer(requests[0], "OK");
      const question = last(customerOf(order), number);
      expect(told(order, number)).toEqual([ASKED]);
      await shop.answer(question, PAYERS_ACCOUNT);
      return { number, asked: requests[0], request: last(SATO, number) };
    }

    /** Up to the transfer that one person is asked for. */
    async function untilTask(order: string) {
      const { number, asked, request } = await untilAccount(order);
      await shop.answer(request, "OK");
      return { number, asked, task: last(SATO, number) };
    }

    describe.each(KINDS)("known from $kind", ({ first, shown }) => {
      const orderAt = (n: number) => String(first + n);

      test("is transferred by one person, and called refunded only then", async () => {
        const order = orderAt(0);
        const { number, asked, task } = await untilTask(order);
        expect(asked.text).toMatch(shown);
        expect(tasks(number)).toEqual([task]);
        expect(task.text).toContain("みずほ銀行 渋谷支店 普通 1234567 / 名義 タナカ タロウ");
        expect(shop.status(number)).toBe("awaiting_manual_refund");
        expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
        await shop.answer(task, DONE);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
        expect(last(customerOf(order), number).text).toContain("返金額: ¥2,467");
        expect(await shop.ticket(number)).toMatchObject({
          status: "refunded",
          resolution: "refunded",
          amount: 2467,
          refundId: "20261121-01",
        });
      });

      test("is not called refunded where nobody transfers it", async () => {
        const order = orderAt(1);
        const { number, task } = await untilTask(order);
        await shop.answer(task, "NG");
        expect(shop.status(number)).toBe("refund_failed");
        expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
      });

      test("is asked for by the same bytes where henkin dies as the task is sent", async () => {
        const order = orderAt(2);
        const { number, request } = await untilAccount(order);
        smtp.behave("hang-after-data", { to: SATO, times: 1 });
        await dieOnce(shop, {
          cause: () => shop.answer(request, "OK"),
          seen: () => vi.waitUntil(() => tasks(number).length === 1, PATIENCE_MS),
          meanwhile: () => letTimePass(shop, UNCERTAIN_WAIT_MS),
        });
        const [task, repeat, ...more] = tasks(number);
        expect([repeat?.raw, more]).toEqual([task?.raw, []]);
        expect(task?.envelope.to).toEqual([SATO]);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
        await shop.answer(task as ReceivedMail, DONE);
        await shop.answer(repeat as ReceivedMail, DONE);
        expect(shop.status(number)).toBe("refunded");
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
      });

      test("is told once where henkin dies after it was reported", async () => {
        const order = orderAt(3);
        const { number, task } = await untilTask(order);
        const refusals = () => smtp.faults.filter((fault) => fault === "refuse-rcpt-4xx").length;
        const before = refusals();
        smtp.behave("refuse-rcpt-4xx", { to: customerOf(order) });
        await dieOnce(shop, {
          cause: () => shop.answer(task, DONE),
          seen: () => vi.waitUntil(() => refusals() > before, PATIENCE_MS),
          async meanwhile() {
            smtp.behave("accept");
            expect(shop.status(number)).toBe("refunded");
            expect(told(order, number)).toEqual([ASKED, CONFIRMED]);
          },
        });
        await shop.waitForMailTo(customerOf(order), REFUNDED);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
        expect(tasks(number)).toEqual([task]);
      });

      test("goes to the account of who paid, whatever a forged form says", async () => {
        const order = orderAt(4);
        const { number, requests } = await shop.ask(order, { name: PAYER, ...FORGED });
        expect(requests[0].text).toContain(MALLORY);
        await shop.answer(requests[0], "OK");
        const question = last(customerOf(order), number);
        await shop.answer(question, MALLORYS_ACCOUNT, { from: MALLORY });
        expect(last(SATO, number).text).toContain("ご本人からのメールと確認できない");
        expect(shop.status(number)).toBe("approved");
        await shop.answer(question, PAYERS_ACCOUNT);
        await shop.answer(last(SATO, number), "OK");
        expect(tasks(number)).toHaveLength(1);
        await shop.answer(last(SATO, number), DONE);
        expect(told(order, number)).toEqual([ASKED, CONFIRMED, REFUNDED]);
        expect(shop.mailsTo(MALLORY)).toEqual([]);
        expect(tasks(number)[0]?.text).not.toContain(MALLORYS_NUMBER);
      });
    });

    test("is never moved by a call", () => {
      const calls = new Set([...epsilon.requests, ...makeshop.requests].map(({ path }) => path));
      expect([...calls]).toEqual(["/cgi-bin/order/getsales2.cgi", "/api/orderinfo/index.html"]);
      expect(makeshop.blocked).toBe(false);
      expect(shop.moves()).toEqual([]);
    });
  },
);
