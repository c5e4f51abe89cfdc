// One IMAP connection with one mailbox open: made when it is needed, and dropped at the first
// trouble, so that the next call starts afresh. The caller does the backoff.

import type { ConnectionOptions } from "node:tls";
import { AuthenticationFailure, ImapFlow, type MailboxObject } from "imapflow";
import { AccessError, AppError, TransientError } from "../domain/errors.ts";
import type { AccessTokens, Log } from "../ports.ts";
import { parseServerUrl, type ServerUrl } from "./server-url.ts";
import { withToken } from "./token-login.ts";

export interface ImapAccount extends ServerUrl {
  readonly mailbox: string;
  /** Names the mailbox without the password. */
  readonly label: string;
  /** Whether it is made where it is missing. */
  readonly makesMailbox: boolean;
}

export interface ImapSession {
  /** Runs work on a connection with the mailbox open. Throws TransientError or AccessError. */
  use<T>(signal: AbortSignal, work: (client: ImapFlow) => Promise<T>): Promise<T>;
  /** To be called before a look for mail: what arrives from now on ends the next wait. */
  expectNews(): void;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ImapSessionOptions {
  /** From the first packet to the open mailbox. */
  readonly connectMs: number;
  /** One piece of work. */
  readonly callMs: number;
  /** For a certificate authority of one's own; certificates are verified in any case. */
  readonly tls: Pick<ConnectionOptions, "ca" | "servername">;
  /** For an account without a password. */
  readonly tokens: AccessTokens | null;
  readonly log: Log;
}

/** RFC 2177 allows 29 minutes, but routers forget silent connections sooner. */
const MAX_IDLE_MS = 4 * 60_000;
const LOGOUT_MS = 1_000;

/**
 * Throws an Error that says what to change and quotes nothing of the URL.
 *
 * @param tokens what stands in for a password that the URL lacks
 */
export function parseImapUrl(text: string, tokens: AccessTokens | null = null): ImapAccount {
  const url = parseServerUrl(text, "imap");
  if (url.user === "" || (url.password === "" && tokens === null)) {
    throw new Error("needs user:password@ before the host");
  }
  return accountOf(url, url.path || "INBOX", false);
}

function accountOf(url: ServerUrl, mailbox: string, makesMailbox: boolean): ImapAccount {
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const label = `imap://${url.user}@${host}:${url.port}/${mailbox}`;
  return { ...url, mailbox, label, makesMailbox };
}

/** Another mailbox of the same account, made where it is missing. */
export function folderOf(account: ImapAccount, mailbox: string): ImapAccount {
  return accountOf(account, mailbox, true);
}

/** Another mailbox of the same account, which the provider keeps: a name it lacks is a mistake. */
export function sentFolderOf(account: ImapAccount, mailbox: string): ImapAccount {
  return accountOf(account, mailbox, false);
}

export function createImapSession(account: ImapAccount, options: ImapSessionOptions): ImapSession {
  let client: ImapFlow | null = null;
  let ready: Promise<ImapFlow> | null = null;
  let closed = false;
  let news = false;
  const sleepers = new Set<() => void>();
  const tokens = account.password === "" ? options.tokens : null;

  function wake(): void {
    news = true;
    for (const rise of sleepers) rise();
  }

  function drop(): void {
    const dropped = client;
    client = null;
    ready = null;
    dropped?.close();
  }

  async function start(token: string | null): Promise<ImapFlow> {
    if (closed) throw new TransientError("imap_closed");
    const fresh = createClient(account, options, token);
    client = fresh;
    // Without a listener an error of the connection would end the process.
    fresh.on("error", () => undefined);
    fresh.on("exists", wake);
    fresh.on("close", () => {
      if (client === fresh) drop();
      wake();
    });
    await fresh.connect();
    await openOrMake(fresh, account);
    options.log.debug({ host: account.host }, "IMAP connection ready");
    return fresh;
  }

  async function within<T>(ms: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(ms, signal, work);
    } catch (error) {
      drop();
      throw toAppError(error, tokens !== null);
    }
  }

  function connect(signal: AbortSignal, token: string | null): Promise<ImapFlow> {
    return within(options.connectMs, signal, () => {
      ready ??= start(token);
      return ready;
    });
  }

  function connected(signal: AbortSignal): Promise<ImapFlow> {
    if (tokens === null || ready !== null) return connect(signal, null);
    // Before the server's time begins to run: tokens come from another server.
    return withToken(tokens, signal, (token) => connect(signal, token));
  }

