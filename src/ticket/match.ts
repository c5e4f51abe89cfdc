// What follows from a match: the commit side of the job match_payment, and of every later look at
// the payment that finds it changed.

import { COMMAND_KIND } from "../domain/approval/staff-command.ts";
import { type Match, routeOf } from "../domain/matching.ts";
import { formatMoney } from "../domain/money.ts";
import { givenBackMinor, type Payment } from "../domain/payment.ts";
import { refundRoute } from "../domain/payment-words.ts";
import type { RefundAction, Ticket } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { accountWarnings, isPayeeUnknown, settlePayeeChange, whyByHand } from "./account.ts";
import { accountNotes } from "./account-facts.ts";
import { findAlongside } from "./alongside.ts";
import { askForApproval, askToChoose } from "./ask.ts";
import { findAccount } from "./bank-account.ts";
import { customerAddress, writeToCustomer } from "./customer-mail.ts";
import { askDeposit, isToBeAsked, tellChecklist, withDeposit } from "./deposit.ts";
import type { Desk } from "./desk.ts";
import {
  findFailedMinor,
  findPlannedMinor,
  listOpenPayouts,
  type Way,
  wayOf,
  withPayouts,
} from "./payout.ts";
import { isAskedAlready } from "./round.ts";
import { tellStaff } from "./staff-mail.ts";
import { HENKIN, happen } from "./transition.ts";
import { isOpenedByNotice, isUnasked } from "./unasked.ts";
import { methodWarnings, warningsFor } from "./warnings.ts";

export interface LookedUp {
  readonly match: Match;
  /** Refunds of the payment that are not final at the provider: id and amount. */
  readonly pendingElsewhere: readonly string[];
  readonly customerText: readonly string[];
  /** Staff picked this payment. */
  readonly chosen: boolean;
  readonly changes: readonly string[];
  /** Absent: as it was asked before. */
  readonly way?: Way | undefined;
}

const CHASE_AFTER_BUSINESS_DAYS = 3;

/**
 * Leads the ticket on from what was found. An approved ticket comes here when the payment changed
 * after the approval was asked for: then no money moves and a person is asked anew.
 */
export async function settleMatch(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  found: LookedUp,
): Promise<void> {
  const { match } = found;
  if (match.kind === "none")
    return settleNone(tx, desk, ticket, found.chosen || ticket.paymentId !== null);
  if (match.kind === "candidates") return settleCandidates(tx, desk, ticket, found, match);
  const payment = await withPayouts(tx, await withDeposit(tx, ticket, match.payment));
  if (await isToBeAsked(tx, ticket, payment)) return askDeposit(tx, desk, ticket, payment, found);
  const openPayouts = await listOpenPayouts(tx, payment);
  const pendingElsewhere = [...found.pendingElsewhere, ...openPayouts];
  return settleRoute(tx, desk, ticket, payment, { ...found, pendingElsewhere });
}

async function settleRoute(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  found: LookedUp,
): Promise<void> {
  const route = routeOf(payment, desk.clock.now());
  switch (route) {
    case "refund":
    case "too_old":
      return settleRefundable(tx, desk, ticket, payment, found, route);
    case "void":
      return propose(tx, desk, ticket, payment, "void", found);
    case "already_refunded":
      // Given back is only what the provider says has succeeded, or staff say they have transferred;
      // what a system without refunds says of them may be that very transfer, counted twice.
      return found.pendingElsewhere.length === 0 && !(payment.byHand && payment.refundedMinor > 0)
        ? endAlreadyRefunded(tx, desk, ticket, payment)
        : settleCandidates(tx, desk, ticket, found, {
            reason: "unclear_status",
            candidates: [payment],
            others: [],
          });
    case "nothing_paid": {
      const ended = await endTicket(tx, desk, ticket, payment, "nothing_paid");
      if (ended !== null) {
        const route = refundRoute(payment.method);
        await writeToCustomer(tx, desk, ended, "nothing_charged", payment.id, { route });
        await tellChecklist(tx, desk, ended, payment);
      }
      return;
    }
    case "deposit_unknown":
      return askDeposit(tx, desk, ticket, payment, found);
    case "disputed":
    case "underpaid":
    case "unclear_status": {
      // Chosen, an underpaid one would only lead here again.
      const isChoice = route !== "underpaid";
      const candidates = isChoice ? [payment] : await findAlongside(tx, payment);
      const others = isChoice ? [] : [payment];
      return settleCandidates(tx, desk, ticket, found, { reason: route, candidates, others });
    }
  }
}

async function settleRefundable(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  found: LookedUp,
  route: "refund" | "too_old",
): Promise<void> {
  const way = payment.byHand ? "hand" : (found.way ?? (await wayOf(tx, ticket, payment)));
  // What the provider would refuse, staff who choose it all the same transfer.
  const isChosenTooLate = route === "too_old" && found.chosen;
  if (way === "hand" || isPayeeUnknown(payment) || isChosenTooLate) {
    return propose(tx, desk, ticket, payment, "payout", found);
  }
  if (route === "refund") return propose(tx, desk, ticket, payment, "refund", found);
  const list = { reason: route, candidates: [payment], others: [] };
  return settleCandidates(tx, desk, ticket, found, list);
}

