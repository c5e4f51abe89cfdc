// All that the sentences of a mail say about cancelling an order or getting money back.

import { remembering } from "../remembering.ts";
import { englishStatements } from "./english-statements.ts";
import { japaneseStatements } from "./japanese-statements.ts";
import { isAboutOrder, withoutNames } from "./order-or-other.ts";
import type { Statement, Told, Topic } from "./statement.ts";

/** Longer lists are no wishes. */
const LIST_LENGTH = 20;

/** 「下記3点をお願いします。」 lends its wish to the items below it. */
const LIST_WISH = /(?:下記|以下|次の|[\d一二三]点)[^。]{0,24}(?:お?願い|ください|ほし|希望|対応)/;
const ITEM =
  /^(?:[(（]?[\d一二三四五][.)、) ]|[・●■◆○*-]) ?[^。]{0,80}?(キャンセル|取消|返金)(?:の?(?:手続き?|処理|お願い|希望|依頼|対応))?。?$/;

function listedWish(sentence: string, before: readonly string[]): Statement[] {
  const word = ITEM.exec(sentence)?.[1];
  if (word === undefined || !before.some((one) => LIST_WISH.test(one))) return [];
  const topic: Topic = word === "返金" ? "refund" : "cancel";
  return [{ topic, mood: "wish", label: word, sentence, at: 0 }];
}

/** Whatever it is about: a newsletter is cancelled as well. */
export function spokenOf(sentences: readonly string[]): Statement[] {
  return sentences.flatMap(spokenIn);
}

/** Asked first: every topic, in either language, needs one of these, and most sentences have none. */
const MAY_SPEAK =
  /キャンセル|取消|取りやめ|クーリング|断|ことわ|解約|注文|購入|オーダー|予約|買|今回|定期|回目|やめ|止め|辞め|ナシ|なし|無|なかった|発送|出荷|返|戻|cancel|call|refund|reimburs|revert|reverse|void|charge|money|payment|cash|back|return/;

const spokenIn = remembering((sentence): readonly Statement[] => {
  if (!MAY_SPEAK.test(sentence)) return [];
  const plain = withoutNames(sentence);
  return [...japaneseStatements(plain), ...englishStatements(plain)];
});

export function statementsOf(sentences: readonly string[]): Told[] {
  return sentences.flatMap((sentence, at) => {
    const spoken = spokenIn(sentence);
    const found =
      spoken.length > 0
        ? spoken
        : listedWish(sentence, sentences.slice(Math.max(0, at - LIST_LENGTH), at));
    const own =
      found.length === 0 || isAboutOrder(sentences, at)
        ? found
        : found.filter(({ topic }) => topic === "refund");
    return own.map((one) => ({ ...one, index: at }));
  });
}
