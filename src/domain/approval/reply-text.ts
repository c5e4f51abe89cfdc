// What a staff member wrote above, below or between the lines a mail client quotes. Whatever is cut
// here cannot stop an approval any more, so only lines known in full are cut; the rest stays, and
// the closed grammar (approval-words.ts) does not accept it.

import {
  attributionLength,
  isForward,
  isQuoted,
  markerAt,
  quoteHeaderLength,
  visible,
} from "../quote-layouts.ts";
import { hasReservation, isCourtesy, isNameLine } from "./courtesies.ts";

export { MARKER_EN, MARKER_JA } from "../quote-layouts.ts";

export interface ReplyBody {
  /** The decoded text/plain part; null where the message has none. */
  readonly text: string | null;
  /** What is left of the HTML without its quotes; suspicious: hidden, struck out or the like. */
  readonly htmlText: { readonly text: string; readonly suspicious: boolean } | null;
}

export interface WrittenText {
  readonly text: string;
  /** Why no answer may be read from it, or null. */
  readonly ambiguous: string | null;
}

/** With every quote of a long thread; nobody writes or reads more than this. */
const LENGTH_MAX = 50_000;

export function writtenText({ text, htmlText }: ReplyBody): WrittenText {
  const source = text ?? htmlText?.text ?? "";
  if (source.length > LENGTH_MAX) return { text: "", ambiguous: "too_long" };
  const lines = source.split(/\r\n|\r|\n/);
  const { segments, ambiguous } = withoutQuotes(lines, text === null);
  const parts = segments.map(withoutSignature);
  const written = withoutBlankEnds(parts.flatMap((part) => part.written)).join("\n");
  if (text === null && htmlText?.suspicious) return { text: written, ambiguous: "suspicious_html" };
  const doubt = parts.find((part) => part.ambiguous !== null)?.ambiguous ?? null;
  return { text: written, ambiguous: ambiguous ?? doubt };
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  const isWritten = (line: string) => line !== "";
  return lines.slice(lines.findIndex(isWritten), lines.findLastIndex(isWritten) + 1);
}

interface Unquoted {
  /** What stands before, between and after marked quotes. */
  readonly segments: readonly (readonly string[])[];
  readonly ambiguous: string | null;
}

/** What to do with the lines from here on. */
type Step =
  | { readonly kind: "write" }
  | { readonly kind: "skip"; readonly length: number }
  | { readonly kind: "end"; readonly ambiguous: string | null };

/** Where the HTML's quotes are gone already, what follows an attribution is not the quote. */
function withoutQuotes(lines: readonly string[], isQuoteGone: boolean): Unquoted {
  const isNamed = namedQuotes(lines);
  const marked = (line: string) => isQuoted(line) || isNamed(line);
  const segments: string[][] = [[]];
  const quotes: number[] = [];
  if (isSecondThought(lines.filter(marked))) return { segments, ambiguous: "text_inside_quote" };
  let at = 0;
  while (at < lines.length) {
    const step = (isQuoteGone ? attributionAt(lines, at) : null) ?? stepAt(lines, at, marked);
    if (step.kind === "end") return { segments, ambiguous: step.ambiguous };
    const line = lines[at] ?? "";
    if (step.kind === "skip") {
      if (marked(line)) quotes.push(segments.length);
      segments.push([]);
      at += step.length;
    } else {
      segments.at(-1)?.push(line);
      at += 1;
    }
  }
  return { segments, ambiguous: isWrittenBetween(segments, quotes) ? "text_inside_quote" : null };
}

function attributionAt(lines: readonly string[], at: number): Step | null {
  const length = attributionLength(lines, at);
  return length === 0 ? null : { kind: "skip", length };
}

/**
 * A client that marks a quote and then wraps it leaves the ends of its lines unmarked: they may be
 * the customer's words. So between quoted lines nobody's answer is read.
 */
function isWrittenBetween(segments: readonly string[][], quotes: readonly number[]): boolean {
  const [first, last] = [quotes[0], quotes.at(-1)];
  if (first === undefined || last === undefined) return false;
  return segments.slice(first, last).some((part) => part.some((line) => visible(line) !== ""));
}

function stepAt(lines: readonly string[], at: number, marked: (line: string) => boolean): Step {
  const line = lines[at] ?? "";
  const marker = markerAt(lines, at);
  const isWhole = marker !== null && !marker.crowded;
  if (marked(line)) return { kind: "skip", length: isWhole ? marker.length : 1 };
  if (marker !== null) {
    if (marker.crowded) return { kind: "end", ambiguous: "text_beside_marker" };
    return endAbove(lines.slice(at + marker.length));
  }
  if (isForward(line)) return { kind: "end", ambiguous: "forwarded" };
  const header = plainHeaderLength(lines, at);
  if (header === 0) return { kind: "write" };
  const below = lines.slice(at + header);
  const next = below.find((other) => visible(other) !== "");
  // A marked quote ends where its marks end, an unmarked one with the message.
  if (next !== undefined && marked(next)) return { kind: "skip", length: header };
  return endAbove(below);
}

function endAbove(below: readonly string[]): Step {
  return { kind: "end", ambiguous: isSecondThought(below) ? "text_below_quote_header" : null };
}

