// Every error code, what it tells, and what to do: the one place from which the program speaks of what
// went wrong. A code that is not here does not compile. What a provider or the database calls its own
// failure is told as one of these, with its own code beside it (AppError.code). Not here: the problems
// of single settings (bad_configuration lists them), which stand beside their checks in config.ts and
// templates.ts, and what doctor finds to be wrong without an error.

import { BACKUP_ERRORS } from "./error-table/backup.ts";
import { COMMAND_ERRORS } from "./error-table/command.ts";
import type { ErrorEntry } from "./error-table/entry.ts";
import { MAIL_ERRORS } from "./error-table/mail.ts";
import { OAUTH_ERRORS } from "./error-table/oauth.ts";
import { PROVIDER_ERRORS } from "./error-table/provider.ts";
import { SHOP_ERRORS } from "./error-table/shop.ts";
import { WORK_ERRORS } from "./error-table/work.ts";

export const ERRORS = {
  ...MAIL_ERRORS,
  ...OAUTH_ERRORS,
  ...PROVIDER_ERRORS,
  ...WORK_ERRORS,
  ...BACKUP_ERRORS,
  ...COMMAND_ERRORS,
  ...SHOP_ERRORS,
} as const;

export type ErrorCode = keyof typeof ERRORS;

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/** What a message leaves to be filled in. */
export type DetailsOf<Code extends ErrorCode> = Readonly<
  Record<Names<(typeof ERRORS)[Code]["message"]>, string | number>
>;

export type Details = Readonly<Record<string, string | number>>;

/** What is filled in may be a sentence with a full stop of its own. */
export function fillIn(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}(\.?)/g, (all, name: string, stop: string) => {
    const text = String(details[name] ?? all);
    return /[.!?。！？]$/.test(text) ? text : `${text}${stop}`;
  });
}

/** Null where a code that was stored is a provider's own, or of another version. */
export function mendOf(code: string): string | null {
  const entry: ErrorEntry | undefined = Object.hasOwn(ERRORS, code)
    ? ERRORS[code as ErrorCode]
    : undefined;
  return entry?.mend ?? null;
}
