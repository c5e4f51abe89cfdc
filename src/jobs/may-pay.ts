// The last question before a provider is written to, whoever else may have acted since the job was taken.

import { TransientError } from "../domain/errors.ts";
import type { Job, ReadTx, Store } from "../store-port.ts";
import type { Desk } from "../ticket/desk.ts";
import { findHalt } from "../ticket/guard-rails.ts";
import { keep } from "./job.ts";

/** A process that was stopped in between must not take what it was told for the state of now. */
const STALE_MS = 60_000;

export interface MayPayDeps {
  readonly desk: Desk;
  readonly store: Pick<Store, "read">;
  /** Whether the shop's settings are still those it was opened with, and it is to run; absent: they are. */
  readonly isCurrent?: ((tx: ReadTx) => Promise<boolean>) | undefined;
}

/** As RefundDeps has it. */
export function createMayPay({ desk, store, isCurrent = async () => true }: MayPayDeps) {
  const { clock, shop } = desk;
  return async (job: Job): Promise<boolean> => {
    const askedAt = clock.now();
    const may = await store.read(async (tx) => {
      await keep(tx, job);
      return !shop.dryRun && (await isCurrent(tx)) && (await findHalt(tx)) === null;
    });
    if (clock.now() - askedAt > STALE_MS) throw new TransientError("lease_lost", { job: job.id });
    return may;
  };
}
