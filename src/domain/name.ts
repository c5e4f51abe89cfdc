// Personal names compared as facts: the same person writes 田中 太郎, 田中太郎 様 and ﾀﾅｶ ﾀﾛｳ.

const KATAKANA_TO_HIRAGANA = 0x60;

/**
 * What two writings of one name share: NFKC, no blanks or 様, kana folded to hiragana, case folded.
 * Null where nothing is left to compare.
 */
export function nameKey(name: string): string | null {
  const folded = name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s・･.,]+/gu, "")
    .replace(/(様|さま|さん|殿)$/u, "")
    .replace(/[ァ-ヶ]/gu, (kana) =>
      String.fromCharCode((kana.codePointAt(0) ?? 0) - KATAKANA_TO_HIRAGANA),
    );
  return folded === "" ? null : folded;
}

/** Banks write no small kana, and a hyphen for a long vowel. */
const SMALL_KANA: Readonly<Record<string, string>> = {
  ぁ: "あ",
  ぃ: "い",
  ぅ: "う",
  ぇ: "え",
  ぉ: "お",
  っ: "つ",
  ゃ: "や",
  ゅ: "ゆ",
  ょ: "よ",
  ゎ: "わ",
};
/** A name of a person has that many at least; what is shorter was cut off, or is a form such as カ). */
const KANA_LETTERS_MIN = 3;

/**
 * What two writings of one name in kana share, also where a bank wrote one: ｼﾖｳｼﾞ ﾀﾛｳ is
 * しょうじ たろう. Null where the text is not all kana: a company's カ) stays what it is, and so is
 * never somebody of the same name.
 */
export function kanaKey(name: string): string | null {
  const key = nameKey(name)
    ?.replace(/[ぁぃぅぇぉっゃゅょゎ]/gu, (small) => SMALL_KANA[small] ?? small)
    .replace(/[-‐‑–—−]/gu, "ー");
  if (key === undefined || !/^[ぁ-ゖー]+$/u.test(key)) return null;
  return [...key].length < KANA_LETTERS_MIN ? null : key;
}
