// The words that bring up a cancellation or money back in Japanese, also where neither is named:
// 「やっぱりやめておきます」, 「お代を戻してください」. What stands behind them tells the mood.

import type { Topic } from "./statement.ts";

export interface JapaneseTopic {
  readonly topic: Topic;
  readonly words: RegExp;
  /** They find nothing in a sentence without one of these, which takes less time to see. */
  readonly needs?: readonly string[];
  /** What the sentence must hold, and may not hold, besides. */
  readonly beside?: RegExp;
  readonly unless?: RegExp;
}

const MONEY =
  "(?:お?金|代金|お代|料金|送料|手数料|差額|半額|全額|金額|(?<=[\\d千万百])円|¥ ?\\d[\\d,]*|支払(?:い|った)[^。、]{0,4}|払った分|予約金|前金|(?:個|点|枚|本|つ|人|回|ヶ月|月|足|着)分|余分|その分|(?:商品|品物|チケット)代|ぶん)";

const ORDER =
  "(?:注文|購入|オーダー|予約|買うの|買い物|今回|定期便|定期購入|\\d回目)(?:の?(?:商品|品|分|件|ほう|方))?(?:\\([^)。]{1,30}\\))?(?:を|は|も|の|自体を?|、)?(?:全部|すべて|一旦|いったん|やっぱり?|やはり|もう)?";
const STOP =
  "(?:やめ|止め|辞め|中止|な(?:かった|し)(?:こと)?に|な[しい]で|ナシ|無[かし](?:った)?(?:こと)?に|白紙|破棄|解除|解[きく])";
/** Words that need no object: the writer speaks of his own decision. */
const I_STOP =
  "(?=(?:やめ|止め|辞め)(?:て?(?:おき|とき|とく)|ます|た[いく]|させ|に(?:し|する)|る(?:わ|こと|。|$)))";

export const JAPANESE_TOPICS: readonly JapaneseTopic[] = [
  {
    topic: "cancel",
    words:
      /キャンセル|取消|取りやめ|クーリング[・ ]?オフ|(?:お?断|こと[わは])り(?=た[いく]|させて)/g,
  },
  // Contracts and memberships are 解約 as well.
  { topic: "cancel", words: /解約/g, needs: ["解約"], beside: /注文|商品|購入/ },
  // The object is needed: 「やめてください」 alone is a complaint.
  { topic: "cancel", words: new RegExp(`${ORDER}(?=${STOP})`, "g") },
  {
    topic: "cancel",
    words: new RegExp(
      `(?:やっぱり?|やはり|もう|今回は|(?:あれ|これ|それ|こっち|そっち)[もはを]?|一旦|いったん|[一二三両\\d](?:つ|件|点|方)?とも|両方|全部|すべて|ので|から)、?${I_STOP}`,
      "g",
    ),
    needs: ["やめ", "止め", "辞め"],
  },
  {
    topic: "cancel",
    words:
      /(?<=^|[、。! ]|こっち|これ|それ|片方|ひとつ|[一1]つ|一回|一度|一旦|やっぱり?|今回は|全部)(?=(?:ナシ|なし|無し)に(?:し|でき|させ))/g,
    needs: ["ナシ", "なし", "無し"],
  },
  // 「さっき頼んだのですが、なかったことに」; with another topic beside it, it takes that back.
  {
    topic: "cancel",
    words:
      /(?=(?:なかった|無かった)ことに)(?<!(?:キャンセル|取消|返金|返品|注文|購入|件|話)[^。]{0,16})/g,
    needs: ["なかったことに", "無かったことに"],
  },
  // 「もういいです。発送しないで」, not 「引っ越すまで発送しないで」.
  {
    topic: "cancel",
    words: /(?:発送|出荷)(?:は|を|も)?(?:しない|しなく|止め|やめ|ストップし|中止し)/g,
    needs: ["発送", "出荷"],
    unless: /住所|宛先|届け先|変更|まで|まだ|確認|連絡|一緒|同梱|不在|先に|のに/,
  },
  {
    topic: "refund",
    words:
      /返金(?![先後])|返還|(?:金|代)[^。、]{0,6}返却(?=願)|返却(?=して(?:ください|ほし|いただ|もら))/g,
  },
  {
    topic: "refund",
    words: new RegExp(
      `${MONEY}(?:(?!商品|品物|荷物|現物|返品|返金|手元|けど|ますが|ですが|ので)[^。]){0,20}?(?<![りく裏])(?=お?(?:返|戻)し|返[せしっれ]|戻[せしっらりれ]|返る|返らん|戻る|返り)`,
      "g",
    ),
    needs: ["返", "戻"],
  },
  // 「返してもらえるなら返してほしい」: to a shop one says it of money, unless a thing is named.
  {
    topic: "refund",
    words: /(?<![りく裏])(?=(?:返|戻)して(?:ほし|ください|もらえ|もらいた|いただ|くれ|や))/g,
    needs: ["返して", "戻して"],
    unless: /商品|品物|荷物|現物|写真|書類|保証書|住所|設定|元に|カート|状態|連絡|電話|白紙/,
  },
  { topic: "return", words: /返品/g, needs: ["返品"] },
  // 「refund お願いします」
  {
    topic: "refund",
    words: /\b(?:refund|money ?back)(?= ?[ぁ-んァ-ヶ一-龠])/g,
    needs: ["refund", "money"],
  },
  { topic: "cancel", words: /\bcancel(?= ?[ぁ-んァ-ヶ一-龠])/g, needs: ["cancel"] },
];
