// Raw bytes to a MailMessage. mailparser does the MIME work; headers are read here, because it keeps
// only the last of several From fields and takes an unreadable Date for "now".

import { hash } from "node:crypto";
import { type Attachment, type ParsedMail, simpleParser } from "mailparser";
import addressparser from "nodemailer/lib/addressparser";
import { PermanentError } from "../domain/errors.ts";
import {
  type Address,
  GARBAGE_FIELD,
  type HeaderField,
  type MailMessage,
} from "../domain/mail-message.ts";
import { matchesOf } from "../domain/matches.ts";
import { withoutBlankRuns } from "./blank-runs.ts";
import { decodeBytes, fromUtf8, looksMisread, readable, withoutRawJis } from "./charset.ts";
import { withoutFlowed } from "./flowed.ts";
import { contentOf, readHeader } from "./message-header.ts";

/** As much as the inbox hands over whole. */
const MAX_BYTES = 25 * 1024 * 1024;
const MAX_HEADER_BYTES = 1024 * 1024;
/** Lines that begin as those between parts do, whether side by side or within one another. */
const MAX_DELIMITERS = 2_000;
/** Longer address fields are no mail of a customer, and parsing them takes seconds. */
const MAX_ADDRESS_FIELD = 65_536;

const PARSER_OPTIONS = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  // As attachments: neither a bounce's report nor a forwarded mail is the sender's own text.
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  // The one that identity needs.
  checksumAlgo: "sha256",
};

/** Throws PermanentError where the message cannot be read. */
export function readMessage(raw: Uint8Array): Promise<MailMessage> {
  return read(raw, true);
}

async function read(raw: Uint8Array, withAttached: boolean): Promise<MailMessage> {
  const given = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  checkLimits(given);
  const { bytes, unfold } = withoutFlowed(withoutBlankRuns(given));
  const header = readHeader(bytes);
  const { fields } = header;
  const parsed = await parse(contentOf(header));
  if (fields.every(({ name }) => name === GARBAGE_FIELD)) {
    throw new PermanentError("unreadable_message");
  }
  const values = (name: string) => fields.filter((f) => f.name === name).map((f) => f.value);
  const hasType = fields.some(({ name }) => name === "content-type");
  const read = await readBodies(parsed, () => rawTextParts(bytes, hasType, parsed));
  const bodies = { ...read, text: read.text === null ? null : (unfold?.(read.text) ?? read.text) };
  return {
    messageId: messageIds(values("message-id").slice(0, 1))[0] ?? null,
    inReplyTo: messageIds(values("in-reply-to")),
    references: messageIds(values("references")),
    from: addresses(values("from"), { keepUnreadable: true }),
    replyTo: addresses(values("reply-to"), { keepUnreadable: false }),
    to: addresses(values("to"), { keepUnreadable: false }),
    subject: readable(values("subject")[0] ?? ""),
    date: parseDate(values("date")[0]),
    ...bodies,
    headers: fields.map(({ name, value }) => ({ name, value: fromUtf8(value) })),
    deliveryStatus: deliveryStatus(parsed, values("content-type")[0] ?? ""),
    attached: withAttached ? await attachedMessage(parsed, values("content-type")[0] ?? "") : null,
    returnedMessageIds: returnedMessageIds(parsed.attachments),
    identity: identity(fields, bodies, parsed.attachments),
  };
}

/** Refuses what no mail program writes, before the parser spends its time on it. */
function checkLimits(bytes: Buffer): void {
  if (bytes.length > MAX_BYTES) {
    throw new PermanentError("too_large");
  }
  const head = bytes.subarray(0, MAX_HEADER_BYTES + 4);
  const isEnded = () => head.includes("\n\n") || head.includes("\n\r\n");
  if (bytes.length > MAX_HEADER_BYTES && !isEnded()) {
    throw new PermanentError("header_too_large");
  }
  let delimiters = 0;
  for (let at = bytes.indexOf("\n--"); at !== -1; at = bytes.indexOf("\n--", at + 3)) {
    delimiters += 1;
    if (delimiters > MAX_DELIMITERS) {
      throw new PermanentError("too_many_parts");
    }
  }
}

type Contents = Pick<ParsedMail, "text" | "html" | "attachments">;

async function parse(bytes: Buffer): Promise<Contents> {
  try {
    return await simpleParser(bytes, PARSER_OPTIONS);
  } catch {
    // The cause may quote the message, which is personal data.
    throw new PermanentError("unreadable_message");
  }
}

const BRACKETED = /<([^<>\p{Cc}]{1,998})>/gu;

function messageIds(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const bracketed = matchesOf(value, BRACKETED).map(([, id = ""]) => id.replace(/\s+/g, ""));
    if (bracketed.length > 0) return bracketed;
    return value.split(/\s+/).filter((word) => /^[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+$/u.test(word));
  });
}

/**
 * Every mailbox of every field. `keepUnreadable` leaves an entry without an address for what is no
 * mailbox, so that "exactly one From" cannot be reached by writing the second one badly.
 */
function addresses(values: readonly string[], options: { keepUnreadable: boolean }): Address[] {
  return values.flatMap((value) => {
    const entries = mailboxesOf(value).map(({ name, address }) => ({
      name: readable(name),
      // Never decoded: RFC 2047 section 5 forbids encoded-words in an addr-spec.
      address: fromUtf8(address).toLowerCase(),
    }));
    if (!options.keepUnreadable) return entries.filter((entry) => entry.address !== "");
    return entries.length > 0 ? entries : [{ name: "", address: "" }];
  });
}

