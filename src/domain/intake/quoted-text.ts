// A customer's own words apart from the mail they answer or forward. Unlike the reading of approvals
// (reply-text.ts) nothing is at stake in a line too many, and a shop's mail quoted below may hold the
// only order number there is, so the quote is kept.

import { isForward, isQuoted, markerAt, quoteHeaderLength } from "../quote-layouts.ts";
import { remembering } from "../remembering.ts";

export interface QuotedText {
  readonly own: string;
  readonly quoted: string;
}

/** How many lines at this place announce a quote. */
function announcement(lines: readonly string[], at: number): number {
  const line = lines[at] ?? "";
  if (isForward(line)) {
    // Its header may begin after a blank line: 「Begin forwarded message:」.
    const start = lines[at + 1]?.trim() === "" ? at + 2 : at + 1;
    return start - at + quoteHeaderLength(lines, start);
  }
  return quoteHeaderLength(lines, at) || (markerAt(lines, at)?.length ?? 0);
}

export function unmark(line: string): string {
  return line.replace(/^(?:[\s\uFEFF]*[>＞])+ ?/, "");
}

export const splitQuote = remembering((text: string): QuotedText => {
  const lines = text.split(/\r\n|\r|\n/);
  const own: string[] = [];
  const quoted: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const length = isQuoted(line) ? 0 : announcement(lines, at);
    if (length > 0) {
      const below = lines.slice(at + length);
      const isMarked = isQuoted(below.find((one) => one.trim() !== "") ?? "");
      // A marked quote ends where its marks end, an unmarked one with the mail.
      if (!isMarked) {
        quoted.push(...below);
        break;
      }
      at += length;
    } else {
      if (isQuoted(line)) quoted.push(unmark(line));
      else own.push(line);
      at += 1;
    }
  }
  return { own: own.join("\n").trim(), quoted: quoted.join("\n").trim() };
});
