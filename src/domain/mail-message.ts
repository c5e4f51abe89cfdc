// A received message as the core sees it: decoded, but with every header kept in order, because
// authentication (RFC 8601) and the automatic-mail rules (RFC 3834) depend on that order.

export interface Address {
  readonly name: string;
  /** addr-spec, lower case. */
  readonly address: string;
}

/** The name of a header line that is no field: what stands there depends on who reads it. */
export const GARBAGE_FIELD = "";

export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  /** Unfolded, otherwise as received. */
  readonly value: string;
}

export interface MailMessage {
  /** Without angle brackets. */
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly from: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly subject: string;
  /** Of the Date header, epoch ms; never trusted for a decision. */
  readonly date: number | null;
  /** The text/plain body, decoded; null where the message has none. */
  readonly text: string | null;
  readonly html: string | null;
  /** Top of the message first. */
  readonly headers: readonly HeaderField[];
  /** The message/delivery-status part of a bounce (RFC 3464), decoded. */
  readonly deliveryStatus: string | null;
  /** The first message in it, of a mail that passes one on; null in reports and in that message. */
  readonly attached: MailMessage | null;
  /** Message-IDs named inside an attached returned message or its headers. */
  readonly returnedMessageIds: readonly string[];
  /**
   * A digest that two deliveries of one message share: Message-ID, Date, From, Subject and the
   * transfer-decoded parts, but not the trace fields that differ between deliveries.
   */
  readonly identity: string;
}

export function headerValues(message: MailMessage, name: string): string[] {
  return message.headers.filter((field) => field.name === name).map((field) => field.value);
}

/** Of an addr-spec; the text itself where it has no "@". */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
