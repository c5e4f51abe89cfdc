// One request to a provider without an SDK: its own connection, its deadline, and what is known of it
// when no answer comes. What an answer means is its caller's business.

import http from "node:http";
import https from "node:https";
import { TransientError } from "../domain/errors.ts";
import { codeOf, unsettled } from "./exchange.ts";

export interface HttpRequest {
  /** As people call the server, for what is said about a failure. */
  readonly server: string;
  readonly url: URL;
  /** Form fields make it a POST; null makes it a GET. */
  readonly form: URLSearchParams | null;
  /** True where the server changes something: then a lost answer leaves the outcome unknown. */
  readonly mutates: boolean;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The Date header. */
  readonly date: string | undefined;
  readonly body: Buffer;
}

/** An answer about one order has a few kilobytes; what is longer is not read to its end. */
const BODY_MAX = 1024 * 1024;

/**
 * Asks once and follows no redirect. Throws TransientError where nothing was sent or nothing can have
 * changed, and OutcomeUnknownError where a mutating request may have arrived. The URL, which may bear
 * a token, stands in no error.
 */
export async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { server, timeoutMs } = request;
  if (signal.aborted) {
    throw new TransientError("aborted", { provider: server });
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  const sending = new Sending(request, AbortSignal.any([signal, deadline]));
  try {
    return await sending.answer();
  } catch (error) {
    const known = { mutates: request.mutates, left: sending.left };
    const cause = { cause: error };
    if (signal.aborted) throw unsettled("aborted", { provider: server }, cause, known);
    if (deadline.aborted) throw unsettled("timeout", { provider: server }, cause, known);
    const entry = sending.left ? "connection_lost" : "unreachable";
    throw unsettled(entry, { provider: server, why: codeOf(error) }, cause, known);
  }
}

class Sending {
  /** True from the moment at which bytes of it may have left this machine. */
  left = false;
  readonly #request: HttpRequest;
  readonly #signal: AbortSignal;

  constructor(request: HttpRequest, signal: AbortSignal) {
    this.#request = request;
    this.#signal = signal;
  }

  answer(): Promise<HttpAnswer> {
    const { url, form } = this.#request;
    const isSecure = url.protocol === "https:";
    const body = form?.toString();
    return new Promise((resolve, reject) => {
      const outgoing = (isSecure ? https : http).request(url, {
        method: body === undefined ? "GET" : "POST",
        // A connection of its own: none that the server has just closed is used again.
        agent: false,
        signal: this.#signal,
        headers: {
          "User-Agent": "henkin",
          ...(body !== undefined && {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": Buffer.byteLength(body),
          }),
        },
      });
      outgoing.once("socket", (socket) => {
        socket.once(isSecure ? "secureConnect" : "connect", () => {
          this.left = true;
        });
      });
      // For all of them: an error that nobody hears ends the process.
      outgoing.on("error", reject);
      outgoing.once("response", (incoming) => {
        bodyOf(incoming).then(
          (bytes) =>
            resolve({
              status: incoming.statusCode ?? 0,
              contentType: incoming.headers["content-type"] ?? "",
              date: incoming.headers.date,
              body: bytes,
            }),
          reject,
        );
      });
      outgoing.end(body);
    });
  }
}

async function bodyOf(incoming: http.IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.byteLength;
    if (size > BODY_MAX) {
      incoming.destroy();
      throw new Error(`more than ${BODY_MAX} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
