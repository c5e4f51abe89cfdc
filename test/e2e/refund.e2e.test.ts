import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import { directMail } from "../support/mails.ts";
import { customerOf, formOf, openShop, payment, SATO, type Shop, SUZUKI } from "./shop.ts";
import { FORGED, MALLORY } from "./story.ts";

const SENDER = "taro@customer.example.jp";

const PAYMENTS = [
  payment("679"),
  payment("701"),
  payment("702", { payerName: "TARO TANAKA", payerEmail: SENDER }),
  payment("703", { payerEmail: "tanaka@home.example.jp" }),
  payment("704"),
  payment("705"),
  payment("706"),
  payment("707"),
  payment("708"),
  payment("709"),
  payment("710"),
  payment("711", { amountRefunded: 2467 }),
  payment("712", { status: "requires_payment_method" }),
  payment("713"),
  payment("714"),
  payment("715"),
];

describe.skipIf(!dovecotInstalled())(
  "a refund request",
  { concurrent: true, timeout: 60_000 },
  () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop({ payments: PAYMENTS });
    });
    afterAll(() => shop.close());

    const refundCalls = (order: string) =>
      shop.stripe
        .requestsTo("POST", "/v1/refunds")
        .filter(({ params }) => params["payment_intent"] === `pi_${order}`);

    test.each([
      ["679", "utf-8"],
      ["701", "iso-2022-jp"],
    ] as const)("by form for order %s in %s is paid once after one OK", async (order, charset) => {
      const { number, requests } = await shop.ask(order, { charset });
      const [toSato] = requests;
      expect(toSato.subject).toContain(`[R-${number}] 【テスト】返金の承認依頼 ¥2,467`);
      expect(toSato.text).toContain("✓ メールアドレス");
      expect(shop.moves(order)).toEqual([]);
      await shop.answer(toSato, "OK");
      expect(refundCalls(order)).toHaveLength(1);
      expect(refundCalls(order)[0]).toMatchObject({
        params: {
          payment_intent: `pi_${order}`,
          amount: "2467",
          reason: "requested_by_customer",
          metadata: {
            henkin_ticket: String(number),
            henkin_refund: expect.stringMatching(/^[0-9a-f]{32}$/),
            henkin_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        },
        idempotencyKey: expect.stringMatching(/^henkin-[0-9a-f]{64}$/),
        effect: true,
      });
      expect(shop.mailsTo(SATO, number)).toHaveLength(1);
      expect(shop.mailsTo(SUZUKI, number).map(({ subject }) => subject)).toEqual([
        requests[1].subject,
        `[R-${number}] 承認 ¥2,467`,
      ]);
      const decision = shop.mailsTo(SUZUKI, number).at(-1);
      expect(decision?.headers.get("in-reply-to")).toBe(requests[1].messageId);
      const [mail, ...more] = shop.mailsTo(customerOf(order));
      expect(more).toEqual([]);
      expect(mail?.subject).toBe(`【渋谷商店】返金の手続きが完了いたしました [R-${number}]`);
      expect(mail?.text).toContain("返金額: ¥2,467");
      const ticket = await shop.ticket(number);
      expect(ticket).toMatchObject({
        status: "refunded",
        resolution: "refunded",
        orderNumbers: [order],
        email: customerOf(order),
        paymentId: `pi_${order}`,
        amount: 2467,
        currency: "JPY",
        refundId: expect.stringMatching(/^re_/),
        refundStatus: "succeeded",
      });
      expect(ticket.history).toContainEqual(
        expect.objectContaining({ type: "approval_granted", actor: SATO }),
      );
    });

    test("in English and without a form is one as well", async () => {
      await shop.deliver(directMail({ language: "en", orderNumber: "702" }));
      const request = await shop.waitForMailTo(SATO, SENDER);
      await shop.answer(request, "Approved");
      expect(shop.moves("702")).toEqual(["refund pi_702 2467"]);
      expect(shop.mailsTo(SENDER)).toHaveLength(1);
    });

    test("ends with a mail to the address on the payment, whatever a forged form says", async () => {
      const { requests } = await shop.ask("703", FORGED);
      expect(requests[0].text).toContain("≠ メールアドレス: 決済では「tanaka@home.example.jp」");
      await shop.answer(requests[0], "承認します。よろしくお願いします。");
      expect(shop.moves("703")).toEqual(["refund pi_703 2467"]);
      expect(shop.mailsTo("tanaka@home.example.jp")).toHaveLength(1);
      expect(shop.mailsTo(MALLORY)).toEqual([]);
    });

    test("is paid in part where the answer names an amount", async () => {
      const { requests } = await shop.ask("704");
      await shop.answer(requests[1], "OK 2,000円\nお客様へ: 送料を差し引きました。");
      expect(shop.moves("704")).toEqual(["refund pi_704 2000"]);
      const [mail] = shop.mailsTo(customerOf("704"));
      expect(mail?.text).toContain("返金額: ¥2,000（お支払い額 ¥2,467 の一部）");
      expect(mail?.text).toContain("送料を差し引きました。");
    });

    test("is paid in part where the customer asks for a part", async () => {
      const { requests } = await shop.ask("705", {
        message: "1,000円だけ返金をお願いいたします。",
      });
      expect(requests[0].text).toContain("■ ¥1,000 を返金してよいですか？");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("705")).toEqual(["refund pi_705 1000"]);
    });

    test("for a part without a figure has no amount that a plain OK could mean", async () => {
      const { requests } = await shop.ask("706", { message: "一部返金をお願いいたします。" });
      expect(requests[0].text).toContain("返金する金額を決めてください");
      await shop.answer(requests[0], "OK");
      expect(shop.moves("706")).toEqual([]);
      await shop.answer(requests[0], "OK 500");
      expect(shop.moves("706")).toEqual(["refund pi_706 500"]);
    });

    test("is not paid by an answer with an amount that cannot be meant", async () => {
      const { requests } = await shop.ask("707");
      // Above what is left, the order number, two amounts, nothing.
      for (const text of ["OK 2468", "OK 707", "OK 1000 2000", "OK 0"]) {
        await shop.answer(requests[0], text);
        expect(shop.moves("707"), text).toEqual([]);
      }
    });

    test.each([
      ["708", "重複", { reason: "duplicate" }],
      ["709", "不正", { reason: "fraudulent" }],
      ["710", "その他 色違い", { metadata: { henkin_reason: "色違い" } }],
    ])("for order %s tells Stripe the reason 「%s」", async (order, reason, expected) => {
      const { requests } = await shop.ask(order);
      await shop.answer(requests[0], `OK\n理由: ${reason}`);
      expect(shop.moves(order)).toEqual([`refund pi_${order} 2467`]);
      expect(refundCalls(order)[0]?.params).toMatchObject(expected);
      expect("reason" in (refundCalls(order)[0]?.params ?? {})).toBe("reason" in expected);
    });

    test.each([
      ["711", "already_refunded", "すでに返金の手続きが完了しております"],
      ["712", "nothing_paid", "ご請求は発生しておりません"],
    ])("for order %s is closed as %s and told so", async (order, resolution, words) => {
      await shop.deliver(formOf(order));
      expect(shop.moves(order)).toEqual([]);
      expect(await shop.tickets()).toContainEqual(
        expect.objectContaining({ orderNumbers: [order], status: "closed", resolution }),
      );
      const [mail, ...more] = shop.mailsTo(customerOf(order));
      expect(mail?.text.replaceAll("\n", "")).toContain(words);
      expect(more).toEqual([]);
      const staff = shop.mailsTo(SATO).filter(({ text }) => text.includes(customerOf(order)));
      expect(staff).toEqual([]);
    });

    test("that is delivered twice is one ticket", async () => {
      const sent = { date: new Date(), messageId: "<form-713@shop.example.jp>" };
      const { number, requests } = await shop.ask("713", sent);
      const form = formOf("713", {
        ...sent,
        headers: {
          Received: "from relay.example.jp by mx2.shop.example.jp; Sat, 21 Nov 2026 10:00:00 +0900",
        },
      });
      await shop.deliver(form);
      await shop.answer(requests[0], "OK");
      await shop.deliver(form);
      expect(shop.moves("713")).toEqual(["refund pi_713 2467"]);
      expect(shop.mailsTo(SATO, number)).toHaveLength(1);
      const tickets = (await shop.tickets()).filter(
        ({ orderNumbers }) => orderNumbers[0] === "713",
      );
      expect(tickets).toHaveLength(1);
    });

    test("made again while it is open joins the ticket", async () => {
      const { number, requests } = await shop.ask("714");
      await shop.deliver(formOf("714"));
      expect(shop.mailsTo(SATO, number)).toHaveLength(1);
      await shop.answer(requests[0], "OK");
      expect(shop.moves("714")).toEqual(["refund pi_714 2467"]);
      expect((await shop.ticket(number)).history).toContainEqual(
        expect.objectContaining({ type: "request_joined" }),
      );
    });

    test("made again after the refund is answered with the truth", async () => {
      const { number, requests } = await shop.ask("715");
      await shop.answer(requests[0], "OK");
      await shop.deliver(formOf("715"));
      expect(shop.moves("715")).toEqual(["refund pi_715 2467"]);
      expect(await shop.tickets()).toContainEqual(
        expect.objectContaining({ orderNumbers: ["715"], resolution: "already_refunded" }),
      );
      expect(shop.mailsTo(customerOf("715")).map(({ subject }) => subject)).toEqual([
        `【渋谷商店】返金の手続きが完了いたしました [R-${number}]`,
        expect.stringContaining("返金のお手続きの状況について"),
      ]);
    });

    test.sequential("is answered by mails that say they are a machine's and belong to a ticket", () => {
      for (const { headers, messageId, subject } of shop.smtp.mails) {
        expect(messageId).toMatch(/^<henkin\.[0-9a-f]{40}@shop\.example\.jp>$/);
        expect(headers.get("auto-submitted")).toBe("auto-generated");
        expect(subject).toMatch(/\[R-\d+\]/);
      }
      const ids = shop.smtp.mails.map(({ messageId }) => messageId);
      expect(new Set(ids).size).toBe(ids.length);
    });

    test.sequential("leaves an audit trail that holds", async () => {
      const { code, json } = await shop.henkin("audit", "verify", "--json");
      expect(json).toEqual([expect.objectContaining({ ok: true, problem: null })]);
      expect(code).toBe(0);
    });
  },
);
