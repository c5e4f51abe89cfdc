// What staff start by mail: 「返金 679 taro@example.com」 opens a ticket for a request that came by phone,
// 「一覧」 asks what is open. The whole mail has to be such a command; nothing here moves money.

import { normalizeOrderNumber } from "../order-number/order-number.ts";
import { readAside } from "./approval-words.ts";
import { NO_NAME } from "./courtesies.ts";

/** Under this kind such a mail is remembered, so that nobody takes it for a customer's. */
export const COMMAND_KIND = "staff_command";

export type StaffCommand =
  | { readonly kind: "list" }
  | {
      readonly kind: "open";
      readonly orderNumber: string;
      /** The customer's, lower case; null where none is given. */
      readonly email: string | null;
      readonly name: string | null;
    }
  /** It begins like one and goes on otherwise; a longer text is a mail of another kind. */
  | { readonly kind: "unclear" };

const LIST = /^(?:一覧|list)$/i;
const OPEN =
  /^(?:返金|refund)[\s:、,]+(?:注文(?:番号)?|order)?[\s:]*([^\s、,]+)(?:[\s、,]+(.*))?$/is;
/** With a figure, because "refund request" and 「返金 お願いします」 begin other mails. */
const BEGINS = /^(?:返金|refund)[\s:、,]+\S*\d/i;
const COMMAND_MAX = 100;
/** ASCII alone: a letter that only looks like one is another mailbox. */
const ADDRESS = /^[!-~]+@[a-z0-9.-]+\.[a-z0-9-]+$/i;
/** No hiragana: words that take something back end in it. */
const NAME = /^[\p{Script=Han}\p{Script=Katakana}A-Za-z ・ー'.-]{2,40}$/u;

/**
 * @param written what stands outside quote and signature (reply-text.ts)
 * @param subject read where the mail has no text of its own
 * @returns null where the mail is no command
 */
export function readCommand(
  written: string,
  subject: string,
  names: readonly string[],
): StaffCommand | null {
  const said = plain(written, names);
  const text = said === "" ? plain(subject, names) : said;
  if (LIST.test(text)) return { kind: "list" };
  const match = OPEN.exec(text);
  if (match === null) return null;
  const orderNumber = normalizeOrderNumber(match[1] ?? "");
  const customer = orderNumber === null ? null : customerIn(match[2] ?? "");
  if (orderNumber !== null && customer !== null) return { kind: "open", orderNumber, ...customer };
  return BEGINS.test(text) && text.length <= COMMAND_MAX ? { kind: "unclear" } : null;
}

/** The lines that say something, in one. */
function plain(text: string, names: readonly string[]): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) =>
    line
      .normalize("NFKC")
      .replace(/\s+/g, " ")
      .replace(/[\s。.!]+$/, "")
      .trim(),
  );
  return lines.filter((line) => line !== "" && !readAside(line, names)).join(" ");
}

/** An address and a name, each at most once and in either order; null where there is more. */
function customerIn(rest: string): { email: string | null; name: string | null } | null {
  const parts = rest.split(/[\s、,<>()]+/).filter((part) => part !== "");
  const emails = parts.filter((part) => part.includes("@"));
  const name = parts
    .filter((part) => !part.includes("@"))
    .join(" ")
    .replace(/(?:様|さま|さん)$/, "")
    .trim();
  const [email = null] = emails;
  if (emails.length > 1 || (email !== null && !ADDRESS.test(email))) return null;
  if (name !== "" && (!NAME.test(name) || NO_NAME.test(name))) return null;
  return { email: email?.toLowerCase() ?? null, name: name === "" ? null : name };
}
