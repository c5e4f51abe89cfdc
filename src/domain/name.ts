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
