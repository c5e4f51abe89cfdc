// One request to Stripe at a time: its deadline, its cancellation and what is known of it afterwards.

import http from "node:http";
import https from "node:https";
import Stripe from "stripe";
import { ConfigError, TransientError } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { Abandoned, type Exchange, UnreadableAnswer } from "./exchange.ts";
import { ProviderClock } from "./provider-clock.ts";
import { ConnectionLost, translateStripeError } from "./stripe-errors.ts";

export interface StripeOptions {
  readonly apiKey: string;
  /** An origin such as http://127.0.0.1:12111; null for Stripe's own. */
  readonly apiBase: string | null;
  readonly log?: Log | undefined;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

type Ask<Answer> = (stripe: Stripe) => Promise<Answer>;
type HttpClient = Stripe.HttpClient;

const DEFAULT_TIMEOUT_MS = 30_000;
/** Characters of an answer, for whoever has to look at one that cannot be read. */
const BODY_KEPT_MAX = 20_000;

export class StripeClient {
  readonly clock: ProviderClock;
  readonly #options: StripeOptions;
  readonly #server: {
    readonly protocol: "http" | "https";
    readonly host?: string;
    readonly port?: number;
  };
  readonly #timeoutMs: number;

  constructor(options: StripeOptions) {
    this.#options = options;
    this.#server = serverOf(options.apiBase);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.clock = new ProviderClock("Stripe", options.now ?? Date.now, options.log);
  }

  read<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
    return this.#exchange(this.#request(false), signal, ask);
  }

  /** Null where no such object exists (in this account, in the mode of this key). */
  async readIfThere<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer | null> {
    const request = this.#request(false);
    try {
      return await this.#exchange(request, signal, ask);
    } catch (error) {
      const missing =
        error instanceof Error && "code" in error && error.code === "resource_missing";
      if (missing && request.status === 404) return null;
      throw error;
    }
  }

  /**
   * For what refunds can do without: null where the key lacks the permission (403) or the server has
   * no such endpoint (404).
   */
  async readIfAllowed<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer | null> {
    const request = this.#request(false);
    try {
      return await this.#exchange(request, signal, ask);
    } catch (error) {
      if (request.status === 403 || request.status === 404) return null;
      throw error;
    }
  }

  /** `ask` also reads the answer: what it cannot read leaves the outcome unknown. */
  write<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
    return this.#exchange(this.#request(true), signal, ask);
  }

  /** Reads a part of answers that came before, with the same errors. */
  checked<Answer>(read: () => Answer): Answer {
    try {
      return read();
    } catch (error) {
      const exchange = { mutates: false, left: true, status: 200, body: null };
      throw translateStripeError(error, exchange);
    }
  }

  #request(mutates: boolean): OneRequest {
    return new OneRequest(this.#server.protocol, mutates, this.clock);
  }

  async #exchange<Answer>(
    request: OneRequest,
    signal: AbortSignal,
    ask: Ask<Answer>,
  ): Promise<Answer> {
    if (signal.aborted) throw new TransientError("aborted", { provider: "Stripe" });
    const stripe = this.#stripeFor(request);
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await unlessAbandoned(ask(stripe), request, { signal, deadline });
      // The SDK takes any JSON without an `error` for success, such as a gateway's 502.
      if (request.status !== null && (request.status < 200 || request.status > 299)) {
        throw new UnreadableAnswer(`HTTP ${request.status} without an error`);
      }
      return answer;
    } catch (error) {
      throw translateStripeError(error, request);
    }
  }

  #stripeFor(request: OneRequest): Stripe {
    const { apiKey, log } = this.#options;
    const stripe = new Stripe(apiKey, {
      ...this.#server,
      apiVersion: Stripe.API_VERSION,
      httpClient: request,
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: this.#timeoutMs,
    });
    stripe.on("response", (event: Stripe.ResponseEvent) => {
      // Without the query: what stands there is of no use to the reader of a log.
      const path = event.path.split("?")[0];
      const { method, status, elapsed: elapsedMs, request_id: requestId } = event;
      log?.debug({ method, path, status, elapsedMs, requestId }, "Stripe answered");
    });
    return stripe;
  }
}

