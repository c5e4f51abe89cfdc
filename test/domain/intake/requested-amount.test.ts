import { describe, expect, it } from "vitest";
import {
  amountInField,
  readYen,
  statedAmounts,
} from "../../../src/domain/intake/requested-amount.ts";
import { cpuMs } from "../../support/cpu-time.ts";

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
    ["合計2,467円を返金してください", 2467],
    ["今から届いても使いませんので、代金6,820円を返してください", 6820],
    ["お代金のうち3,300円を返していただけますか", 3300],
    ["決済済みの 143,000円につきましてもご返戻願います", 143_000],
    ["差額1,200円につきましてご返金をお願い申し上げます", 1200],
    ["墨汁ぶんの 4,752円 は次回から引くんじゃなくて、今回返してもらうほうがありがたい。", 4752],
    ["１２，８００円をＰａｙＰａｙではなくカードのほうへ返してください", 12_800],
    ["３．ご返金額　：金参万八千五百円也（38,500円・税込）", 38_500],
    ["3,500円の返還を求めます", 3500],
    ["3,500円だけ返してくれたらいいです", 3500],
    ["二重に引き落とされた6,050円を返してください", 6050],
    ["Kindly revert the second charge of 6,050 yen.", 6050],
    ["please credit back 6,050 yen to my card", 6050],
    ["I would like to be reimbursed 2,640 yen", 2640],
    ["please pay back JPY 2,640", 2640],
    ["can you send me back the 2,640 yen", 2640],
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
    "3,500円は払いました。返金してください",
    "3,500円は高すぎます。返してください",
    "3,500円は返してもらいました",
    "3,500円を払ったのに返してくれない",
    "3,500円を返金しますとのメールがありました",
    "3,500円は先に別の店で使ったカードに返してあります",
    "返金額は3,500円と聞きました",
    "返金額は3,500円でしたが届きません",
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

describe("of several sums, the one that is asked back", () => {
  const CASES: readonly [string, number | null][] = [
    ["不良5組分、8,250円（税込）のご返金をお願いできますでしょうか。", 8250],
    ["そちらはすぐ4,980円を返金してくれました。", null],
    ["4,980円の返金を確認できました。", null],
    ["2,000円返金されましたが、残りの1,000円を返金してください", 1000],
    ["2,000円は返金していただきましたが、あと500円返してほしいです", 500],
    ["660円返してください", 660],
    ["せめて500円だけでも返してくれませんか", 500],
    ["手数料330円を返金してください", 330],
    ["代引き手数料440円も返してください", 440],
    ["Please refund the delivery fee of 660 yen", 660],
    ["refund everything minus the fee of 300 yen", null],
    ["半額返金してください", null],
    ["送料分だけ返金お願いします", null],
    ["1,980円返せや", 1980],
    ["1980えん返して", 1980],
    ["３千５百円の返金を希望", 3500],
    ["I want 1,650 yen back", 1650],
    ["¥1,650 should be refunded", 1650],
    ["could you return 1650yen to my card?", 1650],
    ["You refunded 2,000 yen but I paid 3,000 yen", null],
    ["You refunded only 2,000 yen, please refund the remaining 1,000 yen", 1000],
    ["返金額は5,000円と聞きました", null],
    ["11/8に合計5,400円の注文をした大野です。返金をお願いします", null],
    ["3,300円の品が2つで6,600円でした。返金してください", null],
    ["5,500円が二重に引き落とされています。1回分の返金をお願いします", null],
    ["5,500円が二重に引き落とされています。5,500円を返金してください", 5500],
    ["3,000円で買ったが、半額の1,500円を返金してください", 1500],
    ["差額2,200円をお戻しください", 2200],
    ["返金希望額　1,100円", 1100],
    ["1個分（1,320円）だけ返金していただけますか", 1320],
    ["1,320円分、返金してもらえますか", 1320],
    ["返金は3,000円でお願いします", 3000],
    ["3000円くらい返金してもらわないと納得できない", 3000],
    ["返金していただける場合は1,200円になりますか", 1200],
    ["1,650円はカードに返金してください", 1650],
    ["商品代3,000円と送料500円、計3,500円を返金してください", 3500],
    ["他のお店では2,000円でした。返金してください", null],
    ["クーポン500円引きで買いました。返金して", null],
    ["だから返金して。give me back the money of one shirt, it is 1,980 yen.", 1980],
    ["I want the full amount, JPY 18,700, returned.", 18700],
    ["8,900円きっちり全額返してください", 8900],
    ["返品して¥4,290もどしてほしいです", 4290],
    ["購入者全員に1,000円返金キャンペーンは対象でしょうか", null],
  ];
  it.each(CASES)("%s", (text, amount) => {
    expect(statedAmounts(text).requestedMinor).toBe(amount);
  });

  it.each(["12円", "円返金のの", "3000円ほど分のが", "だけでも", "返金3000円", "。"])(
    "is found in no time in a hostile text of %s",
    (unit) => {
      const start = process.cpuUsage();
      statedAmounts(`3000円${unit.repeat(60_000 / unit.length)}`);
      expect(cpuMs(start)).toBeLessThan(500);
    },
  );
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
    ["一部", null],
    ["一部 3,000円", 3000],
    ["2点分", null],
    ["30%", null],
    ["3,000円程度", 3000],
    ["全額（3,000円）", 3000],
    ["5500円(税込)", 5500],
    ["半額", null],
    ["わかりません", null],
    ["3,000円を希望", 3000],
    ["090-1111-2222", null],
  ];
  it.each(CASES)("%s is read as %s", (value, amount) => {
    expect(amountInField(value)).toBe(amount);
  });
});
