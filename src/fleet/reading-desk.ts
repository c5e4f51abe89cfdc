// Which of the shops' mailboxes this worker reads. A mailbox that it has is read until it is to be given back,
// or the worker can no longer be sure that it is its own.

import { AppError } from "../domain/errors.ts";
import type { MailboxLeases, ReadInTurn } from "../fleet-port.ts";
import type { Clock, Log } from "../ports.ts";
import { createGivingBack } from "./giving-back.ts";
import { createPlace, type Place } from "./place.ts";
import { createSharing } from "./sharing.ts";

export interface ReadingDeskOptions {
  readonly leases: MailboxLeases;
  readonly run: string;
  readonly clock: Clock;
  /** Milliseconds that nobody sets back. */
  readonly monotonic: () => number;
  /** 0 ≤ n < 1 */
  readonly random: () => number;
  readonly log: Log;
}

export interface ReadingDesk {
  /** The turns of this shop's mailbox; it is competed for as long as they are waited for. */
  readInTurn(shopId: string): ReadInTurn;
  isReadHere(shopId: string): boolean;
  /** Shares the mailboxes until `stop` aborts. Throws StorageError. */
  run(stop: AbortSignal): Promise<void>;
  /** To be called when nothing is read any more: everything is given back. */
  close(): Promise<void>;
}

/** After a reader has come or gone. */
const SOON_MS = 300;
const LOOK_MS = 1_000;

export function openReadingDesk(options: ReadingDeskOptions): ReadingDesk {
  const { leases, run, clock, monotonic, log } = options;
  const places = new Map<string, Place>();
  const givingBack = createGivingBack(leases, run, log);
  const sharing = createSharing({ ...options, places, givingBack });
  let wake: () => void = () => undefined;
  const changed = () => {
    sharing.changed();
    wake();
  };

  async function rounds(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const hurry = new AbortController();
      wake = () => hurry.abort();
      const pause = await sharing.round();
      await clock.sleep(SOON_MS, stop);
      // Not in step with the other workers.
      const spread = 0.9 + 0.2 * options.random();
      await clock.sleep(pause * spread - SOON_MS, AbortSignal.any([stop, hurry.signal]));
    }
  }

  /** Apart from the rounds: one of them may wait for a database that does not answer. */
  async function watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await clock.sleep(LOOK_MS, stop);
      const now = monotonic();
      for (const place of places.values()) if (place.until <= now) place.lose();
    }
  }

  return {
    readInTurn: (shopId) => async (read, stop) => {
      // A shop that is opened anew waits until the one before has let go.
      for (let before = places.get(shopId); before; before = places.get(shopId)) await before.gone;
      const place = createPlace(shopId, run, (lease) => givingBack.add([lease]), changed);
      places.set(shopId, place);
      changed();
      try {
        await place.readAll(read, stop);
      } finally {
        places.delete(shopId);
        place.leave();
        changed();
      }
    },
    isReadHere: (shopId) => places.get(shopId)?.isReading === true,
    async run(stop) {
      const halt = new AbortController();
      const stopping = AbortSignal.any([stop, halt.signal]);
      const either = (loop: Promise<void>) => loop.finally(() => halt.abort());
      const ends = [either(rounds(stopping)), either(watch(stopping))];
      const failed = (await Promise.allSettled(ends)).find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
    async close() {
      await givingBack.flush().catch(() => undefined);
      await leases.withdraw(run).catch((error: unknown) => {
        // They run out by themselves.
        if (!(error instanceof AppError)) throw error;
      });
    },
  };
}
