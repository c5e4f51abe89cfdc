// What a rehearsal says: figures first, then what a person should look at, one by one.

import { formatMoney } from "../domain/money.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { Payment } from "../domain/payment.ts";
import { providerWords } from "../domain/payment-words.ts";
import {
  DISAGREEMENTS,
  type Judged,
  type MadeRefund,
  type RehearsalTotals,
  totalsOf,
  VERDICTS,
  type Would,
} from "../domain/rehearsal.ts";
import { kindWords, rehearsalText, verdictWords } from "../domain/rehearsal-words.ts";
import type { Calendar } from "../ports.ts";
import type { Rehearsal } from "../rehearsal/rehearse.ts";
import { PLAIN_SCREEN, type Screen } from "./screen.ts";
import { type Cell, table } from "./table.ts";

export interface ReportFrame {
  readonly since: number;
  readonly until: number;
  readonly locale: Locale;
  readonly calendar: Calendar;
  readonly screen?: Screen | undefined;
  /** Providers that do not tell of refunds. */
  readonly untold: readonly string[];
  readonly unreadableRefunds: number;
}

/** So many of each kind are shown to a person; --json has all. */
const SHOWN_MAX = 50;

function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)}%`;
}

type Figure = readonly [label: string, count: number];

/** Below one heading; a figure of nothing is left out. */
function figures(heading: string, whole: number, rows: readonly Figure[]): Cell[][] {
  return [
    [{ text: heading, style: "heading" }, String(whole), ""],
    ...rows
      .filter(([, count]) => count > 0)
      .map(([label, count]) => [`・${label}`, String(count), share(count, whole)]),
  ];
}

export function wordLines(rehearsal: Rehearsal, frame: ReportFrame): string[] {
  const { calendar, since, until, locale, screen = PLAIN_SCREEN } = frame;
  const text = (
    name: Parameters<typeof rehearsalText>[0],
    ...values: readonly (string | number)[]
  ) => rehearsalText(name, locale, ...values);
  const totals = totalsOf(rehearsal.judgement);
  const { uncovered } = totals;
  const { agrees, asked_not_refunded: unpaid } = totals.verdicts;
  return [
    text("title", calendar.formatDateTime(since), calendar.formatDateTime(until)),
    "",
    ...countLines(rehearsal, totals, locale, screen),
    "",
    text("agreement", totals.comparable, agrees, share(agrees, totals.comparable)),
    ...(uncovered > 0 ? [text("uncovered", uncovered, unpaid, uncovered - unpaid)] : []),
    "",
    ...disagreementLines(rehearsal, frame),
    ...orphanLines(rehearsal, frame),
    ...frame.untold.map((name) => text("untold_note", providerWords(name))),
    ...(frame.unreadableRefunds > 0 ? [text("unreadable_refunds", frame.unreadableRefunds)] : []),
    text("nothing_changed"),
  ];
}

function countLines(
  { mails }: Rehearsal,
  totals: RehearsalTotals,
  locale: Locale,
  screen: Screen,
): string[] {
  const text = (name: Parameters<typeof rehearsalText>[0]) => rehearsalText(name, locale);
  const kinds = Object.entries(mails.byKind).sort(([, a], [, b]) => b - a);
  const rows = [
    ...figures(text("mails"), mails.read, [
      ...kinds.map(([kind, count]): Figure => [kindWords(kind, locale), count]),
      [text("unreadable"), mails.unreadable],
      [text("repeated"), mails.repeated],
    ]),
    [""],
    ...figures(text("requests"), totals.requests, [
      [text("to_approve"), totals.toApprove],
      [text("to_choose"), totals.toChoose],
      [text("customer_asked"), totals.customerAsked],
      [text("closed"), totals.closed],
      [text("left_to_person"), totals.leftToPerson],
    ]),
    [""],
    ...figures(
      text("compared"),
      totals.requests,
      VERDICTS.map((verdict): Figure => [verdictWords(verdict, locale), totals.verdicts[verdict]]),
    ),
    [""],
    ...figures(text("refunds_made"), totals.refundsMade, [
      [text("without_request"), totals.refundsWithoutRequest],
    ]),
  ];
  return table(rows, { screen, right: [1, 2] });
}

function disagreementLines({ judgement }: Rehearsal, frame: ReportFrame): string[] {
  const { locale, screen = PLAIN_SCREEN } = frame;
  const found = judgement.judged.filter(({ verdict }) => DISAGREEMENTS.includes(verdict));
  if (found.length === 0) return [rehearsalText("no_disagreement", locale), ""];
  const heading = rehearsalText("disagreements", locale, found.length);
  const lines = [screen.paint("heading", heading)];
  for (const verdict of DISAGREEMENTS) {
    const some = found.filter((one) => one.verdict === verdict);
    if (some.length === 0) continue;
    const columns = ["date", "sender", "order", "would", "made"] as const;
    const header = columns.map((name) => rehearsalText(`column_${name}`, locale));
    const rows = some.slice(0, SHOWN_MAX).map((one) => cellsOf(one, frame));
    lines.push("", verdictWords(verdict, locale), ...table(rows, { screen, header }));
    if (some.length > SHOWN_MAX) {
      lines.push(rehearsalText("more", locale, some.length - SHOWN_MAX));
    }
  }
  return [...lines, ""];
}

function cellsOf({ request, refunds }: Judged, { calendar, locale }: ReportFrame): string[] {
  const { receivedAt, sender, wish, would } = request;
  return [
    calendar.formatDateTime(receivedAt),
    sender,
    wish.orderNumbers.join(","),
    wouldWords(would, locale),
    refunds.map((refund) => `${refund.paymentId} ${formatMoney(refund)}`).join(", "),
  ];
}

function wouldWords(would: Would, locale: Locale): string {
  switch (would.does) {
    case "ask": {
      const { payment, proposedMinor, action } = would;
      const amount =
        proposedMinor === null
          ? "?"
          : formatMoney({ amountMinor: proposedMinor, currency: payment.currency });
      const name = action === "void" ? "would_void" : "would_ask";
      return rehearsalText(name, locale, `${payment.id} ${amount}`);
    }
    case "choose":
      return rehearsalText("would_choose", locale, would.candidates.map(({ id }) => id).join(", "));
    case "ask_customer":
      return rehearsalText("would_ask_customer", locale);
    case "close":
      return rehearsalText("would_close", locale, would.payment?.id ?? would.resolution);
    case "nothing":
      return rehearsalText("would_nothing", locale);
  }
}

function orphanLines({ judgement }: Rehearsal, frame: ReportFrame): string[] {
  const { locale, calendar, screen = PLAIN_SCREEN } = frame;
  const { withoutRequest } = judgement;
  if (withoutRequest.length === 0) return [];
  const header = (["refunded", "payment", "amount"] as const).map((name) =>
    rehearsalText(`column_${name}`, locale),
  );
  const rows = withoutRequest
    .slice(0, SHOWN_MAX)
    .map((refund) => [
      calendar.formatDateTime(refund.createdAt),
      refund.paymentId,
      formatMoney(refund),
    ]);
  const heading = rehearsalText("orphans", locale, withoutRequest.length);
  const left = withoutRequest.length - rows.length;
  return [
    screen.paint("heading", heading),
    ...table(rows, { screen, header, right: [2] }),
    ...(left > 0 ? [rehearsalText("more", locale, left)] : []),
    "",
  ];
}

const moment = (at: number) => new Date(at).toISOString();

/** One object a request, one a refund without a request, and the totals. */
export function jsonLines(rehearsal: Rehearsal, frame: ReportFrame): string[] {
  const { judgement, mails } = rehearsal;
  const { since, until, untold, unreadableRefunds } = frame;
  const objects = [
    ...judgement.judged.map((one) => ({ type: "request", ...jsonOf(one) })),
    ...judgement.withoutRequest.map((refund) => ({
      type: "refund_without_request",
      ...refundOf(refund),
    })),
    {
      type: "totals",
      since: moment(since),
      until: moment(until),
      mails,
      ...totalsOf(judgement),
      untold,
      unreadableRefunds,
    },
  ];
  return objects.map((object) => JSON.stringify(object));
}

function refundOf({ provider, id, paymentId, amountMinor, currency, createdAt }: MadeRefund) {
  return { provider, id, paymentId, amount: amountMinor, currency, createdAt: moment(createdAt) };
}

function jsonOf({ request, verdict, refunds }: Judged) {
  const { receivedAt, sender, wish, joined, would } = request;
  const nameOf = ({ provider, id }: Payment) => ({ provider, paymentId: id });
  return {
    receivedAt: moment(receivedAt),
    sender,
    orderNumbers: wish.orderNumbers,
    furtherMails: joined,
    would: would.does,
    ...(would.does === "ask" && {
      ...nameOf(would.payment),
      action: would.action,
      proposed: would.proposedMinor,
      currency: would.payment.currency,
      agreeing: would.shared,
    }),
    ...(would.does === "choose" && {
      reason: would.reason,
      candidates: would.candidates.map(nameOf),
    }),
    ...(would.does === "close" && {
      resolution: would.resolution,
      ...(would.payment !== null && nameOf(would.payment)),
    }),
    verdict,
    refunds: refunds.map(refundOf),
  };
}
