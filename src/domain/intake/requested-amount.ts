// The sum a customer asks back. A mail names many sums: what was paid, what a thing cost, a fee. Only
// one that stands in a request counts, and two different ones count as none.

import { matchesOf } from "../matches.ts";
import { sentencesOf } from "./sentences.ts";

export interface StatedAmounts {
  /** In yen, which has no minor unit. */
  readonly requestedMinor: number | null;
  /** The words around it. */
  readonly label: string;
  /** Sums named as a total or a price. */
  readonly pricesMinor: readonly number[];
}

const KANJI_DIGITS = "〇一二三四五六七八九";
const UNITS: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000, "": 1 };
const LARGEST_MINOR = 99_999_999;

function readDigits(text: string): number | null {
  if (text.length === 1 && KANJI_DIGITS.includes(text)) return KANJI_DIGITS.indexOf(text);
  return /^\d{1,3}(?:,\d{3})+$|^\d+(?:\.\d)?$/.test(text) ? Number(text.replaceAll(",", "")) : null;
}

/** `2,467`, `3千`, `二千五百`: everything below 万. */
function readSection(text: string): number | null {
  if (!/^(?:[\d,.〇一二三四五六七八九]*[十百千])*[\d,.〇一二三四五六七八九]*$/.test(text))
    return null;
  let sum = 0;
  for (const [, digits = "", unit = ""] of text.matchAll(/([^十百千]*)([十百千]|$)/g)) {
    if (digits === "" && unit === "") continue;
    const value = digits === "" ? 1 : readDigits(digits);
    if (value === null) return null;
    sum += value * (UNITS[unit] ?? 1);
  }
  return sum;
}

/** `2,467`, `1万2000`, `3千`, `二千五百`. */
export function readYen(figure: string): number | null {
  const [first = "", second, ...more] = figure.split("万");
  const high = second === undefined ? 0 : readSection(first);
  const low = readSection(second ?? first);
  if (high === null || low === null || more.length > 0) return null;
  const yen = high * 10_000 + low;
  return Number.isInteger(yen) && yen > 0 && yen <= LARGEST_MINOR ? yen : null;
}

const FIGURE =
  /(?:¥|jpy) ?(\d+(?:,\d{3})*(?:\.\d+)?[千万]?\d*)|(?<![数何\d,.$€£〇一二三四五六七八九十百千万])([\d一二三四五六七八九十百千][\d,.〇一二三四五六七八九十百千万]*) ?(?:円|えん|yen(?![a-z])|jpy(?![a-z]))/g;

/** What was paid for a thing: the whole, and no wish by itself. */
const PRICE_BEFORE =
  /(?:お?支払い?(?:した|しました|った)|払った|合計|総額|総計|小計|代金|価格|値段|定価|(?<!返|返金|希望|ほしい)金額|(?<!返金)残高|total|price|costs?|worth|paid|(?:order|purchase|payment) (?:of|for))[^、,。;]{0,12}(?<!のうち|の中から|の内)$/;
/** Charged beside the price, and often what is asked back. */
const FEE_BEFORE =
  /(?:手数料|ポイント|クーポン|fee|charge|deduct(?:ing)?|minus|less)[^、,。;]{0,12}$/;
const PRICE_AFTER =
  /^ ?(?:円|えん|yen)? ?(?:のうち|の(?!返|ご?返|お返|一部|差額|減額|部分|ほう|方|全額)|で(?:購入|買|注文|す(?:が|けど))|[をは]?(?:お?支払|払[いっ]|入金|振り?込(?!んで(?:くだ|ほし))|購入|決済|引い|差し?引|除)|が(?:引き?落|請求|決済|二重)|以[上下]|未満|しか|でした|(?:shipping|item|order|product|fee|was|is))/;
const ASK_BEFORE =
  /(?:返金|差額|お?返し|refund(?:ed)?|give me|return|reimburse|(?:pay|send|credit|transfer)(?: me| it)? back|(?:want|get|like))[^\d円。]{0,18}$/;
const GIVE_BACK =
  "返金(?!キャンペーン|保証|制度|規定|対象)|返戻|返納|返還|ご返済|返し|返して|返せ|返却|戻し|戻せ|もどし|もどせ|かえし|かえせ|refund|returned(?![a-z])|reimbursed|back(?![a-z])|to be (?:refunded|returned)|(?:should |must )?be (?:refunded|returned)";
