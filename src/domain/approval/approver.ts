// Who may decide, and on what: the sender of an answer and the request it answers.

import { automaticMail } from "../automatic-mail.ts";
import type { MailMessage } from "../mail-message.ts";
import { isAuthenticated, soleAuthor } from "./authentication-results.ts";
import { type DkimSignature, isSigned } from "./dkim.ts";

export interface ApproverCheck {
  readonly ok: boolean;
  /** Lower case; the sole author's, also where the check fails. */
  readonly address: string | null;
  readonly reason: string;
}

/** The name beside an address is whatever its sender likes, so only the address is compared. */
export function checkApprover(
  message: MailMessage,
  options: {
    readonly approvers: readonly string[];
    readonly authservIds: readonly string[];
    /** token: the sender is not authenticated, the one-time code in the answer has to do. */
    readonly mode: "authenticated" | "token";
    /** Those we verified; they count where our server says nothing about From. */
    readonly signatures: readonly DkimSignature[];
  },
): ApproverCheck {
  const author = soleAuthor(message);
  if (author === null) return { ok: false, address: null, reason: "not_one_from" };
  const address = author.address.toLowerCase();
  const refuse = (reason: string) => ({ ok: false, address, reason });
  const isListed = options.approvers.some((other) => other.trim().toLowerCase() === address);
  if (!isListed) return refuse("not_an_approver");
  if (automaticMail(message).automatic) return refuse("automatic");
  if (options.mode === "token") return { ok: true, address, reason: "token" };
  const { authenticated, reason } = authenticate(message, options.authservIds, options.signatures);
  return { ok: authenticated, address, reason };
}

/** Our server wrote nothing, or that the domain has no DMARC record to judge by. */
const NO_VERDICT = [
  "no_results_of_our_server",
  "no_dmarc_verdict",
  "dmarc_none",
  "dmarc_bestguesspass",
  "dmarc_temperror",
  "dmarc_permerror",
];

/** What our server refuses stays refused, whatever the signatures say. */
function authenticate(
  message: MailMessage,
  authservIds: readonly string[],
  signatures: readonly DkimSignature[],
): { authenticated: boolean; reason: string } {
  const verdict = isAuthenticated(message, authservIds);
  if (verdict.authenticated || !NO_VERDICT.includes(verdict.reason)) return verdict;
  const signed = isSigned(message, signatures);
  return signed.authenticated || signed.reason !== "no_signature" ? signed : verdict;
}

/** Whether the DKIM signatures of this mail have a say, so that they are worth a look at the DNS. */
export function isWorthVerifying(
  message: MailMessage,
  options: Omit<Parameters<typeof checkApprover>[1], "signatures">,
): boolean {
  const { ok, reason } = checkApprover(message, { ...options, signatures: [] });
  return !ok && NO_VERDICT.includes(reason);
}

export interface ThreadCheck {
  readonly ok: boolean;
  readonly by: "message-id" | "code" | null;
  readonly reason: string;
}

/**
 * Whether this answers our request: it is written to the shop, its parent is a mail of ours, and it
 * names the request's unguessable Message-ID and the ticket, or shows the one-time code. A ticket
 * number alone can be guessed, and an "OK" to a colleague may quote our request below.
 */
export function checkThread(
  message: MailMessage,
  request: {
    /** SHOP_EMAIL, lower case: from where we asked. */
    readonly shopEmail: string;
    /** Of the requests to this approver, without brackets. */
    readonly messageIds: readonly string[];
    readonly ticketNumber: number;
    readonly code: string | null;
    /** What the answer itself gives as its code (approval-words.ts). */
    readonly codeFromText: string | null;
  },
): ThreadCheck {
  if (!message.to.some(({ address }) => address === request.shopEmail)) {
    return { ok: false, by: null, reason: "not_to_the_shop" };
  }
  const bare = (id: string) => id.replace(/^<|>$/g, "");
  const named = [...message.inReplyTo, ...message.references].map(bare);
  const isNamed = named.some((id) => request.messageIds.includes(id));
  const isAnswer =
    isNamed && parentsOf(message).every((id) => isOfSameOrigin(bare(id), request.messageIds));
  const tickets = new Set(
    Array.from(message.subject.matchAll(/\[R-(\d+)\]/gi), (match) => Number(match[1])),
  );
  const isAboutTicket = tickets.size === 1 && tickets.has(request.ticketNumber);
  if (isAnswer && isAboutTicket) return { ok: true, by: "message-id", reason: "answers_request" };
  // Typed on a phone, a code comes in either case.
  const codes = [request.codeFromText ?? "", ...codesIn(message)].map((code) => code.toUpperCase());
  if (request.code && codes.includes(request.code.toUpperCase())) {
    return { ok: true, by: "code", reason: "shows_code" };
  }
  return { ok: false, by: null, reason: isAnswer ? "other_ticket_in_subject" : "not_our_thread" };
}

/**
 * RFC 5322 §3.6.4: the mail that is answered, without brackets; some programs name it only at the end of
 * References.
 */
export function parentsOf({ inReplyTo, references }: MailMessage): readonly string[] {
  return inReplyTo.length > 0 ? inReplyTo : references.slice(-1);
}

/** A reminder, or what we said about an answer, is ours as well. */
function isOfSameOrigin(id: string, ours: readonly string[]): boolean {
  const origin = (one: string) => one.replace(/^([a-z]+)\.[^@]*/i, "$1");
  return ours.some((one) => origin(one) === origin(id));
}

/** Every 「コード: …」 of the message, quoted or not; a client may have wrapped it after the colon. */
export function codesIn(message: MailMessage): string[] {
  const whole = message.text ?? message.html?.replace(/<[^<>]*>/g, "") ?? "";
  const pattern = /(?:コード|code)\s*:[\s>]*([A-Za-z0-9-]+)/gi;
  return Array.from(whole.normalize("NFKC").matchAll(pattern), (match) => match[1] ?? "");
}
