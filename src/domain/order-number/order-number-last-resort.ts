// For a mail in which no sure cue finds a number: one token of an order number's shape that stands
// beside a word for "order", with nothing between them that could have a number of its own. Two
// different ones are none, because nothing tells which is meant.

import type { Cue } from "./order-number-cues.ts";
import { isCode, isDate, OTHER_NUMBER, TOKEN } from "./order-number-shapes.ts";

/** Not 注文した: what follows that may be the thing's own name, 「注文したTA-300B」. */
const WORD =
  "(?:注文|オーダー|ちゅうもん|購入|お買い?上げ)(?:番号|履歴|書|票|控え?|確認(?:メール|書)?)?(?![しい致す]|日|品|内容|商品|数|者|金額|時|後|前)|(?<![一-龠])控え?(?:に|の|を|は|で)|(?<![A-Z])(?:ORDER|PURCHASE|CONFIRMATION)(?![A-Z])";
/** Particles, hiragana words and the papers on which a shop prints the number. */
const BETWEEN =
  "(?:[ぁ-ん見出今回前々、,?…~ー:→⇒=>「『(【\"' ]|紙|葉書|ハガキ|はがき|メール|画面|控|明細書|納品書|書類|番号|番|先|確認|完了|第|(?<![A-Z])(?:IS|WAS|THE|MY|YOUR|REF|REFERENCE|CODE|NUMBER|NO|UNDER|IT|SAYS|MAIL|EMAIL|CONFIRMATION|WITH|HAS|CALLED|I|WE|PLACED|MADE)(?![A-Z])[.]?){0,32}";

/** A time, a quantity or a doubt between the two makes the figure another thing. */
const OTHER_MATTER =
  /とき|ころ|ごろ|まで|から(?!の)|より|くらい|ぐらい|ほど|いくら|いくつ|わから|忘れ|覚え|した|しました|します|い?たしま/;

const TOLD_AFTER =
  /^\s?[」』)】"']{0,2}\s?(?:番|号|です|でし|でご|だ|や|と(?:あ|ご|書|記|な|出|表|印|い)|って|いう|で(?:合|あ)|かと|かも|に(?:な|つ)|の(?:件|分|注文|方|ほう)|[.。!]?\s*(?:\n|$)|[,)] ?(?:HAS|HAVE|IS|WAS|WHICH|BUT|PLEASE|NEVER|DID)|\.\s)/;

const YEAR_OR_SUM = /^(?:(?:19|20)\d\d|\d+00)$/;

/** Figures alone could be anything: they need a word after them as well. */
function isTold(token: string, after: string): boolean {
  if (isCode(token)) return true;
  return /^\d{4,16}$/.test(token) && !YEAR_OR_SUM.test(token) && TOLD_AFTER.test(after);
}

/** 注文のんは MS61107 いうやつ · さっきの注文→「TX-9E41C7」 · 注文の紙には第008812号 */
const BESIDE: Cue = {
  pattern: new RegExp(`(${WORD})(${BETWEEN})(?<![A-Z0-9_/-])(${TOKEN})`, "g"),
  accepts: (token, { before, after, text, index }) => {
    const between = text.slice(index, text.indexOf(token, index));
    if (OTHER_NUMBER.test(before) || OTHER_MATTER.test(between)) return false;
    return !isDate(token) && isTold(token, after);
  },
};

/** 受付番号のようなものは MK/26-00417: who has only bought takes the shop's number for that. */
const TAKEN_FOR: Cue = {
  pattern: new RegExp(
    `((?<!合わせ|合せ|フォーム|返品)(?:受付|予約|管理|お?申し?込み?)番号)(?:のような(?:もの|の)|らしき(?:もの|の)|みたいなの?|っぽいの?)(?:が|は|に|で|、|:| ){0,3}[「『(]?(${TOKEN})`,
    "g",
  ),
  accepts: (token, { text }) => isCode(token) && /注文|購入|買[いっ]|オーダー/.test(text),
};

/** ・EX-0091：色違いが届いた: a list of orders, each with what is to be done. */
const ITEMS: Cue = {
  pattern: new RegExp(
    `^[ \\t]{0,2}[・*•●■◆-][ \\t]{0,2}()(${TOKEN})(?=[ \\t]?:(?![ \\t]?\\d))`,
    "gm",
  ),
  accepts: (token, { text }) =>
    (isCode(token) || /^\d{4,12}$/.test(token)) &&
    !isDate(token) &&
    /注文|返金|返品|キャンセル|取り?消|お返し|領収書|REFUND|CANCEL|ORDER/.test(text),
};

