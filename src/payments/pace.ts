// One thing at a time, and a pause between two: for servers that block who asks faster.

import type { Clock, SharedPace } from "../ports.ts";

/** Of an account that other processes call, too. */
export interface PacedAccount {
  readonly account: string;
  readonly pace: SharedPace;
}

/** Longer than a call takes; of a process that died in the middle the others think it calls for as long. */
const HOLD_MS = 35_000;

export class Pace {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #shared: PacedAccount | undefined;
  #last: Promise<void> = Promise.resolve();
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, pauseMs: number, shared?: PacedAccount) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#shared = shared;
  }

  /**
   * Runs `work` once everything before it has ended, at least the pause after that. Who gives up while
   * waiting rejects with the signal's reason, and its work is not begun.
   */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      await this.#wait(signal);
      await this.#take(signal);
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        await this.#rest();
        // From the end: the server counts from when a request arrives, which is not known here.
        this.#nextAt = this.#clock.now() + this.#pauseMs;
      }
    } finally {
      done();
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const left = this.#nextAt - this.#clock.now();
    // A clock that was set back must not make anyone wait for hours.
    if (left > 0) await this.#clock.sleep(Math.min(left, this.#pauseMs), signal);
  }

  async #take(signal: AbortSignal): Promise<void> {
    if (this.#shared === undefined) return;
    const { account, pace } = this.#shared;
    while (!signal.aborted) {
      const left = await pace.take(account, HOLD_MS);
      if (left === null) return;
      await this.#clock.sleep(Math.min(left, this.#pauseMs), signal);
    }
    signal.throwIfAborted();
  }

  /** Where it cannot be written the others wait until it runs out. */
  async #rest(): Promise<void> {
    await this.#shared?.pace.rest(this.#shared.account, this.#pauseMs).catch(() => undefined);
  }
}
