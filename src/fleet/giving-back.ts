// Mailboxes that are read no more, on their way back: many in one statement.

import { AppError, StorageError } from "../domain/errors.ts";
import type { MailboxLease, MailboxLeases } from "../fleet-port.ts";
import type { Log } from "../ports.ts";

export type GivingBack = ReturnType<typeof createGivingBack>;

export function createGivingBack(leases: MailboxLeases, run: string, log: Log) {
  let waiting: MailboxLease[] = [];
  let sending: Promise<void> | null = null;

  async function send(): Promise<void> {
    // Those that end at the same time go together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const now = waiting;
      waiting = [];
      try {
        await leases.giveBack(run, now);
      } catch (error) {
        waiting = [...now, ...waiting];
        throw error;
      }
    }
  }

  /** Throws where the database cannot be asked; they stay, for the next time. */
  async function flush(): Promise<void> {
    sending ??= send().finally(() => {
      sending = null;
    });
    await sending;
  }

  return {
    flush,
    /** Gives them back at once, or else with the next round; they run out in any case. */
    async add(given: readonly MailboxLease[]): Promise<void> {
      if (given.length === 0) return;
      waiting.push(...given);
      try {
        await flush();
      } catch (error) {
        if (!(error instanceof AppError) || error instanceof StorageError) throw error;
        log.debug({ code: error.code }, "mailboxes could not be given back yet");
      }
    },
  };
}
