// Errors are cut by what the caller may do next, not by where they came from. An expected answer of
// the domain ("not a request", "near match") is a value and never one of these.

interface AppErrorOptions extends ErrorOptions {
  /** Of the answer that could not be read, for staff to see: bounded, and without secrets. */
  readonly raw?: string | undefined;
}

/** `code` names the cause for logs and tests; the class alone decides the handling. */
export abstract class AppError extends Error {
  readonly code: string;
  // Private, because loggers print an error's own properties, and this may be personal.
  readonly #raw: string | null;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
    this.#raw = options.raw ?? null;
  }

  /** What a provider answered, where that could not be read; null for every other failure. */
  get raw(): string | null {
    return this.#raw;
  }
}

/** The same call may work later: retry with backoff, same key, same Message-ID. */
export class TransientError extends AppError {}

/** It may have happened: look first, and repeat only under the same key. */
export class OutcomeUnknownError extends AppError {}

/** The same call will never work: park the job and tell a person. */
export class PermanentError extends AppError {}

/**
 * The answer cannot be read, so that it says nothing about what it is of: a person sees it (`raw`), and
 * it is asked for again later. Only what changes nothing throws it.
 */
export class UnreadableError extends PermanentError {
  constructor(message: string, options: AppErrorOptions & { readonly raw: string }) {
    super("unreadable_answer", message, options);
  }
}

/** Nothing of this kind works until a person changes something: pause the lane, spend no attempt. */
export class AccessError extends AppError {}

/** Nothing can be recorded any more (disk full, I/O error): stop at once, start again clean. */
export class StorageError extends AppError {}

/** The process must not start. Carries every problem found, each naming its setting. */
export class ConfigError extends AppError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("bad_configuration", problems.join("\n"));
    this.problems = problems;
  }
}

/** The operator asked for something that cannot be done; the message says what to do instead. */
export class UsageError extends AppError {
  constructor(message: string) {
    super("usage", message);
  }
}
