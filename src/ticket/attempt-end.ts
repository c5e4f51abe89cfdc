// The way out of a refund that was stopped before its call, because what was approved has changed since.
// A person orders its end; it ends once the provider shows that it was never made (rule 2).

import { formatMoney } from "../domain/money.ts";
import type { Payment } from "../domain/payment.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import { sentence, statusWords } from "../domain/wording.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { payeeChangeWords } from "./account.ts";
import { writeToCustomer } from "./customer-mail.ts";
import type { Desk } from "./desk.ts";
import { askAgain } from "./payout.ts";
import { tellDecision, tellStaff } from "./staff-mail.ts";
import { HENKIN, happen, note } from "./transition.ts";

/** Why a call is not made any more; other reasons leave the outcome of a call unknown. */
export type Change = "payment_changed" | "payee_changed" | "remainder_changed";
const CHANGES: readonly unknown[] = [
  "payment_changed",
  "payee_changed",
  "remainder_changed",
] satisfies Change[];

/** Longer than any call of ours takes, from the sending to its effect at the provider. */
const CALL_OVER_MS = 10 * 60_000;

export const STOPPED = "refund_needs_person";
const END_ORDERED = "refund_end_ordered";

/** ask: approvers are asked anew. stop: as reject, but the customer is told nothing. */
type Follow = "ask" | "reject" | "stop";

export interface EndOrder {
  readonly follow: Follow;
  readonly by: string;
  /** Names this order among others of the refund. */
  readonly seq: number;
  /** Epoch ms; from then on no call of ours can be running. */
  readonly notBefore: number;
}

interface Stop {
  readonly at: number;
  readonly order: EndOrder | null;
}

/** The stop of this refund that a person can end, and what was ordered last; null where it has none. */
async function findStop(tx: ReadTx, refund: Refund): Promise<Stop | null> {
  const { state, needsPerson, providerRefundId } = refund;
  if (state !== "unknown" || !needsPerson || providerRefundId !== null) return null;
  const events = (await tx.events.listByTicket(refund.ticketId)).filter(
    ({ data }) => data["refund"] === refund.id,
  );
  const stop = events.findLast(({ type }) => type === STOPPED);
  if (stop === undefined || !CHANGES.includes(stop.data["reason"])) return null;
  const ordered = events.findLast(({ type, seq }) => type === END_ORDERED && seq > stop.seq);
  const order = ordered && {
    follow: ordered.data["follow"] as Follow,
    by: ordered.actor,
    seq: ordered.seq,
    notBefore: stop.at + CALL_OVER_MS,
  };
  return { at: stop.at, order: order ?? null };
}

export async function findEndOrder(tx: ReadTx, refund: Refund): Promise<EndOrder | null> {
  return (await findStop(tx, refund))?.order ?? null;
}

/** Returns false where the round's refund was not stopped by a change: nothing is ordered then. */
export async function orderEnd(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  { follow, by }: Pick<EndOrder, "follow" | "by">,
): Promise<boolean> {
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  if (ticket.status !== "approved" || refund === undefined) return false;
  if ((await findStop(tx, refund)) === null) return false;
  await note(tx, desk, ticket, END_ORDERED, by, { refund: refund.id, follow });
  await tx.jobs.hasten("call_refund", desk.clock.now());
  return true;
}

/** The attempt is over, and nothing was paid by it: what was ordered follows. */
export async function endAttempt(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  { follow, by }: EndOrder,
): Promise<void> {
  await tx.refunds.update(refund.id, { state: "refused", needsPerson: false });
  const data = { refund: refund.id, code: "ended_by_person" };
  if (follow === "ask") {
    const failed = await happen(tx, desk, ticket, { event: "refund_failed", actor: HENKIN, data });
    if (failed !== null) await askAgain(tx, desk, failed, by, "provider");
    return;
  }
  const ended = await happen(tx, desk, ticket, {
    ...{ event: "approval_stopped", actor: by, data },
    resolution: "rejected",
  });
  if (ended === null) return;
  if (follow === "reject") {
    await writeToCustomer(tx, desk, ended, "rejected", refund.round, {
      ...{ isExpired: false, isShipped: false, isNotCovered: false },
      note: "",
    });
  }
  await tellDecision(tx, desk, ended, {
    round: refund.round,
    words: sentence(follow === "reject" ? "rejected" : "stopped", desk.shop.locale),
    by,
    amountMinor: null,
    currency: null,
    note: "",
    occasion: `ended/${refund.id}`,
    except: null,
    stopUntil: null,
    isFinal: true,
  });
}

/** Staff read what changed since the approval, and what they can do. */
export async function tellStop(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  changes: readonly string[],
): Promise<void> {
  const occasion = `unknown/${refund.id}/${desk.clock.now()}`;
  const values = [formatMoney(refund), String(ticket.number)];
  await tellStaff(tx, desk, ticket, occasion, "refund_stopped", values, changes);
}

/** What was ordered has to wait: it is not certain that nothing was paid. */
export async function tellUnproven(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  { seq }: EndOrder,
): Promise<void> {
  const occasion = `unproven/${refund.id}/${seq}`;
  const told = (await tx.events.listByTicket(ticket.id)).some(
    ({ type, data }) => type === "staff_told" && data["occasion"] === occasion,
  );
  if (told) return;
  await tellStaff(tx, desk, ticket, occasion, "refund_end_unproven", [formatMoney(refund)]);
}

export function changeWords(
  desk: Desk,
  refund: Refund,
  reason: Change,
  seen: { readonly payment: Payment | null; readonly leftThen: number },
): string[] {
  const { locale } = desk.shop;
  const { payment, leftThen } = seen;
  if (payment === null) return [sentence("changed_gone", locale)];
  const { currency } = payment;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency });
  switch (reason) {
    case "payment_changed":
      return [sentence("changed_status", locale, statusWords(payment, locale))];
    case "payee_changed":
      return [payeeChangeWords(desk, refund.instructionsEmail, payment.payerEmail)];
    case "remainder_changed": {
      const left = payment.capturedMinor - payment.refundedMinor;
      return [sentence("changed_left", locale, money(leftThen), money(left))];
    }
  }
}
