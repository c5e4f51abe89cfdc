// One mail is read three times within seconds: to know what it is, to understand it, and for its words in
// the question to staff. A reading is kept for the next of them, by the bytes it was made of; where it is
// gone (many mails came at once, no mail came for a while) the bytes are read again.

import type { MailMessage } from "../domain/mail-message.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { MailReader, Signer } from "../ports.ts";

/** Of characters, each of which takes up to two bytes: those of some two hundred mails. */
const KEPT_CHARACTERS = 1024 * 1024;
/** What is larger is rare, and would push out hundreds of others. */
const ONE_MAX_CHARACTERS = 256 * 1024;
const KEPT_READINGS = 1_000;
/** Addresses, findings and the frame around them. */
const BASE_CHARACTERS = 2_000;

export function rememberingReader(
  reader: MailReader,
  signer: Pick<Signer, "digest">,
  { characters = KEPT_CHARACTERS, one = ONE_MAX_CHARACTERS, readings = KEPT_READINGS } = {},
): MailReader {
  /** The one that was asked for longest ago comes first. */
  const kept = new Map<string, { readonly reading: MailReading; readonly weight: number }>();
  let weight = 0;

  function forget(key: string): void {
    weight -= kept.get(key)?.weight ?? 0;
    kept.delete(key);
  }

  function keep(key: string, reading: MailReading): void {
    forget(key);
    const own = weightOf(reading.message);
    if (own > one) return;
    kept.set(key, { reading, weight: own });
    weight += own;
    for (const oldest of kept.keys()) {
      if (weight <= characters && kept.size <= readings) break;
      forget(oldest);
    }
  }

  return {
    async read(raw) {
      const key = signer.digest(raw);
      const known = kept.get(key);
      const reading = known === undefined ? await reader.read(raw) : known.reading;
      keep(key, reading);
      return reading;
    },
    async close() {
      kept.clear();
      weight = 0;
      await reader.close();
    },
  };
}

/** The texts are there several times: as they came, without quotes, and in what was found in them. */
function weightOf({ text, html, headers, deliveryStatus, attached }: MailMessage): number {
  return (
    BASE_CHARACTERS +
    (text?.length ?? 0) * 3 +
    (html?.length ?? 0) +
    headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0) +
    (deliveryStatus?.length ?? 0) +
    (attached === null ? 0 : weightOf(attached))
  );
}
