// Carries out what a person decided about the open round, whether by mail or at the command line.
// One-shot: the round is closed by compare-and-set, so that the first valid decision wins.

import { isSameDecider } from "../domain/approval/decider.ts";
import type { Approval, Proposal, Ticket } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { orderEnd } from "./attempt-end.ts";
import { writeToCustomer } from "./customer-mail.ts";
import { takeDeposit } from "./deposit-answer.ts";
import type { Desk } from "./desk.ts";
import { askCustomer } from "./match.ts";
import { isBarePayout, mayNotApprove, sufficesAlone } from "./may-decide.ts";
import { tellDecision } from "./staff-mail.ts";
import { happen, note } from "./transition.ts";
import type { Decided, Refusal, Verdict } from "./verdict.ts";

/** Returns null where the decision was taken. */
export async function applyDecision(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
): Promise<Refusal | null> {
  const { ticket, round, verdict } = decided;
  if (round.state !== "open") return round.state === "decided" ? "decided" : "superseded";
  if (ticket.version !== round.ticketVersion) return "superseded";
  switch (verdict.kind) {
    case "approve":
      return round.question.kind === "proposal"
        ? approve(tx, desk, decided, round.question, verdict)
        : "unclear";
    case "reject":
      return reject(tx, desk, decided, verdict);
    case "hold":
    case "return":
      return hold(tx, desk, decided, verdict);
    case "choose":
      return verdict.choice === 0
        ? ask(tx, desk, decided)
        : choose(tx, desk, decided, verdict.choice);
    case "received":
      return takeDeposit(tx, desk, decided, verdict.amountMinor);
    case "ask":
      return ask(tx, desk, decided);
  }
}

type Approve = Extract<Verdict, { kind: "approve" }>;

async function approve(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
  proposal: Proposal,
  verdict: Approve,
): Promise<Refusal | null> {
  const { ticket, round, by } = decided;
  const amountMinor = verdict.amountMinor ?? proposal.proposedMinor;
  if (amountMinor === null || amountMinor <= 0 || amountMinor > proposal.refundableMinor) {
    return "unclear";
  }
  const refusal = mayNotApprove(desk, ticket, proposal, { amountMinor, by });
  if (refusal !== null) return refusal;
  const earlier = await tx.approvals.listApprovals(ticket.id, round.round);
  const approval: Approval = {
    ticketId: ticket.id,
    round: round.round,
    approver: by,
    amountMinor,
    reason: verdict.reason,
    reasonText: verdict.reasonText,
    note: decided.note,
    customerNote: verdict.customerNote,
    messagePk: decided.messagePk,
    withCode: decided.withCode,
    at: desk.clock.now(),
  };
  await tx.approvals.record(approval);
  const agreeing = earlier.filter(
    (other) => !isSameDecider(other.approver, by) && other.amountMinor === amountMinor,
  );
  const isEnough = agreeing.length > 0 || sufficesAlone(desk, proposal, approval);
  await recordDecision(tx, desk, decided, isEnough ? "approved" : "approved_first", {
    amountMinor,
    currency: proposal.currency,
    questionHash: round.questionHash,
  });
  const isBare = !isEnough && isBarePayout(proposal, approval);
  const { coolingMs } = desk.shop;
  const payAt = desk.clock.now() + coolingMs;
  await tellDecision(tx, desk, ticket, {
    round: round.round,
    words: sentence(approvalWords(isEnough, isBare), desk.shop.locale),
    by,
    amountMinor,
    currency: proposal.currency,
    note: decided.note ?? "",
    // It may be taken back and given again.
    occasion: isEnough ? "approved" : `approved-first/${approval.at}`,
    // Nobody else may be there to approve it, too.
    except: isBare ? null : by,
    stopUntil: isEnough && coolingMs > 0 ? payAt : null,
    isFinal: isEnough,
  });
  if (!isEnough) return null;
  if (!(await tx.approvals.closeRound(ticket.id, round.round, "decided"))) return "decided";
  const approved = await happen(tx, desk, ticket, {
    event: "approval_granted",
    actor: by,
    data: { round: round.round, amountMinor, currency: proposal.currency },
  });
  if (approved === null) return "decided";
  await tx.jobs.add({
    id: `prepare_refund/${ticket.id}/${round.round}`,
    kind: "prepare_refund",
    lane: `provider:${proposal.provider}`,
    ticketId: ticket.id,
    payload: { round: String(round.round), approver: by, dryRun: String(desk.shop.dryRun) },
    dueAt: payAt,
  });
  return null;
}

function approvalWords(isEnough: boolean, isBare: boolean) {
  if (isEnough) return "approved";
  return isBare ? "approved_bare" : "approved_first";
}

async function recordDecision(
  tx: WriteTx,
  desk: Desk,
  { ticket, round, by, messagePk }: Decided,
  decision: string,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await note(tx, desk, ticket, "decision", by, {
    decision,
    round: round.round,
    message: messagePk,
    ...data,
  });
}

