// How far a long work has come, for whoever waits. On a terminal a bar on one line of stderr, which
// is gone at the end; anywhere else a plain line now and then. Short work shows nothing.

import { systemClock } from "../clock.ts";
import { fitText, textWidth } from "./text-width.ts";

export interface Progress {
  /** So many more are done. */
  advance(count?: number): Progress;
  /** Takes the bar away. Call it before anything else is printed, also after a failure. */
  end(): void;
}

/** stderr, or what a test looks at. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const FIRST_BAR_AFTER_MS = 200;
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_COLUMNS = 24;

/** `total` is null where nobody knows how much there is. */
export function progress(
  label: string,
  total: number | null,
  output: ProgressOutput = process.stderr,
  now: () => number = systemClock.now,
): Progress {
  const isTerminal = output.isTTY === true;
  let done = 0;
  let hasShown = false;
  let shownColumns = 0;
  let nextAt = now() + (isTerminal ? FIRST_BAR_AFTER_MS : LINE_EVERY_MS);
  /** With blanks, which every terminal understands. */
  const erase = () => (shownColumns === 0 ? "" : `\r${" ".repeat(shownColumns)}\r`);
  const show = () => {
    hasShown = true;
    if (!isTerminal) {
      output.write(`${label}: ${total === null ? done : `${done} of ${total}`}\n`);
      return;
    }
    // A line that is full would wrap, and the next one could not replace it.
    const line = barLine(label, done, total, (output.columns || 80) - 1);
    output.write(`${erase()}${line}`);
    shownColumns = textWidth(line);
  };
  const bar: Progress = {
    advance(count = 1) {
      done += count;
      if (now() < nextAt) return bar;
      show();
      nextAt = now() + (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS);
      return bar;
    },
    end() {
      if (!hasShown) return;
      if (isTerminal) output.write(erase());
      else show();
      hasShown = false;
      shownColumns = 0;
    },
  };
  return bar;
}

function barLine(label: string, done: number, total: number | null, columns: number): string {
  if (total === null) return fitText(`${label}  ${done}`, columns);
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_COLUMNS);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_COLUMNS - filled)}]`;
  const figures = `${Math.floor(share * 100)} %  ${done}/${total}`;
  const whole = `${label}  ${bar}  ${figures}`;
  return textWidth(whole) <= columns ? whole : fitText(`${label}  ${figures}`, columns);
}
