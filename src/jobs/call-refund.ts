// Calls the provider under the stored key, and looks for the refund before every call: an earlier
// start may have paid and died before it could say so, also in the life of a restored backup.

import { isAbsenceProven } from "../domain/absence.ts";
import { isClockWrong } from "../domain/clock-offset.ts";
import {
  type AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import { formatMoney } from "../domain/money.ts";
import type { Payment, ProviderRefund } from "../domain/payment.ts";
import { bearsMarkOf } from "../domain/refund-mark.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Refund, Ticket } from "../domain/ticket.ts";
import type { PaymentProvider } from "../ports.ts";
import type { Job, WriteTx } from "../store-port.ts";
import {
  type Change,
  changeWords,
  type EndOrder,
  endAttempt,
  findEndOrder,
  STOPPED,
  tellStop,
  tellUnproven,
} from "../ticket/attempt-end.ts";
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
  /** A person wants the attempt ended. */
  readonly endOrder: EndOrder | null;
}

type Outcome =
  | { readonly kind: "answered"; readonly refund: ProviderRefund }
  | { readonly kind: "refused"; readonly error: PermanentError }
  | { readonly kind: "unknown"; readonly error: AppError }
  /** Absent, and a person decides already. */
  | { readonly kind: "waits" }
  /** Absent, and not to be called any more: what was approved has changed. */
  | { readonly kind: "changed"; readonly reason: Change; readonly payment: Payment | null }
  /** A person wants it ended; `isProven`: it was never made. */
  | { readonly kind: "to_end"; readonly isProven: boolean }
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
      return { ticket, refund, leftThen, endOrder: await findEndOrder(tx, refund) };
    },
    act(input, job, signal) {
      const provider = requireProvider(deps.providers, input.refund.provider);
      return lookThenCall(deps, provider, input, { job, signal });
    },
    async commit(tx, job, { ticket, refund, leftThen }, outcome) {
      switch (outcome.kind) {
        case "answered":
          await settleRefund(tx, deps.desk, ticket, refund, outcome.refund);
          return DONE;
        case "refused":
          await settleRefusal(tx, deps.desk, ticket, refund, outcome.error);
          return DONE;
        case "unknown":
          return stayUnknown(tx, deps, job, { ticket, refund }, outcome.error);
        case "waits":
          return lookLater(tx, deps, refund);
        case "changed": {
          const words = changeWords(deps.desk, refund, outcome.reason, { ...outcome, leftThen });
          await leaveToPerson(tx, deps, { ticket, refund }, outcome.reason);
          await tellStop(tx, deps.desk, ticket, refund, words);
          return lookLater(tx, deps, refund);
        }
        case "to_end":
          return endOrWait(tx, deps, { ticket, refund }, outcome.isProven);
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

function unknown(error: AppError): Outcome {
  return { kind: "unknown", error };
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
    const refunds = await provider.listRefunds(refund.paymentId, signal);
    const ours = findOurs(refunds, refund);
    if (ours !== null) return { kind: "answered", refund: ours };
    return { kind: "refused", error: refusal };
  } catch (error) {
    if (error instanceof PermanentError) return unknown(error);
    throw error;
  }
}

/** Our refund among those of the payment, known by the derived mark in its metadata. */
function findOurs(refunds: readonly ProviderRefund[], refund: Refund): ProviderRefund | null {
  return refunds.find((other) => bearsMarkOf(refund, other)) ?? null;
}

async function lookThenCall(
  deps: RefundDeps,
  provider: PaymentProvider,
  input: Input,
  { job, signal }: { job: Job; signal: AbortSignal },
): Promise<Outcome> {
  try {
    const outcome = await look(deps, provider, input, signal);
    if (outcome !== null) return outcome;
  } catch (error) {
    // A look that fails for good says nothing about the refund.
    if (error instanceof PermanentError) return unknown(error);
    throw error;
  }
  // Asked at the last moment: the switch may have been thrown during the look.
  return (await deps.mayPay(job)) ? create(provider, input.refund, signal) : { kind: "stopped" };
}

/** Null where the refund is absent, and its call may be made. */
async function look(
  { clock }: RefundDeps,
  provider: PaymentProvider,
  input: Input,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const { refund, leftThen, endOrder } = input;
  const isOrdered = endOrder !== null && clock.now() >= endOrder.notBefore;
  const reading = beginReading(provider, refund, isOrdered, signal);
  const refunds = await provider.listRefunds(refund.paymentId, signal);
  const ours = findOurs(refunds, refund);
  if (ours !== null) return { kind: "answered", refund: ours };
  if (reading === null) return { kind: "waits" };
  const payment = await reading;
  // By a wrong clock the ages of a stop and of the key are wrong, too.
  const offsetMs = provider.clockOffsetMs();
  const isTimeWrong = offsetMs !== null && isClockWrong(offsetMs);
  if (isOrdered) {
    if (isTimeWrong) return { kind: "clock_wrong", offsetMs };
    const { mayForgetMarks = false } = provider.capabilities;
    const seen = { payment, refunds, leftThen, mayForgetMarks };
    return { kind: "to_end", isProven: isAbsenceProven(refund, seen) };
  }
  const reason = changeOf(refund, payment);
  if (payment === null || reason !== null) {
    return { kind: "changed", reason: reason ?? "payment_changed", payment };
  }
  if (isTimeWrong) return { kind: "clock_wrong", offsetMs };
  // Beyond the window the provider may have forgotten the key, so that the same call would be a
  // new refund: only where nothing has left the payment since the approval.
  const age = clock.now() - refund.keyStoredAt;
  const isKeyOld = age < 0 || age > provider.capabilities.keyWindowMs - HOUR_MS;
  const left = payment.capturedMinor - payment.refundedMinor;
  const isSpent = isKeyOld && left < leftThen;
  return isSpent ? { kind: "changed", reason: "remainder_changed", payment } : null;
}

/** Null where a person decides, and what is left of the payment does not matter. */
function beginReading(
  provider: PaymentProvider,
  { needsPerson, paymentId }: Refund,
  isOrdered: boolean,
  signal: AbortSignal,
): Promise<Payment | null> | null {
  if (needsPerson && !isOrdered) return null;
  const reading = provider.retrievePayment(paymentId, signal);
  // Where our refund is found nothing else counts, not even that the payment cannot be read.
  reading.catch(() => undefined);
  return reading;
}

/** Why the stored call is not made any more, whatever its age. */
function changeOf(refund: Refund, payment: Payment | null): Change | null {
  if (payment === null || payment.disputed) return "payment_changed";
  // The stored call asks the address that was approved; it is not made for another any more.
  const isOtherPayee = payment.payerEmail !== refund.instructionsEmail;
  return refund.instructionsEmail !== null && isOtherPayee ? "payee_changed" : null;
}

async function stayUnknown(
  tx: WriteTx,
  deps: RefundDeps,
  job: Job,
  about: { ticket: Ticket; refund: Refund },
  error: AppError,
): Promise<Next> {
  const { code, raw } = error;
  const words = error.inWords(deps.desk.shop.locale);
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
    if (!refund.needsPerson) {
      await leaveToPerson(tx, deps, about, code);
      const values = [code, String(ticket.number)];
      const occasion = `unknown/${refund.id}/${deps.clock.now()}`;
      await tellStaff(tx, deps.desk, ticket, occasion, "refund_outcome_unknown", values);
    }
    return lookLater(tx, deps, refund);
  }
  if (raw !== null) {
    const told = { occasion: `unreadable/${refund.id}`, values: [words], raw };
    await showAnswer(tx, deps.desk, ticket, { ...told, reason: "refund_answer_unreadable" });
  }
  await tellLateRefund(tx, deps.desk, ticket, words);
  return {
    next: "retry",
    at: deps.clock.now() + backoffMs(job.attempt, 0.5),
    error: code,
  };
}

