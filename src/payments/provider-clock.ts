// What a provider's answers tell about our own clock.

import {
  CLOCK_STOP_MS,
  CLOCK_WARN_MS,
  clockOffset,
  clockWords,
  isClockWrong,
} from "../domain/clock-offset.ts";
import type { Finding, Log } from "../ports.ts";

const MEND =
  "Set this machine's clock (timedatectl set-ntp true, or the clock of the host of a container).";

export class ProviderClock {
  readonly #provider: string;
  readonly now: () => number;
  readonly #log: Log | undefined;
  #offsetMs: number | null = null;
  #warned = false;

  constructor(provider: string, now: () => number, log: Log | undefined) {
    this.#provider = provider;
    this.now = now;
    this.#log = log;
  }

  get offsetMs(): number | null {
    return this.#offsetMs;
  }

  /** The Date of an answer that has just come to a request made at `sentAt`. */
  note(date: string | undefined, sentAt: number): void {
    this.#offsetMs = clockOffset(date, sentAt, this.now());
    const offsetMs = this.#offsetMs ?? 0;
    const isOff = Math.abs(offsetMs) > CLOCK_WARN_MS;
    if (isOff && !this.#warned) {
      const message = `this machine's clock is ${clockWords(offsetMs)} the one of ${this.#provider}`;
      const limit = `no refund is made while it is more than ${CLOCK_STOP_MS / 60_000} minutes off`;
      this.#log?.warn({ provider: this.#provider, offsetMs }, `${message}; ${limit}. ${MEND}`);
    }
    this.#warned = isOff;
  }

  finding(): Finding {
    const check = "clock";
    if (this.#offsetMs === null) {
      const message = `${this.#provider} told no time to compare with`;
      return { level: "ok", check, message, mend: null };
    }
    const offsetMs = this.#offsetMs;
    if (Math.abs(offsetMs) <= CLOCK_WARN_MS) {
      return { level: "ok", check, message: `agrees with ${this.#provider}`, mend: null };
    }
    const message = `this machine's clock is ${clockWords(offsetMs)} the one of ${this.#provider}`;
    const isWrong = isClockWrong(offsetMs);
    return {
      level: isWrong ? "fail" : "warn",
      check,
      message: isWrong ? `${message}: no refund is made` : message,
      mend: MEND,
    };
  }
}
