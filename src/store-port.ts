// The store as the core sees it. Methods that only read are called find, list, count or sum: a
// ReadTx has no others, so a job's read step cannot write.

import type { Census } from "./census-port.ts";
import type { TicketStatus } from "./domain/lifecycle.ts";
import type { GrantLife } from "./domain/mail-grant.ts";
import type { Locale, MailName, MailVariables } from "./domain/outgoing-mail.ts";
import type {
  Approval,
  ApprovalRequest,
  AuditEvent,
  Refund,
  Round,
  Ticket,
} from "./domain/ticket.ts";
import type { Jobs } from "./job-store-port.ts";
import type { PersonalData } from "./personal-store-port.ts";
import type { MailboxCursor, MessageLocation } from "./ports.ts";
import type {
  BankAccounts,
  Deposits,
  Mismatches,
  Payments,
  ProviderRefunds,
  Reconciliations,
  Refunds,
} from "./refund-store-port.ts";
import type { Shops } from "./shop-store-port.ts";

export type { Census } from "./census-port.ts";
export type { Job, JobKind, Jobs, LaneRoom } from "./job-store-port.ts";
export type {
  LooseMail,
  OldPayment,
  OldRow,
  PersonalData,
  PersonOf,
} from "./personal-store-port.ts";
export type {
  BankAccounts,
  Deposit,
  Deposits,
  Mismatches,
  PaymentSync,
  Payments,
  ProviderRefunds,
  Reconciliation,
  Reconciliations,
  Refunds,
  StoredAccount,
  StoredMismatch,
} from "./refund-store-port.ts";
export type { ShopRow, ShopStatus, Shops } from "./shop-store-port.ts";

export interface StoredMessage {
  readonly pk: string;
  readonly messageId: string | null;
  readonly fromAddress: string;
  readonly subject: string;
  readonly receivedAt: number;
  readonly size: number;
  readonly raw: Uint8Array;
  readonly truncated: boolean;
  readonly kind: string | null;
  readonly state: "new" | "processed" | "quarantined";
  readonly reason: string | null;
  readonly ticketId: string | null;
}

/** Without its bytes, of which there may be 25 MB. */
export type MessageRecord = Omit<StoredMessage, "raw">;

export interface Messages {
  /** False where this very message is ours already (delivered twice, moved, rescanned). */
  insert(
    message: Omit<StoredMessage, "kind" | "state" | "reason" | "ticketId"> & {
      readonly quarantineReason: string | null;
    },
  ): Promise<boolean>;
  insertLocation(mailbox: string, location: MessageLocation, pk: string): Promise<void>;
  /** The keys of this mailbox and generation that are ours already. */
  listKnownKeys(mailbox: string, generation: string, keys: readonly string[]): Promise<Set<string>>;
  find(pk: string): Promise<StoredMessage | undefined>;
  markProcessed(
    pk: string,
    result: { kind: string; ticketId: string | null; reason: string | null },
  ): Promise<void>;
  /** Its bytes are gone for good; what was read of it stays. */
  blank(pk: string): Promise<void>;
  markQuarantined(pk: string, reason: string): Promise<void>;
  markNew(pk: string): Promise<void>;
  listQuarantined(): Promise<MessageRecord[]>;
  findCursor(
    mailbox: string,
  ): Promise<(MailboxCursor & { sinceAt: number | null; fullScanAt: number }) | undefined>;
  saveCursor(
    mailbox: string,
    cursor: MailboxCursor & { sinceAt: number | null; fullScanAt: number },
  ): Promise<void>;
}

export interface Tickets {
  insert(
    ticket: Omit<
      Ticket,
      | "number"
      | "version"
      | "status"
      | "resolution"
      | "round"
      | "payerEmail"
      | "provider"
      | "paymentId"
      | "updatedAt"
    >,
  ): Promise<Ticket>;
  find(id: string): Promise<Ticket | undefined>;
  findByNumber(number: number): Promise<Ticket | undefined>;
  /** Any status, newest first. */
  listByOrderNumber(orderNumber: string): Promise<Ticket[]>;
  listByPayment(provider: string, paymentId: string): Promise<Ticket[]>;
  listByRequester(email: string): Promise<Ticket[]>;
  /** In the order of their numbers. */
  list(filter: TicketFilter): Promise<TicketRow[]>;
  /** Compare-and-set on the version; false where someone else was first. */
  update(
    ticket: Ticket,
    change: Partial<
      Pick<
        Ticket,
        "status" | "resolution" | "orderNumbers" | "provider" | "paymentId" | "payerEmail" | "round"
      >
    >,
  ): Promise<Ticket | undefined>;
}

export interface TicketFilter {
  readonly number?: number;
  readonly status?: TicketStatus;
  /** Opened, or a refund of it came to an end, from here on … */
  readonly from?: number;
  /** … and before. */
  readonly before?: number;
  /** Asked for, given back, or paid. */
  readonly amountMinor?: number;
  /** A part of the name of whoever asks or paid, in any writing. */
  readonly name?: string;
  /** Those behind this number. */
  readonly after?: number;
  /** No more than so many, and than 1,000. */
  readonly most?: number;
}

/** A ticket with its latest refund, as the command line and the summary show it. */
export interface TicketRow {
  readonly ticket: Ticket;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly refund: Refund | null;
}

