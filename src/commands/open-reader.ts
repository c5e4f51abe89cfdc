// For commands that read mails and nothing else: they start without database, provider or mail server.

import type { Config } from "../config.ts";
import type { ShopAddresses } from "../domain/mail-reading.ts";
import { readRawMail } from "../mail/mail-reader.ts";
import { createThreadedReader } from "../mail/threaded-reader.ts";
import type { MailReader } from "../ports.ts";

/**
 * Read at once: the way into the thread costs a tenth of what such a mail takes, and only a person
 * waits for a command. In so few bytes no pattern finds much to go back and forth over.
 */
const SMALL_BYTES = 16 * 1024;

/** Run from the source, as tests do, there is no thread: Node 20's cannot load TypeScript. */
const IS_BUILT = import.meta.url.endsWith(".js");

type AddressSetting = "SHOP_EMAIL" | "STAFF_EMAILS" | "MANAGER_EMAILS" | "FORM_FROM";

/** Close it at the end. */
export function openReader(
  config: Partial<Config<AddressSetting>>,
  answersFrom: ShopAddresses["answersFrom"],
): MailReader {
  const shop: ShopAddresses = {
    shop: config.SHOP_EMAIL ?? "",
    staff: config.STAFF_EMAILS ?? [],
    managers: config.MANAGER_EMAILS ?? [],
    formFrom: config.FORM_FROM ?? [],
    answersFrom,
  };
  const threaded = createThreadedReader(shop);
  return {
    read: (raw) =>
      raw.byteLength <= SMALL_BYTES || !IS_BUILT ? readRawMail(raw, shop) : threaded.read(raw),
    close: () => threaded.close(),
  };
}
