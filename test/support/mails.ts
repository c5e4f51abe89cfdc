// Raw mails as they lie in a shop's mailbox: contact forms, customers, staff, machines.

import { randomUUID } from "node:crypto";
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { plant } from "./log-guard.ts";

export type MailCharset = "utf-8" | "iso-2022-jp";

/** What every builder takes; what is left out gets a plausible value. */
export interface MailOptions {
  from?: string;
  to?: string;
  subject?: string;
  date?: Date;
  messageId?: string;
  charset?: MailCharset;
  /** The receiving server's verdict, stamped at the very top; null: a server that stamps none. */
  authenticationResults?: string | null;
  /** Further fields; one that exists already is replaced. */
  headers?: Record<string, string>;
}

/** The name of the receiving server in the Authentication-Results of these mails. */
export const AUTHSERV_ID = "mx.shop.example.jp";

export function dmarcPass(domain: string): string {
  const spf = `spf=pass smtp.mailfrom=${domain}`;
  const verdicts = [`dkim=pass header.d=${domain}`, spf, `dmarc=pass header.from=${domain}`];
  return [AUTHSERV_ID, ...verdicts].join(";\r\n ");
}

const SHOP = "shop@shop.example.jp";
const SITE = "Shibuya Store https://shop.example.jp";

export interface ContactFormOptions extends MailOptions {
  layout?: "cf7-ja" | "cf7-en";
  name?: string;
  email?: string;
  phone?: string;
  address?: string;
  orderNumber?: string;
  message?: string;
}

/** The notification a shop's Contact Form 7 sends to the shop. */
export function contactForm({
  layout = "cf7-ja",
  name = layout === "cf7-ja" ? "田中太郎" : "Taro Tanaka",
  email = "taro@customer.example.jp",
  phone = "000-0000-0000",
  address = "東京都渋谷区渋谷1",
  orderNumber = "678",
  message,
  subject = layout === "cf7-ja" ? "お問い合わせ" : "Refund request",
  ...mail
}: ContactFormOptions = {}): Buffer {
  const ja = `差出人: ${name} ${email}
題名: ${subject}

お名前: ${name}
住所: ${address}
電話番号: ${phone}
メールアドレス: ${email}

メッセージ本文:
注文番号: ${orderNumber}
${message ?? "上記注文番号の注文をキャンセルしたいです。\n返金の処理をお願いいたします。"}

-- 
このメールは お問い合わせフォームから送信されました
`;
  const en = `From: ${name} ${email}
Subject: ${subject}

Message Body:
Order number: ${orderNumber}
${message ?? "I would like to cancel this order. Please refund the payment."}

-- 
This is a notification that a contact form was submitted on your website (${SITE}).
`;
  return compose({
    from:
      layout === "cf7-ja" ? "渋谷商店 <wordpress@shop.example.jp>" : "wordpress@shop.example.jp",
    subject,
    authenticationResults: null,
    ...mail,
    text: layout === "cf7-ja" ? ja : en,
    standard: { "Reply-To": email, "X-Mailer": "PHPMailer 6.9.1 (https://github.com/PHPMailer)" },
  });
}

/** A customer writes without a form. */
export function directMail({
  language = "ja",
  orderNumber = "678",
  text = language === "ja"
    ? `お世話になっております。\n\n注文番号は${orderNumber}です。キャンセルし、返金をお願いします。\n\n田中太郎\n`
    : `Hello,\n\nplease cancel order no. ${orderNumber} and refund it.\n\nTaro Tanaka\n`,
  ...mail
}: MailOptions & { language?: "ja" | "en"; orderNumber?: string; text?: string } = {}): Buffer {
  return compose({
    from: `${language === "ja" ? "田中太郎" : "Taro Tanaka"} <taro@customer.example.jp>`,
    subject: language === "ja" ? "注文のキャンセルについて" : "Please cancel my order",
    ...mail,
    text,
  });
}

export type ReplyClient = "gmail-ja" | "iphone-ja" | "outlook-ja" | "thunderbird" | "none";

export interface ReplyOptions extends MailOptions {
  /** The raw mail that is answered. */
  request: Buffer | string;
  from: string;
  text: string;
  client?: ReplyClient;
  /** Message-ID of the mail answered; null: the client names none. */
  inReplyTo?: string | null;
  quote?: boolean;
}

/** An answer to one of our mails, with our text quoted as that client does it. */
export async function staffReply({
  request,
  text,
  client = "gmail-ja",
  inReplyTo,
  quote = true,
  ...mail
}: ReplyOptions): Promise<Buffer> {
  const original = await simpleParser(Buffer.from(request));
  const written = writeReply(client, text, quote ? original : undefined);
  return compose({ ...answering(original, inReplyTo), ...mail, ...written });
}

