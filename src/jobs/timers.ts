// What happens when nothing happens: reminders to approvers, and word to staff about a customer who
// does not answer.

import { formatMoney } from "../domain/money.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Round, Ticket } from "../domain/ticket.ts";
import { ticketReference } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import { remindBankAccount } from "../ticket/bank-account.ts";
import type { Desk } from "../ticket/desk.ts";
import { askAgain } from "../ticket/payout.ts";
import { queueMail } from "../ticket/queue-mail.ts";
import { reissue } from "../ticket/reissue.ts";
import { codeFor } from "../ticket/round.ts";
import { tellStaff } from "../ticket/staff-mail.ts";
import { HENKIN } from "../ticket/transition.ts";
import { DONE, defineLocalJob, type RunnableJob } from "./job.ts";

/** The managers hear of every third reminder that nobody has answered. */
const ESCALATE_EVERY = 3;

export function remindApprovers(desk: Desk): RunnableJob {
  return defineLocalJob(async (tx, job) => {
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    const round = ticket && (await tx.approvals.findRound(ticket.id, Number(job.payload["round"])));
    if (ticket === undefined || round?.state !== "open") return DONE;
    const now = desk.clock.now();
    if (round.holdUntil !== null && round.holdUntil > now) {
      return { next: "again", at: round.holdUntil };
    }
    if (now > round.createdAt + desk.shop.expiresMs) {
      // The codes have expired.
      await reissue(tx, desk, ticket, round, "1");
      return DONE;
    }
    await remind(tx, desk, ticket, round);
    if ((round.reminders + 1) % ESCALATE_EVERY === 0) await escalate(tx, desk, ticket, round);
    return { next: "again", at: desk.calendar.afterBusinessDays(now, desk.shop.remindDays) };
  });
}

/** What is at stake, in the words of reminder and escalation. */
function stakeOf(ticket: Ticket, { question }: Round) {
  const amountMinor = question.kind === "proposal" ? question.proposedMinor : null;
  return {
    reference: ticketReference(ticket.number),
    amount:
      question.kind === "proposal" && amountMinor !== null
        ? formatMoney({ amountMinor, currency: question.currency })
        : "",
    orderNumber: ticket.orderNumbers.join(", "),
    requester: ticket.requesterName ?? ticket.requesterEmail ?? "",
  };
}

async function escalate(tx: WriteTx, desk: Desk, ticket: Ticket, round: Round): Promise<void> {
  const { shop, calendar } = desk;
  for (const manager of shop.managers) {
    await queueMail(tx, desk, {
      name: "escalation",
      ticket,
      to: manager,
      occasion: `${round.round}/${round.reminders + 1}`,
      round: round.round,
      variables: {
        ...stakeOf(ticket, round),
        shopName: shop.name,
        since: calendar.localDate(round.createdAt),
        reminders: String(round.reminders + 1),
        approvers: shop.staff,
      },
    });
  }
}

async function remind(tx: WriteTx, desk: Desk, ticket: Ticket, round: Round): Promise<void> {
  await tx.approvals.addReminder(ticket.id, round.round);
  const requests = await tx.approvals.listRequests(ticket.id);
  for (const request of requests.filter((request) => request.round === round.round)) {
    await queueMail(tx, desk, {
      name: "reminder",
      ticket,
      to: request.approver,
      occasion: `${round.round}/${round.reminders + 1}`,
      round: round.round,
      inReplyTo: request.messageId,
      variables: {
        ...stakeOf(ticket, round),
        shopName: desk.shop.name,
        since: desk.calendar.localDate(round.createdAt),
        code: codeFor(desk, round, request.approver),
      },
    });
  }
}

/** Unless somebody was faster, whatever became of that, or the refund is not dead after all. */
export function askPayout(desk: Desk): RunnableJob {
  return defineLocalJob(async (tx, job) => {
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    if (ticket?.status !== "refund_failed") return DONE;
    const last = (await tx.refunds.listByTicket(ticket.id)).at(-1);
    if (last?.id === job.payload["refundId"] && isDead(last?.state ?? "unknown")) {
      await askAgain(tx, desk, ticket, HENKIN, "hand");
    }
    return DONE;
  });
}

export function remindOfBankAccount(desk: Desk): RunnableJob {
  return defineLocalJob(async (tx, job) => {
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    if (ticket === undefined) return DONE;
    const { index, payer = "" } = job.payload;
    if (await remindBankAccount(tx, desk, ticket, { index: Number(index), payer })) return DONE;
    return { next: "again", at: desk.calendar.afterBusinessDays(desk.clock.now(), 1) };
  });
}

export function chaseCustomer(desk: Desk): RunnableJob {
  return defineLocalJob(async (tx, job) => {
    const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
    if (ticket?.status === "unmatched") {
      await tellStaff(tx, desk, ticket, "customer-silent", "customer_silent");
    }
    return DONE;
  });
}