export interface Approvals {
  insertRound(
    round: Omit<Round, "state" | "holdUntil" | "reminders">,
    requests: readonly ApprovalRequest[],
  ): Promise<void>;
  findRound(ticketId: string, round: number): Promise<Round | undefined>;
  listRequests(ticketId: string): Promise<ApprovalRequest[]>;
  findRequestByMessageId(messageIds: readonly string[]): Promise<ApprovalRequest | undefined>;
  findRequestByCodeHash(codeHash: string): Promise<ApprovalRequest | undefined>;
  /** Compare-and-set: false where the round is not open any more. */
  closeRound(ticketId: string, round: number, state: "decided" | "superseded"): Promise<boolean>;
  hold(ticketId: string, round: number, until: number): Promise<void>;
  addReminder(ticketId: string, round: number): Promise<void>;
  record(approval: Approval): Promise<void>;
  /** False where he had not approved; the trail of events keeps that he had. */
  withdraw(ticketId: string, round: number, approver: string): Promise<boolean>;
  listApprovals(ticketId: string, round: number): Promise<Approval[]>;
}

export type MailPhase = "queued" | "composed" | "data" | "accepted" | "refused" | "dropped";

export interface OutgoingMail {
  readonly id: string;
  readonly ticketId: string | null;
  readonly name: MailName;
  readonly variables: MailVariables[MailName];
  readonly locale: Locale;
  readonly to: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly date: number;
  readonly raw: Uint8Array | null;
  /** "data": the message may have left; only the outcome is missing. */
  readonly phase: MailPhase;
  readonly phaseAt: number;
  /** The round this mail asks about; it is dropped where the round is over before it left. */
  readonly round: number | null;
}

export interface Mails {
  /** False where this mail was queued before. */
  insert(mail: Omit<OutgoingMail, "raw" | "phase" | "phaseAt">): Promise<boolean>;
  find(id: string): Promise<OutgoingMail | undefined>;
  findByMessageId(messageIds: readonly string[]): Promise<OutgoingMail | undefined>;
  listByTicket(ticketId: string): Promise<OutgoingMail[]>;
  /** Its bytes are these from now on, whether they may leave or wait; false where its words have been erased. */
  freeze(id: string, raw: Uint8Array, phase: "data" | "composed", at: number): Promise<boolean>;
  setPhase(id: string, phase: MailPhase, at: number): Promise<void>;
  /** Its words and bytes are gone for good: one that has not left must never leave. */
  blank(id: string): Promise<void>;
  countTo(address: string, since: number): Promise<number>;
  /** Tasks and inquiries about this ticket (null: about none) to this address. */
  countTasks(ticketId: string | null, address: string, since: number): Promise<number>;
}

export interface Events {
  append(event: Omit<AuditEvent, "seq">): Promise<void>;
  listByTicket(ticketId: string): Promise<AuditEvent[]>;
  findHead(): Promise<{ seq: number; hash: string } | undefined>;
}

export interface Lane {
  readonly name: string;
  /** failing: backs off by itself; paused: a person must change something. */
  readonly state: "ok" | "failing" | "paused";
  readonly code: string | null;
  readonly message: string | null;
  readonly since: number;
  readonly retryAt: number;
  readonly failures: number;
}

export interface Lanes {
  find(name: string): Promise<Lane | undefined>;
  save(lane: Lane): Promise<void>;
  list(): Promise<Lane[]>;
}

export interface Summaries {
  findLast(): Promise<{ date: string; coversTo: number } | undefined>;
  /** The period that the summary of this local date covered. */
  find(date: string): Promise<{ coversFrom: number; coversTo: number } | undefined>;
  /** False where the day has its summary. */
  insert(run: { date: string; coversFrom: number; coversTo: number; at: number }): Promise<boolean>;
  /** What of this type happened from `from` on and before `to`, in its order. */
  listEvents(type: string, from: number, to: number): Promise<AuditEvent[]>;
}

export interface Switches {
  find(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/** The consent that stands in for the mailbox's password. */
export interface MailGrant extends GrantLife {
  /** The refresh token, sealed. */
  readonly sealed: string;
}

export interface MailGrants {
  find(): Promise<MailGrant | undefined>;
  /** The one before is forgotten. */
  save(grant: MailGrant): Promise<void>;
}

export interface MailboxHold {
  /** Whether the shop's mailbox is this run's still, under this token; and it stays so to the end of the write. */
  holds(hold: { readonly run: string; readonly token: number }): Promise<boolean>;
}

export interface WriteTx {
  readonly messages: Messages;
  readonly tickets: Tickets;
  readonly payments: Payments;
  readonly approvals: Approvals;
  readonly bankAccounts: BankAccounts;
  readonly deposits: Deposits;
  readonly refunds: Refunds;
  readonly providerRefunds: ProviderRefunds;
  readonly reconciliations: Reconciliations;
  readonly mismatches: Mismatches;
  readonly jobs: Jobs;
  readonly mails: Mails;
  readonly personal: PersonalData;
  readonly events: Events;
  readonly lanes: Lanes;
  readonly summaries: Summaries;
  readonly switches: Switches;
  readonly mailGrants: MailGrants;
  readonly census: Census;
  /** Where workers share the mailboxes. */
  readonly mailboxHold: MailboxHold;
  /** Of all shops, not of this one alone. */
  readonly shops: Shops;
}

type Reading<Table> = {
  [Method in keyof Table as Method extends `${"find" | "list" | "count" | "sum"}${string}`
    ? Method
    : never]: Table[Method];
};

export type ReadTx = { readonly [Table in keyof WriteTx]: Reading<WriteTx[Table]> };

export interface Store {
  read<Result>(work: (tx: ReadTx) => Promise<Result>): Promise<Result>;
  /** One transaction: all of it is durable when this resolves, or none of it happened. */
  write<Result>(work: (tx: WriteTx) => Promise<Result>): Promise<Result>;
  /** Called after every committed write. */
  onWrite(listener: () => void): void;
  /** What was erased is gone from the files, too. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}
