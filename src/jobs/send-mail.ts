// Hands one mail over. One commit, right before DATA, asks a last time whether it is still wanted, freezes its
// bytes, so that a repeat is the same mail, and marks the moment from which the message may have left.

import { QUESTION_HEADER, writeQuestion } from "../domain/approval/question-header.ts";
import type { ErrorCode } from "../domain/error-table.ts";
import {
  AccessError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import { backoffMs } from "../domain/retry.ts";
import type { Clock, MailComposer, MailTransport, SentFolder } from "../ports.ts";
import type { Job, OutgoingMail, ReadTx, Store, WriteTx } from "../store-port.ts";
import { requestOf } from "../ticket/answer.ts";
import type { Desk } from "../ticket/desk.ts";
import { findHalt } from "../ticket/guard-rails.ts";
import { OWN_HEADER, ownHeaderValue } from "../ticket/own-mail.ts";
import { findOpenPayout } from "../ticket/payout.ts";
import { tellStaff } from "../ticket/staff-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { DONE, defineJob, keep, type Next, type RunnableJob } from "./job.ts";

const LOST_TWICE = "smtp_outcome_unknown" satisfies ErrorCode;
const MINUTE_MS = 60_000;
/** Long enough for a copy that did arrive to show (RFC 5321 §4.5.3.2.6 waits 10 minutes). */
const UNCERTAIN_WAIT_MS = 15 * MINUTE_MS;
const HELD_WAIT_MS = MINUTE_MS;
/** Until the provider shows what it has sent. */
const SENT_WAIT_MS = MINUTE_MS;
/** RFC 5321 §4.5.4.1: give up after at least 4–5 days. */
const GIVE_UP_MS = 5 * 24 * 60 * MINUTE_MS;

export interface SendDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly store: Store;
  readonly composer: MailComposer;
  readonly transport: MailTransport;
  /** Null where there is none to look into. */
  readonly sent: SentFolder | null;
}

interface Input {
  readonly mail: OutgoingMail;
  readonly over: boolean;
  /** It asks for money while none may be paid. */
  readonly held: boolean;
  readonly question: string | null;
}

type Outcome =
  | { readonly kind: "accepted" }
  /** Of an earlier attempt: it had arrived. */
  | { readonly kind: "found" }
  | { readonly kind: "dropped" }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "late"; readonly code: string }
  | { readonly kind: "uncertain" };

const ABOUT_A_ROUND = [
  "approval_request",
  "candidates",
  "deposit_question",
  "reminder",
  "escalation",
];

/** Who reads late that he shall transfer may pay what another has paid. */
async function isTransferOver(tx: ReadTx, ticketId: string, round: number): Promise<boolean> {
  const ticket = await tx.tickets.find(ticketId);
  if (ticket?.round !== round) return true;
  return (await findOpenPayout(tx, ticket)) === undefined;
}

async function isOver(tx: ReadTx, mail: OutgoingMail): Promise<boolean> {
  if (mail.round === null || mail.ticketId === null) return false;
  if (mail.name === "staff_task") return isTransferOver(tx, mail.ticketId, mail.round);
  if (!ABOUT_A_ROUND.includes(mail.name)) return false;
  const round = await tx.approvals.findRound(mail.ticketId, mail.round);
  return round?.state !== "open";
}

/** What the mail asks, for `henkin decide --request`; the worker itself trusts only its rows. */
async function findQuestion(tx: ReadTx, mail: OutgoingMail): Promise<string | null> {
  if (mail.round === null || mail.ticketId === null) return null;
  const ticket = await tx.tickets.find(mail.ticketId);
  const round = await tx.approvals.findRound(mail.ticketId, mail.round);
  if (ticket === undefined || round === undefined) return null;
  return writeQuestion(requestOf(ticket, round));
}

type Standing = Pick<Input, "over" | "held">;

async function readStanding(tx: ReadTx, { shop }: Desk, mail: OutgoingMail): Promise<Standing> {
  const isTask = mail.name === "staff_task" && mail.round !== null;
  const held = isTask && (shop.dryRun || (await findHalt(tx)) !== null);
  return { over: await isOver(tx, mail), held };
}

/** Why it does not leave, whatever became of an earlier attempt; null where it may. */
function unwanted(mail: OutgoingMail, { over, held }: Standing, now: number): Outcome | null {
  // What may have left is repeated, but not if it asks for money that is sent or called off.
  if (over && (mail.phase !== "data" || mail.name === "staff_task")) return { kind: "dropped" };
  return held ? { kind: "wait", until: now + HELD_WAIT_MS } : null;
}

