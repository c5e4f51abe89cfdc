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
  readonly name: string;
  readonly date: number;
  /** What it says, as JSON. */
  readonly words: string;
}

/** One of many, in the order of age. */
export interface OldRow {
  readonly id: string;
  readonly at: number;
  /** Nobody needs it any more. */
  readonly mayGo: boolean;
}

export type OldPayment = OldRow & PaymentKey;

/** Nothing of a ticket that was not erased is listed among messages, mails and payments to be erased. */
export interface PersonalData {
  /** Tickets in an end status that have not changed since `before`, oldest first. */
  listEnded(before: number, after: KeptTicket | null, limit: number): Promise<KeptTicket[]>;
  /** Tickets of whoever asks or pays under this address. */
  listTicketsOf(address: string): Promise<KeptTicket[]>;
  /** Of no concern to henkin; quarantined ones and those not read yet are never among them. */
  listOtherMessages(before: number, limit: number): Promise<string[]>;
  /** Oldest first and from the one after `after` on, those that must stay, too. */
  listOldMessages(before: number, after: OldRow | null, limit: number): Promise<OldRow[]>;
  listOldMails(before: number, after: OldRow | null, limit: number): Promise<OldRow[]>;
  listOldPayments(before: number, after: OldPayment | null, limit: number): Promise<OldPayment[]>;
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
  /** `to` stands for the address from then on. */
  eraseMail(id: string, at: number, to: string): Promise<void>;
  erasePayment(payment: PaymentKey): Promise<void>;
  /** Seals mails that an earlier version left in clear; false where none is left. */
  sealSome(): Promise<boolean>;
}
