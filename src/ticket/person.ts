// Everything that is kept of one person, found by an address: of the ticket, of the payment, or of a mail.

import type { Payment } from "../domain/payment.ts";
import { type KeptTicket, type Standing, standingOf } from "../domain/retention.ts";
import type { Approval, AuditEvent, Refund, Ticket } from "../domain/ticket.ts";
import type { PersonOf, ReadTx } from "../store-port.ts";
import { findAccount } from "./bank-account.ts";
import type { Desk } from "./desk.ts";
import type { Forgetting, Keeper } from "./purge.ts";

export interface PersonsTicket {
  readonly ticket: Ticket;
  readonly kept: KeptTicket;
  readonly standing: Standing;
}

export async function findTicketsOf(
  tx: ReadTx,
  desk: Keeper,
  address: string,
): Promise<PersonsTicket[]> {
  const found: PersonsTicket[] = [];
  for (const kept of await tx.personal.listTicketsOf(address)) {
    const ticket = await tx.tickets.find(kept.id);
    if (ticket === undefined) continue;
    const standing = standingOf(kept, desk.clock.now(), desk.shop.retention);
    found.push({ ticket, kept, standing });
  }
  return found;
}

/** Null where a ticket is open: then nothing of the person may go. */
export function planForgetting(
  address: string,
  tickets: readonly PersonsTicket[],
): Forgetting | null {
  if (tickets.some(({ standing }) => standing.kind === "open")) return null;
  const free = tickets.filter(({ standing }) => standing.kind === "free");
  const names = free.flatMap(({ ticket }) => [ticket.requesterName, ticket.requesterKana]);
  return {
    address,
    free: free.map(({ kept }) => kept),
    names: names.filter((name) => name !== null),
    keptNumbers: tickets
      .filter(({ standing }) => standing.kind === "books")
      .map(({ kept }) => kept.number),
  };
}

/**
 * Whoever asks may ask in the payer's name: each gets what he wrote or was sent, and the payer what was
 * paid. What staff note for themselves is nobody's.
 */
export interface PersonalRecord {
  readonly tickets: readonly PersonalTicket[];
  readonly messages: readonly {
    readonly at: number;
    readonly subject: string;
    readonly from: string;
    readonly raw: Uint8Array;
  }[];
  readonly mails: readonly {
    readonly at: number;
    readonly name: string;
    readonly raw: Uint8Array | null;
  }[];
  readonly payments: readonly Payment[];
}

interface PersonalTicket {
  readonly ticket: Ticket;
  readonly standing: Standing;
  /** The request is this person's. */
  readonly asks: boolean;
  /** The payment is; null where it is not. */
  readonly paid: {
    readonly orderNumbers: readonly string[];
    readonly refunds: readonly Refund[];
    readonly approvals: readonly Approval[];
    readonly account: unknown;
  } | null;
  /** Of who asks and has paid. */
  readonly history: readonly AuditEvent[];
}

/** Whose mail it is; null where nobody can be named. */
export type WriterOf = (raw: Uint8Array, from: string) => Promise<string | null>;

export async function recordOf(
  tx: ReadTx,
  desk: Desk,
  address: string,
  writerOf: WriterOf,
): Promise<PersonalRecord> {
  const payments = [];
  for (const { provider, id } of await tx.personal.listPaymentsOf(address, { all: true })) {
    const payment = await tx.payments.find(provider, id);
    if (payment !== undefined) payments.push(payment);
  }
  const tickets = [];
  for (const found of await findTicketsOf(tx, desk, address)) {
    tickets.push(await ticketOf(tx, desk, found, address, payments));
  }
  const ticketIds = tickets.filter(({ asks }) => asks).map(({ ticket }) => ticket.id);
  const messages = await messagesOf(tx, { address, ticketIds }, writerOf);
  return { tickets, messages, mails: await mailsTo(tx, address), payments };
}

/** A mail of a ticket may be another's, or staff's, whose mails show codes that approve. */
async function messagesOf(
  tx: ReadTx,
  person: PersonOf,
  writerOf: WriterOf,
): Promise<PersonalRecord["messages"]> {
  const messages = [];
  for (const pk of await tx.personal.listMessagesOf(person, { all: true })) {
    const message = await tx.messages.find(pk);
    if (message === undefined) continue;
    const { receivedAt: at, subject, fromAddress: from, raw } = message;
    if ((await writerOf(raw, from)) === person.address) messages.push({ at, subject, from, raw });
  }
  return messages;
}

async function mailsTo(tx: ReadTx, address: string): Promise<PersonalRecord["mails"]> {
  const mails = [];
  for (const id of await tx.personal.listMailsOf({ address, ticketIds: [] }, { all: true })) {
    const mail = await tx.mails.find(id);
    if (mail !== undefined) mails.push({ at: mail.date, name: mail.name, raw: mail.raw });
  }
  return mails;
}

async function ticketOf(
  tx: ReadTx,
  desk: Desk,
  { ticket, standing }: PersonsTicket,
  address: string,
  payments: readonly Payment[],
): Promise<PersonalTicket> {
  const asks = ticket.requesterEmail?.toLowerCase() === address;
  const find = (provider: string | null, id: string | null) =>
    payments.find((payment) => payment.provider === provider && payment.id === id);
  const payment = find(ticket.provider, ticket.paymentId);
  if (payment === undefined) {
    // Nobody else is known to have paid, and so nothing of another is in its history.
    const isAlone = asks && ticket.paymentId === null && ticket.round === 0;
    const history = isAlone ? await tx.events.listByTicket(ticket.id) : [];
    return { ticket, standing, asks, paid: null, history };
  }
  // Another payment may have stood in the ticket before.
  const refunds = (await tx.refunds.listByTicket(ticket.id)).filter(
    ({ provider, paymentId }) => find(provider, paymentId) !== undefined,
  );
  const approvals: Approval[] = [];
  for (let round = 1; round <= ticket.round; round += 1) {
    const question = (await tx.approvals.findRound(ticket.id, round))?.question;
    if (question === undefined || question.kind === "candidates") continue;
    if (find(question.provider, question.paymentId) === undefined) continue;
    approvals.push(...(await tx.approvals.listApprovals(ticket.id, round)));
  }
  const known = await findAccount(tx, desk, ticket, payment);
  const paid = { orderNumbers: payment.orderNumbers, refunds, approvals };
  const history = asks ? await tx.events.listByTicket(ticket.id) : [];
  return { ticket, standing, asks, paid: { ...paid, account: known?.account ?? null }, history };
}
