// A text as the eye reads it. Signs that no program draws may stand inside a word or a number, put
// there by a keyboard, by a web page or on purpose, and whoever reads on would cut the number at them.

/**
 * Zero-width signs, soft hyphens, marks of direction, and what makes a keycap of a figure. The
 * variants of kanji are left: they are how some write their names.
 */
const UNSEEN = /\p{Cf}|\u20E3|(?![\u{E0100}-\u{E01EF}])\p{Default_Ignorable_Code_Point}/gu;

/**
 * A superset, asked first: hardly any text holds one, and the classes above take ten times as long to
 * see it. Surrogates stand for all beyond the first plane.
 */
const MAY_BE_UNSEEN =
  /[\u0300-\u18ff\u200b-\u200f\u2028-\u20ff\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb]|[\ufe00-\ufe0f]|\u00ad/;

/** What follows on the line is drawn from right to left, figures and all, or said to be. */
const TURNING = /[\u202B\u202D\u202E\u2067]/;
const FIGURE = /[\p{N}一二三四五六七八九]/gu;
/** The printer's mark for a sign that is missing. */
const MISSING = "〓";

/** Where the eye sees 876 and the file says 678 there is no number at all. */
function withoutTurned(text: string): string {
  if (!TURNING.test(text)) return text;
  return text
    .split("\n")
    .map((line) => (TURNING.test(line) ? line.replace(FIGURE, MISSING) : line))
    .join("\n");
}

export function legible(text: string): string {
  return MAY_BE_UNSEEN.test(text) ? withoutTurned(text).replace(UNSEEN, "") : text;
}