/** Why the mail does not leave now; null where it does. */
async function findEarlierOutcome(
  deps: SendDeps,
  { mail, ...standing }: Input,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const now = deps.clock.now();
  const isDoubtful = mail.phase === "data";
  if (isDoubtful && (await wasSent(deps, mail, signal))) return { kind: "found" };
  const refusal = unwanted(mail, standing, now);
  if (refusal?.kind === "dropped") return refusal;
  const until = mail.phaseAt + UNCERTAIN_WAIT_MS;
  // A clock set back must not stretch the wait; that of another worker may be a little ahead.
  const isAhead = mail.phaseAt - now > UNCERTAIN_WAIT_MS;
  if (isDoubtful && now < until && !isAhead) return { kind: "wait", until };
  return refusal;
}

/** Decided while it waited for its turn or for the server. */
class Unwanted extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

export function sendMail(deps: SendDeps): RunnableJob {
  const { desk } = deps;
  return defineJob<Input, Outcome>({
    async read(tx, job) {
      const mail = await tx.mails.find(job.payload["mailId"] ?? "");
      if (mail === undefined || !["queued", "composed", "data"].includes(mail.phase)) return null;
      const question = await findQuestion(tx, mail);
      return { mail, question, ...(await readStanding(tx, desk, mail)) };
    },
    async act(input, job, signal) {
      const before = await findEarlierOutcome(deps, input, signal);
      if (before !== null) return before;
      const { mail, question } = input;
      const outcome = await deliver(deps, mail, question, job, signal);
      const isSecondDoubt = outcome.kind === "uncertain" && mail.phase === "data";
      return isSecondDoubt && (await wasSent(deps, mail, signal)) ? { kind: "found" } : outcome;
    },
    commit: (tx, job, { mail }, outcome) => settleOutcome(tx, deps, job, mail, outcome),
    hasAsked: ({ kind }) => !["dropped", "wait", "found"].includes(kind),
  });
}

async function settleOutcome(
  tx: WriteTx,
  deps: SendDeps,
  job: Job,
  mail: OutgoingMail,
  outcome: Outcome,
): Promise<Next> {
  const { clock, desk } = deps;
  const ticket = mail.ticketId === null ? null : { id: mail.ticketId };
  const about = { mail: mail.name, messageId: mail.messageId };
  switch (outcome.kind) {
    case "accepted":
      await tx.mails.setPhase(mail.id, "accepted", clock.now());
      await note(tx, desk, ticket, "mail_sent", HENKIN, about);
      if (mail.phase === "data") await tellDoubt(tx, desk, mail, "mail_uncertain");
      return DONE;
    case "found":
      await tx.mails.setPhase(mail.id, "accepted", clock.now());
      await note(tx, desk, ticket, "mail_found_sent", HENKIN, about);
      return DONE;
    case "dropped":
      await tx.mails.setPhase(mail.id, "dropped", clock.now());
      await note(tx, desk, ticket, "mail_dropped", HENKIN, about);
      return DONE;
    case "wait":
      return { next: "again", at: outcome.until };
    case "refused":
    case "late": {
      const message = outcome.kind === "late" ? "" : outcome.message;
      return settleRefused(tx, deps, mail, outcome.code, message);
    }
    case "uncertain":
      return settleUncertain(tx, deps, job, mail);
  }
}

/** A folder that cannot be read is as good as none: the wait and the repeat remain. */
async function wasSent(
  { sent }: SendDeps,
  mail: OutgoingMail,
  signal: AbortSignal,
): Promise<boolean> {
  if (sent === null) return false;
  try {
    return await sent.holds(mail.messageId, signal);
  } catch (error) {
    if (error instanceof TransientError || error instanceof AccessError) return false;
    throw error;
  }
}

