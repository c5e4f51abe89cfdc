// One look at what has changed at a provider serves every ticket that came before it began: after an
// outage they come by the hundred, and where orders are many the last days are dozens of pages.

import type { Payment } from "../domain/payment.ts";
import { type Depth, type IndexChange, type IndexState, readIndexChange } from "./sync-payments.ts";

interface Look {
  readonly startedAt: number;
  readonly change: Promise<IndexChange>;
}

/** Whether the newest payments are enough; else those of the last days are listed, too. */
export type IsEnough = (newest: readonly Payment[]) => boolean;

type Ask = (
  state: IndexState,
  cameAt: number,
  signal: AbortSignal,
  isEnough: IsEnough,
) => Promise<IndexChange>;

/** Returns how to get one that began after `cameAt`. */
export function shareLooks(): Ask {
  const latest = new Map<string, Look>();

  function share(state: IndexState, cameAt: number, signal: AbortSignal, depth: Depth) {
    const key = `${depth}/${state.provider.name}`;
    const underWay = latest.get(key);
    if (underWay !== undefined && underWay.startedAt > cameAt) return underWay.change;
    const look = { startedAt: state.startedAt, change: readIndexChange(state, signal, depth) };
    latest.set(key, look);
    const forget = () => {
      if (latest.get(key) === look) latest.delete(key);
    };
    look.change.then(forget, forget);
    return look.change;
  }

  return async (state, cameAt, signal, isEnough) => {
    const newest = await share(state, cameAt, signal, "newest");
    return isEnough(newest.payments) ? newest : share(state, cameAt, signal, "days");
  };
}
