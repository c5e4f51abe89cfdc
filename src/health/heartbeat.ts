// The dead man's handle: somebody else is told every minute that the worker lives, and raises the alarm
// when the word stays away.

import type { Clock, Log } from "../ports.ts";

const EVERY_MS = 60_000;
/** While the worker does not live: how soon a pulse that comes back is noticed. */
const LOOK_MS = 1_000;
const TIMEOUT_MS = 10_000;

export interface HeartbeatDeps {
  /** Bears a token: never logged. */
  readonly url: string;
  readonly isAlive: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs?: number;
}

/** Never throws, and ends when `stop` aborts. */
export async function keepHeartbeat(deps: HeartbeatDeps, stop: AbortSignal): Promise<void> {
  const { isAlive, clock, log } = deps;
  let isHeard = true;
  while (!stop.aborted) {
    if (!isAlive()) {
      await clock.sleep(LOOK_MS, stop);
      continue;
    }
    const problem = await ping(deps, stop);
    if (stop.aborted) return;
    if (problem !== null && isHeard) log.warn({ why: problem }, "the heartbeat is not heard");
    if (problem === null && !isHeard) log.info({}, "the heartbeat is heard again");
    isHeard = problem === null;
    await clock.sleep(EVERY_MS, stop);
  }
}

/** Null where it was heard; else why not, without the address. */
async function ping(
  { url, timeoutMs = TIMEOUT_MS }: HeartbeatDeps,
  stop: AbortSignal,
): Promise<string | null> {
  const giveUp = new AbortController();
  const end = () => giveUp.abort();
  AbortSignal.timeout(timeoutMs).addEventListener("abort", end, { once: true });
  stop.addEventListener("abort", end, { once: true });
  try {
    // A redirect may lead off TLS.
    const answer = await fetch(url, { signal: giveUp.signal, redirect: "manual" });
    await answer.body?.cancel();
    return answer.ok ? null : `HTTP ${answer.status}`;
  } catch (error) {
    if (giveUp.signal.aborted) return "no answer in time";
    const { cause } = error as { cause?: { code?: unknown } };
    return typeof cause?.code === "string" ? cause.code : "no connection";
  } finally {
    stop.removeEventListener("abort", end);
  }
}
