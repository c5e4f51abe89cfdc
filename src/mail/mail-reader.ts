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
  return readMail(message, readingsOf(message), shop);
}

function readingsOf({ text, html }: MailMessage): HtmlReadings | null {
  if (text !== null || html === null) return null;
  return { whole: htmlToText(html), reply: replyTextOfHtml(html) };
}
