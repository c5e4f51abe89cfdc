// One SMTP connection, and what nodemailer's errors do not tell: whether the message had left.
// nodemailer reads the message only once the server has answered DATA with 354, so the first read of
// a stream of ours is the border between "not sent" and "who knows".

import { isAscii } from "node:buffer";
import { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type XOAuth2 from "nodemailer/lib/xoauth2";
import {
  AccessError,
  AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import type { AccessTokens, OutgoingMessage } from "../ports.ts";
import { parseServerUrl, type ServerUrl } from "./server-url.ts";

export interface SmtpLimits {
  /** Name lookup, connection, TLS. */
  readonly connectMs: number;
  readonly greetingMs: number;
  /** Silence. RFC 5321 4.5.3.2.6: less than 10 minutes after the final dot breeds duplicates. */
  readonly silenceMs: number;
  /** How long a connection is kept for the next message. */
  readonly idleMs: number;
}

const QUIT_MS = 1_000;
const PIECE_BYTES = 64 * 1024;

/**
 * Throws an Error that says what to change and quotes nothing of the URL.
 *
 * @param tokens what stands in for a password that the URL lacks
 */
export function parseSmtpUrl(text: string, tokens: AccessTokens | null = null): ServerUrl {
  const url = parseServerUrl(text, "smtp");
  const isHalf = url.user === "" ? url.password !== "" : url.password === "" && tokens === null;
  if (isHalf) {
    throw new Error("needs both user and password before the host, or neither");
  }
  return url;
}

export function createConnection(
  account: ServerUrl,
  limits: SmtpLimits,
  tls: ConnectionOptions,
): SMTPConnection {
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    secure: account.secure,
    requireTLS: !account.secure && !account.plain,
    ignoreTLS: account.plain,
    tls: { ...tls, rejectUnauthorized: true },
    connectionTimeout: limits.connectMs,
    dnsTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.silenceMs,
    socketCloseTimeout: QUIT_MS,
  });
  // Without a listener an error of the connection would end the process.
  connection.on("error", () => undefined);
  return connection;
}

export async function logIn(
  connection: SMTPConnection,
  account: ServerUrl,
  token: string | null,
  signal: AbortSignal,
): Promise<void> {
  await settle(connection, signal, (done) => connection.connect(done));
  if (account.user === "") return;
  if (!connection.allowsAuth) {
    throw new AccessError("smtp_auth_failed", { why: "it offers none" });
  }
  const login =
    token === null
      ? { user: account.user, pass: account.password }
      : { user: account.user, oauth2: bearer(account.user, token) };
  await settle(connection, signal, (done) => connection.login(login, done));
}

/** What nodemailer asks of its own fetcher of tokens. Ours come from elsewhere, one a connection. */
function bearer(user: string, token: string): XOAuth2 {
  const fetcher = {
    getToken(again: boolean, done: (error: Error | null, token?: string) => void) {
      if (again) done(new Error("refused"));
      else done(null, token);
    },
    /** The first answer of the mechanism XOAUTH2, in base64. */
    buildXOAuth2Token: (text: string) =>
      Buffer.from(`user=${user}\x01auth=Bearer ${text}\x01\x01`).toString("base64"),
  };
  return fetcher as unknown as XOAuth2;
}

export function quit(connection: SMTPConnection): void {
  connection.quit();
  setTimeout(() => connection.close(), QUIT_MS).unref();
}

/** Sends one message, or closes the connection and says what became of it. */
export async function transmit(
  connection: SMTPConnection,
  message: OutgoingMessage,
  beforeData: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const body = createBody(message.raw, beforeData);
  const envelope = {
    from: quoted(message.from),
    to: [quoted(message.to)],
    size: message.raw.length,
    use8BitMime: !isAscii(message.raw),
  };
  try {
    await settle(connection, signal, (done) => connection.send(envelope, body.stream, done));
  } catch (error) {
    body.stream.destroy();
    connection.close();
    await body.settled();
    throw body.refusal() ?? toSendError(error as SmtpFailure, message.to, body.hasLeft());
  }
}

