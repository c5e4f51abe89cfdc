// RFC 3834: whether a machine sent this mail, and whether a machine may answer it. Vacation
// responders keep to the RFC less often than to a few habits, which are listed here as well.

import { isUnread } from "./intake/machine-address.ts";
import { headerValues, type MailMessage } from "./mail-message.ts";

export interface AutomaticMail {
  readonly automatic: boolean;
  /** Which sign of it, for logs and `parse --explain`. */
  readonly reason: string | null;
}

/** A header's value without comment and parameters: `auto-replied; owner-email=…`. */
function keyword(value: string): string {
  return (
    value
      .replace(/\([^()]*\)/g, "")
      .split(";")[0]
      ?.trim()
      .toLowerCase() ?? ""
  );
}

function hasKeyword(message: MailMessage, name: string, test: (word: string) => boolean): boolean {
  return headerValues(message, name).some((value) => test(keyword(value)));
}

/** Set by responders only; a mail a person wrote has none of them. */
const RESPONDER_HEADERS = [
  "x-autoreply",
  "x-autorespond",
  "x-autoresponder",
  "x-autoreply-from",
  "x-mail-autoreply",
];

const BULK = new Set(["bulk", "list", "junk", "auto_reply", "auto-reply"]);

/** Customers write of 不在票 (a delivery slip) and of 自動返信メールが届かない in subjects of their own. */
const SUBJECT =
  /^(?:re: *|\[[^\]]{0,40}\] *)*(?:【?(?:自動応答|自動返信|自動回答)(?!(?:メール)?[がをはの])|不在(?!票|通知票|配達|時)|【不在|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|out of (?:the )?office)/i;

const SIGNS: readonly {
  readonly reason: string;
  readonly shows: (message: MailMessage) => boolean;
}[] = [
  // RFC 3834 §5: every value but "no".
  {
    reason: "auto-submitted",
    shows: (message) => hasKeyword(message, "auto-submitted", (word) => word !== "no"),
  },
  {
    reason: "delivery-report",
    shows: (message) => hasKeyword(message, "content-type", (word) => word === "multipart/report"),
  },
  {
    reason: "empty-return-path",
    shows: (message) => headerValues(message, "return-path").some((path) => /^\s*<\s*>/.test(path)),
  },
  {
    reason: "autoreply-header",
    shows: (message) =>
      RESPONDER_HEADERS.some((name) => hasKeyword(message, name, (word) => word !== "no")),
  },
  {
    reason: "precedence",
    shows: (message) => hasKeyword(message, "precedence", (word) => BULK.has(word)),
  },
  { reason: "list-id", shows: (message) => headerValues(message, "list-id").length > 0 },
  {
    reason: "subject",
    shows: ({ subject }) => SUBJECT.test(subject.normalize("NFKC").trim()),
  },
];

export function automaticMail(message: MailMessage): AutomaticMail {
  const sign = SIGNS.find(({ shows }) => shows(message));
  return { automatic: sign !== undefined, reason: sign?.reason ?? null };
}

const LIST_KEEPER = /^(?:owner-[^@]*|[^@]*-request)@/;

/**
 * Whether an automatic answer is allowed. X-Auto-Response-Suppress alone says nothing about who
 * wrote the mail (form mailers set it on real enquiries), but it does ask for silence.
 */
export function mayBeAnswered(message: MailMessage): boolean {
  if (automaticMail(message).automatic) return false;
  const suppressed = headerValues(message, "x-auto-response-suppress").some(
    (value) => !/^\s*none\s*$/i.test(value),
  );
  const [from] = message.from;
  return (
    !suppressed && from !== undefined && !isUnread(from.address) && !LIST_KEEPER.test(from.address)
  );
}
