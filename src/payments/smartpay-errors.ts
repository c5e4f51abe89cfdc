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
    return unsettled(error.why, `Smartpay: ${error.message}`, error, exchange);
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
  const text = describe(error);
  if (status >= 500) {
    // What came back from under the key comes back again, however often it is asked for.
    const code = exchange.mutates && replayed ? "stored_server_error" : "server_error";
    return unsettled(code, text, error, exchange);
  }
  // Another request may be at work, with the same key or on the same payment.
  if (status === 409 || status === 408)
    return unsettled(stableCode(errorCode) ?? "conflict", text, error, exchange);
  if (exchange.mutates && errorCode.includes("idempotency")) {
    return new OutcomeUnknownError(
      "idempotency_mismatch",
      "Smartpay has seen this idempotency key with other parameters",
      { cause: error },
    );
  }
  return fromRefusal(error, text);
}

/** Nothing was done, and the class says whether it is worth trying again. */
function fromRefusal(error: SmartpayRefusal, text: string): AppError {
  const { status, errorCode } = error;
  const cause = { cause: error };
  const code = stableCode(errorCode);
  if (status === 401)
    return new AccessError("unauthorized", `Smartpay refuses the key: ${text}`, cause);
  if (status === 429) return new TransientError(code ?? "rate_limit", text, cause);
  if (status === 403 && !ABOUT_THE_REQUEST.test(errorCode))
    return new AccessError("forbidden", text, cause);
  return new PermanentError(code ?? "invalid_request", text, cause);
}

function describe({ message, status, errorCode }: SmartpayRefusal): string {
  const facts = [`HTTP ${status}`, errorCode].filter((fact) => fact !== "").join(", ");
  return `Smartpay: ${withoutSecrets(message).slice(0, 500)} (${withoutSecrets(facts)})`;
}
