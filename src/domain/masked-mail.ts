// A mail as everything beyond its raw bytes keeps and shows it: without card numbers. It is read before:
// the digits that a mask leaves would be an order number or an amount that nobody wrote.

import { maskCardNumbers } from "./card-numbers.ts";
import type { RequestFields } from "./intake/contact-form.ts";
import type { Address, MailMessage } from "./mail-message.ts";
import type { MailReading } from "./mail-reading.ts";

/** What was read stays as it is: numbers, addresses, and the answers of staff with their references. */
export function withoutCardNumbers(reading: MailReading): MailReading {
  const { message, classification, fields, request } = reading;
  // Providers write no card numbers, but numbers of their own that staff look for.
  const isNotice = classification.kind === "provider_notice";
  const masked = messageWithout(message);
  const own = isNotice ? fields : fieldsWithout(fields, masked);
  // Mostly the very same, in all three places.
  const mask = (of: RequestFields) =>
    of === fields ? own : isNotice ? of : fieldsWithout(of, masked);
  return {
    ...reading,
    // A subject may be all of a command, or of a notice.
    message: isNotice || reading.answer !== null ? { ...masked, subject: message.subject } : masked,
    classification: {
      ...classification,
      fields: classification.fields === null ? null : mask(classification.fields),
    },
    fields: own,
    request: mask(request),
  };
}

function messageWithout(message: MailMessage): MailMessage {
  const { subject, text, html, attached, deliveryStatus } = message;
  return {
    ...message,
    from: message.from.map(addressWithout),
    replyTo: message.replyTo.map(addressWithout),
    to: message.to.map(addressWithout),
    subject: maskCardNumbers(subject),
    text: textWithout(text),
    html: textWithout(html),
    deliveryStatus: textWithout(deliveryStatus),
    attached: attached === null ? null : messageWithout(attached),
  };
}

function fieldsWithout(fields: RequestFields, { text, html }: MailMessage): RequestFields {
  const { name, kana, address, messageText, found } = fields;
  const places = Object.entries(found).map(([field, at]) => [
    field,
    { ...at, label: maskCardNumbers(at.label) },
  ]);
  return {
    ...fields,
    phone: phoneWithout(fields.phone, [text ?? "", html ?? "", maskCardNumbers(messageText)]),
    name: textWithout(name),
    kana: textWithout(kana),
    address: textWithout(address),
    messageText: maskCardNumbers(messageText),
    found: Object.fromEntries(places) as RequestFields["found"],
  };
}

/** A phone number that is a card's, too, is one only where a plus stands before it: 「+49 …」. */
function phoneWithout(phone: string | null, masked: readonly string[]): string | null {
  if (phone === null || maskCardNumbers(phone) === phone) return phone;
  const abroad = masked.flatMap((text) => text.normalize("NFKC").match(NUMBER_ABROAD) ?? []);
  return abroad.some((number) => number.replace(/\D/g, "") === phone) ? phone : null;
}

/** As people write one, with what stands between its digits. */
const NUMBER_ABROAD = /\+\d(?:[ ()./‐‑–—-]{0,3}\d)*/g;

function textWithout(text: string | null): string | null {
  return text === null ? null : maskCardNumbers(text);
}

function addressWithout({ name, address }: Address): Address {
  return { name: maskCardNumbers(name), address };
}
