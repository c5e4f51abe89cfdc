// "It has not arrived", said about a refund. The goods that have not arrived are another matter, so
// money that comes back is either named as such, or the mail tells that it was promised.

import { sentencesOf } from "./sentences.ts";
import { statementsOf } from "./statements.ts";

const NOT_YET =
  "(?:ません(?!か)|まへん|ない(?!場合|とき|時|なら|で(?:しょう|すか))|へん(?!か)|ねえ|ねー|ん(?:の|し|で|けど|が|ねん|やけど|[。!]|$)|ず|いません|いない|おりません|おらず|とらん)";

const REFUND_LATE: readonly RegExp[] = [
  new RegExp(
    `返金[^。]{0,20}(?:され(?:て)?${NOT_YET}|(?:確認|反映)(?:が|も)?(?:でき|され)(?:て)?${NOT_YET}|届(?:いて|き|か)${NOT_YET}|(?:来|(?<!で)き|こ)(?:て)?${NOT_YET}|入(?:って|ら|り)${NOT_YET}|(?:入金|連絡)?[がも](?:あり|まだ|ない|いまだ|未だ)|(?:完了し|行われ|いただけ|もらえ)て${NOT_YET})`,
  ),
  /(?:まだ|いまだに?|未だに?)[^。]{0,12}返金(?:され|を受け|が(?:ない|あり|確認|届|来|こ)|の?(?:連絡|確認)が|も)/,
  /返金[^。]{0,10}(?:まだ(?:です|でしょう|な|、|。|$|\?|か)|いまだ|未だ)/,
  /返金[^。]{0,12}(?:状況|進捗|進ん|予定日?を|どうなって|どうなった|いつ|遅|(?:時期|日程|目安)を)/,
  /いつ(?:頃|ごろ|に(?:なったら|なれば|なると))?[^。]{0,8}返金/,
  /(?:お?金|代金|お代|\d円|料金)[^。品]{0,16}(?:戻|返)(?:って|り|ら|され|る|して)[^。]{0,14}(?:いつ|まだ|いまだ|未だ)|(?:お?金|代金|お代|\d円|料金)[^。品]{0,10}(?:いつ|まだ|いまだ|未だ)[^。品]{0,8}(?:戻|返)(?!せ|し(?:て(?:く|ほ|も)))/,
  new RegExp(
    `(?:お?金|代金|お代|\\d円|料金)[^。品]{0,12}(?:戻って|返って)(?:来て|きて|は?来|は?こ)?(?:い|お)?(?:り)?${NOT_YET}`,
  ),
  /(?:お金|代金|お代)(?:は|が|の件は?)?(?:まだ|いつ)(?:です|なん|かな|か|\?|。|$)/,
  /\b(?:have|has|had|did)(?: not|n't)(?: yet)?(?:(?!want|please|like|need|item|order|product|parcel|package|offer)[^.?!,]){0,24}\b(?:refund|money back)/,
  /\brefund\b[^.?!,]{0,40}(?:\b(?:has|have|is|was|did)(?: not|n't)|\bnot (?:yet )?(?:arriv|been|receiv|appear|shown|come)|\bstill (?:not|no|pending|waiting|missing|hasn't)|\bstatus\b|\b(?:nothing|not|none|no money)\b[^.?!]{0,24}\byet\b)/,
  /\brefund(?:ed)?\b[^.?!]{0,12}\b(?:but|and) (?:nothing|never|have not|haven't|still)\b/,
  /\b(?:where is|where's|when (?:will|can|do|should|is|are|i)|status of|still (?:waiting|no|haven't|have not)|waiting for|any (?:news|update) (?:on|about|of|for))\b[^.?!]{0,32}\b(?:refund|money back|my money)/,
  /\brefund\b[^.?!]{0,40}\bwhere (?:is|are) (?:it|my)\b/,
  /\b(?:refund|my money)\b[^.?!,]{0,24}\bwhen\b|\bno refund (?:yet|so far|received)|\bnot (?:yet )?(?:received?|get|got)\b[^.?!,]{0,16}\b(?:refund|money back)/,
];

/** Money on its way, without the word: counts only below a refund that is told as promised or done. */
const MONEY_LATE: readonly RegExp[] = [
  new RegExp(
    `(?:反映|着金|入金|振り?込み?|(?<!返)お?金|明細|口座|通帳|円|約束|ご?処理|手続き|確認)[^。]{0,24}(?:て(?:い|お)?(?:り)?|され|あり|ござい|でき|て|ら|は|が|も)${NOT_YET}`,
  ),
  new RegExp(
    `(?:まだ|いまだ|未だ)[^。品]{0,8}(?:返|戻|振り込ま|入金され|着金し)[^。品]{0,10}${NOT_YET}`,
  ),
  /(?:いつ|何日|どのくらい|どれくらい)[^。]{0,16}(?:戻|返|振り?込|入金|着金|反映|入[りる])|(?:着金|入金|振り?込み?|戻り|返って|戻って|反映)[^。]{0,16}(?:いつ|まだ|いまだ|未だ)/,
  new RegExp(`何も[^。]{0,6}(?:来|届|入|振)[^。]{0,6}${NOT_YET}`),
  /いつ[^。]{0,8}(?:処理|手続き|振り?込)[^。]{0,4}(?:まし|れ)|\bbank\b[^.?!]{0,40}\b(?:can't see|sees? nothing|no sign|nothing)/,
  /\bstill (?:nothing|no money)\b|\bnothing (?:yet|so far|came|received|arrived)\b/,
  /\b(?:nothing|not|haven't|hasn't|didn't|no money|still)\b[^.?!]{0,40}\b(?:account|card|statement|bank|yet|arriv\w*|receiv\w*|credited)\b|\bwhen\b[^.?!]{0,40}\b(?:money|credit|receive|arrive|get it)\b/,
];
/** The shop has said or done it. */
const PROMISED =
  /(?:返金|返還)[^。]{0,24}(?:連絡|メール|との(?:こと|お話)|と(?:言|い|お?聞|伺|書|案内|返事)|約束|了承|予定|完了|処理(?:済|し(?:た|まし))|いただける)|(?:キャンセル|返品)[^。]{0,16}(?:お?受け|受理|承|完了|成立|確定|済|していただ|してもら|しても?ら|になり|された|されまし)|約束|(?:(?:お?[戻返]し|返金|振り?込み?)(?:いた)?し|振り?込み)ます」?と|(?:戻|返)す(?:と|との)|返金(?:の)?(?:件|手続き)[^。]{0,12}(?:その後|どう)|(?:you|they|shop|staff) (?:said|wrote|told|promised|confirmed|have confirmed|say)\b|\b(?:promised|approved|processed|confirmed)\b[^.?!]{0,32}\brefund|\brefund\b[^.?!]{0,32}\b(?:promised|approved|processed|confirmed|done|completed)/;

/** These say that it should have come; 「返金はいつ」 may stand below a fresh request. */
const OVERDUE =
  /まだ|いまだ|未だ|れて(?:い|お)|れない|ません|ていな|ない|届|待っ|have|has|did|still|yet|not|nothing/;

/** Each of REFUND_LATE wants one of these. */
const OF_MONEY = /金|お代|円|refund|money/;

function firstMatch(sentences: readonly string[], rules: readonly RegExp[]): string | null {
  for (const sentence of sentences) {
    for (const rule of rules) {
      const match = rule.exec(sentence);
      if (match !== null) return match[0].trim().slice(0, 40);
    }
  }
  return null;
}

/** The subject counts, but 「返金」 alone in it is no fresh wish. */
export function findStatusInquiry(message: string, subject = ""): string | null {
  const own = sentencesOf(message);
  const sentences = [...own, ...sentencesOf(subject)];
  const plain = firstMatch(
    sentences.filter((sentence) => OF_MONEY.test(sentence)),
    REFUND_LATE,
  );
  const isPromised = () => sentences.some((sentence) => PROMISED.test(sentence));
  const late = plain ?? (isPromised() ? firstMatch(sentences, MONEY_LATE) : null);
  if (late === null) return null;
  const isFresh = statementsOf(own).some(
    ({ mood, sentence }) => mood === "wish" && !sentence.includes(late),
  );
  return !isFresh || (plain !== null && OVERDUE.test(late)) ? late : null;
}
