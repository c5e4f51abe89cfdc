// Smartpay's HTTP API on loopback, with a memory: for the adapter or a whole worker to talk to. It
// obeys Smartpay's public documents in what it accepts, refuses and remembers, and fails in the ways
// a network and a provider fail when a test asks for it. What is not documented is marked so.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal, SmartpayAccount } from "./fake-smartpay-account.ts";
import { type ApiRequest, malformed, routeRequest } from "./fake-smartpay-requests.ts";

/** `before`: the request did nothing; `after`: it was done, but the client is not told so. */
export type Fault =
  | "cut-before-effect"
  | "cut-after-effect"
  | "hang-before-effect"
  | "hang-after-effect"
  | "html-502"
  | "html-502-after-effect"
  | "429"
  /** As if somebody had refunded in the Dashboard at this very moment. */
  | "refuse"
  | "500-before-effect"
  | "500-after-effect";

export interface FaultRule {
  readonly method?: string;
  /** A text is the whole path. */
  readonly path?: string | RegExp;
  /** How many matching requests it meets; 1 unless told. */
  readonly times?: number;
  readonly how: Fault;
}

export interface LoggedRequest extends ApiRequest {
  readonly idempotencyKey: string | null;
  status: number | null;
  replayed: boolean;
  /** It changed something, whatever the client was told. */
  effect: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly replayed?: boolean;
}

interface Kept {
  readonly fingerprint: string;
  readonly at: number;
  readonly answer: Answer;
}

/** en.docs.smartpay.co/reference/idempotency */
const KEY_KEPT_MS = 6 * 60 * 60 * 1000;

const GATEWAY_ERROR: Answer = {
  status: 502,
  body: "<html><body><h1>502 Bad Gateway</h1></body></html>",
  type: "text/html",
};

export class FakeSmartpay extends SmartpayAccount {
  readonly requests: LoggedRequest[] = [];
  secretKeys: readonly string[];
  /** How far the Date of its answers is ahead of this machine's clock. */
  dateOffsetMs = 0;
  /** Changes an answer of the API before it is sent, to say what no account says on request. */
  twist: ((answer: unknown, request: ApiRequest) => unknown) | null = null;
  readonly #kept = new Map<string, Kept>();
  readonly #server: Server;
  #faults: { readonly rule: FaultRule; left: number }[] = [];
  #hanging: (() => void)[] = [];

