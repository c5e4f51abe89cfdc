// A mailbox is of one shop: two that read the same mails would each ask about them, and each pay.

import { resolve } from "node:path";
import { ConfigError } from "../domain/errors.ts";
import { parseServerUrl } from "../mail/server-url.ts";
import { isMaildir } from "../mail-servers.ts";

export interface MailboxOfShop {
  readonly id: string;
  /** Undefined where it is not known here. */
  readonly url: string | undefined;
}

/** Throws ConfigError where one of `saved` reads what another reads. */
export function refuseSharedMailboxes(
  saved: ReadonlySet<string>,
  shops: readonly MailboxOfShop[],
  directory: string,
): void {
  const first = new Map<string, string>();
  const problems: string[] = [];
  // Those that were there before come first: the new one is told.
  const known = shops.filter(({ id }) => !saved.has(id));
  const others = shops.filter(({ id }) => saved.has(id));
  for (const { id, url } of [...known, ...others]) {
    const mailbox = url === undefined ? null : mailboxOf(url, directory);
    if (mailbox === null) continue;
    const owner = first.get(mailbox);
    if (owner === undefined) first.set(mailbox, id);
    else if (saved.has(id)) problems.push(`${id}: INBOX_URL: is the mailbox of ${owner}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Whatever the port or the password: one account at one host is one mailbox. Null where it is no address. */
function mailboxOf(url: string, directory: string): string | null {
  if (isMaildir(url)) return resolve(directory, url.slice("maildir:".length));
  try {
    const { host, user, path } = parseServerUrl(url, "imap");
    const folder = path === "" || path.toLowerCase() === "inbox" ? "inbox" : path;
    return JSON.stringify([host, user.toLowerCase(), folder]);
  } catch {
    return null;
  }
}
