import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { loadConfig } from "../config.ts";
import { accountingCsv } from "../domain/accounting-csv.ts";
import { UsageError } from "../domain/errors.ts";
import { findNextPeriod } from "../jobs/summarize-day.ts";
import { type Night, summarizeNight } from "../jobs/summarize-night.ts";
import { DESK_SETTINGS, openDesk } from "../open-desk.ts";
import { openExistingStore } from "../open-store.ts";
import { buildTemplates } from "../open-templates.ts";
import type { ReadTx, Store } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { queueMail } from "../ticket/queue-mail.ts";
import { EXIT, type Run, readArgs, readDay } from "./command.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const OPTIONS = {
  date: { type: "string" },
  send: { type: "boolean" },
  html: { type: "string" },
  csv: { type: "string" },
} as const;

export const summary: Run = async (args, { env, directory, print }) => {
  const { values } = readArgs(args, OPTIONS, { least: 0, most: 0 });
  const { date, send, html, csv } = values;
  if (send === true && (html !== undefined || csv !== undefined)) {
    throw new UsageError("summary_both");
  }
  const config = loadConfig([...DESK_SETTINGS, "TEMPLATES_DIR"], env, directory);
  const store = await openExistingStore(config, directory, { needsKey: true });
  try {
    const desk = await openDesk(config, directory, store);
    if (send === true) {
      await sendNow(store, desk, date);
      print("The worker sends the summary to MANAGER_EMAILS.");
      return EXIT.done;
    }
    const variables = await store.read(async (tx) =>
      summarizeNight(tx, desk, await nightOf(tx, desk, date), null),
    );
    const { locale } = desk.shop;
    const mail = buildTemplates(config, directory, locale).render("summary", locale, variables);
    const write = async (file: string, content: string) => {
      await writeFile(resolve(directory, file), content);
      print(`Written to ${file}`);
    };
    if (html !== undefined) await write(html, mail.html);
    if (csv !== undefined) await write(csv, accountingCsv(variables.ledger, locale));
    if (html === undefined && csv === undefined) print(`${mail.subject}\n\n${mail.text}`);
  } finally {
    await store.close();
  }
  return EXIT.done;
};

async function sendNow(store: Store, desk: Desk, date: string | undefined): Promise<void> {
  await store.write(async (tx) => {
    const night = await nightOf(tx, desk, date);
    const occasion = `again/${desk.clock.now()}`;
    for (const to of desk.shop.managers) {
      const variables = await summarizeNight(tx, desk, night, to);
      await queueMail(tx, desk, { name: "summary", ticket: null, to, occasion, variables });
    }
  });
}

/** Without a day: what tonight's mail would say by now. */
async function nightOf(tx: ReadTx, desk: Desk, date: string | undefined): Promise<Night> {
  const now = desk.clock.now();
  if (date === undefined) {
    const { from } = await findNextPeriod(tx, desk);
    return { from: Math.min(from, now), to: now, date: desk.calendar.localDate(now) };
  }
  readDay(date);
  const run = await tx.summaries.find(date);
  const { from, to } =
    run === undefined ? hoursOf(date, desk) : { from: run.coversFrom, to: run.coversTo };
  if (from >= now) throw new UsageError("summary_ahead", { date });
  return { from, to: Math.min(to, now), date };
}

/** Of a day without a summary: SUMMARY_AT on it, and on the day before. */
function hoursOf(date: string, { calendar }: Desk): Pick<Night, "from" | "to"> {
  let to = calendar.nextSummaryAt(readDay(date) - 3 * DAY_MS);
  let from = to;
  while (calendar.localDate(to) < date) {
    from = to;
    to = calendar.nextSummaryAt(to);
  }
  return { from, to };
}
