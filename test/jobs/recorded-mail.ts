// What goes in and comes out by mail, without a parser or a server in between: raw messages are the
// parts of message.ts as JSON, sent ones are kept.

import { PermanentError } from "../../src/domain/errors.ts";
import { readMail, type ShopAddresses } from "../../src/domain/mail-reading.ts";
import type { MailName } from "../../src/domain/outgoing-mail.ts";
import type { MailComposer, MailDraft, MailReader, MailTransport } from "../../src/ports.ts";
import { aFailure } from "../support/failures.ts";
import { aMessage, type MessageParts } from "../support/message.ts";

export interface Sent {
  readonly name: MailName;
  readonly to: string;
  readonly messageId: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly draft: MailDraft;
}

/** What one hand-over does instead of being accepted; `data`: after the message has left. */
export interface TransportFault {
  readonly at: "connect" | "data";
  readonly error: Error;
}

export class RecordingTransport implements MailTransport {
  readonly accepted: Sent[] = [];
  readonly attempts: { readonly messageId: string; readonly raw: Uint8Array }[] = [];
  readonly #faults: { to: string | null; fault: TransportFault }[] = [];

  /** For the next hand-overs, one each; `to` narrows them to an address. */
  fail(fault: TransportFault, times = 1, to: string | null = null): void {
    for (let left = times; left > 0; left -= 1) this.#faults.push({ to, fault });
  }

  async send(
    { messageId, raw, to }: { messageId: string; raw: Uint8Array; to: string },
    beforeData: () => Promise<void>,
  ): Promise<void> {
    this.attempts.push({ messageId, raw });
    const at = this.#faults.findIndex((planned) => planned.to === null || planned.to === to);
    const fault = at === -1 ? undefined : this.#faults.splice(at, 1)[0]?.fault;
    if (fault?.at === "connect") throw fault.error;
    await beforeData();
    if (fault !== undefined) throw fault.error;
    const draft = JSON.parse(Buffer.from(raw).toString()) as MailDraft;
    const { name, variables } = draft;
    this.accepted.push({ name, to, messageId, variables: { ...variables }, draft });
  }

  verify = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
}

export const composer: MailComposer = {
  compose: async (draft) => Buffer.from(JSON.stringify(draft)),
};

export function aReader(shop: ShopAddresses): MailReader {
  return {
    async read(raw) {
      const text = Buffer.from(raw).toString();
      if (!text.startsWith("{"))
        throw aFailure(PermanentError, "unreadable_message", "No message.");
      const parts = JSON.parse(text) as MessageParts;
      const message = { ...aMessage(parts), identity: `identity of ${parts.messageId}` };
      const html = message.text === null ? message.html : null;
      const reply = html === null ? null : { text: html, suspicious: false };
      return readMail(message, { whole: html, reply: () => reply }, shop);
    },
    close: async () => undefined,
  };
}

export function rawOf(parts: MessageParts): Uint8Array {
  return Buffer.from(JSON.stringify(parts));
}

export interface Wish {
  readonly order?: string;
  readonly name?: string;
  readonly email?: string;
  readonly text?: string;
}

/** What the shop's form mails when a customer asks for a refund. */
export function aForm(wish: Wish = {}): MessageParts {
  const { name = "田中太郎", email = "taro@mail.example", order = "679" } = wish;
  const text = wish.text ?? "注文をキャンセルしたいです。返金をお願いします。";
  const number = order === "" ? "" : `注文番号: ${order}\n`;
  return {
    from: "form@forms.example",
    subject: "お問い合わせ",
    text: `お名前: ${name}\nメールアドレス: ${email}\n\nメッセージ本文:\n${number}${text}`,
  };
}

/** Below it the code of the request, as mail programs quote it. */
export function quoting(text: string, { variables }: Sent): string {
  return `${text}\n\n> Code: ${variables["code"]}`;
}

/** A reply to this request, as our own mail server vouches for it. */
export function anAnswer(request: Sent, text: string, parts: MessageParts = {}): MessageParts {
  const domain = request.to.slice(request.to.lastIndexOf("@") + 1);
  return {
    from: request.to,
    subject: `Re: [${request.variables["reference"]}]`,
    inReplyTo: [request.messageId],
    text,
    headers: {
      "Authentication-Results": `mx.shop.example; dmarc=pass header.from=${domain}`,
      From: request.to,
    },
    ...parts,
  };
}
