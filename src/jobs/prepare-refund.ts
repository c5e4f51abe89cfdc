// The last look before money moves (rule 4), and the place where key and exact parameters are
// stored (rule 2). Whatever differs from what was approved leads back to a person, never on.

import {
  approverOf,
  isOperator,
  isSameDecider,
  isSameMailbox,
} from "../domain/approval/decider.ts";
import { isClockWrong } from "../domain/clock-offset.ts";
import { PermanentError } from "../domain/errors.ts";
import { certainMatch } from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import { type Payment, refundableMinor } from "../domain/payment.ts";
import { isBeforeRestore } from "../domain/restored.ts";
import type { Approval, Proposal, Round, Ticket } from "../domain/ticket.ts";
import { sentence, statusWords } from "../domain/wording.ts";
import type { Clock, PaymentProvider } from "../ports.ts";
import type { Job, WriteTx } from "../store-port.ts";
import { payeeChangesOf, payeeOf } from "../ticket/account.ts";
import { findAccount, hasAccount, needsAccount } from "../ticket/bank-account.ts";
import { withDeposit } from "../ticket/deposit.ts";
import type { Desk } from "../ticket/desk.ts";
import { findHalt, noteWait, tellManagers, waitForClock } from "../ticket/guard-rails.ts";
import { settleMatch } from "../ticket/match.ts";
import { isBarePayout } from "../ticket/may-decide.ts";
import { findObstacle, type Obstacle } from "../ticket/obstacles.ts";
import { assignedTo, chooseAssignee, isTransferReported, withPayouts } from "../ticket/payout.ts";
import { startPayout } from "../ticket/payout-task.ts";
import { findRestoredAt } from "../ticket/restored.ts";
import { hashQuestion, needsSecondApproval } from "../ticket/round.ts";
import { settleDryRun } from "../ticket/settle.ts";
import { tellLateRefund, tellStaff } from "../ticket/staff-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import type { HeardChanges } from "./heard-changes.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import { requireProvider } from "./provider.ts";
import { pendingOf, refundLists } from "./refund-lists.ts";
import { saveRead } from "./sync-payments.ts";

const WAIT_MS = 60_000;
/** The account's arrival ends the wait. */
const ACCOUNT_WAIT_MS = 24 * 60 * 60_000;
/** A provider takes days for it. */
const PENDING_WAIT_MS = 15 * 60_000;

export interface RefundDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, PaymentProvider>;
  readonly readWords: (raw: Uint8Array) => Promise<readonly string[]>;
  /** Asked right before every provider write. False while that is stopped; throws where another has the job. */
  readonly mayPay: (job: Job) => Promise<boolean>;
  readonly heard: HeardChanges;
}

interface Input {
  readonly ticket: Ticket;
  readonly round: Round;
  readonly proposal: Proposal;
  readonly approvals: readonly Approval[];
  /** The approval that completed the round; earlier ones agree with it where two are needed. */
  readonly decisive: Approval;
  readonly opening: Uint8Array | null;
  /** As it was last known; undefined where that is forgotten. */
  readonly known: Payment | undefined;
}

interface Looked {
  readonly payment: Payment | null;
  readonly account: string;
  readonly pendingElsewhere: readonly string[];
  readonly customerText: readonly string[];
  readonly clockOffsetMs: number | null;
}

export function prepareRefund(deps: RefundDeps): RunnableJob {
  return defineJob<Input, Looked>({
    async read(tx, job) {
      const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
      const number = Number(job.payload["round"]);
      // Stopped, superseded or done meanwhile.
      if (ticket?.status !== "approved" || ticket.round !== number) return null;
      const round = await tx.approvals.findRound(ticket.id, number);
      if (round?.question.kind !== "proposal") return null;
      if ((await tx.refunds.findByRound(ticket.id, number)) !== undefined) return null;
      if (round.questionHash !== hashQuestion(deps.desk, round.question)) {
        throw new PermanentError("proposal_altered", { number: ticket.number });
      }
      const approvals = await tx.approvals.listApprovals(ticket.id, number);
      const decisive = approvals.find(({ approver }) => approver === job.payload["approver"]);
      if (decisive === undefined) return null;
      return {
        ticket,
        round,
        proposal: round.question,
        approvals,
        decisive,
        opening: (await tx.messages.find(ticket.openedBy))?.raw ?? null,
        known: await tx.payments.find(round.question.provider, round.question.paymentId),
      };
    },
    async act({ proposal, opening, known }, _job, signal) {
      const provider = requireProvider(deps.providers, proposal.provider);
      const lists = refundLists(deps, certainMatch(known), signal);
      const payment = await provider.retrievePayment(proposal.paymentId, signal);
      return {
        payment,
        account: await provider.account(signal),
        pendingElsewhere: pendingOf(await lists.of(certainMatch(payment))),
        customerText: opening === null ? [] : await deps.readWords(opening),
        clockOffsetMs: provider.clockOffsetMs(),
      };
    },
    async commit(tx, job, input, looked) {
      const { desk, clock } = deps;
      // STOP may have been read while we looked.
      const now = await tx.tickets.find(input.ticket.id);
      if (now?.status !== "approved" || now.version !== input.ticket.version) return DONE;
      // What was approved in a dry run never waits for its end.
      const isDry = desk.shop.dryRun || job.payload["dryRun"] === "true";
      const halt = isDry ? null : await findHalt(tx);
      if (halt !== null) {
        await noteWait(tx, desk, input.ticket, halt);
        return { next: "again", at: clock.now() + WAIT_MS };
      }
      if (looked.payment === null) return askAnew(tx, deps, input, looked, []);
      const deposited = await withDeposit(tx, input.ticket, looked.payment);
      const payment = await withPayouts(tx, deposited);
      const changes = [
        ...changesOf(desk, input, payment, looked.account),
        ...payeeChangesOf(desk, input.proposal, payment),
        ...(await hindrancesOf(tx, desk, input, payment)),
      ];
      if (changes.length > 0) return askAnew(tx, deps, input, looked, changes);
      if (!isDry) return goOn(tx, deps, input, payment, looked);
      await settleDryRun(tx, desk, input.ticket);
      return DONE;
    },
  });
}

