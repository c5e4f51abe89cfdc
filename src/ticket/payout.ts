// Money given back by hand, where the provider's way has failed. An approved payout is a task to
// staff; their 完了 ends it. From the moment its row is stored until then it is an open refund of the
// payment, because nobody knows whether the transfer has been made.

import { approverOf, isOperator } from "../domain/approval/decider.ts";
import { formatMoney } from "../domain/money.ts";
import type { Payment } from "../domain/payment.ts";
import {
  type ApprovalRequest,
  type Refund,
  type Round,
  type Ticket,
  ticketReference,
} from "../domain/ticket.ts";
import { methodWords, sentence } from "../domain/wording.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { writeToCustomer } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";
import { isInterested } from "./may-decide.ts";
import { queueMail } from "./queue-mail.ts";
import { codeFor } from "./round.ts";
import { tellDecision, tellStaff } from "./staff-mail.ts";
import { happen, note } from "./transition.ts";

/** In the summary and the audit trail, where a provider is named. */
const BY_HAND = "manual";

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

/** How the money shall go back: by the provider, or by staff's own transfer. */
export type Way = "provider" | "hand";

/** The way that was asked about last. */
export async function wayOf(tx: ReadTx, ticket: Ticket): Promise<Way> {
  const question = (await tx.approvals.findRound(ticket.id, ticket.round))?.question;
  return question?.kind === "proposal" && question.action === "payout" ? "hand" : "provider";
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

/** Staff are asked to transfer; the row of the payout is stored in the same transaction. */
export async function startPayout(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  round: Round,
  refund: Pick<Refund, "id" | "amountMinor" | "currency" | "provider" | "paymentId">,
  actor: string,
): Promise<void> {
  const started = await happen(tx, desk, ticket, {
    event: "manual_refund_requested",
    actor,
    data: { refund: refund.id, provider: refund.provider, paymentId: refund.paymentId },
  });
  if (started === null) throw new Error("a payout is prepared for an approved ticket only");
  await sendTask(tx, desk, started, round, "task");
  await tx.jobs.arm({
    id: `remind_approvers/${ticket.id}/${round.round}`,
    kind: "remind_approvers",
    lane: "local",
    ticketId: ticket.id,
    payload: { round: String(round.round) },
    dueAt: desk.calendar.afterBusinessDays(desk.clock.now(), desk.shop.remindDays),
  });
}

/** The transfer that staff are asked for in this round; undefined where there is none. */
export async function findOpenPayout(tx: ReadTx, ticket: Ticket): Promise<Refund | undefined> {
  if (ticket.status !== "awaiting_manual_refund") return undefined;
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  return refund?.action === "payout" && refund.state === "planned" ? refund : undefined;
}

/** `occasion` tells the reminders apart. */
export async function sendTask(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  round: Round,
  occasion: string,
): Promise<void> {
  const refund = await findOpenPayout(tx, ticket);
  if (refund === undefined) return;
  const { locale, name } = desk.shop;
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  const orders = payment?.orderNumbers ?? ticket.orderNumbers;
  const payer = [payment?.payerName, payment?.payerEmail].filter((part) => part != null).join(" ");
  for (const request of await addresseesOf(tx, desk, ticket)) {
    await queueMail(tx, desk, {
      name: "staff_task",
      ticket,
      to: request.approver,
      occasion: `payout/${refund.id}/${occasion}`,
      round: round.round,
      inReplyTo: request.messageId,
      variables: {
        reference: ticketReference(ticket.number),
        shopName: name,
        reason: sentence("payout_task", locale, formatMoney(refund)),
        details: [
          sentence("payout_payment", locale, refund.provider, refund.paymentId, orders.join(", ")),
          ...(payer === "" ? [] : [sentence("payout_payee", locale, payer)]),
          sentence("payout_account", locale),
          sentence("payout_name", locale),
          sentence("payout_once", locale),
        ],
        asksDone: true,
        asksReceived: false,
        code: codeFor(desk, round, request.approver),
      },
    });
  }
}

/** Who approved it last transfers it: of two who are asked, both might. */
async function addresseesOf(tx: ReadTx, desk: Desk, ticket: Ticket): Promise<ApprovalRequest[]> {
  const approvals = await tx.approvals.listApprovals(ticket.id, ticket.round);
  const last = approvals.toSorted((a, b) => a.at - b.at).at(-1);
  const requests = (await tx.approvals.listRequests(ticket.id)).filter(
    ({ round, approver }) => round === ticket.round && desk.shop.staff.includes(approver),
  );
  const own = requests.filter(
    ({ approver }) => last !== undefined && approver === approverOf(last.approver),
  );
  return own.length > 0 ? own : requests;
}

/** What staff said about the transfer they were asked for. */
export interface PayoutAnswer {
  readonly kind: "done" | "declined";
  /** The bank's reference. */
  readonly reference: string | null;
  readonly by: string;
  readonly messagePk: string | null;
}

/** Why a clear answer is not taken. */
type Refusal = "decided" | "own_request" | "not_asked";

/** Returns null where the answer was taken. */
export async function endPayout(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  answer: PayoutAnswer,
): Promise<Refusal | null> {
  const { kind, reference, by, messagePk } = answer;
  const refund = await findOpenPayout(tx, ticket);
  if (refund === undefined) return "decided";
  if (isInterested(ticket, by)) return "own_request";
  const isDone = kind === "done";
  if (!isDone && !(await mayCallOff(tx, desk, ticket, by))) return "not_asked";
  await tx.refunds.update(refund.id, {
    state: isDone ? "succeeded" : "canceled",
    providerRefundId: reference,
  });
  const decision = isDone ? "payout_done" : "payout_declined";
  const { round } = ticket;
  await note(tx, desk, ticket, "decision", by, { decision, round, message: messagePk, reference });
  const { amountMinor, currency, id } = refund;
  const ended = await happen(tx, desk, ticket, {
    event: isDone ? "refund_succeeded" : "refund_failed",
    actor: by,
    data: { refund: id, provider: BY_HAND, amountMinor, currency, reference },
    ...(isDone ? { resolution: "refunded" as const } : {}),
  });
  if (ended === null) throw new Error("an open payout can always end");
  if (isDone) await tellCustomer(tx, desk, ended, refund);
  await tellDecision(tx, desk, ended, {
    round,
    words: sentence(decision, desk.shop.locale),
    by,
    amountMinor,
    currency,
    note: reference ?? "",
    occasion: decision,
    except: by,
    stopUntil: null,
    isFinal: true,
  });
  return null;
}

/** Only whoever was asked to transfer knows that he has not; and the operator, who has asked him. */
async function mayCallOff(tx: ReadTx, desk: Desk, ticket: Ticket, by: string): Promise<boolean> {
  if (isOperator(by)) return true;
  const asked = await addresseesOf(tx, desk, ticket);
  return asked.some(({ approver }) => approver === approverOf(by));
}

/** A transfer that was called off, and made after all: the money is gone, so people must know. */
export async function tellLatePayout(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { reference, by }: Pick<PayoutAnswer, "reference" | "by">,
): Promise<void> {
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  if (refund?.action !== "payout" || refund.state !== "canceled") return;
  const values = [by, formatMoney(refund), reference ?? ""];
  await tellStaff(tx, desk, ticket, `payout-late/${refund.id}`, "payout_late", values);
}

async function tellCustomer(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
): Promise<void> {
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  const paidMinor = payment?.capturedMinor ?? refund.amountMinor;
  const approvals = await tx.approvals.listApprovals(ticket.id, refund.round);
  await writeToCustomer(tx, desk, ticket, "refunded", refund.id, {
    amount: formatMoney(refund),
    paidAmount: formatMoney({ amountMinor: paidMinor, currency: refund.currency }),
    isPartial: refund.amountMinor < paidMinor,
    method: methodWords("bank_transfer", desk.shop.locale),
    route: "bank",
    date: desk.calendar.localDate(desk.clock.now()),
    note: approvals.find(({ customerNote }) => customerNote !== null)?.customerNote ?? "",
  });
}
