// How people write an order number down, brought to the spelling in which the cues read it: figures in
// kanji, the particles of a mail that has katakana only, circled marks that stand for an order named
// before. Runs on text that `fold` has not seen yet.

const KANJI_DIGITS = "〇一二三四五六七八九";

/** 注文の番号は「四〇二一」; not 千二百, nor a postal code or phone in kanji. */
const KANJI_NUMBER =
  /((?<!郵便|電話|口座|会員)番号|注文|オーダー|№|第)([^\n。円\d〇一二三四五六七八九]{0,24})([〇一二三四五六七八九]{3,12})(?![十百千万円〇一二三四五六七八九年月日個点枚ー―‐－-])/g;
const KANJI_COUNTED =
  /(?<![〇一二三四五六七八九―ー－-])[〇一二三四五六七八九]{3,12}(?=番(?![地町]))/g;

function figures(kanji: string): string {
  return [...kanji].map((sign) => KANJI_DIGITS.indexOf(sign)).join("");
}

function withFigures(text: string): string {
  if (!/[〇一二三四五六七八九]{3}/.test(text)) return text;
  return text
    .replace(KANJI_NUMBER, (_all, word, gap, kanji) => `${word}${gap}${figures(kanji)}`)
    .replace(KANJI_COUNTED, figures);
}

/** 「ﾁｭｳﾓﾝﾊﾞﾝｺﾞｳ ﾊ 678 ﾃﾞﾊﾅｸ 679 ﾃﾞｽ」: only the words that cues know need turning. */
function fromKatakana(text: string): string {
  if (/[ぁ-ん]/.test(text) || !/[ｦ-ﾝァ-ヶ]/.test(text)) return text;
  return text
    .normalize("NFKC")
    .replace(/(?<=バンゴウ|チュウモン|番号|注文)[ 　]*([ハガノ])(?=[ 　:\d])/g, (_all, one) =>
      one === "ハ" ? "は" : one === "ガ" ? "が" : "の",
    )
    .replace(/(?<=[\d番〇]|[\d番〇] )[ 　]?(?:デハ|ジャ)ナク(?=[ 　\d])/g, "ではなく")
    .replace(/(?<=[\d番]|[\d番] )[ 　]?デス/g, "です")
    .replace(/ヲ/g, "を");
}

const CIRCLED = /[①-⑳]/g;
/** ①注文1142の製麺機: the mark and the number that it stands for from here on. */
const MARKED_ORDER = /([①-⑳])[^\n\d０-９①-⑳]{0,10}([0-9０-９]{3,12})(?![0-9０-９,，円])/g;

/** 「②のお代だけ返金」 is said of the order that ② was set before. */
function withMarksNamed(text: string): string {
  if (text.search(CIRCLED) === -1) return text;
  const numberOf = new Map<string, { number: string; end: number }>();
  for (const { index, 0: all, 1: mark = "", 2: number = "" } of text.matchAll(MARKED_ORDER)) {
    if (!numberOf.has(mark)) numberOf.set(mark, { number, end: index + all.length });
  }
  if (numberOf.size < 2) return text;
  return text.replace(CIRCLED, (mark, at: number) => {
    const named = numberOf.get(mark);
    return named !== undefined && at > named.end ? named.number : mark;
  });
}

const SPACED_LABELS: readonly (readonly [RegExp, string])[] = [
  [/注[ 　]{1,3}文[ 　]{1,3}番[ 　]{1,3}号/g, "注文番号"],
  [/受[ 　]{1,3}注[ 　]{1,3}番[ 　]{1,3}号/g, "受注番号"],
  // 「OD 031 877」: printed in groups, and no order number holds a blank.
  [/([「『"“][A-Z]{1,4})[ 　](\d{2,4})[ 　](\d{2,4})(?=[」』"”])/g, "$1$2$3"],
];

/** The text with its order numbers in the spelling that the cues know. */
export function spelledOut(text: string): string {
  const joined = SPACED_LABELS.reduce((left, [spaced, one]) => left.replace(spaced, one), text);
  return withFigures(withMarksNamed(fromKatakana(joined)));
}
