// Time as a value: it stands still until a test moves it.

import type { Clock } from "../../src/ports.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, 10:00 in Tokyo; no Japanese holiday is near. */
export const MONDAY = Date.parse("2026-11-09T10:00:00+09:00");

export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  constructor(now = MONDAY) {
    this.#now = now;
  }

  now = (): number => this.#now;

  sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted || ms <= 0) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", wake);
    });

  get sleepers(): number {
    return this.#sleepers.size;
  }

  advance(ms: number): void {
    this.set(this.#now + ms);
  }

  /** Also backwards, as a wrong clock that is corrected. */
  set(now: number): void {
    this.#now = now;
    for (const sleeper of [...this.#sleepers]) if (sleeper.until <= now) sleeper.wake();
  }
}
