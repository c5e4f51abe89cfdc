// What the core needs from outside. Adapters implement these; only app.ts knows which.

import type { DkimSignature } from "./domain/approval/dkim.ts";
import type { MailReading } from "./domain/mail-reading.ts";
import type { Locale, MailName, MailVariables } from "./domain/outgoing-mail.ts";
import type { Payment, ProviderRefund, RefundReason } from "./domain/payment.ts";

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Resolves after ms, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** When the worker's two loops last came round: what it is seen to live by. */
export interface Pulse {
  /** "jobs": it looked for due jobs; "inbox": the whole inbox was read. */
  beat(loop: "jobs" | "inbox"): void;
  /** Epoch ms; null: not since the start. */
  lastBeat(loop: "jobs" | "inbox"): number | null;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Days and business days in the shop's time zone. Dates are YYYY-MM-DD. */
/** In the shop's time zone. */
export interface LocalTime {
  /** "2026-11-21" */
  localDate(at: number): string;
  /** "2026-11-21 15:50" */
  formatDateTime(at: number): string;
}

export interface Calendar extends LocalTime {
  /** The first SUMMARY_AT strictly after `at`. */
  nextSummaryAt(at: number): number;
  /** The end of the n-th business day from `at` on: weekends, holidays and CLOSED_DAYS are skipped. */
  afterBusinessDays(at: number, days: number): number;
  /** Noon of the next day with this month and day after `at`; null where there is no such day. */
  nextMonthDay(at: number, month: number, day: number): number | null;
}

/** Derives the same secret identifier from the same facts, on every copy that has the DATA_KEY. */
export interface Signer {
  /** 64 hex digits: HMAC-SHA256 of the purpose and parts. */
  derive(purpose: string, ...parts: readonly (string | number)[]): string;
  /** SHA-256 of the bytes, 64 hex digits. */
  digest(bytes: Uint8Array): string;
}

/** Encrypts with the DATA_KEY. */
export interface Vault {
  /** `about` is needed again to open it. */
  seal(text: string, about: string): string;
  /** Null where it was sealed with another key or about something else, or was changed. */
  open(sealed: string, about: string): string | null;
}

/** The same for mails, under a key of its own. */
export interface MailVault {
  seal(bytes: Uint8Array, about: string): Uint8Array;
  /** Null as above. */
  open(sealed: Uint8Array, about: string): Uint8Array | null;
}

export interface MailReader {
  /** Reads a raw RFC 5322 message. Throws PermanentError where that cannot be done. */
  read(raw: Uint8Array): Promise<MailReading>;
  close(): Promise<void>;
}

export interface SignatureVerifier {
  /**
   * The DKIM signatures that a raw message bears of the author's domain, of one above it or below it;
   * empty where there is none, or where the header cannot be read in one way only.
   */
  verify(raw: Uint8Array, authorDomain: string): Promise<readonly DkimSignature[]>;
}

/** What a mail server takes in the place of a password. */
export interface AccessTokens {
  /**
   * One that is good for a while yet; `refused` is one that a server has just turned down, and never
   * comes back. Throws AccessError where a person has to consent anew, and TransientError.
   */
  take(signal: AbortSignal, refused?: string): Promise<string>;
}

/** Where a message lies, which is not what it is: copies and moves change it. */
export interface MessageLocation {
  /** IMAP UIDVALIDITY as text; "maildir" for a Maildir. */
  readonly generation: string;
  /** IMAP UID as text; the base file name in a Maildir. */
  readonly key: string;
}

export interface FetchedMessage {
  readonly location: MessageLocation;
  /** INTERNALDATE or file time, epoch ms. */
  readonly receivedAt: number;
  /** Of the whole message in bytes. */
  readonly size: number;
  /** The whole message, or its first 256 KB where it is larger than the limit. */
  readonly raw: Uint8Array;
  readonly truncated: boolean;
}

/** How far a mailbox was read; null before the first time. */
export interface MailboxCursor {
  readonly generation: string;
  /** Everything up to here is ours. IMAP: the UID. */
  readonly lastKey: string;
}

export interface MailboxListing {
  readonly generation: string;
  /** Oldest first. */
  readonly keys: readonly string[];
  /** What the cursor becomes once all keys are ours. */
  readonly lastKey: string;
}

export interface Inbox {
  /** Names the mailbox in the store: without password. */
  readonly mailbox: string;
  /** What an unset INBOX_SINCE means for this kind of inbox. */
  readonly defaultSince: "first-start" | "all";
  /** Its keys grow: what came after a cursor is found without a look at all that came before. */
  readonly hasOrder: boolean;
  /**
   * Keys after the cursor; with `full`, every key received since `since` (late or moved messages).
   * A cursor of another generation is ignored. Throws TransientError or AccessError.
   */
  list(request: {
    cursor: MailboxCursor | null;
    full: boolean;
    /** Epoch ms; null for all. */
    since: number | null;
    /** Costs little however large the mailbox is, and may miss for a while what has just come. */
    glance?: boolean;
    signal: AbortSignal;
  }): Promise<MailboxListing>;
  /** The messages still there, in the order of the keys; never sets \Seen, never moves a file. */
  fetch(keys: readonly string[], signal: AbortSignal): AsyncIterable<FetchedMessage>;
  /** Resolves when mail may have arrived, and after `ms` in any case. Throws as list does. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Ends the connection, where there is one; the next look makes another. Never rejects. */
  hangUp?(): Promise<void>;
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly raw: Uint8Array;
}

export interface MailTransport {
  /**
   * Hands one message over. `beforeData` is awaited after every recipient was accepted and before
   * the first byte of the message leaves: what fails earlier was certainly not sent.
   *
   * Throws TransientError (not sent, try later), PermanentError (refused for good), AccessError
   * (credentials), OutcomeUnknownError (lost after the message left).
   */
  send(
    message: OutgoingMessage,
    beforeData: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Connects and logs in; throws as send does. With a `sender` it also asks whether the server would
   * take a mail of that address to itself, and sends none.
   */
  verify(signal: AbortSignal, sender?: string): Promise<void>;
  close(): Promise<void>;
}

/** The folder in which the mail provider itself keeps what it sent. */
export interface SentFolder {
  /** Throws TransientError or AccessError where it cannot be read. */
  holds(messageId: string, signal: AbortSignal): Promise<boolean>;
}

export interface MailDraft<Name extends MailName = MailName> {
  readonly name: Name;
  readonly variables: MailVariables[Name];
  readonly locale: Locale;
  readonly messageId: string;
  /** Epoch ms for the Date header. */
  readonly date: number;
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  /** Further headers, e.g. X-Henkin. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailComposer {
  /** The message as it will be sent, byte for byte; always with Auto-Submitted and text and HTML. */
  compose(draft: MailDraft): Promise<Uint8Array>;
}

export interface PaymentPage {
  readonly payments: readonly Payment[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** Of a list, what could not be read; it is not among the others. */
export interface UnreadableItem {
  /** "" where not even that can be read. */
  readonly id: string;
  /** For staff to read. */
  readonly raw: string;
}

export interface RefundPage {
  readonly refunds: readonly ProviderRefund[];
  /** Absent: all could be read. */
  readonly unreadable?: readonly UnreadableItem[];
  /** Null on the last page. */
  readonly next: string | null;
}

export interface RefundRequest {
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: RefundReason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  /** To whom the provider writes for the account; absent where the method needs none. */
  readonly instructionsEmail?: string | null;
}

export interface VoidRequest {
  readonly paymentId: string;
  readonly idempotencyKey: string;
}

/** What a provider's API can do. What it cannot, staff do by hand. */
export interface Capabilities {
  /** Payments are found by their order number; else they are listed, and found in the index. */
  readonly search: boolean;
  /** Less than the whole of a payment can be given back. */
  readonly partial: boolean;
  /** What is not captured or paid yet can be cancelled. */
  readonly void: boolean;
  /** A refund may wait for the customer or a bank, and end days after it was made. */
  readonly asynchronous: boolean;
  /** It gives nothing back: createRefund is refused, and the shop transfers the money itself. */
  readonly manual: boolean;
  /** Its payments are in the index alone, where an import puts them: nothing is listed or read anew. */
  readonly imported?: boolean;
  /** Nobody says that its refunds bear what was sent with them: one without our mark may be ours. */
  readonly mayForgetMarks?: boolean;
  /** How long an idempotency key is honoured, ms; 0 where there are none. */
  readonly keyWindowMs: number;
  /** How many refunds may be under way at once; unset where nobody says how often it may be asked. */
  readonly atOnce?: number;
}

/** Something has happened to a payment. */
export interface PaymentChange {
  readonly paymentId: string;
  /** Each thing that has, by its id. */
  readonly events: readonly string[];
}

/**
 * One payment provider. Every method throws TransientError, AccessError or PermanentError; only
 * createRefund and cancelPayment throw OutcomeUnknownError, and from them a PermanentError is a
 * definite refusal: nothing happened. An answer that cannot be read is an UnreadableError of all
 * others, and in these two an OutcomeUnknownError; of a list, one payment that cannot be read is shown
 * with the status unknown, and hides no other.
 */
export interface PaymentProvider {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Its clock less ours at its last answer, ms; null where that told none. */
  clockOffsetMs(): number | null;
  account(signal: AbortSignal): Promise<string>;
  /** Newest first, created at or after `createdFrom` (epoch ms; null for all). */
  listPayments(request: {
    createdFrom: number | null;
    page: string | null;
    signal: AbortSignal;
  }): Promise<PaymentPage>;
  /** Since `since` (epoch ms), each payment once; null where the provider does not tell. */
  changedPayments(since: number, signal: AbortSignal): Promise<readonly PaymentChange[] | null>;
  /** Bears another id where what was only authorised has become a payment of its own. */
  retrievePayment(id: string, signal: AbortSignal): Promise<Payment | null>;
  /** Payments that bear the order number; empty where the provider has no `search`. */
  searchPayments(orderNumber: string, signal: AbortSignal): Promise<readonly Payment[]>;
  listRefunds(paymentId: string, signal: AbortSignal): Promise<readonly ProviderRefund[]>;
  /** Of all payments, whoever made them; newest first, created at or after `createdFrom`. */
  listAllRefunds(request: {
    /** Epoch ms. */
    createdFrom: number;
    page: string | null;
    signal: AbortSignal;
  }): Promise<RefundPage>;
  retrieveRefund(id: string, signal: AbortSignal): Promise<ProviderRefund | null>;
  createRefund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund>;
  /** Cancels what was authorised but not captured; returns the payment as it then is. */
  cancelPayment(request: VoidRequest, signal: AbortSignal): Promise<Payment>;
  /** What doctor shows: each check with its outcome and, where it failed, the mend. */
  diagnose(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly check: string;
  readonly message: string;
  readonly mend: string | null;
}

/** Where processes share an account that is not to be called by two at a time, nor twice in a moment. */
export interface SharedPace {
  /** Null: taken, for `holdMs` at most. Else how long the account is another's or rests, ms. */
  take(account: string, holdMs: number): Promise<number | null>;
  /** Who took it has called; it rests for this long. */
  rest(account: string, pauseMs: number): Promise<void>;
}
