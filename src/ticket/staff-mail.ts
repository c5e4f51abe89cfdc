// Tasks and outcomes for staff. Requests to decide are in ask.ts.

import type { UnreadableError } from "../domain/errors.ts";
import { formatMoney } from "../domain/money.ts";
import { providerWords } from "../domain/payment-words.ts";
import { rawLines } from "../domain/raw-lines.ts";
import { type Ticket, ticketReference } from "../domain/ticket.ts";
import { type SentenceName, sentence } from "../domain/wording.ts";
import type { WriteTx } from "../store-port.ts";
import type { Desk } from "./desk.ts";
import { messageIdFor, queueMail, queueStaffMail } from "./queue-mail.ts";
import { note } from "./transition.ts";

/** An answer to the outcome (STOP) must name the request it is about. */
async function requestTo(
  tx: WriteTx,
  ticket: Ticket,
  round: number,
  approver: string,
): Promise<string | null> {
  const requests = await tx.approvals.listRequests(ticket.id);
  const request = requests.find((other) => other.approver === approver && other.round === round);
  return request?.messageId ?? null;
}

/** Strangers can cause these mails by writing to the shop, so they are counted. */
const STRANGERS_WORDS: readonly SentenceName[] = [
  "customer_wrote",
  "stranger_wrote",
  "not_an_approver",
  "status_inquiry",
  "provider_notice",
  "bounced",
  "command_unauthenticated",
  "withdrew_nothing",
  "account_unverified",
  "account_late",
];
const STRANGERS_A_DAY_MAX = 10;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Whether strangers have written enough for one day; the ticket itself stays in every list. */
export async function isFlooded(tx: WriteTx, desk: Desk, ticket: Ticket | null): Promise<boolean> {
  const since = desk.clock.now() - DAY_MS;
  const [first = ""] = desk.shop.staff;
  return (await tx.mails.countTasks(ticket?.id ?? null, first, since)) >= STRANGERS_A_DAY_MAX;
}

/** Puts a ticket in front of a person. The same occasion is told once. */
export async function tellStaff(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket | null,
  occasion: string,
  reason: SentenceName,
  values: readonly string[] = [],
  details: readonly string[] = [],
): Promise<void> {
  const { locale } = desk.shop;
  if (STRANGERS_WORDS.includes(reason) && (await isFlooded(tx, desk, ticket))) {
    await note(tx, desk, ticket, "mail_withheld", "henkin", {
      mail: "staff_task",
      reason: "flood",
    });
    return;
  }
  await note(tx, desk, ticket, "staff_told", "henkin", { reason, occasion });
  const task = taskOf(desk, ticket, occasion, sentence(reason, locale, ...values), details);
  await queueStaffMail(tx, desk, task);
}

/**
 * Puts an answer that cannot be read in front of a person, as it came. However often it comes, the same
 * occasion is told once.
 */
export async function showAnswer(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket | null,
  told: {
    readonly occasion: string;
    readonly reason: SentenceName;
    readonly values: readonly string[];
    readonly raw: string | null;
  },
): Promise<void> {
  const { occasion, reason, values, raw } = told;
  const [to = ""] = desk.shop.staff;
  const mail = { name: "staff_task", ticketId: ticket?.id ?? null, occasion, to } as const;
  if ((await tx.mails.find(messageIdFor(desk, mail))) !== undefined) return;
  await note(tx, desk, ticket, "staff_told", "henkin", { reason, occasion });
  const words = sentence(reason, desk.shop.locale, ...values);
  await queueStaffMail(tx, desk, taskOf(desk, ticket, occasion, words, [], rawLines(raw)));
}

/** Of no ticket: something that a provider listed. Told once a day while it lasts. */
export async function showListAnswer(
  tx: WriteTx,
  desk: Desk,
  provider: string,
  error: UnreadableError,
): Promise<void> {
  const day = desk.calendar.localDate(desk.clock.now());
  await showAnswer(tx, desk, null, {
    occasion: `unreadable/${provider}/${day}`,
    reason: "list_unreadable",
    values: [providerWords(provider), error.inWords(desk.shop.locale)],
    raw: error.raw,
  });
}

/** To one person alone; a ticket, values and details are optional as above. */
export async function tellPerson(
  tx: WriteTx,
  desk: Desk,
  to: string,
  told: {
    readonly ticket?: Ticket | null;
    readonly occasion: string;
    readonly reason: SentenceName;
    readonly values?: readonly string[];
    readonly details?: readonly string[];
  },
): Promise<void> {
  const { ticket = null, occasion, reason, values = [], details = [] } = told;
  const words = sentence(reason, desk.shop.locale, ...values);
  await queueMail(tx, desk, { ...taskOf(desk, ticket, occasion, words, details), to });
}

function taskOf(
  desk: Desk,
  ticket: Ticket | null,
  occasion: string,
  reason: string,
  details: readonly string[],
  rawAnswer: readonly string[] = [],
) {
  return {
    name: "staff_task" as const,
    ticket,
    occasion,
    variables: {
      reference: ticket === null ? "" : ticketReference(ticket.number),
      shopName: desk.shop.name,
      reason,
      details,
      asksDone: false,
      copyText: [],
      rawAnswer,
      code: "",
    },
  };
}

const LATE_REFUND_MS = 60 * 60 * 1_000;

/** An approved refund that cannot be carried out for an hour is told to staff, once a round. */
export async function tellLateRefund(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  message: string,
): Promise<void> {
  if (desk.clock.now() - ticket.updatedAt < LATE_REFUND_MS) return;
  await tellStaff(tx, desk, ticket, `late/${ticket.round}`, "refund_late", [message]);
}

/** Everybody who could have decided learns what was decided, in the thread of their request. */
export async function tellDecision(
  tx: WriteTx,
  desk: Desk,
  ticket: Ticket,
  decision: {
    readonly round: number;
    readonly words: string;
    readonly by: string;
    readonly amountMinor: number | null;
    readonly currency: string | null;
    readonly note: string;
    readonly occasion: string;
    /** The one who decided knows. */
    readonly except: string | null;
    readonly stopUntil: number | null;
    /** Nobody else has to answer. */
    readonly isFinal: boolean;
  },
): Promise<void> {
  const { amountMinor, currency, stopUntil } = decision;
  for (const to of desk.shop.staff) {
    if (to === decision.except && stopUntil === null) continue;
    await queueMail(tx, desk, {
      name: "decision_made",
      ticket,
      to,
      occasion: `${decision.round}/${decision.occasion}`,
      inReplyTo: await requestTo(tx, ticket, decision.round, to),
      variables: {
        reference: ticketReference(ticket.number),
        shopName: desk.shop.name,
        decision: decision.words,
        by: decision.by,
        amount:
          amountMinor === null || currency === null ? "" : formatMoney({ amountMinor, currency }),
        note: decision.note,
        stopUntil: stopUntil === null ? "" : desk.calendar.formatDateTime(stopUntil),
        isFinal: decision.isFinal,
      },
    });
  }
}
