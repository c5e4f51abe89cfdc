import { describe, expect, it } from "vitest";
import {
  normalizeOrderNumber,
  orderNumbersInField,
  orderNumbersInText,
  orderNumbersOfPayment,
} from "../../../src/domain/order-number/order-number.ts";

const numbersIn = (text: string) => orderNumbersInText(text).map(({ number }) => number);

describe("an order number by itself", () => {
  const CASES: readonly [string, string][] = [
    ["678", "678"],
    ["0679", "0679"],
    ["0000012345", "0000012345"],
    ["６７９", "679"],
    ["①678", "678"],
    ["#1001", "1001"],
    ["＃１００１", "1001"],
    ["No.712", "712"],
    ["№712", "712"],
    ["第６８８号", "688"],
    ["注文番号：０６７９", "0679"],
    ["ご注文番号は６８８です", "688"],
    ["order 678", "678"],
    ["order no. 12", "12"],
    ["ORDER-678", "678"],
    ["s17562", "S17562"],
    ["P171323551145213731", "P171323551145213731"],
    ["345678-20241105-0123456789", "345678-20241105-0123456789"],
    ["503-1234567-1234567", "503-1234567-1234567"],
    ["A0B1C2D3E4F56789", "A0B1C2D3E4F56789"],
    ["order_test_bA1znhGULw5lROfDTpHChv", "ORDER_TEST_BA1ZNHGULW5LROFDTPHCHV"],
    ["ES/1001", "ES/1001"],
  ];
  it.each(CASES)("%s is compared as %s", (text, number) => {
    expect(normalizeOrderNumber(text)).toBe(number);
  });

  it.each([
    "090-1234-5678",
    "０９０－１２３４－５６７８",
    "09012345678",
    "03-1234-5678",
    "0312345678",
    "000-0000-0000",
    "0120-444-113",
    "+81 90-1234-5678",
    "123-4567",
    "〒150-0002",
    "2024-10-18",
    "2024/10/18",
    "10月18日",
    "1234-5678-9012",
    "1234 5678 9012",
    "4242424242424242",
    "4242-4242-4242-4242",
    "2,467",
    "2467円",
    "¥2467",
    "IMG_0749",
    "IMG_0749.jpg",
    "pi_3NxYzABCDEFGHIJK",
    "わかりません",
    "678 679",
    "",
  ])("%s is none", (text) => {
    expect(normalizeOrderNumber(text)).toBeNull();
  });
});

