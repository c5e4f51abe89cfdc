// MailMessage objects for tests, as the reader of raw mail would hand them over.

import type { Address, HeaderField, MailMessage } from "../../src/domain/mail-message.ts";

export interface MessageParts {
  /** `Name <address>` or an address alone. */
  readonly from?: string | readonly string[];
  readonly replyTo?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly text?: string | null;
  readonly html?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly messageId?: string;
  readonly inReplyTo?: readonly string[];
  readonly references?: readonly string[];
  readonly deliveryStatus?: string | null;
  readonly returnedMessageIds?: readonly string[];
}

export function anAddress(text: string): Address {
  const match = /^(.*?)\s*<([^<>]*)>$/.exec(text);
  if (match === null) return { name: "", address: text.toLowerCase() };
  return { name: (match[1] ?? "").replace(/^"|"$/g, ""), address: (match[2] ?? "").toLowerCase() };
}

function list(text: string | readonly string[] | undefined): Address[] {
  return text === undefined ? [] : [text].flat().map((one) => anAddress(one));
}

export function aMessage(parts: MessageParts = {}): MailMessage {
  const headers: HeaderField[] = Object.entries(parts.headers ?? {}).map(([name, value]) => ({
    name: name.toLowerCase(),
    value,
  }));
  const text = parts.text ?? null;
  return {
    messageId: parts.messageId ?? "message-1@mail.example",
    inReplyTo: parts.inReplyTo ?? [],
    references: parts.references ?? [],
    from: list(parts.from ?? "客 <customer@mail.example>"),
    replyTo: list(parts.replyTo),
    to: list(parts.to ?? "shop@shop.example"),
    subject: parts.subject ?? "",
    date: null,
    text,
    html: parts.html ?? null,
    headers,
    deliveryStatus: parts.deliveryStatus ?? null,
    attached: null,
    returnedMessageIds: parts.returnedMessageIds ?? [],
    identity: `identity of ${parts.messageId ?? "message-1"}`,
  };
}
