// Delivery status notifications (RFC 3464): what became of a mail of ours.

import type { MailMessage } from "./mail-message.ts";

export interface DeliveryStatus {
  /** failed, delayed, delivered, relayed or expanded; lower case. */
  readonly action: string;
  /** RFC 3463, such as 5.1.1. */
  readonly status: string | null;
  /** Without its type, lower case. */
  readonly finalRecipient: string | null;
  /** Without its type. */
  readonly diagnosticCode: string | null;
}

/** One group of fields: unfolded, the first of each name. */
function fieldsOf(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.replace(/\n[ \t]+/g, " ").split("\n")) {
    const match = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name !== undefined && !fields.has(name)) fields.set(name, (match?.[2] ?? "").trim());
  }
  return fields;
}

/** `rfc822; taro@example.jp` → `taro@example.jp` */
function withoutType(value: string | undefined): string | null {
  const bare = value?.replace(/^[^;]*;\s*/, "").trim();
  return bare === undefined || bare === "" ? null : bare;
}

/** A report on one mail is a few hundred bytes. */
const LENGTH_MAX = 64 * 1024;

/** One entry for each recipient the report names. */
export function deliveryStatuses(message: MailMessage): DeliveryStatus[] {
  const report = (message.deliveryStatus ?? "").slice(0, LENGTH_MAX);
  const blocks = report.replaceAll("\r\n", "\n").split(/\n[ \t]*\n/);
  // §2.2: the fields about the message itself stand in a group of their own, without an Action.
  return blocks.map(fieldsOf).flatMap((fields) => {
    const action = fields.get("action")?.split("(")[0]?.trim().toLowerCase();
    if (action === undefined || action === "") return [];
    const recipient = fields.get("final-recipient") ?? fields.get("original-recipient");
    return [
      {
        action,
        status: /\d\.\d{1,3}\.\d{1,3}/.exec(fields.get("status") ?? "")?.[0] ?? null,
        finalRecipient: withoutType(recipient)?.toLowerCase().replace(/^<|>$/g, "") ?? null,
        diagnosticCode: withoutType(fields.get("diagnostic-code")),
      },
    ];
  });
}

/** Those of our own Message-IDs, `<henkin.…@domain of SHOP_EMAIL>`, among the given ones. */
export function ourMessageIds(ids: readonly string[], shopDomain: string): string[] {
  const domain = `@${shopDomain.toLowerCase()}`;
  const bare = ids.map((id) => id.trim().replace(/^<|>$/g, ""));
  return [
    ...new Set(bare.filter((id) => /^henkin\../i.test(id) && id.toLowerCase().endsWith(domain))),
  ];
}

/** Which of our mails a report is about: the returned message itself, else what the report answers. */
export function reportedMessageIds(message: MailMessage, shopDomain: string): string[] {
  const returned = ourMessageIds(message.returnedMessageIds, shopDomain);
  return returned.length > 0
    ? returned
    : ourMessageIds([...message.inReplyTo, ...message.references], shopDomain);
}
