// The manager's mail: from the end of the previous summary to today's SUMMARY_AT, once for each
// local day, also for the days the worker was down.

import type { ReadTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { type MailOrder, queueMail } from "../ticket/queue-mail.ts";
import { HENKIN, note } from "../ticket/transition.ts";
import { firstStartedAt } from "./first-start.ts";
import { DONE, defineLocalJob, type RunnableJob } from "./job.ts";
import { type Night, summarizeNight } from "./summarize-night.ts";

/** The period whose summary is due next. */
export async function findNextPeriod(tx: ReadTx, desk: Desk): Promise<Night> {
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
async function summaryMails(tx: ReadTx, desk: Desk, night: Night): Promise<MailOrder<"summary">[]> {
  const mails: MailOrder<"summary">[] = [];
  for (const to of desk.shop.managers) {
    const variables = await summarizeNight(tx, desk, night, to);
    mails.push({ name: "summary", ticket: null, occasion: night.date, variables, to });
  }
  return mails;
}
