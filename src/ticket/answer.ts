// A staff member's answer by mail. It decides only if everything holds: who wrote it, which request
// it answers, and that its words are one of the closed grammar. Anything else does nothing and is
// explained once, to the configured address, never to whatever the From says.

import { ambiguityWords } from "../domain/approval/ambiguity-words.ts";
import type { Words } from "../domain/approval/approval-words.ts";
import { checkApprover, checkThread, codesIn, parentsOf } from "../domain/approval/approver.ts";
import { isByMail } from "../domain/approval/decider.ts";
import { type Decision, interpret, type Request } from "../domain/approval/decision.ts";
import type { DkimSignature } from "../domain/approval/dkim.ts";
import type { WrittenText } from "../domain/approval/reply-text.ts";
import type { MailMessage } from "../domain/mail-message.ts";
import { CANDIDATES_MAX } from "../domain/matching.ts";
import { isBeforeRestore } from "../domain/restored.ts";
import {
  type ApprovalRequest,
  type Round,
  type Ticket,
  ticketReference,
} from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { applyDecision, stopRefund } from "./decide.ts";
import { approverRules, type Desk } from "./desk.ts";
import { findOpenPayout } from "./payout.ts";
import { endPayout, mayCallOff, reportTransfer } from "./payout-answer.ts";
import { queueMail } from "./queue-mail.ts";
import { askAfterRestore, findRestoredAt } from "./restored.ts";
import { codeFor, hashCode } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { note } from "./transition.ts";
import { leadsToMoney, verdictOf } from "./verdict.ts";

export interface Answer {
  readonly messagePk: string;
  readonly receivedAt: number;
  readonly message: MailMessage;
  readonly signatures: readonly DkimSignature[];
  readonly written: WrittenText;
  readonly words: Words;
  /** From [R-<n>] in the subject; null without one. */
  readonly ticketNumber: number | null;
}

export async function takeAnswer(
  tx: WriteTx,
  desk: Desk,
  answer: Answer,
): Promise<{ ticket: Ticket | null; reason: string }> {
  const { signatures } = answer;
  const sender = checkApprover(answer.message, { ...approverRules(desk.shop), signatures });
  const { written, words } = answer;
  const ticket = await findTicket(tx, desk, answer, sender.ok);
  if (ticket === null) return { ticket, reason: "no_ticket" };
  const by = sender.address ?? "";
  await note(tx, desk, ticket, "answer_received", by, {
    message: answer.messagePk,
    sender: sender.reason,
  });
  if (!sender.ok) {
    await refuseSender(tx, desk, ticket, by, sender.reason);
    return { ticket, reason: sender.reason };
  }
  const thread = await findThread(tx, desk, answer, ticket, by, words.code);
  const isOpen = (await findOpenPayout(tx, ticket)) !== undefined;
  if (words.kind === "done" && written.ambiguous === null && (thread !== null || !isOpen)) {
    await reportTransfer(tx, desk, ticket, { reference: words.reference, by });
  }
  if (thread !== null) {
    await explain(tx, desk, ticket, by, thread, written.text);
    return { ticket, reason: thread };
  }
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  if (round === undefined) return { ticket, reason: "no_round" };
  const { ambiguous } = written;
  const said: Words =
    ambiguous === null ? words : { ...words, kind: "ambiguous", reason: ambiguous };
  const { messagePk, receivedAt } = answer;
  const shown = [words.code ?? "", ...codesIn(answer.message)].map((code) => code.toUpperCase());
  const withCode = shown.includes(codeFor(desk, round, by));
  const deciding = { ticket, round, by, messagePk, withCode, receivedAt };
  const refusal = await decideByWords(tx, desk, deciding, said);
  if (refusal !== null) await explain(tx, desk, ticket, by, refusal, written.text);
  return { ticket, reason: refusal ?? said.kind };
}

