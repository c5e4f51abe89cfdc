// How much room a text takes on a terminal. Signs that people see as one are measured as one, so that
// a voiced kana, a family of emoji or a flag does not push the columns behind it out of line.

/** East Asian Width "W" and "F" (UAX #11), without emoji. "Ambiguous" signs take one column. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
/** Drawn as a picture by itself, or because a sign behind it says so. */
const PICTURE = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
const UNSEEN = /^[\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}]/u;
/** The half-width voicing marks belong to the kana before them and still take a column. */
const HALF_WIDTH_MARK = /[\uff9e\uff9f]/g;
/** Nothing in it needs a closer look; the yen sign, as it stands before every amount. */
const NARROW = /^[\x20-\x7e\u00a5]*$/;

/** Kana, kanji and full-width signs, each of which is one for itself; without those that belong to a neighbour. */
const PLAIN =
  /^[\x20-\x7e\u00a5\u3000-\u3029\u3041-\u3096\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e\uffe0-\uffe6]*$/;

/** Made where it is needed: its tables take a command as long as a look into the database. */
let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter("ja", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function graphemeWidth(sign: string): number {
  if (PLAIN.test(sign)) return NARROW.test(sign) ? sign.length : 2 * sign.length;
  const marks = sign.length > 1 ? (sign.slice(1).match(HALF_WIDTH_MARK)?.length ?? 0) : 0;
  if (PICTURE.test(sign)) return 2 + marks;
  if (UNSEEN.test(sign)) return marks;
  const [base = ""] = sign;
  return (WIDE.test(base) ? 2 : 1) + marks;
}

/** The columns that a line of text takes. */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  return graphemes(text).reduce((sum, sign) => sum + graphemeWidth(sign), 0);
}

/** The text on as many lines as it needs; a sign is never broken, nor left out. */
export function wrapText(text: string, columns: number): string[] {
  if (textWidth(text) <= columns) return [text];
  const lines: string[] = [];
  let line = "";
  let taken = 0;
  for (const sign of graphemes(text)) {
    const width = graphemeWidth(sign);
    if (taken + width > columns && line !== "") {
      lines.push(line);
      line = "";
      taken = 0;
    }
    line += sign;
    taken += width;
  }
  return [...lines, line];
}

/** As much of the text as fits, with … in place of what does not. */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let room = columns - 1;
  let kept = "";
  for (const sign of graphemes(text)) {
    const width = graphemeWidth(sign);
    if (width > room) break;
    room -= width;
    kept += sign;
  }
  return `${kept}…`;
}
