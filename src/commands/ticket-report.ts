// The lines of `ticket N`.

import { formatMoney } from "../domain/money.ts";
import type { Payment } from "../domain/payment.ts";
import { refundableMinor } from "../domain/payment.ts";
import type { AuditEvent, Refund } from "../domain/ticket.ts";
import type { LocalTime } from "../ports.ts";
import type { TicketRow } from "../store-port.ts";
import { awaited, type Standing } from "./awaited.ts";
import { actorWords, happened } from "./history-words.ts";
import { harmless, type Screen } from "./screen.ts";
import { type Cell, table } from "./table.ts";
import { wrapText } from "./text-width.ts";
import type { TicketMail, TicketMails } from "./ticket-mails.ts";
import { cellsOf } from "./ticket-row.ts";

export interface TicketReport {
  readonly row: TicketRow;
  readonly payment: Payment | undefined;
  readonly refunds: readonly Refund[];
  readonly standing: Standing;
  readonly history: readonly AuditEvent[];
  readonly mails: TicketMails;
}

interface Manner {
  readonly localTime: LocalTime;
  readonly screen: Screen;
  readonly withTexts: boolean;
}

/** "2026-11-21 15:50" in the shop's time zone. */
type Told = (at: number) => string;

export function reportLines(report: TicketReport, manner: Manner): string[] {
  const at: Told = (instant) => manner.localTime.formatDateTime(instant);
  // Nothing of a history is cut: what does not fit goes on below, further in.
  const { columns } = manner.screen;
  const screen = { ...manner.screen, columns: null };
  return [
    ...table([cellsOf(report.row, manner.localTime)], { screen }),
    ...table(factsOf(report, at), { screen }).flatMap((line) => hanging("  ", line, columns)),
    "",
    screen.paint("heading", "History"),
    ...historyLines(report, at, { ...manner, screen }, columns),
  ];
}

/**
 * Broken here and not by the terminal, which begins anew at its left edge: there a text from outside could
 * pose as a line of ours.
 */
function hanging(indent: string, line: string, columns: number | null): string[] {
  if (columns === null) return [`${indent}${line}`];
  const further = " ".repeat(FURTHER_IN);
  const pieces = wrapText(line, Math.max(MIN_COLUMNS, columns - FURTHER_IN));
  return pieces.map((piece, nth) => `${nth === 0 ? indent : further}${piece}`);
}

const FURTHER_IN = 6;
const MIN_COLUMNS = 20;
const BAR = "    | ";

function factsOf(
  { row: { ticket }, payment, refunds, standing }: TicketReport,
  at: Told,
): Cell[][] {
  const { requestedMinor, intent } = ticket;
  const asked = requestedMinor === null ? "" : `, ${requestedMinor} asked for`;
  const isWaiting = !["refunded", "rejected", "closed"].includes(ticket.status);
  const awaitedWords = awaited(standing, at);
  return [
    ["wish", `${intent ?? "not stated"}${asked}`],
    ["payment", payment === undefined ? "not known" : paymentWords(payment, at)],
    ...standing.approvals.map(({ approver, amountMinor, at: when }) => [
      "approval",
      `${actorWords(approver)}, ${moneyOf(standing, amountMinor)}, ${at(when)}`,
    ]),
    ...refunds.map((refund) => [refund.action, refundWords(refund, at)]),
    ["awaited", isWaiting ? { text: awaitedWords, style: "waiting" } : awaitedWords],
  ];
}

function moneyOf({ round }: Standing, amountMinor: number): string {
  const question = round?.question;
  const currency = question?.kind === "proposal" ? question.currency : "JPY";
  return formatMoney({ amountMinor, currency });
}

function paymentWords(payment: Payment, at: Told): string {
  const { provider, id, currency, method, status, paidAt, payerName, payerEmail } = payment;
  const left = formatMoney({ amountMinor: refundableMinor(payment), currency });
  return [
    `${id} (${provider}${payment.livemode ? "" : ", test mode"})`,
    `${formatMoney(payment)} ${method} ${status}`,
    `left ${left}`,
    ...(paidAt === null ? [] : [`paid ${at(paidAt)}`]),
    ...(payment.disputed ? ["DISPUTED"] : []),
    `by ${payerName ?? "no name"} <${payerEmail ?? "no address"}>`,
  ].join(", ");
}

function refundWords(refund: Refund, at: Told): string {
  const { provider, state, providerRefundId, failureReason, keyStoredAt } = refund;
  return [
    `${formatMoney(refund)} ${state} at ${refund.action === "payout" ? "the shop's bank" : provider}`,
    ...(providerRefundId === null ? [] : [providerRefundId]),
    ...(failureReason === null ? [] : [`because of ${failureReason}`]),
    `begun ${at(keyStoredAt)}`,
  ].join(", ");
}

/** Told by the line of the mail itself. */
const TOLD_BY_MAIL = ["mail_sent"];

function historyLines(
  { history, mails }: TicketReport,
  at: Told,
  { screen, withTexts }: Manner,
  columns: number | null,
): string[] {
  const shown = history.filter(({ type }) => !TOLD_BY_MAIL.includes(type));
  const lines = table(
    shown.map((event) => [
      at(event.at),
      actorWords(event.actor),
      mailOrWords(event, mails.get(event), at),
    ]),
    { screen },
  );
  return shown.flatMap((event, index) => {
    const text = withTexts ? (mails.get(event)?.text ?? []) : [];
    return [
      ...hanging("  ", lines[index] ?? "", columns),
      ...text
        .map((line) => harmless(line.trimEnd()))
        .flatMap((line) => {
          const room = Math.max(MIN_COLUMNS, (columns ?? Number.POSITIVE_INFINITY) - BAR.length);
          return wrapText(line, room);
        })
        .map((line) => screen.paint("faint", `${BAR}${line}`)),
    ];
  });
}

function mailOrWords(event: AuditEvent, mail: TicketMail | undefined, at: Told): string {
  if (mail === undefined) return happened(event, at);
  const [direction, verb] = mail.isOurs ? ["→", ""] : ["←", "read as "];
  return `${direction} ${mail.with}: ${mail.subject} (${verb}${mail.state})`;
}
