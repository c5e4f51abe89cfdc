// What an answer of Smartpay, or its absence, means for the caller. Translated once, here: beyond this
// file nobody reads a status, a Smartpay code or an errno.
//
// Documented are payment.not-found (404), amount.insufficient (403), order.not-found and
// refund.not-found (en.docs.smartpay.co/reference/create-refund, github.com/smartpay-co/sdk-python
// docs/Reference.md); what is not documented is read so that a person decides.

import {
  AccessError,
  AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import {
  Abandoned,
  connectionFailed,
  type Exchange,
  stableCode,
  UnreadableAnswer,
  unreadable,
  unsettled,
  withoutSecrets,
} from "./exchange.ts";

const NAME = "Smartpay";

/** An error in Smartpay's own words: `{errorCode, message, details}`. */
export class SmartpayRefusal extends Error {
  readonly status: number;
  /** Such as payment.not-found; empty where the answer bears none. */
  readonly errorCode: string;
  /** It was kept under the idempotency key, and came back. */
  readonly replayed: boolean;

  constructor(status: number, errorCode: string, message: string, replayed: boolean) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.replayed = replayed;
  }
}

/** An answer that is not Smartpay's: a page of a gateway, a redirection, no JSON. */
export class ForeignAnswer extends Error {}

/** What a request was about: such a refusal is of this request and not of the key. */
const ABOUT_THE_REQUEST = /^(?:amount|currency|order|payment|refund|request)\./;

export function translateSmartpayError(error: unknown, exchange: Exchange): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Abandoned)
    return unsettled(error.why, { provider: NAME }, { cause: error }, exchange);
  if (error instanceof SmartpayRefusal) return fromAnswer(error, exchange);
  if (error instanceof UnreadableAnswer || error instanceof ForeignAnswer)
    return unreadable("Smartpay", error, exchange);
  // fetch wraps what happened: "fetch failed".
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return connectionFailed("Smartpay", cause, error, exchange);
}

/** True of the refusal that says: no such object for this key. */
export function isMissing(error: unknown): boolean {
  return error instanceof PermanentError && error.code.endsWith("_not_found");
}

function fromAnswer(error: SmartpayRefusal, exchange: Exchange): AppError {
  const { status, errorCode, replayed } = error;
  const details = { provider: NAME, said: describe(error) };
  const cause = { cause: error };
  if (status >= 500) {
    // What came back from under the key comes back again, however often it is asked for.
    const entry = exchange.mutates && replayed ? "stored_server_error" : "server_error";
    return unsettled(entry, details, cause, exchange);
  }
  // Another request may be at work, with the same key or on the same payment.
  if (status === 409 || status === 408) {
    const foreignCode = stableCode(errorCode) ?? "conflict";
    return unsettled("conflict", details, { ...cause, foreignCode }, exchange);
  }
  if (exchange.mutates && errorCode.includes("idempotency")) {
    const what = { provider: NAME, what: "other parameters" };
    return new OutcomeUnknownError("idempotency_mismatch", what, cause);
  }
  return fromRefusal(error, details);
}

/** Nothing was done, and the class says whether it is worth trying again. */
function fromRefusal(
  error: SmartpayRefusal,
  details: { readonly provider: string; readonly said: string },
): AppError {
  const { status, errorCode } = error;
  const cause = { cause: error };
  const code = stableCode(errorCode);
  if (status === 401) return new AccessError("unauthorized", details, cause);
  if (status === 429) {
    const foreignCode = code ?? "rate_limit";
    return new TransientError("rate_limited", details, { ...cause, foreignCode });
  }
  if (status === 403 && !ABOUT_THE_REQUEST.test(errorCode)) {
    return new AccessError("forbidden", details, cause);
  }
  const foreignCode = code ?? "invalid_request";
  return new PermanentError("provider_refused", details, { ...cause, foreignCode });
}

function describe({ message, status, errorCode }: SmartpayRefusal): string {
  const facts = [`HTTP ${status}`, errorCode].filter((fact) => fact !== "").join(", ");
  return `${withoutSecrets(message).slice(0, 500)} (${withoutSecrets(facts)})`;
}
