// What is known of money that staff give back by hand, where the provider's way has failed. From the
// moment its row is stored until somebody says 完了 or calls it off, a payout is an open refund of the
// payment: nobody knows whether the transfer has been made.

import { approverOf } from "../domain/approval/decider.ts";
import { formatMoney } from "../domain/money.ts";
import { type Payment, refundableMinor } from "../domain/payment.ts";
import { isDead } from "../domain/reconciliation.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { findPlanned } from "./round.ts";
import { happen } from "./transition.ts";

/** In the summary and the audit trail, where a provider is named. */
export const BY_HAND = "manual";

/** The payment with what staff gave back or are asked to: the provider does not know of it. */
export async function withPayouts(tx: ReadTx, payment: Payment): Promise<Payment> {
  const ours = await tx.refunds.listByPayment(payment.provider, payment.id);
  const paidByHandMinor = ours
    .filter(({ action, state }) => action === "payout" && state !== "canceled")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return paidByHandMinor === 0 ? payment : { ...payment, paidByHandMinor };
}

/** Transfers that staff are asked for just now, as the provider's own open refunds are named. */
export async function listOpenPayouts(tx: ReadTx, payment: Payment): Promise<string[]> {
  const ours = await tx.refunds.listByPayment(payment.provider, payment.id);
  return ours
    .filter(({ action, state }) => action === "payout" && state === "planned")
    .map((refund) => `${BY_HAND} ${formatMoney(refund)}`);
}

/** The transfer that staff are asked for in this round; undefined where there is none. */
export async function findOpenPayout(tx: ReadTx, ticket: Ticket): Promise<Refund | undefined> {
  if (ticket.status !== "awaiting_manual_refund") return undefined;
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  return refund?.action === "payout" && refund.state === "planned" ? refund : undefined;
}

/** How the money shall go back: by the provider, or by staff's own transfer. */
export type Way = "provider" | "hand";

/** The way that was asked about last, of this very payment. */
export async function wayOf(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<Way> {
  const question = (await tx.approvals.findRound(ticket.id, ticket.round))?.question;
  const isSame =
    question?.kind === "proposal" &&
    question.provider === payment.provider &&
    question.paymentId === payment.id;
  return isSame && question.action === "payout" ? "hand" : "provider";
}

/** What was approved and then failed is proposed anew, whatever more the customer had asked for. */
export async function findFailedMinor(
  tx: ReadTx,
  ticket: Ticket,
  payment: Payment,
): Promise<number | null> {
  const last = (await tx.refunds.listByTicket(ticket.id)).at(-1);
  if (last === undefined || last.action === "void" || last.paymentId !== payment.id) return null;
  return isDead(last.state) ? last.amountMinor : null;
}

/**
 * What was approved before the bank account was known, or proposed then: while the payment is as it was,
 * only the account is new.
 */
export async function findPlannedMinor(
  tx: ReadTx,
  ticket: Ticket,
  payment: Payment,
): Promise<number | null> {
  const question = (await tx.approvals.findRound(ticket.id, ticket.round))?.question;
  const isSame =
    question?.kind === "proposal" &&
    question.action === "payout" &&
    question.provider === payment.provider &&
    question.paymentId === payment.id &&
    question.capturedMinor === payment.capturedMinor &&
    question.refundableMinor === refundableMinor(payment);
  return isSame ? ((await findPlanned(tx, ticket))?.amountMinor ?? null) : null;
}

const ASSIGNEE = "assignee";

/**
 * One person makes the transfer; of two who are asked, both might. Whoever approved it last, and where
 * that was the operator the first who was asked. Null where none of them is an approver any more.
 */
export async function chooseAssignee(
  tx: ReadTx,
  desk: Desk,
  ticket: Ticket,
): Promise<string | null> {
  const requests = await tx.approvals.listRequests(ticket.id);
  const asked = desk.shop.staff.filter((address) =>
    requests.some(({ round, approver }) => round === ticket.round && approver === address),
  );
  const approvals = await tx.approvals.listApprovals(ticket.id, ticket.round);
  const approvers = approvals
    .toSorted((a, b) => b.at - a.at)
    .map((one) => approverOf(one.approver));
  return approvers.find((address) => asked.includes(address)) ?? asked[0] ?? null;
}

/** No provider reads the metadata of a payout. */
export function assignedTo(assignee: string): Readonly<Record<string, string>> {
  return { [ASSIGNEE]: assignee };
}

export function assigneeOf({ metadata }: Refund): string {
  return metadata[ASSIGNEE] ?? "";
}

/** A new attempt needs a new approval, over facts read afresh; null where the ticket allows none. */
export async function askAgain(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  actor: string,
  way: Way,
): Promise<Ticket | null> {
  const { provider, paymentId } = ticket;
  if (provider === null || paymentId === null) return null;
  const asked = await happen(tx, desk, ticket, { event: "approval_requested", actor });
  if (asked === null) return null;
  await tx.jobs.add({
    id: `match_payment/${ticket.id}/again/${ticket.version}`,
    kind: "match_payment",
    lane: "matching",
    ticketId: ticket.id,
    payload: { again: "1", provider, paymentId, way },
    dueAt: desk.clock.now(),
  });
  return asked;
}

/** The provider takes a failed refund back into its remainder when it likes, and staff read why first. */
const ASK_AFTER_MS = 15 * 60 * 1_000;

/** The transfer by hand that takes the place of a failed refund is proposed a little later. */
export async function askPayoutLater(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Pick<Refund, "id">,
): Promise<void> {
  await tx.jobs.add({
    id: `ask_payout/${refund.id}`,
    kind: "ask_payout",
    lane: "local",
    ticketId: ticket.id,
    payload: { refundId: refund.id },
    dueAt: desk.clock.now() + ASK_AFTER_MS,
  });
}

/**
 * Whether somebody said of this ticket that money was sent by hand although henkin had asked for none.
 * `since`: in this round or a later one.
 */
export async function isTransferReported(
  tx: ReadTx,
  ticket: Pick<Ticket, "id">,
  since = 0,
): Promise<boolean> {
  const events = await tx.events.listByTicket(ticket.id);
  return events.some(({ type, data }) => type === REPORTED && Number(data["round"]) >= since);
}

export const REPORTED = "transfer_reported";
