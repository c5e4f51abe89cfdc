// The end of a mail where its writer signs: below a rule or a closing, or on short lines of its own.

import { foldBlanks } from "./field-values.ts";
import { isInKanji, personIn } from "./person-name.ts";
import { surnameOf } from "./surnames.ts";

/** Signatures are short; what stands higher is the letter. */
const LINES_MAX = 10;
const RULE = /^[\s　]*[^\p{L}\p{Nd}\s　]{2}[^\p{L}\p{Nd}]*$/u;
const SENTENCE =
  /です|ます|ました|ません|ください|下さい|でしょう|[。？?]|(?:する|した|ない|たい|だろ|しろ|せよ|せえ|ぞ|よ|ね|か)[!！\s　]*$/u;
const CLOSING =
  /^[\s]*(?:(?:(?:with )?(?:(?:kind|best|warm|many|my|with)(?:est)? )*(?:regards|wishes|thanks))|(?:yours )?(?:sincerely|faithfully|truly|respectfully)(?: yours)?|yours|thanks(?: (?:a lot|again|so much|in advance|and (?:kind |best )?regards|very much))?|thank you(?: (?:very much|so much|in advance|again|po|and (?:kind |best )?regards))?|best|cheers|rgds|brgds|br|kr|thx|tks|sorry for the trouble and kind regards|mit freundlichen grüßen|cordialement|saludos)[\s,.!~-]*$/iu;
const CLOSING_AND_NAME =
  /(?:^|[.!,] )(?:(?:kind |best |warm )?regards|sincerely|thanks|thank you|best|cheers|thx|rgds|yours)[,.! ~–—-]{1,3}(\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,3})[\s.]*$/iu;

const PART_OF_LINE: readonly RegExp[] = [
  // Phones with their names, postal codes, links and addresses.
  /(?:tel|fax|ｔｅｌ|電話(?:番号)?|携帯(?:電話|番号)?|phone|mobile|mob|cell|ph|直通|内線|[mtpf])?[\s　.:：)）(（/／]*[+＋]?[\p{Nd}(（][\p{Nd}\-－ー‐−–()（）\s　.・]{7,20}\p{Nd}/giu,
  /〒?[\s　]*\p{Nd}{3}[-－ー‐−]\p{Nd}{4}/gu,
  /https?:\/\/\S+/gi,
  /(?:e-?mail|mail|メール|メアド)?[\s　]*[:：]?[\s　]*[<＜]?[^\s<＜:：]+[@＠][^\s>＞]+[>＞]?/giu,
];
const NAME_LABEL =
  /^[\s　]*[^\p{L}(（㈱㈲]*(?:お?名前|氏名|差出人|発信者|送信者|担当者?|ご?注文者名?|購入者名?|文責|name|from|contact)[\s　]*[:：/／]?[\s　]+|^[\s　]*[^\p{L}]*(?:お?名前|氏名|差出人|発信者|送信者|担当者?|ご?注文者名?|購入者名?|name|from|contact)[:：]/iu;
/** 「山田太郎より」, 「山田太郎 拝」 */
const BY = /[\s　]*(?:より|ヨリ|拝|拝上|敬白|でした)[。.！!♪]*[\s　]*$/u;
/** A salutation, or the holder of an account. */
const OF_OTHERS =
  /(?:様|さま|さん|殿|御中|各位)[\s　]*$|名義|口座|銀行|支店|宛名|宛て?先|届け先|^(?:dear|to|hi|hello)\b/iu;
const IS_PLACE = /[都道府県][^\s　]*[市区町村郡]|^(?:東京都|北海道|(?:大阪|京都)府)/u;

export interface Signed {
  readonly name: string;
  /** In the block below a rule or a closing, or marked as the sender's. */
  readonly isPlain: boolean;
}

function isSentence(line: string): boolean {
  return SENTENCE.test(line) || line.length > 60;
}

/** The name a line consists of, besides affiliation, phone and mail address. */
function nameOfLine(line: string): string | null {
  if (IS_PLACE.test(line) || OF_OTHERS.test(line)) return null;
  const bare = PART_OF_LINE.reduce((rest, part) => rest.replace(part, " "), line)
    .replace(NAME_LABEL, "")
    .replace(BY, "");
  return personIn(bare);
}

/** Latin names are written with capitals; "thank you po" is none. */
function isCapitalised(name: string): boolean {
  const words = name.split(" ");
  return words.every(
    (word) => !/^\p{Ll}/u.test(word) || /^(?:de|van|von|der|la|bin|al|dos|da)$/.test(word),
  );
}

/** Whether a line outside a marked block may be taken for its writer's name. */
function isLikely(name: string, isLast: boolean): boolean {
  if (!isCapitalised(name)) return false;
  if (!isInKanji(name)) return isLast || name.includes(" ");
  return surnameOf(name).length > 1 || (isLast && name.length > 1) || name.includes(" ");
}

function markedFrom(lines: readonly string[]): number {
  const at = lines.findLastIndex((line) => RULE.test(line) || CLOSING.test(line));
  if (at === -1) return lines.length;
  // A rule may also close the block.
  const above = lines.slice(0, at).findLastIndex((line) => RULE.test(line) || CLOSING.test(line));
  const isLast = at >= lines.length - 1;
  return isLast && above !== -1 ? above : at;
}

/** The last lines of a text that can be a signature, blank ones left out. */
export function signatureLines(text: string): string[] {
  return (
    text
      .slice(-4000)
      // 「またお願いします。　松田 雪子」
      .split(/\n|(?<=[。！!♪])[ 　]+/u)
      .map(foldBlanks)
      .filter((line) => line !== "" && line.length <= 120)
      .slice(-LINES_MAX)
  );
}

/** Every name that is signed with, from the top. */
export function signedNames(text: string): Signed[] {
  const lines = signatureLines(text);
  const start = markedFrom(lines);
  const found: Signed[] = [];
  lines.forEach((line, at) => {
    const afterClosing = CLOSING_AND_NAME.exec(line)?.[1];
    const name = afterClosing === undefined ? nameOfLine(line) : personIn(afterClosing);
    if (name === null || (afterClosing === undefined && isSentence(line))) return;
    const isMarked =
      afterClosing !== undefined || at > start || BY.test(line) || NAME_LABEL.test(line);
    const isLast = lines
      .slice(at + 1)
      .every((later) => personIn(later) === null && !isSentence(later));
    if (isMarked ? isCapitalised(name) : isLikely(name, isLast))
      found.push({ name, isPlain: isMarked });
  });
  return found;
}
