// Signs that only a part is asked for: a share, a fee beside the goods, or a rest that stays.

const COUNTER =
  "(?:個|点|枚|つ|本|着|足|箱|冊|品|組|客|台|袋|缶|瓶|パック|セット|人前|人|か月|ヶ月|ヵ月|カ月|月|期|皿|丁|双|脚|巻|株|匹|玉|式|種類?|色)";
const NUMBER = "[\\d一二三四五六七八九十ⅰⅱⅲivx片何]{1,4}";
const ACT = "(?:返金|返還|キャンセル|取消|お?[返戻]し|返せ|戻せ|やめ|取りやめ|減ら)";

/** In the sentence that holds the wish. */
const BESIDE_WISH: readonly RegExp[] = [
  new RegExp(`一部(?:の?み|だけ)?[^。、]{0,10}${ACT}|${ACT}[^。、]{0,4}一部`),
  new RegExp(`うち[、の]?(?:の)?(?:¥ ?[\\d,]+|[\\d,]+ ?円)[^。]{0,12}${ACT}`),
  /全額(?:では|じゃ)な/,
  new RegExp(`(?:ほう|方)の?(?:分|ぶん)[^。]{0,24}${ACT}`),
  new RegExp(`${NUMBER}${COUNTER}の(?:お?代金?|料金|分)(?:だけ|のみ)[^。]{0,8}${ACT}`),
  new RegExp(`その ?(?:¥ ?[\\d,]+|[\\d,]+ ?円)[^。、]{0,12}${ACT}`),
  /部分(?:的[なに])?(?:返金|キャンセル)|差額|半額|半分/,
  new RegExp(
    `(?:${COUNTER}|円)(?:分?(?:だけ|のみ|ぶん)|分)(?:(?!まし|した|ので|から|て、|け[どれ])[^。]){0,24}${ACT}`,
  ),
  new RegExp(
    `(?<![\\d番]|\\d番?の(?:ほう|方|分)|お?金|代金|お代|代|返金)(?:だけ|のみ|ぶんだけ)(?:を|は|で|の|、|でも|、?ご)?[^。、ま]{0,8}${ACT}`,
  ),
  new RegExp(
    `(?:${COUNTER}|その|ほう|方|商品|品|不足|破損|不良|欠品|追加|未着|重複|過剰|余分|超過|値引き?|割引|クーポン|ポイント)の?分[のをはも、][^。]{0,16}${ACT}`,
  ),
  new RegExp(
    `(?<!払っ|払い|注文し|購入し|買っ|頼ん|入金し|込ん|番号|番|注文|方|件)(?:た|ない|の)分(?:だけ|のみ)?(?:を|の|は|も|、)?ご?${ACT}`,
  ),
  new RegExp(`${NUMBER}${COUNTER}[^。、]{0,8}(?:うち|内|中)の?、?[^。]{0,24}${ACT}`),
  new RegExp(`余(?:分|計)に[^。]{0,24}${ACT}|多[くめ][^。]{0,14}(?:払|引|請求)[^。]{0,20}${ACT}`),
  new RegExp(
    `(?<!(?:と|及び|および|も|、|込み?|含む?|含め)(?:の)?)(?:送料|手数料|代引き?料|包装代|ラッピング代|速達料|配送料|配達料|往復(?:の)?(?:運賃|送料)|クール代|[ぁ-んァ-ヶ一-龠]{1,4}(?:指定|保証|設置|組立|刻印|名入れ|オプション)料?)(?:分|のみ|だけ|ぶん)?(?:を|の|は|も|、|だけでも|相当)(?!.{0,4}(?:別|込|含|当方|こちら|負担))[^。と]{0,14}${ACT}`,
  ),
];

