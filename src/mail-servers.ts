// Puts together what reads and sends mail, from the settings. A part of app.ts that commands need alone.

import { resolve } from "node:path";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { DecisionFolder } from "./jobs/read-folders.ts";
import { createDkimVerifier } from "./mail/dkim-verifier.ts";
import type { HostSeats } from "./mail/host-seats.ts";
import { createImapInbox, type ImapInbox, parseImapUrl } from "./mail/imap-inbox.ts";
import { createSentFolder } from "./mail/imap-sent.ts";
import type { MailboxSurvey } from "./mail/mailbox-survey.ts";
import { createMaildirInbox } from "./mail/maildir-inbox.ts";
import { createMaildirTransport } from "./mail/maildir-transport.ts";
import type { SenderLookup } from "./mail/sender-records.ts";
import { createSmtpTransport } from "./mail/smtp-transport.ts";
import { sparingInbox } from "./mail/sparing-inbox.ts";
import type {
  AccessTokens,
  Inbox,
  Log,
  MailTransport,
  SentFolder,
  SignatureVerifier,
} from "./ports.ts";
import { rejectionFolderOf } from "./setting-types.ts";

const MAILDIR = "maildir:";

export const isMaildir = (url: string): boolean => url.startsWith(MAILDIR);

export interface InboxOptions {
  readonly readOnly?: boolean;
  readonly tokens?: AccessTokens | null;
  /** Where many mailboxes of one process share what their hosts allow. */
  readonly seats?: HostSeats;
}

/** An IMAP mailbox is opened to be read in any case; with `readOnly` a Maildir that is missing is not made. */
export function buildInbox(
  url: string,
  directory: string,
  log: Log,
  { readOnly = false, tokens = null, seats }: InboxOptions = {},
): Inbox | ImapInbox {
  if (isMaildir(url)) {
    return createMaildirInbox({
      dir: resolve(directory, url.slice(MAILDIR.length)),
      readOnly,
      log,
    });
  }
  if (seats === undefined) return createImapInbox({ url, tokens, log });
  const { host, port } = parseImapUrl(url, tokens);
  const mailHost = seats.of(`${host}:${port}`);
  return sparingInbox(createImapInbox({ url, tokens, log, door: mailHost }), mailHost);
}

const SURVEYED_MS = 30 * 24 * 60 * 60_000;

/** The newest mails of the inbox, of an IMAP mailbox only their headers. */
export async function buildSurvey(
  url: string,
  directory: string,
  options: { newest: number; log: Log; tokens: AccessTokens | null; signal: AbortSignal },
): Promise<MailboxSurvey> {
  const { newest, log, tokens, signal } = options;
  const { surveyImap, surveyInbox } = await import("./mail/mailbox-survey.ts");
  if (!isMaildir(url)) return surveyImap({ url, newest, tokens, log }, signal);
  const since = systemClock.now() - SURVEYED_MS;
  return surveyInbox(buildInbox(url, directory, log), { newest, since }, signal);
}

export function buildSenderLookup(config: Partial<Config<"DNS_SERVERS">>): SenderLookup {
  return async (question) => {
    const { createSenderLookup } = await import("./mail/sender-records.ts");
    return createSenderLookup(config.DNS_SERVERS ?? [])(question);
  };
}

export function buildVerifier(config: Partial<Config<"DNS_SERVERS">>): SignatureVerifier {
  return createDkimVerifier({ dnsServers: config.DNS_SERVERS ?? [], now: systemClock.now });
}

/**
 * The folder whose mails are approvals, and beside it the one for rejections; over the connection of
 * `inbox` where it is given.
 */
export function buildFolders(
  config: Config<"INBOX_URL"> & Partial<Config<"APPROVAL_FOLDER">>,
  log: Log,
  { inbox, tokens = null }: { inbox?: Inbox | ImapInbox; tokens?: AccessTokens | null } = {},
): DecisionFolder[] {
  const approvals = config.APPROVAL_FOLDER;
  if (approvals === undefined) return [];
  const rejections = rejectionFolderOf(approvals);
  const open = (name: string) => {
    const shared = inbox !== undefined && "folder" in inbox ? inbox : null;
    return (shared ?? createImapInbox({ url: config.INBOX_URL, tokens, log })).folder(name);
  };
  return [
    { verdict: "approve", inbox: open(approvals) },
    { verdict: "reject", inbox: open(rejections) },
  ];
}

/** Null where the mail provider keeps no mails it has sent, or nobody has said where. */
export function buildSentFolder(
  config: Config<"INBOX_URL"> & Partial<Config<"SENT_MAILBOX">>,
  log: Log,
  tokens: AccessTokens | null = null,
): SentFolder | null {
  const { INBOX_URL: url, SENT_MAILBOX: folder } = config;
  return folder === undefined ? null : createSentFolder({ url, folder, tokens, log });
}

export function buildTransport(
  url: string,
  directory: string,
  log: Log,
  tokens: AccessTokens | null = null,
): MailTransport {
  return isMaildir(url)
    ? createMaildirTransport({ dir: resolve(directory, url.slice(MAILDIR.length)) })
    : createSmtpTransport({ url, tokens, log });
}
