// The mails of a town, written without reading any: thousands of them must cost little beside the workers.

import type { Order } from "./facts.ts";

export const AUTHSERV = "mx.town.example.jp";

const encodedWord = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;

function mail(fields: readonly (readonly [string, string])[], text: string): Buffer {
  const head = fields.map(([name, value]) => `${name}: ${value}\n`).join("");
  const body = Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n");
  const mime = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n";
  return Buffer.from(`${head}${mime}Content-Transfer-Encoding: base64\n\n${body}\n`);
}

const stamp = (at: number) => new Date(at).toUTCString().replace("GMT", "+0000");

/** What the contact form of a shop sends to it. */
export function formOf(order: Order, domain: string, messageId: string, at: number): Buffer {
  const text = `お名前: ${order.name}
メールアドレス: ${order.email}

メッセージ本文:
注文番号: ${order.number}
上記注文番号の注文をキャンセルしたいです。
返金の処理をお願いいたします。

--
このメールは お問い合わせフォームから送信されました
`;
  return mail(
    [
      ["Received", `from web.${domain} by ${AUTHSERV} with ESMTPS;\n ${stamp(at)}`],
      ["Date", stamp(at)],
      ["From", `wordpress@${domain}`],
      ["To", `shop@${domain}`],
      ["Reply-To", order.email],
      ["Subject", encodedWord("お問い合わせ")],
      ["Message-ID", `<${messageId}>`],
    ],
    text,
  );
}

/** Staff say OK to a question, as a mail program without a quote does. */
export function okTo(question: string, from: string, messageId: string, at: number): Buffer {
  const asked = fieldOf(question, "message-id");
  const domain = from.split("@")[1] ?? "";
  const verdict = `${AUTHSERV}; dkim=pass header.d=${domain};\n dmarc=pass header.from=${domain}`;
  return mail(
    [
      ["Authentication-Results", verdict],
      ["Received", `from mail.${domain} by ${AUTHSERV} with ESMTPS;\n ${stamp(at)}`],
      ["Date", stamp(at)],
      ["From", from],
      ["To", `shop@${domain}`],
      ["Subject", `Re: ${fieldOf(question, "subject")}`],
      ["In-Reply-To", asked],
      ["References", asked],
      ["Message-ID", `<${messageId}>`],
    ],
    "OK\n",
  );
}

/** As it stands there, folded lines within included; "" where there is none. */
export function fieldOf(raw: string, name: string): string {
  const head = raw.slice(0, raw.search(/\r?\n\r?\n/)).replaceAll("\r\n", "\n");
  return (
    new RegExp(`^${name}:[ \\t]*((?:.*\\n?)(?:[ \\t].*\\n?)*)`, "im").exec(head)?.[1]?.trim() ?? ""
  );
}
