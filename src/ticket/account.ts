// Refunds for which the provider asks the customer for a bank account: who is asked, how the money goes
// back where nobody can be, and what follows while the customer is silent.

import { formatMoney } from "../domain/money.ts";
import {
  asksForAccount,
  isGivenBackInScreen,
  isTooOld,
  type Payment,
  type ProviderRefund,
} from "../domain/payment.ts";
import { isKnownMethod, methodWords } from "../domain/payment-words.ts";
import type { Proposal, Refund, RefundAction, Ticket } from "../domain/ticket.ts";
import { sentence } from "../domain/wording.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { tellPayeeChange } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** What the provider gives the customer where it does not say (docs.stripe.com/payments/konbini). */
const DEADLINE_DAYS = 45;
/** After the provider has asked; the last one warns staff, too. */
const REMINDER_DAYS = [3, 10, 30, 40] as const;
const UNKNOWN = "–";

/** Whose word decides which account is paid: the address on the payment, never one of the form. */
export function payeeOf(payment: Payment, action: RefundAction): string | null {
  return isAccountNeeded(payment, action) ? payment.payerEmail : null;
}

function isAccountNeeded(payment: Payment, action: RefundAction): boolean {
  return action === "payout" || (action === "refund" && asksForAccount(payment));
}

/** The provider would have nobody to ask. */
export function isPayeeUnknown(payment: Payment): boolean {
  return asksForAccount(payment) && payment.payerEmail === null;
}

/** Why staff are to transfer the money instead of the provider. */
export function whyByHand({ shop, clock }: Desk, payment: Payment): string[] {
  const { locale } = shop;
  if (payment.method === "ach_credit_transfer") return [sentence("ach_in_dashboard", locale)];
  if (isGivenBackInScreen(payment)) {
    return [sentence("payout_in_screen", locale, methodWords(payment.method, locale))];
  }
  if (payment.byHand === true) return [sentence("payout_only", locale)];
  if (isTooOld(payment, clock.now())) return [sentence("too_old_by_hand", locale)];
  if (isPayeeUnknown(payment)) return [sentence("account_unknown_address", locale)];
  const mayLieThere = ["bank_transfer", "cash_balance"].includes(payment.method);
  return [
    sentence("payout_proposed", locale),
    ...(mayLieThere ? [sentence("look_in_cash_balance", locale)] : []),
  ];
}

/** What an approver should know of a refund by its way, as where the customer is asked for an account. */
export function accountWarnings({ shop }: Desk, payment: Payment, action: RefundAction): string[] {
  if (action !== "refund") return [];
  if (!isKnownMethod(payment.method)) {
    return [sentence("method_unknown", shop.locale, payment.method)];
  }
  if (!asksForAccount(payment)) return [];
  return [
    sentence("account_asked", shop.locale, payment.payerEmail ?? UNKNOWN),
    ...(payment.method === "konbini" ? [sentence("refund_fee", shop.locale)] : []),
  ];
}

/** The address that was last to be asked for the account; null where none was. */
async function findPayee(tx: ReadTx, ticket: Ticket, payment: Payment): Promise<string | null> {
  for (let round = ticket.round; round > 0; round -= 1) {
    const question = (await tx.approvals.findRound(ticket.id, round))?.question;
    if (question?.kind !== "proposal" || question.payee == null) continue;
    if (question.provider !== payment.provider || question.paymentId !== payment.id) continue;
    return question.payee;
  }
  return null;
}

/**
 * Whether the payee differs from the one approvers were asked about before; both then hear of it, once.
 *
 * @returns what the new request says of it; empty where nothing has changed
 */
export async function settlePayeeChange(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  payment: Payment,
  action: RefundAction,
): Promise<string[]> {
  if (!isAccountNeeded(payment, action)) return [];
  const before = await findPayee(tx, ticket, payment);
  const now = payment.payerEmail;
  if (before === null || before === now) return [];
  for (const to of [before, now]) {
    if (to !== null) await tellPayeeChange(tx, desk, ticket, { to, before, now: now ?? UNKNOWN });
  }
  return [payeeChangeWords(desk, before, now)];
}

