// One request to Stripe on its way, as the SDK's HTTP client: what is known of it afterwards, and how it
// is given up.

import http from "node:http";
import https from "node:https";
import Stripe from "stripe";
import type { Exchange } from "./exchange.ts";
import type { KeptConnections } from "./kept-connections.ts";
import type { ProviderClock } from "./provider-clock.ts";
import { ConnectionLost } from "./stripe-errors.ts";

type HttpClient = Stripe.HttpClient;

/** Characters of an answer, for whoever has to look at one that cannot be read. */
const BODY_KEPT_MAX = 20_000;

export interface OneRequest extends HttpClient, Exchange {
  /** Nothing of it leaves any more, and its answer is not waited for. */
  close(): void;
}

/**
 * Over a connection of its own, so that giving up closes it instead of leaving a refund on its way, and
 * so that none goes out over a connection Stripe has just closed.
 */
export class OneWrite implements OneRequest {
  readonly mutates = true;
  left = false;
  status: number | null = null;
  body: string | null = null;
  readonly #agent: http.Agent;
  readonly #client: HttpClient;
  readonly #clock: ProviderClock;
  #closed = false;

  constructor(protocol: "http" | "https", clock: ProviderClock) {
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
      return asObject(json);
    };
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }
}

/** Over a connection that others have used before it, and will after it. */
export class OneRead implements OneRequest {
  readonly mutates = false;
  left = false;
  status: number | null = null;
  body: string | null = null;
  readonly #connections: KeptConnections;
  readonly #clock: ProviderClock;
  readonly #gone = new AbortController();

  constructor(connections: KeptConnections, clock: ProviderClock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#gone.signal.aborted;
  }

  getClientName(): string {
    return "node";
  }

  async makeRequest(
    ...[host, port, path, method, headers]: Parameters<HttpClient["makeRequest"]>
  ): Promise<Stripe.HttpClientResponse> {
    const { signal } = this.#gone;
    if (signal.aborted) throw new ConnectionLost("abandoned before it was sent");
    this.left = true;
    const sentAt = this.#clock.now();
    try {
      const incoming = await this.#connections.read({ host, port, path, method, headers, signal });
      this.status = incoming.statusCode ?? 0;
      this.#clock.note(incoming.headers.date, sentAt);
      const text = await textOf(incoming);
      this.body = beginningOf(text);
      return new WholeAnswer(incoming, text);
    } catch (error) {
      // As of a write, so that the SDK repeats nothing: it is repeated where that is known to help.
      throw new ConnectionLost("no answer", { cause: error });
    }
  }

  close(): void {
    this.#gone.abort();
  }
}

class WholeAnswer extends Stripe.HttpClientResponse {
  readonly #incoming: http.IncomingMessage;
  readonly #text: string;

  constructor(incoming: http.IncomingMessage, text: string) {
    // Node lists no header without a value.
    super(incoming.statusCode ?? 0, incoming.headers as Record<string, string | string[]>);
    this.#incoming = incoming;
    this.#text = text;
  }

  override getRawResponse(): unknown {
    return this.#incoming;
  }

  override async toJSON(): Promise<unknown> {
    return asObject(JSON.parse(this.#text));
  }
}

/** Of a bare number or text the SDK makes a rejection that nobody can catch. */
function asObject(json: unknown): object {
  if (typeof json !== "object" || json === null) throw new SyntaxError("no JSON object");
  return json;
}

/** A copy: a slice would hold on to the whole text, a list of 100 events, until the deadline has passed. */
function beginningOf(text: string): string {
  return Buffer.from(text.slice(0, BODY_KEPT_MAX)).toString();
}

function textOf(incoming: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (piece: string) => {
      text += piece;
    });
    incoming.once("end", () => resolve(text));
    incoming.once("error", reject);
    // An answer that is cut need not be an error to Node.
    incoming.once("close", () => reject(new Error("the answer was cut")));
  });
}
