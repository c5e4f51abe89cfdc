// Voids what was authorised but not captured. Looking is simple here: the payment itself says
// whether it is cancelled.

import { isClockWrong } from "../domain/clock-offset.ts";
import { OutcomeUnknownError, PermanentError } from "../domain/errors.ts";
import { certainMatch } from "../domain/matching.ts";
import type { Payment } from "../domain/payment.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import { sentence, statusWords } from "../domain/wording.ts";
import type { Job, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { waitForClock } from "../ticket/guard-rails.ts";
import { settleMatch } from "../ticket/match.ts";
import { settleVoid } from "../ticket/settle.ts";
import { showAnswer, tellStaff } from "../ticket/staff-mail.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";
import { saveRead } from "./sync-payments.ts";

const STOPPED_WAIT_MS = 60_000;
const UNKNOWN_MAX = 5;

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund;
  readonly chosen: boolean;
  readonly opening: Uint8Array | null;
}

type Outcome =
  | {
      readonly kind: "payment";
      readonly payment: Payment;
      readonly words: readonly string[];
      /** What the provider said against it; null where it did not refuse. */
      readonly refusal: string | null;
    }
  | { readonly kind: "gone" }
  | { readonly kind: "unknown"; readonly error: OutcomeUnknownError }
  | { readonly kind: "clock_wrong"; readonly offsetMs: number }
  | { readonly kind: "stopped" };

export function callVoid(deps: RefundDeps): RunnableJob {
  const { desk, clock } = deps;
  return defineJob<Input, Outcome>({
    async read(tx, job) {
      const refund = await tx.refunds.find(job.payload["refundId"] ?? "");
      if (refund?.state !== "planned" && refund?.state !== "unknown") return null;
      const ticket = await tx.tickets.find(refund.ticketId);
      if (ticket === undefined) return null;
      const question = (await tx.approvals.findRound(ticket.id, refund.round))?.question;
      return {
        ticket,
        refund,
        chosen: question?.kind === "proposal" && question.chosen,
        opening: (await tx.messages.find(ticket.openedBy))?.raw ?? null,
      };
    },
    act: (input, job, signal) => cancel(deps, input, { job, signal }),
    async commit(tx, job, { ticket, refund, chosen }, outcome) {
      switch (outcome.kind) {
        case "payment": {
          const { payment, words, refusal } = outcome;
          await saveRead(tx, deps, [payment]);
          if (payment.status === "canceled" && payment.capturedMinor === 0) {
            await settleVoid(tx, desk, ticket, refund);
            return DONE;
          }
          await tx.refunds.update(refund.id, { state: "refused", failureReason: payment.status });
          await settleMatch(tx, desk, ticket, {
            match: certainMatch(payment),
            pendingElsewhere: [],
            customerText: words,
            chosen,
            changes: [whyNotVoided(desk, payment, refusal)],
          });
          return DONE;
        }
        case "gone":
          await tx.refunds.update(refund.id, {
            state: "refused",
            failureReason: "payment_missing",
          });
          await settleMatch(tx, desk, ticket, {
            match: certainMatch(null),
            pendingElsewhere: [],
            customerText: [],
            chosen,
            changes: [],
          });
          return DONE;
        case "unknown":
          return stayUnknown(tx, deps, job, { ticket, refund }, outcome.error);
        case "clock_wrong":
          await waitForClock(tx, desk, ticket, refund.provider, outcome.offsetMs);
          return { next: "again", at: clock.now() + STOPPED_WAIT_MS };
        case "stopped":
          return { next: "again", at: clock.now() + STOPPED_WAIT_MS };
      }
    },
  });
}

async function cancel(
  deps: RefundDeps,
  { refund, opening }: Input,
  { job, signal }: { job: Job; signal: AbortSignal },
): Promise<Outcome> {
  const provider = requireProvider(deps.providers, refund.provider);
  const words = opening === null ? [] : await deps.readWords(opening);
  const now = await provider.retrievePayment(refund.paymentId, signal);
  if (now?.status === "canceled") return { kind: "payment", payment: now, words, refusal: null };
  const offsetMs = provider.clockOffsetMs();
  if (offsetMs !== null && isClockWrong(offsetMs)) return { kind: "clock_wrong", offsetMs };
  if (!(await deps.mayPay(job))) return { kind: "stopped" };
  try {
    const { paymentId, idempotencyKey } = refund;
    const payment = await provider.cancelPayment({ paymentId, idempotencyKey }, signal);
    return { kind: "payment", payment, words, refusal: null };
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return { kind: "unknown", error };
    if (!(error instanceof PermanentError)) throw error;
    // Refused: it was captured, cancelled or has expired meanwhile. The payment says which.
    const payment = await provider.retrievePayment(refund.paymentId, signal);
    const refusal = `${error.code}: ${error.inWords(deps.desk.shop.locale)}`;
    return payment === null ? { kind: "gone" } : { kind: "payment", payment, words, refusal };
  }
}

/** For the approvers, who are asked anew: the payment has changed, or the provider will not. */
function whyNotVoided({ shop }: Desk, payment: Payment, refusal: string | null): string {
  const isAsBefore = payment.status === "authorized" || payment.status === "unpaid";
  return refusal !== null && isAsBefore
    ? sentence("void_refused", shop.locale, refusal)
    : sentence("changed_status", shop.locale, statusWords(payment, shop.locale));
}

/** A void that cannot be settled is told once; the payment is looked at again all the same. */
async function stayUnknown(
  tx: WriteTx,
  { desk, clock }: RefundDeps,
  job: Job,
  { ticket, refund }: { ticket: Ticket; refund: Refund },
  error: OutcomeUnknownError,
): Promise<Next> {
  const { code, raw } = error;
  const storedErrors = refund.storedErrors + 1;
  await tx.refunds.update(refund.id, { state: "unknown", storedErrors });
  if (raw !== null) {
    const told = {
      occasion: `unreadable/${refund.id}`,
      values: [error.inWords(desk.shop.locale)],
      raw,
    };
    await showAnswer(tx, desk, ticket, { ...told, reason: "void_answer_unreadable" });
  }
  if (storedErrors === UNKNOWN_MAX) {
    await tellStaff(tx, desk, ticket, `unknown/${refund.id}`, "refund_outcome_unknown", [
      code,
      String(ticket.number),
    ]);
  }
  return { next: "retry", at: clock.now() + backoffMs(job.attempt, 0.5), error: code };
}
