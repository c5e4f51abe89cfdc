// The part of the store that knows payments and refunds: our own attempts, the provider's as they were
// last seen, and what the two did not agree about. Handed out by store-port.ts.

import type { Payment } from "./domain/payment.ts";
import type { MismatchKind, SeenRefund } from "./domain/reconciliation.ts";
import type { Refund } from "./domain/ticket.ts";

/** What becomes of an attempt; all else of it stands from the moment its key is stored. */
type Changing =
  | "state"
  | "providerRefundId"
  | "failureReason"
  | "storedErrors"
  | "needsPerson"
  | "followUntil"
  | "accountAskedAt"
  | "accountUntil";

export interface Refunds {
  insert(refund: Omit<Refund, Changing | "updatedAt">): Promise<void>;
  find(id: string): Promise<Refund | undefined>;
  findByRound(ticketId: string, round: number): Promise<Refund | undefined>;
  findByProviderId(provider: string, providerRefundId: string): Promise<Refund | undefined>;
  listByTicket(ticketId: string): Promise<Refund[]>;
  listByPayment(provider: string, paymentId: string): Promise<Refund[]>;
  /** Refunds by this provider (no voids, nothing by hand) whose key was stored at or after `from`. */
  listSince(provider: string, from: number): Promise<Refund[]>;
  update(id: string, change: Partial<Pick<Refund, Changing>>): Promise<void>;
  /** Refunds, also by hand (no voids), whose key was stored at or after `from` and that were not refused. */
  countSince(from: number): Promise<{ count: number; amountMinor: number }>;
}

export interface StoredAccount {
  /** By the vault, about the ticket. */
  readonly sealed: string;
  /** Of the account in clear and of whose it is: what an approval is bound to. */
  readonly digest: string;
  /** For whose payment it was given, and by which address. */
  readonly provider: string;
  readonly paymentId: string;
  readonly payer: string;
  /** The customer's mail. */
  readonly messagePk: string;
}

/** The customer's bank account, until the transfer is reported. */
export interface BankAccounts {
  find(ticketId: string): Promise<StoredAccount | undefined>;
  save(ticketId: string, account: StoredAccount, at: number): Promise<void>;
  remove(ticketId: string): Promise<void>;
}

export interface Deposit {
  readonly amountMinor: number;
  /** See decider.ts. */
  readonly statedBy: string;
  /** Epoch ms. */
  readonly statedAt: number;
}

/** What was received, as staff said for one ticket. */
export interface Deposits {
  /** What was said last, for whichever ticket. */
  findNewest(provider: string, paymentId: string): Promise<Deposit | undefined>;
  find(ticketId: string, provider: string, paymentId: string): Promise<Deposit | undefined>;
  save(ticketId: string, provider: string, paymentId: string, deposit: Deposit): Promise<void>;
}

export interface ProviderRefunds {
  find(provider: string, id: string): Promise<SeenRefund | undefined>;
  save(refund: SeenRefund): Promise<void>;
  /** Created at or after `from`. */
  listSince(provider: string, from: number): Promise<SeenRefund[]>;
  /** Made elsewhere, and adopted in this time. */
  listAdopted(from: number, to: number): Promise<SeenRefund[]>;
}

/** One comparison of a provider's refunds with ours; a provider has its latest only. */
export interface Reconciliation {
  readonly provider: string;
  readonly createdFrom: number;
  /** Which page is next; null before the first, and once all are read. */
  readonly page: string | null;
  readonly state: "listing" | "listed" | "done";
  /** Names this comparison: refunds seen in it carry it. */
  readonly startedAt: number;
  /** Of this comparison, or of the one before it while this one goes on; null before the first. */
  readonly doneAt: number | null;
}

export interface Reconciliations {
  find(provider: string): Promise<Reconciliation | undefined>;
  list(): Promise<Reconciliation[]>;
  save(reconciliation: Reconciliation): Promise<void>;
}

/** Something a person must look into; it stands in every summary until a comparison clears it. */
export interface StoredMismatch {
  readonly provider: string;
  readonly kind: MismatchKind;
  /** What it is about, so that the same one is told once. */
  readonly subject: string;
  readonly ticketId: string | null;
  /** For the sentence of this kind. */
  readonly values: readonly string[];
  readonly foundAt: number;
}

export interface Mismatches {
  /** False where it is known and open; then only its words are renewed. */
  raise(mismatch: StoredMismatch): Promise<boolean>;
  clear(mismatch: Pick<StoredMismatch, "provider" | "kind" | "subject">, at: number): Promise<void>;
  /** Oldest first. */
  listOpen(): Promise<StoredMismatch[]>;
}

export interface Payments {
  /** Returns those that are new or changed. */
  upsert(payments: readonly Payment[], fetchedAt: number): Promise<Payment[]>;
  find(provider: string, id: string): Promise<Payment | undefined>;
  listByOrderNumbers(orderNumbers: readonly string[]): Promise<Payment[]>;
  /** Whose address, name or name in kana is this; a key that is null or absent finds nothing. */
  listByPayer(payer: {
    email: string | null;
    nameKey: string | null;
    kanaKey?: string | null;
  }): Promise<Payment[]>;
  /** In whose description or payer's name one of the texts stands; created at or after `from`. */
  listByMemo(texts: readonly string[], from: number): Promise<Payment[]>;
  /** Bank transfers, and payments without an order number; created at or after `from`. */
  listUnreferenced(from: number): Promise<Payment[]>;
  /** How many there are of each provider that has any. */
  countByProvider(): Promise<ReadonlyMap<string, number>>;
  /** Those that may still change by themselves, least recently read first. */
  listUnsettled(provider: string, createdFrom: number, limit: number): Promise<string[]>;
  findSync(provider: string): Promise<PaymentSync | undefined>;
  saveSync(provider: string, sync: PaymentSync): Promise<void>;
}

export interface PaymentSync {
  /** Where the first reading of the whole history stands; null when it is done. */
  readonly page: string | null;
  readonly complete: boolean;
  /** Up to when the provider's changes are in the index, epoch ms. */
  readonly syncedAt: number;
}
