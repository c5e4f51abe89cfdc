import { buildCalendar, openExistingStore, STORE_SETTINGS } from "../app.ts";
import { loadConfig } from "../config.ts";
import { PermanentError, UsageError } from "../domain/errors.ts";
import { TICKET_STATUSES, type TicketStatus } from "../domain/lifecycle.ts";
import { formatMoney, parseFigure } from "../domain/money.ts";
import type { Calendar } from "../ports.ts";
import type { TicketFilter, TicketRow } from "../store-port.ts";
import { type Command, EXIT, readArgs, readTicketNumber } from "./command.ts";
import { table } from "./table.ts";

const OPTIONS = {
  json: { type: "boolean" },
  status: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  amount: { type: "string" },
  name: { type: "string" },
} as const;

export const tickets: Command = {
  name: "tickets",
  usage: "[--status S] [--from D --to D] [--amount A] [--name N] [--json]",
  summary: "the tickets",
  async run(args, { env, directory, print }) {
    const { values } = readArgs(args, OPTIONS, { least: 0, most: 0 });
    const config = loadConfig(STORE_SETTINGS, env, directory);
    const calendar = buildCalendar(config);
    const filter = filterOf(values, calendar);
    const store = await openExistingStore(config, directory);
    try {
      const rows = await store.read((tx) => tx.tickets.list(filter));
      if (values.json) for (const row of rows) print(JSON.stringify(jsonOf(row)));
      else if (rows.length === 0) print("No tickets.");
      else for (const line of table(rows.map((row) => cellsOf(row, calendar)))) print(line);
    } finally {
      await store.close();
    }
    return EXIT.done;
  },
};

type Values = { [Name in Exclude<keyof typeof OPTIONS, "json">]?: string | undefined };

function filterOf({ status, from, to, amount, name }: Values, calendar: Calendar): TicketFilter {
  if (status !== undefined && !TICKET_STATUSES.includes(status as TicketStatus)) {
    throw new UsageError(`--status must be one of ${TICKET_STATUSES.join(", ")}.`);
  }
  const amountMinor = amount === undefined ? undefined : readAmount(amount);
  return {
    ...(status === undefined ? {} : { status: status as TicketStatus }),
    ...(from === undefined ? {} : { from: startOf(from, calendar) }),
    ...(to === undefined ? {} : { before: startOf(to, calendar) + 24 * HOUR_MS }),
    ...(amountMinor === undefined ? {} : { amountMinor }),
    ...(name === undefined ? {} : { name }),
  };
}

/** An amount as shown for yen; minor units for other currencies. */
function readAmount(text: string): number {
  const amount = parseFigure(text.replace(/^¥|円$/g, ""), "JPY");
  if (amount === null) throw new UsageError(`"${text}" is not an amount.`);
  return amount;
}

const HOUR_MS = 60 * 60 * 1_000;

/** The first instant of a local day, to the hour. */
function startOf(day: string, calendar: Calendar): number {
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(noon)) {
    throw new UsageError(`"${day}" is not a date such as 2026-11-21.`);
  }
  let at = noon - 30 * HOUR_MS;
  while (calendar.localDate(at) < day) at += HOUR_MS;
  return at;
}

function jsonOf({ ticket, amountMinor, currency, refund }: TicketRow) {
  return {
    number: ticket.number,
    status: ticket.status,
    resolution: ticket.resolution,
    orderNumbers: ticket.orderNumbers,
    email: ticket.requesterEmail,
    name: ticket.requesterName,
    provider: ticket.provider,
    paymentId: ticket.paymentId,
    amount: amountMinor,
    currency,
    refundId: refund?.providerRefundId ?? null,
    refundStatus: refund?.state ?? null,
    openedAt: new Date(ticket.openedAt).toISOString(),
    updatedAt: new Date(ticket.updatedAt).toISOString(),
  };
}

function cellsOf({ ticket, amountMinor, currency }: TicketRow, calendar: Calendar): string[] {
  return [
    `R-${ticket.number}`,
    calendar.formatDateTime(ticket.openedAt),
    ticket.resolution ?? ticket.status,
    ticket.orderNumbers.join(","),
    amountMinor === null ? "" : formatMoney({ amountMinor, currency: currency ?? "JPY" }),
    ticket.requesterName ?? "",
    ticket.requesterEmail ?? "",
  ];
}

export const ticket: Command = {
  name: "ticket",
  usage: "N [--json]",
  summary: "one ticket and its history",
  async run(args, { env, directory, print }) {
    const { values, positionals } = readArgs(
      args,
      { json: { type: "boolean" } },
      { least: 1, most: 1 },
    );
    const number = readTicketNumber(positionals[0]);
    const config = loadConfig(STORE_SETTINGS, env, directory);
    const calendar = buildCalendar(config);
    const store = await openExistingStore(config, directory);
    try {
      const [row] = await store.read((tx) => tx.tickets.list({ number }));
      if (row === undefined)
        throw new PermanentError("no_such_ticket", `There is no ticket R-${number}.`);
      const history = await store.read((tx) => tx.events.listByTicket(row.ticket.id));
      if (values.json) {
        const events = history.map(({ at, type, actor, data }) => {
          return { at: new Date(at).toISOString(), type, actor, data };
        });
        print(JSON.stringify({ ...jsonOf(row), history: events }));
        return EXIT.done;
      }
      for (const line of table([cellsOf(row, calendar)])) print(line);
      const lines = history.map(({ at, type, actor, data }) => [
        `  ${calendar.formatDateTime(at)}`,
        type,
        actor,
        JSON.stringify(data),
      ]);
      for (const line of table(lines)) print(line);
    } finally {
      await store.close();
    }
    return EXIT.done;
  },
};
