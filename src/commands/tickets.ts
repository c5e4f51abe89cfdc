import { loadConfig } from "../config.ts";
import { UsageError } from "../domain/errors.ts";
import { TICKET_STATUSES, type TicketStatus } from "../domain/lifecycle.ts";
import { parseFigure } from "../domain/money.ts";
import { createLocalTime } from "../local-time.ts";
import { openExistingStore, STORE_SETTINGS } from "../open-store.ts";
import type { LocalTime } from "../ports.ts";
import type { Store, TicketFilter, TicketRow } from "../store-port.ts";
import { EXIT, type Run, readArgs, readDay } from "./command.ts";
import { PLAIN_SCREEN, type Screen } from "./screen.ts";
import { createTable } from "./table.ts";
import { cellsOf, jsonOf, ROW_HEADER, ROW_RIGHT } from "./ticket-row.ts";

const OPTIONS = {
  json: { type: "boolean" },
  status: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  amount: { type: "string" },
  name: { type: "string" },
} as const;

export const tickets: Run = async (args, { env, directory, print, screen = PLAIN_SCREEN }) => {
  const { values } = readArgs(args, OPTIONS, { least: 0, most: 0 });
  const config = loadConfig(STORE_SETTINGS, env, directory);
  const localTime = createLocalTime(config.TIMEZONE);
  const filter = filterOf(values, localTime);
  const store = await openExistingStore(config, directory);
  try {
    const lines = values.json ? jsonLines : tableLines(screen, localTime);
    const count = await showAll(store, filter, (rows) => {
      for (const line of lines(rows)) print(line);
    });
    if (count === 0 && !values.json) print("No tickets.");
    if (count === LISTED_MAX) {
      process.stderr.write(`Only the first ${LISTED_MAX} are shown: narrow them down.\n`);
    }
  } finally {
    await store.close();
  }
  return EXIT.done;
};

/** As the store lists. */
const LISTED_MAX = 1_000;
/** Shown before the others are looked for: a screen, in a small part of the time. */
const FIRST_PAGE = 50;

/**
 * Returns how many there are. Shows nothing within a read: a terminal that stands still would keep the
 * worker from clearing its log.
 */
async function showAll(
  store: Store,
  filter: TicketFilter,
  show: (rows: readonly TicketRow[]) => void,
): Promise<number> {
  const list = (part: TicketFilter) => store.read((tx) => tx.tickets.list({ ...filter, ...part }));
  const most = isLookedFor(filter) ? LISTED_MAX : FIRST_PAGE;
  const first = await list({ most });
  show(first);
  const last = first.at(-1);
  if (last === undefined || first.length < most || most === LISTED_MAX) return first.length;
  const others = await list({ after: last.ticket.number, most: LISTED_MAX - FIRST_PAGE });
  show(others);
  return first.length + others.length;
}

/** What takes all of the time is finding them. */
function isLookedFor({ from, before, amountMinor, name }: TicketFilter): boolean {
  return [from, before, amountMinor, name].some((condition) => condition !== undefined);
}

const jsonLines = (rows: readonly TicketRow[]) => rows.map((row) => JSON.stringify(jsonOf(row)));

function tableLines(screen: Screen, localTime: LocalTime) {
  const linesOf = createTable({ screen, header: ROW_HEADER, right: ROW_RIGHT });
  return (rows: readonly TicketRow[]) => linesOf(rows.map((row) => cellsOf(row, localTime)));
}

type Values = { [Name in Exclude<keyof typeof OPTIONS, "json">]?: string | undefined };

function filterOf({ status, from, to, amount, name }: Values, localTime: LocalTime): TicketFilter {
  if (status !== undefined && !TICKET_STATUSES.includes(status as TicketStatus)) {
    throw new UsageError("bad_status", { statuses: TICKET_STATUSES.join(", ") });
  }
  const amountMinor = amount === undefined ? undefined : readAmount(amount);
  return {
    ...(status === undefined ? {} : { status: status as TicketStatus }),
    ...(from === undefined ? {} : { from: startOf(from, localTime) }),
    ...(to === undefined ? {} : { before: startOf(to, localTime) + 24 * HOUR_MS }),
    ...(amountMinor === undefined ? {} : { amountMinor }),
    ...(name === undefined ? {} : { name }),
  };
}

/** An amount as shown for yen; minor units for other currencies. */
function readAmount(text: string): number {
  const amount = parseFigure(text.replace(/^¥|円$/g, ""), "JPY");
  if (amount === null) throw new UsageError("bad_amount", { text });
  return amount;
}

const HOUR_MS = 60 * 60 * 1_000;

/** The first instant of a local day, to the hour. */
export function startOf(day: string, localTime: LocalTime): number {
  let at = readDay(day) - 30 * HOUR_MS;
  while (localTime.localDate(at) < day) at += HOUR_MS;
  return at;
}
