// One IMAP connection, made when it is needed, and dropped at the first trouble, so that the next
// call starts afresh. The caller does the backoff. Hosts allow few connections, so that several
// mailboxes of an account may take turns on it; each piece of work finds its own one open.

import type { ConnectionOptions } from "node:tls";
import type { ImapFlow, ListResponse, MailboxObject } from "imapflow";
import { AccessError, TransientError } from "../domain/errors.ts";
import type { AccessTokens, Log } from "../ports.ts";
import type { HostDoor } from "./host-seats.ts";
import { type ImapFailure, toImapError } from "./imap-errors.ts";
import { countLosses, createTurn, IDLE_MS, idle, rest, withDeadline } from "./imap-waiting.ts";
import { parseServerUrl, type ServerUrl } from "./server-url.ts";
import { withToken } from "./token-login.ts";

export interface ImapAccount extends ServerUrl {
  readonly mailbox: string;
  /** Names the mailbox without the password. */
  readonly label: string;
  /** A folder of decisions: made where it is missing, and nothing may come into it by itself. */
  readonly isForDecisions: boolean;
}

export interface OpenMailbox {
  /** Runs work on a connection with the mailbox open. Throws TransientError or AccessError. */
  use<T>(signal: AbortSignal, work: (client: ImapFlow) => Promise<T>): Promise<T>;
}

