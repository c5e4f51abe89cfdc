// The outbox as the core sees it: every effect and every timer is a job. A part of store-port.ts.

export type JobKind =
  | "process_message"
  | "answer_inquiry"
  | "match_payment"
  | "prepare_refund"
  | "call_refund"
  | "call_void"
  | "check_refund"
  | "send_mail"
  | "sync_payments"
  | "reconcile_refunds"
  | "remind_approvers"
  | "ask_payout"
  | "remind_payout"
  | "remind_bank_account"
  | "remind_account"
  | "chase_customer"
  | "summarize_day"
  | "purge";

export interface Job {
  /** Also what makes it unique: the same effect is queued under the same id. */
  readonly id: string;
  readonly kind: JobKind;
  readonly lane: string;
  readonly ticketId: string | null;
  readonly payload: Readonly<Record<string, string>>;
  readonly dueAt: number;
  /** Failures in a row. */
  readonly attempt: number;
  /** How often it was started, this time included; above 1 an effect may have happened before. */
  readonly starts: number;
  readonly leaseToken: number;
}

export interface LaneRoom {
  readonly lane: string;
  /** How many of its jobs may be taken. */
  readonly limit: number;
  /** Of this kind more may be taken where they follow one another. */
  readonly together?: { readonly kind: JobKind; readonly limit: number };
}

export interface Jobs {
  /** Queues the job unless one with this id was ever queued. */
  add(job: Pick<Job, "id" | "kind" | "lane" | "ticketId" | "payload" | "dueAt">): Promise<void>;
  /** Queues the job, or moves the one with this id (also a finished one) unless it runs just now. */
  arm(job: Pick<Job, "id" | "kind" | "lane" | "ticketId" | "payload" | "dueAt">): Promise<void>;
  /** Whether one of this kind runs, or waits in this lane and is due. */
  isDue(lane: string, kind: JobKind, now: number): Promise<boolean>;
  /** Takes due jobs of these lanes in their order, at most one a ticket; grows `starts`. */
  claim(now: number, lanes: readonly LaneRoom[]): Promise<Job[]>;
  /** Whether the lease is still this one's. */
  findHeld(job: Job): Promise<boolean>;
  /** Each of these is false where the lease was lost; the caller throws its result away. */
  finish(job: Job): Promise<boolean>;
  again(job: Job, dueAt: number): Promise<boolean>;
  retry(job: Job, dueAt: number, error: string): Promise<boolean>;
  park(job: Job, error: string): Promise<boolean>;
  /** Gives jobs back that a dead worker held. */
  releaseAll(): Promise<number>;
  /** Where workers share the database: has somebody look at this lane, after the turn with this number. */
  ask(lane: string, lostTurn?: number): Promise<void>;
  /** Where workers share the database: this turn looks from now on. */
  begin(lane: string, turn: number): Promise<void>;
  /** Makes pending jobs of this kind due now. */
  hasten(kind: JobKind, now: number): Promise<void>;
  /** Makes retries of a lane that works again due now. */
  hastenLane(lane: string, now: number): Promise<void>;
  remove(id: string): Promise<void>;
  /** When the next job of each lane is due; lanes without any are left out. */
  listNextDue(): Promise<{ lane: string; dueAt: number }[]>;
  listParked(): Promise<{ id: string; kind: JobKind; ticketId: string | null; error: string }[]>;
}
