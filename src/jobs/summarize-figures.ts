// What the nightly mail says in numbers: the period beside the days before it, the money that left, and
// each refund for the accountant.

import { formatMoney } from "../domain/money.ts";
import {
  average,
  countedSpans,
  lengths,
  type Span,
  spansBefore,
  within,
} from "../domain/night-figures.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import {
  changeOf,
  entriesOf,
  LEDGER_EVENTS,
  type LedgerSum,
  sumsOf,
} from "../domain/refund-ledger.ts";
import type { DayBar, SummaryVariables } from "../domain/summary-mail.ts";
import type { AuditEvent } from "../domain/ticket.ts";
import type { ReadTx } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { firstStartedAt } from "./first-start.ts";
import { ledgerOf, ledgerOfOthers, providerLabel } from "./summarize-ledger.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

type Variables = Pick<
  SummaryVariables,
  | "figures"
  | "averageDays"
  | "paidOut"
  | "cameBack"
  | "days"
  | "currency"
  | "unanswered"
  | "undelivered"
  | "ledger"
>;

export async function figuresOfNight(tx: ReadTx, desk: Desk, night: Span): Promise<Variables> {
  const before = spansBefore(night.from, desk.calendar.nextSummaryAt, DAY_MS);
  const firstStart = await firstStartedAt(tx, desk);
  const counted = countedSpans(before, firstStart);
  const happened = await eventsOf(tx, { from: before[0]?.from ?? night.from, to: night.to });
  const list = (type: string) => tx.summaries.listEvents(type, night.from, night.to);
  const entries = entriesOf(changesOf((await Promise.all(LEDGER_EVENTS.map(list))).flat()));
  const adopted = await tx.providerRefunds.listAdopted(night.from, night.to);
  const lost = [...(await list("mail_refused")), ...(await list("mail_uncertain"))];
  const money = moneyOf(happened);
  const { locale } = desk.shop;
  return {
    figures: [
      ...MEASURE_NAMES.map((name) =>
        figureOf(MEASURES[name], happened, { night, counted, locale }),
      ),
      {
        label: MONEY_LABEL[locale],
        value: money.words(money.in(night)),
        average: averageWords(counted.map(money.in), money.words),
      },
    ],
    averageDays: counted.length,
    paidOut: sumsOf(entries, "out").map((sum) => moneyLine(sum, locale)),
    cameBack: sumsOf(entries, "back").map((sum) => moneyLine(sum, locale)),
    days: barsOf(
      desk,
      // Nothing is known of the days before.
      [...before.filter(({ to }) => to > firstStart), night],
      (span) => countIn(MEASURES.requests, happened, span),
      money,
    ),
    currency: money.currency,
    unanswered: countIn(LEFT_TO_PEOPLE, happened, night),
    undelivered: lost.length,
    ledger: [...(await ledgerOf(tx, desk, entries)), ...(await ledgerOfOthers(tx, desk, adopted))],
  };
}

type Happened = ReadonlyMap<string, readonly AuditEvent[]>;

async function eventsOf(tx: ReadTx, { from, to }: Span): Promise<Happened> {
  const events = new Map<string, readonly AuditEvent[]>();
  for (const type of COMPARED) events.set(type, await tx.summaries.listEvents(type, from, to));
  return events;
}

const changesOf = (events: readonly AuditEvent[]) =>
  events.map(changeOf).filter((change) => change !== null);

function countIn({ type, count }: Pick<Measure, "type" | "count">, of: Happened, span: Span) {
  return count(within(of.get(type) ?? [], span));
}

function figureOf(
  measure: Measure,
  happened: Happened,
  about: { readonly night: Span; readonly counted: readonly Span[]; readonly locale: Locale },
): SummaryVariables["figures"][number] {
  const unit = measure.unit[about.locale];
  const counts = about.counted.map((span) => countIn(measure, happened, span));
  return {
    label: measure.label[about.locale],
    value: `${countIn(measure, happened, about.night)}${unit}`,
    average: averageWords(counts, (mean) => `${mean.toFixed(1)}${unit}`),
  };
}

function averageWords(values: readonly number[], words: (mean: number) => string): string {
  const mean = average(values);
  return mean === null ? "" : words(mean);
}

