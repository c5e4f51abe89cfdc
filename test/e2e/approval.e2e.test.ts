import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { directMail, type ReplyClient } from "../support/mails.ts";
import type { ReceivedMail } from "../support/smtp.ts";
import { customerOf, openShop, payment, SATO, SHOP, type Shop, SUZUKI } from "./shop.ts";

const PAYMENTS = Array.from({ length: 22 }, (_, index) => payment(String(301 + index)));

const codeIn = ({ text }: ReceivedMail) => /コード: (\w+)/.exec(text)?.[1] ?? "";
const inOneLine = (mail: ReceivedMail | undefined) => mail?.text.replace(/\s/g, "") ?? "";

describe.skipIf(!dovecotInstalled())(
  "a decision by mail",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    test.each<[string, ReplyClient]>([
      ["301", "iphone-ja"],
      ["302", "outlook-ja"],
      ["303", "thunderbird"],
      ["304", "none"],
    ])("counts for order %s as %s writes it", async (order, client) => {
      const { number, requests } = await shop.ask(order);
      await shop.answer(requests[0], "OK", { client });
      expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
      expect(shop.status(number)).toBe("refunded");
      // An ordinary ticket costs its approver one mail, and each other approver a second one.
      expect([SATO, SUZUKI].map((to) => shop.mailsTo(to, number).length)).toEqual([1, 2]);
    });

    test.each([
      ["305", "NG 期限超過", "お申し出をお受けできる期間を過ぎているため"],
      ["306", "NG 発送済み", "商品をすでに発送しているため"],
      ["307", "却下\n対象外", "返金の対象外となっているため"],
      ["308", "却下します", "確認の結果、返金のご希望に沿うことができません"],
      ["309", "NG 常習の方です", "確認の結果、返金のご希望に沿うことができません"],
    ])("rejects order %s with %j, politely", async (order, answer, words) => {
      const { number, requests } = await shop.ask(order);
      await shop.answer(requests[0], answer);
      expect(shop.moves(order)).toEqual([]);
      const [mail, ...more] = shop.mailsTo(customerOf(order));
      expect(more).toEqual([]);
      expect(inOneLine(mail)).toContain(words);
      expect(mail?.text).not.toContain("常習");
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.subject).toBe(`[R-${number}] 却下`);
      await shop.answer(requests[1], "OK");
      expect(shop.moves(order)).toEqual([]);
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.text).toContain("すでに判断済み");
    });

    test("is the first one, whatever the other approver says later", async () => {
      const { requests } = await shop.ask("310");
      await shop.answer(requests[1], "OK 1000");
      await shop.answer(requests[0], "NG");
      await shop.answer(requests[0], "OK");
      await shop.answer(requests[1], "OK");
      expect(shop.moves("310")).toEqual(["refund pi_310 1000"]);
      expect(shop.mailsTo(customerOf("310"))).toHaveLength(1);
    });

    test("does not stand in the quote", async () => {
      const { requests } = await shop.ask("311", {
        message: "返金をお願いします。\nOK\n承認します",
      });
      await shop.answer(requests[0], "");
      await shop.answer(requests[0], "確認しています。\n\n> OK\n> 承認します");
      expect(shop.moves("311")).toEqual([]);
    });

    test("is not read from other words, which are explained once", async () => {
      const { number, requests } = await shop.ask("312");
      for (const text of ["はい", "了解しました", "いいですよ"])
        await shop.answer(requests[0], text);
      expect(shop.moves("312")).toEqual([]);
      const [, explanation, ...more] = shop.mailsTo(SATO, number);
      expect(more).toEqual([]);
      expect(explanation?.subject).toBe(`[R-${number}] お返事を読み取れませんでした`);
      expect(explanation?.text).toContain("│ はい");
      expect(shop.mailsTo(SUZUKI, number)).toHaveLength(1);
      await shop.answer(explanation as ReceivedMail, "OK");
      expect(shop.moves("312")).toEqual(["refund pi_312 2467"]);
    });

    test("is not read from words that say more or less than OK", async () => {
      const { requests } = await shop.ask("313");
      for (const text of [
        "👍",
        "OKですか？",
        "在庫を確認してからOKです",
        "OKではありません",
        "OK\n明日まで待ってください",
        "ОК",
        "O\u200BK",
      ]) {
        await shop.answer(requests[0], text);
        expect(shop.moves("313"), text).toEqual([]);
      }
    });

    test("counts in a new mail that shows the code under the ticket's number", async () => {
      const { number, requests } = await shop.ask("314");
      const mail = { from: SATO, subject: `Re: [R-${number}]` };
      await shop.deliver(directMail({ ...mail, text: "承認\r\n" }));
      await shop.deliver(
        directMail({ ...mail, text: `承認\r\nコード: ${codeIn(requests[1])}\r\n` }),
      );
      expect(shop.moves("314")).toEqual([]);
      const typed = codeIn(requests[0]).toLowerCase();
      await shop.deliver(directMail({ ...mail, text: `承認\r\nコード: ${typed}\r\n` }));
      expect(shop.moves("314")).toEqual(["refund pi_314 2467"]);
    });

    test.each([
      ["321", "承認する", ["refund pi_321 2467"]],
      ["322", "却下する", []],
    ])("of order %s counts as the button %s writes it", async (order, label, moves) => {
      const { number, requests } = await shop.ask(order);
      const link = new RegExp(`<a href="(mailto:[^"]*)"[^>]*>${label}</a>`).exec(requests[0].html);
      const written = new URL(link?.[1]?.replaceAll("&#x3D;", "=").replaceAll("&amp;", "&") ?? "");
      expect(written.pathname).toBe(SHOP);
      await shop.deliver(
        directMail({
          from: SATO,
          subject: written.searchParams.get("subject") ?? "",
          text: written.searchParams.get("body") ?? "",
        }),
      );
      expect(shop.moves(order)).toEqual(moves);
      expect(["refunded", "rejected"]).toContain(shop.status(number));
    });

    test("counts in a new mail that shows the code and names no ticket", async () => {
      const { requests } = await shop.ask("315");
      const text = `OK\r\nコード: ${codeIn(requests[0])}\r\n`;
      await shop.deliver(directMail({ from: SATO, subject: "返金の件", text }));
      expect(shop.moves("315")).toEqual(["refund pi_315 2467"]);
    });

    test("waits for a day where the answer says so, and can follow then", async () => {
      const { number, requests } = await shop.ask("316");
      await shop.answer(requests[0], "保留 12/28");
      expect(shop.moves("316")).toEqual([]);
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.subject).toMatch(/保留 \(\d{4}-12-28\)/);
      expect(shop.mailsTo(customerOf("316"))).toEqual([]);
      await shop.answer(requests[1], "OK");
      expect(shop.moves("316")).toEqual(["refund pi_316 2467"]);
    });

    test("can ask the customer for the goods first", async () => {
      const { requests } = await shop.ask("317");
      await shop.answer(requests[0], "返品待ち");
      expect(shop.moves("317")).toEqual([]);
      expect(shop.mailsTo(customerOf("317")).map(({ subject }) => subject)).toEqual([
        expect.stringContaining("商品ご返送のお願い"),
      ]);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("317")).toEqual(["refund pi_317 2467"]);
    });

    test("is about the payment as it was: another refund of it asks anew", async () => {
      const { number, requests } = await shop.ask("318");
      shop.stripe.addRefund("pi_318", 500);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("318")).toEqual([]);
      const [, , anew] = shop.mailsTo(SUZUKI, number);
      expect(anew?.subject).toContain("【内容変更】返金の承認依頼 ¥1,967");
      expect(anew?.text).toContain("返金可能額が ¥2,467 から ¥1,967 に変わりました。");
      await shop.answer(requests[1], "OK");
      expect(shop.moves("318")).toEqual([]);
      expect(shop.mailsTo(SUZUKI, number).at(-1)?.text).toContain("古い依頼への返信でした");
      await shop.answer(anew as ReceivedMail, "OK");
      expect(shop.moves("318")).toEqual(["refund pi_318 1967"]);
    });

    test("pays nothing where the whole was refunded elsewhere meanwhile", async () => {
      const { requests } = await shop.ask("319");
      shop.stripe.addRefund("pi_319", 2467);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("319")).toEqual([]);
      expect(shop.mailsTo(customerOf("319"))).toHaveLength(1);
    });

    test("pays nothing where a dispute was opened meanwhile", async () => {
      const { number, requests } = await shop.ask("320");
      shop.stripe.openDispute("pi_320");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("320")).toEqual([]);
      expect(shop.mailsTo(SATO, number).at(-1)?.text).toContain("不審請求の申請があるため");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("320")).toEqual([]);
    });

    test.sequential("stands in the list of tickets", async () => {
      const tickets = new Map((await shop.tickets()).map((one) => [one.orderNumbers[0], one]));
      for (const [order, status, resolution] of [
        ["301", "refunded", "refunded"],
        ["305", "rejected", "rejected"],
        ["309", "rejected", "rejected"],
        ["311", "awaiting_approval", null],
        ["313", "awaiting_approval", null],
        ["319", "closed", "done_elsewhere"],
        ["320", "unmatched", null],
      ] as const) {
        expect(tickets.get(order)).toMatchObject({ status, resolution });
      }
    });
  },
);
