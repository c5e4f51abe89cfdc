import { describe, expect, it } from "vitest";
import {
  type IntakeContext,
  type RequestFields,
  readRequest,
} from "../../../src/domain/intake/contact-form.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["info@shop.example", "staff@shop.example"],
  formFrom: ["wordpress@shop.example"],
  shopDomain: "shop.example",
  htmlText: null,
  attachedText: null,
};

function read(parts: MessageParts): RequestFields {
  return readRequest(aMessage(parts), CONTEXT);
}

const FORM = { from: "SHOP <wordpress@shop.example>" };

describe("who writes in a form", () => {
  it("is the person in the text where the name field names a company", () => {
    const text =
      "お名前: 株式会社見本\nメール: a@mail.example\n内容:\n見本の村上 幸平と申します。注文678を返金してください";
    expect(read({ ...FORM, text }).name).toBe("村上 幸平");
    const silent = "お名前: 株式会社見本\nメール: a@mail.example\n内容:\n注文678を返金してください";
    expect(read({ ...FORM, text: silent }).name).toBe("株式会社見本");
  });

  it("is who the field says, whatever the text adds", () => {
    const text =
      "お名前: 山田 花子\nメール: a@mail.example\n内容:\n夫の山田一郎です。注文678を返金してください";
    expect(read({ ...FORM, text }).name).toBe("山田 花子");
  });

  it("may stand before the site's address", () => {
    const text = "メール: a@mail.example\n注文番号: 678\n内容:\n返金をお願いします";
    const from = "佐々木 美咲 <wordpress@shop.example>";
    expect(read({ from, text }).name).toBe("佐々木 美咲");
    expect(read({ from: "見本商店 <wordpress@shop.example>", text }).name).toBeNull();
  });

  it("gives the address in the text where the form has none", () => {
    const text =
      "お名前: 永田\n電話: 090-0000-1111\n内容:\n返信は nagata@mail.example へお願いします";
    expect(read({ from: "info@shop.example", text }).email).toBe("nagata@mail.example");
    const two = `${text}。または b@mail.example へ`;
    expect(read({ from: "info@shop.example", text: two }).email).toBeNull();
  });

  it.each([
    "届け先は母の haha@mail.example です",
    "母の haha@mail.example に届けてください",
    "友人のメールは tomo@mail.example です",
    "my friend's address is friend@mail.example",
  ])("is nobody else whose address the text gives: %s", (words) => {
    const text = `お名前: 永田\n電話: 090-0000-1111\n内容:\n注文678を返金してください。${words}`;
    expect(read({ ...FORM, text }).email).toBeNull();
  });

  it("may have an answer sent to somebody else", () => {
    const text =
      "お名前: 永田\n電話: 090-0000-1111\n内容:\n返金してください。メールは娘のですが musume@mail.example へお願いします。";
    expect(read({ ...FORM, text }).email).toBe("musume@mail.example");
  });

  it.each([
    "shop-noreply@forms.example",
    "no-reply-jp@forms.example",
    "no-reply+77@forms.example",
    "alerts@forms.example",
    "notifications@forms.example",
  ])("is never %s", (from) => {
    const text = "お名前: 永田\n電話: 090-0000-1111\n内容:\n注文678を返金してください";
    expect(read({ from, text }).email).toBeNull();
  });

  it("has signed with phone and address the form did not ask for", () => {
    const text =
      "Name: Daniel Wong\nE-mail: d@mail.example\nMessage:\nPlease refund 678.\nRegards,\nDaniel Wong\nTel. +852 2000 0149 / Fax +852 2000 0150\nUnit 00, 9/F, Sample Centre, Kowloon";
    expect(read({ ...FORM, text })).toMatchObject({
      phone: "85220000149",
      address: "Unit 00, 9/F, Sample Centre, Kowloon",
    });
  });

  it("is not the shop whose signature stands below", () => {
    const text =
      "お名前: 工藤 玲\nメール: a@mail.example\n内容:\n返金してください\n\n==========\n見本商店（担当：田中）\n〒150-0000 東京都渋谷区見本町1-1-1\nTEL 03-0000-0000\nhttps://shop.example/\n==========";
    expect(read({ ...FORM, text })).toMatchObject({ phone: null, address: null, name: "工藤 玲" });
  });

  it.each([
    ["口座登録は pay-shop.com へ", null],
    ["pay.example/r", null],
    ["J.R. Smith", "J.R. Smith"],
    ["T.Tanaka", "T.Tanaka"],
  ])("that greets somebody is no way to a web site: %s", (written, name) => {
    const text = `お名前: ${written}\nメールアドレス: a@mail.example\n\n返金してください。`;
    expect(read({ ...FORM, text }).name).toBe(name);
  });
});

describe("who writes a mail", () => {
  it("has an address as the provider gives it, without the quotes a header needs", () => {
    const text = "注文678を返金してください";
    expect(read({ from: "taro..yamada@docomo.ne.jp", text }).email).toBe(
      "taro..yamada@docomo.ne.jp",
    );
    expect(read({ from: '"mori..akari."@docomo.ne.jp', text }).email).toBe(
      "mori..akari.@docomo.ne.jp",
    );
  });

  it("has no address where the header is damaged", () => {
    expect(read({ from: "taro@received:", text: "返金してください" }).email).toBeNull();
  });

  it("is not an address of others that the text names", () => {
    expect(read({ from: "staff@shop.example", text: "a@mail.example の件" }).email).toBeNull();
  });

  it("may have set the phone where the order number belongs", () => {
    const text = "注文番号　090-0000-2700\n名前　徳田 栄吉\n返金してください";
    expect(read({ from: "t@mail.example", text })).toMatchObject({
      phone: "09000002700",
      orderNumbers: [],
    });
  });
});
