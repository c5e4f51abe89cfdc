// The sum a customer asks back. A mail names many sums: what was paid, what a thing cost, a fee. Only
// one that stands in a request counts, and two different ones count as none.

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
  /(?:¥|jpy) ?(\d+(?:,\d{3})*(?:\.\d+)?[千万]?\d*)|(?<![数何\d,.$€£〇一二三四五六七八九十百千万])([\d一二三四五六七八九十百千][\d,.〇一二三四五六七八九十百千万]*) ?(?:円|yen(?![a-z])|jpy(?![a-z]))/g;

const PRICE_BEFORE =
  /(?:合計|総額|総計|小計|代金|価格|値段|定価|手数料|ポイント|クーポン|(?<!返|返金|希望|ほしい)金額|(?<!返金)残高|total|price|costs?|worth|fee|paid|(?:order|purchase|payment) (?:of|for))[^、,。;]{0,12}$/;
const PRICE_AFTER =
  /^ ?(?:円|yen)? ?(?:のうち|の(?!返金|ご返|一部|差額|減額|部分)|で(?:購入|買|注文|す(?:が|けど))|[をは]?(?:お?支払|払[いっ]|入金|振り?込|購入|決済|引い|差し?引|除)|が(?:引き?落|請求|決済|二重)|以[上下]|未満|しか|でした|(?:shipping|item|order|product|fee|was|is))/;
const ASK_BEFORE =
  /(?:返金|差額|お?返し|refund(?:ed)?|give me|return|reimburse|(?:want|get|like))[^\d円。]{0,18}$/;
const ASK_AFTER =
  /^ ?(?:円|yen)? ?(?:ほど|だけ|のみ|分|程度|[)」]|税込み?|を|の|が|は|で|も|ご|お|一部|部分|差額|全額| |(?:か|または|or|~|-|から) ?¥?[\d,]+ ?円?)*(?:返金|返し|返して|返却|戻し|refund|back(?![a-z])|to be (?:refunded|returned)|be (?:refunded|returned))/;
const NO_REQUEST =
  /返金(?:され(?:まし|てい?まし|た|てお)|済|いただ(?:きまし|いた)|は?不要|を?受け取)|返金の?(?:必要は|は必要)(?:な|あり)|(?:do not|don't) (?:need|want)|was refunded|have (?:already )?refunded/;

function isAsked(before: string, after: string): boolean {
  if (ASK_AFTER.test(after)) return true;
  // "get ¥3,000" alone is no request; "get ¥3,000 back" was seen above.
  return (
    ASK_BEFORE.test(before) && !/(?:want|get|like)[^\d]{0,18}$/.test(before.replace(/.*refund/, ""))
  );
}

interface Figure {
  readonly amount: number;
  readonly role: "requested" | "price" | "other";
  readonly label: string;
}

function figuresIn(sentence: string): Figure[] {
  return [...sentence.matchAll(FIGURE)].flatMap((match): Figure[] => {
    const amount = readYen(match[1] ?? match[2] ?? "");
    if (amount === null) return [];
    const end = match.index + match[0].length;
    const before = sentence.slice(Math.max(0, match.index - 32), match.index);
    const after = sentence.slice(end, end + 32);
    const label = `${match[0]}${after.slice(0, 12)}`.trim();
    if (PRICE_BEFORE.test(before) || PRICE_AFTER.test(after)) {
      return [{ amount, role: "price", label }];
    }
    const isRequest = !NO_REQUEST.test(sentence) && isAsked(before, after);
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

/** A form's own field for the sum, where a bare figure is enough. */
export function amountInField(value: string): number | null {
  const folded = value.normalize("NFKC").toLowerCase();
  const figures = [
    ...folded.matchAll(/[\d一二三四五六七八九十百千][\d,.〇一二三四五六七八九十百千万]*/g),
  ];
  return figures.length === 1 && !/[$€£]|usd|eur/.test(folded)
    ? readYen(figures[0]?.[0] ?? "")
    : null;
}
