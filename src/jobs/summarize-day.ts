// The manager's mail: from the end of the previous summary to today's SUMMARY_AT, once for each
// local day, also for the days the worker was down.

import { formatMoney } from "../domain/money.ts";
import type { MailVariables } from "../domain/outgoing-mail.ts";
import type { ReadTx, SummaryFigures, TicketRow, WriteTx } from "../store-port.ts";
import { type Desk, STOP_SWITCH } from "../ticket/desk.ts";
import { queueMail } from "../ticket/queue-mail.ts";
import { byAge, ticketLine } from "../ticket/ticket-line.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { DONE, defineLocalJob, type RunnableJob } from "./job.ts";
import { comparedVariables } from "./summarize-comparison.ts";

const FIRST_START = "first_started_at";

/** When this shop's worker first started, epoch ms. */
export async function firstStartedAt(tx: ReadTx, desk: Desk): Promise<number> {
  return Number((await tx.switches.find(FIRST_START)) ?? desk.clock.now());
}

/** The period whose summary is due next. */
export async function findNextPeriod(
  tx: ReadTx,
  desk: Desk,
): Promise<{ from: number; to: number; date: string }> {
  const last = await tx.summaries.findLast();
  const from = last?.coversTo ?? (await firstStartedAt(tx, desk));
  let to = desk.calendar.nextSummaryAt(from);
  // SUMMARY_AT or the time zone was changed: the next summary is of the next day.
  while (last !== undefined && desk.calendar.localDate(to) <= last.date) {
    to = desk.calendar.nextSummaryAt(to);
  }
  return { from, to, date: desk.calendar.localDate(to) };
}

export function summarizeDay(desk: Desk): RunnableJob {
  return defineLocalJob(async (tx) => {
    const { from, to, date } = await findNextPeriod(tx, desk);
    const now = desk.clock.now();
    if (to > now) return { next: "again", at: to };
    const isNew = await tx.summaries.insert({ date, coversFrom: from, coversTo: to, at: now });
    if (isNew) {
      // First, so that the trail it quotes ends before the note of it.
      const mails = await summaryMails(tx, desk, { from, to, date });
      await note(tx, desk, null, "summary_made", HENKIN, { date, from, to });
      for (const mail of mails) await queueMail(tx, desk, mail);
    }
    const next = await findNextPeriod(tx, desk);
    // A clock that was set back must not make the same day due for ever.
    return next.to > to ? { next: "again", at: next.to } : DONE;
  });
}

/** None without a manager: the summary looks through the whole shop, and nobody would read it. */
async function summaryMails(
  tx: ReadTx,
  desk: Desk,
  period: { from: number; to: number; date: string },
) {
  const { managers } = desk.shop;
  if (managers.length === 0) return [];
  const variables = await summaryVariables(tx, desk, period);
  const about = { name: "summary" as const, ticket: null, occasion: period.date, variables };
  return managers.map((to) => ({ ...about, to }));
}

const WORDS = {
  ja: {
    received: "届いたメール",
    requests: "返金のご依頼",
    opened: "新しいチケット",
    approved: "承認",
    rejected: "却下",
    closed: "終了",
  },
  en: {
    received: "Mails received",
    requests: "Refund requests",
    opened: "New tickets",
    approved: "Approved",
    rejected: "Rejected",
    closed: "Closed",
  },
};

const WAITING = [
  "received",
  "unmatched",
  "awaiting_approval",
  "approved",
  "awaiting_manual_refund",
] as const;
const AT_PROVIDER = ["refund_pending", "refund_requires_action"] as const;

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function figuresOf(desk: Desk, figures: SummaryFigures) {
  const words = WORDS[desk.shop.locale];
  const line = (label: string, value: number) => ({ label, value: String(value) });
  return [
    line(words.received, sum(figures.received)),
    line(words.requests, figures.received["refund_request"] ?? 0),
    line(words.opened, figures.opened),
    line(words.approved, figures.decided["approved"] ?? 0),
    line(words.rejected, figures.decided["rejected"] ?? 0),
    line(words.closed, sum(figures.closed)),
  ];
}

const APPROVED_FOR_MS = 60 * 60 * 1_000;

/** An approved refund is the worker's work, unless it has not got it done for an hour. */
function needsPerson(desk: Desk, { ticket }: TicketRow): boolean {
  return ticket.status !== "approved" || desk.clock.now() - ticket.updatedAt > APPROVED_FOR_MS;
}

export async function summaryVariables(
  tx: ReadTx,
  desk: Desk,
  { from, to, date }: { from: number; to: number; date: string },
): Promise<MailVariables["summary"]> {
  const listAll = async (statuses: readonly (typeof WAITING | typeof AT_PROVIDER)[number][]) =>
    (await Promise.all(statuses.map((status) => tx.tickets.list({ status })))).flat();
  const waiting = await listAll(WAITING);
  const openRefunds = await listAll(AT_PROVIDER);
  const failures = await tx.tickets.list({ status: "refund_failed" });
  const quarantined = await tx.messages.listQuarantined();
  const parked = await tx.jobs.listParked();
  const lanes = (await tx.lanes.list()).filter(({ state }) => state !== "ok");
  const figures = await tx.summaries.findFigures(from, to);
  const head = await tx.events.findHead();
  const compared = await comparedVariables(tx, desk, { from, to });
  const isStopped = (await tx.switches.find(STOP_SWITCH)) === "on";
  return {
    shopName: desk.shop.name,
    date,
    period: `${desk.calendar.formatDateTime(from)} – ${desk.calendar.formatDateTime(to)}`,
    needsAction:
      compared.needsAction +
      waiting.filter((row) => needsPerson(desk, row)).length +
      failures.length +
      quarantined.length +
      parked.length +
      lanes.length,
    figures: figuresOf(desk, figures),
    paidOut: figures.paidOut.map(({ provider, count, amountMinor, currency }) => ({
      provider,
      count,
      amount: formatMoney({ amountMinor, currency }),
    })),
    ...compared.variables,
    waiting: waiting.sort(byAge).map((row) => ticketLine(desk, row)),
    openRefunds: openRefunds.sort(byAge).map((row) => ticketLine(desk, row)),
    failures: failures.map((row) => ticketLine(desk, row)),
    quarantined: quarantined.map(({ fromAddress, subject, reason }) => ({
      from: fromAddress,
      subject,
      reason: reason ?? "",
    })),
    lanes: [
      ...lanes.map(({ name, message }) => `${name}: ${message ?? ""}`),
      ...parked.map(({ kind, error }) => `${kind}: ${error}`),
    ],
    stopped: isStopped,
    auditHead: head === undefined ? "" : `${head.seq} ${head.hash}`,
  };
}

/** Remembers when this shop's worker first started; the first summary counts from there. */
export async function rememberFirstStart(
  tx: Pick<WriteTx, "switches">,
  now: number,
): Promise<void> {
  if ((await tx.switches.find(FIRST_START)) === undefined) {
    await tx.switches.set(FIRST_START, String(now));
  }
}