async function deliver(
  { store, composer, transport, desk, clock }: SendDeps,
  mail: OutgoingMail,
  question: string | null,
  job: Job,
  signal: AbortSignal,
): Promise<Outcome> {
  const { shop } = desk;
  const raw =
    mail.raw ??
    (await composer.compose({
      ...mail,
      from: { name: shop.name, address: shop.email },
      headers: {
        [OWN_HEADER]: ownHeaderValue(desk.signer, mail.messageId),
        ...(question === null ? {} : { [QUESTION_HEADER]: question }),
      },
    }));
  const message = { messageId: mail.messageId, from: shop.email, to: mail.to, raw };
  let mayHaveLeft = false;
  const beforeData = async () => {
    await store.write(async (tx) => {
      await keep(tx, job);
      const now = clock.now();
      const refusal = unwanted(mail, await readStanding(tx, desk, mail), now);
      if (refusal !== null) throw new Unwanted(refusal);
      const isThere = await tx.mails.freeze(mail.id, raw, "data", now);
      if (!isThere) throw new Unwanted({ kind: "dropped" });
    });
    mayHaveLeft = true;
  };
  try {
    await transport.send(message, beforeData, signal);
    return { kind: "accepted" };
  } catch (error) {
    if (error instanceof Unwanted) return error.outcome;
    if (error instanceof OutcomeUnknownError) return { kind: "uncertain" };
    await store.write(async (tx) => {
      await keep(tx, job);
      await keepUnsent(tx, desk, { mail, raw, mayHaveLeft });
    });
    if (error instanceof PermanentError) {
      return { kind: "refused", code: error.code, message: error.inWords(shop.locale) };
    }
    if (
      error instanceof TransientError &&
      job.attempt > 0 &&
      clock.now() - mail.date > GIVE_UP_MS
    ) {
      return { kind: "late", code: error.code };
    }
    throw error;
  }
}

/** For the next attempt, and for whoever wants to read what was not sent. */
async function keepUnsent(
  tx: WriteTx,
  desk: Desk,
  { mail, raw, mayHaveLeft }: { mail: OutgoingMail; raw: Uint8Array; mayHaveLeft: boolean },
): Promise<void> {
  const now = desk.clock.now();
  // A definite answer: the message did not stay there, so the next attempt is not a repeat.
  if (mayHaveLeft) return tx.mails.setPhase(mail.id, "composed", now);
  if (mail.raw !== null) return;
  // What has been wiped because it is called off must not come back.
  const refusal = unwanted(mail, await readStanding(tx, desk, mail), now);
  if (refusal?.kind !== "dropped") await tx.mails.freeze(mail.id, raw, "composed", now);
}

async function settleRefused(
  tx: WriteTx,
  { desk, clock }: SendDeps,
  mail: OutgoingMail,
  code: string,
  message: string,
): Promise<Next> {
  await tx.mails.setPhase(mail.id, "refused", clock.now());
  const ticket = mail.ticketId === null ? undefined : await tx.tickets.find(mail.ticketId);
  const about = { mail: mail.name, messageId: mail.messageId, code };
  await note(tx, desk, ticket ?? null, "mail_refused", HENKIN, about);
  if (!desk.shop.staff.includes(mail.to)) {
    await tellStaff(tx, desk, ticket ?? null, `refused/${mail.id}`, "mail_refused", [
      mail.to,
      message || code,
    ]);
  }
  return DONE;
}

/** Sent once more after a wait, byte for byte; a second doubt is left to a person. */
async function settleUncertain(
  tx: WriteTx,
  { desk, clock, sent }: SendDeps,
  job: Job,
  mail: OutgoingMail,
): Promise<Next> {
  const ticket = mail.ticketId === null ? null : { id: mail.ticketId };
  const about = { mail: mail.name, messageId: mail.messageId };
  await note(tx, desk, ticket, "mail_uncertain", HENKIN, about);
  if (mail.phase === "data") {
    await tellDoubt(tx, desk, mail, "mail_unknown");
    return { next: "park", error: LOST_TWICE };
  }
  const waitMs = sent === null ? UNCERTAIN_WAIT_MS : SENT_WAIT_MS;
  const at = clock.now() + Math.max(waitMs, backoffMs(job.attempt, 1));
  return { next: "retry", at, error: LOST_TWICE };
}

/** The report to staff of a mail to others; of their own mails it would breed more. */
async function tellDoubt(
  tx: WriteTx,
  desk: Desk,
  mail: OutgoingMail,
  reason: "mail_uncertain" | "mail_unknown",
): Promise<void> {
  if (desk.shop.staff.includes(mail.to)) return;
  const ticket = mail.ticketId === null ? undefined : await tx.tickets.find(mail.ticketId);
  await tellStaff(tx, desk, ticket ?? null, `${reason}/${mail.id}`, reason, [mail.to, mail.name]);
}
