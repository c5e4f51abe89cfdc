// The operator's way around the mail: the same steps as an approver's answer, recorded with the
// system user. The worker pays; these commands only write.

import { loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { parseFigure } from "../domain/money.ts";
import type { Proposal, Round, Ticket } from "../domain/ticket.ts";
import { DESK_SETTINGS, openDesk } from "../open-desk.ts";
import { openExistingStore } from "../open-store.ts";
import type { WriteTx } from "../store-port.ts";
import { orderEnd } from "../ticket/attempt-end.ts";
import { leaveAccountToStaff } from "../ticket/bank-account.ts";
import { applyDecision } from "../ticket/decide.ts";
import type { Desk } from "../ticket/desk.ts";
import { askAgain, findOpenPayout } from "../ticket/payout.ts";
import { endPayout } from "../ticket/payout-answer.ts";
import { note } from "../ticket/transition.ts";
import type { Refusal, Verdict } from "../ticket/verdict.ts";
import {
  type CommandContext,
  EXIT,
  operator,
  type Run,
  readArgs,
  readTicketNumber,
} from "./command.ts";

type Step = (tx: WriteTx, desk: Desk, ticket: Ticket) => Promise<string>;

async function withTicket(context: CommandContext, number: number, step: Step): Promise<number> {
  const config = loadConfig(DESK_SETTINGS, context.env, context.directory);
  const store = await openExistingStore(config, context.directory, { needsKey: true });
  try {
    const desk = await openDesk(config, context.directory, store);
    const outcome = await store.write(async (tx) => {
      const ticket = await tx.tickets.findByNumber(number);
      if (ticket === undefined) throw new PermanentError("no_such_ticket", { number });
      return step(tx, desk, ticket);
    });
    context.print(`R-${number}: ${outcome}`);
  } finally {
    await store.close();
  }
  return EXIT.done;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  decided: "is decided already",
  superseded: "has changed since it was asked about; look at the newest request",
  own_request: "was requested or paid by this approver",
  token_limit: "is above TOKEN_MAX_AMOUNT",
  nothing_to_stop: "is not approved yet",
  unclear: "cannot be decided like this",
};

function refused({ number }: Ticket, refusal: Refusal): PermanentError {
  return new PermanentError("decision_refused", { number, why: REFUSALS[refusal] });
}

async function decideRound(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  verdictOf: (round: Round) => Verdict,
): Promise<void> {
  const round = await tx.approvals.findRound(ticket.id, ticket.round);
  if (round?.state !== "open") {
    throw new PermanentError("no_decision_asked", { number: ticket.number, status: ticket.status });
  }
  const refusal = await applyDecision(tx, desk, {
    ticket,
    round,
    verdict: verdictOf(round),
    by: operator(),
    note: null,
    messagePk: null,
    withCode: true,
  });
  if (refusal !== null) throw refused(ticket, refusal);
}

/** What is approved is said aloud: a question may have become another since it was read. */
function checkWay(question: Proposal, isByHand: boolean): void {
  if ((question.action === "payout") === isByHand) return;
  throw new UsageError(isByHand ? "not_by_hand" : "only_by_hand");
}

const NOTHING_PROPOSED = { candidates: "candidates_open", deposit: "deposit_open" } as const;

function approveVerdict(amount: string | undefined, isByHand: boolean) {
  return ({ question }: Round): Verdict => {
    if (question.kind !== "proposal") {
      throw new PermanentError(NOTHING_PROPOSED[question.kind]);
    }
    checkWay(question, isByHand);
    const amountMinor =
      amount === undefined ? question.proposedMinor : parseFigure(amount, question.currency);
    if (amountMinor === null) {
      throw amount === undefined
        ? new UsageError("amount_missing")
        : new UsageError("bad_amount_in", { text: amount, currency: question.currency });
    }
    if (amountMinor <= 0 || amountMinor > question.refundableMinor) {
      throw new UsageError("amount_out_of_range");
    }
    if (question.action === "void" && amountMinor !== question.proposedMinor) {
      throw new UsageError("amount_of_void");
    }
    return {
      kind: "approve",
      amountMinor,
      reason: "requested_by_customer",
      reasonText: null,
      customerNote: null,
    };
  };
}

export const approve: Run = async (args, context) => {
  const { values, positionals } = readArgs(
    args,
    {
      amount: { type: "string" },
      "by-hand": { type: "boolean" },
      "account-known": { type: "boolean" },
    },
    { least: 1, most: 1 },
  );
  return withTicket(context, readTicketNumber(positionals[0]), async (tx, desk, ticket) => {
    const isByHand = values["by-hand"] === true;
    if (ticket.status === "refund_failed") {
      if (values.amount !== undefined) throw new UsageError("amount_too_early");
      return askAnew(tx, desk, ticket, isByHand);
    }
    if (values["account-known"] === true) return goOnWithoutAccount(tx, desk, ticket);
    if (ticket.status === "approved") return goOnWithCall(tx, desk, ticket);
    await decideRound(tx, desk, ticket, approveVerdict(values.amount, isByHand));
    const decided = await tx.tickets.find(ticket.id);
    const how = isByHand ? "an approver is asked to transfer it" : "the worker carries it out";
    return decided?.status === "approved"
      ? `approved; ${how}`
      : "approval recorded; a second approver is needed";
  });
};

async function askAnew(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  isByHand: boolean,
): Promise<string> {
  const asked = await askAgain(tx, desk, ticket, operator(), isByHand ? "hand" : "provider");
  if (asked === null) {
    throw new PermanentError("no_new_attempt", { number: ticket.number });
  }
  return "the approvers are asked anew; approve that request";
}

async function goOnWithoutAccount(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<string> {
  const mails = await tx.mails.listByTicket(ticket.id);
  if (ticket.status !== "approved" || !mails.some(({ name }) => name === "account_request")) {
    const { number, status } = ticket;
    throw new PermanentError("no_account_awaited", { number, status });
  }
  await leaveAccountToStaff(tx, desk, ticket, operator());
  return "an approver is asked to transfer to the account that staff know";
}

/** Rule 2: what becomes of a call that was stopped, or met a stored server error, is a person's decision. */
async function goOnWithCall(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<string> {
  if (await orderEnd(tx, desk, ticket, { follow: "ask", by: operator() })) {
    return "once it is certain that the stopped refund was not made, the approvers are asked anew";
  }
  const refund = await tx.refunds.findByRound(ticket.id, ticket.round);
  if (refund?.state !== "unknown" || !refund.needsPerson) {
    throw new PermanentError("approved_already", { number: ticket.number });
  }
  await tx.refunds.update(refund.id, { needsPerson: false, storedErrors: 0 });
  await note(tx, desk, ticket, "refund_repeat_ordered", operator(), { refund: refund.id });
  await tx.jobs.hasten("call_refund", desk.clock.now());
  return "the worker looks for the refund and repeats the same call if it is absent";
}

export const reject: Run = async (args, context) => {
  const { positionals } = readArgs(args, {}, { least: 1, most: 1 });
  return withTicket(context, readTicketNumber(positionals[0]), async (tx, desk, ticket) => {
    if ((await findOpenPayout(tx, ticket)) !== undefined) return declinePayout(tx, desk, ticket);
    if (await orderEnd(tx, desk, ticket, { follow: "reject", by: operator() })) {
      return "rejected, once it is certain that the stopped refund was not made";
    }
    await decideRound(tx, desk, ticket, () => ({
      kind: "reject",
      reason: null,
      customerNote: null,
    }));
    return "rejected";
  });
};

async function declinePayout(tx: WriteTx, desk: Desk, ticket: Ticket): Promise<string> {
  const by = operator();
  const answer = { kind: "declined" as const, reference: null, by, messagePk: null };
  const refusal = await endPayout(tx, desk, ticket, answer);
  if (refusal !== null) {
    throw new PermanentError("payout_not_called_off", { number: ticket.number, why: refusal });
  }
  return "the transfer by hand is called off; the customer does not have the money";
}

export const choose: Run = async (args, context) => {
  const { positionals } = readArgs(args, {}, { least: 2, most: 2 });
  const choice = Number(positionals[1]);
  if (!/^\d$/.test(positionals[1] ?? "")) throw new UsageError("bad_choice");
  return withTicket(context, readTicketNumber(positionals[0]), async (tx, desk, ticket) => {
    await decideRound(tx, desk, ticket, () => ({ kind: "choose", choice }));
    return choice === 0 ? "the customer is asked" : `candidate ${choice} chosen`;
  });
};

export const received: Run = async (args, context) => {
  const { positionals } = readArgs(args, {}, { least: 2, most: 2 });
  const [number, figure = ""] = positionals;
  return withTicket(context, readTicketNumber(number), async (tx, desk, ticket) => {
    await decideRound(tx, desk, ticket, ({ question }) => {
      if (question.kind !== "deposit") {
        throw new PermanentError("no_deposit_asked");
      }
      const amountMinor = parseFigure(figure, question.currency);
      if (amountMinor !== null) return { kind: "received", amountMinor };
      throw new UsageError("bad_amount_in", { text: figure, currency: question.currency });
    });
    return "recorded; what follows is asked or told by the worker";
  });
};

export const done: Run = async (args, context) => {
  const { positionals } = readArgs(args, {}, { least: 2, most: 2 });
  const reference = (positionals[1] ?? "").trim();
  if (!/^[^\p{C}]{1,64}$/u.test(reference)) {
    throw new UsageError("bad_reference");
  }
  return withTicket(context, readTicketNumber(positionals[0]), async (tx, desk, ticket) => {
    const answer = { kind: "done" as const, reference, by: operator(), messagePk: null };
    const refusal = await endPayout(tx, desk, ticket, answer);
    if (refusal === null) return "done; the customer is told";
    if (refusal === "own_request") throw refused(ticket, refusal);
    const { number, status } = ticket;
    throw new PermanentError("no_transfer_awaited", { number, status });
  });
};
