// What the mailboxes of one host share in this process: a few make their connections at the same time, and a
// limited number keep theirs. A mailbox that is refused keeps none for a while; where several are, the host
// allows fewer than are kept, and all are to keep fewer.

import { TransientError } from "../domain/errors.ts";
import { createTurns } from "../turns.ts";

/** For as long as the connection is kept. */
export interface Seat {
  /** False where the host allows fewer than are kept: one of them has to go. */
  mayStay(): boolean;
  giveUp(): void;
}

export interface HostDoor {
  /** Runs `work`, which makes a connection, when it is its turn; its failures tell what the host allows. */
  connect<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

/** As one of its mailboxes sees it. */
export interface MailHost extends HostDoor {
  /** Null where as many are kept as may be. */
  takeSeat(): Seat | null;
  /** Whether it is the host that allows no further one, and not this mailbox that fails. */
  isRefusal(error: unknown): boolean;
  /** 0 ≤ n < 1 */
  readonly random: () => number;
}

export interface HostSeats {
  /** For one more mailbox. */
  of(host: string): MailHost;
}

export interface SeatOptions {
  /** Of one host. */
  readonly most: number;
  readonly atOnce?: number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

/** Some hosts take a rush of logins for an attack. */
const AT_ONCE = 12;
/** After a refusal, until the mailbox tries for a seat again, and the host for one in ten more. */
const RECOVER_MS = 10 * 60_000;
/** A user may be at a limit of his own: so many in so short a time are the host's. */
const REFUSED_MAILBOXES = 3;
const SAME_MOMENT_MS = 30_000;

export function createHostSeats(options: SeatOptions): HostSeats {
  const hosts = new Map<string, Host>();
  return {
    of(name) {
      const host = hosts.get(name) ?? createHost(options);
      hosts.set(name, host);
      return viewOf(host, options);
    },
  };
}

type Host = ReturnType<typeof createHost>;

function createHost({ most, atOnce = AT_ONCE, now }: SeatOptions) {
  const refused = new Map<object, number>();
  let limit = most;
  let changedAt = Number.NEGATIVE_INFINITY;
  let kept = 0;

  return {
    turns: createTurns(atOnce),
    isInUse: () => kept > 0,
    mayStay: () => kept <= limit,
    refuses(mailbox: object): void {
      const at = now();
      for (const [one, then] of refused) if (at - then > SAME_MOMENT_MS) refused.delete(one);
      refused.set(mailbox, at);
      if (refused.size < REFUSED_MAILBOXES) return;
      refused.clear();
      // Some are left over for those that only look and go.
      limit = Math.min(limit, Math.max(0, Math.floor(kept * 0.9) - 1));
      changedAt = at;
    },
    sit(): boolean {
      if (limit < most && now() - changedAt >= RECOVER_MS) {
        limit = Math.min(most, limit + Math.max(1, Math.floor(limit / 10)));
        changedAt = now();
      }
      if (kept >= limit) return false;
      kept += 1;
      return true;
    },
    rise(): void {
      kept -= 1;
    },
  };
}

function viewOf(host: Host, { now, random }: SeatOptions): MailHost {
  const mailbox = {};
  let barredUntil = Number.NEGATIVE_INFINITY;

  const isRefusal = (error: unknown): boolean => {
    if (!(error instanceof TransientError)) return false;
    if (error.code === "imap_too_many_connections") return true;
    // It answers the others.
    return host.isInUse() && ["imap_refused", "imap_connection"].includes(error.code);
  };

  return {
    ...{ random, isRefusal },
    async connect(signal, work) {
      const end = await host.turns.take(signal).catch(() => {
        throw new TransientError("imap_aborted");
      });
      try {
        return await work();
      } catch (error) {
        if (isRefusal(error)) {
          barredUntil = now() + RECOVER_MS * (0.5 + random());
          host.refuses(mailbox);
        }
        throw error;
      } finally {
        end();
      }
    },
    takeSeat() {
      if (now() < barredUntil || !host.sit()) return null;
      let isTaken = true;
      return {
        mayStay: host.mayStay,
        giveUp() {
          if (isTaken) host.rise();
          isTaken = false;
        },
      };
    },
  };
}
