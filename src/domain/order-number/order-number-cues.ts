// Where in a text an order number stands. A wrong number can point an approver at somebody else's
// payment, so every cue prefers none to a doubtful one. Most want a word beside the number that says
// what it is; a few are asked only where the mail itself leaves no other reading: the answer to our
// question for the number, the subject, a line of its own.

import { matchesOf } from "../matches.ts";
import {
  DENIED,
  GAP,
  LINE_START,
  LIST_JOINT,
  STRONG,
  WEAK,
  WEAK_GAP,
} from "./order-number-patterns.ts";
import {
  isAlike,
  isDate,
  isFree,
  isLed,
  isOrderNumber,
  isPlain,
  OTHER_NUMBER,
  SELF_EVIDENT,
  TOKEN,
  without,
} from "./order-number-shapes.ts";

export interface FoundOrderNumber {
  readonly number: string;
  /** The words that made it an order number, as read after NFKC. */
  readonly label: string;
  /** Where it stands in the text; comparable only within one text. */
  readonly index: number;
}

/** What stands around a token: a short way back on its line, and on. */
interface Surroundings {
  readonly before: string;
  readonly after: string;
  readonly text: string;
  /** Where the cue itself begins. */
  readonly index: number;
}

export interface Cue {
  /** The first group is the label, the second the number. */
  readonly pattern: RegExp;
  /** It finds nothing in a text without one of these, which takes less time to see. */
  readonly needs?: readonly string[];
  readonly accepts: (token: string, around: Surroundings) => boolean;
}

const LINE_END = "(?=[ \\t]*(?:\\n|$|[(,、]))";
const SEPARATOR = new RegExp(
  `${LIST_JOINT}(${TOKEN})|[ \\t]*\\n${LINE_START}(${TOKEN})${LINE_END}`,
  "y",
);

/** 701と703 · 727、728，729 · 1187 / 1188: what follows the first number. */
function restOfList(text: string, first: string, from: number, label: string): FoundOrderNumber[] {
  const found: FoundOrderNumber[] = [];
  let position = from;
  while (found.length < 20) {
    SEPARATOR.lastIndex = position;
    const match = SEPARATOR.exec(text);
    const token = match?.[1] ?? match?.[2];
    if (token === undefined) return found;
    const end = SEPARATOR.lastIndex;
    const start = end - token.length;
    if (!isAlike(first, token) || !isOrderNumber(token) || !isFree(text, start, end)) {
      return found;
    }
    found.push({ number: token, label, index: start });
    position = end;
  }
  return found;
}

/** `order 55.`, `注文12の件`: a short number counts where no word follows that it could count. */
function isShort(token: string, after: string): boolean {
  return (
    /^\d{1,2}$/.test(token) &&
    /^(?:の(?:件|キャンセル|返金|取消|取り消)|[.,!;)]*\s*$|[.,!;)]*\n|[.,!;)]\s)/.test(after)
  );
}

/** 注文番号: 678 */
export const NAMED: Cue = {
  pattern: new RegExp(`(${STRONG})${GAP}(${TOKEN})`, "g"),
  accepts: (token, { after }) => !isDate(token) && !/^件/.test(after),
};

/** By a shop's software, which writes no date there. */
export const NAMED_BY_MACHINE: Cue = { ...NAMED, accepts: () => true };

/** I want to order 300 of them. */
const TO_ORDER =
  /(?:WANT(?:ED)?|LIKE|NEED(?:ED)?|TRIED|TRYING|GOING|PLAN\w*|WISH\w*|HOP(?:E|ING)) TO $/;
/** `order 300 balloons`: a round figure before things; `order 678 shoes` names the order. */
const COUNTS =
  /^ (?!(?:WAS|HAS|DOES|IS|THIS|AS|US|PLEASE|THANKS|STATUS|ADDRESS|ALWAYS|ARRIVES|NEEDS|COMES|SHOWS|SAYS|LOOKS)(?![A-Z]))[A-Z]{2,}S(?![A-Z])(?! (?:ARE|WERE|HAVE|ARRIVED|CAME|DID|DO)(?![A-Z]))/;

