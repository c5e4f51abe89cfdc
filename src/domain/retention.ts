// How long what is kept. Two clocks: the books need what was paid, and the mails that belong to it, for
// years; of everything else nobody needs the names and words once the shop's own time for them is over.

import { isOpen, type TicketStatus } from "./lifecycle.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Mail that is no business of henkin's. */
const OTHER_MS = 7 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;

export interface RetentionSettings {
  /** RETENTION_DAYS; null: nothing but `other` mails is erased by itself. */
  readonly personalDays: number | null;
  /** BOOKS_YEARS */
  readonly booksYears: number;
}

export interface KeptTicket {
  readonly id: string;
  readonly number: number;
  readonly status: TicketStatus;
  readonly updatedAt: number;
  /** Money went, or was to go: a refund, a void or a transfer that was not refused. */
  readonly isBooked: boolean;
  /** A job or timer waits, an attempt is open, an account is kept for it, or something does not agree. */
  readonly isUnderWay: boolean;
  /** Of its refunds: when the last changed, and until when they are looked after. */
  readonly refundedAt: number | null;
  readonly followUntil: number | null;
}

export type Standing =
  /** Somebody still needs it: staff, the customer or the provider. */
  | { readonly kind: "open" }
  /** The law wants it kept until then. */
  | { readonly kind: "books"; readonly until: number }
  /** Nobody needs it since then. */
  | { readonly kind: "free"; readonly since: number };

export function standingOf(
  ticket: KeptTicket,
  now: number,
  { booksYears }: Pick<RetentionSettings, "booksYears">,
): Standing {
  const isFollowed = ticket.followUntil !== null && ticket.followUntil > now;
  if (isOpen(ticket.status) || ticket.isUnderWay || isFollowed) return { kind: "open" };
  if (!ticket.isBooked) return { kind: "free", since: ticket.updatedAt };
  const until = Math.max(ticket.updatedAt, ticket.refundedAt ?? 0) + booksYears * YEAR_MS;
  return until > now ? { kind: "books", until } : { kind: "free", since: until };
}

export interface Deadlines {
  /** Older personal data goes; null: none does. */
  readonly personal: number | null;
  /** Older mails of the kind `other` go. */
  readonly other: number;
}

export function deadlinesAt(now: number, { personalDays }: RetentionSettings): Deadlines {
  const personal = personalDays === null ? null : now - personalDays * DAY_MS;
  return { personal, other: Math.max(personal ?? 0, now - OTHER_MS) };
}