export interface ImapSession extends OpenMailbox {
  /** Another mailbox of the account over the same connection. */
  at(account: ImapAccount): OpenMailbox;
  /** To be called before a look for mail: what arrives from now on ends the next wait. */
  expectNews(): void;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** The next piece of work makes another connection. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

export interface ImapSessionOptions {
  /** From the first packet to the login, and from there to the open mailbox. */
  readonly connectMs: number;
  /** One piece of work. */
  readonly callMs: number;
  /** How long IDLE may be silent. */
  readonly idleMs?: number;
  /** For a certificate authority of one's own; certificates are verified in any case. */
  readonly tls: Pick<ConnectionOptions, "ca" | "servername">;
  /** For an account without a password. */
  readonly tokens: AccessTokens | null;
  /** Through which the connection is made. */
  readonly door?: HostDoor | null;
  readonly log: Log;
}

const LOGOUT_MS = 1_000;
/** A line without end must not fill the memory; the UIDs of a million messages are 8 MB. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

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

function accountOf(url: ServerUrl, mailbox: string, isForDecisions: boolean): ImapAccount {
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const label = `imap://${url.user}@${host}:${url.port}/${mailbox}`;
  return { ...url, mailbox, label, isForDecisions };
}

/** Another mailbox of the same account, for decisions. */
export function folderOf(account: ImapAccount, mailbox: string): ImapAccount {
  return accountOf(account, mailbox, true);
}

/** Another mailbox of the same account, which the provider keeps: a name it lacks is a mistake. */
export function sentFolderOf(account: ImapAccount, mailbox: string): ImapAccount {
  return accountOf(account, mailbox, false);
}

export function createImapSession(account: ImapAccount, options: ImapSessionOptions): ImapSession {
  let news = false;
  const losses = countLosses();
  const takeTurn = createTurn();
  const sleepers = new Set<() => void>();
  const connection = createConnection(account, options, {
    news() {
      news = true;
      for (const rise of sleepers) rise();
    },
    lost: losses.add,
  });
  const at = (wanted: ImapAccount): OpenMailbox => ({
    use: (signal, work) =>
      takeTurn(async () => {
        const client = await connection.open(wanted, signal);
        return connection.within(options.callMs, signal, () => work(client));
      }),
  });
  return {
    ...at(account),
    at,
    expectNews() {
      news = false;
    },
    async wait(ms, signal) {
      try {
        const client = await takeTurn(() => connection.open(account, signal));
        const silence = Math.min(ms, options.idleMs ?? IDLE_MS);
        if (!news) await idle(client, silence, signal, sleepers);
        const pauseMs = Math.min(ms, losses.take());
        if (pauseMs > 0) await rest(pauseMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      news = false;
    },
    hangUp: connection.hangUp,
    close: connection.close,
  };
}

/** The one connection of a session, and which mailbox is open on it. */
function createConnection(
  account: ImapAccount,
  options: ImapSessionOptions,
  /** `news`: mail may have come to the account's own mailbox. `lost`: it worked, and is gone. */
  tell: { readonly news: () => void; readonly lost: () => void },
) {
  let client: ImapFlow | null = null;
  let ready: Promise<ImapFlow> | null = null;
  let closed = false;
  /** Null while a mailbox is being opened, and where that failed. */
  let opened: ImapAccount | null = null;
  /** How the account's own mailbox was when another was opened. */
  let left: string | null = null;
  const { connectMs } = options;
  const tokens = account.password === "" ? options.tokens : null;

  function drop(): void {
    const dropped = client;
    client = null;
    ready = null;
    opened = null;
    dropped?.close();
  }

  async function start(library: Library, token: string | null): Promise<ImapFlow> {
    if (closed) throw new TransientError("imap_closed");
    const fresh = createClient(library, account, options, token);
    client = fresh;
    let isReady = false;
    fresh.on("exists", tell.news);
    fresh.on("close", () => {
      if (client === fresh && isReady) tell.lost();
      if (client === fresh) drop();
      tell.news();
    });
    await fresh.connect();
    isReady = true;
    options.log.debug({ host: account.host }, "IMAP connection ready");
    return fresh;
  }

  async function choose(current: ImapFlow, wanted: ImapAccount): Promise<void> {
    if (opened === account) left = stateOf(current);
    opened = null;
    await openOrMake(current, wanted);
    // It may have been dropped for another connection meanwhile.
    if (client === current) opened = wanted;
    if (wanted !== account) return;
    // While another mailbox was open the server told nothing of this one.
    if (left !== null && left !== stateOf(current)) tell.news();
    left = null;
  }

  async function within<T>(ms: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(ms, signal, work);
    } catch (error) {
      drop();
      throw await toImapError(error, tokens !== null);
    }
  }

  return {
    /** What fails within it ends the connection. */
    within,
    async open(wanted: ImapAccount, signal: AbortSignal): Promise<ImapFlow> {
      const library = await import("imapflow");
      const connect = (token: string | null) =>
        within(connectMs, signal, () => {
          ready ??= start(library, token);
          return ready;
        });
      // Before the server's time begins to run: tokens come from another server.
      const needsToken = tokens !== null && ready === null;
      const enter = () => (needsToken ? withToken(tokens, signal, connect) : connect(null));
      const isNew = ready === null && options.door;
      const current = await (isNew ? isNew.connect(signal, enter) : enter());
      if (opened !== wanted) await within(connectMs, signal, () => choose(current, wanted));
      return current;
    },
    hangUp: () => logOut(client).finally(drop),
    async close(): Promise<void> {
      closed = true;
      await logOut(client);
      drop();
    },
  };
}

async function logOut(client: ImapFlow | null): Promise<void> {
  if (client?.usable !== true) return;
  const patience = AbortSignal.timeout(LOGOUT_MS);
  await withDeadline(LOGOUT_MS, patience, () => client.logout()).catch(() => undefined);
}

/** What changes where a mail arrives; some servers tell no UIDNEXT. */
function stateOf({ mailbox }: ImapFlow): string {
  return mailbox ? `${mailbox.uidValidity} ${mailbox.uidNext} ${mailbox.exists}` : "";
}

/** Loaded with the first connection: a command that makes none starts sooner, and a shop with a Maildir. */
type Library = typeof import("imapflow");

function createClient(
  library: Library,
  account: ImapAccount,
  options: ImapSessionOptions,
  token: string | null,
): ImapFlow {
  const proof = token === null ? { pass: account.password } : { accessToken: token };
  const client = new library.ImapFlow({
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
    maxLineLength: MAX_LINE_BYTES,
  });
  // Without a listener an error of the connection would end the process.
  client.on("error", () => undefined);
  return client;
}

async function openOrMake(client: ImapFlow, account: ImapAccount): Promise<void> {
  let mailbox: MailboxObject;
  try {
    mailbox = await openMailbox(client, account);
  } catch (error) {
    if (!account.isForDecisions || (error as ImapFailure).mailboxMissing !== true) throw error;
    await client.mailboxCreate(account.mailbox);
    mailbox = await openMailbox(client, account);
  }
  if (account.isForDecisions && fillsByItself(client, mailbox)) {
    throw new AccessError("imap_folder_fills_itself");
  }
}

/** Sent, archived, important or all mail: a request in it was moved there by nobody. */
function fillsByItself(client: ImapFlow, { path, specialUse }: MailboxObject): boolean {
  if (specialUse !== undefined) return true;
  // What LIST told; imapflow itself makes nothing of \Important, nor of a server's own way to say it.
  const { folders } = client as unknown as { readonly folders?: ReadonlyMap<string, ListResponse> };
  return [...(folders?.get(path)?.flags ?? [])].some((flag) => SPECIAL_USE.test(flag));
}

/** RFC 6154, RFC 8457, and what Gmail said before them. */
const SPECIAL_USE =
  /^\\(?:All|AllMail|Archive|Drafts|Flagged|Starred|Important|Inbox|Junk|Spam|Sent|Trash)$/i;

export async function openMailbox(client: ImapFlow, account: ImapAccount): Promise<MailboxObject> {
  // EXAMINE: nobody's \Seen or \Recent changes (RFC 9051 6.3.3, RFC 3501 6.3.2).
  const mailbox = await client.mailboxOpen(account.mailbox, { readOnly: true });
  if (typeof mailbox.uidValidity !== "bigint") {
    throw new TransientError("imap_protocol");
  }
  return mailbox;
}
