// How a mail of ours is known when it comes back: by a header that only we can have written.

import { headerValues, type MailMessage } from "../domain/mail-message.ts";
import type { Signer } from "../ports.ts";

export const OWN_HEADER = "X-Henkin";

export function ownHeaderValue(signer: Signer, messageId: string): string {
  return `${messageId} ${signer.derive("own-mail", messageId).slice(0, 40)}`;
}

/** The Message-ID that such a header vouches for; null where none does. */
export function ownMessageId(signer: Signer, message: MailMessage): string | null {
  const values = headerValues(message, OWN_HEADER.toLowerCase()).map((value) => value.trim());
  const signed = values.find((value) => {
    const messageId = value.split(" ")[0] ?? "";
    return value === ownHeaderValue(signer, messageId);
  });
  return signed?.split(" ")[0] ?? null;
}
