// A customer's own words apart from the mail they answer or forward. Unlike the reading of approvals
// (reply-text.ts) nothing is at stake in a line too many, and a shop's mail quoted below may hold the
// only order number there is, so the quote is kept.

import { announcementLength, holdsMarker, isQuoted, markerAt } from "../quote-layouts.ts";
import { remembering } from "../remembering.ts";

export interface QuotedText {
  readonly own: string;
  readonly quoted: string;
}

export function unmark(line: string): string {
  return line.replace(/^(?:[\s\uFEFF]*[>＞])+ ?/, "");
}

export const splitQuote = remembering((text: string): QuotedText => {
  const lines = text.split(/\r\n|\r|\n/);
  // Wherever a marker is wrapped, the whole text holds it.
  const isMarked = holdsMarker(text);
  const quoteLength = (at: number) =>
    announcementLength(lines, at) || (isMarked ? (markerAt(lines, at)?.length ?? 0) : 0);
  const own: string[] = [];
  const quoted: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const isOfQuote = isQuoted(line);
    const length = isOfQuote ? 0 : quoteLength(at);
    if (length > 0) {
      const below = lines.slice(at + length);
      // A marked quote ends where its marks end, an unmarked one with the mail.
      if (!isQuoted(below.find((one) => one.trim() !== "") ?? "")) {
        quoted.push(...below);
        break;
      }
      at += length;
    } else {
      if (isOfQuote) quoted.push(unmark(line));
      else own.push(line);
      at += 1;
    }
  }
  return { own: own.join("\n").trim(), quoted: quoted.join("\n").trim() };
});