/** Beside the reservations, which know "don't" and 「しないで」. */
const NEGATION = /\b(?:not|never|no)\b|しない|ません|待[たちつて]/i;

/** No program announces a quote in words of doubt: the grammar shall read them, and ask back. */
function plainHeaderLength(lines: readonly string[], at: number): number {
  const length = quoteHeaderLength(lines, at);
  const text = lines
    .slice(at, at + length)
    .map(visible)
    .join("\n");
  return hasReservation(text) || NEGATION.test(text) ? 0 : length;
}

/**
 * Our request is never this short: so few lines in the place of a quote may be an answer whose quote
 * was deleted, or whose writer likes the sign. So a second thought among them counts.
 */
function isSecondThought(quoted: readonly string[]): boolean {
  const rest = quoted.map(visible).filter((line) => line !== "");
  return rest.length <= 3 && rest.some((line) => hasReservation(line));
}

const NAMED_QUOTE = /^\s*([^\s<>@:、。]{1,20})>(?:\s|$)/;

/** 「NAME> 」 as 秀丸メール and AL-Mail can quote; one such line alone may be anything. */
function namedQuotes(lines: readonly string[]): (line: string) => boolean {
  const counts = new Map<string, number>();
  const nameOf = (line: string) => NAMED_QUOTE.exec(line)?.[1];
  for (const name of lines.map(nameOf)) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (line) => (counts.get(nameOf(line) ?? "") ?? 0) >= 2;
}

const DEVICE =
  "iPhone|iPad|iPod|Android|Galaxy|Xperia|AQUOS|Pixel|Huawei|BlackBerry|Windows|Mac|Outlook|Gmail|Yahoo!?|Spark|Samsung|docomo|au|SoftBank|スマートフォン|スマホ|携帯(?:電話)?|タブレット|モバイル";
const DEVICE_LINES: readonly RegExp[] = [
  new RegExp(
    `^(?:(?:私の|マイ)?(?:${DEVICE})[ の版]*(?:(?:メール|Mail|アプリ|端末)[ の]*)*)+から送信(?:されました)?$`,
    "i",
  ),
  new RegExp(
    `^Sent (?:from|via|with)(?: (?:my|the|a|for|on|${DEVICE}|Mail|email|app|mobile|smart ?phone|phone|tablet|device|iOS|Pro|Max|\\d{1,3}))+$`,
    "i",
  ),
  /^(?:Get )?Outlook for (?:iOS|Android|Mac|Windows) ?(?:[<(]https:\/\/[^\s<>()]+[>)])? ?(?:を入手(?:する)?)? ?(?:[<(]https:\/\/[^\s<>()]+[>)])?$/i,
];
const DELIMITER = /^-- ?$/;
const RULE = /^[━─═=_*~+#◆◇■□●○★☆―—–┏┓┗┛┌┐└┘‐−-]{3,}$/;
const CONTACT =
  /(?:TEL|FAX|Phone|E-?mail|URL|電話|携帯|住所|〒)|https?:|www\.|@|\d{2,4}-\d{2,4}-\d{4}|株式会社|有限会社|合同会社|\(株\)|商店|ショップ|ストア|\b(?:Inc|Ltd|LLC|Co)\b/i;

function isDeviceLine(line: string): boolean {
  const text = visible(line).replace(/[。.]$/, "");
  return DEVICE_LINES.some((pattern) => pattern.test(text));
}

interface Signed {
  readonly written: readonly string[];
  readonly ambiguous: string | null;
}

function withoutSignature(segment: readonly string[]): Signed {
  // A line of invisible characters hides nothing; inside a word they stay and are found later.
  const lines = segment
    .filter((line) => !isDeviceLine(line))
    .map((line) => (visible(line) === "" ? "" : line));
  const start = lines.findIndex((line) => DELIMITER.test(line) || RULE.test(visible(line)));
  if (start === -1) return { written: lines, ambiguous: null };
  const above = lines.slice(0, start);
  const isRuled = !DELIMITER.test(lines[start] ?? "");
  const { signature, below } = isRuled
    ? ruledSignature(lines.slice(start))
    : { signature: lines.slice(start + 1), below: [] };
  const isDoubtful = signature.map(visible).some((line) => hasReservation(line));
  if (isDoubtful) return { written: above, ambiguous: "text_in_signature" };
  const isOpen = isRuled && !isSignature(signature);
  if (isOpen) return { written: above, ambiguous: "text_below_rule" };
  return { written: [...above, ...below], ambiguous: null };
}

/** From a rule to the last one, and on where contact details follow that (name between rules). */
function ruledSignature(lines: readonly string[]): { signature: string[]; below: string[] } {
  const last = lines.findLastIndex((line) => RULE.test(visible(line)));
  const tail = lines.slice(last + 1);
  const isTailSigned = tail.some((line) => CONTACT.test(visible(line)));
  return last === 0 || isTailSigned
    ? { signature: lines.slice(1), below: [] }
    : { signature: lines.slice(1, last + 1), below: tail };
}

/** What stands under or between rules is a signature only where it looks like one. */
function isSignature(lines: readonly string[]): boolean {
  const texts = lines.map(visible).filter((line) => line !== "" && !RULE.test(line));
  return (
    texts.some((line) => CONTACT.test(line)) ||
    texts.every((line) => isCourtesy(line) || isNameLine(line))
  );
}
