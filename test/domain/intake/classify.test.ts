import { describe, expect, it } from "vitest";
import { classify, type MailKind } from "../../../src/domain/intake/classify.ts";
import type { IntakeContext } from "../../../src/domain/intake/contact-form.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["shop@shop.example", "staff@shop.example", "manager@shop.example"],
  formFrom: ["form@forms.example"],
  shopDomain: "shop.example",
  htmlText: null,
  attachedText: null,
};
const OURS = "henkin.3f9a.1@shop.example";
const FORM_TEXT =
  "お名前: 田中太郎\nメールアドレス: taro@mail.example\n\nメッセージ本文:\n注文番号: 678\n注文をキャンセルしたいです。";

function sort(parts: MessageParts) {
  return classify(aMessage(parts), CONTEXT);
}

type Case = readonly [string, MessageParts, MailKind];

function check(cases: readonly Case[]): void {
  it.each(cases)("%s", (_name, parts, kind) => {
    expect(sort(parts).kind).toBe(kind);
  });
}

describe("bounces", () => {
  check([
    ["a delivery status", { deliveryStatus: "Action: failed", inReplyTo: [OURS] }, "bounce"],
    [
      "a report without a readable status part",
      { headers: { "Content-Type": 'multipart/report; report-type="delivery-status"' } },
      "bounce",
    ],
    [
      "the plain text of an old mail system",
      { from: "MAILER-DAEMON@mail.example", subject: "failure notice", text: "Hi. This is qmail." },
      "bounce",
    ],
    ["before an answer to us", { deliveryStatus: "Action: failed", subject: "[R-12]" }, "bounce"],
    [
      "not what a customer calls undeliverable",
      { subject: "Undelivered parcel", text: "Please refund order 678" },
      "refund_request",
    ],
  ]);

  it("name the mail of ours that did not arrive", () => {
    const result = sort({ deliveryStatus: "Action: failed", returnedMessageIds: [OURS] });
    expect(result).toMatchObject({ references: [OURS], fields: null });
  });
});

describe("answers", () => {
  check([
    ["from staff, by Message-ID", { from: "staff@shop.example", inReplyTo: [OURS] }, "staff_reply"],
    [
      "from staff, by References",
      { from: "Staff@Shop.example", references: ["x@y", OURS] },
      "staff_reply",
    ],
    [
      "from staff, by ticket",
      { from: "staff@shop.example", subject: "Re: [R-12] 返金" },
      "staff_reply",
    ],
    ["from a customer", { from: "taro@mail.example", inReplyTo: [OURS] }, "customer_reply"],
    [
      "from a customer, by ticket",
      { from: "taro@mail.example", subject: "[R-12]" },
      "customer_reply",
    ],
    [
      "from a customer who asks again",
      { inReplyTo: [OURS], text: "注文678を返金してください" },
      "customer_reply",
    ],
    [
      "from a vacation responder",
      {
        from: "staff@shop.example",
        inReplyTo: [OURS],
        headers: { "Auto-Submitted": "auto-replied" },
      },
      "auto_reply",
    ],
    [
      "from a responder that only its subject shows",
      { from: "staff@shop.example", subject: "自動応答: [R-12] 返金" },
      "auto_reply",
    ],
    [
      "never to another shop's Message-ID",
      { from: "staff@shop.example", inReplyTo: ["henkin.1@evil.example"], text: "OK" },
      "other",
    ],
    [
      "never staff's through the form, whatever its subject",
      { from: "shop@shop.example", subject: 'SHOP "[R-12] OK"', text: FORM_TEXT },
      "customer_reply",
    ],
  ]);

  it("tell ticket and references", () => {
    const result = sort({
      inReplyTo: [OURS],
      references: [OURS],
      subject: "Re: ［Ｒ－１２］ 返金",
    });
    expect(result).toMatchObject({ ticketNumber: 12, references: [OURS] });
  });

  it("name no ticket where the subject names two", () => {
    expect(sort({ subject: "[R-12] [R-13]" }).ticketNumber).toBeNull();
    expect(sort({ subject: "[R-12] Re: [R-12]" }).ticketNumber).toBe(12);
  });

  it("of a customer give what they say, such as the missing order number", () => {
    const result = sort({ inReplyTo: [OURS], text: "注文番号は678です。" });
    expect(result.fields?.orderNumbers).toEqual(["678"]);
  });
});

