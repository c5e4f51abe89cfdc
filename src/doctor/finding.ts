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

/** @param hint what the table cannot know: which of several settings it is about */
export function fault(check: string, error: unknown, hint = ""): Finding {
  if (!(error instanceof AppError)) throw error;
  return fail(check, error.message, `${hint}${error.mend}`);
}
