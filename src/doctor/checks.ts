// Runs the checks. Each has a deadline of its own and tells its own fault, so that none hides another.

import { AppError } from "../domain/errors.ts";
import type { Clock, Finding } from "../ports.ts";
import { fail, fault } from "./finding.ts";

export interface Check {
  /** What a fault is told of that the check itself did not expect. */
  readonly name: string;
  /** Where it is another than that of all. */
  readonly timeoutMs?: number;
  readonly run: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

interface Around {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly timeoutMs: number;
  readonly tell: (finding: Finding) => void;
}

/** All at once, told in their order. */
export async function runChecks(checks: readonly Check[], around: Around): Promise<void> {
  const running = checks.map((check) => outcomeOf(check, around));
  for (const outcome of running) {
    for (const finding of await outcome) around.tell(finding);
  }
}

async function outcomeOf(check: Check, around: Around): Promise<readonly Finding[]> {
  const { clock, stop } = around;
  const timeoutMs = check.timeoutMs ?? around.timeoutMs;
  const late = new AbortController();
  const settled = new AbortController();
  const deadline = clock.sleep(timeoutMs, AbortSignal.any([settled.signal, stop])).then(() => {
    late.abort();
    return [tooLate(check.name, timeoutMs)];
  });
  try {
    const signal = AbortSignal.any([stop, late.signal]);
    return await Promise.race([check.run(signal), deadline]);
  } catch (error) {
    if (error instanceof AppError) return [fault(check.name, error)];
    return [unexpected(check.name, error)];
  } finally {
    settled.abort();
  }
}

function tooLate(check: string, timeoutMs: number): Finding {
  const mend = "Check the network and that server, and run doctor again.";
  return fail(check, `no answer within ${timeoutMs / 1_000} seconds`, mend);
}

function unexpected(check: string, error: unknown): Finding {
  const why = error instanceof Error ? error.message : String(error);
  const mend = "Report this with what `henkin --version` prints; the other checks go on.";
  return fail(check, `failed in a way that henkin does not know: ${why}`, mend);
}