async function leaveToPerson(
  tx: WriteTx,
  { desk }: RefundDeps,
  { ticket, refund }: { ticket: Ticket; refund: Refund },
  reason: string,
): Promise<void> {
  await tx.refunds.update(refund.id, { state: "unknown", needsPerson: true });
  await note(tx, desk, ticket, STOPPED, HENKIN, { refund: refund.id, reason });
}

/** An order may have been given while we looked, or wait until no call can be running. */
async function lookLater(
  tx: WriteTx,
  { clock }: RefundDeps,
  { id }: Pick<Refund, "id">,
): Promise<Next> {
  const now = clock.now();
  const refund = await tx.refunds.find(id);
  const order = refund === undefined ? null : await findEndOrder(tx, refund);
  if (order === null) return { next: "again", at: now + LOOK_MS };
  // Where our clock was set back, the time of the stop lies far ahead.
  return { next: "again", at: Math.min(Math.max(now, order.notBefore), now + LOOK_MS) };
}

async function endOrWait(
  tx: WriteTx,
  deps: RefundDeps,
  { ticket, refund }: { ticket: Ticket; refund: Refund },
  isProven: boolean,
): Promise<Next> {
  // The last word counts, also one that was given while we looked.
  const order = await findEndOrder(tx, refund);
  if (order === null) return lookLater(tx, deps, refund);
  if (isProven) {
    await endAttempt(tx, deps.desk, ticket, refund, order);
    return DONE;
  }
  await tellUnproven(tx, deps.desk, ticket, refund, order);
  return { next: "again", at: deps.clock.now() + LOOK_MS };
}
