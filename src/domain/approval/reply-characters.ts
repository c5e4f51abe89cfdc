// Characters that make an answer look like something it is not. NFKC would turn Ⓞ and 𝐊 into plain
// letters, so everything here is judged before NFKC.

/** Emoji that only soften an answer; any other (🙅, ❌, 🤔, 🆗) is a word nobody agreed on. */
export const COURTESY_EMOJI =
  "(?:[🙏🙇🙆😊🙂😀😃😄😁😌☺👍👌✨🎉]\\p{Emoji_Modifier}?\\uFE0F?(?:\\u200D[♀♂]\\uFE0F?)?)";

const EMOJI = new RegExp(COURTESY_EMOJI, "gu");
/** Format and control characters, and letters that are drawn as nothing (Hangul fillers). */
const HIDDEN = /[\p{Cf}\u115F\u1160\u3164\uFFA0\u2800]|(?![\n\r\t])\p{Cc}/u;
const FOREIGN_LETTER =
  /(?![\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}])\p{L}/u;

/** Full-width forms are how Japanese keyboards type; ①, Ⓚ, 𝐊, K (the Kelvin sign) are not. */
function isDressedUp(character: string): boolean {
  if (/[\uFF00-\uFFEF]/.test(character)) return false;
  const plain = character.normalize("NFKC");
  return plain !== character && /[A-Za-z0-9]/.test(plain);
}

/** Why this text may read differently from how it looks; null where it reads as it looks. */
export function deceptiveCharacters(text: string): string | null {
  // A joiner inside an emoji is part of its drawing.
  const composed = text.normalize("NFC").replace(EMOJI, "");
  if (HIDDEN.test(composed)) return "hidden_character";
  if (/\p{M}/u.test(composed)) return "combining_mark";
  if (FOREIGN_LETTER.test(composed)) return "look_alike_letter";
  return Array.from(text).some(isDressedUp) ? "look_alike_letter" : null;
}
