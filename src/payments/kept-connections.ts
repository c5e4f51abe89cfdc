// Reads go out over connections that are kept for the next read: opening one takes longer than asking.
// Nothing that changes anything may go out here. A connection that the server has just closed looks
// whole until something is sent over it, and nobody could say whether that arrived.

import http from "node:http";
import https from "node:https";

/** Servers close a silent connection later, and routers that forget one say nothing. */
const IDLE_MS = 10_000;
const KEPT = { keepAlive: true, timeout: IDLE_MS };
/** How the end of a kept connection shows itself to who still sends over it. */
const CLOSED = ["ECONNRESET", "EPIPE"];

class AlreadyClosed extends Error {}

export class KeptConnections {
  readonly #agent: http.Agent;
  readonly #ask: typeof http.request;

  constructor(protocol: "http" | "https") {
    const isSecure = protocol === "https";
    // An idle one does not keep the process alive.
    this.#agent = isSecure ? new https.Agent(KEPT) : new http.Agent(KEPT);
    this.#ask = isSecure ? https.request : http.request;
  }

  /**
   * The head of the answer, whose body must be read for the connection to be kept. Where a kept
   * connection proves to be closed, asks once more over a new one.
   */
  async read(request: http.RequestOptions): Promise<http.IncomingMessage> {
    try {
      return await this.#send({ ...request, agent: this.#agent });
    } catch (error) {
      if (!(error instanceof AlreadyClosed)) throw error;
      return this.#send({ ...request, agent: false });
    }
  }

  #send(request: http.RequestOptions): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#ask(request);
      outgoing.once("response", resolve);
      // For all of them: an error that nobody hears ends the process.
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        const isClosed = outgoing.reusedSocket && CLOSED.includes(error.code ?? "");
        reject(isClosed ? new AlreadyClosed("", { cause: error }) : error);
      });
      outgoing.end();
    });
  }
}
