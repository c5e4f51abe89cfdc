// What a customer wants done, read from whole sentences. A word alone (キャンセル, refund) is in every
// policy question, thank-you note and newsletter; only word and wish together make a request.

import { sentencesOf } from "./sentences.ts";
import type { Intent } from "./ticket.ts";

export interface IntentFound {
  readonly intent: Intent;
  /** The words that said it. */
  readonly label: string;
}

const BRIDGE =
  "(?:を|の|は|が|も|と|で|に|へ|か|、|,|・|/|\\s|ご|お|御|にて|および|及び|または|もしくは|手続き?|処理|対応|申請|申し込み|依頼|件|方|分|ほど|など|等|全額|一部|全部|すべて|全て|返金|返品|交換|キャンセル|取消|希望|代金|料金|お金|[\\d,]+円|早急|至急|早め|すぐ|何卒|どうか|ぜひ|させて|する|して|し|いただき|いただく|もらい|という形|こと)";
const POLITE =
  "(?:いただけ|もらえ|くれ)(?:ます|ない|ません|れば|たら|ると(?:幸い|嬉|うれ|助か|ありがた|有難|有り難))";
const WISH = `(?:お?願い|お?ねがい|ください|ほしい|ほしく|たい(?!へん)|たく|希望|求め|要求|請求|申請(?:します|いた)|${POLITE}|もらいた|いただきた|お頼み|よろしく|宜しく)`;
const SHALL =
  "(?:させていただきます|します(?!と|か)|いたします(?!と|か)|でお願い|です(?!か|が、?でき))";

const NOT_AN_ORDER =
  /メルマガ|メールマガジン|ニュースレター|会員|退会|登録[をの]|アカウント|配信|購読|来店|面談|打ち?合わせ|newsletter|account|membership|subscri|mailing list|appointment|meeting/;
const OF_AN_ORDER = /注文|商品|購入|オーダー|order|purchase/;

