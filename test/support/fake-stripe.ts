// Stripe's HTTP API on loopback, with a memory: for the real `stripe` package or a whole worker to
// talk to. It obeys Stripe's documentation in what it accepts, refuses and remembers, keeps a log of
// every request, and fails in the ways a network and a provider fail when a test asks for it.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { NO_REQUEST, StripeAccount } from "./fake-stripe-account.ts";
import {
  type Answer,
  errorAnswer,
  type Incoming,
  isAimedAt,
  type LoggedRequest,
  readRequest,
  refusalAnswer,
  send,
} from "./fake-stripe-http.ts";
import { type CheckedRequest, checkRequest } from "./fake-stripe-requests.ts";
import { Refusal } from "./fake-stripe-rules.ts";

/**
 * `before-effect`: the request never did anything; `after-effect`: it was done (and its answer saved
 * under its idempotency key), but the client is not told so. Without either word: before.
 */
export type Fault =
  | "cut-before-effect"
  | "cut-after-effect"
  | "hang-before-effect"
  | "hang-after-effect"
  | "html-502"
  | "html-502-after-effect"
  | "503"
  | "429"
  | "429-lock-timeout"
  | "500-before-effect"
  | "500-after-effect";

export type FaultRule = {
  readonly method?: string;
  /** A text is the whole path. */
  readonly path?: string | RegExp;
  readonly when?: (request: LoggedRequest) => boolean;
  /** How many matching requests it meets; 1 unless told. */
  readonly times?: number;
  readonly how?: Fault;
  /** Stripe works for so long before the effect, the idempotency key being in use. */
  readonly delayMs?: number;
};

export type RunningFakeStripe = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

type SavedAnswer = { readonly fingerprint: string; answer: Answer | null };

const KEY_LENGTH_MAX = 255;

const GATEWAY_ERROR: Answer = {
  status: 502,
  body: "<html><body><h1>502 Bad Gateway</h1></body></html>",
  headers: { "Content-Type": "text/html" },
};

const INTERNAL_ERROR = errorAnswer(500, {
  type: "api_error",
  message: "An unknown error occurred.",
});

/** Faults that keep a request from Stripe's endpoints: nothing is done, nothing is saved. */
const TURNED_AWAY: Readonly<Partial<Record<Fault, Answer>>> = {
  "html-502": GATEWAY_ERROR,
  "503": errorAnswer(503, { type: "api_error", message: "Stripe is temporarily unavailable." }),
  "429": {
    ...errorAnswer(429, { code: "rate_limit", message: "Request rate limit exceeded." }),
    headers: { "Stripe-Rate-Limited-Reason": "global-rate" },
  },
  // A lock is not a rate: this one comes without the header (docs.stripe.com/rate-limits).
  "429-lock-timeout": errorAnswer(429, {
    code: "lock_timeout",
    message: "This object cannot be accessed right now because another request is using it.",
  }),
};

export class FakeStripe extends StripeAccount {
  /** Keys the account knows; `sk_live_…` and `rk_live_…` see live objects, all others test ones. */
  readonly apiKeys: Set<string>;
  /** What the key may not do, as a path with all below it: `/v1/events`, `POST /v1/refunds`. */
  forbidden: readonly string[] = [];
  /** How far the Date of its answers is ahead of this machine's clock. */
  dateOffsetMs = 0;
  readonly requests: LoggedRequest[] = [];
  readonly #saved = new Map<string, SavedAnswer>();
  readonly #server: Server;
  #faults: { readonly rule: FaultRule; left: number }[] = [];
  #hanging: (() => void)[] = [];
  #down = false;
  #received = 0;

