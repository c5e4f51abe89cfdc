// What else a mail may want. Where something else is wanted, 「キャンセルはしないで」 is said in passing and
// takes nothing back, and goods that are sent back are sent back for other goods.

/** Other goods instead of money. */
export function wantsExchange(sentences: readonly string[]): boolean {
  return sentences.some(
    (sentence) =>
      /(?:交換|取り?替え|とりか[えわ]|入れ替え)(?!(?:は|も|では|じゃ|でなく|品も|せえ|しろ)?[^。]{0,8}(?:不要|いら|いり|なく|結構|できな|無理|間に合))|\bexchange\b|\breplacement\b|\bswap\b|別の(?:サイズ|色)/.test(
        sentence,
      ) &&
      !/\b(?:no|not|don't|instead of|rather than)\b[^.]{0,24}\b(?:exchange|replacement)/.test(
        sentence,
      ),
  );
}

const OTHER =
  /(?<!こと|無視|白紙)に(?:して|変えて)(?:ください|ほし|もらえ|いただ)|(?:送り?(?:直|なお)し|再送|再配達|再発送|再発行|変更|変えて|交換|取り?替え|とりか[えわ]|代替|代わりの|別の(?:もの|商品|サイズ|色)|発行|領収書|送って|届けて|入れ替え|直して|修理|取り置き|同梱|急いで|早めに(?:送|届)|発送して|教えて)[^。]{0,24}(?:ください|願い|いただ|もらえ|ほし|たい|くれ|$)|\b(?:exchange|replace\w*|resend|re-send|reship|send (?:it|me|(?:an?|the) (?:new|another|correct|right))|(?:new|another|different) one|ship it|change (?:my|the)|invoice|receipt)\b/;

const ENGLISH =
  /\b(?:please|can you|could you|would you|(?:i would|i'd|we would) like to|i want to)\b(?![^.?!]{0,40}\b(?:refund|cancel|ignore|disregard|forget|withdraw|keep|money|know|let me))/;
const QUESTION = /(?:か|\?)。?$/;
const NAMED = /キャンセル|取消|返金|返品|返還|お?金|cancel|refund|money/;

/** A wish that has nothing to do with money back or cancelling. */
export function wantsSomethingElse(sentences: readonly string[]): boolean {
  return sentences.some(
    (sentence) =>
      OTHER.test(sentence) ||
      ENGLISH.test(sentence) ||
      (QUESTION.test(sentence) && !NAMED.test(sentence)),
  );
}