const CANCEL: readonly RegExp[] = [
  new RegExp(`(?:キャンセル|取消|取りやめ|取り止め)${BRIDGE}{0,12}${WISH}`),
  new RegExp(`(?:注文|商品|オーダー)[^。]{0,16}(?:キャンセル|取消)(?:を|と)?${SHALL}`),
  /^(?:キャンセル|注文取消|取消)(?:を|と)?(?:し|いた)ます/,
  /(?:注文|購入)[^。]{0,12}[をは](?:やめ|止め|辞め|中止|な(?:かった|し)ことに|無かったことに|なしに|白紙に|破棄|解除)[^。]{0,8}(?:たい|たく|ください|願い|希望|ほしい|いただけ|もらえ|します)/,
  /(?:キャンセル|取消)(?:が|を|も)?(?:でき(?:ない|ません|なかった|ず))[^。]{0,24}(?:お願い|ください|ほしい|たい)/,
  /(?<!\b(?:can|could|may|might|should) (?:i|we) (?:still )?|\b(?:how|able|possible|eligible|late|free|not|don't|never|whether|wanted) (?:do i |can i |could i |should i |for me )?(?:to )?)\bcancel (?:and refund )?(?:my|the|this|that|these|both|all|our|order|it|one|two)\b/,
  /\b(?:please|pls|kindly|want|like|need|wish|decided|can you|could you|would you|will you)\b[^.?!]{0,40}\b(?:cancel(?:led|ed|ling|ing)?|cancell?ation)\b/,
  /\b(?:i am|i'm|am|request(?:ing)?|ask(?:ing)? for)\b[^.?!]{0,16}\bcancell?(?:ing|ation)\b/,
  /\bcancell?ation (?:of|request for) (?:my |the |this )?order\b/,
];

const REFUND: readonly RegExp[] = [
  new RegExp(`返金${BRIDGE}{0,12}${WISH}`),
  /(?:お金|代金|料金|円|全額|送料|差額|支払った[^。]{0,6})(?:分)?(?:だけ)?[をは]?(?:返し|戻し|お返し|返却し)て[^。]{0,10}(?:ください|ほしい|いただ|もら|願い|くれ)/,
  /\b(?:please|pls|kindly|want|wants|like|need|wish|request(?:ing)?|demand(?:ing)?|ask(?:ing)? for|claim|can you|could you|would you|seeking|expect|give me|issue|process|appreciate|due|entitled to)\b[^.?!]{0,48}\b(?:refund(?:ed)?|reimburse(?:d|ment)?)\b/,
  /\b(?:want|like|get|need|give me|have|return)\b[^.?!]{0,24}\bmoney back\b/,
  /\b(?:please|pls|kindly|can you|could you|would you)\b[^.?!]{0,16}\b(?:return|credit|give|pay|send)\b[^.?!]{0,16}(?:¥|\byen\b|\bjpy\b|\d yen|\bmoney\b|\bpayment\b)/,
  /(?<!(?:can|will|you|could|to) )\brefund (?:me|my|this|order|it|requested|please|for (?:order|my|the))\b/,
  /^refund (?:the|request)\b/,
];

/** Goods go back for money, unless other goods are asked for. */
const RETURN = new RegExp(`返品${BRIDGE}{0,12}${WISH}`);

const ASKS: readonly RegExp[] = [
  new RegExp(
    `(?:キャンセル|取消|返金|返品)${BRIDGE}{0,8}(?:まだ|今から|まだ、)?${BRIDGE}{0,2}(?:でき(?:ます|る|ません|ない)(?:でしょうか|ものでしょうか|のでしょうか|のか|か|の\\?|\\?)|可能(?:です|でしょう|なの|か|\\?)|間に合(?:い|う)|受け(?:られ|付け)|(?:いただけ|もらえ)る(?:の|か|もの|でしょう)|され(?:ます|るの?)(?:か|でしょうか)|大丈夫(?:です|でしょう)|対象)`,
  ),
  /(?:キャンセル|取消|返金)[^。、]{0,10}(?:方法|仕方|手順|手続き|するには|どう(?:すれば|したら|やって)|やり方)[^。]{0,20}(?:教え|知り|か[。?]?$|\?|わかり|ください)/,
  /返金[^。、]{0,8}(?:どうなり|どうなるの|どのよう[にな]|あります(?:か|でしょうか))/,
  /どう(?:すれば|したら|やったら)[^。]{0,12}(?:キャンセル|取消|返金)/,
  /\b(?:can|could|may|might|would|will|should) (?:i|we|my order|the order|this order|it|this)\b[^.?!]{0,40}\b(?:cancel|refund)/,
  /\b(?:is|was|would) it (?:still )?(?:be )?(?:possible|too late|ok|okay|able)\b[^.?!]{0,40}\b(?:cancel|refund)/,
  /\b(?:am|are) (?:i|we) (?:still )?(?:able|eligible|entitled|allowed)\b[^.?!]{0,40}\b(?:cancel|refund)/,
  /\bany way\b[^.?!]{0,32}\b(?:cancel|refund)/,
  /\bhow (?:do|can|could|should|would|to)\b[^.?!]{0,24}\b(?:cancel|refund)/,
  /\b(?:if|whether) (?:i|we|my order|the order|it) (?:can|could|may|is|am)\b[^.?!]{0,32}\b(?:cancel|refund)/,
  /\b(?:is|are) (?:my|this|the) (?:order|purchase)[^.?!]{0,16}\b(?:refundable|cancell?able)/,
];

/** 取り下げ says it of whatever was asked; 「返金は不要」 only where nothing else is asked. */
const WITHDRAW: readonly RegExp[] = [
  /(?:取り?下げ|撤回)(?:たい|たく|ます|て|を|いた|させ|し)/,
  new RegExp(
    `(?:キャンセル|返金|取消)${BRIDGE}{0,8}(?:を|は)(?:取消|取りやめ|キャンセル|なかったことに|無かったことに|中止)`,
  ),
  /(?:キャンセル|取消|返金)(?:は|を)?し(?:ないで(?:くだ|いただ|ほし|お願)|ないことに|なくて(?:い|良|大丈夫|結構))/,
  /\b(?:withdraw|retract|disregard|ignore|revoke)\b[^.?!]{0,40}\b(?:cancel|refund|request)/,
  /\bcancel (?:my|the|this) (?:refund|cancell?ation)\b/,
  /\bplease (?:do not|don't) (?:cancel|refund)\b/,
];
const NOT_NEEDED: readonly RegExp[] = [
  /(?:返金|キャンセル|取消)[のご依頼申請手続き処理希望]{0,8}[はも]?(?:不要|必要(?:は?ありません|は?ございません|なくな)|いりません|要りません|結構です|しません)/,
  /\b(?:no longer|don't|do not) (?:want|need|wish)[^.?!]{0,12}(?:to cancel|an? refund|the refund|the cancell?ation)\b/,
  /\bkeep (?:my|the) order\b/,
];

const PARTIAL: readonly RegExp[] = [
  /一部(?:の?み|だけ)?[^。、]{0,10}(?:返金|キャンセル|取消)|(?:返金|キャンセル|取消)[^。、]{0,4}一部/,
  /部分(?:的[なに])?(?:返金|キャンセル)|差額|半額[^。]{0,6}返金/,
  /[円点個枚つ本着足箱冊品](?:だけ|のみ|分(?:だけ|のみ)?)[^。]{0,16}(?:返金|キャンセル|取消)/,
  /(?:その|[個点枚つ本着足])の?分[のを](?:ご)?返金|送料(?:分|のみ|だけ)?[をの]?(?:ご)?返金/,
  /[円点個枚つ本着]のうち[^。]{0,24}(?:返金|キャンセル|取消)/,
  /\bpartial(?:ly)?\b|\b(?:the difference|half of)\b|\brefund[^.?!]{0,12}\bpart of\b/,
  /\b(?:refund|cancel)(?:ed|ing)? (?:me |for |of )?(?:only|just)\b/,
  /\bonly (?:one|two|1|2|the|part|for)\b[^.?!]{0,30}\b(?:refund|cancel)/,
  /\b(?:cancel|refund)[^.?!]{0,16}\b(?:one|1|two|2) of (?:the|my|them)\b(?! (?:two )?(?:charges|payments))/,
];

/** Spoken of, not asked for: thanks, promises of others, names of things. */
const SPOKEN_OF: readonly RegExp[] = [
  new RegExp(
    `返金(?:(?!${WISH}).){0,24}(?:ありがとう|有難う|有り難う|感謝|確認(?:でき|しま|いたしま)(?!せ)|受け取りま|完了(?:しま|いたしま|の))`,
  ),
  /返金(?:保証|対応(?:システム|サービス)|ポリシー|規定|規約|キャンペーン|制度)|キャンセル(?:ポリシー|規定|規約|待ち|料|率)/,
  /\bthank(?:s| you)[^.?!]{0,24}\b(?:refund|cancel)|\b(?:received|got) (?:my|the|your) refund\b/,
  /\b(?:refund|cancell?ation) (?:policy|policies|terms|fee|rate|guarantee)|\bmoney[- ]back guarantee/,
];
/** 「返金ではなく交換を」: the wish that follows is another one. */
const DENIED =
  /(?:返金|キャンセル|返品)(?:では|じゃ)(?:なく|ありません|ない)(?:て)?|(?:instead of|rather than|not(?: asking for| want| need)?) an? (?:refund|cancell?ation)/g;

const FUTURE =
  /もし|購入前|購入を検討|これから(?:注文|購入)|(?:注文|購入)(?:しよう|したい|を考え|後に|後の|した場合|した後|する場合|する前)|万が一|仮に|before (?:i |we )?(?:buy|order|purchas)|(?:thinking of|considering) (?:buying|ordering|purchas)|if (?:i|we) (?:buy|order|purchase)/;
const OWN_ORDER =
  /注文(?:した|しま|し、|したの|いたしま|済)|購入(?:した|しま|し、|いたしま)|買っ[たて]|買いま|届い[たて]|頼んだ|(?:この|その|私の|先日の|昨日の|先ほどの|上記の|今回の|下記の)ご?注文|先ほど|さきほど|先程|昨日|先日|今朝|本日|今から|まだ間に合|まだキャンセル|my (?:order|purchase)|i (?:just )?(?:ordered|bought|purchased|placed)|this order|the order i|i've (?:just )?(?:ordered|bought|placed)/;

function firstMatch(sentences: readonly string[], rules: readonly RegExp[]): string | null {
  for (const sentence of sentences) {
    for (const rule of rules) {
      const match = rule.exec(sentence);
      if (match !== null) return match[0].trim().slice(0, 40);
    }
  }
  return null;
}

function isExchange(sentences: readonly string[]): boolean {
  return sentences.some((sentence) => /交換|exchange|replacement|別の(?:サイズ|色)/.test(sentence));
}

/** A sentence that asks whether, politely put as 「can I please get …」, is a request. */
function isPlainEnglishAsk(sentence: string): boolean {
  return (
    !/please/.test(sentence) &&
    ASKS.some((rule) => rule.test(sentence)) &&
    /[a-z]{3}/.test(sentence)
  );
}

const BEFORE_PURCHASE =
  /購入前|購入を検討|これから(?:注文|購入)|before (?:i |we )?(?:buy|order|purchas)|(?:thinking of|considering) (?:buying|ordering|purchas)/;
/** 「キャンセルできますか。可能ならお願いします」 */
const IF_POSSIBLE =
  /(?:可能|でき(?:る|まし))[^。]{0,8}(?:なら|でしたら|であれば|ようなら|たら)[^。]{0,10}お?願い/;

function isOwnOrder(text: string, hasOrderNumber: boolean): boolean {
  return hasOrderNumber || OWN_ORDER.test(text);
}

function readQuestion(
  asked: string | null,
  text: string,
  hasOrderNumber: boolean,
): IntentFound | null {
  if (asked === null || !isOwnOrder(text, hasOrderNumber)) return null;
  return hasOrderNumber || !FUTURE.test(text) ? { intent: "asks", label: asked } : null;
}

function readWish(all: readonly string[], hasOrderNumber: boolean): IntentFound | null {
  const text = all.join("");
  if (BEFORE_PURCHASE.test(text) && !isOwnOrder(text, hasOrderNumber)) return null;
  const plain = all.filter((sentence) => !isPlainEnglishAsk(sentence));
  const cancel = firstMatch(plain, CANCEL);
  const asked = firstMatch(all, ASKS);
  const wish =
    cancel ??
    firstMatch(plain, isExchange(all) ? REFUND : [...REFUND, RETURN]) ??
    (IF_POSSIBLE.test(text) ? asked : null);
  if (wish === null) return readQuestion(asked, text, hasOrderNumber);
  const partial = firstMatch(all, PARTIAL);
  if (partial !== null) return { intent: "partial", label: partial };
  const isCancel = cancel !== null || /キャンセル|取消|cancel/.test(asked ?? "");
  return { intent: isCancel ? "cancel" : "full", label: wish };
}

/** What the customer's own words ask for; null where they ask for nothing of this kind. */
export function readIntent(text: string, hasOrderNumber: boolean): IntentFound | null {
  const all = sentencesOf(text)
    .filter((sentence) => !SPOKEN_OF.some((rule) => rule.test(sentence)))
    .filter((sentence) => !NOT_AN_ORDER.test(sentence) || OF_AN_ORDER.test(sentence))
    .map((sentence) => sentence.replace(DENIED, " "));
  const withdrawn = firstMatch(all, WITHDRAW);
  if (withdrawn !== null) return { intent: "withdraw", label: withdrawn };
  const notNeeded = firstMatch(all, NOT_NEEDED);
  const asking = all.filter((sentence) => !NOT_NEEDED.some((rule) => rule.test(sentence)));
  const wish = readWish(asking, hasOrderNumber);
  if (wish !== null || notNeeded === null || isExchange(all)) return wish;
  return { intent: "withdraw", label: notNeeded };
}

const TOPIC =
  "(?:(?:注文の?)?(?:キャンセル|取消)|(?:返品・?)?返金|(?:キャンセル|返品)[・/](?:返金|返品))(?:の?(?:ご?希望|ご?依頼|お?願い|申請|請求|件|お願い|したい|をお願い))*|(?:cancel(?:lation)?|refund)(?: request)?(?: (?:for|of))?(?: my)?(?: order)?";
const WHOLE_TOPIC = new RegExp(
  `^(?:re: ?)?(?:ご?注文)?(?:番号)?[#\\d: a-z-]{0,24}(?:の|、)? ?(?:${TOPIC})[ (:#\\d)について。のですを件-]{0,16}$`,
);
const OTHER_WISH =
  /領収書|インボイス|交換|再発行|配送|届け先|いつ届|届きました|在庫|サイズ|ありがとうございました|receipt|invoice|exchange|deliver|shipping|thank(?:s| you) for|received/;

/** A subject or a form's drop-down that says the wish, for a message that does not. */
export function readTopic(topic: string, message: string): IntentFound | null {
  const folded = sentencesOf(topic.replace(/[【】「」[\]]/g, " ")).join(" ");
  if (!WHOLE_TOPIC.test(folded) || OTHER_WISH.test(sentencesOf(message).join(" "))) return null;
  return { intent: /キャンセル|取消|cancel/.test(folded) ? "cancel" : "full", label: folded };
}

const NOT_YET = "(?:ません(?!か)|ない(?!場合|とき|時|なら)|ず|いません|いない|おりません|おらず)";
const NOT_ARRIVED: readonly RegExp[] = [
  new RegExp(
    `返金[^。]{0,20}(?:され(?:て)?${NOT_YET}|(?:確認|反映)(?:が|も)?(?:でき|され)(?:て)?${NOT_YET}|届(?:いて|き|か)${NOT_YET}|来(?:て)?${NOT_YET}|(?:入金|連絡)?[がも](?:あり|まだ|ない)|(?:完了し|行われ|いただけ)て${NOT_YET})`,
  ),
  /まだ[^。]{0,12}返金(?:され|を受け|が(?:ない|あり|確認|届)|の?(?:連絡|確認)が)/,
  /返金[^。]{0,10}まだ(?:です|でしょう|な|、|。|$|\?)/,
  /返金[^。]{0,12}(?:状況|進捗|進ん|予定日?を|どうなって|いつ|遅)/,
  /いつ(?:頃|ごろ)?[^。]{0,8}返金/,
  /\b(?:have|has|had|did)(?: not|n't)(?: yet)?(?:(?!want|please|like|need|item|order|product|parcel|package)[^.?!,]){0,24}\brefund/,
  /\brefund\b[^.?!,]{0,32}(?:\b(?:has|have|is|was|did)(?: not|n't)|\bnot (?:yet )?(?:arriv|been|receiv|appear|shown)|\bstill\b|\bstatus\b|\byet\b)/,
  /\brefund(?:ed)?\b[^.?!]{0,12}\b(?:but|and) (?:nothing|never|have not|haven't)\b/,
  /\b(?:where is|where's|when (?:will|can|do|should)|status of|still (?:waiting|no|haven't|have not))\b[^.?!]{0,32}\brefund/,
];
/** These say that it should have come; 「返金はいつ」 may stand below a fresh request. */
const OVERDUE = /まだ|れて(?:い|お)|れない|ません|ていな|届|have|has|did|still|yet|not/;

/** "It has not arrived", said about a refund. */
export function findStatusInquiry(text: string): string | null {
  const sentences = sentencesOf(text);
  const found = firstMatch(sentences, NOT_ARRIVED);
  if (found === null) return null;
  const isFresh = firstMatch(
    sentences.filter((s) => !s.includes(found)),
    [...CANCEL, ...REFUND],
  );
  return OVERDUE.test(found) || isFresh === null ? found : null;
}
