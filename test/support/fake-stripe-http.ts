// What goes over the wire, and what the log keeps of it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { parseParameters, type RawParameters } from "./fake-stripe-parameters.ts";
import { type ErrorBody, Refusal } from "./fake-stripe-rules.ts";

export type LoggedRequest = {
  readonly method: string;
  readonly path: string;
  readonly params: RawParameters;
  readonly idempotencyKey: string | null;
  readonly requestId: string;
  /** By the fake's clock. */
  readonly receivedAt: number;
  /** The status answered; null while, or if, the client got no answer. */
  status: number | null;
  /** The answer was one saved under the idempotency key. */
  replayed: boolean;
  /** This request changed something at Stripe, whatever the client was told. */
  effect: boolean;
};

export type Incoming = {
  readonly log: LoggedRequest;
  readonly apiKey: string;
  /** Equal for requests that ask for the same thing. */
  readonly fingerprint: string;
};

export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export async function readRequest(
  message: IncomingMessage,
  received: { readonly receivedAt: number; readonly requestId: string },
): Promise<Incoming | null> {
  const { method = "", url = "/", headers } = message;
  const { pathname: path, searchParams } = new URL(url, "http://fake");
  const encoded = new URLSearchParams(searchParams);
  try {
    const body = new URLSearchParams(await text(message));
    for (const [name, value] of body) encoded.append(name, value);
  } catch {
    return null; // The client went away in the middle of its request.
  }
  const params = parseParameters(encoded);
  encoded.sort();
  const key = headers["idempotency-key"];
  return {
    apiKey: /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "",
    fingerprint: `${method} ${path} ${encoded}`,
    log: {
      method,
      path,
      params,
      idempotencyKey: typeof key === "string" ? key : null,
      ...received,
      status: null,
      replayed: false,
      effect: false,
    },
  };
}

export function send(
  response: ServerResponse,
  log: LoggedRequest,
  answer: Answer,
  dateOffsetMs: number,
): void {
  if (response.destroyed) return;
  log.status = answer.status;
  response.writeHead(answer.status, {
    "Content-Type": "application/json",
    "Request-Id": log.requestId,
    ...(log.idempotencyKey !== null && { "Idempotency-Key": log.idempotencyKey }),
    ...answer.headers,
    Date: new Date(Date.now() + dateOffsetMs).toUTCString(),
  });
  response.end(answer.body);
}

export function isAimedAt(
  log: LoggedRequest,
  { method, path }: { readonly method?: string; readonly path?: string | RegExp },
): boolean {
  if (method !== undefined && method !== log.method) return false;
  if (path === undefined) return true;
  return typeof path === "string" ? path === log.path : path.test(log.path);
}

export function refusalAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return errorAnswer(error.status, error.body);
  throw error;
}

export function errorAnswer(status: number, body: ErrorBody): Answer {
  const error = { type: "invalid_request_error", ...body };
  return { status, body: JSON.stringify({ error }, null, 2) };
}
