// The part of the store that finds personal data and erases it. What is erased stays known by its
// identity, so that a mail that is delivered again does not come back. Handed out by store-port.ts.

import type { KeptTicket } from "./domain/retention.ts";

/** A person by one address, as it stands in tickets, payments and mails; lower case. */
export interface PersonOf {
  readonly address: string;
  readonly ticketIds: readonly string[];
}

/** `all`: also what must not be erased. */
export interface Which {
  readonly all: boolean;
}

export interface PaymentKey {
  readonly provider: string;
  readonly id: string;
}

export interface LooseMail {
  readonly id: string;
  /** What it says, as JSON. */
  readonly words: string;
}

/** Nothing of a ticket that was not erased is listed among messages, mails and payments to be erased. */
export interface PersonalData {
  /** Tickets in an end status that have not changed since `before`, oldest first. */
  listEnded(before: number, after: KeptTicket | null, limit: number): Promise<KeptTicket[]>;
  /** Tickets of whoever asks or pays under this address. */
  listTicketsOf(address: string): Promise<KeptTicket[]>;
  /** Received before; quarantined ones and those not read yet are never among them. */
  listOldMessages(before: number, kind: string | null, limit: number): Promise<string[]>;
  listOldMails(before: number, limit: number): Promise<string[]>;
  listOldPayments(before: number, limit: number): Promise<PaymentKey[]>;
  /** Of these tickets, and from this address. */
  listMessagesOf(person: PersonOf, which?: Which): Promise<string[]>;
  listMailsOf(person: PersonOf, which?: Which): Promise<string[]>;
  /** Summaries and tasks that belong to no ticket, but may name anybody. */
  listLooseMails(): Promise<LooseMail[]>;
  listPaymentsOf(address: string, which?: Which): Promise<PaymentKey[]>;
  /** Of messages from this address that could not be read. */
  countQuarantinedOf(address: string): Promise<number>;
  eraseTicket(id: string, at: number): Promise<void>;
  eraseMessage(pk: string, at: number): Promise<void>;
  /** For a dry run: it counts as erased, and keeps its bytes. */
  passMessage(pk: string, at: number): Promise<void>;
  passMail(id: string, at: number): Promise<void>;
  eraseMail(id: string, at: number): Promise<void>;
  erasePayment(payment: PaymentKey): Promise<void>;
  /** Seals mails that an earlier version left in clear; false where none is left. */
  sealSome(): Promise<boolean>;
}
