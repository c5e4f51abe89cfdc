// One line of what doctor says: what was looked at, how it is, and the mend where it is not well.

import { AppError } from "../domain/errors.ts";
import type { Finding } from "../ports.ts";

export const ok = (check: string, message: string): Finding => ({
  level: "ok",
  check,
  message,
  mend: null,
});

export const warn = (check: string, message: string, mend: string): Finding => ({
  level: "warn",
  check,
  message,
  mend,
});

export const fail = (check: string, message: string, mend: string): Finding => ({
  level: "fail",
  check,
  message,
  mend,
});

/** @param folder what the table cannot know of a missing folder: which of several settings names it */
export function fault(check: string, error: unknown, folder = ""): Finding {
  if (!(error instanceof AppError)) throw error;
  // A server that is away says nothing of its folders.
  const hint = error.entry === "imap_mailbox_missing" ? folder : "";
  return fail(check, error.message, `${hint}${error.mend}`);
}
