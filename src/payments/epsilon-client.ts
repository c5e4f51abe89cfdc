// Two of GMO Epsilon's CGIs: getsales2.cgi ("CGI-2") looks an order up, cancel_payment.cgi cancels one.
// Neither knows a password: Epsilon answers only the addresses it has been told of.

import { ERRORS } from "../domain/error-table.ts";
import {
  AccessError,
  type AppError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { type EpsilonAnswer, rawEpsilon, readEpsilonAnswer } from "./epsilon-answer.ts";
import { type EpsilonOrder, orderOf } from "./epsilon-payment.ts";
import { exchange, type HttpAnswer } from "./http-exchange.ts";
import { ProviderClock } from "./provider-clock.ts";

export interface EpsilonOptions {
  readonly contractCode: string;
  /** Ends in /cgi-bin/order/; live https://secure.epsilon.jp, test https://beta.epsilon.jp. */
  readonly apiBase: string;
  readonly now: () => number;
  readonly log?: Log | undefined;
  readonly timeoutMs?: number;
}

export type EpsilonLookUp =
  /** `raw` is the answer as it came, for staff to see where it says something new. */
  | { readonly kind: "order"; readonly order: EpsilonOrder; readonly raw: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly raw: string };

const SERVER = "GMO Epsilon";
const DEFAULT_TIMEOUT_MS = 30_000;
/** No shop numbers an order so; what answers it answers any look-up. */
const PROBE = "henkin-check-0";
export const EPSILON_MEND = ERRORS.refused.mend;

export class EpsilonClient {
  readonly base: URL;
  readonly clock: ProviderClock;
  readonly #options: EpsilonOptions;

  constructor(options: EpsilonOptions) {
    this.#options = options;
    this.base = new URL(options.apiBase);
    this.clock = new ProviderClock(SERVER, options.now, options.log);
  }

  get contractCode(): string {
    return this.#options.contractCode;
  }

  /** Money that a test moves is none. Whatever is not known to be a test is taken for real. */
  get livemode(): boolean {
    const { hostname } = this.base;
    return !/^(?:beta\.epsilon\.jp|localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  }

  /**
   * Throws TransientError, and AccessError where Epsilon answers no look-up at all; PermanentError where
   * it refuses just this one.
   */
  async lookUp(orderNumber: string, signal: AbortSignal): Promise<EpsilonLookUp> {
    const how = { mutates: false, signal };
    const { answer, body } = await this.#ask("getsales2.cgi", orderNumber, how);
    switch (answer.kind) {
      case "empty":
        return { kind: "absent" };
      case "unreadable":
        return { kind: "unreadable", raw: answer.raw };
      case "error":
        throw await this.#refused(answer, signal);
      case "fields": {
        const order = orderOf(answer.fields);
        const contract = answer.fields.get("contract_code") ?? this.contractCode;
        if (order !== null && contract === this.contractCode && order.orderNumber === orderNumber) {
          return { kind: "order", order, raw: rawEpsilon(body) };
        }
        return { kind: "unreadable", raw: rawEpsilon(body) };
      }
    }
  }

  /** Throws AccessError or TransientError where a look-up cannot be answered; doctor's question. */
  async probe(signal: AbortSignal): Promise<EpsilonAnswer> {
    return (await this.#ask("getsales2.cgi", PROBE, { mutates: false, signal })).answer;
  }

  /** Resolves when Epsilon has said that it is cancelled; PermanentError is a definite refusal. */
  async cancel(orderNumber: string, signal: AbortSignal): Promise<void> {
    const how = { mutates: true, signal };
    const { answer, body } = await this.#ask("cancel_payment.cgi", orderNumber, how);
    if (answer.kind === "error") {
      throw new PermanentError("void_refused", { provider: SERVER, said: refusalWords(answer) });
    }
    const isSaid = answer.kind === "fields" && answer.fields.get("result") === "1";
    if (isSaid) return;
    throw new OutcomeUnknownError(
      "unreadable_answer",
      { provider: SERVER, why: "to the cancellation" },
      { raw: rawEpsilon(body) },
    );
  }

  async #ask(
    path: string,
    orderNumber: string,
    { mutates, signal }: { mutates: boolean; signal: AbortSignal },
  ): Promise<{ answer: EpsilonAnswer; body: Buffer }> {
    const { contractCode, timeoutMs = DEFAULT_TIMEOUT_MS, log } = this.#options;
    const key = { contract_code: contractCode, order_number: orderNumber };
    const form = new URLSearchParams(key);
    const url = new URL(path, this.base);
    const sentAt = this.clock.now();
    const http = await exchange({ server: SERVER, url, form, mutates, timeoutMs }, signal);
    this.clock.note(http.date, sentAt);
    log?.debug({ path, status: http.status }, "Epsilon answered");
    if (http.status !== 200) throw statusError(http, mutates);
    return { answer: readEpsilonAnswer(http.body), body: http.body };
  }

  /**
   * Its error codes are not published. Whether it refuses this order or this machine shows when it is
   * asked for an order that nobody has: one customer's odd number must not stop all others.
   */
  async #refused(
    error: Extract<EpsilonAnswer, { kind: "error" }>,
    signal: AbortSignal,
  ): Promise<AppError> {
    const details = { provider: SERVER, said: refusalWords(error) };
    const isAll = (await this.probe(signal)).kind === "error";
    return isAll
      ? new AccessError("refused", details)
      : new PermanentError("look_up_refused", details);
  }
}

function refusalWords(error: { code: string; detail: string }): string {
  const detail = Array.from(error.detail.replace(/\s+/g, " ").trim()).slice(0, 200).join("");
  const code = error.code === "" ? "without a code" : error.code;
  return [code, detail].filter((part) => part !== "").join(": ");
}

function statusError({ status }: HttpAnswer, mutates: boolean): AppError {
  const details = { provider: SERVER, said: `HTTP ${status}` };
  if (status === 429) return new TransientError("rate_limited", details);
  if (status >= 500 && mutates) return new OutcomeUnknownError("server_error", details);
  if (status >= 500 || status === 408) return new TransientError("server_error", details);
  // Not the CGI's own word, which is always a 200: a wrong address, or a wall before it.
  const foreignCode = status === 401 || status === 403 ? "forbidden" : "wrong_address";
  return new AccessError("epsilon_closed", { status }, { foreignCode });
}
