// makeshop, the shop's own system, asked about one order at a time. It blocks whoever asks more than
// once a second or twice at the same time (apidoc.makeshop.jp/about): sources of one account share a `pace`.

import { createHash } from "node:crypto";
import { ERRORS } from "../domain/error-table.ts";
import {
  AccessError,
  AppError,
  PermanentError,
  TransientError,
  UnreadableError,
} from "../domain/errors.ts";
import type { Clock, Finding, Log, SharedPace } from "../ports.ts";
import { exchange } from "./http-exchange.ts";
import { rawMakeshop, readMakeshopAnswer } from "./makeshop-order.ts";
import type { OrderSource, ShopOrder } from "./order-source.ts";
import { Pace, type PacedAccount } from "./pace.ts";

export interface MakeshopOptions {
  readonly shopId: string;
  readonly token: string;
  /** An origin. */
  readonly apiBase: string;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  readonly timeoutMs?: number;
  /** Where other processes ask it, too. */
  readonly pace?: SharedPace;
}

const SYSTEM = "makeshop";
const DEFAULT_TIMEOUT_MS = 20_000;
/** A second and a little: its clock is not ours. */
const PAUSE_MS = 1_100;
/** What makeshop takes; without a number it would hand out, once, what is new since the last time. */
const ORDER_NUMBER = /^[0-9A-Za-z]{1,26}$/;
/** makeshop's own numbers begin with P. */
const NO_ORDER = "HENKIN0CHECK0";
const MEND = ERRORS.makeshop_closed.mend;

export function createMakeshopOrders(options: MakeshopOptions): OrderSource {
  return new MakeshopOrders(options);
}

/** Shops may have one account, and the tables are read by many: no name of it goes there. */
function accountOf({ shopId, pace }: MakeshopOptions): PacedAccount | undefined {
  if (pace === undefined) return undefined;
  return { account: createHash("sha256").update(`${SYSTEM}/${shopId}`).digest("hex"), pace };
}

class MakeshopOrders implements OrderSource {
  readonly system = SYSTEM;
  readonly #options: MakeshopOptions;
  readonly #pace: Pace;

  constructor(options: MakeshopOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, PAUSE_MS, accountOf(options));
  }

  /** Cancelled orders are hidden unless asked for, so that the first "no" is not yet an answer. */
  async find(orderNumber: string, signal: AbortSignal): Promise<ShopOrder | null> {
    if (!ORDER_NUMBER.test(orderNumber)) return null;
    return (
      (await this.#look(orderNumber, false, signal)) ??
      (await this.#look(orderNumber, true, signal))
    );
  }

  async diagnose(signal: AbortSignal): Promise<readonly Finding[]> {
    const check = SYSTEM;
    try {
      await this.#look(NO_ORDER, false, signal);
      return [{ level: "ok", check, message: "the order API answers", mend: null }];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { message } = error;
      if (error instanceof TransientError) {
        const mend =
          "Check MAKESHOP_API_BASE and the network. makeshop blocks who asks more than once a second: " +
          "is another program with the same token, or a running worker, asking too?";
        return [{ level: "fail", check, message, mend }];
      }
      // It may be its way to say that there is no such order.
      const isWord = error.code === "makeshop_refused";
      const hint = isWord ? "If it says only that there is no such order, all is well. " : "";
      return [{ level: isWord ? "warn" : "fail", check, message, mend: `${hint}${MEND}` }];
    }
  }

  async #look(
    orderNumber: string,
    canceled: boolean,
    signal: AbortSignal,
  ): Promise<ShopOrder | null> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, log } = this.#options;
    const url = this.#url(orderNumber, canceled);
    const ask = () =>
      exchange({ server: SYSTEM, url, form: null, mutates: false, timeoutMs }, signal);
    const { status, contentType, body } = await this.#paced(signal, ask);
    log?.debug({ status, canceled }, "makeshop answered");
    if (status !== 200) throw statusError(status);
    const answer = readMakeshopAnswer(body, contentType, orderNumber);
    switch (answer.kind) {
      case "order":
        return answer.order;
      case "absent":
        return null;
      case "error": {
        const words = [answer.code, answer.message].filter((part) => part !== "").join(": ");
        const text = Array.from(words.replace(/\s+/g, " ")).slice(0, 200).join("");
        throw new PermanentError("makeshop_refused", { said: text });
      }
      case "unreadable":
        throw new UnreadableError(
          { provider: SYSTEM, why: answer.why },
          { raw: rawMakeshop(body, contentType) || "(空の応答)" },
        );
    }
  }

  async #paced<Result>(signal: AbortSignal, ask: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#pace.run(signal, ask);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (!signal.aborted) throw error;
      throw new TransientError("aborted", { provider: SYSTEM }, { cause: error });
    }
  }

  #url(orderNumber: string, canceled: boolean): URL {
    const { shopId, token, apiBase } = this.#options;
    const url = new URL("/api/orderinfo/index.html", apiBase);
    url.search = new URLSearchParams({
      cmd: "get",
      shopid: shopId,
      token,
      service: "henkin",
      ordernum: orderNumber,
      canceled: canceled ? "1" : "0",
    }).toString();
    return url;
  }
}

function statusError(status: number): AppError {
  if (status === 429 || status === 408 || status >= 500) {
    const details = { provider: SYSTEM, said: `HTTP ${status}` };
    return new TransientError(status === 429 ? "rate_limited" : "server_error", details);
  }
  const foreignCode = status === 401 || status === 403 ? "forbidden" : "wrong_address";
  return new AccessError("makeshop_closed", { status }, { foreignCode });
}
