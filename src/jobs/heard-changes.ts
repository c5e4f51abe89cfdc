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
  news(provider: string, savedAt: number, told: readonly PaymentChange[]): readonly PaymentChange[];
  /** These are being saved, as a look found them that began at `lookedAt`. */
  note(provider: string, lookedAt: number, told: readonly PaymentChange[]): void;
}

interface Look {
  readonly lookedAt: number;
  /** By payment. */
  readonly events: ReadonlyMap<string, string>;
}

/** For the life of the process: a start reads all of it once more. */
export function rememberChanges(): HeardChanges {
  const last = new Map<string, Look>();
  return {
    news(provider, savedAt, told) {
      const look = last.get(provider);
      // Its commit has failed, or one that began later has been saved: what the index holds, nobody here knows.
      if (look?.lookedAt !== savedAt) return told;
      return told.filter(({ paymentId, event }) => look.events.get(paymentId) !== event);
    },
    note(provider, lookedAt, told) {
      const events = new Map(told.map(({ paymentId, event }) => [paymentId, event]));
      last.set(provider, { lookedAt, events });
    },
  };
}
