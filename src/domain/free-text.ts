// Facts in mails that no form has labelled. Only what is said plainly or stands on a line of its own:
// a wrong name or number here would weaken a match or lead an approver astray.

import { foldNumber, readAddress, readName, readPhone } from "./field-values.ts";

/** A phone number in free text: named as one, or of a shape that nothing else has. */
export function findPhone(text: string): string | null {
  const folded = foldNumber(text);
  const named = /(?:電話|携帯|連絡先|tel|phone|mobile)[^\d\n+(]{0,12}([+(]?\d[^\n]{8,24})/i.exec(
    folded,
  );
  if (named !== null) return readPhone(named[1] ?? "");
  for (const line of folded.split("\n")) {
    const bare = /^[^\d\n]{0,6}((?:0\d{1,4}-\d{1,4}-\d{3,4})|0[5-9]0\d{8})[^\d\n]{0,3}$/.exec(line);
    if (bare !== null && !/fax|ファ/i.test(line)) return readPhone(bare[1] ?? "");
  }
  return null;
}

const PREFECTURE = "(?:東京都|北海道|大阪府|京都府|\\p{Script=Han}{2,3}県)";
const ADDRESS_LINE = new RegExp(
  `^[\\s　]*(?:ご?住所[はが:：\\s]*)?((?:〒?[\\p{Nd}]{3}[-－ー‐−]?[\\p{Nd}]{4}[\\s　]*)?${PREFECTURE}[^\\n。、]{2,60}?)(?:です)?[\\s　。]*$`,
  "mu",
);

/** An address that has a line of free text to itself. */
export function findAddress(text: string): string | null {
  const line = ADDRESS_LINE.exec(text)?.[1] ?? "";
  return /\p{Nd}/u.test(line) && !/ます|ました|ください/.test(line) ? readAddress(line) : null;
}

const HAN = "\\p{Script=Han}";
const PERSON = `(?<!${HAN})(${HAN}{1,4}[ 　]?(?:${HAN}{1,4}|\\p{Script=Hiragana}{2,5}|[\\p{Script=Katakana}ー]{2,6})|[\\p{Script=Katakana}ー]{2,8}[ 　・]?[\\p{Script=Katakana}ー]{0,8}|${HAN}{1,4})`;
const SAYS_NAME: readonly RegExp[] = [
  // 山田花子と申します
  new RegExp(`${PERSON}[ 　]?(?:と申し|と言い|といい)ます`, "u"),
  new RegExp(`(?:名前|氏名)は[、 　]?${PERSON}(?:です|になります|。|$)`, "mu"),
  /\b[Mm]y name is ((?:\p{Lu}[\p{L}'-]+ ?){1,4})/u,
  /\b(?:I am|I'm|[Tt]his is) (\p{Lu}[\p{L}'-]+ \p{Lu}[\p{L}'-]+)(?=[,.\n]| and | from )/u,
];

/** A name the writer states. */
export function findStatedName(text: string): string | null {
  for (const pattern of SAYS_NAME) {
    const name = readName((pattern.exec(text)?.[1] ?? "").replace(/^私(?=.{2})/u, ""));
    if (name !== null) return name;
  }
  return null;
}

const SURNAME_GIVEN =
  /^[\s　]*(\p{Script=Han}{1,4}[ 　](?:\p{Script=Han}{1,4}|\p{Script=Hiragana}{2,4})|\p{Script=Han}{3,5})[\s　]*$/u;
const NO_NAME =
  /株式|会社|御中|商店|以上|何卒|宜敷|返金|注文|取消|希望|至急|住所|電話|東京|[都府県市区町村]$/;
const AFTER_CLOSING =
  /(?:[Rr]egards|[Ss]incerely|[Tt]hanks|[Tt]hank you|[Bb]est|[Yy]ours)[,.!]?[ \t]*\n+[ \t]*(\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}.'-]*){1,3})[ \t]*$/mu;

/** A name that has a line of its own at the end of a mail. */
export function findSignedName(text: string): string | null {
  const closing = AFTER_CLOSING.exec(text)?.[1];
  if (closing !== undefined) return readName(closing);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return null;
  const names = lines.slice(-5).map((line) => SURNAME_GIVEN.exec(line)?.[1] ?? "");
  const signed = names.find((name) => name !== "" && !NO_NAME.test(name));
  return signed === undefined ? null : readName(signed);
}

/** 「田中です。」 on a line of its own. */
export function findSurname(text: string): string | null {
  const match =
    /^[\s　]*(?:[^\n]{0,20}(?:した|します|なります|ます。))?(\p{Script=Han}{1,5})です[。\s]*$/mu.exec(
      text,
    );
  const name = match?.[1] ?? "";
  return /番|号|希望|[不必]要|残念|返金|購入|注文|同様|大変|以上|次第|可能/.test(name)
    ? null
    : readName(name);
}