async function reject(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
  verdict: Extract<Verdict, { kind: "reject" }>,
): Promise<Refusal | null> {
  const { ticket, round, by } = decided;
  if (!(await tx.approvals.closeRound(ticket.id, round.round, "decided"))) return "decided";
  await recordDecision(tx, desk, decided, "rejected", { reason: verdict.reason });
  const rejected = await happen(tx, desk, ticket, {
    event: "approval_denied",
    actor: by,
    resolution: "rejected",
  });
  if (rejected === null) return "decided";
  await writeToCustomer(tx, desk, rejected, "rejected", round.round, {
    isExpired: verdict.reason === "expired",
    isShipped: verdict.reason === "shipped",
    isNotCovered: verdict.reason === "not_covered",
    note: verdict.customerNote ?? "",
  });
  await tellDecision(tx, desk, rejected, {
    round: round.round,
    words: sentence("rejected", desk.shop.locale),
    by,
    amountMinor: null,
    currency: null,
    note: decided.note ?? "",
    occasion: "rejected",
    except: by,
    stopUntil: null,
    isFinal: true,
  });
  return null;
}

async function hold(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
  verdict: Extract<Verdict, { kind: "hold" | "return" }>,
): Promise<Refusal | null> {
  const { ticket, round, by } = decided;
  const words = verdict.kind === "hold" ? "held" : "return_asked";
  // An approval that waits for a second one does not outlive its author's second thought.
  await tx.approvals.withdraw(ticket.id, round.round, by);
  await tx.approvals.hold(ticket.id, round.round, verdict.until);
  await recordDecision(tx, desk, decided, words, { until: verdict.until });
  if (verdict.kind === "return") {
    await writeToCustomer(tx, desk, ticket, "return_goods", round.round, {
      until: desk.calendar.localDate(verdict.until),
    });
  }
  await tellDecision(tx, desk, ticket, {
    round: round.round,
    words: `${sentence(words, desk.shop.locale)} (${desk.calendar.localDate(verdict.until)})`,
    by,
    amountMinor: null,
    currency: null,
    note: decided.note ?? "",
    occasion: `${words}/${verdict.until}`,
    except: by,
    stopUntil: null,
    isFinal: false,
  });
  return null;
}

async function choose(
  tx: WriteTx,
  desk: Desk,
  decided: Decided,
  choice: number,
): Promise<Refusal | null> {
  const { ticket, round, by } = decided;
  const { question } = round;
  const candidate = question.kind === "candidates" ? question.candidates[choice - 1] : undefined;
  if (candidate === undefined) return "unclear";
  if (!(await tx.approvals.closeRound(ticket.id, round.round, "decided"))) return "decided";
  await recordDecision(tx, desk, decided, "chosen", { choice, paymentId: candidate.paymentId });
  const chosen = await happen(tx, desk, ticket, { event: "candidate_chosen", actor: by });
  if (chosen === null) return "decided";
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/chosen/${round.round}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: { provider: candidate.provider, paymentId: candidate.paymentId, chosen: "1" },
    dueAt: desk.clock.now(),
  });
  return null;
}

/** 0 or 確認: none of these, so the customer is asked; the list stays open for a later choice. */
async function ask(tx: WriteTx, desk: Desk, decided: Decided): Promise<Refusal | null> {
  const { ticket, round, by } = decided;
  await recordDecision(tx, desk, decided, "customer_asked");
  if (!(await askCustomer(tx, desk, ticket))) return null;
  await tellDecision(tx, desk, ticket, {
    round: round.round,
    words: sentence("customer_asked", desk.shop.locale),
    by,
    amountMinor: null,
    currency: null,
    note: decided.note ?? "",
    occasion: "customer-asked",
    except: by,
    stopUntil: null,
    isFinal: false,
  });
  return null;
}

/** STOP of the first of two approvers, while the second is awaited. */
async function takeApprovalBack(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  by: string,
): Promise<Refusal | null> {
  const { id, round } = ticket;
  // Between two rounds nothing is open that could be taken back.
  if ((await tx.approvals.findRound(id, round))?.state !== "open") return "nothing_to_stop";
  if (!(await tx.approvals.withdraw(id, round, by))) return "nothing_to_stop";
  await note(tx, desk, ticket, "decision", by, { decision: "approval_withdrawn", round });
  await tellDecision(tx, desk, ticket, {
    round,
    words: sentence("approval_withdrawn", desk.shop.locale),
    by,
    amountMinor: null,
    currency: null,
    note: "",
    occasion: `approval-withdrawn/${desk.clock.now()}`,
    except: null,
    stopUntil: null,
    isFinal: false,
  });
  return null;
}

/** STOP: any approver may take an approval back as long as no key is stored, or its call was stopped. */
export async function stopRefund(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  by: string,
): Promise<Refusal | null> {
  if (ticket.status === "awaiting_approval") return takeApprovalBack(tx, desk, ticket, by);
  if (await orderEnd(tx, desk, ticket, { follow: "stop", by })) return null;
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  if (ticket.status !== "approved" || refund !== undefined) return "decided";
  await note(tx, desk, ticket, "decision", by, { decision: "stopped", round: ticket.round });
  const stopped = await happen(tx, desk, ticket, {
    event: "approval_stopped",
    actor: by,
    resolution: "rejected",
  });
  if (stopped === null) return "decided";
  await tx.jobs.remove(`prepare_refund/${ticket.id}/${ticket.round}`);
  await tellDecision(tx, desk, stopped, {
    round: ticket.round,
    words: sentence("stopped", desk.shop.locale),
    by,
    amountMinor: null,
    currency: null,
    note: "",
    occasion: "stopped",
    except: null,
    stopUntil: null,
    isFinal: true,
  });
  return null;
}
