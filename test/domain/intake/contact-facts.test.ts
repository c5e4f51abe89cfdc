import { describe, expect, it } from "vitest";
import { bareAddress, emailsIn, readPhone } from "../../../src/domain/intake/field-values.ts";
import type { IntakeContext } from "../../../src/domain/intake/intake-context.ts";
import { findPhone } from "../../../src/domain/intake/phone-number.ts";
import { findAddress } from "../../../src/domain/intake/postal-address.ts";
import { withoutRecipient } from "../../../src/domain/intake/recipient-block.ts";
import { withoutShopBlocks } from "../../../src/domain/intake/shop-block.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const context: IntakeContext = {
  ownAddresses: ["info@shop.example.jp"],
  formFrom: [],
  shopDomain: "shop.example.jp",
  htmlText: null,
  attachedText: null,
};

describe("a phone number in a customer's words", () => {
  const CASES: readonly [string, string | null][] = [
    ["TEL 084-000-0213 / FAX 084-000-0214", "0840000213"],
    ["FAX 084-000-0214 / TEL 084-000-0213", "0840000213"],
    ["連絡は携帯にください。0 9 0 - 0 0 0 0 - 2 0 5 5", "09000002055"],
    ["電話０７５－０００－１１７７", "0750001177"],
    ["何回電話しても(03-0000-1234)出えへん\n08000000695 坂本", "08000000695"],
    ["03-0000-1234に電話しましたが出ません", null],
    ["03-0000-1234までお電話ください", "0300001234"],
    ["そちらの番号 03-0000-1234 は通じません", null],
    ["フリーダイヤル 0120-000-210 に何度もかけました", null],
    ["ファックス(06-0000-0353)してください", null],
    ["Bruce Tan\n(m) 0400 000 227", "0400000227"],
    ["Tel. +852 2000 0149 / Fax +852 2000 0150", "85220000149"],
    ["M: +31 20 000 0753", "31200000753"],
    ["連絡は私（090-0000-1401）にお願いします。", "09000001401"],
    ["日中は 080 0000 1234 でつながります", "08000001234"],
    ["伝票番号 5512-3456-7891", null],
    ["under tracking 7712 3456 7890.", null],
    ["口座 1234567 カード 4980-0000-0000-0000", null],
    ["注文番号 0312345678", null],
  ];
  it.each(CASES)("%j", (text, phone) => {
    expect(findPhone(text)).toBe(phone);
  });

  it("may have a country code", () => {
    expect(readPhone("+66 2 000 0000")).toBe("6620000000");
    expect(readPhone("+81 90-1234-5678")).toBe("819012345678");
  });
});

describe("a postal address in a customer's words", () => {
  const CASES: readonly [string, string | null][] = [
    [
      "返金を。\n〒399-0007 長野県松本市石芝9-99-9　TEL:0263-00-0727 FAX:0263-00-0728",
      "〒399-0007 長野県松本市石芝9-99-9",
    ],
    [
      "〒683-0001\n鳥取県米子市皆生温泉0-0-0\nTEL 0859-00-0000",
      "〒683-0001 鳥取県米子市皆生温泉0-0-0",
    ],
    [
      "住所は〒252-0303相模原市南区相模大野0-0-0-505です",
      "〒252-0303相模原市南区相模大野0-0-0-505",
    ],
    ["東京都見本区見本1-2-3\n見本ビル5F", "東京都見本区見本1-2-3 見本ビル5F"],
    ["東京都見本区見本1-2-3 090-0000-0000", "東京都見本区見本1-2-3"],
    ["返金を。\n\n川名 渉\n千葉市中央区見本5-6-8 見本ビル３F", "千葉市中央区見本5-6-8 見本ビル３F"],
    ["Thanks\nBruce Tan\nPO Box 1055, Fitzroy VIC 3065", "PO Box 1055, Fitzroy VIC 3065"],
    [
      "Regards\nA. Bos\nKeizersgracht 1000, 1015 AA Amsterdam",
      "Keizersgracht 1000, 1015 AA Amsterdam",
    ],
    [
      "Regards\nD. Wong\nUnit 00, 9/F, Sample Centre, Kowloon",
      "Unit 00, 9/F, Sample Centre, Kowloon",
    ],
    ["My address: 1 Sample Road, Leeds", "1 Sample Road, Leeds"],
    ["大阪府の店から2日で届きました。", null],
    ["東京都に3回電話しました", null],
    ["I paid 3,000 yen, order 678, on Nov 3", null],
    ["福島県です", null],
  ];
  it.each(CASES)("%j", (text, address) => {
    expect(findAddress(text)).toBe(address);
  });
});

describe("what is somebody else's", () => {
  it("is the shop's signature", () => {
    const own = "返金してください。\n090-0000-1111";
    const block =
      "見本商店\n〒150-0000 東京都渋谷区見本町1-1-1\nTEL 03-0000-0000\n\nhttps://shop.example.jp/";
    const text = `${own}\n==========\n${block}\n==========`;
    expect(withoutShopBlocks(text, text, context)).not.toMatch(/見本町|03-0000/);
    expect(withoutShopBlocks(text, text, context)).toContain("090-0000-1111");
    const sentence = "info@shop.example.jp に送りましたが返事がありません。090-0000-1111 です。";
    expect(withoutShopBlocks(sentence, sentence, context)).toBe(sentence);
  });

  it("is the recipient's block", () => {
    const text =
      "届け先は\n\nお名前：長谷部 トミ\n住所：青森県八戸市架空町1-1\n\nでした。\n電話 090-0000-1111";
    expect(withoutRecipient(text)).not.toContain("青森県");
    expect(findPhone(withoutRecipient(text))).toBe("09000001111");
  });
});

describe("an e-mail address", () => {
  it("may break the rules of dots, as docomo's do", () => {
    expect(bareAddress('"mori..akari."@docomo.ne.jp')).toBe("mori..akari.@docomo.ne.jp");
    expect(bareAddress("taro@mail.example")).toBe("taro@mail.example");
    expect(emailsIn("taro..yamada@docomo.ne.jp と .hana.＠docomo.ne.jp")).toEqual([
      "taro..yamada@docomo.ne.jp",
      ".hana.@docomo.ne.jp",
    ]);
    expect(emailsIn('"taro..yamada"@docomo.ne.jp')).toEqual(["taro..yamada@docomo.ne.jp"]);
  });

  it("has no label glued to it", () => {
    expect(emailsIn("E-mail=taro@mail.example")).toEqual(["taro@mail.example"]);
    expect(emailsIn("...taro@mail.example.")).toEqual(["taro@mail.example"]);
  });
});

describe("a hostile text", () => {
  const PARTS = [
    "0",
    "0 ",
    "03-",
    "電話",
    "〒123-4567",
    "東京都",
    "市区",
    "東京都市1 ",
    "a@",
    "TEL ",
    "\n090-0000-1111",
    "かけた",
    " ,1 ",
    "No ",
    "((",
  ];
  it.each(PARTS)("of %j takes no time that grows with its square", (part) => {
    const text = part.repeat(60_000 / part.length);
    const start = process.cpuUsage();
    findPhone(text);
    findAddress(text);
    emailsIn(text);
    withoutRecipient(withoutShopBlocks(text, text, context));
    // Read once it takes some ten milliseconds; with a quadratic pattern, minutes.
    expect(cpuMs(start)).toBeLessThan(5_000);
  });
});
