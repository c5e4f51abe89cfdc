// What a provider has told of its payments, and what of that is in the index already. Each look asks for some
// minutes more than since the last one; after a wave of refunds those name hundreds of payments, which would be
// read again one by one while a customer waits.

import type { PaymentChange } from "../ports.ts";

export interface HeardChanges {
  /**
   * Of what is told now, what the index does not hold.
   *
   * @param savedAt when the look began whose findings the index holds; epoch ms
   */
  hear(provider: string, savedAt: number, told: readonly PaymentChange[]): Hearing;
  /** The index may now hold an older copy of this payment. */
  forget(provider: string, paymentId: string): void;
}

export interface Hearing {
  readonly news: readonly PaymentChange[];
  /** To be said where the look's findings are saved; `read` are those it has read since it was told. */
  keep(lookedAt: number, read: ReadonlySet<string>): void;
}

interface Look {
  readonly lookedAt: number;
  /** By payment. */
  readonly events: Map<string, ReadonlySet<string>>;
}

/** For the life of the process: a start reads all of it once more. */
export function rememberChanges(): HeardChanges {
  const last = new Map<string, Look>();
  return {
    hear(provider, savedAt, told) {
      const before = last.get(provider);
      // Its commit has failed, or one that began later has been saved: what the index holds, nobody here knows.
      const known = before?.lookedAt === savedAt ? before : null;
      const isHeld = ({ paymentId, events }: PaymentChange) => {
        const held = known?.events.get(paymentId);
        return held !== undefined && events.every((event) => held.has(event));
      };
      const news = told.filter((change) => !isHeld(change));
      return {
        news,
        keep(lookedAt, read) {
          // Another look was saved meanwhile, perhaps with older copies.
          const isAlone = last.get(provider) === before;
          const held = told.filter(
            (change) => read.has(change.paymentId) || (isAlone && isHeld(change)),
          );
          const events = held.map((one) => [one.paymentId, new Set(one.events)] as const);
          last.set(provider, { lookedAt, events: new Map(events) });
        },
      };
    },
    forget(provider, paymentId) {
      last.get(provider)?.events.delete(paymentId);
    },
  };
}
