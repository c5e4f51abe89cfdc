// Bytes to characters where the label is missing or wrong, as in mails of old Japanese systems.

import { TextDecoder } from "node:util";

/** Escape sequences of ISO-2022-JP that announce something else than ASCII. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
const JIS_ESCAPE = /\u001b(\$[@B]|\(I)/;

/** Japanese in UTF-8 that was read as windows-1252: ã, then two characters of its upper half. */
const UTF8_AS_WESTERN = /[\u00e2-\u00ef][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]{2}/;

/**
 * What is left of Shift_JIS that was read as UTF-8, of ISO-2022-JP that was read as ASCII, or of
 * UTF-8 that was read as a Western charset.
 */
export function looksMisread(text: string): boolean {
  return text.includes("\uFFFD") || JIS_ESCAPE.test(text) || UTF8_AS_WESTERN.test(text);
}

/** What forms send under these names is UTF-8 as often, and hardly any other text is valid as that. */
const WESTERN = /^(?:iso-8859-1|windows-1252|us-ascii|ascii|latin1)$/;

/** As the label says, if it can be true; else what the bytes look like. */
export function decodeBytes(bytes: Buffer, label: string | null): string {
  const latin1 = bytes.toString("latin1");
  if (!latin1.includes("\u001b") && !/[\u0080-\u00ff]/.test(latin1)) return latin1;
  if (isJis(latin1)) return decodeJis(latin1);
  const lossy = bytes.toString("utf8");
  const guesses = isMostlyBroken(lossy) ? ["utf-8", "shift_jis"] : ["utf-8"];
  const name = standardName(label);
  const labelled = name === "" ? [] : [name];
  for (const charset of WESTERN.test(name) ? ["utf-8", name] : [...labelled, ...guesses]) {
    const text = tryDecode(bytes, charset);
    if (text !== null) return text;
  }
  return lossy;
}

/** One cut character does not make a UTF-8 text Shift_JIS, which would accept most of its bytes. */
function isMostlyBroken(lossy: string): boolean {
  const broken = lossy.split("\uFFFD").length - 1;
  return broken > 0 && broken * 4 > (lossy.match(/[^\p{ASCII}]/gu)?.length ?? 0);
}

/** From bytes that stand for one character each. */
export function fromUtf8(latin1: string): string {
  if (!/[\u0080-\uffff]/.test(latin1)) return latin1;
  return tryDecode(Buffer.from(latin1, "latin1"), "utf-8") ?? latin1;
}

/**
 * Raw ISO-2022-JP in a header, its characters still bytes, as UTF-8 bytes: `(B` would otherwise begin
 * a comment, and half a character may look like a bracket.
 */
export function withoutRawJis(latin1: string): string {
  if (!latin1.includes("\u001b")) return latin1;
  return isJis(latin1) ? Buffer.from(decodeJis(latin1), "utf8").toString("latin1") : latin1;
}

const ENCODED_WORD = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi;

/**
 * A header's text (RFC 2047) on one line: decoded words may carry line breaks, which must not reach
 * a header of ours. Neighbours of one charset are joined before decoding, because some mailers cut
 * them inside a character.
 */
export function readable(value: string): string {
  return onOneLine(isPlain(value) ? value : decodeWords(value));
}

/** ASCII without encoded words, as most are. */
function isPlain(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins raw ISO-2022-JP
  return !/[^\u0000-\u007f]|\u001b|=\?/.test(value);
}

function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim();
}

function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, "$1");
  const pieces: { charset: string | null; bytes: Buffer[] }[] = [];
  const add = (charset: string | null, bytes: Buffer) => {
    if (bytes.length === 0) return;
    if (pieces.at(-1)?.charset === charset) pieces.at(-1)?.bytes.push(bytes);
    else pieces.push({ charset, bytes: [bytes] });
  };
  let end = 0;
  for (const match of joined.matchAll(ENCODED_WORD)) {
    const [word, charset = "", encoding = "", data = ""] = match;
    add(null, Buffer.from(joined.slice(end, match.index), "latin1"));
    add(charset.toLowerCase(), decodeWord(encoding, data));
    end = match.index + word.length;
  }
  add(null, Buffer.from(joined.slice(end), "latin1"));
  return pieces.map(({ charset, bytes }) => decodeBytes(Buffer.concat(bytes), charset)).join("");
}

function decodeWord(encoding: string, data: string): Buffer {
  if (encoding.toLowerCase() === "b") return Buffer.from(data, "base64");
  const text = data
    .replaceAll("_", " ")
    .replace(/=([0-9a-f]{2})/gi, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, "latin1");
}

function isJis(latin1: string): boolean {
  return JIS_ESCAPE.test(latin1) && !/[\u0080-\u00ff]/.test(latin1);
}

function decodeJis(latin1: string): string {
  // The Encoding Standard calls an escape sequence right after another one an error; mailers write
  // them, and joining encoded words makes more.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  const settled = latin1.replace(/(?:\u001b[$(].)+(?=\u001b[$(])/g, "");
  return new TextDecoder("iso-2022-jp").decode(Buffer.from(settled, "latin1"));
}

/** Names of Microsoft and Java for what the Encoding Standard calls otherwise. */
const CHARSET_ALIASES: readonly (readonly [RegExp, string])[] = [
  [/^(cp-?9[34]2|ms-?932)/, "shift_jis"],
  [/^(eucjp|cp51932)/, "euc-jp"],
];

function standardName(label: string | null): string {
  const name = label?.trim().toLowerCase() ?? "";
  return CHARSET_ALIASES.find(([pattern]) => pattern.test(name))?.[1] ?? name;
}

/** Making one takes longer than most texts. */
const DECODERS = new Map<string, TextDecoder>();

/** Null where the bytes are not valid in that charset. */
function tryDecode(bytes: Buffer, charset: string): string | null {
  try {
    const decoder = DECODERS.get(charset) ?? new TextDecoder(charset, { fatal: true });
    DECODERS.set(charset, decoder);
    return decoder.decode(bytes);
  } catch {
    // One that has stopped inside a text may be left in the middle of it.
    DECODERS.delete(charset);
    return null;
  }
}