async function askAnew(
  tx: WriteTx,
  deps: RefundDeps,
  { ticket, proposal }: Input,
  { payment, pendingElsewhere, customerText }: Looked,
  changes: readonly string[],
): Promise<Next> {
  if (payment !== null) await saveRead(tx, deps, [payment]);
  await settleMatch(tx, deps.desk, ticket, {
    match: certainMatch(payment),
    pendingElsewhere,
    customerText,
    chosen: proposal.chosen,
    changes,
  });
  return DONE;
}

/** What differs from the approved proposal, in words for the new request. */
function changesOf(desk: Desk, input: Input, payment: Payment, account: string): string[] {
  const { proposal } = input;
  const { locale } = desk.shop;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: payment.currency });
  const changes: string[] = [];
  if (
    account !== proposal.account ||
    payment.account !== proposal.account ||
    payment.livemode !== proposal.livemode ||
    payment.currency !== proposal.currency
  ) {
    changes.push(sentence("changed_account", locale));
  }
  if (payment.status !== proposal.status || payment.disputed !== proposal.disputed) {
    changes.push(sentence("changed_status", locale, statusWords(payment, locale)));
  }
  const left = refundableMinor(payment);
  const leftThen = proposal.action === "void" ? 0 : proposal.refundableMinor;
  const isVoidOfOtherAmount =
    proposal.action === "void" && payment.amountMinor !== proposal.refundableMinor;
  const isCapturedOtherwise = payment.capturedMinor !== proposal.capturedMinor;
  if (left !== leftThen || isCapturedOtherwise || isVoidOfOtherAmount) {
    changes.push(sentence("changed_left", locale, money(leftThen), money(left)));
  }
  return [...changes, ...doubtsOf(desk, input, payment)];
}

/** Why what was said is not enough any more. */
function doubtsOf(desk: Desk, input: Input, payment: Payment): string[] {
  const { proposal, approvals, decisive, ticket } = input;
  const { locale, staff } = desk.shop;
  const changes: string[] = [];
  for (const { approver } of approvals) {
    const address = approverOf(approver);
    const mayDecide =
      (isOperator(approver) || staff.includes(address)) &&
      !isSameMailbox(address, payment.payerEmail) &&
      !isSameMailbox(address, ticket.requesterEmail);
    if (!mayDecide) changes.push(sentence("approver_removed", locale, approver));
  }
  const isSeconded = approvals.some(
    (other) =>
      other.amountMinor === decisive.amountMinor &&
      !isSameDecider(other.approver, decisive.approver),
  );
  if (needsSecondApproval(desk, decisive.amountMinor) && !isSeconded) {
    changes.push(sentence("second_approval_missing", locale));
  }
  if (isBarePayout(proposal, decisive) && !isSeconded) {
    changes.push(sentence("code_or_second", locale));
  }
  return changes;
}

/** Why money must not go that way, though approved. */
async function hindrancesOf(
  tx: WriteTx,
  desk: Desk,
  { ticket, proposal, approvals }: Input,
  payment: Payment,
): Promise<string[]> {
  const { locale } = desk.shop;
  const hindrances: string[] = [];
  const restoredAt = await findRestoredAt(tx);
  if (approvals.some(({ at }) => isBeforeRestore(at, restoredAt))) {
    hindrances.push(sentence("database_restored", locale));
  }
  const known = proposal.action === "payout" ? await findAccount(tx, desk, ticket, payment) : null;
  if (known?.digest !== proposal.accountDigest) {
    const words = known === null ? "account_of_another" : "account_arrived";
    hindrances.push(sentence(words, locale));
  }
  // Since approvers were asked; in a database that was set back 完了 may come before the transfer was.
  if (await isTransferReported(tx, ticket, ticket.round)) {
    hindrances.push(sentence("transfer_reported_before", locale, `R-${ticket.number}`));
  }
  if (proposal.action === "payout" && (await chooseAssignee(tx, desk, ticket)) === null) {
    hindrances.push(sentence("payout_assignee_gone", locale));
  }
  return hindrances;
}

