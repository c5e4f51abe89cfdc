// All refunds of Smartpay as they were listed a moment ago, for the index of payments. Where payments do
// not name their refunds, the whole list is paged through to know those of one: once a sync is enough
// for the index, and never good enough to pay by.

import type { Log } from "../ports.ts";
import { idOf, paymentIdOfRefund } from "./smartpay-payment.ts";

/** As long as one sync of the index may take; the next one forgets it anyway. */
const RECENT_MS = 60_000;

type ByPayment = ReadonlyMap<string, readonly unknown[]>;
interface Kept {
  readonly refunds: Promise<ByPayment>;
  /** Epoch ms; null while it is being read. */
  readAt: number | null;
}

export class RecentRefunds {
  readonly #readAll: (signal: AbortSignal) => Promise<readonly unknown[]>;
  readonly #now: () => number;
  readonly #log: Log | undefined;
  #kept: Kept | null = null;

  /** `readAll`: pages through the list; `now`: epoch ms. */
  constructor(
    readAll: (signal: AbortSignal) => Promise<readonly unknown[]>,
    options: { readonly now: () => number; readonly log: Log | undefined },
  ) {
    this.#readAll = readAll;
    this.#now = options.now;
    this.#log = options.log;
  }

  /** What is asked for next is read anew. */
  forget(): void {
    this.#kept = null;
  }

  /** The refunds of this payment as Smartpay wrote them. */
  async of(paymentId: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const kept = this.#recent() ?? this.#read(signal);
    return (await kept.refunds).get(paymentId) ?? [];
  }

  #recent(): Kept | null {
    const readAt = this.#kept?.readAt ?? this.#now();
    const age = this.#now() - readAt;
    return age >= 0 && age < RECENT_MS ? this.#kept : null;
  }

  #read(signal: AbortSignal): Kept {
    const refunds = this.#readAll(signal).then((items) => this.#byPayment(items));
    const kept: Kept = { refunds, readAt: null };
    this.#kept = kept;
    refunds.then(
      () => {
        kept.readAt = this.#now();
      },
      () => {
        if (this.#kept === kept) this.#kept = null;
      },
    );
    return kept;
  }

  /** One that does not say whose it is keeps no payment out of sight: a look before a refund refuses it. */
  #byPayment(items: readonly unknown[]): ByPayment {
    const byPayment = new Map<string, unknown[]>();
    for (const item of items) {
      try {
        const paymentId = paymentIdOfRefund(item);
        byPayment.set(paymentId, [...(byPayment.get(paymentId) ?? []), item]);
      } catch (error) {
        const why = error instanceof Error ? error.message : "";
        this.#log?.warn({ id: idOf(item), why }, "skipped a refund of Smartpay's list");
      }
    }
    return byPayment;
  }
}
