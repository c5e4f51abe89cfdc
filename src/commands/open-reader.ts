// For commands that read mails and nothing else: they start without database, provider or mail server.

import type { Config } from "../config.ts";
import type { ShopAddresses } from "../domain/mail-reading.ts";
import { readRawMail } from "../mail/mail-reader.ts";
import { createThreadedReader } from "../mail/threaded-reader.ts";
import type { MailReader } from "../ports.ts";

/** Run from the source, as tests do, there is no thread: Node 20's cannot load TypeScript. */
const IS_BUILT = import.meta.url.endsWith(".js");

type AddressSetting = "SHOP_EMAIL" | "STAFF_EMAILS" | "MANAGER_EMAILS" | "FORM_FROM";

/**
 * Every mail in a thread, small ones too: a hostile one of 60 KB must not hang the command. Over 2,000
 * mails of a few KB that takes a tenth longer. Close it at the end.
 */
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
  if (IS_BUILT) return createThreadedReader(shop);
  return { read: (raw) => readRawMail(raw, shop), close: async () => {} };
}