const MAILBOX_NAME = "[\\w=?+/-]+(?: [\\w=?+/-]+)*";
const MAILBOX_ADDRESS = "[a-z0-9][\\w.+-]*@[a-z0-9][a-z0-9.-]*";
/** One address, with words before it that need no quotes; the parser goes sign by sign. */
const ONE_MAILBOX = new RegExp(
  `^(?:(${MAILBOX_NAME}) <(${MAILBOX_ADDRESS})>|(${MAILBOX_ADDRESS}))$`,
  "i",
);

function mailboxesOf(value: string): { name: string; address: string }[] {
  if (value.length > MAX_ADDRESS_FIELD) return [];
  const [whole, name = "", named, bare = ""] = ONE_MAILBOX.exec(value) ?? [];
  if (whole !== undefined) return [{ name, address: named ?? bare }];
  return addressparser(withoutRawJis(value), { flatten: true });
}

function parseDate(value: string | undefined): number | null {
  // RFC 5322 3.3 allows comments, "(JST)".
  const at = Date.parse((value ?? "").replace(/\([^()]*\)/g, " "));
  return Number.isNaN(at) ? null : at;
}

interface Bodies {
  readonly text: string | null;
  readonly html: string | null;
}

async function readBodies(
  parsed: Contents,
  rawParts: () => Promise<Attachment[]>,
): Promise<Bodies> {
  // mailparser joins the parts, with a line break for each text part among the HTML ones.
  const html = parsed.html ? parsed.html.replace(/^(<br\/>\n)+/, "") : null;
  const written = parsed.text ?? null;
  const text = html !== null && written?.trim() === "" ? null : written;
  const misread = { text: looksMisread(text ?? ""), html: looksMisread(html ?? "") };
  if (!misread.text && !misread.html) return { text, html };
  const parts = await rawParts();
  const decoded = (type: string) => {
    const found = parts.filter((part) => part.contentType === type);
    if (found.length === 0) return null;
    return found
      .map((part) => decodeBytes(part.content, charsetOf(part)).replaceAll("\r\n", "\n"))
      .join("\n");
  };
  return {
    text: misread.text ? (decoded("text/plain") ?? text) : text,
    html: misread.html ? (decoded("text/html") ?? html) : html,
  };
}

/**
 * The bytes of the text parts: old form mailers send Shift_JIS or ISO-2022-JP under no charset or a
 * wrong one, and mailparser has no way to hand out a body undecoded, except as an attachment.
 */
async function rawTextParts(
  bytes: Buffer,
  hasType: boolean,
  first: Contents,
): Promise<Attachment[]> {
  const declared = bytes
    .toString("latin1")
    .replace(/^content-disposition:[ \t]*inline/gim, "Content-Disposition: attachment")
    .replace(
      /^content-type:[ \t]*text\/(plain|html)\b/gim,
      "Content-Disposition: attachment\r\n$&",
    );
  const prefix = hasType ? "" : "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n";
  const second = await parse(Buffer.from(prefix + declared, "latin1"));
  const attached = new Set(first.attachments.map((part) => part.partId));
  return second.attachments.filter((part) => !attached.has(part.partId));
}

function charsetOf(part: Attachment): string | null {
  const type = part.headers.get("content-type");
  if (typeof type !== "object" || !("params" in type)) return null;
  return type.params["charset"] ?? null;
}

async function attachedMessage(parsed: Contents, contentType: string): Promise<MailMessage | null> {
  const part = parsed.attachments.find((each) => each.contentType === "message/rfc822");
  if (part === undefined || /^multipart\/report\b/i.test(contentType)) return null;
  try {
    return await read(part.content, false);
  } catch {
    // The mail around it can be read all the same.
    return null;
  }
}

// RFC 3462; the "global" ones are those of internationalised mail (RFC 6533).
const RETURNED_TYPE = /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/;
const DELIVERY_STATUS_TYPE = /^message\/(global-)?delivery-status$/;

function deliveryStatus(parsed: Contents, contentType: string): string | null {
  if (!/^multipart\/report\b/i.test(contentType)) return null;
  const part = parsed.attachments.find((each) => DELIVERY_STATUS_TYPE.test(each.contentType));
  return part ? decodeBytes(part.content, null).replaceAll("\r\n", "\n") : null;
}

function returnedMessageIds(attachments: readonly Attachment[]): string[] {
  const returned = attachments.filter((each) => RETURNED_TYPE.test(each.contentType));
  return returned.flatMap(({ content }) => {
    const text = content.toString("latin1", 0, MAX_ADDRESS_FIELD).trimStart();
    const [head = ""] = text.split(/\r?\n\r?\n/, 1);
    const fields = head.matchAll(/^message-id[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/gim);
    return messageIds([...fields].map(([, value = ""]) => value));
  });
}

const IDENTITY_FIELDS = new Set(["message-id", "date", "from", "subject"]);

/**
 * Parts count as decoded, because a relay may turn base64 into quoted-printable; blanks at line
 * ends do not count, because it may drop them too.
 */
function identity(
  headers: readonly HeaderField[],
  bodies: Bodies,
  attachments: readonly Attachment[],
): string {
  const fields = headers
    .filter((field) => IDENTITY_FIELDS.has(field.name))
    .map((field) => [field.name, field.value.replace(/\s+/g, " ")])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0));
  const parts = attachments.map(({ contentType, filename = null, checksum }) => {
    return [contentType, filename, checksum];
  });
  const all = [fields, settled(bodies.text), settled(bodies.html), parts];
  return `v1:${hash("sha256", JSON.stringify(all))}`;
}

function settled(body: string | null): string | null {
  // As most are, but for the end.
  if (body === null || !/[^\S\n]\n/.test(body)) return body?.trimEnd() ?? null;
  const lines = body.split("\n").map((line) => line.trimEnd());
  return lines.join("\n").trimEnd();
}
