// Everything that is kept of one person, found by an address: of the ticket, of the payment, or of a mail.

import { COMMAND_KIND } from "../domain/approval/staff-command.ts";
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

/** A name of one sign is part of many words. */
const NAME_LENGTH_MIN = 2;

/** Null where a ticket is open: then nothing of the person may go. */
export function planForgetting(
  address: string,
  tickets: readonly PersonsTicket[],
): Forgetting | null {
  if (tickets.some(({ standing }) => standing.kind === "open")) return null;
  const free = tickets.filter(({ standing }) => standing.kind === "free");
  const names = free.flatMap(({ ticket }) => [ticket.requesterName, ticket.requesterKana]);
  const long = names.filter((name) => name !== null && name.length >= NAME_LENGTH_MIN);
  return {
    address,
    free: free.map(({ kept }) => kept),
    names: [address, ...(long as string[])],
    keptNumbers: tickets
      .filter(({ standing }) => standing.kind === "books")
      .map(({ kept }) => kept.number),
  };
}

export interface PersonalRecord {
  readonly tickets: readonly {
    readonly ticket: Ticket;
    readonly standing: Standing;
    readonly refunds: readonly Refund[];
    readonly approvals: readonly Approval[];
    readonly account: unknown;
    readonly history: readonly AuditEvent[];
  }[];
  readonly messages: readonly {
    readonly at: number;
    readonly subject: string;
    readonly from: string;
    readonly raw: Uint8Array;
  }[];
  /** Without their bytes where they went to staff: those bear what an approval needs. */
  readonly mails: readonly {
    readonly at: number;
    readonly name: string;
    readonly isTheirs: boolean;
    readonly raw: Uint8Array | null;
  }[];
  readonly payments: readonly Payment[];
}

/** Staff's own mails show codes that approve, and are staff's. */
const OF_STAFF = ["staff_reply", COMMAND_KIND];

export async function recordOf(tx: ReadTx, desk: Desk, address: string): Promise<PersonalRecord> {
  const found = await findTicketsOf(tx, desk, address);
  const tickets = [];
  for (const { ticket, standing } of found)
    tickets.push(await ticketOf(tx, desk, ticket, standing));
  // Who only paid does not see the mails of who asked.
  const own = found.filter(({ ticket }) => ticket.requesterEmail?.toLowerCase() === address);
  const person = { address, ticketIds: own.map(({ ticket }) => ticket.id) };
  const messages = await messagesOf(tx, person);
  const mails = await mailsOf(tx, person);
  const payments = [];
  for (const { provider, id } of await tx.personal.listPaymentsOf(address, { all: true })) {
    const payment = await tx.payments.find(provider, id);
    if (payment !== undefined) payments.push(payment);
  }
  return { tickets, messages, mails, payments };
}

async function messagesOf(tx: ReadTx, person: PersonOf): Promise<PersonalRecord["messages"]> {
  const messages = [];
  for (const pk of await tx.personal.listMessagesOf(person, { all: true })) {
    const message = await tx.messages.find(pk);
    if (message === undefined) continue;
    const { receivedAt: at, subject, fromAddress: from, kind, raw } = message;
    const isStaffs = OF_STAFF.includes(kind ?? "") && from !== person.address;
    if (!isStaffs) messages.push({ at, subject, from, raw });
  }
  return messages;
}

async function mailsOf(tx: ReadTx, person: PersonOf): Promise<PersonalRecord["mails"]> {
  const mails = [];
  for (const id of await tx.personal.listMailsOf(person, { all: true })) {
    const mail = await tx.mails.find(id);
    if (mail === undefined) continue;
    const isTheirs = mail.to.toLowerCase() === person.address;
    mails.push({ at: mail.date, name: mail.name, isTheirs, raw: isTheirs ? mail.raw : null });
  }
  return mails;
}

async function ticketOf(tx: ReadTx, desk: Desk, ticket: Ticket, standing: Standing) {
  const { id, provider, paymentId } = ticket;
  const approvals: Approval[] = [];
  for (let round = 1; round <= ticket.round; round += 1) {
    approvals.push(...(await tx.approvals.listApprovals(id, round)));
  }
  const isMatched = provider !== null && paymentId !== null;
  const payment = isMatched ? await tx.payments.find(provider, paymentId) : undefined;
  const known = payment === undefined ? null : await findAccount(tx, desk, ticket, payment);
  return {
    ...{ ticket, standing, approvals, account: known?.account ?? null },
    refunds: await tx.refunds.listByTicket(id),
    history: await tx.events.listByTicket(id),
  };
}
