// One request to a payment provider and what is known of it afterwards: shared by all who reach one
// over a network.

import { z } from "zod";
import type { DetailsOf } from "../domain/error-table.ts";
import {
  type AppError,
  type AppErrorOptions,
  OutcomeUnknownError,
  type Rest,
  TransientError,
  UnreadableError,
} from "../domain/errors.ts";
import type { UnreadableItem } from "../ports.ts";
import { rawAnswer } from "./raw-answer.ts";

/** One request and what is known of it. */
export interface Exchange {
  /** True for a request that moves money or cancels a payment. */
  readonly mutates: boolean;
  /** True from the moment at which bytes of it may have left this machine. */
  readonly left: boolean;
  /** Of the answer; null where none came. */
  readonly status: number | null;
  /** Of the answer, as it came; null where none did. */
  readonly body: string | null;
}

/** The caller or the deadline gave up waiting; the request may go on. */
export class Abandoned extends Error {
  readonly why: "aborted" | "timeout";

  constructor(why: "aborted" | "timeout") {
    super(why === "timeout" ? "the deadline passed" : "the caller gave up");
    this.why = why;
  }
}

/** An answer came, with a status that promises success, and cannot be read. */
export class UnreadableAnswer extends Error {
  /** What staff get to see; null for all of the answer. */
  readonly shown: string | null;

  constructor(message: string, shown: string | null = null) {
    super(message);
    this.shown = shown;
  }
}

/**
 * Of an answer that cannot be read. With another status than success it is one of a gateway or an
 * outage, which passes; else what came is shown to a person.
 */
export function unreadable(provider: string, cause: unknown, exchange: Exchange): AppError {
  const { status, body, mutates } = exchange;
  const http = status === null ? "not of HTTP" : `HTTP ${status}`;
  const details = { provider, why: http };
  if (!succeeded(status)) return unsettled("unreadable_answer", details, { cause }, exchange);
  const isNamed = cause instanceof UnreadableAnswer;
  const raw = (isNamed ? cause.shown : null) ?? rawAnswer(body ?? "");
  if (mutates) return unsettled("unreadable_answer", details, { cause, raw }, exchange);
  const why = isNamed ? `${http}: ${cause.message}` : http;
  return new UnreadableError({ provider, why }, { cause, raw });
}

type UnsettledEntry =
  | "aborted"
  | "conflict"
  | "connection_lost"
  | "server_error"
  | "stored_server_error"
  | "timeout"
  | "unreachable"
  | "unreadable_answer";

/** Whatever a request that may have been carried out is answered with short of a clear word. */
export function unsettled<Entry extends UnsettledEntry>(
  entry: Entry,
  details: DetailsOf<Entry>,
  options: AppErrorOptions,
  exchange: Pick<Exchange, "mutates" | "left">,
): AppError {
  // What Rest says of each of these entries, the compiler cannot see of all of them together.
  const rest = [details, options] as unknown as Rest<Entry>;
  return exchange.mutates && exchange.left
    ? new OutcomeUnknownError(entry, ...rest)
    : new TransientError(entry, ...rest);
}

/** Name look-up and connect come before the first byte: then nothing was sent. */
function neverConnected(cause: unknown): boolean {
  // Node tries several addresses and reports them together.
  if (cause instanceof AggregateError) {
    return cause.errors.length > 0 && cause.errors.every(neverConnected);
  }
  const syscall = cause instanceof Error && "syscall" in cause ? cause.syscall : null;
  return syscall === "connect" || syscall === "getaddrinfo";
}

/** @param cause what the network said of it */
export function connectionFailed(
  provider: string,
  cause: unknown,
  error: unknown,
  exchange: Exchange,
): AppError {
  const code = codeOf(cause);
  if (neverConnected(cause)) {
    return new TransientError("unreachable", { provider, why: code }, { cause: error });
  }
  return unsettled("connection_lost", { provider, why: code }, { cause: error }, exchange);
}

/** The errno or code of an error of the network, for messages. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  return "no code";
}

export function succeeded(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** A provider's code in our own spelling, e.g. amount.insufficient → amount_insufficient. */
export function stableCode(code: string | undefined): string | null {
  const plain = (code ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return /^[a-z]/.test(plain) ? plain.slice(0, 60) : null;
}

/** Providers quote what they were sent: part of a key, an address of a customer. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b(?:sk|rk|pk|whsec)_[\w*.]+/g, "[key]")
    .replace(/[^\s<>"'(),;:@]+@[^\s<>"'(),;:@]+/g, "[address]");
}

/** An ISO 4217 code, in capitals or not: its amounts are read by it. */
export const Currency = z.string().regex(/^[A-Za-z]{3}$/);

/** Of a list: what `read` can read, and the others as they came. */
export function readEach<Thing>(
  items: readonly unknown[],
  read: (item: unknown) => Thing,
): { readonly things: readonly Thing[]; readonly unreadable: readonly UnreadableItem[] } {
  const things: Thing[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const item of items) {
    try {
      things.push(read(item));
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error;
      const id = z.object({ id: z.string() }).safeParse(item).data?.id ?? "";
      unreadable.push({ id, raw: error.shown ?? rawAnswer(item) });
    }
  }
  return { things, unreadable };
}

/**
 * The answer in that shape. Throws UnreadableAnswer, which names the fields that were wrong and not
 * their values: those may be personal.
 */
export function readAs<Shape extends z.ZodType>(
  what: string,
  shape: Shape,
  answer: unknown,
): z.infer<Shape> {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path }) => path);
  const fields = new Set(paths.map((path) => path.join(".") || "the whole"));
  throw new UnreadableAnswer(`not a ${what}: ${[...fields].join(", ")}`, rawAnswer(answer, paths));
}
