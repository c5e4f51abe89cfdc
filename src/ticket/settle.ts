// What the provider's word about a refund means for the ticket and the customer. The customer reads
// "refunded" only after the provider said succeeded, and hears of it when that fails later.

import type { AppError } from "../domain/errors.ts";
import type { TicketEvent } from "../domain/lifecycle.ts";
import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund, RefundStatus } from "../domain/payment.ts";
import { methodWords, providerWords, refundRoute } from "../domain/payment-words.ts";
import { stated } from "../domain/reconciliation.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { accountChange, accountDeadline, isExpired, remindAccountLater } from "./account.ts";
import { writeToCustomer } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";
import { askPayoutLater } from "./payout.ts";
import { raiseMismatch } from "./reconcile.ts";
import { customerNote, returnedWords, returnInvoice } from "./refund-words.ts";
import { showAnswer, tellDecision, tellStaff } from "./staff-mail.ts";
import { HENKIN, happen, note } from "./transition.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A card refund can fail up to 30 days after it succeeded (docs.stripe.com/refunds#failed-refunds). */
const FOLLOW_SUCCEEDED_DAYS = 45;

const EVENTS: Readonly<Record<RefundStatus, TicketEvent>> = {
  pending: "refund_pending",
  requires_action: "refund_requires_action",
  succeeded: "refund_succeeded",
  failed: "refund_failed",
  canceled: "refund_failed",
};

/**
 * Records the provider's answer, tells who must know, and plans the next look.
 *
 * @returns when that look is due; null where there is nothing more to follow
 */
export async function settleRefund(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  answer: ProviderRefund,
): Promise<number | null> {
  const now = desk.clock.now();
  if (answer.status === "unknown") return settleUnknownStatus(tx, desk, ticket, refund, answer);
  if (answer.amountMinor !== refund.amountMinor || answer.currency !== refund.currency) {
    return settleOtherAmount(tx, desk, ticket, refund, answer);
  }
  const status = answer.status;
  // One that succeeded, came back and succeeded again can come back again.
  const followUntil =
    (refund.state === "succeeded" ? refund.followUntil : null) ??
    now + FOLLOW_SUCCEEDED_DAYS * DAY_MS;
  const account = accountChange(desk, refund, answer);
  await tx.refunds.update(refund.id, {
    ...account,
    state: status,
    providerRefundId: answer.id,
    failureReason: answer.failureReason,
    needsPerson: false,
    ...(status === "succeeded" ? { followUntil } : {}),
  });
  const nextAt = nextLookAt(desk, status, followUntil);
  if (nextAt !== null) await checkRefundAt(tx, refund, nextAt);
  if (refund.state === status) return nextAt;
  if (account.accountAskedAt != null) await remindAccountLater(tx, refund, account.accountAskedAt);
  const next = await happen(tx, desk, ticket, {
    event: EVENTS[status],
    actor: HENKIN,
    data: {
      refund: refund.id,
      providerRefundId: answer.id,
      provider: refund.provider,
      amountMinor: refund.amountMinor,
      currency: refund.currency,
      status,
      ...(account.accountUntil == null ? {} : { accountUntil: account.accountUntil }),
    },
    resolution: status === "succeeded" ? "refunded" : null,
  });
  if (next !== null) await tellOutcome(tx, desk, next, refund, status, answer);
  return nextAt;
}

/** Under our mark, and not what was approved here: a person looks, and the customer is told nothing. */
async function settleOtherAmount(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  answer: ProviderRefund,
): Promise<number> {
  const nextAt = desk.clock.now() + DAY_MS;
  const wasKnown = refund.state !== "planned" && refund.state !== "unknown";
  await tx.refunds.update(refund.id, {
    providerRefundId: answer.id,
    ...(wasKnown ? {} : { state: "unknown", needsPerson: true }),
  });
  await checkRefundAt(tx, refund, nextAt);
  await raiseMismatch(tx, desk, refund.provider, {
    kind: "differs",
    subject: refund.id,
    ticketId: ticket.id,
    values: [answer.id, stated(refund, refund.state), stated(answer, answer.status)],
  });
  return nextAt;
}

/** A status of a later day than this version: a person looks, and nobody is told anything else. */
async function settleUnknownStatus(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  { id, rawStatus, raw }: ProviderRefund,
): Promise<number> {
  const nextAt = desk.clock.now() + DAY_MS;
  // A refund that had a known status keeps it: its money counts as before, and it blocks no other.
  const wasKnown = refund.state !== "planned" && refund.state !== "unknown";
  await tx.refunds.update(refund.id, {
    providerRefundId: id,
    ...(wasKnown ? {} : { state: "unknown" }),
  });
  await checkRefundAt(tx, refund, nextAt);
  const history = await tx.events.listByTicket(ticket.id);
  const isTold = history.some(
    ({ type, data }) =>
      type === "refund_status_unknown" &&
      data["refund"] === refund.id &&
      data["status"] === rawStatus,
  );
  if (isTold) return nextAt;
  await note(tx, desk, ticket, "refund_status_unknown", HENKIN, {
    refund: refund.id,
    status: rawStatus,
  });
  await showAnswer(tx, desk, ticket, {
    occasion: `status/${refund.id}/${rawStatus}`,
    reason: "refund_status_unknown",
    values: [rawStatus],
    raw: raw ?? null,
  });
  return nextAt;
}

