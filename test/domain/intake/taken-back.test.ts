// Who takes something back and asks for money in one mail asks for money.

import { describe, expect, it } from "vitest";
import { readIntent } from "../../../src/domain/intake/intent.ts";

const intentOf = (text: string) => readIntent(text, true)?.intent ?? null;

describe("a mail that takes back something else and asks for the money", () => {
  it.each([
    "注文678の商品が壊れていました。低評価のレビューは取り下げますので、返金してください。",
    "口コミは撤回しますので、注文678の返金をしてください",
    "クレームは取り下げますので返金してください",
    "返金してくださればレビューを取り下げます。",
    "低評価を取り下げてほしければ返金してください",
    "交換の依頼を取り下げて、返金をお願いします。",
    "再送の依頼は撤回します。注文678を返金してください",
    "お届け先変更のお願いは取り下げます。そのかわり返金してください",
    "I withdraw my review. Please refund order 678.",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("full");
  });
});

describe("a wish after an earlier one that is taken back", () => {
  it.each([
    [
      "Please disregard my last refund request, the order number was wrong. The correct one is 678, please refund that.",
      "full",
    ],
    [
      "Kindly ignore my last mail about a refund for order 12. I want a refund for order 678.",
      "full",
    ],
    [
      "Please disregard my previous cancellation request for 677. Please cancel order 678.",
      "cancel",
    ],
    ["先ほどのキャンセルの依頼は取り下げます。代わりに注文678を返金してください。", "full"],
  ])("%s", (text, intent) => {
    expect(intentOf(text)).toBe(intent);
  });
});

describe("what the shop has asked the customer to take back", () => {
  it.each([
    "電話で『申請を取り下げてください』と言われましたが納得できません。返金してください",
    "返金してください。電話では「依頼を取り下げて」と言われました。",
    "返金してください。御社から申請を取り下げてくれと言われましたが応じません。",
    "返金の請求を取り下げてほしいと言われましたが、応じられません。返金を求めます",
    "返金の依頼は撤回しません。返金してください。",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("full");
  });
});

describe("a wish that is taken back and not renewed", () => {
  it.each([
    "先日の返金依頼の件ですが、取り下げます。",
    "注文678の返金をお願いした田中です。取り下げます。",
    "返金依頼の取り下げをお願いします。",
    "返金と交換の依頼を取り下げます。",
    "返金の申請を取り下げますので、返金処理を中止してください。",
    "返金の申請を取り下げたいです。キャンセルお願いします。",
    "返金の依頼を取り下げます。もし届かなければ改めて返金をお願いします。",
    "返金の依頼を取り下げます。返金をお願いしておきながら申し訳ありません。",
    "返金の申請を出しましたが、修理してもらえることになりましたので取り下げます。",
    "返金の話は白紙に戻してください",
    "Please withdraw my refund request for order 678.",
    "I would like to withdraw my refund request. Sorry for asking for a refund.",
    "Please cancel my refund request. If the item does not arrive by Friday, please refund me.",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("withdraw");
  });
});
