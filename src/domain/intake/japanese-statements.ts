// Japanese puts the predicate behind its object, so the first predicate behind a topic word tells the
// mood in which it is spoken of: 「返金を(ぜひ)お願い|します」, 「返金をお願いした|田中です」.

import { firstPredicate } from "./japanese-moods.ts";
import { JAPANESE_TOPICS } from "./japanese-topics.ts";
import { firstMatches, type Mood, type Statement, type Topic } from "./statement.ts";

/** 「キャンセルします」 is the customer's own act; 「返金します」 is never. */
const OWN_ACT =
  /^(?:を|と|に|の手続き?を|とさせて|に)?(?:させていただ(?:きます|く|きたい)|(?:いた)?します(?!と|か)|しま[あー~]|するわ|するで|するけ|する(?:こと|の?方向)?(?:に(?:し|決))|する(?:ね|。|$|!)|とくわ|ときます|で(?:す|$|。))|^(?:ます(?!か)|ることに|させて)|^(?:やめ|止め|辞め|取りやめ|中止|白紙|破棄|解除|な(?:かった|し))[^。]{0,8}(?:ます(?!か)|とく|せて)|^(?:やめ|止め|辞め)る/;
/** A predicate farther away belongs to another topic. */
const TAIL_LENGTH = 44;

const QUESTION =
  /どう(?:すれば|したら|やって|なり|なる)|でき(?:ます|る)|可能|方法|手順|教えて|でしょうか|ますか|\?|のか/;

/** 「キャンセルする場合はどうすればいいですか」 */
function supposedOrAsked(mood: Mood, rest: string): Mood {
  return mood === "supposed" && QUESTION.test(rest) ? "question" : mood;
}

function moodAfter(topic: Topic, tail: string): { mood: Mood; end: number } | null {
  const act = topic === "refund" ? null : OWN_ACT.exec(tail);
  const found = firstPredicate(tail);
  if (act !== null && (found === null || found.mood === "offered" || found.mood === "wish")) {
    return { mood: topic === "return" ? "supposed" : "wish", end: act[0].length };
  }
  if (found === null || found.mood === "else") return null;
  return { mood: supposedOrAsked(found.mood, tail.slice(found.end)), end: found.end };
}

/** 「キャンセルしてほしいなんて急なお願いだったのに」 */
const TOLD =
  /^.{0,6}?(?:なんて|という|との|って)[^。、]{0,10}(?:お?願い|依頼|連絡|わがまま|無理)[^。、]{0,8}(?:だった|でした|した(?!い)|聞い|対応|応じ)/;

/** 「返金してくれなんて言ってません」 */
const NOT_SAID =
  /^.{0,6}?(?:なんて|など(?:と|は)|とは|とか|と)[^。、]{0,12}(?:言っ|いっ|申し|思っ|頼ん|望ん|考え)[^。、]{0,6}(?:ない|ません|ねえ|へん|ん$)|^.{0,4}?という(?:話|わけ|こと|つもり|意味)で?は(?:あり|ござい|な[いく])/;

/** Everything a Japanese sentence says about the topics, in its order. */
export function japaneseStatements(sentence: string): Statement[] {
  return JAPANESE_TOPICS.filter(
    ({ needs, beside, unless }) =>
      (needs?.some((word) => sentence.includes(word)) ?? true) &&
      (beside?.test(sentence) ?? true) &&
      !unless?.test(sentence),
  )
    .flatMap(({ topic, words }) =>
      firstMatches(sentence, words).flatMap((match) => {
        const start = match.index + match[0].length;
        const said = moodAfter(topic, sentence.slice(start, start + TAIL_LENGTH));
        if (said === null || NOT_SAID.test(sentence.slice(start + said.end))) return [];
        const label = sentence
          .slice(match.index, Math.min(start + said.end, match.index + 40))
          .trim();
        const rest = sentence.slice(start + said.end);
        const mood = said.mood === "wish" && TOLD.test(rest) ? "reported" : said.mood;
        return [{ topic, mood, label, sentence, at: match.index }];
      }),
    )
    .sort((one, other) => one.at - other.at);
}