const BESIDE_WISH_EN: readonly RegExp[] = [
  /\b(?:refund|cancel)(?: me)?(?: for)? (?:the|one|this|that) [a-z]{2,20}(?: [a-z]{2,20})? only\b/,
  /\bpartial(?:ly)?\b|\b(?:the|price) difference\b|\bhalf (?:of|the|price)\b|\b(?:refund|cancel)[^.?!]{0,20}\b(?:a )?part of\b/,
  /\b(?:refund|cancel|money)(?:ed|ing|led)? (?:me |for |of |the )?(?:only|just)\b|\b(?:cancel|refund|back)[^.?!,]{0,24}\b(?:only|just) (?:the |for |my )?(?:one|two|three|1|2|3|part|shipping|delivery|express|broken|missing|damaged|second|first)\b|\b(?:only|just) (?:the |for |my )?(?:one|two|three|1|2|3|part|shipping|delivery|express|broken|missing|damaged|second|first)\b[^.?!,]{0,24}\b(?:cancel|refund)/,
  /\b(?:refund|cancel|back)(?:ed|ing|led)?\b[^.?!]{0,24}\b(?:one|two|three|four|1|2|3|4) of (?:the|my|them|these|those)\b(?! (?:two )?(?:charges|payments|orders|purchases))/,
  /\b(?:shipping|delivery|express|postage|handling|gift[- ]?wrap\w*|customs)(?: (?:fee|cost|charge|price|part))?s?\b[^.?!]{0,12}\b(?:refund|back\b|return)|\b(?:refund|return|give|pay|money)\b[^.?!]{0,32}(?<!(?:includ\w*|plus|and|with) (?:the )?)\b(?:for )?(?:the |my |your )?(?:express|shipping|delivery|postage|handling|customs)(?: (?:fee|cost|charge|price|part)s?)?\b/,
  /\bfor (?:those|these|the) (?:two|three|four|five|2|3|4|5)\b|\bon (?:those|these) (?:two|three|four|2|3|4)\b|\bfor the (?:broken|damaged|missing|defective|wrong|other|second|faulty) (?:one|ones|item|items|piece|pieces|cup|part)/,
  /\b(?:money|refund|back)\b[^.?!]{0,16}\b(?:of|for) (?:the )?(?:one|two|1|2|missing|broken) (?!order|charge|payment)[a-z]/,
  /\b(?:one|two|1|2|3|three) (?:item|piece|pair|unit|bottle|cup)s?\b[^.?!]{0,24}\b(?:from|in|out of) (?:my|the|this) order\b/,
];

/** Each of the next wants one of these. */
const MAY_STAY = /残り|のこり|あと|他|ほか|以外|rest|remaining|other|else/;
/** Anywhere: what is not meant stays. */
const STAYS: readonly RegExp[] = [
  /(?:残り|のこり|あと|他|ほか|その他|それ以外|以外)の?(?:[\d一二三四五六七八九十]{1,3}[^\d、。]{1,2}|商品|品物?|もの|分|注文|ほう|方)?(?:の(?:商品|分|もの))?(?:は|に(?:ついて|関して)は|も)[^。]{0,24}(?:そのまま|問題|満足|気に入|使|ほし|必要|受け取|送って|発送|お願い|届け|大丈夫|予定通り|購入|いただき|無事|きれい|ok|キャンセルしない|注文)/,
  /(?:残り|のこり)(?:の)?[\d一二三四五六七八九十]{0,3}[^\d、。]{0,3}(?:だけ|のみ)?(?:を)?(?:送|届け|発送|ほし|購入)/,
  /\b(?:the rest|the remaining|remaining|the others?|other items?|everything else)\b[^.?!]{0,40}\b(?:fine|ok|okay|good|right|keep|perfect|send|ship|need|want|as is|happy|arrived|great)\b|\bkeep (?:the )?(?:rest|others?|remaining)\b/,
];

const WHOLE =
  /全額(?!では|じゃ)|全部(?!で)|すべて(?!で)|全て(?!で)|丸ごと|まるごと|全品|\b(?:full|entire|whole) (?:refund|amount|order|price)|\bin full\b/;

/** Each of these stands in one of the two scripts. */
const JAPANESE = /[ぁ-ヿ一-\u9fff]/;
const ENGLISH = /[a-z]{2}/;

function besideWish(sentence: string): string | null {
  const inJapanese = JAPANESE.test(sentence) ? firstOf(sentence, BESIDE_WISH) : null;
  return inJapanese ?? (ENGLISH.test(sentence) ? firstOf(sentence, BESIDE_WISH_EN) : null);
}

function firstOf(sentence: string, rules: readonly RegExp[]): string | null {
  for (const rule of rules) {
    const match = rule.exec(sentence);
    if (match !== null) return match[0].trim().slice(0, 40);
  }
  return null;
}

/** The words that say that only a part is meant; null where the whole is. */
export function findPart(wishes: readonly string[], all: readonly string[]): string | null {
  if (wishes.some((sentence) => WHOLE.test(sentence))) return null;
  for (const sentence of wishes) {
    const beside = besideWish(sentence);
    if (beside !== null) return beside;
  }
  for (const sentence of all) {
    const stays = MAY_STAY.test(sentence) ? firstOf(sentence, STAYS) : null;
    if (stays !== null) return stays;
  }
  return null;
}
