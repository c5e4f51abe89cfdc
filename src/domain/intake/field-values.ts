// The one form each field of a request has, whatever the form or the customer wrote.

import { legible } from "../legible.ts";
import { matchesOf } from "../matches.ts";

const CONTROLS = /\p{Cc}+/gu;
const KANA = "\\p{Script=Hiragana}\\p{Script=Katakana}ー・･ﾞﾟ\\s";
const READING = new RegExp(`[\\s]*[(（【\\[［<＜〈《][${KANA}]+[)）】\\]］>＞〉》]`, "gu");
const READING_AFTER_SLASH = new RegExp(`^(.*?\\p{Script=Han}.*?)\\s*[/／]\\s*[${KANA}]+$`, "u");
const NOTHING =
  /^[\s(（【[]*(?:未入力|未記入|記入なし|入力なし|なし|無し|特になし|匿名|名無し|不明|empty|none|n\/a|anonymous|guest|-+|ー+)[\s)）】\]]*$/iu;

const DOMAIN =
  /[a-z0-9-]{2}\.(?:com|net|org|info|biz|shop|site|xyz|top|online|app|dev|jp|io|me|link|click|cn|ru)\b|[a-z0-9-]\.[a-z]{2,}\//i;

export function foldBlanks(text: string): string {
  return text
    .replace(CONTROLS, " ")
    .replace(/[\s　]+/g, " ")
    .trim();
}

/** Without 様 and kana reading; otherwise as written, because it is printed in mails. */
export function readName(raw: string): string | null {
  const written = foldBlanks(raw.slice(0, 300)).replace(/^["'「]+|["'」]+$/g, "");
  const bare =
    written.replace(READING, " ").trim() === "" ? written : written.replace(READING, " ");
  const name = foldBlanks(bare.replace(/[\s]*(?:様|さま|サマ)[\s]*$/u, ""))
    .replace(READING_AFTER_SLASH, "$1")
    .replace(/[\s]*(?:様|さま|サマ)$/u, "")
    .trim();
  if (name === "" || name.length > 60 || NOTHING.test(name)) return null;
  // An address, a number or damaged text is nobody's name; nor a domain, which our mails would link to.
  return /[@＠\uFFFD]|https?:|\p{Nd}{3}/u.test(name) || DOMAIN.test(name) ? null : name;
}

const LOCAL_SIGN = "[a-z0-9.!#$%&'*+/=?^_`{|}~-]";
const LOCAL_LENGTH_MAX = 64;
const LOCAL = `${LOCAL_SIGN}{1,${LOCAL_LENGTH_MAX}}`;
const DOMAIN_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const QUOTED_LOCAL = new RegExp(`"(${LOCAL})"@`, "gi");
const QUOTED_LOCAL_FIRST = new RegExp(`^"(${LOCAL})"@`);
const EMAIL = new RegExp(`${LOCAL}@${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL}){1,8}`, "gi");

/** Quotes that docomo's addresses need in a header (taro..yamada@docomo.ne.jp) are no part of them. */
export function bareAddress(address: string): string {
  return address.replace(QUOTED_LOCAL_FIRST, "$1@");
}

/** What a label leaves before an address: 「mail=taro@example.jp」, 「…taro@example.jp」. */
const GLUED = /^(?:(?:e-?)?mail(?:to)?[=/|]|\.{2,}|[=/|*#'`])*/i;
/** Of another script: the address goes on in it, except in Japanese, which sets no blank before one. */
const GOES_ON = /^(?![\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Han}])[\p{L}\p{N}\p{M}]/u;
const GOES_ON_BEFORE = /(?![\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Han}])[\p{L}\p{N}\p{M}]$/u;
const LOCAL_BEFORE = new RegExp(`${LOCAL_SIGN}$`, "i");
/** 「taro@example.com.Please」: the next sentence has lost its blank. */
const NEXT_SENTENCE = /@[^@A-Z]+\.[^@A-Z]+\.[A-Z][a-z]+$/;

/** Whether a pattern's match is only a piece of what was written; a piece may be a stranger's address. */
function isPiece(text: string, start: number, end: number): boolean {
  const [before, after] = [text.slice(Math.max(0, start - 2), start), text.slice(end, end + 2)];
  const address = text.slice(start, end);
  if (GOES_ON.test(after) || /^(?:@|\.[a-z0-9])/i.test(after) || NEXT_SENTENCE.test(address)) {
    return true;
  }
  // Masked by whoever shows it: ta***@mail.example, ***o@mail.example, ta...@mail.example
  const bare = address.replace(GLUED, "");
  if (/\*.*@|\.{3,}@|^@/.test(bare)) return true;
  if (/^\*{2}/.test(address) && !after.startsWith("*")) return true;
  if (bare !== address) return false;
  const isFull = address.indexOf("@") === LOCAL_LENGTH_MAX;
  return GOES_ON_BEFORE.test(before) || (isFull && LOCAL_BEFORE.test(before));
}

/** Every address in a text, in its order. */
export function emailsIn(text: string): string[] {
  const plain = legible(text).normalize("NFKC").replace(/[‘’]/g, "'").replace(QUOTED_LOCAL, "$1@");
  return matchesOf(plain, EMAIL)
    .filter(({ 0: address, index }) => !isPiece(plain, index, index + address.length))
    .map(([address]) => address.replace(GLUED, "").toLowerCase());
}

/** 090-1234-5678 · 03 - 0000 - 5678 · (03)1234-5678 · +81 (0)90-1234-5678 */
const PHONE =
  /(?<![\d-])(?:\+?81[ -]?(?:\(0\))?\d{1,4}|\(0\d{1,4}\)|0\d{1,4})[ -]{0,3}\d{1,4}[ -]{0,3}\d{3,4}(?![\d-])/;
const FOREIGN_PHONE = /(?<!\d)\+?\(?\d[\d ().-]{6,18}\d(?!\d)/;

/** Every dash a plain one. */
export function foldNumber(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212ー~]/g, "-")
    .replace(/\)-?(?=\d)/g, ")");
}

/** Digits only, as written: no country code is added or taken away. */
export function readPhone(raw: string): string | null {
  const text = foldNumber(raw);
  // "+66 2 000 0000" holds what looks like the end of a Japanese number.
  const isForeign = /^\D{0,20}\+(?!\s?81)\d/.test(text);
  for (const shape of isForeign ? [FOREIGN_PHONE] : [PHONE, FOREIGN_PHONE]) {
    const digits = shape.exec(text)?.[0].replace(/\D/g, "") ?? "";
    if (digits.length >= 9 && digits.length <= 15) return digits;
  }
  return null;
}

/** A number that can be nothing but a mobile phone's. */
export function readMobile(raw: string): string | null {
  const text = foldNumber(raw).trim();
  return /^0[5-9]0[ -]{0,3}\d{4}[ -]{0,3}\d{4}$/.test(text) ? readPhone(text) : null;
}

export function readAddress(raw: string): string | null {
  const address = foldBlanks(raw);
  if (address === "" || NOTHING.test(address) || address.length > 200) return null;
  // Damaged text, or the source of a page.
  return /\uFFFD|<\/?[a-z]/i.test(address) ? null : address;
}