/** メールもらった5790の分 · 5790の件: beside a refund no sum is told so. */
const MATTER: Cue = {
  pattern:
    /(?<![A-Z0-9.,/_¥$:-])()(\d{3,12})(?=の(?:件(?!数)|分(?!の\d))|のお?[^\d\n。、をはがに円]{1,12}を(?:返品|キャンセル|取り?消))/g,
  accepts: (token, { before }) =>
    !OTHER_NUMBER.test(before) && !isDate(token) && !YEAR_OR_SUM.test(token),
};

/** Of an order, and hardly a thing's own name: 78-3391, 7HX-2290, WEB-4410; not WH-1000XM4, TA-300B. */
function isOrdersCode(token: string): boolean {
  if (!isCode(token) || !/[-_/]/.test(token) || /00$/.test(token)) return false;
  return /^\d/.test(token) || /^[A-Z]{1,4}[-_/]\d{4,}(?:-\d+)?$|[-_/].+[-_/]/.test(token);
}

/** refund for 7HX-2290 · キャンセル希望：WEB-4410 */
const REFUNDED: Cue = {
  pattern: new RegExp(
    `((?<![A-Z])(?:REFUND|CANCEL(?:LATION)?|RETURN)(?: (?:FOR|OF|ON|RE|ABOUT))?:? (?:MY |THE )?|(?:キャンセル|取り?消し?|返金|返品)(?:希望|依頼|対象|したいの)?(?:分|注文)?[ :→は]{1,3})[#「(]?(${TOKEN})`,
    "g",
  ),
  accepts: isOrdersCode,
};

/** 78-3391の返金はまだですか · 7HX-2290の注文をキャンセル */
const CODE_ASKED: Cue = {
  pattern: new RegExp(
    `(?<![A-Z0-9.,/_¥$-])()(${TOKEN})(?=[」』)]? ?(?:番|号)?(?:の(?:ご|御)?(?:注文|返金|返品|キャンセル|取り?消)|を(?:全部|すべて|全て)?(?:キャンセル|取り?消|返品|返金)))`,
    "g",
  ),
  accepts: (token, { before }) => !OTHER_NUMBER.test(before) && isOrdersCode(token),
};

/** 注文した時の番号は4410 · 注文メールに載ってた番号 KX-4410 */
const NUMBER_OF: Cue = {
  pattern: new RegExp(
    `((?:注文|購入|オーダー)[ぁ-ん時際メール画面載書紙控確認]{1,14}(?:番号|ばんごう|ナンバー))[はがもでに: ]{0,3}[「『(#]?(${TOKEN})`,
    "g",
  ),
  accepts: (token) => !isDate(token) && (isCode(token) || /^\d{3,16}$/.test(token)),
};

/** Ref: KX-4410, please refund: at the start of a sentence, so no bank's and no carrier's. */
const REFERRED: Cue = {
  pattern: new RegExp(
    `(?:^|[.!?(] ?)((?:MY |YOUR |OUR )?REF(?:ERENCE)?(?: (?:NO|NUMBER))?)[.:# ]{1,4}(${TOKEN})`,
    "gm",
  ),
  accepts: (token, { text }) =>
    isOrdersCode(token) &&
    !/^(?:T[RX]|INV|BANK)/.test(token) &&
    /ORDER|REFUND|CANCEL|注文|返金/.test(text),
};

/** Not 注文番号がわかりません, after which any figure is something else. */
const ANNOUNCED =
  /(?:(?:注文|受注|オーダー|購入)の?(?:番号|NO|ID)|ORDER (?:NUMBER|NO|ID))(?!.{0,30}(?:わか|分か|不明|忘|覚え|な[くい]|電話|DON'T|NOT |LOST|FORG))/s;

/** 注文番号を記します。 and the number alone on one of the next lines. */
const BELOW: Cue = {
  pattern: new RegExp(`^[ \\t]{0,2}()(${TOKEN})(?=[。.]?[ \\t]*(?:\\n|$))`, "gm"),
  accepts: (token, { text, index }) =>
    (isCode(token) || /^\d{4,16}$/.test(token)) &&
    !isDate(token) &&
    !YEAR_OR_SUM.test(token) &&
    ANNOUNCED.test(text.slice(Math.max(0, index - 80), index)),
};

export const LAST_RESORT: readonly Cue[] = [
  BESIDE,
  TAKEN_FOR,
  ITEMS,
  MATTER,
  REFUNDED,
  CODE_ASKED,
  NUMBER_OF,
  REFERRED,
  BELOW,
];
