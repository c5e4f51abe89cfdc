// Everything that is read out of one mail, in one pass and without the database: what costs time on a
// hostile mail is here, so that it can be done away from the worker's loop.

import { readWords, type Words } from "./approval/approval-words.ts";
import { type ReplyBody, type WrittenText, writtenText } from "./approval/reply-text.ts";
import { type Classification, classify } from "./intake/classify.ts";
import { type RequestFields, readRequest } from "./intake/contact-form.ts";
import { isPlainlyForm } from "./intake/form-body.ts";
import { forwardedMail } from "./intake/forwarded.ts";
import type { IntakeContext } from "./intake/intake-context.ts";
import { findStatusInquiry } from "./intake/status-inquiry.ts";
import { domainOf, type MailMessage } from "./mail-message.ts";

/** The shop's addresses as intake needs them, lower case. */
export interface ShopAddresses {
  /** SHOP_EMAIL; "" where it is not known. */
  readonly shop: string;
  readonly staff: readonly string[];
  readonly managers: readonly string[];
  /** FORM_FROM */
  readonly formFrom: readonly string[];
  /** Whose words are read as an approver's. */
  readonly answersFrom: "shop" | "anyone";
}

/** What the HTML of a mail says; null where its text part says it, or where there is none. */
export interface HtmlReadings {
  /** All that a person sees. */
  readonly whole: string | null;
  /** What stands outside quotes. */
  readonly reply: ReplyBody["htmlText"];
}

export interface MailReading {
  readonly message: MailMessage;
  readonly classification: Classification;
  /** Read as if a customer had written it, whatever kind of mail it is. */
  readonly fields: RequestFields;
  /** The fields, with the address of a staff member who asks for money: see `requestOf`. */
  readonly request: RequestFields;
  /** Whether it asks where the money is; also an answer to a mail of ours may. */
  readonly asksForStatus: boolean;
  /** Read as if an approver had written it; null where nobody's answer is to be read. */
  readonly answer: { readonly written: WrittenText; readonly words: Words } | null;
}

export function readMail(
  message: MailMessage,
  html: HtmlReadings,
  shop: ShopAddresses,
): MailReading {
  const own = [shop.shop, ...shop.staff, ...shop.managers].filter((address) => address !== "");
  const context: IntakeContext = {
    ownAddresses: own,
    formFrom: shop.formFrom,
    shopDomain: domainOf(shop.shop),
    htmlText: html.whole,
    attachedText: message.attached?.text ?? null,
  };
  const forwarded = forwardedMail(message, context.htmlText ?? message.text ?? "", context);
  const source = forwarded ?? message;
  const of = forwarded === null ? context : { ...context, htmlText: null, attachedText: null };
  const classification = classify(source, of);
  const fields = classification.fields ?? readRequest(source, of);
  return {
    message,
    classification,
    fields,
    request: requestOf(source, of, fields, shop),
    asksForStatus:
      classification.kind === "customer_reply" && findStatusInquiry(fields.messageText) !== null,
    answer:
      shop.answersFrom === "anyone" || message.from.some(({ address }) => own.includes(address))
        ? readAnswer(message, html)
        : null,
  };
}

function readAnswer(message: MailMessage, html: HtmlReadings): MailReading["answer"] {
  const written = writtenText({ text: message.text, htmlText: html.reply });
  const names = message.from.map(({ name }) => name);
  return { written, words: readWords(written.text, names) };
}

function mentions(
  { from, replyTo, text }: MailMessage,
  { htmlText }: IntakeContext,
  addresses: readonly string[],
): boolean {
  const senders = [...from, ...replyTo].map(({ address }) => address);
  const body = (htmlText ?? text ?? "").normalize("NFKC").toLowerCase();
  return addresses.some((address) => senders.includes(address) || body.includes(address));
}

/**
 * Intake never takes an address of the shop for a customer's. A staff member who asks for money in
 * the form is still the requester, who may not decide: no mail goes there, but it is remembered.
 */
function requestOf(
  message: MailMessage,
  context: IntakeContext,
  fields: RequestFields,
  { shop, staff }: ShopAddresses,
): RequestFields {
  if (!mentions(message, context, staff)) return fields;
  const claimed = readRequest(message, { ...context, ownAddresses: [shop] });
  const { email } = claimed;
  // A form may send from a staff address; a mail that is no form was written by its author.
  const isAuthor = claimed.found.email?.part !== "from" || !isPlainlyForm(message, context);
  const isClaimed = email !== null && staff.includes(email) && isAuthor;
  return isClaimed ? { ...fields, email } : fields;
}
