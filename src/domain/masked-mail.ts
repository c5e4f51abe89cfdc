// A mail as everything beyond its raw bytes sees it: without card numbers.

import { maskCardNumbers } from "./card-numbers.ts";
import type { Address, MailMessage } from "./mail-message.ts";
import type { HtmlReadings } from "./mail-reading.ts";

export function withoutCardNumbers(message: MailMessage): MailMessage {
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
    attached: attached === null ? null : withoutCardNumbers(attached),
  };
}

export function htmlWithoutCardNumbers({ whole, reply }: HtmlReadings): HtmlReadings {
  return {
    whole: textWithout(whole),
    reply() {
      const read = reply();
      return read && { ...read, text: maskCardNumbers(read.text) };
    },
  };
}

function textWithout(text: string | null): string | null {
  return text === null ? null : maskCardNumbers(text);
}

function addressWithout({ name, address }: Address): Address {
  return { name: maskCardNumbers(name), address };
}
