// The end of the audit trail as the summaries quote it. It stands beside each summary in clear, so that
// the trail can be verified without the key, and after the summary's own words are gone.

import type { MailName } from "../domain/outgoing-mail.ts";

interface Quote {
  readonly date: string;
  readonly auditHead: string;
}

/** Null where the mail quotes none. */
export function quotedHeadOf(name: MailName, variables: unknown): string | null {
  if (name !== "summary") return null;
  const { date, auditHead } = variables as Partial<Quote>;
  return date === undefined || auditHead === undefined ? null : JSON.stringify({ date, auditHead });
}

export function readQuotedHead(text: string): Quote {
  return JSON.parse(text) as Quote;
}
