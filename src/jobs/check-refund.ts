// Follows a refund until it is final, and a succeeded one for 45 days more: a bank can still send
// the money back.

import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { COMPARED_MS, MISSING_AFTER_MS } from "../domain/reconciliation.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { WriteTx } from "../store-port.ts";
import { raiseMismatch } from "../ticket/reconcile.ts";
import { settleRefund } from "../ticket/settle.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";

const LOOK_AGAIN_MS = 6 * 60 * 60 * 1_000;

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund;
  readonly providerRefundId: string;
}

interface Answer {
  readonly refund: ProviderRefund | null;
  /** Whether this key sees the payment at all: else it is of another account or mode. */
  readonly isInSight: boolean;
}

export function checkRefund(deps: RefundDeps): RunnableJob {
  return defineJob<Input, Answer>({
    async read(tx, job) {
      const refund = await tx.refunds.find(job.payload["refundId"] ?? "");
      if (refund?.providerRefundId == null) return null;
      if (refund.state === "failed" || refund.state === "canceled") return null;
      const ticket = await tx.tickets.find(refund.ticketId);
      return ticket === undefined
        ? null
        : { ticket, refund, providerRefundId: refund.providerRefundId };
    },
    async act({ refund, providerRefundId }, _job, signal) {
      const provider = requireProvider(deps.providers, refund.provider);
      const answer = await provider.retrieveRefund(providerRefundId, signal);
      const isInSight =
        answer !== null || (await provider.retrievePayment(refund.paymentId, signal)) !== null;
      return { refund: answer, isInSight };
    },
    async commit(tx, _job, input, answer) {
      if (answer.refund === null) return settleMissing(tx, deps, input, answer.isInSight);
      const at = await settleRefund(tx, deps.desk, input.ticket, input.refund, answer.refund);
      return at === null ? DONE : { next: "again", at };
    },
  });
}

/**
 * A refund that is not shown any more is neither paid nor failed: its ticket stays, a person is told
 * once, and it is looked for four times a day, until it could not have changed any more even if it were there.
 */
async function settleMissing(
  tx: WriteTx,
  { desk, clock }: RefundDeps,
  { ticket, refund, providerRefundId }: Input,
  isInSight: boolean,
): Promise<Next> {
  const age = clock.now() - refund.keyStoredAt;
  if (isInSight && age > MISSING_AFTER_MS) {
    await raiseMismatch(tx, desk, refund.provider, {
      kind: "vanished",
      subject: refund.id,
      ticketId: ticket.id,
      values: [providerRefundId, formatMoney(refund), refund.paymentId],
    });
  }
  if (age > COMPARED_MS) {
    await note(tx, desk, ticket, "refund_follow_ended", HENKIN, { refund: refund.id });
    return DONE;
  }
  return { next: "again", at: clock.now() + LOOK_AGAIN_MS };
}