  constructor(options: { readonly now?: () => number; readonly secretKey?: string } = {}) {
    const { now = Date.now, secretKey = "sk_test_henkin" } = options;
    super({ now, livemode: secretKey.startsWith("sk_live_") });
    this.secretKeys = [secretKey];
    this.#server = createServer((message, response) => {
      // A rejection here is a bug of the fake and may end the test run.
      void this.#serve(message, response);
    });
  }

  async start(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((resolve) => {
        this.#hanging = [];
        this.#server.close(() => resolve());
        this.#server.closeAllConnections();
      });
    return { url: `http://127.0.0.1:${port}`, close };
  }

  /** Adds a fault; of several that match a request, the oldest with times left is taken. */
  fail(rule: FaultRule): void {
    this.#faults.push({ rule, left: rule.times ?? 1 });
  }

  /** Requests that hung before their effect have it now: so late can a request arrive. */
  release(): void {
    for (const proceed of this.#hanging.splice(0)) proceed();
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
      if (performance.now() > deadline) throw new Error(`Not seen within ${timeoutMs} ms.`);
      await sleep(10);
    }
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? "/", "http://fake");
    let raw: string;
    try {
      raw = await text(message);
    } catch {
      return; // The client went away in the middle of its request.
    }
    const key = message.headers["idempotency-key"];
    const log: LoggedRequest = {
      method: message.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: parsed(raw),
      idempotencyKey: typeof key === "string" ? key : null,
      status: null,
      replayed: false,
      effect: false,
    };
    this.requests.push(log);
    const how = this.#takeFault(log);
    if (how === "cut-before-effect") {
      message.socket.destroy();
      return;
    }
    if (how === "hang-before-effect") await this.#hang();
    const secret = /^Basic (.+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "";
    const answer = turnedAway(how) ?? this.#process(log, raw, secret, how);
    if (how === "hang-after-effect") await this.#hang();
    if (how === "cut-after-effect") {
      message.socket.destroy();
      return;
    }
    this.#send(response, log, how === "html-502-after-effect" ? GATEWAY_ERROR : answer);
  }

  #takeFault(log: LoggedRequest): Fault | undefined {
    const fault = this.#faults.find(({ rule, left }) => left > 0 && isAimedAt(log, rule));
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.rule.how;
  }

  #hang(): Promise<void> {
    return new Promise((resolve) => {
      this.#hanging.push(resolve);
    });
  }

  #process(log: LoggedRequest, raw: string, secret: string, how: Fault | undefined): Answer {
    if (!this.secretKeys.includes(secret)) {
      // Not documented: only that a wrong key is refused.
      return errorAnswer(new Refusal(401, "", "Unauthorized"));
    }
    const key = log.method === "GET" ? null : log.idempotencyKey;
    const fingerprint = `${log.method} ${log.path} ${raw}`;
    const kept = key === null ? undefined : this.#kept.get(key);
    if (kept !== undefined && this.now() - kept.at <= KEY_KEPT_MS) {
      return answerAgain(kept, fingerprint, log);
    }
    const answer = this.#execute(log, raw, how);
    if (key !== null) this.#kept.set(key, { fingerprint, at: this.now(), answer });
    return answer;
  }

  #execute(log: LoggedRequest, raw: string, how: Fault | undefined): Answer {
    const broken = errorAnswer(new Refusal(500, "internal-error", "Something went wrong."));
    if (how === "500-before-effect") return broken;
    try {
      if (raw !== "" && log.body === null) throw malformed();
      const answer = routeRequest(log)(this);
      log.effect = log.method !== "GET";
      const twisted = this.twist === null ? answer : this.twist(structuredClone(answer), log);
      return how === "500-after-effect" ? broken : { status: 200, body: JSON.stringify(twisted) };
    } catch (error) {
      if (error instanceof Refusal) return errorAnswer(error);
      throw error;
    }
  }

  #send(response: ServerResponse, log: LoggedRequest, answer: Answer): void {
    if (response.destroyed) return;
    log.status = answer.status;
    response.writeHead(answer.status, {
      "Content-Type": answer.type ?? "application/json",
      Date: new Date(Date.now() + this.dateOffsetMs).toUTCString(),
      // Not documented: the header's name; that there is one is.
      ...(answer.replayed === true && { "Idempotent-Replayed": "true" }),
    });
    response.end(answer.body);
  }
}

/** Not documented: how other parameters under a used key are refused, if they are. */
function answerAgain(kept: Kept, fingerprint: string, log: LoggedRequest): Answer {
  if (kept.fingerprint !== fingerprint) {
    return errorAnswer(new Refusal(422, "idempotency.mismatch", "The key was used before."));
  }
  log.replayed = true;
  return { ...kept.answer, replayed: true };
}

function turnedAway(how: Fault | undefined): Answer | null {
  if (how === "html-502") return GATEWAY_ERROR;
  if (how === "429") return errorAnswer(new Refusal(429, "", "Too many requests"));
  if (how !== "refuse") return null;
  return errorAnswer(new Refusal(403, "amount.insufficient", "Available amount is insufficient."));
}

function errorAnswer({ status, errorCode, message }: Refusal): Answer {
  const error = { ...(errorCode !== "" && { errorCode, details: [] }), message };
  return { status, body: JSON.stringify(error) };
}

function isAimedAt(
  log: LoggedRequest,
  { method, path }: { readonly method?: string; readonly path?: string | RegExp },
): boolean {
  if (method !== undefined && method !== log.method) return false;
  if (path === undefined) return true;
  return typeof path === "string" ? path === log.path : path.test(log.path);
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}
