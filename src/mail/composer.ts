// A draft to the bytes that are sent, the same bytes for the same draft: after a loss the message is
// sent again as it was, and a recipient's program shows one mail.

import { createHash } from "node:crypto";
import MimeComposer from "nodemailer/lib/mail-composer";
import { encodeWord } from "nodemailer/lib/mime-funcs";
import { accountingCsv, accountingFile } from "../domain/accounting-csv.ts";
import { PermanentError } from "../domain/errors.ts";
import type { SummaryVariables } from "../domain/summary-mail.ts";
import type { MailComposer, MailDraft } from "../ports.ts";
import type { RenderedMail, Templates } from "./templates.ts";

/** RFC 5322 2.1.1 allows 998 octets a line, and an identifier cannot be folded. */
const MAX_MESSAGE_ID = 900;
/** A thread is found by its first and its last messages; servers refuse endless headers. */
const MAX_REFERENCES = 20;

export function createMailComposer({ templates }: { templates: Templates }): MailComposer {
  return {
    compose: async (draft) => {
      const mail = templates.render(draft.name, draft.locale, draft.variables);
      return new Uint8Array(await mimeOf(draft, mail).compile().build());
    },
  };
}

function mimeOf(draft: MailDraft, mail: RenderedMail): MimeComposer {
  const files = filesOf(draft);
  const inReplyTo = draft.inReplyTo === null ? null : messageIdOf(draft.inReplyTo);
  const references = referencesOf(draft, inReplyTo);
  return new MimeComposer({
    from: { name: headerText(draft.from.name), address: addressOf(draft.from.address) },
    to: { name: "", address: addressOf(draft.to) },
    subject: encodedText(mail.subject),
    messageId: messageIdOf(draft.messageId) ?? refuse("Message-ID"),
    date: new Date(draft.date),
    ...(inReplyTo === null ? {} : { inReplyTo }),
    ...(references.length === 0 ? {} : { references }),
    headers: headersOf(draft),
    text: mail.text,
    html: mail.html,
    newline: "win",
    attachments: files,
    baseBoundary: digestOf(
      ...[draft.messageId, mail.text, mail.html],
      ...files.map(({ content }) => content),
    ),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Made of the draft's own rows, so that they are the same bytes each time. */
function filesOf({ name, variables, locale }: MailDraft) {
  if (name !== "summary") return [];
  const { ledger, date } = variables as SummaryVariables;
  return [
    {
      filename: accountingFile(date),
      contentType: "text/csv; charset=utf-8",
      content: accountingCsv(ledger, locale),
    },
  ];
}

/** Written by us alone, or by nodemailer: a second one would make the message mean two things. */
const OWN_HEADERS =
  /^(?:from|sender|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-.*|auto-submitted|x-auto-response-suppress)$/i;

function headersOf(draft: MailDraft): { key: string; value: string }[] {
  const extra = Object.entries(draft.headers).map(([key, value]) => {
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(key) || OWN_HEADERS.test(key)) refuse(key);
    return { key, value: encodedText(headerText(value)) };
  });
  return [
    // RFC 3834; the second asks Exchange's autoresponders for the same silence.
    { key: "Auto-Submitted", value: "auto-generated" },
    { key: "X-Auto-Response-Suppress", value: "All" },
    ...extra,
  ];
}

function refuse(header: string): never {
  throw new PermanentError("bad_header", { header: JSON.stringify(header) });
}

/** A line break in a value would begin a header of somebody else's choice. */
function headerText(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

/** nodemailer passes on what looks encoded already, and the recipient would read another text. */
function encodedText(value: string): string {
  return value.includes("=?") ? encodeWord(value, "B", 52) : value;
}

/** One address, never a list: what needs it, such as `a..b@docomo.ne.jp`, nodemailer quotes. */
function addressOf(address: string): string {
  const plain = address.replace(/[\p{Cc}\u2028\u2029<>]+/gu, "").trim();
  return /.@./.test(plain) ? plain : refuse("address");
}

/** With brackets; null where nothing of it can be sent. */
function messageIdOf(id: string): string | null {
  const bare = id.replace(/[^!-~]|[<>]/g, "");
  return bare === "" || bare.length > MAX_MESSAGE_ID ? null : `<${bare}>`;
}

function referencesOf(draft: MailDraft, inReplyTo: string | null): string[] {
  const all = [...draft.references.map(messageIdOf), inReplyTo].filter((id) => id !== null);
  const unique = [...new Set(all)];
  return unique.length <= MAX_REFERENCES
    ? unique
    : [...unique.slice(0, 1), ...unique.slice(1 - MAX_REFERENCES)];
}

function digestOf(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 24);
}