async function findTicket(
  tx: WriteTx,
  desk: Desk,
  { ticketNumber, message }: Answer,
  isApprover: boolean,
): Promise<Ticket | null> {
  if (ticketNumber !== null) return (await tx.tickets.findByNumber(ticketNumber)) ?? null;
  const request =
    (await tx.approvals.findRequestByMessageId([...message.inReplyTo, ...message.references])) ??
    (isApprover ? await findRequestByCode(tx, desk, message) : undefined);
  return request === undefined ? null : ((await tx.tickets.find(request.ticketId)) ?? null);
}

/** A message shows one code, or that of a request and of what was said about it later. */
const CODES_MAX = 5;

/** The request whose one-time code the message shows, in its text or its quote. */
export async function findRequestByCode(
  tx: ReadTx,
  desk: Desk,
  message: MailMessage,
): Promise<ApprovalRequest | undefined> {
  for (const code of codesIn(message).slice(0, CODES_MAX)) {
    const request = await tx.approvals.findRequestByCodeHash(hashCode(desk, code));
    if (request !== undefined) return request;
  }
  return undefined;
}

/** Null where the answer belongs to the newest request to this approver; else what is wrong. */
async function findThread(
  tx: WriteTx,
  desk: Desk,
  { message }: Answer,
  ticket: Ticket,
  by: string,
  codeFromText: string | null,
): Promise<"thread" | "superseded" | null> {
  const requests = (await tx.approvals.listRequests(ticket.id)).filter(
    ({ approver }) => approver === by,
  );
  const current = requests.find(({ round }) => round === ticket.round);
  if (current === undefined) return "thread";
  const payout = await findOpenPayout(tx, ticket);
  // A task stays the same however long it takes.
  const isCodeValid = payout !== undefined || current.expiresAt > desk.clock.now();
  const check = (messageIds: readonly string[], code: string | null) =>
    checkThread(message, {
      shopEmail: desk.shop.email,
      messageIds,
      ticketNumber: ticket.number,
      code,
      codeFromText,
    }).ok;
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  const code = isCodeValid && round !== undefined ? codeFor(desk, round, by) : null;
  const mails = payout === undefined ? [] : await tx.mails.listByTicket(ticket.id);
  const tasks = mails.filter(
    (mail) => mail.name === "staff_task" && mail.round === ticket.round && mail.to === by,
  );
  const ids = [current.messageId, ...tasks.map(({ messageId }) => messageId)];
  const isToKnown = await areKnown(tx, parentsOf(message));
  if (check(isToKnown ? ids : [], code)) return null;
  const older = requests.filter(({ round }) => round !== ticket.round);
  return check(
    older.map(({ messageId }) => messageId),
    null,
  )
    ? "superseded"
    : "thread";
}

/**
 * After a restore, or beside a second installation, an answer may be to a later request of ours that this
 * database does not know. It names the earlier ones too, and may have been asked something else.
 */
async function areKnown(tx: ReadTx, messageIds: readonly string[]): Promise<boolean> {
  for (const messageId of messageIds) {
    if ((await tx.mails.findByMessageId([messageId])) === undefined) return false;
  }
  return true;
}

/** What the round asks, as the grammar needs it. */
export function requestOf(ticket: Ticket, { question }: Round): Request {
  if (question.kind === "candidates") {
    return {
      kind: "candidates",
      numbers: question.candidates.map((_candidate, index) => index + 1),
    };
  }
  const { currency } = question;
  if (question.kind === "deposit") {
    const forbiddenNumbers = [...ticket.orderNumbers, String(ticket.number)];
    return { kind: "deposit", currency, forbiddenNumbers };
  }
  const { action, proposedMinor, refundableMinor } = question;
  // 1 to 9 were, or may have been, numbers of candidates; no refund is that small.
  const candidates = Array.from({ length: CANDIDATES_MAX }, (_none, index) => String(index + 1));
  const forbiddenNumbers = [...ticket.orderNumbers, String(ticket.number), ...candidates];
  if (ticket.status === "awaiting_manual_refund") return { kind: "task", currency };
  return { kind: "proposal", action, proposedMinor, refundableMinor, currency, forbiddenNumbers };
}

/** What is decided about, by whom (decider.ts), and in which mail. */
export interface Deciding {
  readonly ticket: Ticket;
  readonly round: Round;
  readonly by: string;
  readonly messagePk: string | null;
  /** The mail shows the request's one-time code. */
  readonly withCode: boolean;
  /** Epoch ms, by the mail server's clock; 0 where it may have been at any time. */
  readonly receivedAt: number;
}

