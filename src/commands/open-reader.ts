// For commands that read mails and nothing else: they start without database, provider or mail server.

import type { Config } from "../config.ts";
import type { ShopAddresses } from "../domain/mail-reading.ts";
import { readRawMail } from "../mail/mail-reader.ts";
import { createThreadedReader } from "../mail/threaded-reader.ts";
import type { MailReader } from "../ports.ts";

/** Read at once: a thread costs more than most mails, and only a person waits for a command. */
const SMALL_BYTES = 64 * 1024;

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
    read: (raw) => (raw.byteLength <= SMALL_BYTES ? readRawMail(raw, shop) : threaded.read(raw)),
    close: () => threaded.close(),
  };
}
