// Follows a refund until it is final, and a succeeded one for 45 days more: a bank can still send
// the money back.

import type { ProviderRefund } from "../domain/payment.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import { settleRefund } from "../ticket/settle.ts";
import { DONE, defineJob, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund;
  readonly providerRefundId: string;
}

export function checkRefund(deps: RefundDeps): RunnableJob {
  return defineJob<Input, ProviderRefund | null>({
    async read(tx, job) {
      const refund = await tx.refunds.find(job.payload["refundId"] ?? "");
      if (refund?.providerRefundId == null) return null;
      if (refund.state === "failed" || refund.state === "canceled") return null;
      const ticket = await tx.tickets.find(refund.ticketId);
      return ticket === undefined
        ? null
        : { ticket, refund, providerRefundId: refund.providerRefundId };
    },
    act: ({ refund, providerRefundId }, _job, signal) =>
      requireProvider(deps.providers, refund.provider).retrieveRefund(providerRefundId, signal),
    async commit(tx, _job, { ticket, refund }, answer) {
      // A refund the provider no longer shows (another account, test data wiped) decides nothing.
      if (answer === null) return { next: "again", at: deps.clock.now() + DAY_MS };
      await settleRefund(tx, deps.desk, ticket, refund, answer);
      return DONE;
    },
  });
}