/** What may stand between a sum and the verb: 8,250円（税込）のご返金, 500円分だけでも返して. */
const ASK_AFTER = new RegExp(
  `^ ?(?:円|えん|yen)? ?(?:ほど|だけでも|だけ|のみ|分|程度|くらい|ぐらい|相当|\\([^()\\d]{0,12}\\)|[)」、,]|税込み?|きっちり|きちんと|ちゃんと|全部|まるまる|丸々|必ず|さっさと|速やかに|すみやかに|を|の|が|は|で|も|ご|お|一部|部分|差額|全額|方|ほう|至急|早く|すぐに?|(?:私|当方|こちら|カード|口座)[にへ]|につ(?:いて|きまし?て)(?:の|は|も)?|に(?:関|かん)して(?:の|は|も)?| |(?:か|または|or|~|-|から) ?¥?[\\d,]+ ?円?)*(?:${GIVE_BACK})`,
);
/** Told as done, heard of, or not wanted. */
const NO_REQUEST =
  /返金(?:を|が|は|も)?(?:され|済|いただ(?:きまし|いた|いて[いお])|し(?:て(?:くれ(?:まし|た|て)|もら(?:いまし|った|えまし|って)|いただ(?:きまし|いた|いて[いお])|あ)|まし|た(?![いく]))|は?不要|受け取|確認|届[いき]|あり(?:まし|がと)|完了|予定)|返金の?(?:必要は|は必要)(?:な|あり)|返金(?:いた)?しますと|(?:返し|戻し)て(?:あ[りる]|くれ(?:まし|た(?!ら))|もら(?:いまし|った(?!ら))|いただ(?:きまし|いた))|(?:do not|don't) (?:need|want)|was refunded|(?:have|has|had|already|only|you|they) (?:already |only |been )?refunded|(?:received|got) (?:a |the |my |your )?(?:partial )?refund|refund (?:has )?arrived/;
const FEE_ASKED =
  /(?:refund|revert|reverse|return|give back|pay back|credit back) [^\d.]{0,24}(?:fee|charge|payment|debit|postage|shipping)s?(?: of)? ?$/;
/** give me back the money of one shirt, it is 1,980 yen */
const IT_IS =
  /(?:give (?:me )?back|money back|refund)(?: [a-z']{1,12}){0,8}[,:(]? ?(?:it is|it's|that is|that's|which is|so) ?$/;
/** 4,752円は次回から引くんじゃなくて今回返して · 12,800円をPayPayではなくカードのほうへ返して */
const TOPIC_ASKED = new RegExp(
  `^ ?(?:円|えん|yen)? ?(?:は|を|も)([^\\d円。]{1,30}?)(?:${GIVE_BACK})`,
);
/** Paid, bought, or the clause ends before the wish. */
const TOPIC_LEFT =
  /払|決済|引き?落|買|購入|入金|振り?込|請求|値段|商品|品物|(?:が|けど|けれど|ので|から)[、,]|ました|でした/;
const HEARSAY =
  /^ ?(?:円|yen)? ?と(?:聞|言|いわ|いう|伝|書|案内|の(?:こと|連絡|案内|説明)|記載|表示)/;
/** ご返金額: 金…円也(38,500円・税込) */
const LABELLED = /返金(?:希望)?(?:金額|額) ?(?:は|:)[^\d。]{0,20}$/;
const TURN = /(?:が|けど|けれど|けれども|ので)[、,]|;| but |, (?:so )?please /;

function isTopicAsked(after: string): boolean {
  const between = TOPIC_ASKED.exec(after)?.[1];
  return between !== undefined && !TOPIC_LEFT.test(between);
}

function isAsked(before: string, after: string): boolean {
  if (HEARSAY.test(after)) return false;
  if (
    ASK_AFTER.test(after) ||
    isTopicAsked(after) ||
    LABELLED.test(before) ||
    FEE_ASKED.test(before) ||
    IT_IS.test(before)
  )
    return true;
  // "get ¥3,000" alone is no request; "get ¥3,000 back" was seen above.
  return (
    ASK_BEFORE.test(before) &&
    !/(?:want|get|like)[^\d]{0,18}$/.test(before.replace(/.*(?:refund|reimburse|back)/, ""))
  );
}

/** 手数料330円を返金, refund the delivery fee of 660 yen; not "less a fee of 660 yen". */
function isFeeAsked(before: string, after: string): boolean {
  if (/(?:deduct|minus|less)/.test(before)) return false;
  return ASK_AFTER.test(after) || FEE_ASKED.test(before);
}

const GIVEN_BACK = new RegExp(
  `^ ?(?:円|えん|yen)?(?:\\([^()\\d]{0,12}\\))?を(?:全額|必ず|早く|すぐに?|ご|お)?(?:${GIVE_BACK})`,
);
/** 代金6,820円を返してください: the price, and in so many words the wish as well. */
function isPriceAsked(before: string, after: string): boolean {
  const isAskedBack = GIVEN_BACK.test(after) || isTopicAsked(after);
  return PRICE_BEFORE.test(before) && isAskedBack && !NO_REQUEST.test(after);
}

interface Figure {
  readonly amount: number;
  readonly role: "requested" | "price" | "other";
  readonly label: string;
}

/** Every figure has one; asked first, because most sentences have none. */
const CURRENCY = /[¥円]|えん|yen|jpy/;

function figuresIn(sentence: string): Figure[] {
  if (!CURRENCY.test(sentence)) return [];
  return matchesOf(sentence, FIGURE).flatMap((match): Figure[] => {
    const amount = readYen(match[1] ?? match[2] ?? "");
    if (amount === null) return [];
    const end = match.index + match[0].length;
    const before = sentence.slice(Math.max(0, match.index - 64), match.index);
    const after = sentence.slice(end, end + 48);
    const label = `${match[0]}${after.slice(0, 12)}`.trim();
    const isFee = FEE_BEFORE.test(before) && !isFeeAsked(before, after);
    if (PRICE_BEFORE.test(before) || PRICE_AFTER.test(after) || isFee) {
      const price: Figure = { amount, role: "price", label };
      return isPriceAsked(before, after) ? [price, { ...price, role: "requested" }] : [price];
    }
    const clause = `${before.split(TURN).at(-1)}${match[0]}${sentence.slice(end, end + 60).split(TURN)[0]}`;
    const isRequest = !NO_REQUEST.test(clause) && isAsked(before, after);
    return [{ amount, role: isRequest ? "requested" : "other", label }];
  });
}

/** What a free text asks for, and what it names beside. */
export function statedAmounts(text: string): StatedAmounts {
  const figures = sentencesOf(text).flatMap(figuresIn);
  const requested = figures.filter(({ role }) => role === "requested");
  const isOne = new Set(requested.map(({ amount }) => amount)).size === 1;
  return {
    requestedMinor: isOne ? (requested[0]?.amount ?? null) : null,
    label: isOne ? (requested[0]?.label ?? "") : "",
    pricesMinor: figures.filter(({ role }) => role === "price").map(({ amount }) => amount),
  };
}

/** A form's own field for the sum, where a bare figure is enough and 「一部」 or 「2点分」 is none. */
export function amountInField(value: string): number | null {
  const folded = value.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  const figure =
    /^(?:約|金|全額|一部|返金額?|希望額?|[(:])*(?:¥|jpy)?([\d一二三四五六七八九十百千][\d,.〇一二三四五六七八九十百千万]*)(?:円|えん|yen|jpy|-)?(?:也|分|程度|ほど|くらい|ぐらい|全額|を|の|返金|希望|お願いします|です|税込み?|税抜き?|[()、。])*$/.exec(
      folded,
    )?.[1];
  return figure === undefined ? onlyFigureIn(folded) : readYen(figure);
}

const FORMAL: Readonly<Record<string, string>> = {
  壱: "一",
  弐: "二",
  参: "三",
  拾: "十",
  萬: "万",
};

/** 金参万八千五百円也(38,500円・税込): said twice, and nothing else is. */
function onlyFigureIn(folded: string): number | null {
  if (folded.length > 60 || /除|以外|引[いくき]|うち|以[上下]|未満|最大|総額|[+＋×*]/.test(folded))
    return null;
  const plain = folded.replace(/[壱弐参拾萬]/g, (sign) => FORMAL[sign] ?? sign);
  if (/\d/.test(plain.replace(FIGURE, ""))) return null;
  const read = [...plain.matchAll(FIGURE)].map((match) => readYen(match[1] ?? match[2] ?? ""));
  return new Set(read).size === 1 ? (read[0] ?? null) : null;
}