  constructor(
    options: {
      readonly now?: () => number;
      readonly apiKeys?: readonly string[];
      readonly accountId?: string;
    } = {},
  ) {
    const { now = Date.now, apiKeys = ["sk_test_henkin"], accountId } = options;
    super({ now, livemode: isLive(apiKeys[0] ?? ""), accountId });
    this.apiKeys = new Set(apiKeys);
    this.#server = createServer((message, response) => {
      // A rejection here is a bug of the fake and may end the test run.
      void this.serve(message, response);
    });
    // An idle connection closed by us just as the client uses it again would be a fault of chance.
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", (socket) => {
      if (this.#down) socket.destroy();
    });
  }

  async start(): Promise<RunningFakeStripe> {
    const host = "127.0.0.1";
    await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
    const { port } = this.#server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((resolve) => {
        this.#hanging = [];
        this.#server.close(() => resolve());
        this.#server.closeAllConnections();
      });
    return { url: `http://${host}:${port}`, host, port, close };
  }

  /** Adds a fault; of several that match a request, the oldest with times left is taken. */
  fail(rule: FaultRule): void {
    this.#faults.push({ rule, left: rule.times ?? 1 });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /**
   * Lets go of every request that hangs. One that hung before its effect has it now, even when its
   * client has long given up: so late can a request arrive.
   */
  release(): void {
    for (const proceed of this.#hanging.splice(0)) proceed();
  }

  /** While down, every connection is destroyed, old ones at once. */
  setDown(down: boolean): void {
    this.#down = down;
    if (down) this.#server.closeAllConnections();
  }

  /** As Stripe may once a key is 24 hours old (docs.stripe.com/api/idempotent_requests). */
  forgetKeys(): void {
    this.#saved.clear();
  }

  requestsTo(method: string, path: string | RegExp): readonly LoggedRequest[] {
    return this.requests.filter((request) => isAimedAt(request, { method, path }));
  }

  /** Looks again and again until there is something to see, and returns it. */
  async waitFor<Seen>(look: () => Seen, timeoutMs = 5000): Promise<NonNullable<Seen>> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = look();
      if (seen) return seen;
      if (performance.now() > deadline) break;
      await sleep(10);
    }
    const log = this.requests.map(({ method, path, status }) => `${method} ${path} -> ${status}`);
    throw new Error(`Not seen within ${timeoutMs} ms. Requests so far:\n${log.join("\n")}`);
  }

  /** For a server of many accounts, too, which knows by the key whose request it is. */
  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#received += 1;
    const requestId = `req_Fake${this.#received}`;
    const request = await readRequest(message, { receivedAt: this.now(), requestId });
    if (request === null) return;
    const { log } = request;
    this.requests.push(log);
    const { how, delayMs = 0 } = this.#takeFault(log);
    if (how === "cut-before-effect") {
      message.socket.destroy();
      return;
    }
    if (how === "hang-before-effect") await this.#hang();
    const turnedAway = how && TURNED_AWAY[how];
    const answer = turnedAway ?? (await this.#process(request, how, delayMs));
    if (how === "hang-after-effect") await this.#hang();
    if (how === "cut-after-effect") {
      message.socket.destroy();
      return;
    }
    send(
      response,
      log,
      how === "html-502-after-effect" ? GATEWAY_ERROR : answer,
      this.dateOffsetMs,
    );
  }

  #takeFault(log: LoggedRequest): FaultRule {
    const fault = this.#faults.find(
      ({ rule, left }) => left > 0 && isAimedAt(log, rule) && (rule.when?.(log) ?? true),
    );
    if (fault === undefined) return {};
    fault.left -= 1;
    return fault.rule;
  }

  #hang(): Promise<void> {
    return new Promise((resolve) => {
      this.#hanging.push(resolve);
    });
  }

  async #process(request: Incoming, how: Fault | undefined, delayMs: number): Promise<Answer> {
    const { log, apiKey, fingerprint } = request;
    let checked: CheckedRequest;
    try {
      this.#checkAccess(log, apiKey);
      checked = checkRequest({ ...log, livemode: isLive(apiKey) });
    } catch (error) {
      // Nothing that is refused here is saved under the key, because no endpoint has begun to work
      // (docs.stripe.com/api/idempotent_requests).
      return refusalAnswer(error);
    }
    const key = log.method === "POST" ? log.idempotencyKey : null;
    const saved = key === null ? undefined : this.#saved.get(key);
    if (saved !== undefined) return answerAgain(saved, request);
    const mine: SavedAnswer = { fingerprint, answer: null };
    if (key !== null) this.#saved.set(key, mine);
    if (delayMs > 0) await sleep(delayMs);
    mine.answer = this.#execute(checked, log, how);
    return mine.answer;
  }

  #checkAccess(log: LoggedRequest, apiKey: string): void {
    const { method, path, idempotencyKey } = log;
    if (!this.apiKeys.has(apiKey)) {
      const message =
        apiKey === "" ? "You did not provide an API key." : "Invalid API Key provided.";
      throw new Refusal(401, { message });
    }
    const target = `${method} ${path}`;
    const covers = (entry: string) =>
      [path, target].some((name) => name === entry || name.startsWith(`${entry}/`));
    if (this.forbidden.some(covers)) {
      const message =
        "The provided key does not have the required permissions for this endpoint. " +
        "Having another 'rak_…' permission would allow this request to continue.";
      throw new Refusal(403, { message });
    }
    if (idempotencyKey !== null && idempotencyKey.length > KEY_LENGTH_MAX) {
      const message = `An idempotency key has at most ${KEY_LENGTH_MAX} characters.`;
      throw new Refusal(400, { type: "idempotency_error", message });
    }
  }

  #execute(checked: CheckedRequest, log: LoggedRequest, how: Fault | undefined): Answer {
    if (how === "500-before-effect") return INTERNAL_ERROR;
    this.cause = { id: log.requestId, idempotency_key: log.idempotencyKey };
    try {
      const body = JSON.stringify(checked.run(this), null, 2);
      log.effect = log.method === "POST";
      return how === "500-after-effect" ? INTERNAL_ERROR : { status: 200, body };
    } catch (error) {
      return refusalAnswer(error);
    } finally {
      this.cause = NO_REQUEST;
    }
  }
}

/** What a key that has been seen before gets (docs.stripe.com/api/idempotent_requests). */
function answerAgain(saved: SavedAnswer, { log, fingerprint }: Incoming): Answer {
  if (saved.fingerprint !== fingerprint) {
    return errorAnswer(400, {
      type: "idempotency_error",
      message:
        "Keys for idempotent requests can only be used with the same parameters they were first " +
        `used with. Try using a key other than '${log.idempotencyKey}'.`,
    });
  }
  if (saved.answer === null) {
    return errorAnswer(409, {
      code: "idempotency_key_in_use",
      message: "There is currently another in-progress request using this idempotency key.",
    });
  }
  log.replayed = true;
  return { ...saved.answer, headers: { ...saved.answer.headers, "Idempotent-Replayed": "true" } };
}

function isLive(apiKey: string): boolean {
  return /^[sr]k_live_/.test(apiKey);
}
