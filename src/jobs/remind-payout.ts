// Reminds of a transfer that staff were asked to make by hand. Days pass until money moves, so the payment
// is read again before each reminder; what has changed turns the task into a warning.

import { formatMoney } from "../domain/money.ts";
import { type Payment, refundableMinor } from "../domain/payment.ts";
import type { Refund, Round, Ticket } from "../domain/ticket.ts";
import { sentence, statusWords } from "../domain/wording.ts";
import type { ReadTx } from "../store-port.ts";
import { withDeposit } from "../ticket/deposit.ts";
import type { Desk } from "../ticket/desk.ts";
import { findHalt } from "../ticket/guard-rails.ts";
import { findOpenPayout, withPayouts } from "../ticket/payout.ts";
import { sendTask, tellManagersOfTask } from "../ticket/payout-task.ts";
import { DONE, defineJob, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";

const HALTED_WAIT_MS = 60 * 60 * 1_000;
/** The managers hear of every third reminder that nobody has answered. */
const ESCALATE_EVERY = 3;

interface Input {
  readonly ticket: Ticket;
  readonly round: Round;
  readonly refund: Refund;
}

export function remindPayout({ desk, clock, providers }: RefundDeps): RunnableJob {
  return defineJob<Input, Payment | null>({
    async read(tx, job) {
      const ticket = job.ticketId === null ? undefined : await tx.tickets.find(job.ticketId);
      if (ticket === undefined || ticket.round !== Number(job.payload["round"])) return null;
      const refund = await findOpenPayout(tx, ticket);
      const round = await tx.approvals.findRound(ticket.id, ticket.round);
      return refund === undefined || round === undefined ? null : { ticket, round, refund };
    },
    act({ refund }, _job, signal) {
      return requireProvider(providers, refund.provider).retrievePayment(refund.paymentId, signal);
    },
    async commit(tx, _job, { ticket, refund }, payment) {
      const round = await tx.approvals.findRound(ticket.id, ticket.round);
      const open = (await findOpenPayout(tx, ticket))?.id;
      if (round === undefined || open !== refund.id) return DONE;
      if (round.holdUntil !== null && round.holdUntil > clock.now()) {
        return { next: "again", at: round.holdUntil };
      }
      // Nobody is asked to pay while nothing may be paid.
      if (desk.shop.dryRun || (await findHalt(tx)) !== null) {
        return { next: "again", at: clock.now() + HALTED_WAIT_MS };
      }
      await tx.approvals.addReminder(ticket.id, round.round);
      const reminder = round.reminders + 1;
      const changes = await changesOf(tx, desk, { ticket, refund }, payment);
      await sendTask(tx, desk, ticket, round, { reminder, changes });
      if (reminder % ESCALATE_EVERY === 0) {
        await tellManagersOfTask(tx, desk, ticket, refund, reminder);
      }
      const { calendar, shop } = desk;
      return { next: "again", at: calendar.afterBusinessDays(clock.now(), shop.remindDays) };
    },
  });
}

/** Why the transfer should not be made any more, in words; empty where it should. */
async function changesOf(
  tx: ReadTx,
  { shop }: Desk,
  { ticket, refund }: Pick<Input, "ticket" | "refund">,
  read: Payment | null,
): Promise<string[]> {
  const { locale } = shop;
  const answer = sentence("payout_changed_answer", locale);
  if (read === null) return [sentence("payment_gone", locale), answer];
  const payment = await withDeposit(tx, ticket, read);
  const changes: string[] = [];
  if (payment.disputed || payment.status !== "paid") {
    changes.push(sentence("changed_status", locale, statusWords(payment, locale)));
  }
  const counted = await withPayouts(tx, payment);
  const others = (counted.paidByHandMinor ?? 0) - refund.amountMinor;
  const left = refundableMinor({ ...payment, paidByHandMinor: others });
  if (left < refund.amountMinor) {
    const money = formatMoney({ amountMinor: left, currency: payment.currency });
    changes.push(sentence("changed_left", locale, formatMoney(refund), money));
  }
  return changes.length === 0 ? [] : [...changes, answer];
}
