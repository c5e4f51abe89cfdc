// A request's own header that repeats what it asks, so that `henkin decide --request` can read an
// answer in its light. Percent-encoded JSON: one line of ASCII, as RFC 5322 wants it.

import type { Request } from "./decision.ts";

export const QUESTION_HEADER = "X-Henkin-Question";

export function writeQuestion(request: Request): string {
  return encodeURIComponent(JSON.stringify(request));
}

/** Null where the value is not one of ours. */
export function readQuestion(value: string | undefined): Request {
  if (value === undefined) return null;
  try {
    // Folding put blanks into it; the encoding itself has none.
    const read: unknown = JSON.parse(decodeURIComponent(value.replace(/\s+/g, "")));
    const isRequest =
      typeof read === "object" && read !== null && "kind" in read && isKind(read.kind);
    return isRequest ? (read as Request) : null;
  } catch {
    return null;
  }
}

function isKind(kind: unknown): boolean {
  return ["proposal", "candidates", "deposit", "task"].includes(String(kind));
}
