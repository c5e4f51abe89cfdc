// Everything that is read out of one mail, in one pass and without the database: what costs time on a
// hostile mail is here, so that it can be done away from the worker's loop.

import { isSameAnswer, readWords, type Words } from "./approval/approval-words.ts";
import { type ReplyBody, type WrittenText, writtenText } from "./approval/reply-text.ts";
import { type AccountReading, readBankAccount } from "./bank-account.ts";
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

/** What the HTML of a mail says; null where there is none, `whole` also where the text part says it. */
export interface HtmlReadings {
  /** All that a person sees. */
  readonly whole: string | null;
  /** What stands outside quotes; worked out only for answers. */
  readonly reply: () => ReplyBody["htmlText"];
}

export interface MailReading {
  readonly message: MailMessage;
  readonly classification: Classification;
  /** Read as if a customer had written it, whatever kind of mail it is. */
  readonly fields: RequestFields;
  /** The fields, with the address of a staff member who asks for money: see `requestOf`. */
  readonly request: RequestFields;
  /** A contact form's notification, and no mail that its author wrote. */
  readonly isForm: boolean;
  /**
   * Whose mail it is, beyond what its text claims: its author, or the customer whose address the
   * shop's own form gives. Null where nobody can be named. Not authenticated.
   */
  readonly writtenBy: string | null;
  /** Whether it asks where the money is; also an answer to a mail of ours may. */
  readonly asksForStatus: boolean;
  /** What an answer of a customer says of his bank account; null where it says nothing of one. */
  readonly bankAccount: AccountReading | null;
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
    isForm: isPlainlyForm(source, of),
    writtenBy: writerOf(source, of, fields),
    asksForStatus:
      classification.kind === "customer_reply" && findStatusInquiry(fields.messageText) !== null,
    bankAccount:
      classification.kind === "customer_reply"
        ? readBankAccount(message.text ?? html.whole ?? "")
        : null,
    answer:
      shop.answersFrom === "anyone" ||
      message.from.some(({ address }) => shop.staff.includes(address))
        ? readAnswer(message, html)
        : null,
  };
}

/** A form of a third party could be anybody's who writes like one. */
function writerOf(message: MailMessage, context: IntakeContext, fields: RequestFields) {
  const author = message.from[0]?.address ?? null;
  if (author === null || !isPlainlyForm(message, context)) return author;
  const isOwnForm =
    context.formFrom.includes(author) || domainOf(author) === context.shopDomain.toLowerCase();
  return isOwnForm ? fields.email : author;
}

function readAnswer(message: MailMessage, html: HtmlReadings): MailReading["answer"] {
  const names = message.from.map(({ name }) => name);
  const read = (body: ReplyBody) => {
    const written = writtenText(body);
    return { written, words: readWords(written.text, names) };
  };
  const htmlText = html.reply();
  const said = read({ text: message.text, htmlText });
  if (message.text === null || htmlText === null) return said;
  // A mail program shows one part or the other, so a decision has to stand in both.
  // What is hidden in it is left out; a white name on a coloured ground, as in signatures, is no fault.
  const shown = read({ text: null, htmlText: { ...htmlText, suspicious: false } });
  const isSame = shown.written.ambiguous === null && isSameAnswer(said.words, shown.words);
  return isSame || said.words.kind === "ambiguous"
    ? said
    : { ...said, written: { ...said.written, ambiguous: "parts_disagree" } };
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
