// What the nightly mail says of tickets that wait: for whom, for how long, and until when.

import type { TicketStatus } from "../domain/lifecycle.ts";
import type { Locale } from "../domain/outgoing-mail.ts";
import type { SummaryVariables, WaitingLine } from "../domain/summary-mail.ts";
import { ticketReference } from "../domain/ticket.ts";
import type { ReadTx, TicketRow } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { byAge, ticketLine } from "../ticket/ticket-line.ts";

/** Of each list; a mail with hundreds of tickets is read by nobody. */
export const LISTED_MAX = 30;

const WAITING = ["received", "unmatched", "awaiting_approval", "approved"] as const;
const AT_PROVIDER = ["refund_pending", "refund_requires_action"] as const;

const APPROVED_FOR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

type Variables = Pick<
  SummaryVariables,
  | "ages"
  | "waiting"
  | "moreWaiting"
  | "manual"
  | "moreManual"
  | "openRefunds"
  | "moreOpenRefunds"
  | "failures"
  | "moreFailures"
>;

export async function waitingVariables(
  tx: ReadTx,
  desk: Desk,
  reader: string | null,
): Promise<{ variables: Variables; needsAction: number }> {
  const listAll = async (...statuses: readonly TicketStatus[]) => {
    const lists: TicketRow[] = [];
    for (const status of statuses) lists.push(...(await tx.tickets.list({ status })));
    return lists.sort(byAge);
  };
  const waiting = await listAll(...WAITING);
  const manual = await listAll("awaiting_manual_refund");
  const failures = await listAll("refund_failed");
  const openRefunds = (await listAll(...AT_PROVIDER)).sort(byDeadline);
  const line = (row: TicketRow): WaitingLine => ({
    ...ticketLine(desk, row),
    askLink: needsPerson(desk, row) ? askLink(desk, row, reader) : "",
  });
  const more = (rows: readonly TicketRow[]) => Math.max(0, rows.length - LISTED_MAX);
  return {
    needsAction:
      waiting.filter((row) => needsPerson(desk, row)).length + manual.length + failures.length,
    variables: {
      ages: agesOf(desk, [...waiting, ...manual, ...failures]),
      waiting: waiting.slice(0, LISTED_MAX).map(line),
      moreWaiting: more(waiting),
      manual: manual.slice(0, LISTED_MAX).map(line),
      moreManual: more(manual),
      openRefunds: openRefunds.slice(0, LISTED_MAX).map((row) => ticketLine(desk, row)),
      moreOpenRefunds: more(openRefunds),
      failures: failures.slice(0, LISTED_MAX).map(line),
      moreFailures: more(failures),
    },
  };
}

/** An approved refund is the worker's work, unless it has not got it done for an hour. */
function needsPerson(desk: Desk, { ticket }: TicketRow): boolean {
  return ticket.status !== "approved" || desk.clock.now() - ticket.updatedAt > APPROVED_FOR_MS;
}

/** The nearest deadline first; without one, the oldest. */
function byDeadline(a: TicketRow, b: TicketRow): number {
  const until = ({ refund }: TicketRow) => refund?.accountUntil ?? Number.MAX_SAFE_INTEGER;
  return until(a) - until(b) || byAge(a, b);
}

const AGES: readonly {
  readonly fromDays: number;
  readonly words: Readonly<Record<Locale, string>>;
}[] = [
  { fromDays: 0, words: { ja: "1日未満", en: "Under a day" } },
  { fromDays: 1, words: { ja: "1〜2日", en: "1–2 days" } },
  { fromDays: 3, words: { ja: "3〜6日", en: "3–6 days" } },
  { fromDays: 7, words: { ja: "7日以上", en: "7 days or more" } },
];

function agesOf(desk: Desk, rows: readonly TicketRow[]): SummaryVariables["ages"] {
  const days = rows.map(({ ticket }) => (desk.clock.now() - ticket.openedAt) / DAY_MS);
  return AGES.map(({ fromDays, words }, index) => {
    const below = AGES[index + 1]?.fromDays ?? Number.POSITIVE_INFINITY;
    // A clock that was set back makes no ticket younger than new.
    const count = days.filter((age) => Math.max(0, age) >= fromDays && age < below).length;
    return { label: words[desk.shop.locale], count };
  }).filter(({ count }) => count > 0);
}

const ASK: Readonly<Record<Locale, (reference: string) => { subject: string; body: string }>> = {
  ja: (reference) => ({
    subject: `${reference} の件、ご確認をお願いします`,
    body: `${reference} の件、ご確認をお願いします。\r\n件名に ${reference} のあるメールへの返信で、お答えください。\r\n`,
  }),
  en: (reference) => ({
    subject: `Please look at ${reference}`,
    body: `Please look at ${reference}, and answer the mail that has ${reference} in its subject.\r\n`,
  }),
};

/**
 * A letter among colleagues: not to the shop's own address, where it would be read as mail of a
 * customer, and without the brackets by which an answer is recognised.
 */
function askLink(desk: Desk, { ticket }: TicketRow, reader: string | null): string {
  const { staff, email, locale } = desk.shop;
  const to = staff.filter((address) => address !== email && address !== reader);
  if (to.length === 0) return "";
  const { subject, body } = ASK[locale](ticketReference(ticket.number));
  const addresses = to.map(encodeURIComponent).join(",");
  return `mailto:${addresses}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}
