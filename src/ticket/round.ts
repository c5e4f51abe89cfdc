// A round: one asking of the approvers, with a request to each that has a derived Message-ID and a
// one-time code, and the reminder. Any change of facts is a new round.

import type { Money } from "../domain/money.ts";
import type { MailName } from "../domain/outgoing-mail.ts";
import type { Question, Round, Ticket } from "../domain/ticket.ts";
import { ticketReference } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { messageIdFor } from "./queue-mail.ts";
import { HENKIN, note } from "./transition.ts";

/** Short enough to type, long enough that guessing is hopeless: 40 bits, one try a mail. */
export function codeFor(
  desk: Desk,
  round: Pick<Round, "ticketId" | "round" | "questionHash">,
  approver: string,
): string {
  const { ticketId, questionHash } = round;
  const digest = desk.signer.derive("code", ticketId, round.round, questionHash, approver);
  return digest.slice(0, 10).toUpperCase();
}

/** With the question in it, an answer to another question of a restored backup stays foreign. */
export function occasionOf(round: Pick<Round, "round" | "questionHash">): string {
  return `${round.round}/${round.questionHash.slice(0, 16)}`;
}

export function hashCode(desk: Desk, code: string): string {
  return desk.signer.derive("code-hash", code.toUpperCase());
}

/** Ties an approval to exactly what was asked. */
export function hashQuestion(desk: Desk, question: Question): string {
  return desk.signer.derive("question", JSON.stringify(question));
}

export function answerLink(desk: Desk, ticket: Ticket, code: string, word: string): string {
  const subject = encodeURIComponent(`Re: [${ticketReference(ticket.number)}]`);
  const codeLine = desk.shop.locale === "ja" ? `コード: ${code}` : `Code: ${code}`;
  return `mailto:${desk.shop.email}?subject=${subject}&body=${encodeURIComponent(`${word}\r\n${codeLine}`)}`;
}

/** By which mail each question is asked. */
const REQUESTS = {
  proposal: "approval_request",
  candidates: "candidates",
  deposit: "deposit_question",
} as const satisfies Record<Question["kind"], MailName>;

export async function openRound(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  question: Question,
): Promise<{ round: number; occasion: string; ticket: Ticket; codes: Map<string, string> }> {
  const round = ticket.round + 1;
  if (ticket.round > 0) await tx.approvals.closeRound(ticket.id, ticket.round, "superseded");
  const asked = await tx.tickets.update(ticket, { round });
  if (asked === undefined) throw new Error("the ticket changed inside its own transaction");
  const now = desk.clock.now();
  const opened = { ticketId: ticket.id, round, questionHash: hashQuestion(desk, question) };
  const occasion = occasionOf(opened);
  const codes = new Map(
    desk.shop.staff.map((approver) => [approver, codeFor(desk, opened, approver)]),
  );
  const name = REQUESTS[question.kind];
  await tx.approvals.insertRound(
    {
      ticketId: ticket.id,
      round,
      question,
      questionHash: opened.questionHash,
      ticketVersion: asked.version,
      createdAt: now,
    },
    [...codes].map(([approver, code]) => ({
      ticketId: ticket.id,
      round,
      approver,
      messageId: messageIdFor(desk, { name, ticketId: ticket.id, occasion, to: approver }),
      codeHash: hashCode(desk, code),
      expiresAt: now + desk.shop.expiresMs,
    })),
  );
  await note(tx, desk, ticket, "approval_asked", HENKIN, {
    round,
    kind: question.kind,
    ...askedOf(question),
  });
  await tx.jobs.add({
    id: `remind_approvers/${ticket.id}/${round}`,
    kind: "remind_approvers",
    lane: "local",
    ticketId: ticket.id,
    payload: { round: String(round) },
    dueAt: desk.calendar.afterBusinessDays(now, desk.shop.remindDays),
  });
  return { round, occasion, ticket: asked, codes };
}

function askedOf(question: Question): Readonly<Record<string, unknown>> {
  if (question.kind === "candidates") return { candidates: question.candidates.length };
  const { provider, paymentId, currency } = question;
  if (question.kind === "deposit") return { provider, paymentId };
  const { action, proposedMinor } = question;
  return { action, provider, paymentId, proposedMinor, currency };
}

export function needsSecondApproval(desk: Desk, amountMinor: number): boolean {
  const { secondApprovalFromMinor } = desk.shop;
  return secondApprovalFromMinor !== null && amountMinor >= secondApprovalFromMinor;
}

/** What is planned to be paid: approved last, or else proposed. Null where nobody has said an amount. */
export async function findPlanned(
  tx: ReadTx,
  ticket: Pick<Ticket, "id" | "round">,
): Promise<Money | null> {
  for (let number = ticket.round; number > 0; number -= 1) {
    const question = (await tx.approvals.findRound(ticket.id, number))?.question;
    if (question?.kind !== "proposal") continue;
    const approval = (await tx.approvals.listApprovals(ticket.id, number)).at(-1);
    const amountMinor = approval?.amountMinor ?? question.proposedMinor;
    if (amountMinor !== null) return { amountMinor, currency: question.currency };
  }
  return null;
}

/** Later rounds answer the first request, so that a mail program shows one thread a ticket. */
export async function firstRequest(
  tx: WriteTx,
  ticket: Ticket,
  approver: string,
  round: number,
): Promise<string | null> {
  if (round === 1) return null;
  const requests = await tx.approvals.listRequests(ticket.id);
  const first = requests.find((request) => request.approver === approver);
  return first === undefined || first.round === round ? null : first.messageId;
}

/** The round whose question equals this one is open already: nothing new to ask. */
export async function isAskedAlready(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  question: Question,
): Promise<boolean> {
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  return round?.state === "open" && round.questionHash === hashQuestion(desk, question);
}
