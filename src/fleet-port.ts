// What the workers of one database share: who lives, which lanes are to be worked off, and who reads which
// mailbox. Times are epoch ms of the database's clock.

import type { Store } from "./store-port.ts";

/** One start of one worker: the same name started again is another run. */
export interface WorkerRun {
  readonly run: string;
  /** WORKER_ID. */
  readonly name: string;
  readonly version: string;
}

/** Methods throw TransientError where the database cannot be asked, and StorageError. */
export interface Workers {
  /** This run lives; returns the database's time. */
  beat(worker: WorkerRun): Promise<number>;
  /** Whoever bore this name is dead: its mailboxes and jobs need not wait until its silence shows it. */
  takeOverFrom(name: string): Promise<void>;
  /** This run has ended in good order. */
  leave(run: string): Promise<void>;
  /** Those that were seen in the last `withinMs`, by their names. */
  listLive(withinMs: number): Promise<(WorkerRun & { startedAt: number; seenAt: number })[]>;
}

/** How long a run may be silent and still count as alive. */
export const LIVE_MS = 15_000;
export const BEAT_MS = 2_000;

export interface MailboxLease {
  readonly shopId: string;
  /** Another one each time the mailbox changes hands. */
  readonly token: number;
}

export interface LeaseSurvey {
  readonly at: number;
  /** Runs that live, and how many mailboxes each would read. */
  readonly readers: readonly { readonly run: string; readonly mailboxes: number }[];
  /** `holder` is null where it is nobody's, since `untilAt`. */
  readonly leases: readonly (MailboxLease & {
    readonly holder: string | null;
    readonly untilAt: number;
  })[];
}

/** Methods throw TransientError where the database cannot be asked, and StorageError. */
export interface MailboxLeases {
  /** Those of these that are nobody's are this run's for so long. */
  take(run: string, shopIds: readonly string[], forMs: number): Promise<MailboxLease[]>;
  /**
   * All that the run has, from now on for so long again. One that is just written under is left out for this
   * time; a survey tells.
   */
  renew(run: string, forMs: number): Promise<void>;
  /** Those that are another's by now stay his. */
  giveBack(run: string, leases: readonly MailboxLease[]): Promise<void>;
  /** How many mailboxes it would read. */
  declare(run: string, mailboxes: number): Promise<void>;
  /** The run reads nothing any more. */
  withdraw(run: string): Promise<void>;
  /** Readers are those that were seen in the last `withinMs`. */
  survey(withinMs: number): Promise<LeaseSurvey>;
}

/** How long a mailbox is kept for a run from which nothing is heard. */
export const MAILBOX_LEASE_MS = 15_000;

/** Given to whoever reads a mailbox, for as long as no other worker is to. */
export interface HeldMailbox {
  /** Aborts where it is another's now, or is to be given back. */
  readonly lost: AbortSignal;
  /** The same store; its writes throw TransientError `mailbox_lost`, and change nothing, once it is another's. */
  fence(store: Store): Store;
}

/** Calls `read` each time the mailbox is this worker's, until `stop` aborts; what `read` throws is thrown. */
export type ReadInTurn = (
  read: (held: HeldMailbox) => Promise<void>,
  stop: AbortSignal,
) => Promise<void>;

/** How DBOS knows the working off of one lane. The version changes with what a turn is told, not with henkin's. */
export const LANE_TURN = {
  ...{ workflow: "lane_turn", queue: "henkin_lanes", application: "henkin", version: "1" },
} as const;

/** Space of the server's own locks that runs hold for as long as they are connected, by their hashed names. */
export const LIFE_LOCK = 7_266;

/** Somebody is asked to work off this lane, for the `number`th time. */
export interface LaneTurn {
  readonly shopId: string;
  readonly lane: string;
  readonly number: number;
}

/** The same for all who look at the same turn. A shop's id has no slash. */
export const turnId = ({ shopId, lane, number }: LaneTurn) => `${shopId}/${lane}/${number}`;

/** What is to be done in the lanes of all shops, by what the tables say. */
export interface LaneTurns {
  /** Lanes with a job that is due, about which nobody was asked in the last `quietMs`; each once. */
  listUnasked(quietMs: number): Promise<Pick<LaneTurn, "shopId" | "lane">[]>;
  /** Asked for longer than `patienceMs` ago, and not begun. */
  listOverdue(patienceMs: number): Promise<LaneTurn[]>;
  /** Shops with running jobs that no living run has. */
  listOrphaned(): Promise<string[]>;
  /** Forgets runs that have been silent for `silentMs`, or for `disconnectedMs` and are not connected any more. */
  bury(silentMs: number, disconnectedMs: number): Promise<void>;
}
