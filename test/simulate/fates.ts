// What becomes of each call to the world outside, and how often each fate met each step.

import type { Random } from "./random.ts";

export const FATES = [
  "goes well",
  /** An error, and nothing has happened. */
  "fails before",
  /** An error, though it has happened. */
  "fails after",
  /** No answer until the caller gives up; nothing has happened. */
  "hangs before",
  /** No answer until the caller gives up; it has happened. */
  "hangs after",
  /** No answer, and it happens minutes later. */
  "late",
  /** Somebody else acts just before. */
  "meanwhile",
  "dies before",
  "dies after",
] as const;
export type Fate = (typeof FATES)[number];

/** The process is gone: nothing of it does anything any more. */
export class Death extends Error {}

export interface FateOptions {
  /** How often something else than "goes well" happens, 0 to 1. */
  readonly rate: number;
  /** A step that is struck more often than the others; null where none is. */
  readonly focus: { readonly step: string; readonly fate: Fate; readonly rate: number } | null;
}

export class Fates {
  /** Nothing goes wrong any more. */
  quiet = false;
  readonly #random: Random;
  readonly #options: FateOptions;

  constructor(random: Random, options: FateOptions) {
    this.#random = random;
    this.#options = options;
  }

  of(step: string, possible: readonly Fate[]): Fate {
    if (this.quiet) return "goes well";
    const { rate, focus } = this.#options;
    if (focus !== null && focus.step === step && possible.includes(focus.fate)) {
      if (this.#random.chance(focus.rate)) return focus.fate;
    }
    return this.#random.chance(rate) ? this.#random.pick(possible) : "goes well";
  }
}

/** step × fate × status of the ticket it is about ("-" where it is about none). */
export class Coverage {
  readonly counts = new Map<string, number>();

  count(step: string, fate: Fate, status: string): void {
    this.add([step, fate, status].join("\t"), 1);
  }

  add(key: string, times: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + times);
  }

  merge(other: Iterable<readonly [string, number]>): void {
    for (const [key, times] of other) this.add(key, times);
  }
}
