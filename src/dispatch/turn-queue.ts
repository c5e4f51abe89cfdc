// What the dispatcher needs of the engine behind it.

/** A turn that somebody has taken. */
export interface TakenTurn {
  readonly id: string;
  readonly run: string;
}

export interface TurnQueue {
  listTaken(): Promise<readonly TakenTurn[]>;
  /** Of these, the ones that wait to be taken, or are. */
  listAlive(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** They count as ended, whatever becomes of them. */
  giveUp(ids: readonly string[]): Promise<void>;
  /** Deletes those that were asked for before this time, epoch ms, and have ended; returns how many. */
  forget(before: number): Promise<number>;
}