/** What a mailbox answers by itself while its owner is away. */
export async function vacationReply({
  request,
  text = "ただいま不在にしております。\n戻り次第ご連絡いたします。\n",
  ...mail
}: MailOptions & { request: Buffer | string; from: string; text?: string }): Promise<Buffer> {
  const original = await simpleParser(Buffer.from(request));
  const { standard, to } = answering(original, undefined);
  const automatic = { "Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All" };
  return compose({
    to,
    subject: `自動応答: ${original.subject ?? ""}`,
    ...mail,
    text,
    standard: { "Return-Path": "<>", ...standard, ...automatic, Precedence: "bulk" },
  });
}

/** A delivery status notification of RFC 3464, as Postfix sends it; status 4.x.y: delayed. */
export function bounce({
  original,
  recipient,
  status = "5.1.1",
  ...mail
}: MailOptions & { original: Buffer | string; recipient: string; status?: string }): Buffer {
  const action = status.startsWith("4") ? "delayed" : "failed";
  const diagnostic = `550 ${status} <${recipient}>: Recipient address rejected`;
  const report = `Reporting-MTA: dns; ${AUTHSERV_ID}

Final-Recipient: rfc822; ${recipient}
Action: ${action}
Status: ${status}
Remote-MTA: dns; mx.example.jp
Diagnostic-Code: smtp; ${diagnostic}
`;
  const text = `This is the mail system at host ${AUTHSERV_ID}.

${action === "failed" ? "Your message could not be delivered." : "Your message is delayed."}

<${recipient}>: ${diagnostic}
`;
  const head =
    Buffer.from(original)
      .toString("latin1")
      .split(/\r?\n\r?\n/, 1)[0] ?? "";
  return compose({
    from: `MAILER-DAEMON@${AUTHSERV_ID}`,
    subject: "Undelivered Mail Returned to Sender",
    authenticationResults: null,
    ...mail,
    standard: { "Return-Path": "<>", "Auto-Submitted": "auto-replied" },
    body: multipart("report; report-type=delivery-status", [
      textPart("text/plain", text, "utf-8"),
      { fields: { "Content-Type": "message/delivery-status" }, body: crlf(report) },
      { fields: { "Content-Type": "text/rfc822-headers" }, body: `${head}\r\n` },
    ]),
  });
}

/** Where an answer goes, and what it answers. */
function answering(original: ParsedMail, inReplyTo: string | null | undefined) {
  const subject = original.subject ?? "";
  const answered = inReplyTo === undefined ? original.messageId : inReplyTo;
  const thread = [original.references ?? [], answered ?? []].flat().join(" ");
  return {
    to: (original.replyTo ?? original.from)?.text ?? SHOP,
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    standard: answered ? { "In-Reply-To": answered, References: thread } : {},
  };
}

function writeReply(client: ReplyClient, text: string, original: ParsedMail | undefined) {
  const signed = client === "iphone-ja" ? `${text}\n\niPhoneから送信` : text;
  if (original === undefined) {
    return { text: `${signed}\n` };
  }
  const { name = "", address = "" } = original.from?.value[0] ?? {};
  const author = name === "" ? address : `${name} <${address}>`;
  const theirs = (original.text ?? "").trimEnd();
  const marked = theirs.replace(/^(?=.)/gm, "> ").replace(/^$/gm, ">");
  const theirHtml = original.html || asHtml(theirs);
  const { year, month, day, weekday, time } = japanTime(original.date ?? new Date());
  const slashed = `${year}/${month.padStart(2, "0")}/${day.padStart(2, "0")} ${time}`;
  switch (client) {
    case "gmail-ja": {
      const line = `${year}年${month}月${day}日(${weekday}) ${time} ${author}:`;
      // Gmail breaks a long line behind the bracket.
      const wrapped = line.length > 60 ? line.replace("<", "<\n") : line;
      return {
        text: `${text}\n\n${wrapped}\n\n${marked}\n`,
        html: `<div dir="ltr">${asHtml(text)}</div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">${asHtml(line)}<br></div>
<blockquote class="gmail_quote">${theirHtml}</blockquote></div>`,
      };
    }
    case "iphone-ja":
      // Apple Mail leaves a byte order mark before the quote.
      return { text: `${signed}\n\n${slashed}、${author}のメール:\n\n\uFEFF${marked}\n` };
    case "outlook-ja": {
      const head = `差出人: ${author}
送信日時: ${year}年${month}月${day}日 ${time}
宛先: ${(original.to as AddressObject | undefined)?.text ?? ""}
件名: ${original.subject ?? ""}`;
      return {
        text: `${text}\n\n${"_".repeat(32)}\n${head}\n\n${theirs}\n`,
        html: `<div>${asHtml(text)}</div><div id="appendonsend"></div><hr>
<div id="divRplyFwdMsg">${asHtml(head)}</div><div>${theirHtml}</div>`,
      };
    }
    case "none":
      return { text: `${text}\n` };
    case "thunderbird":
      // Its cursor stands below the quote.
      return { text: `On ${slashed}, ${name || address} wrote:\n${marked}\n\n${text}\n` };
  }
}

function asHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/\n/g, "<br>\n");
}