function isCounted(token: string, before: string, after: string): boolean {
  return TO_ORDER.test(before) || (/^\d*0$/.test(token) && COUNTS.test(after));
}

/** 注文678, order 1001 */
export const PLAIN: Cue = {
  pattern: new RegExp(`(${WEAK})${WEAK_GAP}(${TOKEN})`, "g"),
  accepts: (token, { before, after }) =>
    !/^件/.test(after) &&
    !isCounted(token, before, after) &&
    (isPlain(token) || isShort(token, after)),
};

/** ナンバー 4649 の車 */
const OF_CAR = /^\s?の(?:車|クルマ|くるま|自動車|バイク|トラック|レンタカー)/;
/** #1042, No.712 (also 頼んだNo.712), 番号は712 */
export const MARKED: Cue = {
  pattern:
    /((?<![A-Z0-9&/=\p{Script=Han}\p{Script=Katakana}ー])NO[.:]|(?<![A-Z0-9\p{L}&/=])(?:#|(?:番号|ばんごう|バンゴウ|ナンバー)[はがも:]?))\s{0,3}(?:[A-Z0-9-]{1,40}番?(?:では|じゃ)なくて?[^\dA-Z\n]{0,8})?([A-Z]{0,6}-?\d{3,})(?![-_\d])/gu,
  accepts: (token, { before, after }) =>
    !OTHER_NUMBER.test(before) && !isDate(token) && !OF_CAR.test(after),
  needs: ["#", "NO", "番号", "ばんごう", "バンゴウ", "ナンバー"],
};

export const MARKED_BY_MACHINE: Cue = {
  ...MARKED,
  accepts: (_token, { before }) => !OTHER_NUMBER.test(before),
};

/** A house, a flat, a PO box and much else has a number as well, so a thing before the word is enough. */
const SAYS_WHICH_NUMBER =
  /(?:^|[^A-Z ] ?|(?<![A-Z])(?:THE|MY|ITS?|THIS|THAT|YOUR|OUR|A|AND|OR|BUT|IS|WAS|HAS|WITH|UNDER|BY|FOR|OF|TO|ON|IN|CORRECT|RIGHT|WRONG|REAL|ACTUAL|NEW|OLD|FULL|SAME|ORDERS?|PURCHASE|CONFIRMATION|REF(?:ERENCE)?|SORRY|CANCEL|REFUND|RETURN|REGARDING|ABOUT|RE) )$/;
/** number 1187, the number is 1187 */
export const NUMBERED: Cue = {
  pattern: /(?<![A-Z])(NUMBERS?)(?: IS| ARE|:)? #?([A-Z]{0,6}-?\d{3,})(?![-_\d])/g,
  accepts: (token, around) =>
    SAYS_WHICH_NUMBER.test(around.before) && MARKED.accepts(token, around),
  needs: ["NUMBER"],
};

const ENDS = "(?:全額|キャンセル(?!料|ポリシー|待)|取り?消|取り?止め|取りやめ|とりけし|解約)";
/** 679番の注文 · 679をキャンセル. Not before 返金: 3000を返金 is an amount. */
export const FOLLOWED: Cue = {
  pattern: new RegExp(
    `(?<![A-Z0-9.,/_-])()([A-Z]{0,6}-?\\d{3,})(?=(?:\\s?(?:[と、,&]|及び|および)\\s?#?\\d{3,}){0,9}\\s?(?:番|号)?(?:の(?:ご|御)?注文|の(?:方|ほう|分)?(?:だけ|のみ)?\\s?を?\\s?${ENDS}|で(?:ご|御)?(?:注文|購入)し|\\s?を\\s?(?:全部|すべて|全て|至急)?\\s?(?:${ENDS}|返品)))`,
    "g",
  ),
  accepts: (token, { before }) => !OTHER_NUMBER.test(before) && !isDate(token),
};

/** 695番のタコ焼き器: who writes to a shop with a number of three digits or more means the order. */
export const COUNTED: Cue = {
  pattern:
    /(?<![A-Z0-9.,/_-])()([A-Z]{0,6}-?\d{3,})(?=\s?番)(?!\s?番[号地目線組台街館棟室丁通札窓搭])(?!\s?番の(?:カード|口座|電話|バス|列車|ロッカー|席|部屋))/g,
  accepts: (token, { before }) =>
    !OTHER_NUMBER.test(before) && !/^(?:1[01]\d|1[17]7|188|171)$/.test(token) && !/^0/.test(token),
  needs: ["番"],
};

const WANTS = `(?:${ENDS}|返品|返金)(?:[しを]|希望|お願い)`;
/** キャンセルしたいのは701と703です · 御社で買った 3391 のほう · 控えには第004512号と · 1312の返金のお願い */
export const POINTED: Cue = {
  pattern: new RegExp(
    `(?:${WANTS}[^\\d\\n。、]{1,14}のは、?|(?:買った|購入した|注文した|頼んだ)(?=[^\\n。]{1,14}(?:番|の(?:ほう|方|件|分)|です))|(?:控え|注文書|確認(?:の)?メール)[^\\dA-Z\\n。円]{1,12}(?=[^\\n。]{1,14}(?:号|番|と(?:あり|あっ|ござ|書|記|印|なって|出て))))\\s?(?:第|NO\\.?|#)?()${DENIED}([A-Z]{0,6}-?\\d{3,})(?![-_\\d])`,
    "g",
  ),
  accepts: (token) => !isDate(token),
};
/** 1312の返金のお願い; no price in yen ends in another digit than 0, or hardly one. */
export const CLAIMED: Cue = {
  pattern:
    /(?<![A-Z0-9.,/_¥$-])()([A-Z]{0,6}-?\d{2,}[1-9])(?=の(?:ご?返金|返品)(?:の(?:お願い|ご?依頼|件|申請|申し?込|手続)|依頼|申請))/g,
  accepts: (token, { before }) => !OTHER_NUMBER.test(before) && !isDate(token),
  needs: ["返金", "返品"],
};

/** cancel 788: unlike "refund 3000" never a sum. */
export const CANCELLED: Cue = {
  pattern:
    /(?<![A-Z])(CANCEL(?:L?ING|LATION(?: OF| FOR)?)?) (?:MY |THE |OUR )?#?([A-Z]{0,6}-?\d{3,})(?![-_\d])/g,
  accepts: (token) => !isDate(token),
  needs: ["CANCEL"],
};

/** 注文番号を書き忘れました。6602です */
const SAID_END =
  "番?\\s?(?:です|でした|だと|だった|だろう|やと|に?なります|となります|でござい|と思|かと|みたい|らしい|のよう|[.!]\\s|[。.!]?\\s*(?:\\n|$))";
export const SAID: Cue = {
  pattern: new RegExp(
    `(${STRONG})([^\\dA-Z]{1,30}(?:NO\\.?|#)?\\s?)(?=[A-Z0-9])(${TOKEN})(?=${SAID_END})`,
    "g",
  ),
  accepts: (token, { text, index }) => isPlain(token) && isTold(text, index, token),
};
/** The order number, sorry I forgot it, is 6602. */
export const SAID_EN: Cue = {
  pattern:
    /((?<![A-Z])ORDER (?:NUMBER|NO\.?|ID))([^\d]{1,50}(?:(?<![A-Z])IS|(?<![A-Z])WAS|'S|:|=)\s?#?)([A-Z]{0,6}-?\d{3,}(?:-\d+)?)(?![A-Z0-9-])/g,
  accepts: (token, { text, index }) => isPlain(token) && isTold(text, index, token),
  needs: ["ORDER"],
};

/** 「。6602です」, 「、正しくは6602です」: what a later clause may say before it gives the number. */
const SAYS_IT_NOW =
  /^\s?(?:(?:たしか|確か|多分|たぶん|おそらく|恐らく|正しくは|正解は|正確には|今回は|(?:この|その)?番号は|それは|こちらは|はい|ええと|えっと|すみません|すいません|失礼(?:しました)?|NO\.?|#)[、 ]?)*$/;

/** Whether a later clause tells of something else: 「注文番号は手元になく、レシートは4521です」. */
function turnsToOther(between: string): boolean {
  const sentence = between.lastIndexOf("。");
  if (sentence !== -1) return !SAYS_IT_NOW.test(between.slice(sentence + 1));
  const clause = between.slice(between.lastIndexOf("、") + 1);
  return between.includes("、") && /[はがも]\s?$/.test(clause) && !SAYS_IT_NOW.test(clause);
}

/** Between the word and the number nothing is named that the number could be, nor that it is not known. */
function isTold(text: string, index: number, token: string): boolean {
  const between = text.slice(index, text.indexOf(token, index));
  if (turnsToOther(between)) return false;
  return !/レシート|領収|部屋|号室|電話|携帯|連絡先|FAX|TEL|PHONE|MOBILE|郵便|〒|ZIP|POST|円|YEN|JPY|TOTAL|金額|PRICE|月|DATE|会員|MEMBER|商品|品番|PRODUCT|ITEM|受付|追跡|TRACK|伝票|口座|記号|BANK|ACCOUNT|カード|CARD|不明|わか[らり]|分か[らり]|忘れ(?:て(?!い|お|ま)|ちゃ|$)|覚えて|DO(?:ES)? NOT|DON'T|CAN'?NOT|CAN'T|UNKNOWN|LOST|\n\n/.test(
    between,
  );
}

const HEADING =
  /(?:下記|以下|次の|左記|FOLLOWING|BELOW|THESE)[^。\n]{0,60}(?:注文|オーダー|ORDER)|(?:注文|オーダー|ORDER)[^。\n]{0,60}(?:下記|以下|次の|左記|FOLLOWING|BELOW|:\s*$)/;
/** A line that is only a number, below a sentence that announces orders. */
export const LISTED: Cue = {
  pattern: new RegExp(`^${LINE_START}()(${TOKEN})${LINE_END}`, "gm"),
  accepts: (token, { text, index }) =>
    isPlain(token) && HEADING.test(text.slice(Math.max(0, index - 200), index)),
  needs: ["注文", "オーダー", "ORDER"],
};

/** 注文が三つあります。\n727、728、729です: a line that starts with a list of their like. */
export const RECITED: Cue = {
  pattern: new RegExp(
    `^[ \\t]{0,2}()(${TOKEN})(?=(?:[ ]?[、,・/と&][ ]?(?:${TOKEN})){1,9}[ ]?(?:です|でござい|になります|の[\\d一二三四五]件))`,
    "gm",
  ),
  accepts: (token, { text, index }) =>
    isPlain(token) && /注文|オーダー/.test(text.slice(Math.max(0, index - 120), index)),
  needs: ["注文", "オーダー"],
};

/** 次の二件とも取り消してください。\n①10233 急須: the circled mark is a comma by now. */
export const ITEMIZED: Cue = {
  pattern: new RegExp(`^[ \\t]{0,2}、[ ]?()(${TOKEN})(?=[ ]\\p{L})`, "gmu"),
  accepts: (token, { text, index }) =>
    isPlain(token) &&
    /(?:次|下記|以下|[二三四五\d]件)[^\n。]{0,30}(?:キャンセル|取り?消|返金|返品)/.test(
      text.slice(Math.max(0, index - 120), index),
    ),
  needs: ["、"],
};

/** In a payment's description the shop's own software speaks: short numbers count as well. */
export const DESCRIBED: Cue = {
  ...PLAIN,
  accepts: (token, around) => PLAIN.accepts(token, around) || /^\d+(?:-\d+)?$/.test(token),
};

/** `1250です` as the answer to our question for the number. */
export const ANSWERED: Cue = {
  pattern: new RegExp(
    `(?:^|[\\n。、:はが!] ?|(?<![A-Z])(?:IS|IT'S|HERE|THINK) )()(?:たぶん|多分|たしか|確か)?\\s?[「(【#]?(?=[A-Z0-9])(${TOKEN})(?=[」)】]?(?:${SAID_END}|\\s?(?:で(?:お願い|よろ|いい)|[、,/( ]\\s?\\p{L})))`,
    "gu",
  ),
  accepts: (token, { before }) => isPlain(token) && !OTHER_NUMBER.test(before),
};

/** A number that has a line to itself and nothing that explains it; a year or a price has no more. */
export const BARE_LINE: Cue = {
  pattern: /^[ \t]*()([A-Z]{0,4}-?\d{3,6})(?=[。.!]?[ \t]*(?:\n|$))/gm,
  accepts: (token, { before }) =>
    !/^(?:0\d{3}|(?:19|20)\d\d|\d+0)$/.test(token) && !OTHER_NUMBER.test(before),
};

/**
 * `キャンセル 788` as the whole subject: there the figure without a word is the order's. In
 * `返金希望 3980` it is as likely the price, which in yen ends in 0.
 */
export const IN_SUBJECT: Cue = {
  pattern: /(?<![A-Z0-9\-_.,/#¥$[])()([A-Z]{0,6}-?\d{3,12})(?![A-Z0-9\-_,./:]|\s?\])/g,
  accepts: (token, { before, text }) =>
    !isDate(token) &&
    !/^(?:0|20[12]\d$)/.test(token) &&
    !(/^\d+0$/.test(token) && /返金|REFUND|MONEY/.test(text)) &&
    !OTHER_NUMBER.test(before) &&
    /キャンセル|取り?消|取り?止め|返品|返金|注文|CANCEL|REFUND|RETURN|MONEY|ORDER|^\s*\S+\s*$/.test(
      text,
    ),
};

function scan(text: string, cue: Cue): FoundOrderNumber[] {
  const found: FoundOrderNumber[] = [];
  if (cue.needs?.every((word) => !text.includes(word))) return found;
  for (const match of matchesOf(text, cue.pattern)) {
    const label = (match[1] ?? "").replace(/\s+/g, " ");
    const token = match.at(-1) ?? "";
    const end = match.index + match[0].length;
    const start = end - token.length;
    // Read as a member of the list before it.
    if (start <= (found.at(-1)?.index ?? -1)) continue;
    if (!isOrderNumber(token) || !isLed(text, start) || !isFree(text, start, end)) continue;
    const around = {
      before: text.slice(Math.max(0, match.index - 24), match.index),
      after: text.slice(end, end + 20),
      text,
      index: match.index,
    };
    if (!cue.accepts(token, around)) continue;
    found.push({ number: token, label, index: start }, ...restOfList(text, token, end, label));
  }
  return found;
}

/** Every number that a cue finds, in the order of the text; once each. */
export function collect(text: string, cues: readonly Cue[]): FoundOrderNumber[] {
  const sure = matchesOf(text, SELF_EVIDENT).map((match) => ({
    number: match[0],
    label: "",
    index: match.index,
  }));
  const rest = sure.length === 0 ? text : without(text, SELF_EVIDENT);
  const all = [...sure, ...cues.flatMap((cue) => scan(rest, cue))].sort(
    (a, b) => a.index - b.index || b.label.length - a.label.length,
  );
  const first = new Map<string, FoundOrderNumber>();
  for (const one of all) if (!first.has(one.number)) first.set(one.number, one);
  return [...first.values()];
}
