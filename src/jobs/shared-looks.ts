// One look at what has changed at a provider serves every ticket that came before it began: after an
// outage they come by the hundred, and each look lists the payments of days.

import { type IndexChange, type IndexState, readIndexChange } from "./sync-payments.ts";

interface Look {
  readonly startedAt: number;
  readonly change: Promise<IndexChange>;
}

/** Returns how to get one that began after `cameAt`. */
export function shareLooks() {
  const latest = new Map<string, Look>();
  return (state: IndexState, cameAt: number, signal: AbortSignal): Promise<IndexChange> => {
    const { provider, startedAt } = state;
    const underWay = latest.get(provider.name);
    if (underWay !== undefined && underWay.startedAt > cameAt) return underWay.change;
    const look = { startedAt, change: readIndexChange(state, signal) };
    latest.set(provider.name, look);
    const forget = () => {
      if (latest.get(provider.name) === look) latest.delete(provider.name);
    };
    look.change.then(forget, forget);
    return look.change;
  };
}
