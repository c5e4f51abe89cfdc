// The task that staff get: to transfer money by hand, once, and to say when it is done.

import { formatMoney } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { statusChangeRequest, systemChecklist } from "../domain/system-checklist.ts";
import { type Refund, type Round, type Ticket, ticketReference } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import { findAccount, type KnownAccount } from "./bank-account.ts";
import type { Desk } from "./desk.ts";
import { tellManagers } from "./guard-rails.ts";
import { assigneeOf, findOpenPayout } from "./payout.ts";
import { queueMail } from "./queue-mail.ts";
import { codeFor } from "./round.ts";
import { HENKIN, happen } from "./transition.ts";

/** The assignee is asked to transfer; the row of the payout is stored in the same transaction. */
export async function startPayout(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  round: Round,
  refund: Pick<Refund, "id" | "provider" | "paymentId">,
): Promise<void> {
  const started = await happen(tx, desk, ticket, {
    event: "manual_refund_requested",
    actor: HENKIN,
    data: { refund: refund.id, provider: refund.provider, paymentId: refund.paymentId },
  });
  if (started === null) throw new Error("a payout is prepared for an approved ticket only");
  // A hold was about the approval.
  await tx.approvals.hold(ticket.id, round.round, 0);
  await sendTask(tx, desk, started, round, { reminder: null, changes: [] });
  await tx.jobs.add({
    id: `remind_payout/${refund.id}`,
    kind: "remind_payout",
    lane: `provider:${refund.provider}`,
    ticketId: ticket.id,
    payload: { round: String(round.round) },
    dueAt: desk.calendar.afterBusinessDays(desk.clock.now(), desk.shop.remindDays),
  });
}

interface Sending {
  /** Which reminder it is; null: the task itself. */
  readonly reminder: number | null;
  /** Why the transfer should not be made any more, in words. */
  readonly changes: readonly string[];
}

export async function sendTask(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  round: Round,
  { reminder, changes }: Sending,
): Promise<void> {
  const refund = await findOpenPayout(tx, ticket);
  if (refund === undefined) return;
  const to = assigneeOf(refund);
  // Nobody else is asked: whoever has left may have transferred.
  if (!desk.shop.staff.includes(to)) return tellManagersOfTask(tx, desk, ticket, refund, reminder);
  const { locale, name } = desk.shop;
  const payment = await tx.payments.find(refund.provider, refund.paymentId);
  const known = await findAccount(tx, desk, ticket);
  const requests = await tx.approvals.listRequests(ticket.id);
  const request = requests.find(
    ({ round: number, approver }) => number === round.round && approver === to,
  );
  await queueMail(tx, desk, {
    name: "staff_task",
    ticket,
    to,
    occasion: `payout/${refund.id}/${reminder ?? "task"}`,
    round: round.round,
    inReplyTo: request?.messageId ?? null,
    variables: {
      reference: ticketReference(ticket.number),
      shopName: name,
      reason: headline(desk, round, refund, changes),
      details: [
        ...changes,
        ...(reminder === null ? [] : [sentence("payout_reminder", locale, String(reminder))]),
        ...detailsOf(desk, ticket, refund, { payment, known }),
      ],
      asksDone: true,
      rawAnswer: [],
      copyText: copyTextOf(round, refund, ordersOf(ticket, payment)),
      code: codeFor(desk, round, to),
    },
  });
}

function headline(
  { shop }: Desk,
  { question }: Round,
  refund: Refund,
  changes: readonly string[],
): string {
  const amount = formatMoney(refund);
  // Test mode moves no money, and neither may its approvers.
  if (question.kind === "proposal" && !question.livemode) {
    return sentence("payout_test", shop.locale, amount);
  }
  return sentence(changes.length > 0 ? "payout_changed" : "payout_task", shop.locale, amount);
}

function detailsOf(
  { shop }: Desk,
  ticket: Ticket,
  refund: Refund,
  { payment, known }: { payment: Payment | undefined; known: KnownAccount | null },
): string[] {
  const { locale } = shop;
  const orders = ordersOf(ticket, payment);
  const payer = [payment?.payerName, payment?.payerEmail].filter((part) => part != null).join(" ");
  const isReachable = payment?.payerEmail != null;
  return [
    sentence("payout_payment", locale, refund.provider, refund.paymentId, orders),
    ...(payer === "" ? [] : [sentence("payout_payee", locale, payer)]),
    ...(known === null
      ? [
          sentence(isReachable ? "payout_account" : "payout_account_unknown", locale),
          sentence("payout_name", locale),
        ]
      : [accountWords(known, locale)]),
    sentence("payout_once", locale),
    ...systemChecklist(refund.provider, orders, locale),
  ];
}

function ordersOf(ticket: Ticket, payment: Payment | undefined): string {
  return (payment?.orderNumbers ?? ticket.orderNumbers).join(", ");
}

/** Another amount than the order's leaves a state elsewhere that only its support changes. */
function copyTextOf({ question }: Round, refund: Refund, orders: string): string[] {
  if (question.kind !== "proposal") return [];
  const received = formatMoney({ ...refund, amountMinor: question.capturedMinor });
  return statusChangeRequest(refund.provider, orders, received);
}

function accountWords({ account }: KnownAccount, locale: Locale): string {
  const { bank, branch, kind, number, holder } = account;
  return sentence("account_details", locale, bank, branch, kind, number, holder);
}

/** The managers hear of a transfer that nobody has answered, or that its assignee has left behind. */
export async function tellManagersOfTask(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  reminder: number | null,
): Promise<void> {
  const values = [ticketReference(ticket.number), formatMoney(refund), assigneeOf(refund)];
  const occasion = `payout-waiting/${refund.id}/${reminder ?? "task"}`;
  await tellManagers(tx, desk, occasion, "payout_waiting", values);
}
