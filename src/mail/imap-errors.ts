// What a failure of imapflow means.

import { AccessError, AppError, TransientError } from "../domain/errors.ts";

export interface ImapFailure {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly responseStatus?: unknown;
  readonly serverResponseCode?: unknown;
  readonly response?: unknown;
  readonly reason?: unknown;
  readonly mailboxMissing?: unknown;
  readonly tlsFailed?: unknown;
}

/** RFC 5530: the login may well be right, the server cannot check it now. */
const LOGIN_LATER = /UNAVAILABLE|INUSE|LIMIT|SERVERBUG/;
/** Servers that say so in words only. */
const LOGIN_LATER_TEXT = /too many|temporar|try again|\blimit\b|maximum (?:number of )?connection/i;
/** The user has all the connections that the server allows. */
const NO_MORE_TEXT = /too many (?:\w+ )?(?:connection|session)|maximum (?:number of )?connection/i;

/** `byToken`: how the login was tried. */
export async function toImapError(error: unknown, byToken: boolean): Promise<AppError> {
  if (error instanceof AppError) return error;
  const { AuthenticationFailure } = await import("imapflow");
  const failure = error as ImapFailure;
  if (isNoMore(failure)) {
    return new TransientError("imap_too_many_connections");
  }
  if (error instanceof AuthenticationFailure || isRefusedLogin(failure)) {
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

function isNoMore({ authenticationFailed, ...failure }: ImapFailure): boolean {
  if (authenticationFailed === true && failure.serverResponseCode === "LIMIT") return true;
  // The first of a refused login, the second of a refused connection.
  return NO_MORE_TEXT.test(`${failure.response ?? ""} ${failure.reason ?? ""}`);
}

function isRefusedLogin(failure: ImapFailure): boolean {
  // Set by imapflow also where the connection broke during the login.
  if (failure.authenticationFailed !== true) return false;
  if (failure.responseStatus !== "NO") return false;
  const later =
    LOGIN_LATER.test(String(failure.serverResponseCode ?? "")) ||
    LOGIN_LATER_TEXT.test(String(failure.response ?? ""));
  return !later;
}
