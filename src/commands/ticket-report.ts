// The lines of `ticket N`.

import { formatMoney } from "../domain/money.ts";
import type { Payment } from "../domain/payment.ts";
import { refundableMinor } from "../domain/payment.ts";
import type { AuditEvent, Refund } from "../domain/ticket.ts";
import type { TicketRow } from "../store-port.ts";
import { awaited, type Standing } from "./awaited.ts";
import { actorWords, happened } from "./history-words.ts";
import { oneLine, type Screen } from "./screen.ts";
import { type Cell, table } from "./table.ts";
import type { TicketMail, TicketMails } from "./ticket-mails.ts";
import { statusCell } from "./ticket-row.ts";

export interface TicketReport {
  readonly row: TicketRow;
  readonly payment: Payment | undefined;
  readonly refunds: readonly Refund[];
  readonly standing: Standing;
  readonly history: readonly AuditEvent[];
  readonly mails: TicketMails;
}

interface Manner {
  /** "2026-11-21 15:50" in the shop's time zone. */
  readonly calendar: (at: number) => string;
  readonly screen: Screen;
  readonly withTexts: boolean;
}

export function reportLines(report: TicketReport, manner: Manner): string[] {
  // Nothing of a history is cut: a narrow terminal wraps the lines.
  const screen = { ...manner.screen, columns: null };
  return [
    ...table([[`R-${report.row.ticket.number}`, statusCell(report.row)]], { screen }),
    ...table(factsOf(report, manner.calendar), { screen }).map((line) => `  ${line}`),
    "",
    screen.paint("heading", "History"),
    ...historyLines(report, { ...manner, screen }),
  ];
}

function factsOf(
  { row: { ticket }, payment, refunds, standing }: TicketReport,
  at: Manner["calendar"],
): Cell[][] {
  const { orderNumbers, requesterName, requesterEmail, requestedMinor, intent } = ticket;
  const asked = requestedMinor === null ? "" : `, ${requestedMinor} asked for`;
  const isWaiting = !["refunded", "rejected", "closed"].includes(ticket.status);
  const awaitedWords = awaited(standing, at);
  return [
    ["order", orderNumbers.join(", ") || "not known"],
    ["customer", `${requesterName ?? "no name"} <${requesterEmail ?? "no address"}>`],
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

function paymentWords(payment: Payment, at: Manner["calendar"]): string {
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

function refundWords(refund: Refund, at: Manner["calendar"]): string {
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
  { calendar, screen, withTexts }: Manner,
): string[] {
  const shown = history.filter(({ type }) => !TOLD_BY_MAIL.includes(type));
  const lines = table(
    shown.map((event) => [
      calendar(event.at),
      actorWords(event.actor),
      mailOrWords(event, mails.get(event), calendar),
    ]),
    { screen },
  );
  return shown.flatMap((event, at) => {
    const text = withTexts ? (mails.get(event)?.text ?? []) : [];
    return [
      `  ${lines[at] ?? ""}`,
      ...text.map((line) => screen.paint("faint", `    | ${oneLine(line)}`)),
    ];
  });
}

function mailOrWords(
  event: AuditEvent,
  mail: TicketMail | undefined,
  calendar: Manner["calendar"],
): string {
  if (mail === undefined) return happened(event, calendar);
  const [direction, verb] = mail.isOurs ? ["→", ""] : ["←", "read as "];
  return `${direction} ${mail.with}: ${mail.subject} (${verb}${mail.state})`;
}
