// An earlier wish that is taken back: 「返金の依頼を取り下げます」. Reviews, complaints and exchanges are taken
// back in the same words, often by who then asks for the money, and a shop may have asked the customer to.

import { withoutNames } from "./order-or-other.ts";
import type { Told } from "./statement.ts";

/** Said of whatever was asked, also in a sentence of its own. */
const TAKING_BACK =
  /(?:取り下げ|撤回)(?:たい|たく|ます|て|を(?:お?願|ほし|希望)|いた|させ|し(?:た|ま|て))/g;
/** 「取り下げてくださいと言われました」, 「取り下げるよう求められました」 */
const OF_OTHERS =
  /^[^。、]{0,10}(?:と(?:言われ|いわれ|書かれ|書いてあ|案内|指示|求められ|迫られ|頼まれ|の(?:こと|ご?連絡|ご?案内|ご?指示|ご?返事))|よう(?:に|と)?(?:言われ|いわれ|指示|求め|頼ま|迫ら|促さ))/;
const QUOTED = /[「『"“][^「」『』"“”]{0,120}[」』"”](?=と|って)/g;

const WISHED = "キャンセル|取消|返金|返品|返還|解約";
const WISHES = new RegExp(WISHED);
const OTHERS =
  "レビュー|口コミ|くちこみ|クチコミ|評価|評点|コメント|投稿|クレーム|苦情|交換|取り?替え|再送|再発送|再配達|変更|修理|訂正";
const MENTIONS = new RegExp(`(${WISHED})|${OTHERS}`, "g");
/** 「返金と交換の依頼を取り下げます」 */
const JOINED = new RegExp(
  `(?:${WISHED})(?:の?(?:お願い|依頼|申請|件))?(?:と|や|・|、|及び|および|または)$`,
);
/** Where a clause of its own begins: 「修理してもらえることになりましたので|取り下げます」. */
const CLAUSE_END = /[、。!?]|ので|から|ため|けれ?ど|なら|れば|たら/;
/** 「返金していただけるなら取り下げます」: not the refund. */
const IF_PAID = new RegExp(`(?:${WISHED})[^。]{0,16}(?:なら|れば|たら)、?[^。、]{0,10}$`);
/** How far back a mail may have named what it takes back. */
const LOOK_BACK = 3;

/** Whether a cancellation or money is what is taken back by the words that follow. */
function isAboutWish(before: string, earlier: readonly string[]): boolean {
  if (IF_PAID.test(before)) return false;
  const clause = before.split(CLAUSE_END).at(-1) ?? "";
  const last = [...clause.matchAll(MENTIONS)].at(-1);
  if (last !== undefined) return last[1] !== undefined || JOINED.test(clause.slice(0, last.index));
  const named = [...earlier, before].findLast((sentence) => sentence.search(MENTIONS) !== -1);
  return named === undefined || WISHES.test(named);
}

interface TakenBack {
  readonly label: string;
  readonly index: number;
  readonly at: number;
}

function inSentence(all: readonly string[], index: number): TakenBack[] {
  if (!/取り下げ|撤回/.test(all[index] ?? "")) return [];
  const sentence = withoutNames(all[index] ?? "").replace(QUOTED, (said) =>
    "〓".repeat(said.length),
  );
  const earlier = all.slice(Math.max(0, index - LOOK_BACK), index);
  return [...sentence.matchAll(TAKING_BACK)]
    .filter(
      (match) =>
        !OF_OTHERS.test(sentence.slice(match.index + match[0].length)) &&
        isAboutWish(sentence.slice(0, match.index), earlier),
    )
    .map((match) => ({ label: match[0], index, at: match.index }));
}

/** 「返金の件で低評価のレビューは取り下げますので」 names the refund first and takes back the review. */
function isOfTopic({ sentence, at, label }: Told): boolean {
  return isAboutWish(sentence.slice(0, at + label.length), []);
}

function isAfter(one: TakenBack, other: TakenBack): boolean {
  const end = other.at + other.label.length;
  return one.index > other.index || (one.index === other.index && one.at >= end);
}

/** 「返金をお願いしておきながら」, 「届かなければ改めて返金を」, "sorry for asking for a refund". */
const NO_NEW_WISH =
  /ながら|にもかかわらず|のに[、。]|もし(?!可能|でき)|なければ|ない(?:とき|時|場合|よう(?:なら|でし))|\b(?:sorry|apolog\w*) (?:for|that|about)\b|\b(?:if|unless|in case)\b(?! (?:possible|so|you (?:can|could)))/;
/** A cancellation without its order may be the one of the earlier wish: 「…。キャンセルでお願いします」. */
const OF_ORDER = /注文|商品|購入|オーダー|予約|代わり|かわり|\border|\bitem|purchase|instead|\d{3}/;

function isNewWish({ mood, topic, sentence }: Told): boolean {
  if (mood !== "wish" || NO_NEW_WISH.test(sentence)) return false;
  return topic !== "cancel" || OF_ORDER.test(sentence);
}

/** The words that take back what was asked, where no new wish follows; null where none do. */
export function lastTakenBack(said: readonly Told[], all: readonly string[]): string | null {
  const told = said.filter((one) => one.mood === "takenBack" && isOfTopic(one));
  const backs: TakenBack[] = [...told, ...all.flatMap((_sentence, at) => inSentence(all, at))];
  const last = backs.reduce<TakenBack | null>(
    (best, one) => (best === null || isAfter(one, best) ? one : best),
    null,
  );
  if (last === null || said.some((one) => isNewWish(one) && isAfter(one, last))) return null;
  return told[0]?.label ?? last.label;
}
