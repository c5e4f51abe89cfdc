// One request to Smartpay at a time: its deadline, its cancellation and what is known of it afterwards.

import { z } from "zod";
import { ConfigError, TransientError } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { Abandoned, type Exchange, succeeded } from "./exchange.ts";
import { ProviderClock } from "./provider-clock.ts";
import {
  ForeignAnswer,
  isMissing,
  SmartpayRefusal,
  translateSmartpayError,
} from "./smartpay-errors.ts";

export interface SmartpayOptions {
  readonly secretKey: string;
  /** An origin such as http://127.0.0.1:12112; null for Smartpay's own. */
  readonly apiBase: string | null;
  readonly log?: Log | undefined;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

interface Request {
  readonly method: "GET" | "POST" | "PUT";
  /** With the query, below /v1. */
  readonly path: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

/** What an answer says; throws UnreadableAnswer where it says something else. */
type Read<Answer> = (answer: unknown) => Answer;

const ORIGIN = "https://api.smartpay.co";
const DEFAULT_TIMEOUT_MS = 30_000;

const ErrorShape = z.object({
  errorCode: z.string().nullish(),
  message: z.unknown(),
});

export class SmartpayClient {
  readonly clock: ProviderClock;
  /** Of the key: it sees objects of its own mode only (en.docs.smartpay.co/reference/create-refund). */
  readonly livemode: boolean;
  readonly #secretKey: string;
  readonly #origin: string;
  readonly #log: Log | undefined;
  readonly #timeoutMs: number;

  constructor(options: SmartpayOptions) {
    this.#secretKey = options.secretKey;
    this.#origin = originOf(options.apiBase);
    this.#log = options.log;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.livemode = options.secretKey.startsWith("sk_live_");
    this.clock = new ProviderClock("Smartpay", options.now ?? Date.now, options.log);
  }

  get<Answer>(path: string, signal: AbortSignal, read: Read<Answer>): Promise<Answer> {
    return this.#exchange({ method: "GET", path }, signal, read);
  }

  /** Null where no such object exists (for this key, in its mode). */
  async getIfThere<Answer>(
    path: string,
    signal: AbortSignal,
    read: Read<Answer>,
  ): Promise<Answer | null> {
    try {
      return await this.get(path, signal, read);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** What `read` cannot read leaves the outcome unknown. */
  send<Answer>(
    request: Request & { readonly idempotencyKey: string },
    signal: AbortSignal,
    read: Read<Answer>,
  ): Promise<Answer> {
    return this.#exchange(request, signal, read);
  }

  /** Reads a part of an answer that came before, with the same errors. */
  checked<Answer>(read: () => Answer): Answer {
    try {
      return read();
    } catch (error) {
      const exchange = { mutates: false, left: true, status: 200, body: null };
      throw translateSmartpayError(error, exchange);
    }
  }

  async #exchange<Answer>(
    request: Request,
    signal: AbortSignal,
    read: Read<Answer>,
  ): Promise<Answer> {
    if (signal.aborted) throw new TransientError("aborted", { provider: "Smartpay" });
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    const exchange: Exchange & { status: number | null; body: string | null } = {
      mutates: request.method !== "GET",
      // fetch does not tell: from here on bytes may have left.
      left: true,
      status: null,
      body: null,
    };
    try {
      const sentAt = this.clock.now();
      const response = await fetch(`${this.#origin}/v1${request.path}`, {
        method: request.method,
        headers: this.#headers(request),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        // A refund is not to be sent to wherever a gateway points.
        redirect: "manual",
        signal: AbortSignal.any([signal, deadline]),
      });
      exchange.status = response.status;
      this.clock.note(response.headers.get("date") ?? undefined, sentAt);
      this.#debug(request, response.status, this.clock.now() - sentAt);
      exchange.body = await response.text();
      return read(jsonOf(response, exchange.body));
    } catch (error) {
      const isOurs =
        (error instanceof Error && /^(?:Abort|Timeout)Error$/.test(error.name)) ||
        error === signal.reason;
      const why = signal.aborted ? "aborted" : deadline.aborted ? "timeout" : null;
      throw translateSmartpayError(isOurs && why !== null ? new Abandoned(why) : error, exchange);
    }
  }

  #headers({ body, idempotencyKey }: Request): Record<string, string> {
    return {
      // The key as it is, not in base64 (github.com/smartpay-co/sdk-node, src/Smartpay/base.ts).
      authorization: `Basic ${this.#secretKey}`,
      accept: "application/json",
      // None goes out over a connection that the server has just closed.
      connection: "close",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    };
  }

  #debug({ method, path }: Request, status: number, elapsedMs: number): void {
    // Without the query: what stands there is of no use to the reader of a log.
    const fields = { method, path: `/v1${path.split("?")[0]}`, status, elapsedMs };
    this.#log?.debug(fields, "Smartpay answered");
  }
}

function jsonOf(response: Response, text: string): unknown {
  const { status, headers } = response;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ForeignAnswer(`HTTP ${status} without JSON`, { cause: error });
  }
  if (succeeded(status)) return json;
  const refusal = ErrorShape.safeParse(json);
  // Even 404 is then no word of Smartpay's about the payment.
  if (!refusal.success || status < 400) throw new ForeignAnswer(`HTTP ${status} without an error`);
  const { errorCode, message } = refusal.data;
  // A refusal of the key comes before Smartpay's endpoints, and with a message alone.
  if ((errorCode ?? "") === "" && status !== 401 && status !== 403 && status !== 429)
    throw new ForeignAnswer(`HTTP ${status} without an error code`);
  // The documents tell of such a header (en.docs.smartpay.co/reference/idempotency).
  const replayed = ["idempotent-replayed", "idempotency-replayed"].some(
    (name) => headers.get(name) === "true",
  );
  const words = typeof message === "string" ? message : "no message";
  throw new SmartpayRefusal(status, errorCode ?? "", words, replayed);
}

function originOf(apiBase: string | null): string {
  if (apiBase === null) return ORIGIN;
  const url = URL.canParse(apiBase) ? new URL(apiBase) : null;
  const isOrigin = url !== null && url.href === `${url.origin}/`;
  if (url === null || !isOrigin || !["http:", "https:"].includes(url.protocol)) {
    throw new ConfigError([
      `SMARTPAY_API_BASE must be an origin such as ${ORIGIN}, without path, query or user`,
    ]);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // The secret key would cross the network in the clear.
  if (url.protocol === "http:" && !/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)) {
    throw new ConfigError([
      "SMARTPAY_API_BASE may be http only on this machine (loopback); use https",
    ]);
  }
  return url.origin;
}