/** What differs from what was approved: who is asked for the account, and whether he still can be. */
export function payeeChangesOf(
  desk: Desk,
  { action, payee = null }: Proposal,
  payment: Payment,
): string[] {
  const now = payeeOf(payment, action);
  const isTooLate = action === "refund" && isTooOld(payment, desk.clock.now());
  return [
    ...(now === payee ? [] : [payeeChangeWords(desk, payee, now)]),
    ...(isTooLate ? [sentence("changed_too_old", desk.shop.locale)] : []),
  ];
}

export function payeeChangeWords(
  { shop }: Desk,
  before: string | null,
  now: string | null,
): string {
  return sentence("changed_payee", shop.locale, before ?? UNKNOWN, now ?? UNKNOWN);
}

/** Until when the customer can give his account, epoch ms. */
export function accountDeadline({ accountAsked, createdAt }: ProviderRefund): number {
  return accountAsked?.until ?? createdAt + DEADLINE_DAYS * DAY_MS;
}

/** What is kept of a refund that waits for its account; nothing of any other. */
export function accountChange(
  desk: Desk,
  refund: Refund,
  answer: ProviderRefund,
): Partial<Pick<Refund, "accountAskedAt" | "accountUntil">> {
  if (answer.status !== "requires_action") return {};
  const accountUntil = accountDeadline(answer);
  if (refund.state === "requires_action") return { accountUntil };
  const now = desk.clock.now();
  const told = Math.min(answer.accountAsked?.at ?? now, now);
  // Asked again, after a bank has sent the money back: reminders begin anew.
  const isOld = refund.accountAskedAt !== null && told <= refund.accountAskedAt;
  return { accountAskedAt: isOld ? now : told, accountUntil };
}

/** Nobody called it off: the customer was silent, for which the provider has both words. */
export function isExpired(desk: Desk, refund: Refund): boolean {
  const { state, accountUntil } = refund;
  const isOver = accountUntil !== null && desk.clock.now() >= accountUntil - DAY_MS;
  return state === "requires_action" && isOver;
}

export async function remindAccountLater(
  tx: WriteTx,
  refund: Pick<Refund, "id" | "ticketId" | "provider">,
  askedAt: number,
): Promise<void> {
  await tx.jobs.add({
    id: `remind_account/${refund.id}/${askedAt}`,
    kind: "remind_account",
    lane: `provider:${refund.provider}`,
    ticketId: refund.ticketId,
    payload: { refundId: refund.id, askedAt: String(askedAt) },
    dueAt: askedAt + REMINDER_DAYS[0] * DAY_MS,
  });
}

/** The reminder that is due now, of those missed the last one, and when the next is. */
export function dueReminder(
  askedAt: number,
  now: number,
): { readonly day: number | null; readonly isLast: boolean; readonly nextAt: number | null } {
  const isDue = (day: number) => now >= askedAt + day * DAY_MS;
  const day = REMINDER_DAYS.findLast(isDue) ?? null;
  const next = REMINDER_DAYS.find((later) => !isDue(later));
  return {
    day,
    isLast: day === REMINDER_DAYS.at(-1),
    nextAt: next === undefined ? null : askedAt + next * DAY_MS,
  };
}

/** For staff: until when the customer can give his account; "" where nobody is asked. */
export function deadlineWords(desk: Desk, refund: Refund | null): string {
  if (refund?.state !== "requires_action" || refund.accountUntil === null) return "";
  const date = desk.calendar.localDate(refund.accountUntil);
  return sentence("account_until", desk.shop.locale, date);
}

/** For staff: whom the provider asked, and until when he can answer. */
export function accountAskedWords(desk: Desk, live: ProviderRefund | null): string {
  if (live?.status !== "requires_action") return "";
  const date = desk.calendar.localDate(accountDeadline(live));
  return sentence("account_mailed", desk.shop.locale, live.accountAsked?.email ?? UNKNOWN, date);
}

export function lateWords(desk: Desk, refund: Refund): string[] {
  const until = refund.accountUntil;
  return [formatMoney(refund), until === null ? UNKNOWN : desk.calendar.localDate(until)];
}
