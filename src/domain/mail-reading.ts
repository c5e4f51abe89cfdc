// Everything that is read out of one mail, in one pass and without the database: what costs time on a
// hostile mail is here, so that it can be done away from the worker's loop.

import { readWords, type Words } from "./approval-words.ts";
import { type Classification, classify } from "./classify.ts";
import { type RequestFields, readRequest } from "./contact-form.ts";
import { isPlainlyForm } from "./form-body.ts";
import type { IntakeContext } from "./intake-context.ts";
import type { MailMessage } from "./mail-message.ts";
import { type ReplyBody, type WrittenText, writtenText } from "./reply-text.ts";

/** The shop's addresses as intake needs them, lower case. */
export interface ShopAddresses {
  /** SHOP_EMAIL; "" where it is not known. */
  readonly shop: string;
  readonly staff: readonly string[];
  readonly managers: readonly string[];
  /** FORM_FROM */
  readonly formFrom: readonly string[];
}

/** The two readings of an HTML body; null where the mail has a text body or none at all. */
export interface HtmlReadings {
  /** All that a person sees. */
  readonly whole: string;
  /** What stands outside quotes. */
  readonly reply: NonNullable<ReplyBody["htmlText"]>;
}

export interface MailReading {
  readonly message: MailMessage;
  readonly classification: Classification;
  /** Read as if a customer had written it, whatever kind of mail it is. */
  readonly fields: RequestFields;
  /** The fields, with the address of a staff member who asks for money: see `requestOf`. */
  readonly request: RequestFields;
  /** Read as if an approver had written it. */
  readonly written: WrittenText;
  readonly words: Words;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

export function readMail(
  message: MailMessage,
  html: HtmlReadings | null,
  shop: ShopAddresses,
): MailReading {
  const own = [shop.shop, ...shop.staff, ...shop.managers].filter((address) => address !== "");
  const context: IntakeContext = {
    ownAddresses: own,
    formFrom: shop.formFrom,
    shopDomain: domainOf(shop.shop),
    htmlText: html?.whole ?? null,
  };
  const classification = classify(message, context);
  const fields = classification.fields ?? readRequest(message, context);
  const written = writtenText({ text: message.text, htmlText: html?.reply ?? null });
  const names = message.from.map(({ name }) => name);
  return {
    message,
    classification,
    fields,
    request: requestOf(message, context, fields, shop),
    written,
    words: readWords(written.text, names),
  };
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
  const claimed = readRequest(message, { ...context, ownAddresses: [shop] });
  const { email } = claimed;
  // A form may send from a staff address; a mail that is no form was written by its author.
  const isAuthor = claimed.found.email?.part !== "from" || !isPlainlyForm(message, context);
  const isClaimed = email !== null && staff.includes(email) && isAuthor;
  return isClaimed ? { ...fields, email } : fields;
}