/**
 * As RFC 5321 §4.1.2 wants a local part that is no dot-string: docomo gave out addresses such as
 * taro..yamada@docomo.ne.jp.
 */
export function quoted(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (/^[^\s".()<>,;:\\[\]@]+(?:\.[^\s".()<>,;:\\[\]@]+)*$/.test(local) || /^".*"$/.test(local)) {
    return address;
  }
  return `"${local.replace(/["\\]/g, "\\$&")}"${address.slice(at)}`;
}

/** The message as a stream that asks `beforeData` at its first read and only then has bytes. */
function createBody(raw: Uint8Array, beforeData: () => Promise<void>) {
  let asked: Promise<void> | null = null;
  let refusal: unknown = null;
  let left = false;
  let offset = 0;
  async function ask(): Promise<void> {
    try {
      await beforeData();
      // Destroyed: the connection was lost meanwhile, and nothing will read on.
      if (!stream.destroyed) left = true;
    } catch (error) {
      refusal = error;
      // Not with the error itself: nodemailer writes its own code into it.
      stream.destroy(new Error("beforeData failed"));
    }
  }
  const stream: Readable = new Readable({
    read() {
      asked ??= ask();
      asked.then(() => {
        if (!left) return;
        const piece = raw.subarray(offset, offset + PIECE_BYTES);
        offset += piece.length;
        stream.push(piece.length > 0 ? piece : null);
      }, stream.destroy.bind(stream));
    },
  });
  return {
    stream,
    hasLeft: () => left,
    refusal: () => refusal,
    /** So that no caller meets its own beforeData still running. */
    settled: async () => asked,
  };
}

/** One step of nodemailer's, which tells its end by callback, error event, end event, or never. */
export function settle(
  connection: SMTPConnection,
  signal: AbortSignal,
  start: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown) => {
      connection.off("error", finish);
      connection.off("end", lost);
      signal.removeEventListener("abort", abort);
      if (error) reject(error);
      else resolve();
    };
    // nodemailer calls back with the cause right after it has emitted "end".
    const lost = () => setImmediate(finish, new Error("The connection ended."));
    const abort = () =>
      finish(
        signal.reason?.name === "TimeoutError"
          ? new TransientError("smtp_timeout")
          : new TransientError("smtp_aborted"),
      );
    connection.once("error", finish);
    connection.once("end", lost);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    else start(finish);
  });
}

interface SmtpFailure {
  readonly code?: unknown;
  /** Of Node, where nodemailer has put its own code in front. */
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
}

export function isLostConnection(error: unknown): boolean {
  return error instanceof TransientError && error.code === "smtp_connection";
}

/** RFC 4954 section 6: credentials missing, wrong, too weak or to be sent under TLS only. */
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);

/** Of MAIL FROM: every mail of ours bears the same sender. */
const SENDER_REPLIES = new Set([550, 553, 554]);
/** Many servers judge the sender only at the recipient, or the message. */
const SENDER_TEXT =
  /sender address rejected|not owned by user|permissions? to send as|not (?:allowed|authori[sz]ed|permitted) to send (?:as|from)/i;
/** An allowance that is used up, which some servers word as a refusal for good. */
const LATER_TEXT =
  /^\d{3}[ -]5\.4\.5\b|\b(?:sending|submission|hourly|daily|rate)\W+(?:\w+\W+)?(?:limit|quota)|too many (?:messages|e?-?mails)/im;
/** What follows are the words of the recipient's server, which may be anybody's. */
const QUOTED_WORDS =
  /(?:\bhost\b.*?)?\b(?:said|says|replied|responded|answered|returned)\b.*|\bundeliverable address\b.*/is;

