// What doctor wants to know of a mailbox: what its server can do, and the headers of the newest mails.
// Read-only like all that henkin does there.

import type { ConnectionOptions } from "node:tls";
import type { ImapFlow } from "imapflow";
import { AppError, TransientError } from "../domain/errors.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import type { AccessTokens, Inbox, Log } from "../ports.ts";
import { createImapSession, openMailbox, parseImapUrl } from "./imap-session.ts";
import { readMessage } from "./message-reader.ts";

export interface SurveyedMail {
  /** As Inbox.fetch takes it. */
  readonly key: string;
  /** By the mail server's clock, epoch ms. */
  readonly receivedAt: number;
  /** Its header; of a Maildir the body, too. */
  readonly message: MailMessage;
}

export interface MailboxSurvey {
  readonly mailbox: string;
  /** Null for a Maildir. */
  readonly server: ImapServer | null;
  /** Newest last. */
  readonly mails: readonly SurveyedMail[];
}

export interface ImapServer {
  readonly uidValidity: string;
  readonly mails: number;
  readonly idle: boolean;
  readonly condstore: boolean;
  /** Of one's own, as far as is told to those who only read. */
  readonly keywords: boolean;
}

const LIMITS = { connectMs: 20_000, callMs: 20_000 };

export async function surveyImap(
  {
    url,
    newest,
    log,
    tokens = null,
    tls = {},
  }: {
    readonly url: string;
    /** For a URL without a password. */
    readonly tokens?: AccessTokens | null;
    /** How many mails. */
    readonly newest: number;
    readonly log: Log;
    readonly tls?: Pick<ConnectionOptions, "ca" | "servername">;
  },
  signal: AbortSignal,
): Promise<MailboxSurvey> {
  const account = parseImapUrl(url, tokens);
  // A connection for one look, and none left behind: some hosts allow only a few.
  const session = createImapSession(account, { ...LIMITS, tls, tokens, log });
  try {
    return await session.use(signal, async (client) => {
      const { uidValidity, exists, permanentFlags } = await openMailbox(client, account);
      const server = {
        uidValidity: String(uidValidity),
        mails: exists,
        idle: client.capabilities.has("IDLE"),
        condstore: client.capabilities.has("CONDSTORE"),
        keywords: permanentFlags?.has("\\*") ?? false,
      };
      const mails = exists === 0 ? [] : await headersOf(client, Math.max(1, exists - newest + 1));
      return { mailbox: account.label, server, mails };
    });
  } finally {
    await session.close();
  }
}

/** @param from sequence number of the first */
async function headersOf(client: ImapFlow, from: number): Promise<SurveyedMail[]> {
  // BODY.PEEK[HEADER]: \Seen stays as it is (RFC 9051 6.4.5).
  const query = { uid: true, headers: true, internalDate: true } as const;
  const rows = await client.fetchAll(`${from}:*`, query);
  // imapflow answers with nothing where the connection broke.
  if (!client.usable) throw new TransientError("imap_connection", { why: "it broke" });
  const mails = await Promise.all(
    rows.map(async ({ uid, headers, internalDate }) => {
      const at = new Date(internalDate ?? Number.NaN).getTime();
      const raw = headers ?? Buffer.alloc(0);
      return surveyed({ key: String(uid), receivedAt: at, raw });
    }),
  );
  return mails.filter((mail) => mail !== null);
}

/** The same of an inbox that can only be read whole. */
export async function surveyInbox(
  inbox: Inbox,
  { newest, since }: { readonly newest: number; readonly since: number },
  signal: AbortSignal,
): Promise<MailboxSurvey> {
  const { keys } = await inbox.list({ cursor: null, full: false, since, signal });
  const mails: SurveyedMail[] = [];
  for await (const { location, receivedAt, raw } of inbox.fetch(keys.slice(-newest), signal)) {
    const mail = await surveyed({ key: location.key, receivedAt, raw });
    if (mail !== null) mails.push(mail);
  }
  return { mailbox: inbox.mailbox, server: null, mails };
}

/** Null where the mail cannot be read: the worker puts such a mail aside, and tells of it. */
async function surveyed(mail: {
  readonly key: string;
  readonly receivedAt: number;
  readonly raw: Uint8Array;
}): Promise<SurveyedMail | null> {
  const { key, receivedAt, raw } = mail;
  try {
    return { key, receivedAt, message: await readMessage(raw) };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