  return {
    async use(signal, work) {
      const current = await connected(signal);
      return within(options.callMs, signal, () => work(current));
    },
    expectNews() {
      news = false;
    },
    async wait(ms, signal) {
      try {
        const current = await connected(signal);
        if (!news) await idle(current, Math.min(ms, MAX_IDLE_MS), signal, sleepers);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      news = false;
    },
    async close() {
      closed = true;
      const current = client;
      if (current?.usable) {
        const patience = AbortSignal.timeout(LOGOUT_MS);
        await within(LOGOUT_MS, patience, () => current.logout()).catch(() => undefined);
      }
      drop();
    },
  };
}

/** Ours, because imapflow lets a command on a dead connection wait for minutes. */
async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let stop: (reason: Error) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = reject;
  });
  const abort = () => stop(new TransientError("imap_aborted"));
  const late = () => stop(new TransientError("imap_timeout"));
  const timer = setTimeout(late, ms);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([stopped, work()]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function createClient(
  account: ImapAccount,
  options: ImapSessionOptions,
  token: string | null,
): ImapFlow {
  const proof = token === null ? { pass: account.password } : { accessToken: token };
  return new ImapFlow({
    host: account.host,
    port: account.port,
    secure: account.secure,
    doSTARTTLS: !account.secure && !account.plain,
    auth: { user: account.user, ...proof },
    tls: { ...options.tls, rejectUnauthorized: true },
    clientInfo: { name: "henkin", vendor: false, "support-url": false },
    logger: false,
    connectionTimeout: options.connectMs,
    greetingTimeout: options.connectMs,
    // IDLE is entered by wait(): imapflow would do so only after 15 s of silence.
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableCompression: true,
  });
}

async function openOrMake(client: ImapFlow, account: ImapAccount): Promise<void> {
  try {
    await openMailbox(client, account);
  } catch (error) {
    if (!account.makesMailbox || (error as ImapFailure).mailboxMissing !== true) throw error;
    await client.mailboxCreate(account.mailbox);
    await openMailbox(client, account);
  }
}

export async function openMailbox(client: ImapFlow, account: ImapAccount): Promise<MailboxObject> {
  // EXAMINE: nobody's \Seen or \Recent changes (RFC 9051 6.3.3, RFC 3501 6.3.2).
  const mailbox = await client.mailboxOpen(account.mailbox, { readOnly: true });
  if (typeof mailbox.uidValidity !== "bigint") {
    throw new TransientError("imap_protocol");
  }
  return mailbox;
}

/** Ends when something arrives, the connection is lost, the time is over or the signal aborts. */
async function idle(
  client: ImapFlow,
  ms: number,
  signal: AbortSignal,
  sleepers: Set<() => void>,
): Promise<void> {
  let rise: () => void = () => undefined;
  const risen = new Promise<void>((resolve) => {
    rise = resolve;
  });
  const timer = setTimeout(rise, ms);
  sleepers.add(rise);
  signal.addEventListener("abort", rise, { once: true });
  if (signal.aborted) rise();
  // Ends only with the next command or the connection, so it is not waited for. Where it fails, the
  // timer remains.
  client.idle().catch(() => undefined);
  await risen;
  clearTimeout(timer);
  sleepers.delete(rise);
  signal.removeEventListener("abort", rise);
}

interface ImapFailure {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly responseStatus?: unknown;
  readonly serverResponseCode?: unknown;
  readonly response?: unknown;
  readonly mailboxMissing?: unknown;
  readonly tlsFailed?: unknown;
}

/** RFC 5530: the login may well be right, the server cannot check it now. */
const LOGIN_LATER = /UNAVAILABLE|INUSE|LIMIT|SERVERBUG/;
/** Servers that say so in words only. */
const LOGIN_LATER_TEXT = /too many|temporar|try again/i;

function toAppError(error: unknown, byToken: boolean): AppError {
  if (error instanceof AppError) return error;
  const failure = error as ImapFailure;
  if (isRefusedLogin(failure)) {
    return byToken ? new AccessError("imap_token_refused") : new AccessError("imap_auth_failed");
  }
  if (byToken && /^Unsupported authentication/.test(String(failure.message))) {
    return new AccessError("imap_no_oauth");
  }
  if (failure.mailboxMissing === true) {
    return new TransientError("imap_mailbox_missing");
  }
  // Only the code: a server's own words may hold names and addresses.
  const isCode = typeof failure.code === "string" && /^\w+$/.test(failure.code);
  const why = isCode ? String(failure.code) : "no code";
  if (failure.tlsFailed === true || /CERT|SSL|TLS_/.test(why)) {
    return new TransientError("imap_tls", { why });
  }
  if (typeof failure.responseStatus === "string") {
    return new TransientError("imap_refused");
  }
  return new TransientError("imap_connection", { why });
}

function isRefusedLogin(failure: ImapFailure): boolean {
  // Set by imapflow also where the connection broke during the login.
  if (failure.authenticationFailed !== true) return false;
  if (failure instanceof AuthenticationFailure) return true;
  if (failure.responseStatus !== "NO") return false;
  const later =
    LOGIN_LATER.test(String(failure.serverResponseCode ?? "")) ||
    LOGIN_LATER_TEXT.test(String(failure.response ?? ""));
  return !later;
}
