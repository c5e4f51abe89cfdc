// One request to Stripe at a time: its deadline, its cancellation and what is known of it afterwards.

import Stripe from "stripe";
import { ConfigError, TransientError } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { Abandoned, UnreadableAnswer } from "./exchange.ts";
import { KeptConnections } from "./kept-connections.ts";
import { ProviderClock } from "./provider-clock.ts";
import { translateStripeError } from "./stripe-errors.ts";
import { OneRead, type OneRequest, OneWrite } from "./stripe-requests.ts";

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

/** One client of the SDK for one read after the other: making a client takes longer than a read. */
class Reading implements HttpClient {
  readonly stripe: Stripe;
  #request: OneRead | null = null;

  constructor(open: (over: HttpClient) => Stripe) {
    this.stripe = open(this);
  }

  begin(request: OneRead): void {
    this.#request = request;
  }

  getClientName(): string {
    return "node";
  }

  makeRequest(...call: Parameters<HttpClient["makeRequest"]>): Promise<Stripe.HttpClientResponse> {
    if (this.#request === null) throw new Error("no read has begun");
    return this.#request.makeRequest(...call);
  }
}

export class StripeClient {
  readonly clock: ProviderClock;
  readonly #options: StripeOptions;
  readonly #server: {
    readonly protocol: "http" | "https";
    readonly host?: string;
    readonly port?: number;
  };
  readonly #timeoutMs: number;
  readonly #connections: KeptConnections;
  readonly #idle: Reading[] = [];

  constructor(options: StripeOptions) {
    this.#options = options;
    this.#server = serverOf(options.apiBase);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#connections = new KeptConnections(this.#server.protocol);
    this.clock = new ProviderClock("Stripe", options.now ?? Date.now, options.log);
  }

  read<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
    return this.#read(this.#newRead(), signal, ask);
  }

  /** Null where no such object exists (in this account, in the mode of this key). */
  async readIfThere<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer | null> {
    const request = this.#newRead();
    try {
      return await this.#read(request, signal, ask);
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
    const request = this.#newRead();
    try {
      return await this.#read(request, signal, ask);
    } catch (error) {
      if (request.status === 403 || request.status === 404) return null;
      throw error;
    }
  }

  /** `ask` also reads the answer: what it cannot read leaves the outcome unknown. */
  write<Answer>(signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
    const request = new OneWrite(this.#server.protocol, this.clock);
    return this.#exchange(this.#clientOver(request), request, signal, ask);
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

  #newRead(): OneRead {
    return new OneRead(this.#connections, this.clock);
  }

  async #read<Answer>(request: OneRead, signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
    const reading = this.#idle.pop() ?? new Reading((over) => this.#clientOver(over));
    reading.begin(request);
    try {
      return await this.#exchange(reading.stripe, request, signal, ask);
    } finally {
      // At one that was given up the SDK may still be at work.
      if (!request.isClosed) this.#idle.push(reading);
    }
  }

  async #exchange<Answer>(
    stripe: Stripe,
    request: OneRequest,
    signal: AbortSignal,
    ask: Ask<Answer>,
  ): Promise<Answer> {
    if (signal.aborted) throw new TransientError("aborted", { provider: "Stripe" });
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

  #clientOver(httpClient: HttpClient): Stripe {
    const { apiKey, log } = this.#options;
    const stripe = new Stripe(apiKey, {
      ...this.#server,
      apiVersion: Stripe.API_VERSION,
      httpClient,
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