/**
 * An HTTP client for one request. Each has its own connection, so that giving up closes it instead of
 * leaving a refund on its way, and so that none goes out over a connection Stripe has just closed.
 */
class OneRequest implements HttpClient, Exchange {
  readonly mutates: boolean;
  left = false;
  status: number | null = null;
  body: string | null = null;
  readonly #agent: http.Agent;
  readonly #client: HttpClient;
  readonly #clock: ProviderClock;
  #closed = false;

  constructor(protocol: "http" | "https", mutates: boolean, clock: ProviderClock) {
    this.mutates = mutates;
    this.#clock = clock;
    this.#agent = protocol === "http" ? new http.Agent() : new https.Agent();
    this.#client = Stripe.createNodeHttpClient(this.#agent);
  }

  getClientName(): string {
    return this.#client.getClientName();
  }

  async makeRequest(
    ...request: Parameters<HttpClient["makeRequest"]>
  ): Promise<Stripe.HttpClientResponse> {
    if (this.#closed) throw new ConnectionLost("abandoned before it was sent");
    this.left = true;
    const sentAt = this.#clock.now();
    try {
      const response = await this.#client.makeRequest(...request);
      this.status = response.getStatusCode();
      const date: unknown = response.getHeaders()["date"];
      this.#clock.note(typeof date === "string" ? date : undefined, sentAt);
      this.#keepBody(response);
      return response;
    } catch (error) {
      // The SDK repeats a request whose connection was reset, even with maxNetworkRetries 0
      // (RequestSender._shouldRetry). If the repetition then found nobody listening, a refund that
      // was made would look like one that was never sent.
      throw new ConnectionLost("no answer", { cause: error });
    }
  }

  /** The SDK keeps nothing of a body that it cannot read. */
  #keepBody(response: Stripe.HttpClientResponse): void {
    const readJson = response.toJSON.bind(response);
    // Not sooner: listening makes the body flow, and the SDK must not miss its beginning.
    response.toJSON = async () => {
      const incoming: unknown = response.getRawResponse();
      if (incoming instanceof http.IncomingMessage) {
        incoming.setEncoding("utf8").on("data", (piece: string) => {
          this.body = ((this.body ?? "") + piece).slice(0, BODY_KEPT_MAX);
        });
      }
      const json: unknown = await readJson();
      // Of a bare number or text the SDK makes a rejection that nobody can catch.
      if (typeof json !== "object" || json === null) throw new SyntaxError("no JSON object");
      return json;
    };
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }
}

async function unlessAbandoned<Answer>(
  answer: Promise<Answer>,
  request: OneRequest,
  { signal, deadline }: { signal: AbortSignal; deadline: AbortSignal },
): Promise<Answer> {
  const settled = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const giveUp = (why: "aborted" | "timeout") => {
      // At once: what has not left by now must not leave any more.
      request.close();
      reject(new Abandoned(why));
    };
    const once = { once: true, signal: settled.signal };
    signal.addEventListener("abort", () => giveUp("aborted"), once);
    deadline.addEventListener("abort", () => giveUp("timeout"), once);
  });
  try {
    return await Promise.race([answer, abandoned]);
  } finally {
    settled.abort();
  }
}

function serverOf(apiBase: string | null): {
  protocol: "http" | "https";
  host?: string;
  port?: number;
} {
  if (apiBase === null) return { protocol: "https" };
  const url = URL.canParse(apiBase) ? new URL(apiBase) : null;
  const isOrigin = url !== null && url.href === `${url.origin}/`;
  if (url === null || !isOrigin || !["http:", "https:"].includes(url.protocol)) {
    throw new ConfigError([
      "STRIPE_API_BASE must be an origin such as https://api.stripe.com, without path, query or user",
    ]);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "https:") return { protocol: "https", host, port: Number(url.port || 443) };
  // The API key would cross the network in the clear.
  if (!/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)) {
    throw new ConfigError([
      "STRIPE_API_BASE may be http only on this machine (loopback); use https",
    ]);
  }
  return { protocol: "http", host, port: Number(url.port || 80) };
}
