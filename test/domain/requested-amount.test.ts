import { describe, expect, it } from "vitest";
import { amountInField, readYen, statedAmounts } from "../../src/domain/requested-amount.ts";

describe("a sum that is asked back", () => {
  const CASES: readonly [string, number][] = [
    ["3,000円を返金してください", 3000],
    ["３千円の返金をお願いします", 3000],
    ["１万2000円を返金してほしいです", 12000],
    ["二千五百円返金してください", 2500],
    ["1.5万円を返金して", 15000],
    ["￥２，０００を返金願います", 2000],
    ["返金額：3,000円", 3000],
    ["返金希望額は3000円です", 3000],
    ["返金をお願いします（2,467円）", 2467],
    ["3000円 を 返して ほしい", 3000],
    ["差額の500円を返金してください", 500],
    ["送料500円を返金してください", 500],
    ["一部（1,500円）の返金を希望します", 1500],
    ["500円分のみ返金をお願い", 500],
    ["合計5,000円のうち1,000円だけ返金をお願いします", 1000],
    ["Please refund ¥3,000", 3000],
    ["refund me 3,000 yen", 3000],
    ["I'd like a partial refund of 1,500 yen", 1500],
    ["I would like ¥1,200 refunded", 1200],
    ["get 3,000 yen back", 3000],
    ["2,000 JPY refund please", 2000],
  ];
  it.each(CASES)("%s", (text, amount) => {
    expect(statedAmounts(text).requestedMinor).toBe(amount);
  });
});

describe("a sum that is not asked back", () => {
  it.each([
    "合計は2,467円です。返金をお願いします",
    "合計2,467円を返金してください",
    "代金3000円の返金を",
    "3,000円の商品を返金してください",
    "先日3,000円で購入した商品の返金をお願いします",
    "お支払い金額: 2,467円\n返金をお願いします",
    "2,467円支払いました。返金してください",
    "返金をお願いします、3,000円の商品です",
    "refund the 3,000 yen item",
    "手数料300円を引いて返金",
    "2,000円返金されましたが",
    "返金は不要です 3,000円",
    "1000円か2000円を返金",
    "数万円を返金",
    "注文678を返金してください",
    "3000を返金してください",
    "The order total is ¥2,467. Please refund.",
    "I paid 2,467 yen, please refund it",
    "refund of $24.67",
  ])("%s", (text) => {
    expect(statedAmounts(text).requestedMinor).toBeNull();
  });

  it("is kept as a price where it is called one", () => {
    expect(statedAmounts("合計は2,467円です。").pricesMinor).toEqual([2467]);
  });
});

describe("a figure in yen", () => {
  const CASES: readonly [string, number | null][] = [
    ["2,467", 2467],
    ["2467", 2467],
    ["1万2000", 12000],
    ["1万2千", 12000],
    ["万", null],
    ["二千五百", 2500],
    ["24.67", null],
    ["2,46", null],
    ["0", null],
    ["999999999999", null],
  ];
  it.each(CASES)("%s is read as %s", (figure, amount) => {
    expect(readYen(figure)).toBe(amount);
  });
});

describe("a form's field for the sum", () => {
  const CASES: readonly [string, number | null][] = [
    ["3000", 3000],
    ["３，０００円", 3000],
    ["¥3,000", 3000],
    ["全額", null],
    ["$20", null],
    ["1,000〜2,000円", null],
  ];
  it.each(CASES)("%s is read as %s", (value, amount) => {
    expect(amountInField(value)).toBe(amount);
  });
});
