// Calls the provider under the stored key, and looks for the refund before every call: an earlier
// start may have paid and died before it could say so, also in the life of a restored backup.

import { isClockWrong } from "../domain/clock-offset.ts";
import {
  type AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import { formatMoney } from "../domain/money.ts";
import type { ProviderRefund } from "../domain/payment.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { PaymentProvider } from "../ports.ts";
import type { Job, WriteTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { waitForClock } from "../ticket/guard-rails.ts";
import { settleRefund, settleRefusal } from "../ticket/settle.ts";
import { showAnswer, tellLateRefund, tellStaff } from "../ticket/staff-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { DONE, defineJob, type Next, type RunnableJob } from "./job.ts";
import type { RefundDeps } from "./prepare-refund.ts";
import { requireProvider } from "./provider.ts";

const HOUR_MS = 60 * 60 * 1_000;
const STOPPED_WAIT_MS = 60_000;
const BALANCE_WAIT_MS = 24 * HOUR_MS;
/** A server error that the provider replays under our key does not go away by asking again. */
const STORED_ERRORS_MAX = 5;
/** While a person decides, the refund is still looked for. */
const LOOK_MS = 6 * HOUR_MS;

interface Input {
  readonly ticket: Ticket;
  readonly refund: Refund;
  /** What was left of the payment when it was approved. */
  readonly leftThen: number;
}

interface Doubt {
  readonly code: string;
  readonly message: string;
  /** The answer that could not be read; null where none came, or it was no answer of the provider's. */
  readonly raw: string | null;
}

type Outcome =
  | { readonly kind: "answered"; readonly refund: ProviderRefund }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | ({ readonly kind: "unknown" } & Doubt)
  /** Absent, and not to be repeated without a person. */
  | { readonly kind: "absent"; readonly reason: string }
  /** Refused for now: the shop's balance at the provider is too low. */
  | { readonly kind: "no_balance" }
  | { readonly kind: "clock_wrong"; readonly offsetMs: number }
  | { readonly kind: "stopped" };

export function callRefund(deps: RefundDeps): RunnableJob {
  return defineJob<Input, Outcome>({
    async read(tx, job) {
      const refund = await tx.refunds.find(job.payload["refundId"] ?? "");
      if (refund === undefined) return null;
      if (refund.state !== "planned" && refund.state !== "unknown") return null;
      // Known to the provider, in a state we do not know: check_refund follows it.
      if (refund.providerRefundId !== null) return null;
      const ticket = await tx.tickets.find(refund.ticketId);
      if (ticket === undefined) return null;
      const question = (await tx.approvals.findRound(ticket.id, refund.round))?.question;
      const leftThen =
        question?.kind === "proposal"
          ? question.capturedMinor - question.refundedMinor
          : Number.POSITIVE_INFINITY;
      return { ticket, refund, leftThen };
    },
    act(input, _job, signal) {
      const provider = requireProvider(deps.providers, input.refund.provider);
      return lookThenCall(deps, provider, input, signal);
    },
    async commit(tx, job, { ticket, refund }, outcome) {
      switch (outcome.kind) {
        case "answered":
          await settleRefund(tx, deps.desk, ticket, refund, outcome.refund);
          return DONE;
        case "refused":
          await settleRefusal(tx, deps.desk, ticket, refund, outcome);
          return DONE;
        case "unknown":
          return stayUnknown(tx, deps, job, { ticket, refund }, outcome);
        case "absent":
          return leaveToPerson(tx, deps, { ticket, refund }, outcome.reason);
        case "no_balance":
          await tellStaff(tx, deps.desk, ticket, `balance/${refund.id}`, "balance_too_low", [
            formatMoney(refund),
          ]);
          return { next: "again", at: deps.clock.now() + BALANCE_WAIT_MS };
        case "clock_wrong":
          await waitForClock(tx, deps.desk, ticket, refund.provider, outcome.offsetMs);
          return { next: "again", at: deps.clock.now() + STOPPED_WAIT_MS };
        case "stopped":
          return { next: "again", at: deps.clock.now() + STOPPED_WAIT_MS };
      }
    },
  });
}

function unknown({ code, message, raw }: AppError): Outcome {
  return { kind: "unknown", code, message, raw };
}

async function create(
  provider: PaymentProvider,
  refund: Refund,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const { paymentId, amountMinor, currency, reason, metadata, idempotencyKey } = refund;
    const { instructionsEmail } = refund;
    const answer = await provider.createRefund(
      {
        ...{ paymentId, amountMinor, currency, reason, metadata, idempotencyKey },
        // Of a card refund nothing is said, so that it stays the call it was.
        ...(instructionsEmail !== null && { instructionsEmail }),
      },
      signal,
    );
    return { kind: "answered", refund: answer };
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return unknown(error);
    if (error instanceof TransientError && error.code === "balance_insufficient") {
      return { kind: "no_balance" };
    }
    if (!(error instanceof PermanentError)) throw error;
    // "Already refunded" does not say by whom: it may be our own earlier call.
    return afterRefusal(provider, refund, error, signal);
  }
}

async function afterRefusal(
  provider: PaymentProvider,
  refund: Refund,
  refusal: PermanentError,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const ours = await look(provider, refund, signal);
    if (ours !== null) return { kind: "answered", refund: ours };
    return { kind: "refused", code: refusal.code, message: refusal.message };
  } catch (error) {
    if (error instanceof PermanentError) return unknown(error);
    throw error;
  }
}

