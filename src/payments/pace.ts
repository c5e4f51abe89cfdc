// One thing at a time, and a pause between two: for servers that block who asks faster.

import type { Clock } from "../ports.ts";

export class Pace {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  #last: Promise<void> = Promise.resolve();
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
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
      signal.throwIfAborted();
      try {
        return await work();
      } finally {
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
}