async function propose(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  action: RefundAction,
  found: LookedUp,
): Promise<void> {
  const matched = await happen(tx, desk, ticket, {
    event:
      ticket.status === "received" || ticket.status === "unmatched"
        ? "payment_matched"
        : "proposal_changed",
    actor: HENKIN,
    data: { provider: payment.provider, paymentId: payment.id },
    change: {
      provider: payment.provider,
      paymentId: payment.id,
      payerEmail: payment.payerEmail,
    },
  });
  if (matched === null) return;
  const account = action === "payout" ? await findAccount(tx, desk, matched, payment) : null;
  const payeeChanges = await settlePayeeChange(tx, desk, matched, payment, action);
  await askForApproval(tx, desk, matched, payment, action, {
    customerText: found.customerText,
    changes: [...new Set([...found.changes, ...payeeChanges])],
    approvedMinor:
      (await findFailedMinor(tx, ticket, payment)) ??
      (action === "payout" ? await findPlannedMinor(tx, ticket, payment) : null),
    isByNotice: await isOpenedByNotice(tx, ticket),
    warnings: [
      ...((await isUnasked(tx, ticket)) ? [sentence("unasked", desk.shop.locale)] : []),
      ...(action === "payout" ? whyByHand(desk, payment) : []),
      ...(action === "payout" ? accountNotes(desk, payment, account) : []),
      ...accountWarnings(desk, payment, action),
      ...methodWarnings(desk, payment, action),
      ...(await warningsFor(tx, desk, matched, payment, found.pendingElsewhere)),
    ],
    chosen: found.chosen,
    account,
  });
}

async function settleCandidates(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  found: LookedUp,
  list: Pick<Extract<Match, { kind: "candidates" }>, "reason" | "candidates" | "others">,
): Promise<void> {
  const question = {
    kind: "candidates" as const,
    candidates: list.candidates.map(({ provider, id }) => ({ provider, paymentId: id })),
  };
  if (ticket.status === "unmatched" && (await isAskedAlready(tx, desk, ticket, question))) return;
  const unmatched = await happen(tx, desk, ticket, {
    event: "payment_unmatched",
    actor: HENKIN,
    data: { reason: list.reason, candidates: list.candidates.map(({ id }) => id) },
  });
  if (unmatched === null) return;
  const candidates = await Promise.all(list.candidates.map((payment) => withPayouts(tx, payment)));
  // Who paid, a notice does not say, so that nothing could agree.
  const isNotice = list.reason === "payer_differs" && (await isUnasked(tx, ticket));
  const reason = isNotice ? "notice" : list.reason;
  const { customerText } = found;
  await askToChoose(tx, desk, unmatched, { ...list, candidates, reason, customerText });
}

async function settleNone(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  isKnownPayment: boolean,
): Promise<void> {
  const isNew = ticket.status !== "unmatched";
  const unmatched = isNew
    ? await happen(tx, desk, ticket, {
        event: "payment_unmatched",
        actor: HENKIN,
        data: { reason: "none" },
      })
    : ticket;
  if (unmatched === null) return;
  if (!isKnownPayment) {
    await askCustomer(tx, desk, unmatched);
    return;
  }
  await tellStaff(tx, desk, unmatched, `payment-gone/${unmatched.version}`, "payment_gone");
}

/**
 * Asks for the order number, once a ticket; staff hear of it when nobody answers.
 *
 * @returns false where he is not asked, and staff are told why
 */
export async function askCustomer(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<boolean> {
  if ((await tx.messages.find(ticket.openedBy))?.kind === COMMAND_KIND) {
    await tellStaff(tx, desk, ticket, `order-unknown/${ticket.version}`, "order_unknown");
    return false;
  }
  if (customerAddress(ticket) === null) {
    await tellStaff(tx, desk, ticket, "no-address", "no_payment_found");
    return false;
  }
  const mails = await tx.mails.listByTicket(ticket.id);
  if (mails.some(({ name }) => name === "need_order_number")) {
    await tellStaff(tx, desk, ticket, `none-again/${ticket.version}`, "asked_already");
    return false;
  }
  await writeToCustomer(tx, desk, ticket, "need_order_number", "once", {});
  await tx.jobs.add({
    id: `chase_customer/${ticket.id}`,
    kind: "chase_customer",
    lane: "local",
    ticketId: ticket.id,
    payload: {},
    dueAt: desk.calendar.afterBusinessDays(desk.clock.now(), CHASE_AFTER_BUSINESS_DAYS),
  });
  return true;
}

async function endTicket(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  resolution: "nothing_paid" | "already_refunded" | "done_elsewhere",
): Promise<Ticket | null> {
  if (ticket.round > 0) await tx.approvals.closeRound(ticket.id, ticket.round, "superseded");
  const closable =
    ticket.status === "approved"
      ? await happen(tx, desk, ticket, { event: "proposal_changed", actor: HENKIN })
      : ticket;
  if (closable === null) return null;
  return happen(tx, desk, closable, {
    event: "ticket_closed",
    actor: HENKIN,
    resolution,
    data: { provider: payment.provider, paymentId: payment.id },
    change: {
      provider: payment.provider,
      paymentId: payment.id,
      payerEmail: payment.payerEmail,
    },
  });
}

async function endAlreadyRefunded(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
): Promise<void> {
  const wasAsked = ticket.round > 0;
  const ended = await endTicket(
    tx,
    desk,
    ticket,
    payment,
    wasAsked ? "done_elsewhere" : "already_refunded",
  );
  if (ended === null) return;
  const { currency } = payment;
  await writeToCustomer(tx, desk, ended, "already_refunded", payment.id, {
    amount: formatMoney({ amountMinor: givenBackMinor(payment), currency }),
    date: "",
  });
  if (wasAsked) await tellStaff(tx, desk, ended, "refunded-elsewhere", "refunded_elsewhere");
}