describe("order numbers in free text", () => {
  const CASES: readonly [string, string[]][] = [
    ["注文番号: 678", ["678"]],
    ["ご注文番号：６７９", ["679"]],
    ["注文番号は６８８です", ["688"]],
    ["注文 第６８８号", ["688"]],
    ["注文678の件", ["678"]],
    ["No.712 をキャンセルしてください", ["712"]],
    ["#1042", ["1042"]],
    ["(注文 #739)", ["739"]],
    ["order no. \n753", ["753"]],
    ["注文番号は701と703です", ["701", "703"]],
    ["701と703をキャンセルしてください", ["701", "703"]],
    ["注文番号 727、728，729", ["727", "728", "729"]],
    ["注文番号: 727,728,729", ["727", "728", "729"]],
    ["注文番号 1187 / 1188", ["1187", "1188"]],
    ["注文番号 1187/1188", ["1187", "1188"]],
    ["order numbers 12, 13 and 14", ["12", "13", "14"]],
    ["ちゅうもんばんごう ７１３", ["713"]],
    ["注文番号:①678 ②679", ["678", "679"]],
    ["注文番号（678）", ["678"]],
    ["注文番号(半角): 678", ["678"]],
    ["注文番号はたしか678だったと思います", ["678"]],
    ["679番の注文をやめたい", ["679"]],
    ["my order (1001) please", ["1001"]],
    ["P171323551145213731をキャンセル", ["P171323551145213731"]],
    ["注文番号678ではなく679です", ["679"]],
    ["I mean #1002, not #1001", ["1002"]],
    ["注文番号: 678、20241018に購入", ["678"]],
    ["注文番号678、電話090-1234-5678", ["678"]],
    ["注文番号：678、合計2,467円", ["678"]],
    ["注文1678", ["1678"]],
    ["番号712です", ["712"]],
    ["the items in order 55. Please", ["55"]],
    ["order number 12. Thanks", ["12"]],
    ["注文12の件", ["12"]],
    ["注文番号 678 と 注文番号 678", ["678"]],
  ];
  it.each(CASES)("%s", (text, numbers) => {
    expect(numbersIn(text)).toEqual(numbers);
  });

  it.each([
    "電話番号: 090-1234-5678",
    "FAX 03-1234-5678",
    "注文番号：090-1234-5678",
    "注文番号: 0120444113",
    "〒150-0002 東京都渋谷区渋谷1-2-3",
    "注文番号 1500002 東京都渋谷区",
    "10月18日に注文した商品",
    "注文10月18日",
    "注文 20241018",
    "注文日 2024/10/18",
    "注文番号: 10/18",
    "注文番号 2,467円",
    "注文は3000円でした",
    "合計2467円",
    "注文3点",
    "注文番号:\n3. お名前",
    "会員番号12345",
    "注文番号は678ではありません",
    "注文番号: 090 1234 5678",
    "注文番号 1234 5678 9012",
    "order 2 shirts",
    "order 100 pieces",
    "Order: 2467 yen",
    "追跡番号 1234-5678-9012",
    "伝票番号 No.123456789012",
    "tracking #123456789012",
    "商品No.123",
    "SKU #1042",
    "注文 A4サイズ",
    "口座番号 No.1234567",
    "カード下4桁 4242",
    "card ending in #4242",
    "IMG_0749",
    "受付番号：202401010001",
    "お問い合わせ番号: 10042",
    "東京都渋谷区渋谷1-2-3 ABCビル #405",
    "注文番号は不明です。電話は090-1111-2222です",
    "3000を返金してください",
    "https://shop.example/?order=678#1234",
    "[R-12]",
  ])("%s names none", (text) => {
    expect(numbersIn(text)).toEqual([]);
  });

  it("tells the words that made it one and where it stands", () => {
    expect(orderNumbersInText("ご注文番号: 678")).toEqual([
      { number: "678", label: "ご注文番号", index: 7 },
    ]);
  });

  it("needs no word in a field of its own", () => {
    expect(orderNumbersInField("678, 679").map(({ number }) => number)).toEqual(["678", "679"]);
    expect(orderNumbersInField("090-1234-5678")).toEqual([]);
    expect(orderNumbersInField("わかりません")).toEqual([]);
  });

  it("takes no time on a text made to take time", () => {
    const text = `注文番号${" ".repeat(20_000)}${"1-".repeat(20_000)}${"注文".repeat(10_000)}`;
    expect(numbersIn(text)).toEqual([]);
  });
});

describe("order numbers of a payment", () => {
  const DESCRIPTIONS: readonly [string, string[]][] = [
    ["kidfeed - 注文 678", ["678"]],
    ["- 注文 688", ["688"]],
    ["注文 #739", ["739"]],
    ["注文番号 678", ["678"]],
    ["Shop - Order 678", ["678"]],
    ["Order #1001", ["1001"]],
    ["order no. 12", ["12"]],
    ["#1042", ["1042"]],
    ["ABC Shop 2024 - Order 5", ["5"]],
    ["Shop - Order 678-1", ["678-1"]],
    ["678", ["678"]],
    ["KIDS - 注文 1678", ["1678"]],
    ["Subscription update", []],
    ["Payment for taro@mail.example", []],
  ];
  it.each(DESCRIPTIONS)("%s", (description, numbers) => {
    const from = numbers.length > 0 ? "description" : null;
    expect(orderNumbersOfPayment({ metadata: {}, description })).toEqual({ numbers, from });
  });

  it.each([
    "order_id",
    "order_number",
    "order_no",
    "orderNumber",
    "orderId",
    "Order",
    "注文番号",
    "注文ID",
    "ご注文番号",
  ])("are read from the metadata key %s before the description", (key) => {
    const payment = { metadata: { [key]: "＃６７８", customer: "9" }, description: "注文 679" };
    expect(orderNumbersOfPayment(payment)).toEqual({ numbers: ["678"], from: "metadata" });
  });

  it("are not read from other metadata", () => {
    const metadata = { order_key: "wc_order_123", customer_id: "678", border: "12" };
    expect(orderNumbersOfPayment({ metadata, description: null }).numbers).toEqual([]);
  });

  it("never take a number out of a longer one", () => {
    const payment = { metadata: {}, description: "注文 1678" };
    expect(orderNumbersOfPayment(payment).numbers).not.toContain("678");
  });
});
