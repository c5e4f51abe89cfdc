// The task that staff get: to transfer money by hand, once, and to say when it is done.

import { formatMoney } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { isMethodUnknown, methodWords, providerWords } from "../domain/payment-words.ts";
import {
  type OrderFate,
  statusChangeRequest,
  systemChecklist,
} from "../domain/system-checklist.ts";
import {
  type Question,
  type Refund,
  type Round,
  type Ticket,
  ticketReference,
} from "../domain/ticket.ts";
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
  const known = payment === undefined ? null : await findAccount(tx, desk, ticket, payment);
  const fate = fateOf(round, refund, payment);
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
        ...detailsOf(desk, ticket, refund, { payment, known, fate, question: round.question }),
      ],
      asksDone: true,
      rawAnswer: [],
      copyText: fate === "stands" ? copyTextOf(round, refund, ordersOf(ticket, payment)) : [],
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
  if (changes.length > 0) return sentence("payout_changed", shop.locale, amount);
  return sentence(isInScreen(question) ? "payout_screen_task" : "payout_task", shop.locale, amount);
}

function isInScreen(question: Question): boolean {
  return question.kind === "proposal" && question.inScreen === true;
}

interface TaskFacts {
  readonly payment: Payment | undefined;
  readonly known: KnownAccount | null;
  readonly fate: OrderFate;
  readonly question: Question;
}

function detailsOf(
  { shop }: Desk,
  ticket: Ticket,
  refund: Refund,
  { payment, known, fate, question }: TaskFacts,
): string[] {
  const { locale } = shop;
  const orders = ordersOf(ticket, payment);
  const payer = [payment?.payerName, payment?.payerEmail].filter((part) => part != null).join(" ");
  const method = question.kind === "proposal" ? question.method : "";
  return [
    sentence("payout_payment", locale, providerWords(refund.provider), refund.paymentId, orders),
    ...(payer === "" ? [] : [sentence("payout_payee", locale, payer)]),
    ...(isInScreen(question)
      ? [screenWords(method, locale)]
      : destinationWords(payment, known, locale)),
    sentence("payout_once", locale),
    ...systemChecklist({ provider: refund.provider, method }, orders, fate, locale),
    ...(known === null ? [] : [sentence("account_forget", locale)]),
  ];
}

function screenWords(method: string, locale: Locale): string {
  return isMethodUnknown(method)
    ? sentence("payout_way_unknown", locale)
    : sentence("payout_as_it_came", locale, methodWords(method, locale));
}

function destinationWords(
  payment: Payment | undefined,
  known: KnownAccount | null,
  locale: Locale,
): string[] {
  if (known !== null) return [accountWords(known, locale)];
  const isReachable = payment?.payerEmail != null;
  return [
    sentence(isReachable ? "payout_account" : "payout_account_unknown", locale),
    sentence("payout_name", locale),
  ];
}

function ordersOf(ticket: Ticket, payment: Payment | undefined): string {
  return (payment?.orderNumbers ?? ticket.orderNumbers).join(", ");
}

/** Whether just the order's price is left of a deposit that was too high. */
function fateOf({ question }: Round, refund: Refund, payment: Payment | undefined): OrderFate {
  if (question.kind !== "proposal" || payment === undefined) return "open";
  const keptMinor = question.refundableMinor - refund.amountMinor;
  return keptMinor > 0 && keptMinor === payment.amountMinor ? "stands" : "open";
}

function copyTextOf({ question }: Round, refund: Refund, orders: string): string[] {
  if (question.kind !== "proposal" || question.inScreen === true) return [];
  const received = formatMoney({ ...refund, amountMinor: question.capturedMinor });
  return statusChangeRequest(refund.provider, orders, received, formatMoney(refund));
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
