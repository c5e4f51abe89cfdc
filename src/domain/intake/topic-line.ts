// A subject, a form's drop-down or a message of one line, which name the wish without a predicate.

import type { IntentFound } from "./intent.ts";
import { prefixesOf } from "./mail-text.ts";
import { withoutNames } from "./order-or-other.ts";
import { sentencesOf } from "./sentences.ts";

const TOPIC =
  "(?:(?:注文の?)?(?:キャンセル|取消)|(?:返品・?)?返金|(?:キャンセル|返品)[・/](?:返金|返品))(?:の?(?:ご?希望|ご?依頼|お?願い|申請|請求|件|したい|をお願い|手続き?))*|(?:cancel(?:lation)?|refund)(?: request)?(?: (?:for|of))?(?: my)?(?: order)?";
const WHOLE_TOPIC = new RegExp(
  `^(?:至急|緊急|急ぎ|!|、| )*(?:ご?注文)?(?:番号)?[#\\d: a-z-]{0,24}(?:の|、)? ?(?:${TOPIC})[ (:#\\d)について。のですを件!-]{0,16}$`,
);
/** 「【ご依頼】破損品のご返金について」 */
const REQUEST_FOR =
  /^ *(?:ご?依頼|お願い|ご?希望|ご?申請|request) [^。]{0,30}(?:返金|返還|キャンセル|取消|refund|cancel)(?:に?つ(?:い|き)て|の件|の?こと|$)/;
const OTHER_WISH =
  /届[くけ]|(?<!(?:方法|手順|仕方|やり方|手続き)(?:を|も|だけ)?)教えて|領収書|インボイス|交換|再発行|配送|届け先|いつ届|届きました|在庫|サイズ|ありがとうございました|receipt|invoice|exchange|deliver|shipping|thank(?:s| you) for|received/;

/** Whether the message has another subject than its subject line says. */
export function wantsOther(message: string): boolean {
  return OTHER_WISH.test(sentencesOf(message).join(" "));
}

/** Longer ones are messages. */
const TOPIC_LENGTH_MAX = 200;

/** Says the wish for a message that does not say it. */
export function readTopic(topic: string, message: string): IntentFound | null {
  if (topic.length > TOPIC_LENGTH_MAX) return null;
  const { bare } = prefixesOf(topic);
  const folded = withoutNames(sentencesOf(bare.replace(/[【】「」[\]]/g, " ")).join(" "));
  if (!WHOLE_TOPIC.test(folded) && !REQUEST_FOR.test(folded)) return null;
  if (wantsOther(message)) return null;
  return { intent: /キャンセル|取消|cancel/.test(folded) ? "cancel" : "full", label: folded };
}
