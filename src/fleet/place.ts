// The reader of one mailbox, who waits until it is this worker's, and reads as long as it is.

import type { HeldMailbox, MailboxLease } from "../fleet-port.ts";
import { fenced } from "./fence.ts";

export interface Place {
  readonly shopId: string;
  /** Of the lease under which it is read; null while it is not, and from when it is to be given back. */
  readonly token: number | null;
  /** When it was taken, and how long it is certainly ours; of a clock that nobody sets back. */
  readonly since: number;
  readonly until: number;
  readonly isReading: boolean;
  /** What was read is to be given back, and has not come to its end yet. */
  readonly isEnding: boolean;
  readonly gone: Promise<void>;
  /** False where nobody waits for it. */
  begin(token: number, until: number, now: number): boolean;
  renewed(token: number, until: number): void;
  /** It is not ours any more, or is to be another's. */
  lose(): void;
  readAll(read: (held: HeldMailbox) => Promise<void>, stop: AbortSignal): Promise<void>;
  leave(): void;
}

interface Tenure {
  readonly token: number;
  readonly since: number;
  readonly lost: AbortController;
  until: number;
}

export function createPlace(
  shopId: string,
  run: string,
  /** Never rejects. */
  giveBack: (lease: MailboxLease) => Promise<void>,
  onEnd: () => void,
): Place {
  let waiting: ((tenure: Tenure | null) => void) | null = null;
  let tenure: Tenure | null = null;
  let leave: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });

  function next(stop: AbortSignal): Promise<Tenure | null> {
    return new Promise((resolve) => {
      const settle = (found: Tenure | null) => {
        stop.removeEventListener("abort", give);
        waiting = null;
        resolve(found);
      };
      const give = () => settle(null);
      waiting = settle;
      if (stop.aborted) return give();
      stop.addEventListener("abort", give);
    });
  }

  return {
    shopId,
    gone,
    get token() {
      return tenure === null || tenure.lost.signal.aborted ? null : tenure.token;
    },
    get since() {
      return tenure?.since ?? Number.NEGATIVE_INFINITY;
    },
    get until() {
      return tenure?.until ?? Number.POSITIVE_INFINITY;
    },
    get isReading() {
      return tenure !== null && !tenure.lost.signal.aborted;
    },
    get isEnding() {
      return tenure?.lost.signal.aborted === true;
    },
    begin(token, until, now) {
      if (waiting === null) return false;
      tenure = { token, until, since: now, lost: new AbortController() };
      waiting(tenure);
      return true;
    },
    renewed(token, until) {
      if (tenure?.token === token) tenure.until = until;
    },
    lose: () => tenure?.lost.abort(),
    async readAll(read, stop) {
      for (let mine = await next(stop); mine !== null; mine = await next(stop)) {
        const { token, lost } = mine;
        try {
          await read({ lost: lost.signal, fence: (store) => fenced(store, { run, token }) });
        } finally {
          lost.abort();
          await giveBack({ shopId, token });
          tenure = null;
          onEnd();
        }
      }
    },
    leave,
  };
}
