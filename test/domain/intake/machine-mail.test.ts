// Who sends a mail: people, forms that pass on what a person wrote, or systems that write to many.

import { describe, expect, it } from "vitest";
import { classify } from "../../../src/domain/intake/classify.ts";
import type { IntakeContext } from "../../../src/domain/intake/contact-form.ts";
import { isMachineAddress, isUnread } from "../../../src/domain/intake/machine-address.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["info@shop.example", "staff@shop.example"],
  formFrom: ["form@forms.example"],
  shopDomain: "shop.example",
  htmlText: null,
  attachedText: null,
};
const BULK = { "List-Unsubscribe": "<https://news.example/u>" };
const GENERATED = { "Auto-Submitted": "auto-generated" };
const WISH = "注文678を返金してください";
/** As companies sign; no visitor of a form has written it. */
const FOOTER = `${WISH}\n\n会社名: 見本堂\n住所: 東京都見本区1-1\n電話: 03-0000-0000\nメール: info@news.example`;
const HELP = `${WISH}\n\n■お問い合わせ\n電話: 03-0000-0000\nメール: info@news.example\n住所: 東京都見本区1-1`;
const FORM = `お名前: 田中太郎\nメールアドレス: taro@mail.example\nお問い合わせ内容:\n${WISH}`;

const kindOf = (parts: MessageParts, context = CONTEXT) => classify(aMessage(parts), context).kind;

describe("bulk mail", () => {
  const from = "news@news.example";
  it.each<[string, MessageParts]>([
    ["that seems to name a ticket", { from, headers: BULK, subject: "[R-2024] sale", text: WISH }],
    ["with a footer", { from, headers: BULK, text: FOOTER }],
    ["with a footer below a heading", { from, headers: BULK, text: HELP }],
    ["that a list sends", { from, headers: { "List-Post": "<mailto:l@x>" }, text: FOOTER }],
    [
      "that is answered elsewhere",
      { from, headers: BULK, replyTo: "info@help.example", text: FOOTER },
    ],
  ])("is no request: %s", (_name, parts) => {
    expect(kindOf(parts)).toBe("other");
  });

  it.each<[string, MessageParts, string]>([
    ["of FORM_FROM", { from: "form@forms.example", headers: BULK, text: FORM }, "refund_request"],
    [
      "of the shop's domain",
      { from: "www@shop.example", headers: BULK, text: FORM },
      "refund_request",
    ],
    [
      "of a form that is answered to the visitor",
      { from: "noreply@form.run", headers: BULK, replyTo: "taro@mail.example", text: FORM },
      "refund_request",
    ],
    [
      "that answers a mail of ours",
      { from, headers: BULK, inReplyTo: ["henkin.3f9a@shop.example"], text: WISH },
      "customer_reply",
    ],
  ])("is a customer's %s", (_name, parts, kind) => {
    expect(kindOf(parts)).toBe(kind);
  });
});

describe("a system's mail with phone, address and e-mail below it", () => {
  it.each<[string, MessageParts]>([
    ["from no-reply", { from: "no-reply@news.example", text: FOOTER }],
    ["from no-reply, under a heading", { from: "no-reply@news.example", text: HELP }],
    [
      "generated, answered elsewhere",
      { from: "a@news.example", headers: GENERATED, replyTo: "info@help.example", text: FOOTER },
    ],
    [
      "that seems to name a ticket",
      { from: "no-reply@news.example", subject: "[R-7]", text: WISH },
    ],
  ])("is no form: %s", (_name, parts) => {
    expect(kindOf(parts)).toBe("other");
  });

  it("is one with the visitor's own fields", () => {
    expect(kindOf({ from: "no-reply@forms.example.net", text: FORM })).toBe("refund_request");
    const replyTo = "taro@mail.example";
    expect(kindOf({ from: "a@b.example", headers: GENERATED, replyTo, text: FORM })).toBe(
      "refund_request",
    );
  });
});

describe("a provider's notice", () => {
  const text = "2回以上入金がありました。注文678を返金してください";
  it.each(["info@epsilon.jp", "a@mail.gmo-pg.com", "shop@makeshop.jp", "no-reply@mail.example"])(
    "comes from %s",
    (from) => {
      expect(kindOf({ from, text })).toBe("provider_notice");
    },
  );

  it.each(["taro@abc.gmobb.jp", "taro@my-epsilon.example", "taro@notepsilon.jp"])(
    "does not come from %s",
    (from) => {
      expect(kindOf({ from, text })).toBe("refund_request");
    },
  );
});

describe("an address behind which nobody reads", () => {
  it.each([
    "no-reply@x.example",
    "noreply@x.example",
    "no_reply@x.example",
    "donotreply@x.example",
    "do-not-reply@x.example",
    "shop-noreply@x.example",
    "shop.no-reply@x.example",
    "no-reply-jp@x.example",
    "no-reply+77@x.example",
    "mailer-daemon@x.example",
    "postmaster@x.example",
    "bounces+a=b.example@x.example",
  ])("%s", (address) => {
    expect([isUnread(address), isMachineAddress(address)]).toEqual([true, true]);
  });

  it.each(["alerts@x.example", "notifications@x.example", "wordpress@x.example", "form@x.example"])(
    "is not %s, which is a program's all the same",
    (address) => {
      expect([isUnread(address), isMachineAddress(address)]).toEqual([false, true]);
    },
  );

  it.each(["taro@x.example", "reply@x.example", "noreen@x.example", "casino-reply@x.example"])(
    "is not %s",
    (address) => {
      expect(isMachineAddress(address)).toBe(false);
    },
  );
});
