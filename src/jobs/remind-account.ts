// Reminds a customer of the bank account that the provider has asked him for. Weeks pass meanwhile, so
// the refund is read again before each mail: only one that still waits for the account is reminded of.

import type { ProviderRefund } from "../domain/payment.ts";
import { providerWords } from "../domain/payment-words.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { ReadTx, WriteTx } from "../store-port.ts";
import { dueReminder, lateWords } from "../ticket/account.ts";
import { writeToCustomer } from "../ticket/customer-mail.ts";
import type { Desk } from "../ticket/desk.ts";
import { returnedWords } from "../ticket/refund-words.ts";
import { settleRefund } from "../ticket/settle.ts";
import { tellStaff } from "../ticket/staff-mail.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";

/** A refund that is not shown is looked for elsewhere, and may be back. */
const LOOK_AGAIN_MS = 6 * 60 * 60 * 1_000;
/** After the time to give the account: nobody is to be reminded any more, even where it is back. */
const GIVE_UP_MS = 14 * 24 * 60 * 60 * 1_000;

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund;
  readonly providerRefundId: string;
  readonly askedAt: number;
}

export function remindAccount(deps: RefundDeps): RunnableJob {
  return defineJob<Input, ProviderRefund | null>({
    async read(tx, job) {
      const askedAt = Number(job.payload["askedAt"]);
      const waiting = await findWaiting(tx, job.payload["refundId"] ?? "", askedAt);
      const ticket = waiting && (await tx.tickets.find(waiting.ticketId));
      if (waiting?.providerRefundId == null || ticket === undefined) return null;
      return { ticket, refund: waiting, providerRefundId: waiting.providerRefundId, askedAt };
    },
    act({ refund, providerRefundId }, _job, signal) {
      return requireProvider(deps.providers, refund.provider).retrieveRefund(
        providerRefundId,
        signal,
      );
    },
    async commit(tx, _job, { ticket, refund, askedAt }, live) {
      const { desk, clock } = deps;
      if (live === null) return lookAgain(refund, askedAt, clock.now());
      const seen = await tx.refunds.find(refund.id);
      // What has changed is told as by every other look.
      if (seen !== undefined) await settleRefund(tx, desk, ticket, seen, live);
      const waiting = await findWaiting(tx, refund.id, askedAt);
      const isSame = live.amountMinor === refund.amountMinor && live.currency === refund.currency;
      if (waiting === undefined || live.status !== "requires_action" || !isSame) return DONE;
      return remind(tx, desk, ticket, waiting, askedAt);
    },
  });
}

function lookAgain({ accountUntil }: Refund, askedAt: number, now: number): Next {
  if (now >= (accountUntil ?? askedAt) + GIVE_UP_MS) return DONE;
  return { next: "again", at: now + LOOK_AGAIN_MS };
}

/** The refund while it waits for the account that was asked for then. */
async function findWaiting(tx: ReadTx, id: string, askedAt: number): Promise<Refund | undefined> {
  const refund = await tx.refunds.find(id);
  return refund?.state === "requires_action" && refund.accountAskedAt === askedAt
    ? refund
    : undefined;
}

async function remind(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  askedAt: number,
): Promise<Next> {
  const { day, isLast, nextAt } = dueReminder(askedAt, desk.clock.now());
  const until = refund.accountUntil ?? Number.POSITIVE_INFINITY;
  if (day !== null && desk.clock.now() < until) {
    const occasion = `${refund.id}/${askedAt}/${day}`;
    const payment = await tx.payments.find(refund.provider, refund.paymentId);
    await writeToCustomer(tx, desk, ticket, "refund_needs_details", occasion, {
      ...returnedWords(refund, payment?.capturedMinor ?? refund.amountMinor),
      provider: providerWords(refund.provider),
      deadline: refund.accountUntil === null ? "" : desk.calendar.localDate(refund.accountUntil),
      isReminder: true,
    });
    if (isLast) {
      const words = lateWords(desk, refund);
      await tellStaff(tx, desk, ticket, `account/${occasion}`, "account_deadline", words);
    }
  }
  return nextAt === null ? DONE : { next: "again", at: nextAt };
}