interface MoneyOut {
  readonly currency: string;
  readonly in: (span: Span) => number;
  readonly words: (minor: number) => string;
}

/** Refunds in one currency: amounts of several make no sum. */
function moneyOf(happened: Happened): MoneyOut {
  const paid = changesOf(happened.get("refund_succeeded") ?? []);
  const currency = mainCurrency(paid.map((one) => one.currency));
  const counted = paid.filter((one) => one.currency === currency);
  return {
    currency,
    in: (span) => within(counted, span).reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    words: (minor) => formatMoney({ amountMinor: Math.round(minor), currency }),
  };
}

interface Measure {
  readonly type: string;
  readonly count: (events: readonly AuditEvent[]) => number;
  readonly label: Readonly<Record<Locale, string>>;
  readonly unit: Readonly<Record<Locale, string>>;
}

const MAILS = { ja: "通", en: "" };
const CASES = { ja: "件", en: "" };
const all = (events: readonly AuditEvent[]) => events.length;
const having = (field: string, value: string) => (events: readonly AuditEvent[]) =>
  events.filter(({ data }) => data[field] === value).length;

const MEASURES = {
  received: {
    type: "message_received",
    count: all,
    label: { ja: "届いたメール", en: "Mails received" },
    unit: MAILS,
  },
  requests: {
    type: "message_received",
    count: having("kind", "refund_request"),
    label: { ja: "返金のご依頼", en: "Refund requests" },
    unit: CASES,
  },
  opened: {
    type: "ticket_opened",
    count: all,
    label: { ja: "新しいチケット", en: "New tickets" },
    unit: CASES,
  },
  approved: {
    type: "decision",
    count: having("decision", "approved"),
    label: { ja: "承認", en: "Approved" },
    unit: CASES,
  },
  rejected: {
    type: "decision",
    count: having("decision", "rejected"),
    label: { ja: "却下", en: "Rejected" },
    unit: CASES,
  },
  refunded: {
    type: "refund_succeeded",
    count: all,
    label: { ja: "返金の完了", en: "Refunds made" },
    unit: CASES,
  },
  closed: {
    type: "ticket_ended",
    count: all,
    label: { ja: "終了", en: "Closed" },
    unit: CASES,
  },
} as const satisfies Record<string, Measure>;

/** Neither a request nor an answer: henkin says nothing to them. */
const LEFT_TO_PEOPLE = { type: "message_received", count: having("kind", "other") };

const MEASURE_NAMES = Object.keys(MEASURES) as (keyof typeof MEASURES)[];
const COMPARED = new Set(Object.values(MEASURES).map(({ type }) => type));
const MONEY_LABEL = { ja: "返金した金額", en: "Amount paid back" };

/** The one most refunds are in. */
function mainCurrency(currencies: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const currency of currencies) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "JPY";
}

function moneyLine(sum: LedgerSum, locale: Locale) {
  const { provider, count } = sum;
  return { provider: providerLabel(provider, locale), count, amount: formatMoney(sum) };
}

// ---- bars

/** As many signs as fit beside the figures on a phone, and of a cell of HTML the share of it. */
const SIGNS_MAX = 8;
const PERCENT_MAX = 100;

function barsOf(
  desk: Desk,
  spans: readonly Span[],
  requestsIn: (span: Span) => number,
  money: MoneyOut,
): DayBar[] {
  const requests = spans.map(requestsIn);
  const amounts = spans.map(money.in);
  const signs = (values: readonly number[]) => lengths(values, SIGNS_MAX).map((n) => "█".repeat(n));
  const bars = {
    requestsBar: signs(requests),
    amountBar: signs(amounts),
    requestsPercent: lengths(requests, PERCENT_MAX),
    amountPercent: lengths(amounts, PERCENT_MAX),
  };
  return spans.map(({ to }, at) => ({
    day: desk.calendar.localDate(to).slice(5).replace("-", "/"),
    requests: requests[at] ?? 0,
    requestsBar: bars.requestsBar[at] ?? "",
    requestsPercent: bars.requestsPercent[at] ?? 0,
    amount: money.words(amounts[at] ?? 0),
    amountBar: bars.amountBar[at] ?? "",
    amountPercent: bars.amountPercent[at] ?? 0,
  }));
}
