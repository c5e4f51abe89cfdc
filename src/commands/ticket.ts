import { createLocalTime } from "../local-time.ts";
// One ticket as a person reads it: what it is about, whom it waits for, and everything that happened,
// with the mails that came and went.

import { loadConfig } from "../config.ts";
import { PermanentError } from "../domain/errors.ts";
import type { AuditEvent } from "../domain/ticket.ts";
import { openExistingStore, STORE_SETTINGS } from "../open-store.ts";
import type { ReadTx, TicketRow } from "../store-port.ts";
import type { Standing } from "./awaited.ts";
import { EXIT, type Run, readArgs, readTicketNumber } from "./command.ts";
import { PLAIN_SCREEN } from "./screen.ts";
import { readMails } from "./ticket-mails.ts";
import { reportLines } from "./ticket-report.ts";
import { jsonOf } from "./ticket-row.ts";

export const ticket: Run = async (args, { env, directory, print, screen = PLAIN_SCREEN }) => {
  const options = { json: { type: "boolean" }, mails: { type: "boolean" } } as const;
  const { values, positionals } = readArgs(args, options, { least: 1, most: 1 });
  const number = readTicketNumber(positionals[0]);
  const config = loadConfig(STORE_SETTINGS, env, directory);
  const localTime = createLocalTime(config.TIMEZONE);
  const store = await openExistingStore(config, directory);
  try {
    const { row, history, ...found } = await store.read((tx) => read(tx, number));
    if (values.json) {
      print(JSON.stringify({ ...jsonOf(row), history: history.map(eventJson) }));
      return EXIT.done;
    }
    const mails = await store.read((tx) => readMails(tx, row.ticket.id, history));
    const told = { row, history, mails, ...found };
    const withTexts = values.mails === true;
    for (const line of reportLines(told, { localTime, screen, withTexts })) {
      print(line);
    }
  } finally {
    await store.close();
  }
  return EXIT.done;
};

function eventJson({ at, type, actor, data }: AuditEvent) {
  return { at: new Date(at).toISOString(), type, actor, data };
}

async function read(tx: ReadTx, number: number) {
  const [row] = await tx.tickets.list({ number });
  if (row === undefined) throw new PermanentError("no_such_ticket", { number });
  const { provider, paymentId, id } = row.ticket;
  const history = await tx.events.listByTicket(id);
  const payment =
    provider === null || paymentId === null
      ? undefined
      : await tx.payments.find(provider, paymentId);
  const refunds = await tx.refunds.listByTicket(id);
  return { row, history, payment, refunds, standing: await standingOf(tx, row, history) };
}

async function standingOf(
  tx: ReadTx,
  { ticket: about }: TicketRow,
  history: readonly AuditEvent[],
): Promise<Standing> {
  const { id, round } = about;
  const requests = await tx.approvals.listRequests(id);
  const approvers = requests.filter((request) => request.round === round);
  const wait = history.findLast(({ type }) => type === "refund_waits")?.data;
  const isWaiting = wait?.["round"] === round && typeof wait["reason"] === "string";
  const account = history.findLast(({ type }) => ACCOUNT_EVENTS.includes(type));
  return {
    ticket: about,
    round: await tx.approvals.findRound(id, round),
    approvers: approvers.map(({ approver }) => approver),
    approvals: await tx.approvals.listApprovals(id, round),
    refund: await tx.refunds.findByRound(id, round),
    waitsFor: isWaiting ? String(wait["reason"]) : null,
    isAccountAwaited: account?.type === "account_asked" || account?.type === "account_unclear",
  };
}

const ACCOUNT_EVENTS = [
  "account_asked",
  "account_unclear",
  "account_received",
  "account_known_to_staff",
];
