// A raw mail to everything that is read out of it, on the thread that asks.

import type { MailMessage } from "../domain/mail-message.ts";
import {
  type HtmlReadings,
  type MailReading,
  readMail,
  type ShopAddresses,
} from "../domain/mail-reading.ts";
import { withoutCardNumbers } from "../domain/masked-mail.ts";
import { htmlToText, replyTextOfHtml } from "./html-text.ts";
import { readMessage } from "./message-reader.ts";

/** Throws PermanentError where the mail cannot be read. */
export async function readRawMail(raw: Uint8Array, shop: ShopAddresses): Promise<MailReading> {
  const message = await readMessage(raw);
  const { attached } = message;
  const withText = attached === null ? null : { ...attached, text: textOf(attached) };
  return withoutCardNumbers(
    readMail({ ...message, attached: withText }, readingsOf(message), shop),
  );
}

function textOf({ text, html }: MailMessage): string | null {
  return text ?? (html === null ? null : htmlToText(html));
}

/** "This message is in HTML." stands for a text in some mails: it speaks of the mail and how to see it. */
const OF_THE_MAIL =
  /(?:この|本|当)(?:メール|メッセージ)|HTML ?(?:形式|メール|版)|メール(?:ソフト|アプリ|クライアント)|\b(?:this|the|an?) (?:html )?(?:e-?mail|mail|message)\b|\byour (?:e-?mail|mail) (?:client|program|reader|software|app|viewer)\b|\bhtml (?:version|format)/i;
const TO_BE_SEEN = /html|browser|ブラウザ|表示/i;
/** Who asks for help with a browser in a few words is a customer, and these are the words. */
const OF_AN_ORDER =
  /注文|返金|返品|返送|払い?戻|キャンセル|取り?消|交換|購入|買[いっ]|届[いきか]|order|refund|cancel|return|purchase|bought|money|exchange|deliver/i;
const STUB_LENGTH_MAX = 300;

function isStub(text: string, html: string): boolean {
  if (text.trim().length > STUB_LENGTH_MAX || html.length <= text.length) return false;
  return OF_THE_MAIL.test(text) && TO_BE_SEEN.test(text) && !OF_AN_ORDER.test(text);
}

function readingsOf({ text, html }: MailMessage): HtmlReadings {
  if (html === null) return { whole: null, reply: () => null };
  const isShown = text === null || isStub(text, html);
  return { whole: isShown ? htmlToText(html) : null, reply: () => replyTextOfHtml(html) };
}
