// What an answer of Stripe, or its absence, means for the caller. Translated once, here: beyond this
// file nobody reads a status, a Stripe code or an errno.

import Stripe from "stripe";
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
  unreadable,
  unsettled,
  withoutSecrets,
} from "./exchange.ts";

const NAME = "Stripe";

/** Hides the errno from the SDK, which repeats a request whose error has a code it knows. */
export class ConnectionLost extends Error {}

/**
 * How a refund is refused while the balance is too low. The first is documented for transfers
 * (docs.stripe.com/error-codes); a refund's refusal has been seen with the second in `message_code`
 * and without any `code` (github.com/Automattic/woocommerce-payments/issues/10025).
 */
const LOW_BALANCE = new Set(["balance_insufficient", "insufficient_balance_for_refund"]);

/** A payment method has trouble of its own, for a while (docs.stripe.com/payments/konbini/accept-a-payment). */
const METHOD_AWAY = new Set(["payment_method_not_available", "payment_method_rate_limit_exceeded"]);

export function translateStripeError(error: unknown, exchange: Exchange): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Abandoned)
    return unsettled(error.why, { provider: NAME }, { cause: error }, exchange);
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return connectionFailed("Stripe", underlying(error.detail), error, exchange);
  }
  const status = isOfStripe(error) ? error.statusCode : undefined;
  if (isOfStripe(error) && status !== undefined && status >= 400) {
    return fromAnswer(error, status, exchange);
  }
  // An HTML page of a proxy becomes a StripeAPIError without statusCode: it says nothing about what
  // Stripe has done, not even with the status 404.
  return unreadable("Stripe", error, exchange);
}

/** An `error` that is a text is a gateway's: the SDK takes it for one of Stripe's OAuth. */
function isOfStripe(error: unknown): error is Stripe.errors.StripeError {
  const { StripeError, StripeOAuthError } = Stripe.errors;
  return error instanceof StripeError && !(error instanceof StripeOAuthError);
}

function fromAnswer(
  error: Stripe.errors.StripeError,
  status: number,
  exchange: Exchange,
): AppError {
  const details = { provider: NAME, said: describe(error, status) };
  const cause = { cause: error };
  if (status >= 500) {
    // The key keeps the first outcome, a 500 included, so that trying again cannot change it
    // (docs.stripe.com/api/idempotent_requests).
    const kept = exchange.mutates && error.headers?.["idempotent-replayed"] === "true";
    return unsettled(kept ? "stored_server_error" : "server_error", details, cause, exchange);
  }
  // A request with the same key is still at work.
  if (status === 409) {
    const foreignCode = stableCode(error.code) ?? "conflict";
    return unsettled("conflict", details, { ...cause, foreignCode }, exchange);
  }
  if (error.rawType === "idempotency_error" && exchange.mutates) {
    const what = { provider: NAME, what: "other parameters" };
    return new OutcomeUnknownError("idempotency_mismatch", what, cause);
  }
  return fromRefusal(error, status, details);
}

/** Nothing was done, and the class says whether it is worth trying again. */
function fromRefusal(
  error: Stripe.errors.StripeError,
  status: number,
  details: { readonly provider: string; readonly said: string },
): AppError {
  const cause = { cause: error };
  const code = stableCode(error.code);
  if (status === 401) {
    const said = code ?? "HTTP 401";
    return new AccessError("unauthorized", { provider: NAME, said }, cause);
  }
  if (status === 403) return new AccessError("forbidden", details, cause);
  // Refused before anything was begun, lock_timeout included, and not kept under the key
  // (docs.stripe.com/error-low-level). The SDK reads a 400 with rate_limit alike.
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    const foreignCode = code ?? "rate_limit";
    return new TransientError("rate_limited", details, { ...cause, foreignCode });
  }
  if (LOW_BALANCE.has(error.code ?? messageCodeOf(error) ?? "")) {
    return new TransientError("balance_insufficient", details, cause);
  }
  const foreignCode = code ?? invalidRequest(error.param);
  const named = { ...cause, foreignCode };
  return METHOD_AWAY.has(foreignCode)
    ? new TransientError("method_away", details, named)
    : new PermanentError("provider_refused", details, named);
}

function underlying(error: unknown): unknown {
  return error instanceof ConnectionLost ? error.cause : error;
}

function messageCodeOf(error: Stripe.errors.StripeError): string | null {
  const { raw } = error;
  if (typeof raw !== "object" || raw === null || !("message_code" in raw)) return null;
  return typeof raw.message_code === "string" ? raw.message_code : null;
}

/** `amount` → invalid_request_amount: Stripe gives most refusals of a parameter no code. */
function invalidRequest(param: string | undefined): string {
  const name = stableCode(param);
  return name === null ? "invalid_request" : `invalid_request_${name.replace(/_$/, "")}`;
}

function describe(error: Stripe.errors.StripeError, status: number): string {
  const facts = [`HTTP ${status}`, error.requestId].filter((fact) => fact !== undefined).join(", ");
  return `${withoutSecrets(error.message).slice(0, 500)} (${facts})`;
}
