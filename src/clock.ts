// The system's time and randomness; everything else gets them injected.

import { randomBytes } from "node:crypto";
import type { Clock } from "./ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      signal.addEventListener("abort", done);
    }),
};

/** Milliseconds that nobody sets back; they count from no date. */
export const systemMonotonic = (): number => performance.now();

export const systemRandom = (): number => Math.random();

/** Never given before. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

/** For AES-GCM: never the same twice under one key (NIST SP 800-38D §8.2.2). */
export function newNonce(): Buffer {
  return randomBytes(12);
}

export function newDataKey(): Buffer {
  return randomBytes(32);
}
