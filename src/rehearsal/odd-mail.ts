// As in the worker, one odd mail or payment is put before a person and all others go on. What would be
// the same for every one of them ends the rehearsal: a report of nothing but failures tells nothing.

import { AccessError, AppError, ConfigError, StorageError } from "../domain/errors.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { MailReader } from "../ports.ts";

/** Said of no mail or payment in particular. */
export function isAboutAll(error: unknown, signal: AbortSignal): boolean {
  const isOfAll = [AccessError, StorageError, ConfigError].some((kind) => error instanceof kind);
  return isOfAll || signal.aborted;
}

/** A failure that is no AppError is a bug; a person looks at what it hit. */
export function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : "unexpected";
}

/** Null where it cannot be read. */
export async function readOrNull(
  reader: MailReader,
  raw: Uint8Array,
  signal: AbortSignal,
): Promise<MailReading | null> {
  try {
    return await reader.read(raw);
  } catch (error) {
    if (isAboutAll(error, signal)) throw error;
    return null;
  }
}