function japanTime(date: Date) {
  const japan = new Date(date.getTime() + 9 * 3_600_000);
  return {
    year: japan.getUTCFullYear(),
    month: String(japan.getUTCMonth() + 1),
    day: String(japan.getUTCDate()),
    weekday: "日月火水木金土"[japan.getUTCDay()],
    time: `${japan.getUTCHours()}:${String(japan.getUTCMinutes()).padStart(2, "0")}`,
    field: japan.toUTCString().replace("GMT", "+0900"),
  };
}

interface Part {
  fields: Record<string, string>;
  body: string;
}

interface Draft extends MailOptions {
  text?: string;
  html?: string;
  /** Instead of text and html. */
  body?: Part;
  standard?: Record<string, string>;
}

function compose({
  from = SHOP,
  to = SHOP,
  subject = "",
  date = new Date(),
  messageId = `<${randomUUID()}@mail.example.jp>`,
  charset = "utf-8",
  authenticationResults = dmarcPass(/@([^>]+)/.exec(from)?.[1] ?? ""),
  headers = {},
  text = "",
  html,
  body = html === undefined
    ? textPart("text/plain", text, charset)
    : multipart("alternative", [
        textPart("text/plain", text, charset),
        textPart("text/html", html, charset),
      ]),
  standard = {},
}: Draft): Buffer {
  plant(from, subject, text);
  const sent = japanTime(date).field;
  const verdict = authenticationResults && { "Authentication-Results": authenticationResults };
  const received = `from mail.example.jp by ${AUTHSERV_ID} with ESMTPS;\r\n ${sent}`;
  const fields = new Map<string, [string, string]>();
  for (const [name, value] of [
    ...Object.entries({ ...verdict, Received: received, ...standard, Date: sent, From: from }),
    ...Object.entries({ To: to, Subject: subject, "Message-ID": messageId, "MIME-Version": "1.0" }),
    ...Object.entries({ ...body.fields, ...headers }),
  ]) {
    fields.set(name.toLowerCase(), [name, encodeField(value, charset)]);
  }
  const head = [...fields.values()].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${head.join("")}\r\n${body.body}`, "latin1");
}

function crlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

function textPart(type: string, text: string, charset: MailCharset): Part {
  const bytes = encodeText(crlf(text), charset);
  const [encoding, body] =
    charset === "iso-2022-jp"
      ? ["7bit", bytes.toString("latin1")]
      : ["base64", `${bytes.toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n`];
  const fields = {
    "Content-Type": `${type}; charset=${charset.toUpperCase()}`,
    "Content-Transfer-Encoding": encoding,
  };
  return { fields, body };
}

function multipart(subtype: string, parts: Part[]): Part {
  const boundary = `=_${randomUUID()}`;
  const bodies = parts.map(({ fields, body }) => {
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    return `--${boundary}\r\n${head.join("")}\r\n${body}\r\n`;
  });
  return {
    fields: { "Content-Type": `multipart/${subtype}; boundary="${boundary}"` },
    body: `${bodies.join("")}--${boundary}--\r\n`,
  };
}

/** Encoded-words (RFC 2047) for what is not ASCII, each of whole characters and of 75 at most. */
function encodeField(value: string, charset: MailCharset): string {
  const word = (text: string) =>
    `=?${charset.toUpperCase()}?B?${encodeText(text, charset).toString("base64")}?=`;
  return value.replace(/\S*\P{ASCII}(?:.*\P{ASCII})?\S*/u, (text) => {
    const runs = [""];
    for (const character of text) {
      const run = `${runs.pop()}${character}`;
      runs.push(...(word(run).length > 75 ? [run.slice(0, -character.length), character] : [run]));
    }
    return runs.map(word).join("\r\n ");
  });
}

function encodeText(text: string, charset: MailCharset): Buffer {
  return charset === "utf-8" ? Buffer.from(text) : encodeIso2022Jp(text);
}

let jisX0208: Map<string, string> | undefined;

/** Node decodes ISO-2022-JP but cannot encode it, so its decoder is turned round. */
function encodeIso2022Jp(text: string): Buffer {
  jisX0208 ??= readJisX0208();
  let encoded = "";
  let wide = false;
  for (const character of text) {
    const code = /\p{ASCII}/u.test(character) ? character : jisX0208.get(character);
    if (code === undefined) {
      throw new Error(`ISO-2022-JP has no ${character}`);
    }
    if (wide !== code.length > 1) {
      wide = !wide;
      encoded += wide ? "\x1b$B" : "\x1b(B";
    }
    encoded += code;
  }
  return Buffer.from(wide ? `${encoded}\x1b(B` : encoded, "latin1");
}

function readJisX0208(): Map<string, string> {
  const places = Array.from({ length: 94 }, (_, place) => String.fromCharCode(place + 0x21));
  const codes = places.flatMap((row) => places.map((cell) => row + cell));
  // One line each, so that a place without a character cannot shift the others.
  const bytes = Buffer.from(codes.map((code) => `\x1b$B${code}\x1b(B\n`).join(""), "latin1");
  const characters = new TextDecoder("iso-2022-jp").decode(bytes).split("\n");
  // Backwards, so that of two codes for a character the first counts.
  return new Map(codes.map((code, i) => [characters[i] ?? "", code] as const).reverse());
}