/** What a server says of its own, without what a stranger chose: his address and his server's words. */
function ownWords(response: unknown, to: string): string {
  const at = to.lastIndexOf("@");
  const chosen = [to, quoted(to), to.slice(at + 1)];
  // A plain word may be the server's own, and is too short to pass for a sentence.
  if (!/^[a-z]+$/i.test(to.slice(0, at))) chosen.push(to.slice(0, at));
  const pattern = chosen
    .filter((part) => part !== "")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("|");
  return String(response ?? "")
    .replace(new RegExp(pattern, "gi"), " ")
    .replace(/<[^>]*>|\S+@\S+/g, " ")
    .replace(QUOTED_WORDS, " ");
}

/** Every mail of ours is refused; or only this one, for words at RCPT TO or DATA prove nothing yet. */
export class SenderRefusal extends AccessError<"smtp_sender_refused"> {
  /** What it was where the server takes the sender after all; null where that needs no asking. */
  readonly otherwise: AppError | null;

  constructor(why: string, otherwise: AppError | null) {
    super("smtp_sender_refused", { why });
    this.otherwise = otherwise;
  }
}

export function toConnectError(error: unknown, byToken: boolean): AppError {
  if (error instanceof AppError) return error;
  const failure = error as SmtpFailure;
  const reply = Number(failure.responseCode ?? 0);
  // 4yz: the server cannot check the login now (RFC 4954 section 6, 454).
  if (failure.code === "EAUTH" && (reply < 400 || reply >= 500)) {
    const details = { why: describe(failure) };
    return byToken
      ? new AccessError("smtp_token_refused", details)
      : new AccessError("smtp_auth_failed", details);
  }
  const isTls = failure.code === "ETLS" || /CERT|SSL|TLS/.test(String(failure.originalCode ?? ""));
  return isTls
    ? new TransientError("smtp_tls", { why: describe(failure) })
    : new TransientError("smtp_connection", { why: describe(failure) });
}

export function toSendError(failure: SmtpFailure, to: string, hasLeft: boolean): AppError {
  const reply = Number(failure.responseCode ?? 0);
  const isRefusal = reply >= 400 && reply < 600;
  // A reply to the message itself is an answer. Everything else may have crossed with a 250.
  if (hasLeft && !(isRefusal && failure.code === "EMESSAGE")) {
    return new OutcomeUnknownError("smtp_lost_after_data");
  }
  if (failure instanceof TransientError) return failure;
  if (LOGIN_REPLIES.has(reply)) {
    return new AccessError("smtp_auth_failed", { why: describe(failure) });
  }
  if (reply === 0 && failure.code === "EENVELOPE") {
    return new PermanentError("smtp_bad_address");
  }
  if (reply === 0 && failure.code === "EMESSAGE") {
    return new PermanentError("smtp_too_large");
  }
  // RFC 5321 3.8: 421 ends the session; 503 is about the order of commands, not the message.
  if (!isRefusal || reply === 421 || reply === 503) {
    return new TransientError("smtp_connection", { why: describe(failure) });
  }
  return toRefusal(failure, to, reply);
}

function toRefusal(failure: SmtpFailure, to: string, reply: number): AppError {
  const why = describe(failure);
  const words = ownWords(failure.response, to);
  const deferred = new TransientError("smtp_deferred", { why });
  if (reply < 500 || LATER_TEXT.test(words)) return deferred;
  const refused = new PermanentError("smtp_refused", { why });
  if (failure.command === "MAIL FROM") {
    const isSender = SENDER_REPLIES.has(reply) || SENDER_TEXT.test(words);
    return isSender ? new SenderRefusal(why, null) : refused;
  }
  if (!SENDER_TEXT.test(words)) return refused;
  // Some servers compare the sender only with the message itself, which asking again cannot show: the
  // mail is tried until its time is over, so that a wrong SHOP_EMAIL loses none at once.
  return new SenderRefusal(why, failure.command === "RCPT TO" ? refused : deferred);
}

/** Numbers and commands only: the server's words may hold addresses. */
function describe({ code, originalCode, command, responseCode }: SmtpFailure): string {
  const parts = [code, originalCode, responseCode, command];
  return parts.filter((part) => /^[\w ]+$/.test(String(part ?? ""))).join(" ") || "no code";
}
