import { describe, expect, it } from "vitest";
import { readIntent } from "../../../src/domain/intake/intent.ts";
import { findStatusInquiry } from "../../../src/domain/intake/status-inquiry.ts";
import { readTopic } from "../../../src/domain/intake/topic-line.ts";

/** Ends with a number sign where the mail names an order. */
function intentOf(text: string): string | null {
  return readIntent(text.replace(/#$/, ""), text.endsWith("#"))?.intent ?? null;
}

describe("a mail that plainly cancels", () => {
  it.each([
    "上記注文番号の注文をキャンセルしたいです。返金の処理をお願いいたします。",
    "注文をキャンセルしたいです",
    "キャンセルをお願いします",
    "キャンセルでお願いします",
    "キャンセル希望です",
    "注文の取り消しをお願い致します",
    "注文を取り消してください",
    "注文を取消したいのですが",
    "注文をやめたいです",
    "きゃんせるしてください",
    "ｷｬﾝｾﾙしたい",
    "注文をなかったことにしてください",
    "先ほどの注文をキャンセルさせてください",
    "注文をキャンセルします",
    "キャンセルしてもらえますか",
    "キャンセルしていただけますでしょうか",
    "マイページからキャンセルできないので対応をお願いします",
    "キャンセルの手続きをお願いします",
    "キャンセルして返金してください",
    "キャンセルしたいのですが、まだ間に合いますか？",
    "キャンセルできますか？可能でしたら返金をお願いします。",
    "Please cancel my order.",
    "I want to cancel order 678 and get a refund",
    "I'd like to cancel my order",
    "Cancel my order please",
    "Could you please cancel it?",
    "Can you cancel order #1001?",
    "I am requesting cancellation of my order",
    "I need to cancel this order",
    "お世話になっております。先日注文いたしました商品ですが、都合によりキャンセルをお願いしたくご連絡いたしました。",
    "間違えて二重に注文してしまいました。片方の注文をキャンセルしてください。",
    "注文番号701と703をキャンセルお願いします。",
    "申し訳ありませんが、注文を取り消しでお願いできますか？",
    "まだ発送前でしたらキャンセルさせていただけないでしょうか。",
    "サイズを間違えたのでキャンセルしたく、返金についてもお願いいたします",
    "Please cancel and refund order no. 753",
    "I placed an order by mistake and want it cancelled.",
    "Order 678 - please cancel",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("cancel");
  });
});

describe("a mail that asks for the money back", () => {
  it.each([
    "返金をお願いします",
    "全額返金してください",
    "返金希望です",
    "返金を希望します",
    "払い戻しをお願いします",
    "返品しますので返金をお願いします",
    "返品・返金をお願いします",
    "お金を返してください",
    "返金していただけますか",
    "返金対応をお願いできますでしょうか",
    "返金して欲しいです",
    "ご返金のほどよろしくお願いいたします",
    "商品が届かないので返金してください",
    "商品が壊れていました。返金の手続きをお願いします。",
    "可能であれば返金をお願いします",
    "キャンセルした注文の返金をお願いします",
    "返品したいです",
    "返金を\nお願いします",
    "返金お願いします",
    "返金してくれませんか",
    "返金頂けますと幸いです",
    "へんきんしてください",
    "Please refund me",
    "I would like a refund",
    "I want my money back",
    "I'm requesting a full refund for order 12",
    "Can you refund my order?",
    "Refund please",
    "I was charged twice. Kindly return 3,000 yen to my card.",
    "can i please get a refund",
    "The item arrived broken. Please refund my order.",
    "I'd like to request a refund",
    "I cancelled my order last week, please refund me",
    "商品に不具合がありました。返品いたしますので代金の返金をお願い申し上げます。",
    "届いた商品がイメージと違ったため、返品および返金を希望いたします。",
    "不良品でしたので全額のご返金を求めます",
    "先週購入した靴ですが、サイズが合わないので返品して返金してもらいたいです。",
    "コンビニで払ったお金を返してほしいのですが。",
    "二重に引き落とされています。一方を返金してください。",
    "クレジットカードへの返金処理をお願いします",
    "返金してもらえないでしょうか",
    "I ordered the wrong size. I would like to return it for a refund.",
    "Hi, I'd like my money back for order #1042 as it never arrived.",
    "Kindly process a refund for order 753.",
    "I was charged twice, please refund one of the charges",
    "We would appreciate a refund as soon as possible.",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("full");
  });
});

describe("a mail that asks for a part of it", () => {
  it.each([
    "一部返金をお願いします",
    "2点のうち1点だけキャンセルしたいです",
    "差額を返金してください",
    "送料のみ返金してください",
    "I'd like a partial refund",
    "商品の一部を返金してほしい",
    "半額を返金していただけませんか",
    "please refund only one item",
    "3点中1点が破損していました。その分の返金をお願いします。",
    "5個注文しましたが4個しか入っていませんでした。1個分の返金をお願いします",
    "クーポンの適用漏れ分500円のみ返金いただけますか",
    "セットの一部だけキャンセルすることはできますか。可能ならお願いします",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("partial");
  });
});

describe("a mail that asks whether its own order can be cancelled or refunded", () => {
  it.each([
    "注文番号678です。キャンセルできますか？#",
    "昨日注文した商品はキャンセルできますでしょうか",
    "先日購入しましたが返金は可能でしょうか",
    "まだキャンセル間に合いますか",
    "注文番号678の返金方法を教えてください#",
    "Can I cancel my order?",
    "Is it still possible to get a refund for my order?",
    "How do I cancel my order?",
    "注文した商品の返金はできますか",
    "Could I get a refund on order 77#",
    "I would like to know if I can cancel my order",
    "Is there any way I can cancel order 678?#",
    "I ordered yesterday. Is it too late to cancel?",
    "Am I eligible for a refund on my order?",
    "昨日注文したのですが、今からキャンセルすることは可能でしょうか。",
    "注文番号688ですが、返金してもらえるのでしょうか。#",
    "先日届いた商品ですが、開封後でも返金可能ですか？",
    "注文した商品がまだ発送されていないようですがキャンセルできますでしょうか？",
    "この注文は返金対象になりますか",
    "コンビニで払った後にキャンセルになったのですが、返金はどうなりますか？#",
    "どうすれば注文をキャンセルできますか。注文番号は713です#",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("asks");
  });
});

describe("a mail that takes a wish back", () => {
  it.each([
    "やはりキャンセルの依頼を取り下げます",
    "先日お願いした返金は不要になりました",
    "キャンセルをお願いしましたが、撤回したいです",
    "キャンセルはなかったことにしてください。キャンセルを取り消します",
    "Please disregard my refund request",
    "I no longer want a refund",
    "キャンセルしないでください",
    "Please don't cancel my order",
    "返金の件ですが、結局商品が届きましたので返金は結構です",
    "先ほどのキャンセル依頼ですが、やはり購入しますので取り下げさせてください。",
    "すみません、返金申請を取り消したいです。",
    "無事商品が届きましたので返金は必要ありません。",
    "キャンセルの件、やはりキャンセルしないことにしました。",
    "Actually I want to keep my order, so please ignore my cancellation request.",
    "I'd like to withdraw my refund request.",
  ])("%s", (text) => {
    expect(intentOf(text)).toBe("withdraw");
  });
});

describe("a mail that asks for nothing of the kind", () => {
  it.each([
    "キャンセルは可能ですか？",
    "返品・返金はできますか？",
    "キャンセルポリシーを教えてください",
    "キャンセル料はかかりますか",
    "購入を検討しています。返金は可能ですか",
    "注文後のキャンセルはできますか",
    "サイズ交換をお願いします",
    "返金ではなく交換をお願いします",
    "返金は不要ですので交換してください",
    "領収書を発行してください",
    "いつ届きますか？",
    "返金ありがとうございました",
    "返金を確認しました。ありがとうございました。",
    "返金していただきありがとうございました",
    "メルマガをキャンセルしたい",
    "全額返金保証キャンペーン実施中！",
    "返金対応システムのご提案をさせてください",
    "Thank you for the refund",
    "Thank you for processing my refund",
    "I would like to know your refund policy",
    "I'm not asking for a refund, just a replacement",
    "返品・交換をお願いします",
    "What is your refund policy?",
    "Do you accept returns?",
    "If I buy this, can I get a refund?",
    "Please cancel my newsletter subscription",
    "Where is my order?",
    "I do not want a refund, I want an exchange",
    "キャンセル待ちをお願いします",
    "注文がキャンセルされました。なぜですか？",
    "返品方法を教えてください",
    "会員登録を取り消したい",
    "100% money back guarantee!",
    "再入荷の予定を教えてください",
    "Can I get a receipt",
    "before I order, can I cancel later?",
    "商品を交換したいです",
    "返品して別のサイズに交換したいです",
    "返金のご対応ありがとうございます。",
    "How can I change the delivery date of my order?",
    "返品・交換の条件を教えてください。",
    "初めて利用します。キャンセルは何日前まで可能ですか。",
    "購入前に質問です。サイズが合わなければ返金していただけますか？",
    "注文内容の変更をお願いします。色を赤に変更してください。",
    "届け先の住所を変更したいです。",
    "商品が届きました。とても満足しています。ありがとうございました。",
    "キャンセルありがとうございました。助かりました。",
    "荷物の追跡番号を教えてください。まだ届きません。",
    "請求書の再発行をお願いします",
    "弊社の決済サービスなら返金処理も自動化できます。ぜひご検討ください。",
    "当サービスでは返金手続きを代行いたします。お問い合わせください。",
    "【期間限定】全品50%OFF！気に入らなければ返金いたします",
    "不良品だったので新しいものと交換をお願いします。",
    "Do you offer refunds if the size doesn't fit?",
    "Can I return an item if it doesn't fit?",
    "What happens if I cancel an order?",
    "Thanks for the quick refund!",
    "Our SaaS helps shops handle refunds. Would you like a demo?",
    "I need an invoice for order 678.#",
    "Could you tell me when my order will ship?",
    "Please exchange it for a larger size.",
    "返金先の口座は下記の通りです。みずほ銀行 渋谷支店 普通 1234567",
    "予約商品の発売日はいつですか",
    "注文をキャンセルされた場合、在庫は戻りますか？",
    "メールアドレスの登録を取り消してください",
    "キャンセルした商品がまた届きました。どうすればいいですか",
  ])("%s", (text) => {
    expect(intentOf(text)).toBeNull();
  });
});

describe("a question about somebody's own order", () => {
  it("counts without the word 'my' where an order number is named", () => {
    expect(intentOf("キャンセルは可能ですか？#")).toBe("asks");
    expect(intentOf("キャンセルは可能ですか？")).toBeNull();
  });

  it("does not count before the purchase", () => {
    expect(intentOf("注文した場合、後からキャンセルできますか？")).toBeNull();
  });
});

describe("a refund that has not arrived", () => {
  it.each([
    "まだ返金されていません",
    "先日キャンセルしましたが、まだ返金されていません。",
    "返金が確認できません",
    "返金はいつ頃になりますか",
    "返金の状況を教えてください",
    "まだ返金が届いていないのですが",
    "返金がまだです",
    "返金の連絡がありません",
    "I haven't received my refund yet",
    "When will I get my refund?",
    "My refund has not arrived",
    "What is the status of my refund?",
    "Where is my refund?",
    "2週間経ちましたが返金されていないようです。",
    "カードの明細に返金が反映されていません",
    "返金が完了していません",
    "I still have not been refunded",
    "返金の手続きはいつ終わりますか。先月キャンセルしました。",
    "キャンセル後、返金が確認できていません。状況をお知らせください。",
    "返金がまだ口座に入っていません",
    "返金処理は進んでいますでしょうか",
    "返金されていないのですが",
    "10日待っていますが返金がありません",
    "返金の件、どうなっていますか？",
    "It's been two weeks and I still haven't got my refund",
    "I was told I'd be refunded but nothing has arrived",
    "When should I expect the refund?",
    "返金はいつ振り込まれますか",
    "いつ返金されますか",
    "いつになったら返金してもらえますか",
    "返金の予定日を教えてください",
    "商品代金の返金が反映されないのですがどうなっていますか",
  ])("%s", (text) => {
    expect(findStatusInquiry(text)).not.toBeNull();
  });

  it.each([
    "キャンセルをお願いします。返金はいつ頃になりますか？",
    "商品がまだ届きません",
    "商品が届いていません。返金してください",
    "Please refund my order, the parcel has not arrived",
    "返金をお願いします",
    "返金されますか",
    "where is my order",
    "まだキャンセルできますか",
    "返金していただけませんか",
    "この商品がまだ届いていないので返金をお願いします",
    "先月注文した商品が届きません。返金してください",
    "まだ発送されていません。キャンセルしてください",
  ])("is not meant by: %s", (text) => {
    expect(findStatusInquiry(text)).toBeNull();
  });
});

describe("a subject or drop-down", () => {
  const CASES: readonly [string, string, string | null][] = [
    ["キャンセル希望", "注文番号678です", "cancel"],
    ["注文キャンセルの件", "よろしくお願いします", "cancel"],
    ["キャンセルについて", "注文番号678", "cancel"],
    ["注文番号678 キャンセル希望", "", "cancel"],
    ["【キャンセル依頼】", "", "cancel"],
    ["キャンセル・返金", "注文番号678", "cancel"],
    ["Cancel order 678", "thanks", "cancel"],
    ["Cancellation of order #678", "", "cancel"],
    ["返金", "注文番号678", "full"],
    ["返品・返金", "注文番号678", "full"],
    ["注文678の返金依頼", "", "full"],
    ["Re: 返金", "", "full"],
    ["Refund request", "order 678", "full"],
    ["返金について", "領収書をください", null],
    ["Re: Refund", "Thank you for the quick help", null],
    ["キャンセルポリシーについて", "", null],
    ["お問い合わせ", "注文番号678", null],
  ];
  it.each(CASES)("%s, above: %s", (topic, message, intent) => {
    expect(readTopic(topic, message)?.intent ?? null).toBe(intent);
  });
});
