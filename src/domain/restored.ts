// After a database was set back to an older copy, mails are read again that lost against a decision it
// does not know. What approves has to be said after that moment.

/** The moment, in epoch ms, at which the database was made or found to be what may be an older copy. */
export const RESTORED_AT_SWITCH = "restored_at";

/** `restoredAt`: null where the database was never set back. */
export function isBeforeRestore(at: number, restoredAt: number | null): boolean {
  return restoredAt !== null && at <= restoredAt;
}
