import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { directMail, staffReply } from "../support/mails.ts";
import { customerOf, formOf, openShop, payment, SATO, type Shop, SUZUKI } from "./shop.ts";

const UNKNOWN = { description: null, payerName: null, payerEmail: null };

/** 688 and 679 are the payments of the shop's own manual; nobody paid for order 678. */
const PAYMENTS = [
  payment("688", { amount: 2779, payerName: null, payerEmail: "info@kidfeed.example.jp" }),
  payment("679", { payerName: null, payerEmail: "geguhama@svk.example.jp" }),
  payment("801"),
  payment("802", { payerName: "木村 花子", payerEmail: "kimura@home.example.jp" }),
  payment("803", UNKNOWN),
  payment("804", { description: null }),
  payment("805", { disputed: true }),
  payment("806"),
  payment("807", { payerEmail: customerOf("806") }),
  payment("808", { description: null, metadata: { order_id: "808" } }),
];

describe.skipIf(!dovecotInstalled())(
  "the payment a request means",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    const lastTo = (address: string, ticket?: number) => {
      const mail = shop.mailsTo(address, ticket).at(-1);
      if (mail === undefined) throw new Error(`no mail to ${address}`);
      return mail;
    };

    test("is chosen by staff where the order number is another one's", async () => {
      const { number, requests } = await shop.ask("678", { email: "geguhama@svk.example.jp" });
      const [list] = requests;
      expect(list.subject).toContain("どの決済への返金か選んでください");
      expect(list.text).toContain("候補 1: 注文 679 ／ ¥2,467");
      expect(list.text).toContain("参考（選べません）: 注文 688 ／ ¥2,779");
      await shop.answer(list, "OK");
      await shop.answer(list, "2");
      expect(shop.moves("679")).toEqual([]);
      await shop.answer(list, "1");
      expect(shop.moves("679")).toEqual([]);
      const request = lastTo(SATO, number);
      expect(request.subject).toContain(`[R-${number}] 【テスト】返金の承認依頼 ¥2,467`);
      expect(request.text).toContain("担当者が選んだ決済");
      await shop.answer(request, "OK");
      expect(shop.moves("679")).toEqual(["refund pi_679 2467"]);
      expect(shop.mailsTo("geguhama@svk.example.jp")).toHaveLength(1);
      expect(await shop.ticket(number)).toMatchObject({ status: "refunded", paymentId: "pi_679" });
    });

    test("is asked of the customer once where staff know none, and found by the answer", async () => {
      const { number, requests } = await shop.ask("8010", { email: customerOf("801") });
      await shop.answer(requests[0], "0");
      await shop.answer(requests[1], "確認");
      const [question, ...more] = shop.mailsTo(customerOf("801"));
      expect(more).toEqual([]);
      expect(question?.subject).toBe(`【渋谷商店】ご注文番号をお知らせください [R-${number}]`);
      const request = (question as NonNullable<typeof question>).raw;
      const from = `田中太郎 <${customerOf("801")}>`;
      await shop.deliver(await staffReply({ request, from, text: "注文番号は801です。" }));
      expect(shop.moves("801")).toEqual([]);
      expect(lastTo(SUZUKI, number).subject).toContain(
        `[R-${number}] 【テスト】返金の承認依頼 ¥2,467`,
      );
      await shop.answer(lastTo(SUZUKI, number), "OK");
      expect(shop.moves("801")).toEqual(["refund pi_801 2467"]);
    });

    test("is never taken from the order number alone", async () => {
      const { number, requests } = await shop.ask("802");
      expect(requests[0].text).toContain("支払者のメールアドレスもお名前も一致しません");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("802")).toEqual([]);
      await shop.answer(requests[0], "1");
      expect(shop.moves("802")).toEqual([]);
      await shop.answer(lastTo(SATO, number), "OK");
      expect(shop.moves("802")).toEqual(["refund pi_802 2467"]);
      expect(shop.mailsTo("kimura@home.example.jp")).toHaveLength(1);
      expect(shop.mailsTo(customerOf("802"))).toEqual([]);
    });

    test("is found by itself when its description is written later", async () => {
      await shop.deliver(formOf("803"));
      expect(lastTo(customerOf("803")).subject).toContain("ご注文番号をお知らせください");
      const about = (order: string) =>
        shop.mailsTo(SATO).filter(({ subject }) => subject.includes(`注文 ${order}`));
      expect(about("803")).toEqual([]);
      const { description = null, payerEmail = null } = payment("803");
      shop.stripe.updatePayment("pi_803", { description, payerEmail });
      const request = await shop.waitForMailTo(SATO, "注文 803");
      expect(about("803")).toHaveLength(1);
      expect(shop.moves("803")).toEqual([]);
      await shop.answer(request, "OK");
      expect(shop.moves("803")).toEqual(["refund pi_803 2467"]);
    });

    test("replaces the candidates when its description is written later", async () => {
      const { number, requests } = await shop.ask("804");
      expect(requests[0].text).toContain("候補 1: 注文番号なし ／ ¥2,467");
      const { description = null } = payment("804");
      shop.stripe.updatePayment("pi_804", { description });
      const request = await shop.waitForMailTo(SATO, "注文 804");
      await shop.answer(requests[0], "1");
      expect(lastTo(SATO, number).text).toContain("古い依頼への返信でした");
      await shop.answer(request, "OK");
      expect(shop.moves("804")).toEqual(["refund pi_804 2467"]);
    });

    test("is found by the order number in its metadata", async () => {
      const { requests } = await shop.ask("808");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("808")).toEqual(["refund pi_808 2467"]);
    });

    test("is put before staff and not refunded while it is disputed", async () => {
      const { number, requests } = await shop.ask("805");
      expect(requests[0].text).toContain("不審請求の申請があるため、返金できません");
      await shop.answer(requests[0], "OK");
      await shop.answer(requests[0], "1");
      expect(lastTo(SATO, number).text).toContain("不審請求の申請があるため、返金できません");
      await shop.answer(lastTo(SATO, number), "OK");
      expect(shop.moves("805")).toEqual([]);
      expect((await shop.ticket(number)).status).toBe("unmatched");
    });

    test("is one for each order of a mail, each with a ticket of its own", async () => {
      const from = `田中太郎 <${customerOf("806")}>`;
      const text =
        "注文番号は806と807です。どちらもキャンセルし、返金をお願いします。\n\n田中太郎\n";
      await shop.deliver(directMail({ from, text }));
      const customer = `お客様: 田中太郎 ${customerOf("806")}`;
      const requests = shop.mailsTo(SATO).filter((mail) => mail.text.includes(customer));
      expect(requests).toHaveLength(2);
      for (const request of requests) await shop.answer(request, "OK");
      expect(shop.moves("806")).toEqual(["refund pi_806 2467"]);
      expect(shop.moves("807")).toEqual(["refund pi_807 2467"]);
    });
  },
);

describe.skipIf(!dovecotInstalled())("a payment made since the last look at Stripe", () => {
  test("is found, though the next look is far off", async () => {
    const shop = await openShop({ settings: { REFUND_RECHECK_SECONDS: "900" } });
    try {
      shop.stripe.addPayment(payment("809"));
      const { requests } = await shop.ask("809");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("809")).toEqual(["refund pi_809 2467"]);
    } finally {
      await shop.close();
    }
  });
});