describe("automatic mail", () => {
  const headers = { "Auto-Submitted": "auto-generated", Precedence: "bulk" };
  check([
    ["from anywhere", { headers, text: "注文678を返金してください" }, "other"],
    ["that answers", { headers, inReplyTo: ["a@b"], text: "ただいま留守です" }, "auto_reply"],
    ["but the form", { from: "form@forms.example", headers, text: FORM_TEXT }, "refund_request"],
    [
      "but a plain form from the shop's domain",
      { from: "wordpress@shop.example", headers, text: FORM_TEXT },
      "refund_request",
    ],
    [
      "but a plain form from the shop's own address",
      { from: "shop@shop.example", headers, text: FORM_TEXT },
      "refund_request",
    ],
    [
      "though a stranger's mail looks like the form",
      { from: "x@mail.example", headers, text: FORM_TEXT },
      "other",
    ],
    [
      "of the shop that is no form",
      { from: "shop@shop.example", headers, text: "本日の売上" },
      "other",
    ],
    ["of a list", { headers: { "List-Id": "<news>" }, text: "返金をお願いします" }, "other"],
  ]);
});

describe("provider notices", () => {
  check([
    [
      "Stripe",
      { from: "Stripe <notifications@stripe.com>", subject: "Refund failed" },
      "provider_notice",
    ],
    [
      "Stripe's subdomain",
      { from: "a@mail.stripe.com", headers: { "List-Id": "<x>" } },
      "provider_notice",
    ],
    [
      "Epsilon 入金エラー",
      { from: "info@epsilon.jp", subject: "【イプシロン】入金エラーのお知らせ" },
      "provider_notice",
    ],
    [
      "Epsilon 2回以上入金, in the text and automatic",
      {
        from: "info@pay.example",
        headers: { "Auto-Submitted": "auto-generated" },
        text: "同じ口座へ２回以上入金がありました",
      },
      "provider_notice",
    ],
    [
      "not a customer's own words",
      { subject: "入金エラーになった", text: "注文678を返金してください" },
      "refund_request",
    ],
    [
      "not a look-alike domain",
      { from: "a@notstripe.com", text: "注文678を返金してください" },
      "refund_request",
    ],
  ]);
});

describe("refund requests", () => {
  check([
    ["the form", { from: "wordpress@shop.example", text: FORM_TEXT }, "refund_request"],
    ["a direct mail", { text: "注文678を返金してください" }, "refund_request"],
    ["without an order number", { text: "先日の買い物の返金をお願いします" }, "refund_request"],
    [
      "without a name",
      { from: "t@mail.example", text: "Please cancel my order" },
      "refund_request",
    ],
    [
      "a question about one's own order",
      { text: "注文678はまだキャンセルできますか？" },
      "refund_request",
    ],
    ["a wish taken back", { text: "キャンセルの依頼を取り下げます" }, "refund_request"],
    [
      "said in the subject alone",
      { subject: "【キャンセル希望】", text: "注文番号678" },
      "refund_request",
    ],
    [
      "a staff member's own mail",
      { from: "staff@shop.example", text: "注文678を返金してください" },
      "refund_request",
    ],
    [
      "goods that have not arrived",
      { text: "商品が届きません。返金してください" },
      "refund_request",
    ],
  ]);

  it("carry their fields and why", () => {
    const result = sort({ from: "wordpress@shop.example", text: FORM_TEXT });
    expect(result.fields).toMatchObject({
      name: "田中太郎",
      orderNumbers: ["678"],
      intent: "cancel",
    });
    expect(result.reason).toBe("cancel: キャンセルしたい");
  });
});

describe("status inquiries", () => {
  check([
    [
      "まだ返金されていません",
      { text: "先月キャンセルしましたが、まだ返金されていません。" },
      "status_inquiry",
    ],
    ["in English", { text: "I still haven't received my refund for order 678." }, "status_inquiry"],
    ["that ask again", { text: "返金が確認できません。至急返金してください。" }, "status_inquiry"],
    [
      "not below a fresh request",
      { text: "キャンセルをお願いします。返金はいつ頃になりますか？" },
      "refund_request",
    ],
  ]);
});

describe("other mail", () => {
  check([
    ["a policy question", { text: "キャンセルポリシーを教えてください" }, "other"],
    ["a policy question about refunds", { text: "返品・返金はできますか？" }, "other"],
    ["an exchange", { text: "注文678のサイズを交換してください" }, "other"],
    ["a receipt", { text: "注文678の領収書をください" }, "other"],
    ["a delivery question", { text: "注文678はいつ届きますか" }, "other"],
    ["thanks", { text: "返金ありがとうございました" }, "other"],
    ["a newsletter", { text: "全額返金保証キャンペーン実施中！" }, "other"],
    ["a sales mail", { subject: "返金業務のご提案", text: "返金処理を自動化できます。" }, "other"],
    ["nothing at all", { text: null }, "other"],
  ]);
});