/** Does what the words mean to this round's question; returns why not, or null. */
export async function decideByWords(
  tx: WriteTx,
  desk: Desk,
  deciding: Deciding,
  words: Words,
): Promise<string | null> {
  const { ticket, round, by, messagePk, withCode } = deciding;
  if ((await findOpenPayout(tx, ticket)) !== undefined) {
    return answerTask(tx, desk, deciding, words);
  }
  const decision: Decision = interpret(words, requestOf(ticket, round));
  // Who refuses what is approved but not paid yet wants it stopped.
  const isStop =
    decision.decision === "stop" ||
    (decision.decision === "reject" && ticket.status === "approved");
  if (isStop) return stopRefund(tx, desk, ticket, by);
  if (round.state !== "open") return round.state === "decided" ? "decided" : "superseded";
  const verdict = verdictOf(desk, decision);
  if (verdict === null) return decision.ambiguity ?? "unclear";
  const restoredAt = await findRestoredAt(tx);
  if (leadsToMoney(verdict) && isBeforeRestore(deciding.receivedAt, restoredAt)) {
    return askAfterRestore(tx, desk, deciding, verdict.kind);
  }
  return applyDecision(tx, desk, {
    ticket,
    round,
    verdict,
    by,
    // Free text behind a rejection stays internal.
    note: decision.note ?? (verdict.kind === "reject" ? decision.reasonText : null),
    messagePk,
    withCode,
  });
}

/** An answer to staff's own task, a transfer by hand. */
async function answerTask(
  tx: WriteTx,
  desk: Desk,
  { ticket, round, by, messagePk }: Deciding,
  words: Words,
): Promise<string | null> {
  // Who has the mailbox moves everybody's mail in it: that says nothing of a transfer.
  if (!isByMail(by)) return "task_words";
  const decision = interpret(words, requestOf(ticket, round));
  switch (decision.decision) {
    case "done": {
      const { reference } = decision;
      return endPayout(tx, desk, ticket, { kind: "done", reference, by, messagePk });
    }
    case "reject":
    case "stop":
      return endPayout(tx, desk, ticket, { kind: "declined", reference: null, by, messagePk });
    case "hold": {
      const verdict = verdictOf(desk, decision);
      const payout = await findOpenPayout(tx, ticket);
      if (verdict?.kind !== "hold") return "unclear";
      if (payout === undefined || !mayCallOff(payout, by)) return "not_asked";
      await tx.approvals.hold(ticket.id, round.round, verdict.until);
      await note(tx, desk, ticket, "decision", by, { decision: "held", until: verdict.until });
      return null;
    }
    default:
      return decision.ambiguity ?? "task_words";
  }
}

async function refuseSender(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  by: string,
  reason: string,
): Promise<void> {
  if (reason.startsWith("automatic")) return;
  if (desk.shop.staff.includes(by)) {
    // Whoever forges a sender must not have the shop mail his words to staff.
    await explain(tx, desk, ticket, by, "unauthenticated", "");
    return;
  }
  await tellStaff(tx, desk, ticket, `stranger/${ticket.round}/${by}`, "not_an_approver", [by]);
}

/** Told once for each reason and round; the request itself stays open. */
export async function explain(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  approver: string,
  reason: string,
  text: string,
): Promise<void> {
  const requests = await tx.approvals.listRequests(ticket.id);
  const current = requests.find(
    (request) => request.approver === approver && request.round === ticket.round,
  );
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  await queueMail(tx, desk, {
    name: "ambiguous_answer",
    ticket,
    to: approver,
    occasion: `${ticket.round}/${reason}`,
    inReplyTo: current?.messageId ?? null,
    variables: {
      reference: ticketReference(ticket.number),
      shopName: desk.shop.name,
      reason: ambiguityWords(reason, desk.shop.locale),
      answer: text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .slice(0, 20),
      code: current === undefined || round === undefined ? "" : codeFor(desk, round, approver),
    },
  });
}
