// Errors are cut by what the caller may do next, not by where they came from. An expected answer of
// the domain ("not a request", "near match") is a value and never one of these. What each tells, and
// what to do about it, is in error-table.ts.

import type { StaffEntry } from "./error-table/entry.ts";
import { type Details, type DetailsOf, ERRORS, type ErrorCode, fillIn } from "./error-table.ts";
import type { Locale } from "./outgoing-mail.ts";

export interface AppErrorOptions extends ErrorOptions {
  /** Of the answer that could not be read, for staff to see: bounded, and without secrets. */
  readonly raw?: string | undefined;
  /** How a provider or the database names the cause; else the entry names it. */
  readonly foreignCode?: string | undefined;
}

/** What a message leaves to be filled in must be given; one that leaves nothing needs none. */
export type Rest<Entry extends ErrorCode> = keyof DetailsOf<Entry> extends never
  ? [details?: Record<string, never>, options?: AppErrorOptions]
  : [details: DetailsOf<Entry>, options?: AppErrorOptions];

/** `code` names the cause for logs and tests; the class alone decides the handling. */
export abstract class AppError<Entry extends ErrorCode = ErrorCode> extends Error {
  readonly code: string;
  /** Where it stands in the table. */
  readonly entry: ErrorCode;
  // Private, because loggers print an error's own properties, and these may be personal.
  readonly #details: Details;
  readonly #raw: string | null;

  constructor(entry: Entry, ...[details = {}, options = {}]: Rest<Entry>) {
    super(fillIn(ERRORS[entry].message, details), options);
    this.code = options.foreignCode ?? entry;
    this.entry = entry;
    this.name = new.target.name;
    this.#details = details;
    this.#raw = options.raw ?? null;
  }

  /** What a provider answered, where that could not be read; null for every other failure. */
  get raw(): string | null {
    return this.#raw;
  }

  /** What the operator may do about it. */
  get mend(): string {
    return ERRORS[this.entry].mend;
  }

  /** The message as staff of a shop read it in their mails. */
  inWords(locale: Locale): string {
    const { ja }: Partial<StaffEntry> = ERRORS[this.entry];
    return locale === "ja" && ja !== undefined ? fillIn(ja, this.#details) : this.message;
  }
}

/** The same call may work later: retry with backoff, same key, same Message-ID. */
export class TransientError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {}

/** Of the database alone: it says nothing about what was asked of others meanwhile. */
export function isOfDatabase(error: unknown): boolean {
  return error instanceof TransientError && ["database_busy", "database_away"].includes(error.code);
}

const PERHAPS = {
  en: "It may have happened all the same.",
  ja: "ただし、処理された可能性があります。",
} as const;

/** It may have happened: look first, and repeat only under the same key. */
export class OutcomeUnknownError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {
  constructor(entry: Entry, ...rest: Rest<Entry>) {
    super(entry, ...rest);
    this.message = `${this.message} ${PERHAPS.en}`;
  }

  override inWords(locale: Locale): string {
    return locale === "ja" ? `${super.inWords(locale)}${PERHAPS.ja}` : this.message;
  }
}

/** The same call will never work: park the job and tell a person. */
export class PermanentError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {}

/**
 * The answer cannot be read, so that it says nothing about what it is of: a person sees it (`raw`), and
 * it is asked for again later. Only what changes nothing throws it.
 */
export class UnreadableError extends PermanentError<"unreadable_answer"> {
  constructor(
    details: DetailsOf<"unreadable_answer">,
    options: AppErrorOptions & { readonly raw: string },
  ) {
    super("unreadable_answer", details, options);
  }
}

/** Nothing of this kind works until a person changes something: pause the lane, spend no attempt. */
export class AccessError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {}

/** Nothing can be recorded any more (disk full, I/O error): stop at once, start again clean. */
export class StorageError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {}

/** The process must not start. Carries every problem found, each naming its setting. */
export class ConfigError extends AppError<"bad_configuration"> {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("bad_configuration", { problems: problems.map((problem) => `  ${problem}`).join("\n") });
    this.problems = problems;
  }
}

/** The operator asked for something that cannot be done as it was typed. */
export class UsageError<Entry extends ErrorCode = ErrorCode> extends AppError<Entry> {}