/** Our refund among those of the payment, known by the derived digest in its metadata. */
async function look(
  provider: PaymentProvider,
  refund: Refund,
  signal: AbortSignal,
): Promise<ProviderRefund | null> {
  const refunds = await provider.listRefunds(refund.paymentId, signal);
  const digest = refund.metadata["henkin_digest"];
  return refunds.find((other) => other.metadata["henkin_digest"] === digest) ?? null;
}

async function lookThenCall(
  { clock, mayPay }: RefundDeps,
  provider: PaymentProvider,
  { refund, leftThen }: Input,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const ours = await look(provider, refund, signal);
    if (ours !== null) return { kind: "answered", refund: ours };
    if (refund.needsPerson) return { kind: "absent", reason: "waits" };
    const payment = await provider.retrievePayment(refund.paymentId, signal);
    if (payment === null || payment.disputed) return { kind: "absent", reason: "payment_changed" };
    // The stored call asks the address that was approved; it is not made for another any more.
    const isOtherPayee = payment.payerEmail !== refund.instructionsEmail;
    if (refund.instructionsEmail !== null && isOtherPayee) {
      return { kind: "absent", reason: "payee_changed" };
    }
    // By a wrong clock the age of the key is wrong, too.
    const offsetMs = provider.clockOffsetMs();
    if (offsetMs !== null && isClockWrong(offsetMs)) return { kind: "clock_wrong", offsetMs };
    // Beyond the window the provider may have forgotten the key, so that the same call would be a
    // new refund: only where nothing has left the payment since the approval.
    const age = clock.now() - refund.keyStoredAt;
    const isKeyOld = age < 0 || age > provider.capabilities.keyWindowMs - HOUR_MS;
    const left = payment.capturedMinor - payment.refundedMinor;
    if (isKeyOld && left < leftThen) {
      return { kind: "absent", reason: "remainder_changed" };
    }
  } catch (error) {
    // A look that fails for good says nothing about the refund.
    if (error instanceof PermanentError) return unknown(error);
    throw error;
  }
  // Asked at the last moment: the switch may have been thrown during the look.
  return (await mayPay()) ? create(provider, refund, signal) : { kind: "stopped" };
}

async function stayUnknown(
  tx: WriteTx,
  deps: RefundDeps,
  job: Job,
  about: { ticket: Ticket; refund: Refund },
  { code, message, raw }: Doubt,
): Promise<Next> {
  const { ticket, refund } = about;
  const isStored = code === "stored_server_error" || code === "idempotency_mismatch";
  const storedErrors = refund.storedErrors + (isStored ? 1 : 0);
  await tx.refunds.update(refund.id, { state: "unknown", storedErrors });
  if (refund.state !== "unknown") {
    await note(tx, deps.desk, ticket, "refund_outcome_unknown", HENKIN, {
      refund: refund.id,
      code,
    });
  }
  if (storedErrors >= STORED_ERRORS_MAX || code === "idempotency_mismatch") {
    return leaveToPerson(tx, deps, about, code);
  }
  if (raw !== null) {
    const told = { occasion: `unreadable/${refund.id}`, values: [message], raw };
    await showAnswer(tx, deps.desk, ticket, { ...told, reason: "refund_answer_unreadable" });
  }
  await tellLateRefund(tx, deps.desk, ticket, message);
  return {
    next: "retry",
    at: deps.clock.now() + backoffMs(job.attempt, 0.5),
    error: code,
  };
}

async function leaveToPerson(
  tx: WriteTx,
  { desk, clock }: RefundDeps,
  { ticket, refund }: { ticket: Ticket; refund: Refund },
  reason: string,
): Promise<Next> {
  if (!refund.needsPerson) {
    await tx.refunds.update(refund.id, { state: "unknown", needsPerson: true });
    await note(tx, desk, ticket, "refund_needs_person", HENKIN, { refund: refund.id, reason });
    await tellOutcomeUnknown(tx, desk, ticket, refund, reason);
  }
  return { next: "again", at: clock.now() + LOOK_MS };
}

async function tellOutcomeUnknown(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  refund: Refund,
  reason: string,
): Promise<void> {
  await tellStaff(
    tx,
    desk,
    ticket,
    `unknown/${refund.id}/${desk.clock.now()}`,
    "refund_outcome_unknown",
    [reason, String(ticket.number)],
  );
}