function nextLookAt(desk: Desk, status: RefundStatus, followUntil: number): number | null {
  const now = desk.clock.now();
  switch (status) {
    case "pending":
    case "requires_action":
      return now + desk.shop.recheckMs;
    case "succeeded":
      return now < followUntil ? now + Math.min(DAY_MS, desk.shop.recheckMs * 96) : null;
    case "failed":
    case "canceled":
      return null;
  }
}

/** One row a refund, moved to the next look; while it runs, its job moves itself. */
export async function checkRefundAt(
  tx: WriteTx,
  refund: Pick<Refund, "id" | "ticketId" | "provider">,
  dueAt: number,
): Promise<void> {
  await tx.jobs.arm({
    id: `check_refund/${refund.id}`,
    kind: "check_refund",
    lane: `provider:${refund.provider}`,
    ticketId: refund.ticketId,
    payload: { refundId: refund.id },
    dueAt,
  });
}

async function tellOutcome(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  status: RefundStatus,
  answer: ProviderRefund,
): Promise<void> {
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  const method = payment?.method ?? "card";
  const paidMinor = payment?.capturedMinor ?? refund.amountMinor;
  const returned = returnedWords(refund, paidMinor);
  const way = { method: methodWords(method, desk.shop.locale), route: refundRoute(method) };
  switch (status) {
    case "pending":
      return writeToCustomer(tx, desk, ticket, "refund_started", refund.id, {
        ...returned,
        ...way,
      });
    case "requires_action":
      // Asked again where the bank sent the money back.
      return writeToCustomer(
        tx,
        desk,
        ticket,
        "refund_needs_details",
        `${refund.id}/${ticket.version}`,
        {
          ...returned,
          provider: providerWords(refund.provider),
          deadline: desk.calendar.localDate(accountDeadline(answer)),
          isReminder: false,
        },
      );
    case "succeeded": {
      // Told again where it had come back meanwhile.
      const occasion = refund.followUntil === null ? refund.id : `${refund.id}/${ticket.version}`;
      return writeToCustomer(tx, desk, ticket, "refunded", occasion, {
        ...returned,
        ...way,
        ...returnInvoice(desk, refund, payment, paidMinor),
        date: desk.calendar.localDate(desk.clock.now()),
        note: await customerNote(tx, refund),
      });
    }
    case "failed":
    case "canceled":
      return tellEnd(tx, desk, ticket, refund, { status, answer, method });
  }
}

/** Staff and customer hear that the money did not go. */
async function tellEnd(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  end: {
    readonly status: "failed" | "canceled";
    readonly answer: ProviderRefund;
    readonly method: string;
  },
): Promise<void> {
  const amount = formatMoney(refund);
  const { failureReason } = end.answer;
  const hasExpired = isExpired(desk, refund);
  const isForGood = end.status === "failed" || hasExpired;
  await tellStaff(
    tx,
    desk,
    ticket,
    `failed/${refund.id}`,
    isForGood ? "refund_failed" : "refund_canceled",
    [amount, failureReason ?? end.status, String(ticket.number)],
    // docs.stripe.com/payments/customer-balance/refunding
    hasExpired && end.method === "bank_transfer"
      ? [sentence("look_in_cash_balance", desk.shop.locale)]
      : [],
  );
  await writeToCustomer(tx, desk, ticket, "refund_failed", refund.id, { amount });
  // One that somebody called off may be made again; one that a bank refused is paid by hand.
  if (isForGood) await askPayoutLater(tx, desk, ticket, refund);
}

/** The provider definitely did nothing. A new attempt needs a new approval. */
export async function settleRefusal(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  error: Pick<AppError, "code" | "inWords">,
): Promise<void> {
  await tx.refunds.update(refund.id, { state: "refused", failureReason: error.code });
  const failed = await happen(tx, desk, ticket, {
    event: "refund_failed",
    actor: HENKIN,
    data: { refund: refund.id, code: error.code },
  });
  if (failed === null) return;
  await tellStaff(tx, desk, failed, `refused/${refund.id}`, "refund_refused", [
    `${error.code}: ${error.inWords(desk.shop.locale)}`,
  ]);
}

export async function settleVoid(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
): Promise<void> {
  await tx.refunds.update(refund.id, { state: "voided" });
  const voided = await happen(tx, desk, ticket, {
    event: "payment_voided",
    actor: HENKIN,
    resolution: "voided",
    data: { refund: refund.id, provider: refund.provider, paymentId: refund.paymentId },
  });
  if (voided === null) return;
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  await writeToCustomer(tx, desk, voided, "voided", refund.id, {
    amount: formatMoney(refund),
    route: refundRoute(payment?.method ?? "card"),
  });
}

export async function settleDryRun(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<void> {
  const ended = await happen(tx, desk, ticket, {
    event: "dry_run_ended",
    actor: HENKIN,
    resolution: "dry_run",
  });
  if (ended === null) return;
  await tellDecision(tx, desk, ended, {
    round: ticket.round,
    words: sentence("dry_run", desk.shop.locale),
    by: HENKIN,
    amountMinor: null,
    currency: null,
    note: "",
    occasion: "dry-run",
    except: null,
    stopUntil: null,
    isFinal: true,
  });
}