/** The facts hold: only the clock, other refunds and the caps can still hold it up. */
async function goOn(
  tx: WriteTx,
  deps: RefundDeps,
  input: Input,
  payment: Payment,
  { clockOffsetMs, pendingElsewhere }: Looked,
): Promise<Next> {
  const { desk, clock } = deps;
  if (clockOffsetMs !== null && isClockWrong(clockOffsetMs)) {
    await waitForClock(tx, desk, input.ticket, payment.provider, clockOffsetMs);
    return { next: "again", at: clock.now() + WAIT_MS };
  }
  const { action } = input.proposal;
  // A void takes no account, also where the provider gives nothing back.
  const isForAccount = action === "payout" && needsAccount(payment);
  if (isForAccount && !(await hasAccount(tx, desk, input.ticket, input.proposal))) {
    return { next: "again", at: clock.now() + ACCOUNT_WAIT_MS };
  }
  const wanted = { action, amountMinor: input.decisive.amountMinor };
  const obstacle = await findObstacle(tx, desk, wanted, payment, pendingElsewhere);
  if (obstacle !== null) return waitForObstacle(tx, deps, input.ticket, obstacle);
  await storeKey(tx, deps, input, payment);
  return DONE;
}

async function waitForObstacle(
  tx: WriteTx,
  { desk, clock }: RefundDeps,
  ticket: Ticket,
  { reason, open }: Obstacle,
): Promise<Next> {
  await noteWait(tx, desk, ticket, reason);
  if (reason.startsWith("REFUND_MAX") || reason === "sum_of_refunds") {
    const occasion = `${reason}/${desk.calendar.localDate(clock.now())}`;
    await tellManagers(tx, desk, occasion, "guard_rail", [reason]);
  }
  if (reason === "refund_in_flight") {
    await tellLateRefund(tx, desk, ticket, sentence("waits_in_flight", desk.shop.locale));
  }
  if (reason === "refund_pending") {
    const occasion = `payout-waits/${ticket.round}`;
    await tellStaff(tx, desk, ticket, occasion, "payout_waits", [open.join(", ")]);
    return { next: "again", at: clock.now() + PENDING_WAIT_MS };
  }
  return { next: "again", at: clock.now() + WAIT_MS };
}

type Plan = Parameters<WriteTx["refunds"]["insert"]>[0];

/** The key is derived: a restored backup or a second copy repeats it instead of inventing one. */
async function storeKey(
  tx: WriteTx,
  { desk, clock }: RefundDeps,
  { ticket, round, proposal, decisive }: Input,
  payment: Payment,
): Promise<void> {
  const { signer } = desk;
  const about = [payment.account, payment.id, ticket.openedBy, ticket.id, round.round] as const;
  const digest = signer.derive(proposal.action, ...about);
  const id = digest.slice(0, 32);
  const isPayout = proposal.action === "payout";
  const assignee = isPayout ? await chooseAssignee(tx, desk, ticket) : null;
  const refund: Plan = {
    id,
    ticketId: ticket.id,
    round: round.round,
    action: proposal.action,
    provider: payment.provider,
    account: payment.account,
    paymentId: payment.id,
    amountMinor: proposal.action === "void" ? payment.amountMinor : decisive.amountMinor,
    currency: payment.currency,
    reason: decisive.reason,
    metadata: {
      henkin_ticket: String(ticket.number),
      henkin_refund: id,
      henkin_digest: digest,
      ...(assignee === null ? {} : assignedTo(assignee)),
      ...(decisive.reasonText ? { henkin_reason: decisive.reasonText.slice(0, 500) } : {}),
    },
    idempotencyKey: `henkin-${signer.derive("idempotency-key", proposal.action, ...about)}`,
    instructionsEmail: proposal.action === "refund" ? payeeOf(payment, "refund") : null,
    keyStoredAt: clock.now(),
  };
  await tx.refunds.insert(refund);
  await note(tx, desk, ticket, "refund_planned", HENKIN, planned(desk, refund));
  if (isPayout) {
    await startPayout(tx, desk, ticket, round, refund);
    return;
  }
  await tx.jobs.add({
    id: `${proposal.action}/${id}`,
    kind: proposal.action === "void" ? "call_void" : "call_refund",
    lane: `provider:${payment.provider}`,
    ticketId: ticket.id,
    payload: { refundId: id },
    dueAt: clock.now(),
  });
}

/** What the audit trail keeps of it: for good, so that of an address there is only a digest. */
function planned({ signer }: Desk, refund: Plan) {
  const { id, ticketId: _ticket, metadata: _metadata, keyStoredAt: _at, ...rest } = refund;
  const { instructionsEmail: to } = rest;
  return { refund: id, ...rest, instructionsEmail: to && signer.derive("address", to) };
}
