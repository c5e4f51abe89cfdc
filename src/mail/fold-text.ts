// Long sentences broken into lines that no mail program has to break again. Japanese has no spaces:
// it is broken after punctuation, or where a phrase ends and the next begins with a kanji or katakana.

/** Around each value in a sentence; no value holds them, because controls are taken out of all. */
const OPEN = "\u0002";
const CLOSE = "\u0003";

/** Of the usual 78 columns; a full-width character takes two. */
const COLUMNS = 70;

interface Character {
  readonly text: string;
  readonly columns: number;
  /** The template's own, not a value's. */
  readonly isOurs: boolean;
}

/** Marks what is printed by a template, so that `foldText` leaves it in one piece. */
export function markValues(template: string): string {
  return template.replace(/\{\{(?!~?(?:[#/!>^]|else\b))[^{}]*\}\}/g, `${OPEN}$&${CLOSE}`);
}

/**
 * Breaks a sentence into lines, beside or inside a value never: no value may come to stand on a line
 * of its own, where it could be taken for something else than a part of the sentence.
 */
export function foldText(sentence: string): string {
  const lines: string[] = [];
  let rest = charactersOf(sentence);
  while (columnsOf(rest) > COLUMNS) {
    const at = breakOf(rest);
    if (at === null) break;
    lines.push(textOf(rest.slice(0, at)).trimEnd());
    rest = rest.slice(at);
  }
  return [...lines, textOf(rest)].join("\n");
}

function charactersOf(sentence: string): Character[] {
  let depth = 0;
  const characters: Character[] = [];
  for (const text of sentence) {
    if (text === OPEN) depth += 1;
    else if (text === CLOSE) depth -= 1;
    else characters.push({ text, columns: text > "\u2fff" ? 2 : 1, isOurs: depth === 0 });
  }
  return characters;
}

function textOf(characters: readonly Character[]): string {
  return characters.map(({ text }) => text).join("");
}

function columnsOf(characters: readonly Character[]): number {
  return characters.reduce((sum, { columns }) => sum + columns, 0);
}

/** The last good place in the first line's width; null where there is none to the end. */
function breakOf(characters: readonly Character[]): number | null {
  let columns = 0;
  let phrase: number | null = null;
  let punctuation: number | null = null;
  for (const [at, { columns: wide }] of characters.entries()) {
    // Beyond the width only the first place counts, because there was none before.
    if (columns > COLUMNS && (punctuation ?? phrase) !== null) break;
    const kind = placeBefore(characters, at);
    if (kind === "punctuation" && columns > 0) punctuation = at;
    else if (kind === "phrase" && columns > 0) phrase = at;
    columns += wide;
  }
  // A comma wins unless it would leave the line half empty.
  const isEarly = punctuation !== null && columnsOf(characters.slice(0, punctuation)) < 30;
  return isEarly ? (phrase ?? punctuation) : (punctuation ?? phrase);
}

function placeBefore(
  characters: readonly Character[],
  at: number,
): "punctuation" | "phrase" | null {
  const [earlier, before, after, next] = characters.slice(Math.max(0, at - 2), at + 2);
  if (at < 2 || before?.isOurs !== true || after?.isOurs !== true || !earlier?.isOurs) return null;
  if (/[、。]/.test(before.text)) return /[、。）」』]/.test(after.text) ? null : "punctuation";
  if (before.text === " ") return "phrase";
  return isPhraseEnd(before.text, after.text, next?.text ?? "") ? "phrase" : null;
}

function isPhraseEnd(before: string, after: string, next: string): boolean {
  if (!/[ぁ-んー]/.test(before)) return false;
  // お and ご belong to the word that follows, unless they are a part of one (とおり, すごい).
  if (/[おご]/.test(after)) return /[はをにでとてもうがへ]/.test(before) && /[一-龠]/.test(next);
  return /[一-龠々ァ-ヶ（「『]/.test(after) && !/[おご]/.test(before);
}
