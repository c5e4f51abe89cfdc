// A raw mail to everything that is read out of it, on the thread that asks.

import type { MailMessage } from "../domain/mail-message.ts";
import {
  type HtmlReadings,
  type MailReading,
  readMail,
  type ShopAddresses,
} from "../domain/mail-reading.ts";
import { htmlToText, replyTextOfHtml } from "./html-text.ts";
import { readMessage } from "./message-reader.ts";

/** Throws PermanentError where the mail cannot be read. */
export async function readRawMail(raw: Uint8Array, shop: ShopAddresses): Promise<MailReading> {
  const message = await readMessage(raw);
  const { attached } = message;
  const withText = attached === null ? null : { ...attached, text: textOf(attached) };
  return readMail({ ...message, attached: withText }, readingsOf(message), shop);
}

function textOf({ text, html }: MailMessage): string | null {
  return text ?? (html === null ? null : htmlToText(html));
}

/** "This message is in HTML." stands for a text in some mails. */
const STUB = /html|browser|ブラウザ|表示でき/i;
const STUB_LENGTH_MAX = 300;

function isStub(text: string, html: string): boolean {
  return text.trim().length <= STUB_LENGTH_MAX && STUB.test(text) && html.length > text.length;
}

function readingsOf({ text, html }: MailMessage): HtmlReadings {
  if (html === null) return { whole: null, reply: null };
  if (text === null) return { whole: htmlToText(html), reply: replyTextOfHtml(html) };
  // An answer is read from its text part alone.
  return { whole: isStub(text, html) ? htmlToText(html) : null, reply: null };
}
