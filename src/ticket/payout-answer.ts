// What staff say of a transfer by hand: that it was made, or that they will not make it.

import { approverOf, isOperator } from "../domain/approval/decider.ts";
import { isMethodUnknown, methodWords, refundRoute } from "../domain/payment-words.ts";
import { type Refund, type Ticket, ticketReference } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { wipeAccount } from "./bank-account.ts";
import { writeToCustomer } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";
import { tellManagers } from "./guard-rails.ts";
import { isInterested } from "./may-decide.ts";
import { assigneeOf, BY_HAND, findOpenPayout, REPORTED } from "./payout.ts";
import { customerNote, returnedWords, returnInvoice } from "./refund-words.ts";
import { tellDecision, tellStaff } from "./staff-mail.ts";
import { happen, note } from "./transition.ts";

export interface PayoutAnswer {
  readonly kind: "done" | "declined";
  /** The bank's reference. */
  readonly reference: string | null;
  readonly by: string;
  readonly messagePk: string | null;
}

/** Why a clear answer is not taken. */
export type PayoutRefusal = "decided" | "own_request" | "not_asked";

/** Returns null where the answer was taken. */
export async function endPayout(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { kind, reference, by, messagePk }: PayoutAnswer,
): Promise<PayoutRefusal | null> {
  const refund = await findOpenPayout(tx, ticket);
  if (refund === undefined) return "decided";
  if (isInterested(ticket, by)) return "own_request";
  const isDone = kind === "done";
  if (!isDone && !mayCallOff(refund, by)) return "not_asked";
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
  if (isDone) await wipeAccount(tx, desk, ended);
  await tellDecision(tx, desk, ended, {
    round,
    words: sentence(decision, desk.shop.locale, String(ticket.number)),
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
export function mayCallOff(refund: Refund, by: string): boolean {
  return isOperator(by) || approverOf(by) === assigneeOf(refund);
}

/**
 * An approver says that money was sent, and henkin waits for no transfer: it was called off, or is over, or
 * was never asked for. No record counts it, so everybody hears of it before the payment is refunded again.
 */
export async function reportTransfer(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { reference, by }: Pick<PayoutAnswer, "reference" | "by">,
): Promise<void> {
  const refunds = await tx.refunds.listByTicket(ticket.id);
  const isKnown = refunds.some(
    ({ action, state, providerRefundId }) =>
      action === "payout" && state === "succeeded" && providerRefundId === reference,
  );
  if (isKnown) return;
  await note(tx, desk, ticket, REPORTED, by, { reference, round: ticket.round });
  const values = [by, ticketReference(ticket.number), reference ?? ""];
  const occasion = `transfer-reported/${ticket.id}/${by}/${reference}`;
  await tellStaff(tx, desk, ticket, occasion, "transfer_reported", values);
  await tellManagers(tx, desk, occasion, "transfer_reported", values);
}

async function tellCustomer(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
): Promise<void> {
  // The index may not know of a deposit that staff have stated.
  const question = (await tx.approvals.findRound(ticket.id, refund.round))?.question;
  const proposal = question?.kind === "proposal" ? question : null;
  const paidMinor = proposal?.capturedMinor ?? refund.amountMinor;
  const method = proposal?.inScreen === true ? proposal.method : "bank_transfer";
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  await writeToCustomer(tx, desk, ticket, "refunded", refund.id, {
    ...returnedWords(refund, paidMinor),
    ...returnInvoice(desk, refund, payment, paidMinor),
    method: isMethodUnknown(method)
      ? sentence("given_back_by_shop", desk.shop.locale)
      : methodWords(method, desk.shop.locale),
    route: refundRoute(method),
    date: desk.calendar.localDate(desk.clock.now()),
    note: await customerNote(tx, refund),
  });
}
