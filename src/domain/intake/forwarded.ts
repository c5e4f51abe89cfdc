// A customer's mail that a member of staff passes on. What counts is the mail inside; the words above
// it are the colleague's. Its sender is a claim like any From field, and decides nothing.

import { ourMessageIds } from "../delivery-status.ts";
import type { Address, MailMessage } from "../mail-message.ts";
import { isForward, isQuoted } from "../quote-layouts.ts";
import { emailsIn } from "./field-values.ts";
import { prefixesOf, readable, subjectText } from "./mail-text.ts";
import { unmark } from "./quoted-text.ts";
import { askingForAnswer } from "./recipient-block.ts";

const FIELD = /^[\s　]*\*?(差出人|送信者|送信元|From|件名|Subject)\*?[\s　]*[:：]?[\s　]*(.*)$/i;
const HEADER_LINES_MAX = 12;

/** 岡田真弓 <okada@mail.example> · 岡田真弓 [mailto:okada@mail.example] */
function readMailbox(text: string): Address {
  const words = text.split(/([\s<>[\]"]+)/);
  const at = words.findIndex((word) => /[@＠]/.test(word));
  const name = (at === -1 ? words : words.slice(0, at)).join("").replace(/["[\]<>]/g, "");
  const [address = ""] = emailsIn((words[at] ?? "").replace(/^mailto:/i, ""));
  return { name: name.trim(), address };
}

interface Inner {
  readonly from: Address;
  readonly subject: string;
  readonly text: string;
}

/** The header lines of the mail inside, from `start` on, and what follows them. */
function readInner(lines: readonly string[], start: number): Inner | null {
  let from: Address | null = null;
  let subject = "";
  let at = start;
  while (at < lines.length && (lines[at] ?? "").trim() === "") at += 1;
  for (const end = at + HEADER_LINES_MAX; at < end && (lines[at] ?? "").trim() !== ""; at += 1) {
    const [, name = "", value = ""] = FIELD.exec(lines[at] ?? "") ?? [];
    if (/件名|subject/i.test(name)) subject = value.trim();
    else if (name !== "") from ??= readMailbox(value);
  }
  if (from === null) return null;
  const text = lines.slice(at).join("\n").trim();
  return { from: withAddress(from, text), subject, text };
}

/**
 * Outlook may name the sender alone; where the text asks for the answer is as good a claim. Any other
 * address in it may be a friend's.
 */
function withAddress(from: Address, text: string): Address {
  if (from.address !== "") return from;
  const [told, second] = emailsIn(askingForAnswer(text));
  return told !== undefined && second === undefined ? { ...from, address: told } : from;
}

function inlineMail(text: string, isNamedForward: boolean): Inner | null {
  const lines = text.split(/\r\n|\r|\n/);
  const plain = lines.map((line) => (isQuoted(line) ? unmark(line) : line));
  const head = plain.findIndex(isForward);
  if (head !== -1) return readInner(plain, head + 1);
  if (!isNamedForward) return null;
  // Outlook sets a rule above the header, or nothing.
  const first = plain.findIndex((line) => /差出人|送信者|from/i.test(FIELD.exec(line)?.[1] ?? ""));
  return first === -1 ? null : readInner(plain, first);
}

function isOf(message: MailMessage, addresses: readonly string[]): boolean {
  return message.from.some(({ address }) => addresses.includes(address));
}

/**
 * The mail that `message` passes on, as if the customer had sent it; null where it passes on none.
 *
 * @param text the body that is read
 */
export function forwardedMail(
  message: MailMessage,
  text: string,
  shop: { readonly ownAddresses: readonly string[]; readonly shopDomain: string },
): MailMessage | null {
  const answers = ourMessageIds([...message.inReplyTo, ...message.references], shop.shopDomain);
  if (!isOf(message, shop.ownAddresses) || answers.length > 0) return null;
  const { attached } = message;
  if (attached !== null && !isOf(attached, shop.ownAddresses)) return attached;
  const inner = inlineMail(readable(text), prefixesOf(subjectText(message)).forwards);
  if (inner === null || shop.ownAddresses.includes(inner.from.address)) return null;
  return {
    ...message,
    inReplyTo: [],
    references: [],
    from: [inner.from],
    replyTo: [],
    subject: inner.subject,
    text: inner.text,
    html: null,
    headers: [],
  };
}
