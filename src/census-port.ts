// The part of the store that counts what is there. Handed out by store-port.ts.

import type { TicketStatus } from "./domain/lifecycle.ts";

/** What is there, in numbers: for whoever watches the worker from outside. */
export interface Census {
  /** Of each state and class; `lastAt`: when the newest that ever was one of them was received. */
  countMessages(): Promise<
    {
      state: string;
      kind: string | null;
      count: number;
      lastAt: number;
    }[]
  >;
  countTickets(): Promise<{ status: TicketStatus; count: number }[]>;
  findOldestOpenTicketAt(): Promise<number | null>;
  countRefunds(): Promise<{ provider: string; state: string; count: number }[]>;
  /** Those that wait or are at work; `due` of them at `now`. */
  countJobs(
    now: number,
  ): Promise<{ kind: string; lane: string; count: number; due: number; oldestAt: number }[]>;
  countParkedJobs(): Promise<{ kind: string; count: number }[]>;
  /** When each provider's list of payments was last read. */
  listSyncs(): Promise<{ provider: string; syncedAt: number }[]>;
}
